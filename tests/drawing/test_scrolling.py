"""Rows that moved are moved by the terminal, where that is less to send."""

from __future__ import annotations

import re
from typing import Any

import pytest
from drawingkit import seen, wanted
from hypothesis import given, settings, strategies as st
from strategies import untimed

from fugue_actors.drawing import PLAIN, Canvas, Painter, Style
from fugue_actors.drawing.cells import Cells, spell
from fugue_actors.drawing.scrolling import Shift, shift
from fugue_actors.terminal.emulator import Emulator

LINES, COLUMNS = 10, 16
WORDS = [
    "",
    "one",
    "two 漢",
    "three",
    "four 👩\u200d💻",
    "five" + " " * 11 + "x",
    "six",
]
lines = st.tuples(
    st.sampled_from(WORDS), st.sampled_from([PLAIN, Style(fg="red"), Style(bg="blue")])
)


@st.composite
def stories(draw: st.DrawFn) -> list[list[Any]]:
    """Pictures as lists of lines, in each of which a part of the one before has moved."""
    picture = draw(st.lists(lines, min_size=LINES, max_size=LINES))
    story = [picture]
    for _ in range(draw(st.integers(1, 4))):
        top = draw(st.integers(0, LINES - 2))
        bottom = draw(st.integers(top + 1, LINES))
        count = draw(st.integers(1, bottom - top))
        new = draw(st.lists(lines, min_size=count, max_size=count))
        part = picture[top:bottom]
        part = part[count:] + new if draw(st.booleans()) else new + part[:-count]
        picture = picture[:top] + part + picture[bottom:]
        story.append(picture)
    return story


@settings(untimed)
@given(stories())
def test_what_has_moved_is_shown_where_it_is_now(story: list[list[Any]]) -> None:
    """Up or down, a part or all of it, with whatever came in its place."""
    canvas, painter = Canvas(COLUMNS, LINES), Painter(COLUMNS, LINES)
    outer = Emulator(COLUMNS, LINES)
    for picture in story:
        canvas.clear()
        for y, (text, style) in enumerate(picture):
            canvas.field(0, y, COLUMNS, text, style)
        outer.feed(painter.paint(canvas))
        assert seen(outer) == wanted(canvas)
        assert not outer.history.last(1)


def log(first: int) -> Canvas:
    """A screen with a log above a status line."""
    canvas = Canvas(80, 24)
    for y in range(23):
        canvas.text(
            0, y, f"12:00:{first + y:02} something happened, number {first + y}"
        )
    canvas.text(0, 23, "status", Style(bg="green"))
    return canvas


@pytest.mark.parametrize(
    ("step", "expected"), [(1, rb"\x1b\[1;23r\x1b\[1H\x1b\[1M\x1b\[r"), (-3, rb"\[3L")]
)
def test_a_log_that_goes_on_costs_what_is_new(step: int, expected: bytes) -> None:
    """Not the whole screen again."""
    painter = Painter(80, 24)
    painter.paint(log(50))
    output = painter.paint(log(50 + step))
    assert re.search(expected, output)
    assert len(output) < 60 + 50 * abs(step)


def rows(text: str) -> list[Cells]:
    """Rows of one letter each; a dot is a blank row."""
    return [Cells(spell(each.replace(".", " ")), [PLAIN]) for each in text]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("abcdefgh", "bcdefghx", Shift(0, 8, 1)),
        ("abcdefgh", "xabcdefg", Shift(0, 8, -1)),
        ("abcdefgh", "adefghxy", Shift(1, 8, 2)),
        ("Habcdefg", "Hbcdefgx", Shift(1, 8, 1)),
        ("Sabcdefg", "Tbcdefgx", Shift(1, 8, 1)),
        ("abcdefgh", "bcdxefgh", None),
        ("aaaaaaaa", "aaaaaaab", None),
        ("........", "........", None),
        ("abcdefgh", "stuvwxyz", None),
        ("a.b.c.d.", ".b.c.d.x", Shift(1, 8, 1)),
    ],
)
def test_rows_are_moved_only_if_that_spares_enough(
    before: str, after: str, expected: Shift | None
) -> None:
    """Else drawing them is as good, and nothing on the screen jumps."""
    old, new = rows(before), rows(after)
    changed = [y for y in range(len(old)) if old[y] != new[y]]
    assert shift(old, new, changed) == expected


def test_it_is_not_searched_for_without_end() -> None:
    """What has not moved among the first rows is drawn."""
    letters = "".join(chr(ord("a") + place) for place in range(20))
    old = rows(letters.upper() + letters)
    new = rows(letters[::-1] + "." + letters[:-1])
    assert shift(old, new, range(len(old))) is None
