"""What is selected: which cells, and the text of them. Pure.

A line that fills several rows is one line of what is copied, and blanks at the ends of
lines are not copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fugue_actors.tui.copying import words
from fugue_actors.tui.copying.lines import Place

if TYPE_CHECKING:
    from fugue_actors.tui.copying.machine import Machine, Selection
    from fugue_actors.tui.copying.window import RowPlace


class Span(NamedTuple):
    """From a place to before another one; with `line_end`, the end of its line, too."""

    start: Place
    end: Place
    line_end: bool


class Block(NamedTuple):
    """A rectangle: its rows, and its columns from `left` to before `right`."""

    upper: RowPlace
    lower: RowPlace
    left: int
    right: int


def selected(machine: Machine) -> Span | Block | None:
    """What is selected; None if nothing is."""
    selection = machine.state.selection
    if selection is None:
        return None
    if machine.state.is_rectangle and selection.kind == "cells":
        return block(machine, selection)
    return span(machine, selection)


def span(machine: Machine, selection: Selection) -> Span:
    """A selection that follows the text."""
    text = machine.text
    here = machine.cursor if selection.until is None else selection.until
    first, last = min(selection.first, here), max(selection.last, here)
    if selection.kind == "lines":
        end = Place(last.line, len(text.line(last.line)))
        return Span(Place(first.line, 0), end, machine.keys == "vi")
    is_closed = machine.keys == "vi"
    if selection.kind == "words":
        begin, end = words.word_at(text, here, machine.separators)
        first, last = min(selection.first, begin), max(selection.last, end)
        is_closed = True
    return Span(first, Place(last.line, last.cell + is_closed), False)


def block(machine: Machine, selection: Selection) -> Block:
    """A rectangle."""
    shape, state = machine.shape, machine.state
    if selection.until is None:
        here = machine.cursor
        there = max(state.column, shape.column_of(here))
    else:
        here, there = selection.until, selection.until_column
    rows = sorted((shape.row_of(selection.first), shape.row_of(here)))
    left, right = sorted((selection.column, there))
    return Block(rows[0], rows[1], left, right + (machine.keys == "vi"))


# ---- as text


def selected_text(machine: Machine) -> str:
    """The text that is selected; empty if nothing is.

    Raises:
        Missing: A line of it is not known yet.
    """
    what = selected(machine)
    if what is None:
        return ""
    if isinstance(what, Block):
        return "\n".join(block_lines(machine, what))
    text, (start, end, line_end) = machine.text, what
    if start.line == end.line:
        line = text.line(start.line)
        only = line.slice(start.cell, end.cell)
        parts = [only.rstrip() if end.cell >= len(line) else only]
    else:
        parts = [text.line(start.line).slice(start.cell).rstrip()]
        parts += [text.line(n).text.rstrip() for n in range(start.line + 1, end.line)]
        line = text.line(end.line)
        rest = line.slice(0, end.cell)
        parts.append(rest.rstrip() if end.cell >= len(line) else rest)
    return "\n".join(parts) + "\n" * line_end


def block_lines(machine: Machine, what: Block) -> list[str]:
    """What is within a rectangle, row by row."""
    shape, found = machine.shape, []
    for number in range(what.upper.line, what.lower.line + 1):
        line = machine.text.line(number)
        for at, row in enumerate(line.rows(shape.columns)):
            if what.upper <= (number, at) <= what.lower:
                start = line.cell_at(row, what.left)
                end = line.cell_at(row, what.right - 1) + 1 if what.right else 0
                end = min(max(end, start), row.end)
                if what.right <= what.left:
                    end = start
                part = line.slice(start, end)
                found.append(part.rstrip() if end == len(line) else part)
    return found


# ---- on the screen


def columns_in(machine: Machine, at: RowPlace, what: Span | Block) -> range:
    """Which columns of a row are selected."""
    line = machine.text.line(at.line)
    row = line.rows(machine.shape.columns)[at.row]
    if isinstance(what, Block):
        if not what.upper <= at <= what.lower:
            return range(0)
        return range(what.left, min(what.right, machine.shape.columns))
    (start, end, line_end) = what
    if not start.line <= at.line <= end.line:
        return range(0)
    first = start.cell if at.line == start.line else 0
    last = end.cell if at.line == end.line else len(line) + 1
    if at.line == end.line and line_end:
        last = len(line) + 1
    is_last_row = row.end == len(line)
    begin = max(first, row.start)
    stop = min(last, row.end + is_last_row)
    if stop <= begin:
        return range(0)
    base = line.columns[row.start]
    behind = stop > len(line)  # the end of the line is drawn as one column
    right = line.columns[min(stop, len(line))] - base + behind
    return range(min(line.columns[begin] - base, right), right)
