"""What keys do: tables, the prefix, keys that repeat, panes whose program has ended."""

from __future__ import annotations

from typing import Any

import pytest
from modekit import opened
from modelkit import model_of

from fugue_actors.tui import keyboard
from fugue_actors.tui.bindings import PREFIX_KEYS
from fugue_actors.tui.commands import by_name, execute, find_command
from fugue_actors.tui.commands.arguments import split_commands
from fugue_actors.tui.decoding import key_of
from fugue_actors.tui.events import Focus, Key, Paste
from fugue_actors.tui.modes import Notice, Request, Run, Type
from fugue_actors.tui.settings import Settings, key_name
from fugue_actors.tui.state import State


def client(**given: Any) -> State:
    """A client of a window with two panes."""
    return State(model_of(("ann", [["a", "b"]])), Settings(**given))


def pressed(state: State, name: str, now: float = 0.0) -> list[Any]:
    """What a key leads to, without what is said about activity."""
    text = {"Space": " "}.get(name, name if len(name) == 1 else "")
    actions = keyboard.press(state, Key(name, text), now)
    return [each for each in actions if not isinstance(each, Request)]


def test_a_usual_key_is_typed_into_the_pane() -> None:
    """Text as text, the rest by its name."""
    state = client()
    assert pressed(state, "x") == [Type(pane_id="pa", text="x")]
    assert pressed(state, "C-c") == [Type(pane_id="pa", keys=("C-c",))]
    assert pressed(state, "Space") == [Type(pane_id="pa", text=" ")]


def test_the_key_after_the_prefix_is_a_command() -> None:
    """And the next one is a usual key again."""
    state = client()
    assert pressed(state, "C-b") == []
    assert pressed(state, "%") == [Run("split-window -h")]
    assert pressed(state, "%") == [Type(pane_id="pa", text="%")]


def test_a_key_that_is_not_bound_does_nothing_after_the_prefix() -> None:
    """As in tmux it is neither typed nor told."""
    state = client()
    pressed(state, "C-b")
    assert pressed(state, "é") == []
    assert pressed(state, "y") == [Type(pane_id="pa", text="y")]


def test_what_was_typed_for_a_session_that_has_ended_is_dropped() -> None:
    """It would run in another one; what has the keys itself keeps them."""
    state = client()
    pressed(state, "C-b")
    keyboard.deafen(state, 10.0)
    assert state.table == "root"
    for event in (Key("x", "x"), Paste("rm -r x")):
        assert keyboard.is_deaf(state, event, 10.4)
        assert not keyboard.is_deaf(state, event, 10.5)
    assert not keyboard.is_deaf(state, Focus(is_in=True), 10.4)
    state.line = opened(state, "command-prompt")
    assert not keyboard.is_deaf(state, Key("x", "x"), 10.4)


def test_what_is_typed_on_when_the_daemon_is_back_is_dropped_until_a_pause() -> None:
    """The rest of a line whose beginning was refused would be another command."""
    state = client()
    state.refused_at = 10.0
    assert keyboard.resume(state, 10.4)
    for now in (10.5, 10.8, 11.2):
        assert keyboard.is_deaf(state, Key("x", "x"), now)
    assert not keyboard.is_deaf(state, Focus(is_in=True), 11.3)
    assert not keyboard.is_deaf(state, Key("x", "x"), 11.7)
    assert not keyboard.is_deaf(state, Key("x", "x"), 11.8)


def test_who_did_not_type_meanwhile_need_not_pause() -> None:
    """Neither at the start, nor when the last key was a while ago."""
    state = client()
    assert not keyboard.resume(state, 0.2)
    state.refused_at = 10.0
    assert not keyboard.resume(state, 10.5)
    assert not keyboard.is_deaf(state, Key("x", "x"), 10.5)


def test_the_prefix_twice_types_it() -> None:
    """That is how a tmux inside gets its own."""
    state = client()
    pressed(state, "C-b")
    (run,) = pressed(state, "C-b")
    assert list(execute(state, run.text)) == [Type(pane_id="pa", keys=("C-b",))]


def test_the_prefix_may_be_another_key() -> None:
    """Then the usual one is a key like others."""
    state = client(prefix="C-a")
    assert pressed(state, "C-b") == [Type(pane_id="pa", keys=("C-b",))]
    pressed(state, "C-a")
    assert pressed(state, "d") == [Run("detach-client")]
    pressed(state, "C-a")
    assert pressed(state, "C-a") == [Run("send-prefix")]


def test_a_key_that_repeats_needs_no_prefix_for_half_a_second() -> None:
    """Counted from the last one, and over at once with any other key."""
    state = client()
    pressed(state, "C-b", 0.0)
    assert pressed(state, "C-Left", 0.0) == [Run("resize-pane -L 1")]
    assert pressed(state, "C-Left", 0.4) == [Run("resize-pane -L 1")]
    assert pressed(state, "C-Left", 0.8) == [Run("resize-pane -L 1")]
    assert pressed(state, "C-Left", 1.4) == [Type(pane_id="pa", keys=("C-Left",))]
    pressed(state, "C-b", 2.0)
    pressed(state, "C-Left", 2.0)
    assert pressed(state, "x", 2.1) == [Type(pane_id="pa", text="x")]
    assert pressed(state, "C-Left", 2.2) == [Type(pane_id="pa", keys=("C-Left",))]


def test_what_the_user_bound_comes_first_and_an_empty_command_unbinds() -> None:
    """In each of the tables."""
    state = client(
        keys={"prefix": {"|": "split-window -h", "%": ""}, "root": {"F1": "list-keys"}}
    )
    assert pressed(state, "F1") == [Run("list-keys")]
    pressed(state, "C-b")
    assert pressed(state, "|") == [Run("split-window -h")]
    pressed(state, "C-b")
    assert pressed(state, "%") == []


def test_enter_closes_a_pane_whose_program_has_ended() -> None:
    """Nothing else reaches it: there is nobody to read it."""
    state = client()
    state.model.panes["pa"]["state"] = "exited"
    assert pressed(state, "x") == []
    assert pressed(state, "Enter") == [Run("kill-pane")]
    assert list(keyboard.paste(state, Paste("text"))) == []


def test_who_pastes_too_much_is_told_what_is_missing() -> None:
    """Half a file that looks whole would be worse than none."""
    actions = [*keyboard.paste(client(), Paste("text", cut=4096))]
    assert actions == [
        Type(pane_id="pa", text="text", paste=True),
        Notice(
            "the paste was too long: its last 4,096 bytes are left out", is_error=True
        ),
    ]


def test_a_paste_goes_to_the_pane_as_one() -> None:
    """So that a program can tell it from typing."""
    (typed,) = keyboard.paste(client(), Paste("one\ntwo"))
    assert typed == Type(pane_id="pa", text="one\ntwo", paste=True)


@pytest.mark.parametrize("key", sorted(PREFIX_KEYS))
def test_every_key_of_the_prefix_runs_a_command_that_there_is(key: str) -> None:
    """No key is bound to nothing, and each is spelt as events spell it."""
    assert key_name(key) == key
    for words in split_commands(PREFIX_KEYS[key]):
        find_command(words[0])


def test_commands_have_one_name_each() -> None:
    """No alias is the name of another command."""
    names = [command.name for command in by_name().values()]
    for name, command in by_name().items():
        assert name in (command.name, command.alias)
        assert names.count(command.name) == 1 + bool(command.alias)


@pytest.mark.parametrize(
    ("written", "name"),
    [("S-a", "A"), ("^x", "C-x"), (" ", "Space"), ("PPage", "PageUp"), ("M-A", "M-A")],
)
def test_keys_are_known_by_the_name_that_events_have(written: str, name: str) -> None:
    """Else a binding of the user would never be found."""
    assert key_name(written) == name
    assert key_of(0, "x").name == key_name("x")
