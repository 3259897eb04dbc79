"""Verbs of the command line at a prompt: what is filled in, and what is refused."""

from __future__ import annotations

import pytest
from modekit import state_of
from modelkit import model_of

from fugue_actors.cli.catalogue import verbs as catalogue
from fugue_actors.cli.root import COMMANDS
from fugue_actors.errors import Refused
from fugue_actors.tui import filling, verbs
from fugue_actors.tui.commands import execute
from fugue_actors.tui.modes import Invoke, Notice
from fugue_actors.tui.verbs import Seen
from fugue_actors.tui.vocabulary import TALKING

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
    assert filling.completed(VERBS[line[0]], line[1:], SEEN) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("send bob it's done; isn't it?", ["bob", "it's done; isn't it?"]),
        ('send bob say "hi" \\o/', ["bob", 'say "hi" \\o/']),
        ('send bob "stop"', ["bob", "stop"]),
        ("send bob 'one;  two' three", ["bob", "one;  two", "three"]),
        (
            "send --type note bob  never use --force ",
            ["--type", "note", "bob", "never use --force"],
        ),
        ("send bob hi  --key k", ["bob", "hi", "--key", "k"]),
        ("send 'a b' c", ["a b", "c"]),
        ("send bob -- -x isn't", ["bob", "--", "-x isn't"]),
        ("ask tag:worker who's there?", ["tag:worker", "who's there?"]),
        ("type bob make --submit", ["bob", "make", "--submit"]),
        ("type bob", ["bob"]),
        ("run sh -c 'a; b'", ["sh", "-c", "a; b"]),
    ],
)
def test_a_text_is_taken_as_it_stands(line: str, expected: list[str]) -> None:
    """People write as they write; only what begins with a quotation mark is words."""
    name, _, rest = line.partition(" ")
    assert filling.words_of(VERBS[name], rest) == expected


def test_a_quotation_mark_without_a_partner_is_said() -> None:
    """Where it could have begun one."""
    with pytest.raises(Refused, match="has no partner"):
        filling.words_of(VERBS["send"], "bob 'tis done")


def test_the_verbs_that_say_something_are_known_before_they_are_read() -> None:
    """A line of theirs is not taken apart at `;`."""
    talking = {name for name, verb in VERBS.items() if verbs.takes_text(verb)}
    assert talking == TALKING


def test_a_line_runs_commands_and_verbs() -> None:
    """By a command's full name first, then verbs, then what is short for a command."""
    state = state_of(model_of(("ann", [["a"]])))
    state.verbs.names = dict.fromkeys(VERBS, "")
    for line, expected in (
        ("new bob", [Invoke('new "bob"')]),
        ("ls ; window new ann", [Invoke("ls"), Invoke('window "new" "ann"')]),
        ("send bob it's; done", [Invoke("send bob it's; done")]),
        ('ls ; send bob "it\'s" ok', [Invoke("ls"), Invoke('send "bob" "it\'s" "ok"')]),
        ("display hello", [Notice("hello")]),
    ):
        assert list(execute(state, line)) == expected


def test_a_member_of_a_group_is_filled_in_too() -> None:
    """The window in view, by its number."""
    [rename] = [one for one in VERBS["window"].members if one.name == "rename"]
    assert filling.completed(rename, ["logs"], SEEN) == ["ann:2", "logs"]


def test_nothing_in_view_is_said() -> None:
    """Rather than asking the daemon for a pane without a name."""
    with pytest.raises(Refused, match="no session is in view"):
        filling.completed(VERBS["read"], [], Seen())


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
    with pytest.raises(Refused, match=r"cannot be run here|piped"):
        filling.check(line)


@pytest.mark.parametrize(
    "line", [["events"], ["ls"], ["new", "x", "--", "cat", "-"], ["serve"]]
)
def test_other_verbs_are_not(line: list[str]) -> None:
    """A dash behind -- is the program's."""
    filling.check(line)


def test_verbs_that_only_look_are_known_and_all_others_change_things() -> None:
    """A client that is read-only runs these and no others."""
    assert {name for name, verb in VERBS.items() if verbs.only_looks(verb, [])} == {
        *("status", "ls", "tree", "read", "wait", "message", "recordings", "events"),
        *("doctor", "control", "layout"),
    }
    assert verbs.only_looks(VERBS["read"], ["ann", "--history", "9"])
    assert not verbs.only_looks(VERBS["control"], ["ann", "--take"])
    assert not verbs.only_looks(VERBS["layout"], ["ann", "--build=plan.json"])
