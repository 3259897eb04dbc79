"""Verbs of the command line at a prompt: what is filled in, and what is refused."""

from __future__ import annotations

import pytest

from fugue_actors.cli.catalogue import verbs as catalogue
from fugue_actors.cli.root import COMMANDS
from fugue_actors.errors import Refused
from fugue_actors.tui import verbs
from fugue_actors.tui.verbs import Seen

VERBS = catalogue()
SEEN = Seen(session="ann", window="ann:2", pane_id="p1")


def test_every_command_is_a_verb() -> None:
    """The prompt knows what the command line knows, options included."""
    assert list(VERBS) == list(COMMANDS)
    priority = VERBS["send"].option("--priority")
    assert priority is not None
    assert priority.choices == ("high", "normal", "low")
    assert {one.name for one in VERBS["token"].members} == {"new", "ls", "revoke"}


def test_every_verb_with_a_place_says_so() -> None:
    """Else nothing could be completed or filled in."""
    for verb in VERBS.values():
        for argument in verb.arguments:
            if "PANE" in argument.name:
                assert argument.kind == "place", verb.name
    window = VERBS["window"]
    kinds = {one.name: one.arguments[0].kind for one in window.members}
    assert kinds.pop("new") == "session"
    assert set(kinds.values()) == {"window"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["read"], ["p1"]),
        (["read", "--history", "9"], ["p1", "--history", "9"]),
        (["read", "bob"], ["bob"]),
        (["resize", "80x24"], ["p1", "80x24"]),
        (["resize", "bob", "80x24"], ["bob", "80x24"]),
        (["type", "--submit"], ["p1", "--submit"]),
        (["tag"], ["ann"]),
        (["rename", "anna"], ["ann", "anna"]),
        (["swap", "p2"], ["p1", "p2"]),
        (["record"], ["p1"]),
        (["layout"], []),
        (["close"], []),
        (["kill"], []),
        (["ls"], []),
        (["split", "--", "make"], ["p1", "--", "make"]),
        (["read", "--help"], ["--help"]),
        (
            ["send", "tag:worker", "tests", "are", "green"],
            ["tag:worker", "tests are green"],
        ),
        (
            ["send", "--type", "note", "bob", "a", "--key", "k", "b"],
            ["--type", "note", "bob", "a b", "--key", "k"],
        ),
        (["ask", "bob", "are you", "there?"], ["bob", "are you there?"]),
        (["send", "bob", "--", "-x", "is", "right"], ["bob", "--", "-x is right"]),
        (["new", "bob", "--", "make", "-k"], ["bob", "--", "make", "-k"]),
    ],
)
def test_what_a_person_leaves_out_is_filled_in(
    line: list[str], expected: list[str]
) -> None:
    """What is in view, where nothing is ended by it; and texts need no quotation marks."""
    assert verbs.completed(VERBS[line[0]], line[1:], SEEN) == expected


def test_a_member_of_a_group_is_filled_in_too() -> None:
    """The window in view, by its number."""
    [rename] = [one for one in VERBS["window"].members if one.name == "rename"]
    assert verbs.completed(rename, ["logs"], SEEN) == ["ann:2", "logs"]


def test_nothing_in_view_is_said() -> None:
    """Rather than asking the daemon for a pane without a name."""
    with pytest.raises(Refused, match="no session is in view"):
        verbs.completed(VERBS["read"], [], Seen())


@pytest.mark.parametrize(
    "line",
    [
        ["attach"],
        ["demo"],
        ["mcp"],
        ["replay", "x"],
        ["events", "--follow"],
        ["serve", "--foreground"],
        ["send", "bob", "-"],
    ],
)
def test_verbs_that_want_the_terminal_or_a_pipe_are_refused(line: list[str]) -> None:
    """With a reason: else they would hang, or draw over everything."""
    assert line[0] in (verbs.refusal(line) or "") or "piped" in str(verbs.refusal(line))


@pytest.mark.parametrize(
    "line", [["events"], ["ls"], ["new", "x", "--", "cat", "-"], ["serve"]]
)
def test_other_verbs_are_not(line: list[str]) -> None:
    """A dash behind -- is the program's."""
    assert verbs.refusal(line) is None
