"""The rows that are shown and what moves and erases them. PURE.

1. What scrolls off the primary screen, or is cleared as a whole, goes to `history`; the alternate
   screen has none.
2. At a pending wrap the cursor is behind the last column: what erases from there on erases nothing.
3. Rows move as whole objects and remember when they changed, see `Row`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyte.modes as mo

from fugue_actors.terminal.emulator.grid import Grid
from fugue_actors.terminal.emulator.history import History
from fugue_actors.terminal.emulator.rows import Row
from fugue_actors.terminal.styles import PLAIN

if TYPE_CHECKING:
    from fugue_actors.terminal.emulator.pens import Pen


class Sheet(Grid):
    """The rows of one terminal.

    Args:
        columns, lines: Size in cells.
        history_lines: Lines of history to keep.

    Attributes:
        buffer: The rows now shown, exactly `lines` of them.
        primary: The rows of the primary screen while the alternate one is shown.
        moment: What rows that change now are stamped with.
    """

    buffer: list[Row]  # type: ignore[assignment]  # pyte has dictionaries of cells

    def __init__(self, columns: int, lines: int, *, history_lines: int) -> None:
        super().__init__(columns, lines)
        self.history = History(history_lines, columns)
        self.moment = 0
        self.buffer = []
        self.primary: list[Row] | None = None

    @property
    def is_alternate(self) -> bool:  # type: ignore[override]
        """Whether the alternate screen is shown."""
        return self.primary is not None

    @property
    def row(self) -> Row:
        """The row of the cursor, about to change."""
        row = self.buffer[self.cursor.y]
        row.changed = self.moment
        return row

    def new_row(self, pen: Pen | None = None) -> Row:
        """An erased row: of the present style only the background stays."""
        row = Row(changed=self.moment)
        erased = (pen or self.pen).erased
        if erased is not PLAIN:
            row.fill(self.columns, erased)
        return row

    # Scrolling

    def index(self, pen: Pen | None = None) -> None:
        """Move down; scroll at the bottom of the region, with a row that `pen` erased."""
        cursor, margins = self.cursor, self.margins
        self.buffer[cursor.y].changed = self.moment
        if cursor.y == (margins.bottom if margins else self.lines - 1):
            self.scroll_up(1, pen)
        elif cursor.y < self.lines - 1:
            cursor.y += 1

    def linefeed(self) -> None:
        """Move down, to the first column in newline mode."""
        self.index()
        if mo.LNM in self.mode:
            self.cursor.x = 0

    def start_line(self) -> None:
        """CR LF."""
        self.cursor.x = 0
        self.index()

    def reverse_index(self) -> None:
        """Move up; scroll at the top of the region."""
        if self.cursor.y == self.region.top:
            self.scroll_down(1)
        elif self.cursor.y > 0:
            self.cursor.y -= 1

    def scroll_up(self, count: int, pen: Pen | None = None) -> None:
        """Move the region's rows up; what goes at its top goes to history."""
        top, bottom = self.margins or (0, self.lines - 1)
        buffer = self.buffer
        for _ in range(min(count, bottom - top + 1)):
            row = buffer.pop(top)
            if self.primary is None:
                self.history.append(row, self.moment)
            buffer.insert(bottom, self.new_row(pen))

    def scroll_down(self, count: int) -> None:
        """Move the region's rows down."""
        self.shift_down(self.region.top, count)

    def shift_down(self, y: int, count: int) -> None:
        """Insert erased rows at `y`, to the region's end."""
        bottom = self.region.bottom
        for _ in range(min(count, bottom - y + 1)):
            del self.buffer[bottom]
            self.buffer.insert(y, self.new_row())

    def insert_lines(self, count: int | None = None) -> None:
        """Insert erased rows at the cursor."""
        if self.region.top <= self.cursor.y <= self.region.bottom:
            self.shift_down(self.cursor.y, count or 1)

    def delete_lines(self, count: int | None = None) -> None:
        """Delete rows from the cursor on."""
        top, bottom = self.region
        if top <= self.cursor.y <= bottom:
            for _ in range(min(count or 1, bottom - self.cursor.y + 1)):
                del self.buffer[self.cursor.y]
                self.buffer.insert(bottom, self.new_row())

    # Erasing

    def insert_characters(self, count: int | None = None) -> None:
        """Shift the rest of the row right."""
        row, x = self.row, self.cursor.x
        if self.pen.erased is not PLAIN:
            row.pad(self.columns)
        if x < min(len(row), self.columns):
            row.insert(x, " " * min(count or 1, self.columns - x), self.pen.erased)
            row.cut(self.columns)

    def delete_characters(self, count: int | None = None) -> None:
        """Shift the rest of the row left."""
        row, x = self.row, self.cursor.x
        if self.pen.erased is not PLAIN:
            row.pad(self.columns)
        if x < min(len(row), self.columns):
            row.delete(x, min(x + (count or 1), self.columns))
            row.fill(self.columns, self.pen.erased)

    def erase_characters(self, count: int | None = None) -> None:
        """Erase some cells from the cursor on."""
        x = self.cursor.x
        if x < self.columns:
            self.row.erase(x, min(x + (count or 1), self.columns), self.pen.erased)

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        """Erase the row from the cursor on (0), up to the cursor (1), or all (2)."""
        row, x = self.buffer[self.cursor.y], self.cursor.x
        row.changed = self.moment
        if how == 1:
            row.erase(0, self.column + 1, self.pen.erased)
        elif how == 2 or (how == 0 and x < self.columns):
            start = x if how == 0 else 0
            if start < len(row.glyphs):
                row.cut(start)
            row.wrapped = False
            if self.pen.erased is not PLAIN:
                row.pad(start)
                row.fill(self.columns, self.pen.erased)

    def erase_in_display(self, how: int = 0, *_: Any, **__: Any) -> None:
        """Erase from the cursor on (0), up to it (1), the screen (2), the history (3)."""
        y = self.cursor.y
        if how == 3:
            self.history.clear()
        elif how == 2 or (how == 0 and y == 0 and self.cursor.x == 0):
            self.keep_in_history()
            self.buffer = [self.new_row() for _ in range(self.lines)]
        elif how in (0, 1):
            rows = range(y + 1, self.lines) if how == 0 else range(y)
            for number in rows:
                self.buffer[number] = self.new_row()
            self.erase_in_line(how)

    def keep_in_history(self) -> None:
        """Save what is about to be cleared, down to the last row with text."""
        if self.primary is None:
            used = max((y for y, row in enumerate(self.buffer) if row.text), default=-1)
            for row in self.buffer[: used + 1]:
                self.history.append(row, self.moment)
            self.history.seal()
