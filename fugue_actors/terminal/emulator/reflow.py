"""Rows for a screen of another width: lines that were wrapped are joined and cut anew. PURE."""

from __future__ import annotations

from fugue_actors.terminal.emulator.rows import FILLER, Row
from fugue_actors.terminal.styles import Style


def reflow(rows: list[Row], columns: int) -> list[Row]:
    """The same lines in rows of another width.

    Rows that are neither too long nor continued come through as they are.
    """
    made: list[Row] = []
    line: Row | None = None
    for row in rows:
        if line is None:
            line = row
        else:
            extend(line, row)
        # A line that never ends must not be joined as a whole before it is cut.
        if not line.wrapped:
            trim(line, columns)
        while len(line) > columns:
            line = cut_off(made, line, columns)
        if not row.wrapped:
            made.append(line)
            line = None
    if line is not None:
        made.append(line)
    return made


def trim(line: Row, columns: int) -> None:
    """Cut a line that is only too long because erasing coloured its end: that is no text."""
    end = len(line)
    while end > columns and line.glyphs[end - 1] == " ":
        style = line.styles[end - 1]
        if style.bg == "default" or style != Style(bg=style.bg):
            return
        end -= 1
    if end <= columns:
        line.cut(end)


def extend(line: Row, row: Row) -> None:
    """Add a row's content to the line that goes on in it."""
    width = len(line)
    line.styles += row.styles
    line.glyphs += row.glyphs
    line.marks.update({x + width: mark for x, mark in row.marks.items()})
    line.odd |= row.odd
    line.changed = max(line.changed, row.changed)
    line.wrapped = row.wrapped


def cut_off(made: list[Row], line: Row, columns: int) -> Row:
    """Make one row of a line's beginning; the rest of the line."""
    end = columns
    if line.odd and line.glyphs[end] == FILLER:
        end -= 1
    first, rest = Row(changed=line.changed), Row(changed=line.changed)
    first.glyphs, rest.glyphs = line.glyphs[:end], line.glyphs[end:]
    first.styles, rest.styles = line.styles[:end], line.styles[end:]
    first.marks = {x: mark for x, mark in line.marks.items() if x < end}
    rest.marks = {x - end: mark for x, mark in line.marks.items() if x >= end}
    first.odd = rest.odd = line.odd
    first.wrapped, rest.wrapped = True, line.wrapped
    made.append(first)
    return rest


def offset_of(rows: list[Row], x: int, y: int) -> tuple[int, int | None]:
    """Which line a place is in, and how far from its beginning; None behind its end."""
    number = before = 0
    for row in rows[:y]:
        number, before = (number, before + len(row)) if row.wrapped else (number + 1, 0)
    return number, before + x if x < len(rows[y]) else None


def place_of(rows: list[Row], number: int, offset: int | None) -> tuple[int, int]:
    """Column and row of what `offset_of` gave, on other rows of the same lines."""
    y = 0
    while number and y < len(rows) - 1:
        number -= not rows[y].wrapped
        y += 1
    while rows[y].wrapped and y < len(rows) - 1:
        if offset is not None:
            if offset < len(rows[y]):
                break
            offset -= len(rows[y])
        y += 1
    return len(rows[y]) if offset is None else offset, y
