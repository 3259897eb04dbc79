"""What turns one picture on the outer terminal into the next. PURE."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.drawing.cells import Cells
from fugue_actors.drawing.colours import TRUE_COLOUR
from fugue_actors.drawing.pencil import Pencil
from fugue_actors.drawing.scrolling import LEAST, shift
from fugue_actors.drawing.sgr import Dialect
from fugue_actors.terminal.characters import width
from fugue_actors.terminal.styles import PLAIN

if TYPE_CHECKING:
    from fugue_actors.drawing.canvas import Canvas
    from fugue_actors.terminal.styles import Style

SHAPES: Final = {
    "default": 0,
    "blinking-block": 1,
    "block": 2,
    "blinking-underline": 3,
    "underline": 4,
    "blinking-bar": 5,
    "bar": 6,
}
"""Shapes of the cursor, as DECSCUSR numbers them."""
GAP: Final = 4
"""Cells that have not changed, but cost less to draw again than to step over."""
BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"


@attrs.frozen
class Cursor:
    """Where the cursor is, counted from 0, and how it looks; see `SHAPES`."""

    x: int
    y: int
    visible: bool = True
    shape: str = "default"


class Painter:
    """Knows what an outer terminal shows, and sends only what is to be other.

    It draws with the terminal's automatic margins off, and leaves the cursor and the style
    as they happen to be: `finish` sets right what it has changed.

    Args:
        columns, lines: The terminal's size.
        depth: How many colours it has: `TRUE_COLOUR`, 256, 16, 8, or 0.
        has_underlines: Whether it has curly underlines and others, and colours of them.
        erases_colour: Whether it erases with the present background.
        is_synchronized: Whether to tell it where a frame begins and ends (mode 2026), which
            terminals that know nothing of it skip.

    Attributes:
        glyphs, styles: What it shows, by line and column; of lines of which that is not
            known, nothing.
    """

    def __init__(
        self,
        columns: int,
        lines: int,
        *,
        depth: int = TRUE_COLOUR,
        has_underlines: bool = True,
        erases_colour: bool = True,
        is_synchronized: bool = True,
    ) -> None:
        self.is_synchronized = is_synchronized
        dialect = Dialect(depth, has_underlines=has_underlines)
        self.pencil = Pencil(columns, dialect, erases_colour=erases_colour)
        self.resize(columns, lines)

    def resize(self, columns: int, lines: int) -> None:
        """The terminal has another size now, and shows whatever."""
        self.columns, self.lines = columns, lines
        self.pencil.columns = columns
        self.forget()

    def forget(self) -> None:
        """Somebody else has drawn: the next picture is painted as a whole."""
        self.glyphs: list[list[str]] = [[] for _ in range(self.lines)]
        self.styles: list[list[Style]] = [[] for _ in range(self.lines)]
        self.is_cursor_shown: bool | None = None
        self.shape: str | None = None
        self.pencil.forget()

    def paint(self, canvas: Canvas, cursor: Cursor | None = None) -> bytes:
        """What has the terminal show a picture; empty if it does so already.

        Args:
            canvas: The picture; may be changed afterwards.
            cursor: Where the cursor is to be shown; None if nowhere.

        Raises:
            ValueError: The picture is not as large as the terminal.
        """
        if (canvas.columns, canvas.lines) != (self.columns, self.lines):
            raise ValueError("the picture and the terminal have different sizes")
        changed = self.changed(canvas)
        pieces = self.scroll(canvas, changed)
        pieces += sum(self.paint_row(y, canvas) for y in changed)
        drawn = self.pencil.take()
        before = ""
        if self.is_cursor_shown is None:
            before, self.is_cursor_shown = "\x1b[?7l\x1b[?25l", False
        elif self.is_cursor_shown and pieces > 1:
            before, self.is_cursor_shown = "\x1b[?25l", False
        self.place(cursor)
        text = before + drawn + self.pencil.take()
        if pieces > 1 and self.is_synchronized:
            text = BEGIN + text + END
        return text.encode()

    def finish(self) -> bytes:
        """What gives the terminal back: plain, with margins, and its own cursor."""
        self.forget()
        return b"\x1b[m\x1b[?7h\x1b[0 q\x1b[?25h"

    def changed(self, canvas: Canvas) -> list[int]:
        """The rows that are to look other than they do."""
        return [
            y
            for y in range(self.lines)
            if canvas.glyphs[y] != self.glyphs[y] or canvas.styles[y] != self.styles[y]
        ]

    def scroll(self, canvas: Canvas, changed: list[int]) -> int:
        """Have the terminal move rows, if that pays; returns in how many steps.

        Args:
            changed: The rows that have changed; becomes those that then still have.
        """
        if len(changed) < LEAST or not all(self.glyphs):
            return 0
        before = list(map(Cells, self.glyphs, self.styles))
        found = shift(before, list(map(Cells, canvas.glyphs, canvas.styles)), changed)
        if found is None:
            return 0
        top, bottom, by = found
        self.pencil.scroll(top, bottom, by)
        blank = [Cells([" "] * self.columns, [PLAIN] * self.columns)] * abs(by)
        kept = before[top + by : bottom] if by > 0 else before[top : bottom + by]
        after = kept + blank if by > 0 else blank + kept
        self.glyphs[top:bottom] = [row.glyphs for row in after]
        self.styles[top:bottom] = [row.styles for row in after]
        changed[:] = self.changed(canvas)
        return 2

    def paint_row(self, y: int, canvas: Canvas) -> int:
        """Draw what has changed in one row; returns in how many pieces."""
        glyphs, styles = canvas.glyphs[y], canvas.styles[y]
        pieces = self.pieces(y, glyphs, styles)
        for start, end in pieces:
            x = start
            for style, group in groupby(styles[start:end]):
                stop = x + len(list(group))
                self.pencil.draw(y, x, glyphs[x:stop], style)
                x = stop
        self.glyphs[y], self.styles[y] = list(glyphs), list(styles)
        return len(pieces)

    def pieces(
        self, y: int, glyphs: list[str], styles: list[Style]
    ) -> list[tuple[int, int]]:
        """The stretches of a row that are to look other than they do."""
        if not self.glyphs[y]:
            return [(0, self.columns)]
        changed = [
            x
            for x, (glyph, shown, style, present) in enumerate(
                zip(glyphs, self.glyphs[y], styles, self.styles[y], strict=True)
            )
            if glyph != shown or (style is not present and style != present)
        ]
        return segments(glyphs, spread(glyphs, changed))

    def place(self, cursor: Cursor | None) -> None:
        """Show the cursor where it is to be, or nowhere."""
        out = self.pencil.out
        if cursor is None or not cursor.visible:
            if self.is_cursor_shown:
                out.append("\x1b[?25l")
            self.is_cursor_shown = False
            return
        x = max(0, min(cursor.x, self.columns - 1))
        self.pencil.move(x, max(0, min(cursor.y, self.lines - 1)))
        if self.shape != cursor.shape:
            out.append(f"\x1b[{SHAPES.get(cursor.shape, 0)} q")
            self.shape = cursor.shape
        if not self.is_cursor_shown:
            out.append("\x1b[?25h")
        self.is_cursor_shown = True


def spread(glyphs: list[str], changed: list[int]) -> list[int]:
    """What has to be drawn again with some columns.

    A character of several code points may be drawn wider by a terminal that does not join
    them: the columns that this would reach are drawn after it.
    """
    if max(map(len, glyphs)) < 2:
        return changed
    columns = set(changed)
    for x, cell in enumerate(glyphs):
        if len(cell) > 1 and x in columns:
            reach = sum(2 for character in cell if width(character))
            columns.update(range(x, min(x + reach, len(glyphs))))
    return sorted(columns)


def segments(glyphs: list[str], changed: list[int]) -> list[tuple[int, int]]:
    """Columns as stretches of whole characters, from one column up to another."""
    found: list[tuple[int, int]] = []
    start = last = changed[0]
    for x in [*changed[1:], len(glyphs) + GAP + 1]:
        if x - last > GAP:
            end = last + 1
            if end < len(glyphs) and glyphs[end] == "":
                end += 1
            found.append((start, end))
            start = x
        last = x
    return found
