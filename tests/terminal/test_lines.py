"""Rows as the lines that were written: nothing twice, nothing torn, whatever the width."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from fugue_actors.terminal.emulator import Emulator
from fugue_actors.terminal.lines import (
    at_cursor,
    blank_to_cursor,
    shown,
    written_since,
)


def drawn(output: str, columns: int = 10, lines: int = 4) -> Emulator:
    emulator = Emulator(columns, lines)
    emulator.feed(output.encode())
    return emulator


def test_a_line_that_fills_several_rows_is_one_line() -> None:
    """Blanks at the edge included: they are part of what was written."""
    emulator = drawn("one two    three\r\nfour")
    assert shown(emulator) == ["one two    three", "four", ""]


def test_a_line_that_scrolled_off_in_part_is_one_line() -> None:
    """History and screen belong together."""
    emulator = drawn("abcdefghijklm\r\n2\r\n3\r\n")
    assert len(list(emulator.history.last(9))) == 1
    assert written_since(emulator, 0).lines == ["abcdefghijklm", "2", "3"]


def test_what_was_read_does_not_come_again() -> None:
    """An empty line is a line; what lies below the cursor is not."""
    emulator = drawn("one\r\n\r\n")
    first = written_since(emulator, 0)
    assert first == (["one", ""], False)
    cursor = emulator.output
    assert written_since(emulator, cursor) == ([], False)
    emulator.feed(b"two\r\n")
    assert written_since(emulator, cursor) == (["two"], False)


@pytest.mark.parametrize("end", ["\r\n", " more", "\r\n\r\n"])
def test_an_unfinished_line_says_so_and_comes_again(end: str) -> None:
    """When it has grown, and also when it only ended: then it is whole."""
    emulator = drawn("begin")
    assert written_since(emulator, 0) == (["begin"], True)
    cursor = emulator.output
    emulator.feed(end.encode())
    again = written_since(emulator, cursor)
    assert again.lines[0] == "begin" + end.rstrip()
    assert again.is_partial == (end == " more")


def test_the_primary_screen_is_read_while_the_alternate_one_is_shown() -> None:
    """Else lines written just before a pager starts would never be seen."""
    emulator = drawn("before\r\n\x1b[?1049h\x1b[Hpager")
    assert written_since(emulator, 0) == (["before", "pager"], False)
    cursor = emulator.output
    emulator.feed(b"\x1b[?1049lafter\r\n")
    assert written_since(emulator, cursor).lines == ["after"]


@pytest.mark.parametrize(
    ("output", "line", "blank"),
    [
        ("$ ", "$", "$ "),
        ("a\r\n漢 ", "漢", "漢 "),
        ("$", "$", ""),
        ("", "", ""),
        ("   ", "", ""),
        ("abcdefghij> ", "abcdefghij>", "abcdefghij> "),
    ],
)
def test_the_line_of_the_cursor_is_known_with_and_without_its_blanks(
    output: str, line: str, blank: str
) -> None:
    """A prompt ends with a blank that no reader of the screen sees."""
    emulator = drawn(output)
    assert at_cursor(emulator) == line
    assert blank_to_cursor(emulator) == blank


STEPS = st.lists(
    st.one_of(
        st.just("line"),
        st.tuples(st.integers(8, 60), st.integers(2, 9)),
        st.sampled_from(["clear", "pager", "read", "part"]),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_lines_are_read_once_each_whatever_happens_meanwhile(
    steps: list[str | tuple[int, int]],
) -> None:
    """Clears, resizes, a pager, reads in the middle of a line: none is lost, torn or doubled."""
    emulator = Emulator(40, 5)
    written: list[str] = []
    got: list[str] = []
    cursor = 0

    def read() -> None:
        nonlocal cursor
        new = written_since(emulator, cursor)
        cursor = emulator.output
        got.extend(new.lines[: len(new.lines) - new.is_partial])

    for step in steps:
        line = f"line {len(written)} of a program that writes numbered lines"
        match step:
            case "line":
                written.append(line)
                emulator.feed(f"{line}\r\n".encode())
            case "part":
                written.append(line)
                emulator.feed(line[:20].encode())
                read()
                emulator.feed(f"{line[20:]}\r\n".encode())
            case "clear":
                emulator.feed(b"\x1b[H\x1b[2J")
            case "pager":
                emulator.feed(b"\x1b[?1049h")
                read()
                emulator.feed(b"\x1b[?1049l")
            case "read":
                read()
            case (int(columns), int(lines)):
                emulator.resize(columns, lines)
    read()
    assert [each for each in got if each] == written
