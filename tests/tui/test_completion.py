"""What could stand at the cursor of a command line, and what it would mean."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from modelkit import add_message, model_of

from fugue_actors.cli.catalogue import verbs
from fugue_actors.tui.commands.arguments import split_commands
from fugue_actors.tui.completion import Command, Vocabulary, complete
from fugue_actors.tui.verbs import Seen
from fugue_actors.tui.words import unfinished, written

VOCABULARY = Vocabulary(
    commands={
        one.name: one
        for one in (
            Command(name="new-window", about="Open a window.", options="dn:t:"),
            Command(name="kill-pane", about="End a pane.", options="at:"),
        )
    },
    verbs=verbs(),
)
MODEL = model_of(
    ("ann", [["a", "b"]]),
    ("bob the second", [["c"]]),
    ("me", []),
    ann=["worker", "tester"],
)
add_message(MODEL, 1, "ann", {"me": "queued"}, text="older")
add_message(MODEL, 2, "ann", {"me": "queued"}, text="is it\x1b[2Jdone?")


def offered(before: str, seen: Seen | None = None) -> list[str]:
    """The words that are offered behind a text."""
    return [one.text for one in complete(before, VOCABULARY, MODEL, seen).candidates]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("new-w", ["new-window"]),
        ("sen", ["send"]),
        ("send tag:w", ["tag:worker"]),
        ("send broad", ["broadcast", "broadcast:server"]),
        ("send state:bl", ["state:blocked"]),
        ("send --prio", ["--priority"]),
        ("send --priority ", ["high", "normal", "low"]),
        ("send --priority=h", ["--priority=high"]),
        ("kill b", ["bob the second"]),
        ("kill ann m", ["me"]),
        ("tag ann +", []),
        ("tag me +w", ["+worker"]),
        ("tag ann -", ["-tester", "-worker"]),
        ("new x --tag t", ["tester"]),
        ("token r", ["revoke"]),
        ("read p", ["pa", "pb", "pc"]),
        ("reply ", ["m0002", "m0001"]),
        ("new x --cwd ", ["/tmp", "/work of/ann", "/work of/bob the second"]),
        ("kill-pane -t p", ["pa", "pb", "pc"]),
        ("kill-pane -t ann:", ["ann:0"]),
        ("kill-pane -", ["-a", "-t"]),
        ("ls ; sen", ["send"]),
        ("window re", ["rename", "resize"]),
        ("window focus ann", ["ann:0", "ann"]),
        ("window arrange ann ma", ["main-horizontal", "main-vertical"]),
        ("no-such-verb ", []),
        ("send ann ", []),
        ("send ann some text ", []),
        ("send ann some text --k", ["--key"]),
        ("ls --", ["--json"]),
        ("ls ", ["--json"]),
        ("ls", []),
    ],
)
def test_what_is_offered(before: str, expected: list[str]) -> None:
    """Commands, verbs, options, their values, and whatever there is by its name."""
    found = offered(before)
    assert found[: len(expected)] == expected
    if not expected:
        assert before.rpartition(" ")[2] not in found or found == []


def test_the_beginning_of_a_word_comes_before_its_middle() -> None:
    """`pane` finds `kill-pane` though no command begins so."""
    assert offered("pan") == ["kill-pane"]
    assert offered("ki") == ["kill", "kill-pane"]


def test_the_pane_in_view_is_the_first_of_the_panes() -> None:
    """It is meant most often."""
    ids = [one for one in offered("read ", Seen(pane_id="pc")) if one.startswith("p")]
    assert ids[0] == "pc"


def test_what_strangers_say_is_shown_and_not_obeyed() -> None:
    """A description goes onto the terminal."""
    abouts = [one.about for one in complete("reply ", VOCABULARY, MODEL).candidates]
    assert abouts[0] == "ann: is it\ufffd[2Jdone?"


def test_a_choice_is_written_so_that_it_means_what_it_says() -> None:
    """Names with blanks get quotation marks, or the end of those that stand there."""
    for before in ("kill bo", 'kill "bo', "kill 'bo"):
        completion = complete(before, VOCABULARY, MODEL)
        [candidate] = completion.candidates
        line = completion.line(before, candidate)
        assert split_commands(line) == [["kill", "bob the second"]]


@given(st.lists(st.text("ab '\"\\;#日-", max_size=6), max_size=4), st.text(max_size=4))
def test_words_are_read_as_they_are_written(words: list[str], last: str) -> None:
    """So a completion replaces the word that it was looked up for."""
    line = " ".join(written(word) for word in ["x", *words, last])
    before = line + " "
    assert unfinished(before).words == ("x", *words, last)
    assert unfinished(before).start == len(before)
    if not set("\n\r\t") & set(last):
        assert split_commands(line) == [["x", *words, last]]


@given(st.text("ab '\"\\;# ", max_size=20))
def test_any_beginning_of_a_line_can_be_read(line: str) -> None:
    """It is being written: nothing has a partner yet."""
    found = unfinished(line)
    assert 0 <= found.start <= len(line)
    assert complete(line, VOCABULARY, MODEL).start == found.start
