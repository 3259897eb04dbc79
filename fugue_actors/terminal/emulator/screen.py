"""The grid of cells: pyte's screen with what is slow or wrong in it replaced. PURE.

1. `cursor.x == columns` means that the last column was drawn and the next character wraps.
2. What scrolls off the top of the primary screen, or is cleared as a whole, goes to `history`;
   the alternate screen has none.
3. No argument, however odd, raises, takes long or needs memory: the screen's size bounds all.
4. Rows move as whole objects and remember when they changed, see `Row`.

Kept from pyte: the cursor, tab stops, character sets, and its names for the operations.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pyte
import pyte.charsets as cs
import pyte.modes as mo
from pyte.screens import Cursor, Margins

from fugue_actors.protocol.hosting import COLUMNS_LIMIT
from fugue_actors.terminal.emulator.cells import Cell, Row, cells_of, width
from fugue_actors.terminal.emulator.history import History
from fugue_actors.terminal.emulator.styles import PLAIN, Style, restyle

CLUSTER_LIMIT = 8
"""Most code points of one cell; combining marks beyond are dropped."""


class Saved(NamedTuple):
    """What DECSC remembers."""

    x: int
    y: int
    style: Style
    g0_charset: str
    g1_charset: str
    charset: int
    origin: bool
    wrap: bool


class Screen(pyte.Screen):
    """Primary and alternate screen of one terminal.

    Args:
        columns, lines: Size in cells.
        history_lines: Lines of history to keep.

    Attributes:
        buffer: The rows now shown, exactly `lines` of them.
        primary: The rows of the primary screen while the alternate one is shown.
        style: Of what is drawn next. pyte's `cursor.attrs` is not used.
        moment: What rows that change now are stamped with.
        last: The character drawn last, until something else happens.
    """

    buffer: list[Row]  # type: ignore[assignment]  # pyte has dictionaries of cells

    def __init__(self, columns: int, lines: int, *, history_lines: int) -> None:
        self.columns, self.lines = columns, lines
        self.history = History(history_lines)
        self.moment = 0
        self.cursor = Cursor(0, 0)
        self.reset()

    def reset(self) -> None:
        """Everything as at the start, history excepted."""
        self.buffer = [Row(changed=self.moment) for _ in range(self.lines)]
        self.primary: list[Row] | None = None
        self.tabstops = set(range(8, COLUMNS_LIMIT, 8))
        self.last = ""
        self.reset_softly()
        self.cursor_position()

    def reset_softly(self) -> None:
        """Modes, margins, style and saved cursors as at the start."""
        self.mode = {mo.DECAWM, mo.DECTCEM}
        self.cursor.hidden = False
        self.margins = None
        self.charset = 0
        self.g0_charset = self.g1_charset = cs.LAT1_MAP
        self.style = PLAIN
        self.saved: dict[bool, Saved] = {}

    @property
    def is_alternate(self) -> bool:
        """Whether the alternate screen is shown."""
        return self.primary is not None

    @property
    def region(self) -> Margins:
        """The rows that scroll."""
        return self.margins or Margins(0, self.lines - 1)

    @property
    def row(self) -> Row:
        """The row of the cursor, about to change."""
        row = self.buffer[self.cursor.y]
        row.changed = self.moment
        return row

    @property
    def column(self) -> int:
        """The column of the cursor, also if it is about to wrap."""
        return min(int(self.cursor.x), self.columns - 1)

    def erased(self, count: int) -> list[Cell]:
        """Cells as erasing leaves them: of the present style only the background stays."""
        background = self.style.bg
        return [cells_of(PLAIN._replace(bg=background))[" "]] * count

    def new_row(self) -> Row:
        """An erased row."""
        has_background = self.style.bg != "default"
        cells = self.erased(self.columns) if has_background else ()
        return Row(cells, changed=self.moment)

    # Drawing

    def draw(self, data: str) -> None:
        """Draw text at the cursor."""
        charset = self.g1_charset if self.charset else self.g0_charset
        if charset is not cs.LAT1_MAP:
            data = data.translate(charset)
        self.last = data[-1]
        if data.isascii():
            self.draw_narrow(data)
            return
        narrow: list[str] = []
        for character in data:
            columns = width(character)
            if columns == 1:
                narrow.append(character)
                continue
            if narrow:
                self.draw_narrow("".join(narrow))
                narrow.clear()
            if columns == 2:
                self.draw_wide(character)
            elif columns == 0:
                self.combine(character)
        if narrow:
            self.draw_narrow("".join(narrow))

    def draw_narrow(self, text: str) -> None:
        """Draw characters of one column each."""
        cells = cells_of(self.style)
        position = 0
        while position < len(text):
            room = self.make_room(1)
            part = text[position : position + room]
            position += len(part)
            if mo.DECAWM not in self.mode and position < len(text):
                part, position = part[:-1] + text[-1], len(text)
            self.place([cells[character] for character in part])

    def draw_wide(self, character: str) -> None:
        """Draw one character of two columns."""
        self.make_room(2)
        cells = cells_of(self.style)
        self.place([cells[character], cells[""]])

    def make_room(self, columns: int) -> int:
        """Have at least so many columns from the cursor on; how many there are."""
        if self.cursor.x + columns > self.columns:
            if mo.DECAWM in self.mode:
                self.row.wrapped = True
                self.cursor.x = 0
                self.index()
            else:
                self.cursor.x = self.columns - columns
        return self.columns - int(self.cursor.x)

    def place(self, cells: list[Cell]) -> None:
        """Put cells at the cursor, which goes behind them."""
        row = self.row
        if mo.IRM in self.mode:
            row.split(self.cursor.x)
            row[self.cursor.x : self.cursor.x] = cells
            row.cut(self.columns)
        else:
            row.put(self.cursor.x, cells)
        self.cursor.x += len(cells)

    def combine(self, mark: str) -> None:
        """Add a mark without width to the character before the cursor."""
        row, x = self.row, self.cursor.x - 1
        if x > 0 and x < len(row) and not row[x].data:
            x -= 1
        if 0 <= x < len(row) and 0 < len(row[x].data) < CLUSTER_LIMIT:
            row[x] = row[x]._replace(data=row[x].data + mark)

    def alignment_display(self) -> None:
        """Fill the screen with E."""
        self.margins = None
        self.buffer = [
            Row([Cell("E")] * self.columns, changed=self.moment)
            for _ in range(self.lines)
        ]
        self.cursor_position()

    def select_style(self, parameters: str) -> None:
        """Change the style of what is drawn from here on (SGR)."""
        self.style = restyle(self.style, parameters)

    # Scrolling

    def index(self) -> None:
        """Move down; scroll at the bottom of the region."""
        self.buffer[self.cursor.y].changed = self.moment
        if self.cursor.y == self.region.bottom:
            self.scroll_up(1)
        elif self.cursor.y < self.lines - 1:
            self.cursor.y += 1

    def reverse_index(self) -> None:
        """Move up; scroll at the top of the region."""
        if self.cursor.y == self.region.top:
            self.scroll_down(1)
        elif self.cursor.y > 0:
            self.cursor.y -= 1

    def scroll_up(self, count: int) -> None:
        """Move the region's rows up."""
        top, bottom = self.region
        for _ in range(min(count, bottom - top + 1)):
            row = self.buffer.pop(top)
            if top == 0 and not self.is_alternate:
                self.history.append(row)
            self.buffer.insert(bottom, self.new_row())

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

    def set_margins(self, top: int | None = None, bottom: int | None = None) -> None:
        """Choose the rows that scroll, counted from 1; at least two."""
        first = max(1, top or 1)
        last = min(self.lines, bottom or self.lines)
        if first < last:
            is_whole = (first, last) == (1, self.lines)
            self.margins = None if is_whole else Margins(first - 1, last - 1)
            self.cursor_position()

    # Erasing

    def insert_characters(self, count: int | None = None) -> None:
        """Shift the rest of the row right."""
        row, x = self.row, self.column
        if x < len(row):
            row.split(x)
            row[x:x] = self.erased(min(count or 1, self.columns - x))
            row.cut(self.columns)

    def delete_characters(self, count: int | None = None) -> None:
        """Shift the rest of the row left."""
        row, x = self.row, self.column
        end = min(x + (count or 1), self.columns)
        row.split(x)
        row.split(end)
        del row[x:end]
        row.fill(self.columns, self.erased(1)[0])

    def erase_characters(self, count: int | None = None) -> None:
        """Erase some cells from the cursor on."""
        x = self.column
        self.row.put(x, self.erased(min(count or 1, self.columns - x)))

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        """Erase the row from the cursor on (0), up to the cursor (1), or all (2)."""
        row, x = self.row, self.column
        if how == 1:
            row.put(0, self.erased(x + 1))
        elif how in (0, 2):
            start = x if how == 0 else 0
            row.split(start)
            del row[start:]
            row.fill(self.columns, self.erased(1)[0])
            row.wrapped = False

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
        if not self.is_alternate:
            used = max((y for y, row in enumerate(self.buffer) if row.text), default=-1)
            for row in self.buffer[: used + 1]:
                self.history.append(row)

    # The cursor

    def cursor_up(self, count: int | None = None) -> None:
        """Move up, not out of the region."""
        limit = self.region.top if self.cursor.y >= self.region.top else 0
        self.cursor.y = max(self.cursor.y - (count or 1), limit)
        self.cursor.x = self.column

    def cursor_down(self, count: int | None = None) -> None:
        """Move down, not out of the region."""
        is_inside = self.cursor.y <= self.region.bottom
        limit = self.region.bottom if is_inside else self.lines - 1
        self.cursor.y = min(self.cursor.y + (count or 1), limit)
        self.cursor.x = self.column

    def cursor_position(
        self, line: int | None = None, column: int | None = None
    ) -> None:
        """Go somewhere, counted from 1, in origin mode from the region's top."""
        self.cursor_to_line(line)
        self.cursor_to_column(column)

    def cursor_to_line(self, line: int | None = None) -> None:
        """Go to a line, counted likewise."""
        top, bottom = (
            self.region if mo.DECOM in self.mode else Margins(0, self.lines - 1)
        )
        self.cursor.y = min(top + (line or 1) - 1, bottom)
        self.cursor.x = self.column

    def tab(self) -> None:
        """Go to the next tab stop."""
        stops = (
            x for x in range(self.cursor.x + 1, self.columns) if x in self.tabstops
        )
        self.cursor.x = next(stops, self.columns - 1)

    def back_tab(self) -> None:
        """Go to the tab stop before."""
        stops = (x for x in range(self.column - 1, 0, -1) if x in self.tabstops)
        self.cursor.x = next(stops, 0)

    def save_cursor(self) -> None:
        """Remember cursor, style and character sets; one place for each screen."""
        self.saved[self.is_alternate] = Saved(
            x=self.cursor.x,
            y=self.cursor.y,
            style=self.style,
            g0_charset=self.g0_charset,
            g1_charset=self.g1_charset,
            charset=self.charset,
            origin=mo.DECOM in self.mode,
            wrap=mo.DECAWM in self.mode,
        )

    def restore_cursor(self) -> None:
        """Go back to what was saved, or home."""
        saved = self.saved.get(self.is_alternate)
        if saved is None:
            self.put_mode(mo.DECOM, False)
            return
        self.put_mode(mo.DECOM, saved.origin)
        self.put_mode(mo.DECAWM, saved.wrap)
        self.style = saved.style
        self.g0_charset, self.g1_charset = saved.g0_charset, saved.g1_charset
        self.charset = saved.charset
        self.cursor.x, self.cursor.y = saved.x, saved.y
        self.keep_cursor_inside()

    def keep_cursor_inside(self) -> None:
        """After the size changed."""
        self.cursor.x = min(self.cursor.x, self.columns)
        self.cursor.y = max(0, min(self.cursor.y, self.lines - 1))

    # Modes and size

    def put_mode(self, mode: int, on: bool) -> None:
        """Set or reset a mode; private ones are shifted by 5, as in pyte."""
        if on:
            self.mode.add(mode)
        else:
            self.mode.discard(mode)
        if mode == mo.DECTCEM:
            self.cursor.hidden = not on
        elif mode == mo.DECOM:
            self.cursor_position()

    def show_alternate(self, on: bool) -> None:
        """Switch between the screens; the alternate one is empty each time."""
        if on and self.primary is None:
            self.primary = self.buffer
            self.buffer = [self.new_row() for _ in range(self.lines)]
        elif not on and self.primary is not None:
            self.buffer, self.primary = self.primary, None
            self.keep_cursor_inside()

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        """Change the size.

        Rows are cut at the right. Too many rows go, first blank ones below the cursor, then
        those at the top, into history if they are the primary screen's.
        """
        self.lines, self.columns = lines or self.lines, columns or self.columns
        self.margins = None
        if self.primary is not None:
            saved = self.saved.get(False)
            gone = self.fit(self.primary, saved.y if saved else 0, keep=True)
            if saved is not None:
                self.saved[False] = saved._replace(y=saved.y - gone)
        self.cursor.y -= self.fit(
            self.buffer, self.cursor.y, keep=not self.is_alternate
        )
        self.keep_cursor_inside()

    def fit(self, rows: list[Row], y: int, *, keep: bool) -> int:
        """Bring one screen's rows to the new size.

        Args:
            rows: Are changed.
            y: Where the cursor of that screen is.
            keep: Whether what goes at the top belongs into history.

        Returns:
            How many rows went at the top.
        """
        while len(rows) > max(self.lines, y + 1) and not rows[-1].text:
            del rows[-1]
        gone = max(0, len(rows) - self.lines)
        for row in rows[:gone]:
            if keep:
                self.history.append(row)
        del rows[:gone]
        while len(rows) < self.lines:
            rows.append(Row(changed=self.moment))
        for row in rows:
            row.cut(self.columns)
        return gone
