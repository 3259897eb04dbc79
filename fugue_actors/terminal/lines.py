"""A terminal's rows as the lines that the program wrote. PURE.

A line that was too long for the screen is one line here, however many rows it fills: what
a reader gets does not depend on the width of the terminal.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import wcwidth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fugue_actors.terminal.emulator import Emulator, packed
    from fugue_actors.terminal.emulator.rows import Row


class Line(NamedTuple):
    """One line.

    Attributes:
        text: Without blanks at its end.
        changed: When, in bytes of output, any of its rows last changed.
        rows: How many rows it fills.
    """

    text: str
    changed: int
    rows: int


class New(NamedTuple):
    """What was written after a cursor.

    Attributes:
        lines: Whole lines from top to bottom, those that scrolled off first.
        is_partial: The last of them is not finished: it comes again when it has grown
            or was ended.
    """

    lines: list[str]
    is_partial: bool


class Bounded(NamedTuple):
    """Lines of which the middle may be left out.

    Attributes:
        lines: Those of the beginning, then those of the end.
        cut: Characters left out, line ends included.
        cut_at: Where in `lines` they were.
    """

    lines: list[str]
    cut: int
    cut_at: int


def bounded(lines: list[str], limit: int | None) -> Bounded:
    """At most `limit` characters of some lines: a quarter from the beginning.

    What is cut is cut between lines, unless a line alone is too long.
    """
    text = "\n".join(lines)
    if limit is None or len(text) <= limit:
        return Bounded(lines, 0, 0)
    head, tail = text[: limit // 4], text[len(text) - (limit - limit // 4) :]
    if "\n" in head:
        head = head[: head.rindex("\n")]
    if "\n" in tail:
        tail = tail[tail.index("\n") + 1 :]
    begin, end = head.split("\n"), tail.split("\n")
    return Bounded(begin + end, len(text) - len(head) - len(tail), len(begin))


def joined(rows: Iterable[Row | packed.Line]) -> Iterator[Line]:
    """Rows that belong together as one line each."""
    parts: list[str] = []
    changed = 0
    for row in rows:
        parts.append(row.text)
        changed = max(changed, row.changed)
        if not row.wrapped:
            yield Line("".join(parts).rstrip(" "), changed, len(parts))
            parts, changed = [], 0
    if parts:
        yield Line("".join(parts).rstrip(" "), changed, len(parts))


def shown(emulator: Emulator) -> list[str]:
    """The lines of the screen, from top to bottom."""
    return [line.text for line in joined(emulator.rows)]


def at_cursor(emulator: Emulator) -> str:
    """The line that the cursor is in, as far as it is on the screen."""
    row = 0
    for line in joined(emulator.rows):
        row += line.rows
        if row > emulator.cursor.y:
            return line.text
    return ""


def blank_to_cursor(emulator: Emulator) -> str:
    """The line that the cursor is in with the blanks before the cursor, as after `$ `.

    Empty if there are none.
    """
    row = emulator.rows[emulator.cursor.y]
    missing = emulator.cursor.x - wcwidth.wcswidth(row.text)
    return at_cursor(emulator) + " " * missing if row.text and missing > 0 else ""


def written_since(emulator: Emulator, since: int) -> New:
    """What changed after a cursor.

    History belongs to the primary screen: while the alternate one is shown, history and
    the rows of the primary screen come first, then those of the alternate one.
    """
    scrolled = emulator.history.since(since)
    every = joined(chain(scrolled, emulator.primary_rows))
    if not emulator.is_alternate:
        return changed_after(every, since, len(scrolled) + emulator.cursor.y)
    above = changed_after(every, since, len(scrolled))
    shown = changed_after(joined(emulator.rows), since, 0)
    return New(above.lines + shown.lines, is_partial=False)


def changed_after(lines: Iterable[Line], since: int, cursor: int) -> New:
    """Those lines that changed after a moment.

    Empty ones above the cursor were written; below it they only count if another follows.

    Args:
        lines: From top to bottom.
        since: The moment, in bytes of output.
        cursor: The row of the cursor among theirs.
    """
    found: list[str] = []
    empty = row = 0
    is_partial = False
    for line in lines:
        row += line.rows
        if line.changed <= since:
            continue
        if not line.text and row > cursor:
            empty += 1
            continue
        found += [""] * empty
        found.append(line.text)
        empty = 0
        is_partial = row - line.rows <= cursor < row
    return New(found, is_partial)
