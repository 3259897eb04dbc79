"""Rows, the matter a screen is made of. PURE.

1. A row has one character for each column, in `glyphs`, and one style beside it. What lies behind
   its last column is blank.
2. A wide character is followed by `FILLER` in its second column. Whoever overwrites one half
   blanks the other.
3. What joins a character without a column of its own is kept in `marks`, by column.
4. `odd` says whether 2 or 3 may apply. Rows that are not odd are handled by slicing alone.
"""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from fugue_actors.terminal.styles import PLAIN, Style

FILLER = "\0"
CLUSTER_LIMIT = 16
"""Most code points of one cell; what joins it beyond that is dropped."""


class Cell(NamedTuple):
    """One column of one row; `data` is empty in the second column of a wide character."""

    data: str = " "
    style: Style = PLAIN


class Row:
    """One row of a screen.

    Attributes:
        glyphs, styles: One of each for every column up to the last that was written.
        marks: What joins the character of a column, by column.
        odd: Whether there may be wide characters or marks.
        changed: When, in bytes of output, it last changed.
        wrapped: Whether its text goes on in the next row.
    """

    __slots__ = ("changed", "glyphs", "marks", "odd", "styles", "wrapped")

    def __init__(
        self, glyphs: str = "", style: Style = PLAIN, *, changed: int = 0
    ) -> None:
        self.glyphs = glyphs
        self.styles = [style] * len(glyphs)
        self.marks: dict[int, str] = {}
        self.odd = False
        self.changed = changed
        self.wrapped = False

    def __len__(self) -> int:
        return len(self.glyphs)

    # Reading

    @property
    def text(self) -> str:
        """Its characters; blanks at the end only if the text goes on behind them."""
        text = self.glyphs
        if self.odd:
            text = spell(text, self.marks)
        return text if self.wrapped else text.rstrip(" ")

    def cells(self) -> list[Cell]:
        """Its columns one by one."""
        return [
            Cell("" if glyph == FILLER else glyph + self.marks.get(x, ""), style)
            for x, (glyph, style) in enumerate(
                zip(self.glyphs, self.styles, strict=True)
            )
        ]

    def runs(self) -> list[tuple[str, Style]]:
        """Neighbours that look the same, joined; plain blanks at the end removed."""
        runs: list[tuple[str, Style]] = []
        start = 0
        for style, columns in groupby(self.styles[: self.used]):
            end = start + len(list(columns))
            runs.append((self.slice(start, end), style))
            start = end
        return runs

    @property
    def used(self) -> int:
        """Columns up to the last that is not a plain blank."""
        end = len(self.glyphs)
        while end and self.glyphs[end - 1] == " " and self.styles[end - 1] == PLAIN:
            if end - 1 in self.marks:
                break
            end -= 1
        return end

    def slice(self, start: int, end: int) -> str:
        """The text of some columns."""
        text = self.glyphs[start:end]
        if self.odd:
            text = spell(text, {x - start: mark for x, mark in self.marks.items()})
        return text

    # Changing

    def write(self, x: int, text: str, styles: list[Style]) -> None:
        """Overwrite columns from `x` on with narrow characters, each in its style.

        The list of styles is the row's from then on.
        """
        glyphs, end = self.glyphs, x + len(text)
        if x > len(glyphs):
            self.pad(x)
            glyphs = self.glyphs
        elif self.odd:
            self.clear(x, end)
            glyphs = self.glyphs
        if x == 0 and end >= len(glyphs):
            self.styles, self.glyphs = styles, text
        else:
            self.styles[x:end] = styles
            self.glyphs = glyphs[:x] + text + glyphs[end:]

    def write_wide(self, x: int, text: str, style: Style) -> None:
        """Overwrite columns from `x` on with characters of two columns each."""
        self.write(x, FILLER.join(text) + FILLER, [style] * (2 * len(text)))
        self.odd = True

    def join(self, x: int, mark: str) -> None:
        """Add what takes no column of its own to the character at `x`."""
        marks = self.marks.get(x, "")
        if len(marks) < CLUSTER_LIMIT - 1:
            self.marks[x] = marks + mark
            self.odd = True

    def erase(self, x: int, end: int, style: Style) -> None:
        """Overwrite columns from `x` to `end` with blanks."""
        if style is PLAIN and end >= len(self.glyphs):
            self.cut(x)
        else:
            self.write(x, " " * (end - x), [style] * (end - x))

    def insert(self, x: int, text: str, style: Style) -> None:
        """Shift what is at `x` and behind it right."""
        self.split(x)
        self.shift(x, len(text))
        self.styles[x:x] = [style] * len(text)
        self.glyphs = self.glyphs[:x] + text + self.glyphs[x:]

    def delete(self, x: int, end: int) -> None:
        """Shift what is at `end` and behind it left."""
        self.split(x)
        self.split(end)
        self.clear(x, end)
        self.shift(end, x - end)
        del self.styles[x:end]
        self.glyphs = self.glyphs[:x] + self.glyphs[end:]

    def cut(self, x: int) -> None:
        """Drop what is at `x` and behind it, a wide character across it whole."""
        if x < len(self.glyphs):
            if self.odd:
                self.clear(x, len(self.glyphs))
            del self.styles[x:]
            self.glyphs = self.glyphs[:x]

    def fill(self, columns: int, style: Style) -> None:
        """Continue with blanks of a style, unless that is what it looks like anyway."""
        missing = columns - len(self.glyphs)
        if style is not PLAIN and missing > 0:
            self.styles += [style] * missing
            self.glyphs += " " * missing

    # Keeping wide characters and marks whole

    def pad(self, x: int) -> None:
        """Have at least so many columns."""
        missing = x - len(self.glyphs)
        if missing > 0:
            self.styles += [PLAIN] * missing
            self.glyphs += " " * missing

    def split(self, x: int) -> None:
        """Make column `x` the start of a cell: no wide character lies across it."""
        glyphs = self.glyphs
        if x > len(glyphs):
            self.pad(x)
        elif self.odd and 0 < x < len(glyphs) and glyphs[x] == FILLER:
            self.marks.pop(x - 1, None)
            self.glyphs = glyphs[: x - 1] + "  " + glyphs[x + 1 :]

    def clear(self, x: int, end: int) -> None:
        """Take wide characters and marks out of some columns that are going to change."""
        if self.odd:
            self.split(x)
            if end < len(self.glyphs):
                self.split(end)
            for column in [each for each in self.marks if x <= each < end]:
                del self.marks[column]

    def shift(self, x: int, count: int) -> None:
        """Move the marks at `x` and behind it."""
        if self.marks:
            self.marks = {
                column + count if column >= x else column: mark
                for column, mark in self.marks.items()
            }


def spell(glyphs: str, marks: dict[int, str]) -> str:
    """The text of columns with what joins them."""
    if marks:
        glyphs = "".join([glyph + marks.get(x, "") for x, glyph in enumerate(glyphs)])
    return glyphs.replace(FILLER, "")
