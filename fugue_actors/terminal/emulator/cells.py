"""Cells and rows, the matter a screen is made of. PURE.

A wide character is a cell with two columns' worth of text, followed by an empty cell. Whoever
overwrites one half blanks the other.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import wcwidth

from fugue_actors.terminal.emulator.styles import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Iterable

CELLS_LIMIT = 4096
"""Most cells of one style that are shared."""

width = lru_cache(maxsize=8192)(wcwidth.wcwidth)
"""Columns a character takes: 0, 1 or 2; -1 for what cannot be printed."""


class Cell(NamedTuple):
    """One column of one row; `data` is empty in the right half of a wide character."""

    data: str = " "
    style: Style = PLAIN


BLANK = Cell()


class Cells(dict[str, Cell]):
    """The cells of one style by character, so that equal cells are one object."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.style = style

    def __missing__(self, character: str) -> Cell:
        if len(self) >= CELLS_LIMIT:
            self.clear()
        cell = self[character] = Cell(character, self.style)
        return cell


@lru_cache(maxsize=128)
def cells_of(style: Style) -> Cells:
    """The shared cells of a style."""
    return Cells(style)


class Row(list[Cell]):
    """One row of a screen; what lies behind its last cell is blank.

    Attributes:
        changed: When, in bytes of output, it last changed.
        wrapped: Whether its text goes on in the next row.
    """

    __slots__ = ("changed", "wrapped")

    def __init__(self, cells: Iterable[Cell] = (), *, changed: int = 0) -> None:
        super().__init__(cells)
        self.changed = changed
        self.wrapped = False

    @property
    def text(self) -> str:
        """Its characters; blanks at the end only if the text goes on behind them."""
        text = "".join([cell.data for cell in self])
        return text if self.wrapped else text.rstrip(" ")

    def runs(self) -> list[tuple[str, Style]]:
        """Neighbours that look the same, joined; plain blanks at the end removed."""
        end = len(self)
        while end and self[end - 1] == BLANK:
            end -= 1
        return [
            ("".join([cell.data for cell in cells]), style)
            for style, cells in groupby(self[:end], attrgetter("style"))
        ]

    def put(self, x: int, cells: list[Cell]) -> None:
        """Overwrite cells from column `x` on."""
        self.split(x)
        end = x + len(cells)
        if end < len(self):
            self.split(end)
        self[x:end] = cells

    def split(self, x: int) -> None:
        """Make column `x` the start of a cell: no wide character lies across it."""
        if x >= len(self):
            self.extend([BLANK] * (x - len(self)))
        elif x and not self[x].data:
            self[x - 1] = BLANK._replace(style=self[x - 1].style)
            self[x] = BLANK._replace(style=self[x].style)

    def cut(self, columns: int) -> None:
        """Drop what lies beyond the right edge, a wide character across it whole."""
        if len(self) > columns:
            self.split(columns)
            del self[columns:]

    def fill(self, columns: int, cell: Cell) -> None:
        """Continue the row with a cell, unless that is what it looks like anyway."""
        if cell != BLANK:
            self.extend([cell] * (columns - len(self)))
