"""What is drawn on the primary and the alternate screen. PURE.

1. What scrolls off the top of the primary screen, or is cleared as a whole, goes to `history`;
   the alternate screen has none.
2. At a pending wrap the cursor is behind the last column: what erases from there on erases nothing.
3. Rows move as whole objects and remember when they changed, see `Row`.
4. While the alternate screen is shown, the primary one keeps the size it had, and is resized
   when it comes back.
"""

from __future__ import annotations

from typing import Any

import pyte.charsets as cs
import pyte.modes as mo

from fugue_actors.terminal.emulator.characters import (
    EMOJI_PRESENTATION,
    NARROW,
    WIDE,
    joins,
    widens,
    width,
)
from fugue_actors.terminal.emulator.grid import TAB_STOPS, Grid
from fugue_actors.terminal.emulator.history import History
from fugue_actors.terminal.emulator.resizing import resize_primary, trim
from fugue_actors.terminal.emulator.rows import FILLER, Row
from fugue_actors.terminal.emulator.styles import PLAIN, PLAIN_PEN, Pen


class Screen(Grid):
    """Primary and alternate screen of one terminal.

    Args:
        columns, lines: Size in cells.
        history_lines: Lines of history to keep.

    Attributes:
        buffer: The rows now shown, exactly `lines` of them.
        primary: The rows of the primary screen while the alternate one is shown.
        moment: What rows that change now are stamped with.
        last: The text drawn last, until something else happens.
    """

    buffer: list[Row]  # type: ignore[assignment]  # pyte has dictionaries of cells

    def __init__(self, columns: int, lines: int, *, history_lines: int) -> None:
        super().__init__(columns, lines)
        self.history = History(history_lines, columns)
        self.moment = 0
        self.buffer = []
        self.primary: list[Row] | None = None
        self.reset()

    def reset(self) -> None:
        """Everything as at the start; what was shown goes to history."""
        if self.primary is not None:
            self.buffer, self.primary = self.primary, None
        self.keep_in_history()
        self.buffer = [Row(changed=self.moment) for _ in range(self.lines)]
        self.history.columns = self.columns
        self.tabstops = set(TAB_STOPS)
        self.last = ""
        self.reset_softly()
        self.cursor_position()

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
        row.fill(self.columns, (pen or self.pen).erased)
        return row

    # Drawing

    def draw(self, data: str) -> None:
        """Draw text at the cursor."""
        self.last = data
        charset = self.g1_charset if self.charset else self.g0_charset
        if charset is not cs.LAT1_MAP:
            data = data.translate(charset)
        position = 0
        while position < len(data):
            if match := NARROW.match(data, position):
                self.draw_narrow(match[0])
                position = match.end()
            elif match := WIDE.match(data, position):
                self.draw_wide(match[0])
                position = match.end()
            else:
                self.draw_odd(data[position])
                position += 1

    def draw_narrow(self, text: str) -> None:
        """Draw characters of one column each."""
        position = 0
        while position < len(text):
            room = self.make_room(1)
            part = text[position : position + room]
            position += len(part)
            if mo.DECAWM not in self.mode and position < len(text):
                part, position = part[:-1] + text[-1], len(text)
            row = self.make_gap(len(part))
            row.write(self.cursor.x, part, self.pen.style)
            self.cursor.x += len(part)

    def draw_wide(self, text: str) -> None:
        """Draw characters of two columns each."""
        position = 0
        while position < len(text):
            part = text[position : position + self.make_room(2) // 2]
            position += len(part)
            if mo.DECAWM not in self.mode and position < len(text):
                part, position = part[:-1] + text[-1], len(text)
            row = self.make_gap(2 * len(part))
            row.write_wide(self.cursor.x, part, self.pen.style)
            self.cursor.x += 2 * len(part)

    def draw_odd(self, character: str) -> None:
        """Draw a character that may join the one before the cursor."""
        row, x, columns = (
            self.buffer[self.cursor.y],
            self.cursor.x - 1,
            width(character),
        )
        if x > 0 and x < len(row) and row.glyphs[x] == FILLER:
            x -= 1
        if not columns:
            if x >= 0:
                row.pad(x + 1)
                self.join(row, x, character)
        elif 0 <= x < len(row) and joins(
            character, row.glyphs[x], row.marks.get(x, "")
        ):
            self.join(row, x, character)
        elif columns == 2:
            self.draw_wide(character)
        else:
            self.draw_narrow(character)

    def join(self, row: Row, x: int, mark: str) -> None:
        """Add to the character at `x`, directly before the cursor."""
        row.changed = self.moment
        base = row.glyphs[x]
        is_wider = (width(base) == 1 and width(mark) > 0) or (
            mark == EMOJI_PRESENTATION and x not in row.marks and widens(base)
        )
        if is_wider and x == self.cursor.x - 1 and self.cursor.x < self.columns:
            marks = row.marks.get(x, "")
            row.write_wide(x, base, row.styles[x])
            self.cursor.x += 1
            mark = marks + mark
        row.join(x, mark)

    def make_room(self, columns: int) -> int:
        """Have at least so many columns from the cursor on; how many there are."""
        if self.cursor.x + columns > self.columns:
            if mo.DECAWM in self.mode:
                self.row.wrapped = True
                self.cursor.x = 0
                self.index(PLAIN_PEN)
            else:
                self.cursor.x = self.columns - columns
        return self.columns - int(self.cursor.x)

    def make_gap(self, columns: int) -> Row:
        """The row of the cursor, its rest shifted to the right in insert mode."""
        row = self.row
        if mo.IRM in self.mode and self.cursor.x < len(row):
            row.insert(self.cursor.x, " " * columns, self.pen.style)
            row.cut(self.columns)
        return row

    def repeat(self, count: int) -> None:
        """Draw the last character again, to the end of the row at most (REP)."""
        room = self.columns - self.cursor.x
        if self.last and room > 0:
            self.draw(self.last[-1] * min(count, room))

    def alignment_display(self) -> None:
        """Fill the screen with E."""
        self.margins = None
        self.buffer = [
            Row("E" * self.columns, changed=self.moment) for _ in range(self.lines)
        ]
        self.cursor_position()

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

    def reverse_index(self) -> None:
        """Move up; scroll at the top of the region."""
        if self.cursor.y == self.region.top:
            self.scroll_down(1)
        elif self.cursor.y > 0:
            self.cursor.y -= 1

    def scroll_up(self, count: int, pen: Pen | None = None) -> None:
        """Move the region's rows up; what goes at its top goes to history."""
        top, bottom = self.region
        for _ in range(min(count, bottom - top + 1)):
            row = self.buffer.pop(top)
            if self.primary is None:
                self.history.append(row, self.moment)
            self.buffer.insert(bottom, self.new_row(pen))

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
        row, x = self.row, self.cursor.x
        if how == 1:
            row.erase(0, self.column + 1, self.pen.erased)
        elif how == 2 or (how == 0 and x < self.columns):
            start = x if how == 0 else 0
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

    # The two screens and their size

    def show_alternate(self, *, saves_cursor: bool) -> None:
        """Switch to the alternate screen, which is empty each time."""
        if self.primary is None:
            if saves_cursor:
                self.save_cursor()
            self.primary = self.buffer
            self.buffer = [self.new_row(PLAIN_PEN) for _ in range(self.lines)]

    def show_primary(self, *, restores_cursor: bool) -> None:
        """Switch back to the primary screen, which then gets the size of the terminal.

        The cursor is restored also if that screen is shown already.
        """
        if self.primary is None:
            if restores_cursor and False in self.saved:
                self.restore_cursor()
            return
        self.buffer, self.primary = self.primary, None
        lines, columns = self.lines, self.columns
        self.lines, self.columns = len(self.buffer), self.history.columns
        if restores_cursor:
            self.restore_cursor()
        self.keep_cursor_inside()
        self.lines, self.columns = lines, columns
        self.fit_primary()

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        """Change the size; `resizing.py` says what becomes of the content."""
        lines, columns = lines or self.lines, columns or self.columns
        if columns != self.columns:
            self.tabstops = set(TAB_STOPS)
        self.lines, self.columns = lines, columns
        self.margins = None
        if self.is_alternate:
            self.cursor.y -= trim(self.buffer, self.cursor.y, lines)
            for row in self.buffer:
                row.cut(columns)
            missing = lines - len(self.buffer)
            self.buffer += [Row(changed=self.moment) for _ in range(missing)]
            self.keep_cursor_inside()
        else:
            self.fit_primary()

    def fit_primary(self) -> None:
        """Bring the primary screen, just shown, to the size of the terminal."""
        self.cursor.x, self.cursor.y = resize_primary(
            self.buffer,
            self.history,
            cursor=(self.cursor.x, self.cursor.y),
            columns=self.columns,
            lines=self.lines,
            moment=self.moment,
        )
        self.keep_cursor_inside()
