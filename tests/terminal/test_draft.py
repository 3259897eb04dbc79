"""What counts as begun and not finished, key by key."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st

from fugue_actors.protocol.hosting import MouseAction, Prompts, TypeInput
from fugue_actors.terminal import keys as keyboard
from fugue_actors.terminal.draft import Draft, Place

EDITOR = Place(
    is_canonical=False,
    is_alternate=False,
    marks_pastes=True,
    prompts=Prompts(),
    cursor=100,
)
"""A shell that edits its line itself and sets no marks."""
CANONICAL = attrs.evolve(EDITOR, is_canonical=True, marks_pastes=False)
FULL_SCREEN = attrs.evolve(EDITOR, is_alternate=True)


def pressed(text: str, *keys: str, by: str = "live", paste: bool = False) -> TypeInput:
    return TypeInput(text=keyboard.clean(text), keys=keys, by=by, paste=paste)


def after(*typed: TypeInput, place: Place = EDITOR) -> Draft:
    """What there is once somebody has typed all of this."""
    draft = Draft()
    for each in typed:
        draft.typed(each, place)
    return draft


# ---- what begins one, and what ends it


@pytest.mark.parametrize(
    "keys",
    [
        ("l",),
        ("Space",),
        ("S-a",),
        ("Up",),
        ("Tab",),
        ("C-r",),
        ("C-y",),
        ("M-.",),
        ("S-Enter",),
        ("C-c", "x"),
        ("x", "Left"),
        ("Up", "BSpace", "BSpace"),
        ("a", "b", "BSpace"),
        ("a", "C-w"),
        ("a", "b", "C-h", "M-BSpace"),
        ("a", "Home", "BSpace", "BSpace", "BSpace"),
        ("a", "Tab", "BSpace", "BSpace"),
        ("a", "Left", "C-u"),
        ("a", "C-d"),
        ("\\", "Enter"),
        ("a", "M-Enter", "C-u"),
        ("a", "Escape"),
        ("Enter", "a"),
        ("Down",),
        ("PgDn",),
        ("C-o",),
        ("C-n",),
        ("C-s",),
        ("a", "C-u", "C-_"),
        ("a", "C-u", "C-/"),
        ("a", "C-u", "C-7"),
        ("a", "C-u", "C-x", "C-u"),
        ("a", "BSpace", "C-_"),
        ("C-r", "a", "C-u"),
    ],
)
def test_what_may_stand_on_the_line_is_a_draft(keys: tuple[str, ...]) -> None:
    """Also what only may: a key that brings text from the history, say."""
    assert after(pressed("", *keys)).by == "live"


@pytest.mark.parametrize(
    "keys",
    [
        (),
        ("Left", "Right", "Home", "End"),
        ("Escape",),
        ("S-Tab",),
        ("F5", "C-l", "C-a", "C-e", "C-z"),
        ("BSpace", "C-w", "Delete"),
        ("a", "Enter"),
        ("a", "C-m"),
        ("a", "Left", "Enter"),
        ("Up", "Return"),
        ("a", "C-c"),
        ("a", "^C"),
        ("a", "b", "C-u"),
        ("Up", "C-U"),
        ("a", "b", "BSpace", "BSpace"),
        ("a", "C-w", "BSpace"),
        ("\\", "Enter", "a", "Enter"),
        ("\\", "x", "Enter"),
        ("\\", "BSpace", "Enter"),
    ],
)
def test_what_is_finished_or_never_was_is_none(keys: tuple[str, ...]) -> None:
    """Nobody is held up for a line that must be empty."""
    assert after(pressed("", *keys)).by == ""


@pytest.mark.parametrize("key", ["Left", "Escape", "C-h", "Delete", "F5", "M-BSpace"])
def test_where_the_terminal_collects_lines_other_keys_are_text(key: str) -> None:
    """Nobody edits there: their bytes are on the line, and erasing takes them one by one."""
    assert after(pressed("", key), place=CANONICAL).by == "live"
    assert after(pressed("a", key, "BSpace"), place=CANONICAL).by == "live"
    assert after(pressed("", "C-z", "C-s", "C-q", "C-w"), place=CANONICAL).by == ""


@pytest.mark.parametrize("key", ["C-d", "C-j", "C-u", "Enter", "C-c"])
def test_where_the_terminal_collects_lines_its_own_keys_end_them(key: str) -> None:
    """As for `cat`: C-d hands over what there is, C-u kills all, wherever the cursor is."""
    assert after(pressed("abc", "Left", key), place=CANONICAL).by == ""


@pytest.mark.parametrize(
    ("text", "place", "by"),
    [
        ("one line", EDITOR, "live"),
        ("two\nlines\n", EDITOR, "live"),
        ("two\nlines\n", CANONICAL, ""),
        ("two\nlines", CANONICAL, "live"),
        ("continued \\\n", CANONICAL, "live"),
        ("continued \\\n\n", CANONICAL, ""),
        ("not \\\n\n", CANONICAL, ""),
        ("\n", CANONICAL, ""),
    ],
)
def test_a_paste_is_a_draft_unless_it_presses_enter_itself(
    text: str, place: Place, by: str
) -> None:
    """Where pastes are marked its line ends are text, elsewhere they are the Enter key."""
    assert after(pressed(text, paste=True), place=place).by == by


def test_a_paste_of_several_lines_is_not_killed_as_one() -> None:
    """C-u kills one line only; erasing counts all of them."""
    assert after(pressed("a\nb", "C-u", paste=True)).by == "live"
    assert after(pressed("ab", "C-u", paste=True)).by == ""


def test_text_that_is_typed_counts_like_its_keys() -> None:
    """A tab in it may be completed to anything."""
    assert after(pressed("abc", "BSpace", "BSpace", "BSpace")).by == ""
    assert after(pressed("a\tc", "BSpace", "BSpace", "BSpace")).by == "live"


def test_a_click_may_set_the_cursor_and_begins_nothing() -> None:
    """Then it is not known what erases all of it."""
    click = TypeInput(mouse=(MouseAction(kind="press", button=1, x=0, y=0),), by="live")
    assert after(click).by == ""
    assert after(pressed("ab"), click, pressed("", "C-u")).by == "live"


# ---- whose it is


@pytest.mark.parametrize(
    ("begun", "refused"),
    [
        ("live", {"person": True, "agent": True, "fugue": True}),
        ("person", {"person": False, "agent": True, "fugue": True}),
    ],
)
def test_only_people_add_to_a_draft(begun: str, refused: dict[str, bool]) -> None:
    """And what is written at once is not added to what is typed key by key."""
    draft = after(pressed("rm -rf ", by=begun))
    assert {by: draft.refuses(by) for by in refused} == refused
    assert not draft.refuses("live")
    assert not draft.refuses("")


@pytest.mark.parametrize("by", ["agent", "fugue", ""])
def test_what_no_person_writes_is_no_draft(by: str) -> None:
    """Nor does it end one, but for a daemon that does not say who types."""
    assert after(pressed("half", by=by)).by == ""
    ended = "" if by == "" else "person"
    assert after(pressed("half", by="person"), pressed("", "Enter", by=by)).by == ended


def test_a_draft_that_was_written_at_once_is_live_as_soon_as_somebody_types() -> None:
    """From then on it is somebody's at the keyboard."""
    draft = after(pressed("half", by="person"), pressed("x"))
    assert draft.by == "live"


# ---- what the terminal shows


def test_a_draft_ends_when_the_shell_runs_it() -> None:
    """However it was accepted; but a prompt that is only drawn anew says nothing."""
    draft = after(pressed("ls", "C-o"))
    again = Prompts(shown=2, marked_at=120)
    draft.look(attrs.evolve(EDITOR, prompts=again, cursor=130), is_read=True)
    assert draft.by == "live"
    runs = Prompts(shown=2, is_running=True, marked_at=140, started_at=140)
    draft.look(attrs.evolve(EDITOR, prompts=runs, cursor=150), is_read=True)
    assert draft.by == ""


AT_PROMPT = Prompts(shown=2, marked_at=90, started_at=50, ended_at=60)
TELLS = attrs.evolve(EDITOR, prompts=AT_PROMPT)
"""A shell that marks its prompts and has run a command."""
RUNS = attrs.evolve(AT_PROMPT, is_running=True, marked_at=140, started_at=140)
ANEW = attrs.evolve(AT_PROMPT, shown=3, marked_at=140)


@pytest.mark.parametrize("prompts", [RUNS, ANEW], ids=["runs", "prompts anew"])
def test_enter_ends_a_line_when_the_shell_has_taken_it(prompts: Prompts) -> None:
    """Until then it may be one of several: a quote is open, or a loop."""
    draft = after(pressed("echo 'abc", "Enter"), place=TELLS)
    draft.look(attrs.evolve(TELLS, cursor=130), is_read=True)
    assert draft.by == "live"
    draft.typed(pressed("", *["BSpace"] * 20, "C-u"), TELLS)
    assert draft.by == "live"
    draft.typed(pressed("x'", "Enter"), attrs.evolve(TELLS, cursor=130))
    draft.look(attrs.evolve(TELLS, prompts=prompts, cursor=150), is_read=True)
    assert draft.by == ""


@pytest.mark.parametrize("prompts", [RUNS, ANEW], ids=["runs", "prompts anew"])
def test_what_was_typed_before_the_shell_has_said_so_is_a_draft_of_its_own(
    prompts: Prompts,
) -> None:
    """It is the next line's, which the shell has not run."""
    draft = after(pressed("ls", "Enter", "r", "m"), place=TELLS)
    draft.look(attrs.evolve(TELLS, prompts=prompts, cursor=150), is_read=True)
    assert draft.by == "live"
    draft.look(attrs.evolve(TELLS, prompts=prompts, cursor=160), is_read=True)
    assert draft.by == "live"


@pytest.mark.parametrize(
    "place",
    [
        attrs.evolve(TELLS, prompts=attrs.evolve(AT_PROMPT, started_at=0)),
        attrs.evolve(TELLS, prompts=RUNS),
        attrs.evolve(TELLS, is_canonical=True),
        attrs.evolve(TELLS, is_alternate=True),
    ],
    ids=["only prompts", "a program", "the terminal", "full screen"],
)
def test_enter_ends_a_line_where_no_shell_tells_what_becomes_of_it(
    place: Place,
) -> None:
    """Nobody would ever say that it is over."""
    assert after(pressed("ls", "Enter"), place=place).by == ""


def test_an_interrupt_gives_up_all_lines_of_a_command() -> None:
    """And an Enter on an empty line begins none."""
    assert after(pressed("echo 'abc", "Enter", "d", "C-c"), place=TELLS).by == ""
    assert after(pressed("", "Enter"), place=TELLS).by == ""


RUNNING = Prompts(shown=1, is_running=True, marked_at=50, started_at=50)
DONE = attrs.evolve(RUNNING, is_running=False, marked_at=200, ended_at=200)


def test_what_a_program_was_typed_ends_with_it() -> None:
    """A pager's keys are gone with the pager, when the next prompt comes."""
    program = attrs.evolve(EDITOR, prompts=RUNNING)
    draft = after(pressed("jjq"), place=program)
    draft.look(attrs.evolve(program, cursor=190), is_read=True)
    assert draft.by == "live"
    draft.look(attrs.evolve(program, prompts=DONE, cursor=210), is_read=True)
    assert draft.by == ""


@pytest.mark.parametrize(
    ("place", "is_read"),
    [
        (attrs.evolve(EDITOR, prompts=RUNNING), False),
        (attrs.evolve(CANONICAL, prompts=RUNNING), True),
    ],
)
def test_what_was_typed_ahead_is_the_shells(place: Place, is_read: bool) -> None:
    """Unread, or collected by the terminal: it stands behind the next prompt."""
    draft = after(pressed("rm -rf "), place=place)
    after_it = attrs.evolve(place, is_canonical=False, prompts=DONE, cursor=210)
    draft.look(after_it, is_read=is_read)
    assert draft.by == "live"


def test_what_was_typed_on_the_alternate_screen_ends_with_it() -> None:
    """Unless keys are left for whoever comes after."""
    for is_read, by in ((True, ""), (False, "live")):
        draft = after(pressed("jjq"), place=FULL_SCREEN)
        draft.look(FULL_SCREEN, is_read=True)
        assert draft.by == "live"
        draft.look(EDITOR, is_read=is_read)
        assert draft.by == by


def test_a_draft_that_a_full_screen_program_hides_is_still_there_after_it() -> None:
    """The line from which somebody called a chooser, or an editor; its keys are its own."""
    draft = after(pressed("git checkout ", "C-t"))
    for key in ("x", "Enter", "C-c", "BSpace"):
        draft.typed(pressed("", key), FULL_SCREEN)
    draft.look(EDITOR, is_read=True)
    assert draft.by == "live"


def test_people_can_give_a_draft_up() -> None:
    """By a word of their own, whatever stands there."""
    draft = after(pressed("half"))
    draft.drop()
    assert draft.by == ""
    assert not draft.refuses("agent")


# ---- against an editor that is simple enough to be sure


class Line:
    """A line editor: where its cursor is, what it holds."""

    def __init__(self, history: str) -> None:
        self.history, self.text, self.at = history, "", 0

    def press(self, key: str) -> None:
        match key:
            case "Enter" | "C-c":
                self.text = ""
            case "C-u":
                self.text = self.text[self.at :]
            case "C-w" | "BSpace":
                start = (
                    self.at - 1 if key == "BSpace" else self.text[: self.at].rfind(" ")
                )
                start = max(start, 0)
                self.text, self.at = self.text[:start] + self.text[self.at :], start
            case "Left":
                self.at = max(0, self.at - 1)
            case "Home":
                self.at = 0
            case "Delete":
                self.text = self.text[: self.at] + self.text[self.at + 1 :]
            case "C-k":
                self.text = self.text[: self.at]
            case "Up":
                self.text, self.at = self.history, len(self.history)
            case "Tab":
                self.text = self.text[: self.at] + "completed" + self.text[self.at :]
                self.at += len("completed")
            case _:
                character = " " if key == "Space" else key
                self.text = self.text[: self.at] + character + self.text[self.at :]
                self.at += 1
        self.at = min(self.at, len(self.text)) if key != "C-u" else 0


EDITING = [
    *("a", "b", "Space", "Enter", "C-c", "C-u", "C-w", "BSpace", "Left", "Home"),
    *("Delete", "C-k", "Up", "Tab", "Left", "BSpace", "BSpace"),
]


@given(st.lists(st.sampled_from(EDITING), max_size=40), st.text("xyz", max_size=3))
def test_there_is_never_text_without_a_draft(keys: list[str], history: str) -> None:
    """Whatever is done to a line in whatever order."""
    line, draft = Line(history), Draft()
    for key in keys:
        line.press(key)
        draft.typed(pressed("", key), EDITOR)
        assert draft.by or not line.text, (key, line.text)


@given(st.lists(st.sampled_from([*"abc", "Space", "BSpace"]), max_size=40))
def test_a_line_that_was_only_typed_and_erased_is_known_exactly(
    keys: list[str],
) -> None:
    """So nobody is held up for it."""
    line, draft = Line(""), Draft()
    for key in keys:
        line.press(key)
        draft.typed(pressed("", key), EDITOR)
        assert bool(draft.by) == bool(line.text)


def test_the_time_a_large_paste_takes_does_not_grow_with_each_character() -> None:
    """A host has one thread for all it does."""
    draft = Draft()
    calls: list[Any] = []
    draft.press = lambda *key: calls.append(key)  # type: ignore[method-assign]
    draft.typed(pressed("line\n" * 1000), CANONICAL)
    assert len(calls) == 1
