"""The line for commands, names and questions: keys, history, completion, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st
from modekit import line_picture, opened, press, state_of
from modelkit import model_of

from fugue_actors.cli.catalogue import verbs
from fugue_actors.drawing import Canvas, columns_of
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui.asking import filled
from fugue_actors.tui.commands import execute, run
from fugue_actors.tui.editing import Editor
from fugue_actors.tui.events import Key, Paste
from fugue_actors.tui.modes import Close, Learn, Open, Remember, Run
from fugue_actors.tui.prompt import Confirm, Prompt

if TYPE_CHECKING:
    from fugue_actors.tui.state import State

VERBS = verbs()


@pytest.fixture
def state() -> State:
    """A client with two sessions to talk about."""
    model = model_of(("ann", [["a"]]), ("bob", [["b"]]), ann=["worker", "tester"])
    state = state_of(model)
    state.verbs.known = VERBS
    return state


def run_by(state: State, prompt: Any, keys: str) -> list[Any]:
    """What is run after these keys and Enter."""
    done = press(state, prompt, keys + "<Enter>")
    return [one.text for one in done if isinstance(one, Run)]


def test_a_command_is_run_and_kept(state: State) -> None:
    """The line closes first, so that the command may open another one."""
    prompt = opened(state, "command-prompt")
    assert press(state, prompt, "kill-pane<Enter>") == [
        Close(),
        Remember(kind="command", text="kill-pane"),
        Run("kill-pane"),
    ]


@pytest.mark.parametrize(
    "keys", ["<Escape>", "<C-c>", "<C-g>", "<Enter>", "ls<C-c>", "send t<Escape>"]
)
def test_a_line_can_be_left(state: State, keys: str) -> None:
    """At once, also past what could stand there; Enter leaves an empty line."""
    assert press(state, opened(state, "command-prompt"), keys) == [Close()]


def test_the_verbs_are_read_when_somebody_may_want_them(state: State) -> None:
    """And not before: a client starts without them."""
    assert Learn() in list(run(state, ["command-prompt"]))


def test_older_lines_come_back_by_their_beginning(state: State) -> None:
    """What was written so far is not lost on the way."""
    for text in ("send bob hi", "ls", "send ann hi"):
        state.history.add("command", text)
    prompt = opened(state, "command-prompt")
    press(state, prompt, "se<Up>")
    assert prompt.editor.text == "send ann hi"
    press(state, prompt, "<Up><Up>")
    assert prompt.editor.text == "send bob hi"
    press(state, prompt, "<Down><Down>")
    assert prompt.editor.text == "se"


def test_older_lines_are_searched_for_what_they_have_somewhere(state: State) -> None:
    """As in shells; again for the one before."""
    for text in ("send bob hi", "ls", "kill bob"):
        state.history.add("command", text)
    prompt = opened(state, "command-prompt")
    press(state, prompt, "bob<C-r>")
    assert prompt.editor.text == "kill bob"
    press(state, prompt, "<C-r>")
    assert prompt.editor.text == "send bob hi"
    press(state, prompt, "<Escape>")
    assert prompt.editor.text == "bob"


def test_the_menu_shows_what_a_word_could_be(state: State) -> None:
    """Above the line, below the word's beginning, with what it would mean."""
    prompt = opened(state, "command-prompt")
    press(state, prompt, "send t")
    assert line_picture(prompt, 40, 4) == [
        "",
        "      tag:tester  all with it: ann",
        "      tag:worker  all with it: ann",
        ":send t",
    ]


def test_tab_writes_what_all_have_in_common_and_then_each(state: State) -> None:
    """Escape gives back what was written; going on writing takes what is there."""
    prompt = opened(state, "command-prompt")
    press(state, prompt, "send t<Tab>")
    assert prompt.editor.text == "send tag:"
    press(state, prompt, "<Tab>")
    assert prompt.editor.text == "send tag:tester "
    press(state, prompt, "<Tab>")
    assert prompt.editor.text == "send tag:worker "
    press(state, prompt, "<S-Tab>")
    assert prompt.editor.text == "send tag:tester "
    press(state, prompt, "<Escape>")
    assert prompt.editor.text == "send tag:"
    press(state, prompt, "<Tab>")
    assert run_by(state, prompt, "hi") == ["send tag:tester hi"]


def test_a_tab_counts_that_comes_before_the_verbs_are_read(state: State) -> None:
    """They are read while somebody writes; a key after it takes it back."""
    state.verbs.known = {}
    prompt = opened(state, "command-prompt")
    press(state, prompt, "inb<Tab>")
    assert line_picture(prompt, 40, 2)[1] == ":inb"
    state.verbs.known = VERBS
    assert line_picture(prompt, 40, 2)[1] == ":inbox"
    state.verbs.known = {}
    prompt = opened(state, "command-prompt")
    press(state, prompt, "inb<Tab>o")
    state.verbs.known = VERBS
    assert line_picture(prompt, 40, 2)[1] == ":inbo"


def test_what_stands_behind_the_cursor_stays(state: State) -> None:
    """A word may be completed in the middle of a line."""
    prompt = opened(state, "command-prompt")
    press(state, prompt, "send bo hi<C-a><M-f><M-f><Tab>")
    assert prompt.editor.text == "send bob hi"
    press(state, prompt, "X")
    assert prompt.editor.text.startswith("send bob")


def test_a_long_line_follows_the_cursor(state: State) -> None:
    """Nothing is drawn outside of the line, and the cursor is always in it."""
    prompt = opened(state, "command-prompt")
    press(state, prompt, "012345678")
    assert line_picture(prompt, 10, 1) == [":12345678"]
    press(state, prompt, "9abcdef")
    assert line_picture(prompt, 10, 1) == [":89abcdef"]
    press(state, prompt, "<C-a>")
    assert line_picture(prompt, 10, 1) == [":012345678"]


@given(st.text("ab日\u0301 ", max_size=40), st.integers(1, 30), st.data())
def test_the_cursor_is_drawn_where_the_next_character_goes(
    text: str, columns: int, data: st.DataObject
) -> None:
    """At every width, and with wide characters."""
    prompt = Prompt(label="(name) ", entered=lambda _: ())
    prompt.editor = Editor.of(text)
    for _ in range(data.draw(st.integers(0, 40))):
        prompt.key(Key("Left"))
    canvas = Canvas(columns, 1)
    cursor = prompt.draw(canvas, Rectangle(0, 0, columns, 1))
    assert cursor is not None
    assert 0 <= cursor.x < columns
    after = prompt.editor.buffer.characters[prompt.editor.buffer.at :]
    if not after and columns > 1:
        assert canvas.glyphs[0][cursor.x] == " "
    is_seen = bool(after) and columns_of(after[0]) > 0  # not so a mark by itself
    if is_seen and cursor.x + 2 < columns:
        assert canvas.glyphs[0][cursor.x] == after[0]


def test_a_paste_does_not_enter_itself(state: State) -> None:
    """Whatever it has in it."""
    prompt = opened(state, "command-prompt")
    assert list(prompt.key(Paste("kill-session\nls\n"))) == []
    assert prompt.editor.text == "kill-session ls "


def test_names_are_asked_for_with_what_they_are_now(state: State) -> None:
    """As prefix $ does; what is answered is one word, whatever is in it."""
    bound = state.bindings.command("prefix", "$")
    assert bound is not None
    [*_, action] = execute(state, bound)
    assert isinstance(action, Open)
    prompt: Any = action.mode
    assert prompt.editor.text == "ann"
    assert line_picture(prompt, 40, 1) == ["(rename-session) ann"]
    assert run_by(state, prompt, '<C-u>it\'s "x" ; ls') == [
        'rename-session "it\'s \\"x\\" ; ls"'
    ]


@pytest.mark.parametrize(
    ("template", "answers", "expected"),
    [
        ("select-window -t ':%%'", ["a b"], 'select-window -t ":a b"'),
        ("a %1 %2 ; b %1", ["x", "y"], "a x y ; b x"),
        ("a %2", ["x"], "a %2"),
        ("a %%", ["%1 $ %%"], 'a "%1 $ %%"'),
    ],
)
def test_answers_are_parts_of_words(
    template: str, answers: list[str], expected: str
) -> None:
    """No answer can end a command and begin another one."""
    assert filled(template, answers) == expected


def test_several_things_are_asked_one_after_the_other(state: State) -> None:
    """As tmux does with -p a,b."""
    first = opened(state, "command-prompt -p from,to a-%1-%2")
    done = press(state, first, "x<Enter>")
    second: Any = done[-1].mode
    assert second.label == "(to) "
    assert run_by(state, second, "y") == ["a-x-y"]


def test_only_yes_is_yes() -> None:
    """A paste is no answer, and neither is any other key."""
    question = Confirm(question="kill? (y/n)", agreed=(Run("kill-pane"),))
    assert list(question.key(Paste("y"))) == []
    assert list(question.key(Key("n", "n"))) == [Close()]
    assert list(question.key(Key("Enter"))) == [Close()]
    assert list(question.key(Key("y", "y"))) == [Close(), Run("kill-pane")]
    assert line_picture(question, 20, 1) == ["kill? (y/n)"]


def test_vi_keys_are_there_for_those_who_want_them() -> None:
    """In command mode k goes to older lines and q leaves, as in tmux."""
    state = state_of(model_of(("ann", [["a"]])), status_keys="vi")
    state.history.add("command", "ls")
    prompt = opened(state, "command-prompt")
    assert press(state, prompt, "<Escape>k") == []
    assert prompt.editor.text == "ls"
    assert press(state, prompt, "q") == [Close()]


def test_in_vi_escape_stops_writing_and_the_menu_goes() -> None:
    """Its keys are commands then, which choose nothing."""
    state = state_of(model_of(("ann", [["a"]])), status_keys="vi")
    state.verbs.known = VERBS
    prompt = opened(state, "command-prompt")
    assert press(state, prompt, "se<Escape>") == []
    assert prompt.editor.is_commanding
    assert not prompt.menu.is_open
