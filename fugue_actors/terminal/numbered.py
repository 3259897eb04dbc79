"""Lines of a terminal by their numbers, which stay what they are while it scrolls. PURE."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from fugue_actors.protocol.hosting import LinesRead
from fugue_actors.terminal.emulator.packed import Line, pack, unpack
from fugue_actors.terminal.emulator.reflow import extend
from fugue_actors.terminal.emulator.rows import Row
from fugue_actors.terminal.rowtext import row_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.terminal.emulator import Emulator

AnyRow = Row | Line


def read(
    emulator: Emulator, *, first: int | None, count: int, styled: bool
) -> LinesRead:
    """Lines; the arguments are those of `ReadLines`."""
    history, cursor = emulator.history, emulator.cursor
    above = history.dropped + history.count  # the first line that has not ended there
    begun: list[AnyRow] = [*history.between(above, above + 1)]
    groups: list[list[AnyRow]]
    if emulator.is_alternate:
        groups = [begun] if begun else []
        groups += grouped(emulator.rows)
        screen = above + bool(begun)
    else:
        groups = grouped(chain(begun, emulator.rows))
        screen = above
    end = above + len(groups)
    start = end - count if first is None else first
    start = min(max(start, history.dropped), end)
    stop = min(end, start + count)
    wanted: list[list[AnyRow]] = []
    wanted += grouped(history.between(start, min(stop, above)))
    wanted += groups[max(0, start - above) : max(0, stop - above)]
    at, column = place(
        groups[screen - above :], cursor.y + len(begun) * (screen == above)
    )
    return LinesRead(
        columns=emulator.columns,
        lines=emulator.lines,
        oldest=history.dropped,
        screen=screen,
        end=end,
        first=start,
        texts=tuple(styled_text(rows) if styled else text(rows) for rows in wanted),
        cursor_line=screen + at,
        cursor_column=column + cursor.x,
        alternate=emulator.is_alternate,
        next=emulator.output,
    )


def grouped(rows: Iterable[AnyRow]) -> list[list[AnyRow]]:
    """The rows of each line."""
    groups: list[list[AnyRow]] = []
    is_open = False
    for row in rows:
        if is_open:
            groups[-1].append(row)
        else:
            groups.append([row])
        is_open = row.wrapped
    return groups


def place(groups: list[list[AnyRow]], row: int) -> tuple[int, int]:
    """Which line a row belongs to, and how many columns of that line are above it."""
    for number, rows in enumerate(groups):
        if row < len(rows):
            return number, sum(len(loose(each)) for each in rows[:row])
        row -= len(rows)
    return len(groups) - 1, 0


def text(rows: list[AnyRow]) -> str:
    """One line as plain text."""
    return "".join(row.text for row in rows).rstrip(" ")


def styled_text(rows: list[AnyRow]) -> str:
    """One line as JSON of its runs."""
    line, *more = map(loose, rows)
    for row in more:
        extend(line, row)
    return row_text(line)


def loose(row: AnyRow) -> Row:
    """A row that may be changed."""
    return unpack(row if isinstance(row, Line) else pack(row))
