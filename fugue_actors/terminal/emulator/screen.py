"""What is drawn on the primary and the alternate screen, in which size. PURE.

While the alternate screen is shown, the primary one keeps the size it had, and is resized
when it comes back.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import pyte.charsets as cs
import pyte.modes as mo

from fugue_actors.terminal.characters import (
    EMOJI_PRESENTATION,
    NARROW,
    WIDE,
    joins,
    widens,
    width,
)
from fugue_actors.terminal.emulator.grid import TAB_STOPS
from fugue_actors.terminal.emulator.pens import PLAIN_PEN, Pen
from fugue_actors.terminal.emulator.resizing import resize_primary, trim
from fugue_actors.terminal.emulator.rows import FILLER, Row
from fugue_actors.terminal.emulator.sheet import Sheet

if TYPE_CHECKING:
    from fugue_actors.terminal.styles import Style


class Screen(Sheet):
    """Primary and alternate screen of one terminal; arguments as for `Sheet`.

    Attributes:
        last: The text drawn last, until something else happens.
    """

    def __init__(self, columns: int, lines: int, *, history_lines: int) -> None:
        super().__init__(columns, lines, history_lines=history_lines)
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

    # Drawing

    def write(self, text: str, styles: list[Style]) -> None:
        """Draw text without controls at the cursor, in one style for each character."""
        x = self.cursor.x
        end = x + len(text)
        if (
            self.is_simple
            and end <= self.columns
            and (text.isascii() or NARROW.fullmatch(text))
        ):
            row = self.buffer[self.cursor.y]
            row.changed = self.moment
            row.write(x, text, styles)
            self.cursor.x = end
            return
        position, pen = 0, self.pen
        for style, group in groupby(styles):
            end = position + len(list(group))
            self.pen = Pen.of(style)
            self.draw(text[position:end])
            position = end
        self.pen = pen

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
            row.write(self.cursor.x, part, [self.pen.style] * len(part))
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
