"""Command lines mean what they mean in tmux."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from fugue_actors.errors import Refused
from fugue_actors.tui.commands.arguments import (
    join_words,
    parse,
    split_commands,
)


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("split-window -h", [["split-window", "-h"]]),
        ("a b; c d", [["a", "b"], ["c", "d"]]),
        ("a ; ; c;", [["a"], ["c"]]),
        (r"a \; b", [["a", ";", "b"]]),
        ("a 'x ; y' \"z '\"", [["a", "x ; y", "z '"]]),
        ('a "" b', [["a", "", "b"]]),
        ("rename-window a#1", [["rename-window", "a#1"]]),
        ("# only a comment", []),
        ("a x;y", [["a", "x;y"]]),
        (r'a "x\"y" \$z', [["a", 'x"y', "$z"]]),
        ("  ", []),
    ],
)
def test_a_line_is_read_as_commands_of_words(
    line: str, commands: list[list[str]]
) -> None:
    """Quotes, backslashes and semicolons have tmux's meaning."""
    assert split_commands(line) == commands


@pytest.mark.parametrize("line", ["a 'b", 'a "b'])
def test_a_quotation_mark_needs_a_partner(line: str) -> None:
    """A line cut off in the middle must not run as something else."""
    with pytest.raises(Refused, match="no partner"):
        split_commands(line)


@given(st.lists(st.text(max_size=12), min_size=1, max_size=5))
def test_words_that_are_joined_come_back_as_they_were(words: list[str]) -> None:
    """`bind-key` and the history write lines that are read again."""
    if words[0].startswith("#"):
        words = ["x", *words]
    assert split_commands(join_words(words)) == [words]


def test_flags_may_be_joined_and_have_values_behind_them() -> None:
    """`-dht pane` and `-t pane -d -h` are the same, as everywhere."""
    joined = parse(["-dht", "left", "x"], "dht:", most=1)
    assert joined.flags == {"d", "h"}
    assert joined.values == {"t": "left"}
    assert joined.words == ("x",)
    assert parse(["-tleft", "-h", "-d", "x"], "dht:", most=1) == joined


def test_flags_of_a_program_are_its_own() -> None:
    """Behind the first word of `split-window` everything is the program's."""
    given_ = parse(["-h", "ls", "-l", "-h"], "h", most=None)
    assert given_.words == ("ls", "-l", "-h")


def test_numbers_below_zero_are_words() -> None:
    """They are no flags, though they begin like one."""
    assert parse(["-3"], "h", most=1).words == ("-3",)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["-x"], "no flag -x"),
        (["-t"], "needs a value"),
        ([], "missing"),
        (["a", "b"], "no room"),
    ],
)
def test_what_does_not_fit_is_refused(words: list[str], why: str) -> None:
    """A command with a mistake does nothing, and says which."""
    with pytest.raises(Refused, match=why):
        parse(words, "t:", least=1, most=1)
