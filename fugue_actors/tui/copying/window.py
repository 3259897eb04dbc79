"""The part of a text that is on the screen, in rows. Pure.

Where it begins is a place: the first cell of its top row. So it stays at its text when
another width breaks the lines elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import attrs

from fugue_actors.tui.copying.lines import Place, Row
from fugue_actors.tui.copying.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator


class RowPlace(NamedTuple):
    """A row: which line it belongs to, and which of that line's rows it is."""

    line: int
    row: int


@attrs.frozen
class Shape:
    """A text with the size that it is shown with, in cells; each at least 1."""

    text: Text
    columns: int
    lines: int

    # ---- rows

    def rows(self, number: int, *, towards: int = 1) -> int:
        """How many rows a line fills; `Missing` as in `Text.line`."""
        return len(self.text.line(number, towards=towards).rows(self.columns))

    def row_of(self, place: Place) -> RowPlace:
        """The row that a place is in."""
        line = self.text.line(place.line)
        return RowPlace(place.line, line.row_of(place.cell, self.columns))

    def start_of(self, row: RowPlace) -> Place:
        """The first cell of a row."""
        line = self.text.line(row.line)
        return Place(row.line, line.rows(self.columns)[row.row].start)

    def cells_of(self, row: RowPlace) -> Row:
        """The cells of a row."""
        return self.text.line(row.line).rows(self.columns)[row.row]

    def column_of(self, place: Place) -> int:
        """In which column of its row a place is."""
        return self.text.line(place.line).column_of(place.cell, self.columns)

    def at(self, row: RowPlace, column: int) -> Place:
        """The place of a row that is in a column, or its end."""
        line = self.text.line(row.line)
        cells = line.rows(self.columns)[row.row]
        cell = line.cell_at(cells, column)
        if cell == cells.end and row.row < self.rows(row.line) - 1:
            cell -= 1  # what follows is the next row
        return Place(row.line, cell)

    def down(self, row: RowPlace, count: int) -> RowPlace:
        """The row so many further down, or the last one there is."""
        number, at = row
        while count > 0:
            left = self.rows(number) - 1 - at
            if count <= left:
                return RowPlace(number, at + count)
            if number >= self.text.last:
                return RowPlace(number, at + left)
            count -= left + 1
            number, at = number + 1, 0
            self.text.line(number)
        return RowPlace(number, at)

    def up(self, row: RowPlace, count: int) -> RowPlace:
        """The row so many further up, or the first one there is."""
        number, at = row
        while count > at:
            if number <= self.text.oldest:
                return RowPlace(number, 0)
            count -= at + 1
            number -= 1
            at = self.rows(number, towards=-1) - 1
        return RowPlace(number, at - count)

    def between(self, upper: RowPlace, lower: RowPlace, most: int) -> int:
        """How many rows further down `lower` is; at most about so many are counted."""
        if lower.line == upper.line:
            return lower.row - upper.row
        count = self.rows(upper.line) - upper.row
        for number in range(upper.line + 1, lower.line):
            if count > most:
                return count
            count += self.rows(number)
        return count + lower.row

    # ---- windows

    def bottom(self) -> Place:
        """Where the lowest window begins."""
        last = RowPlace(self.text.last, self.rows(self.text.last) - 1)
        return self.start_of(self.up(last, self.lines - 1))

    def lowered(self, top: Place, count: int) -> Place:
        """Where the window begins that is so many rows further down; up if negative."""
        row = self.row_of(top)
        if count < 0:
            return self.start_of(self.up(row, -count))
        return min(self.start_of(self.down(row, count)), self.bottom())

    def showing(self, top: Place, place: Place) -> Place:
        """Where the window begins that shows a place and is nearest to another one."""
        row, first = self.row_of(place), self.row_of(top)
        if row <= first:
            return self.start_of(row)
        if self.between(first, row, self.lines) < self.lines:
            return self.start_of(first)
        return self.start_of(self.up(row, self.lines - 1))

    def around(self, top: Place, place: Place) -> Place:
        """The same, but with the place in the middle if it is not shown already."""
        if self.showing(top, place) == top:
            return top
        middle = self.start_of(self.up(self.row_of(place), self.lines // 2))
        return min(middle, self.bottom())

    def shown(self, top: Place) -> Iterator[tuple[RowPlace, Row] | RowPlace]:
        """The rows of a window from its top; of lines not known only which they are."""
        number, count = top.line, 0
        at = None
        while count < self.lines and number < self.text.end:
            line = self.text.lines.get(number)
            if line is None:
                yield RowPlace(number, 0)
                count += 1
            else:
                at = line.row_of(top.cell, self.columns) if at is None else 0
                for row in range(at, len(line.rows(self.columns))):
                    yield RowPlace(number, row), line.rows(self.columns)[row]
                    count += 1
                    if count >= self.lines:
                        return
            at = 0 if at is None else at
            number += 1
