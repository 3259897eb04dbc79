"""A line of text as copy mode walks through it: cells, and the rows they fill. Pure.

A cell is one character with all that joins it, so nothing here ever stands on half of a
wide character or between a letter and its accent. A line is whole, however many rows it
fills; which cells are in which row follows from the width that it is shown with.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from fugue_actors.tui.copying.cells import clusters, is_narrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fugue_actors.protocol.monitor import RunDocument


class Place(NamedTuple):
    """A cell of a line; just behind the last one of a line is a place, too."""

    line: int
    cell: int


class Row(NamedTuple):
    """Cells of a line that stand in one row: from `start` to before `end`."""

    start: int
    end: int


class Line:
    """One line.

    Args:
        text: All of it.
        runs: The same as runs of cells that look alike; None if nobody has asked how it
            looks.
    """

    def __init__(self, text: str, runs: Sequence[RunDocument] | None = None) -> None:
        self.runs = runs
        if is_narrow(text):
            self.cells: Sequence[str] = text
            self.widths: Sequence[int] | None = None
        else:
            self.cells, self.widths = clusters(text)
        self.text = text
        self.broken: tuple[int, Sequence[Row]] = (0, ())
        self.cut: tuple[int, object, Sequence[Sequence[RunDocument]]] = (0, None, ())

    def __len__(self) -> int:
        return len(self.cells)

    @classmethod
    def styled(cls, runs: Sequence[RunDocument]) -> Line:
        """A line from its runs."""
        return cls("".join(run["text"] for run in runs), runs)

    def reaching(self, column: int) -> Line:
        """The line with the blanks up to a column, and one there, for a cursor to stand on."""
        missing = column + 1 - self.columns[-1]
        if missing <= 0:
            return self
        return Line.styled([*self.as_runs, {"text": " " * missing}])

    # ---- columns

    @cached_property
    def columns(self) -> Sequence[int]:
        """In which column each cell begins if all are in one row; behind the last the end."""
        if self.widths is None:
            return range(len(self.cells) + 1)
        ends = [0]
        for width in self.widths:
            ends.append(ends[-1] + width)
        return ends

    def slice(self, start: int, end: int | None = None) -> str:
        """The text of some cells."""
        return "".join(self.cells[start:end])

    # ---- rows

    def rows(self, columns: int) -> Sequence[Row]:
        """The rows that it fills at a width; at least one."""
        if self.columns[-1] <= columns:
            return (Row(0, len(self)),)
        if self.broken[0] != columns:
            self.broken = (columns, self.broken_at(columns))
        return self.broken[1]

    def broken_at(self, columns: int) -> Sequence[Row]:
        """The rows of a line that does not fit in one."""
        length = len(self)
        if self.widths is None:
            starts = range(0, length, columns)
            return [Row(each, min(each + columns, length)) for each in starts]
        rows, start = [], 0
        while start < length:
            end = bisect_right(self.columns, self.columns[start] + columns) - 1
            end = max(end, start + 1)
            rows.append(Row(start, end))
            start = end
        return rows

    def row_of(self, cell: int, columns: int) -> int:
        """Which of its rows a cell is in; behind the last one is in the last row."""
        rows = self.rows(columns)
        if len(rows) == 1:
            return 0
        if self.widths is None:
            return min(cell // columns, len(rows) - 1)
        return bisect_right(rows, cell, key=lambda row: row.start) - 1

    def column_of(self, cell: int, columns: int) -> int:
        """In which column of its row a cell begins."""
        row = self.rows(columns)[self.row_of(cell, columns)]
        return self.columns[min(cell, len(self))] - self.columns[row.start]

    def cell_at(self, row: Row, column: int) -> int:
        """The cell of a row that is in a column, or the row's end if none is."""
        at = self.columns[row.start] + column
        return min(bisect_right(self.columns, at) - 1, row.end)

    # ---- characters

    @cached_property
    def offsets(self) -> Sequence[int]:
        """Where in the text each cell begins; behind the last the text's end."""
        if self.widths is None:
            return range(len(self.cells) + 1)
        ends = [0]
        for cell in self.cells:
            ends.append(ends[-1] + len(cell))
        return ends

    def cells_between(self, start: int, end: int) -> Row:
        """The cells of a part of the text, those that begin before it included."""
        if self.widths is None:
            return Row(start, end)
        first = bisect_right(self.offsets, start) - 1
        last = bisect_right(self.offsets, end - 1) if end > start else first
        return Row(first, last)

    # ---- looks

    @property
    def as_runs(self) -> Sequence[RunDocument]:
        """The line as runs, plain if nobody has asked how it looks."""
        if self.runs is not None:
            return self.runs
        return [{"text": self.text}] if self.text else []

    def row_runs(self, columns: int) -> Sequence[Sequence[RunDocument]]:
        """The runs of each of its rows; the same objects as long as nothing changes."""
        known, runs, rows = self.cut
        if known == columns and runs is self.runs:
            return rows
        if self.columns[-1] <= columns:
            rows = (self.as_runs,)
        else:
            rows = tuple(self.runs_between(*row) for row in self.rows(columns))
        self.cut = (columns, self.runs, rows)
        return rows

    def runs_between(self, start: int, end: int) -> Sequence[RunDocument]:
        """The runs of some cells."""
        found: list[RunDocument] = []
        first, last = self.offsets[start], self.offsets[end]
        at = 0
        for run in self.as_runs:
            text = run["text"][max(0, first - at) : max(0, last - at)]
            at += len(run["text"])
            if text:
                found.append({**run, "text": text})
        return found

    def __repr__(self) -> str:
        return f"Line({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Line) and self.text == other.text

    __hash__ = object.__hash__
