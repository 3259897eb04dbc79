"""The state of a screen without what is drawn on it: cursor, modes, margins, tab stops. PURE.

1. `cursor.x == columns` means that the last column was drawn and the next character wraps.
2. No argument, however odd, raises, takes long or needs memory: the screen's size bounds all.

Kept from pyte: the cursor, tab stops, character sets, and its names for the operations.
"""

from __future__ import annotations

from typing import NamedTuple

import pyte
import pyte.charsets as cs
import pyte.modes as mo
from pyte.screens import Cursor, Margins

from fugue_actors.protocol.hosting import COLUMNS_LIMIT
from fugue_actors.terminal.emulator.pens import PLAIN_PEN, Pen

TAB_STOPS = frozenset(range(8, COLUMNS_LIMIT, 8))

ALTERNATE_SCROLL_MODE = 1007
"""The wheel is arrow keys to programs on the alternate screen; set unless they object."""


class Saved(NamedTuple):
    """What DECSC remembers."""

    x: int
    y: int
    pen: Pen
    g0_charset: str
    g1_charset: str
    charset: int
    origin: bool
    wrap: bool


NEVER_SAVED = Saved(
    x=0,
    y=0,
    pen=PLAIN_PEN,
    g0_charset=cs.LAT1_MAP,
    g1_charset=cs.LAT1_MAP,
    charset=0,
    origin=False,
    wrap=True,
)


class Grid(pyte.Screen):
    """Where things are going to be drawn, and how.

    Attributes:
        pen: What draws next. pyte's `cursor.attrs` is not used.
        is_alternate: Whether the alternate screen is shown.
        is_simple: Whether characters appear as they are, over what was there.
        saved: What DECSC remembers, for each of the two screens.
    """

    is_alternate: bool

    def __init__(self, columns: int, lines: int) -> None:
        self.columns, self.lines = columns, lines
        self.cursor = Cursor(0, 0)

    def reset_softly(self) -> None:
        """Modes, margins, style and saved cursors as at the start."""
        self.mode = {mo.DECAWM, mo.DECTCEM, ALTERNATE_SCROLL_MODE << 5}
        self.cursor.hidden = False
        self.margins = None
        self.charset = 0
        self.g0_charset = self.g1_charset = cs.LAT1_MAP
        self.pen = PLAIN_PEN
        self.saved: dict[bool, Saved] = {}
        self.look_at_modes()

    @property
    def region(self) -> Margins:
        """The rows that scroll."""
        return self.margins or Margins(0, self.lines - 1)

    @property
    def column(self) -> int:
        """The column of the cursor, also if it is about to wrap."""
        return min(int(self.cursor.x), self.columns - 1)

    @property
    def is_linear(self) -> bool:
        """Whether lines of text mean nothing but themselves."""
        return (
            self.is_simple
            and not self.is_alternate
            and self.margins is None
            and mo.DECAWM in self.mode
            and mo.LNM not in self.mode
            and self.tabstops == TAB_STOPS
        )

    # Moving

    def cursor_up(self, count: int | None = None) -> None:
        """Move up, not out of the region."""
        cursor, margins = self.cursor, self.margins
        limit = margins.top if margins and cursor.y >= margins.top else 0
        cursor.y = max(cursor.y - (count or 1), limit)
        cursor.x = self.column

    def cursor_down(self, count: int | None = None) -> None:
        """Move down, not out of the region."""
        cursor, margins = self.cursor, self.margins
        is_inside = margins is not None and cursor.y <= margins.bottom
        limit = margins.bottom if margins and is_inside else self.lines - 1
        cursor.y = min(cursor.y + (count or 1), limit)
        cursor.x = self.column

    def cursor_position(
        self, line: int | None = None, column: int | None = None
    ) -> None:
        """Go somewhere, counted from 1, in origin mode from the region's top."""
        cursor = self.cursor
        y, x = (line or 1) - 1, (column or 1) - 1
        if mo.DECOM in self.mode:
            self.cursor_to_line(line)
        else:
            cursor.y = y if y < self.lines else self.lines - 1
        cursor.x = x if x < self.columns else self.columns - 1

    def cursor_to_line(self, line: int | None = None) -> None:
        """Go to a line, counted likewise."""
        cursor = self.cursor
        y, limit = (line or 1) - 1, self.lines - 1
        if mo.DECOM in self.mode:
            top, limit = self.region
            y += top
        cursor.y = min(limit, y)
        if cursor.x >= self.columns:
            cursor.x = self.columns - 1

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

    def keep_cursor_inside(self) -> None:
        """After the size changed."""
        self.cursor.x = min(self.cursor.x, self.columns)
        self.cursor.y = max(0, min(self.cursor.y, self.lines - 1))

    def set_margins(self, top: int | None = None, bottom: int | None = None) -> None:
        """Choose the rows that scroll, counted from 1; at least two."""
        first = top or 1
        last = bottom if bottom and bottom < self.lines else self.lines
        if first < last:
            is_whole = first == 1 and last == self.lines
            self.margins = None if is_whole else Margins(first - 1, last - 1)
            self.cursor_position()

    # Saving

    def save_cursor(self) -> None:
        """Remember cursor, style and character sets; one place for each screen."""
        self.saved[self.is_alternate] = Saved(
            x=self.cursor.x,
            y=self.cursor.y,
            pen=self.pen,
            g0_charset=self.g0_charset,
            g1_charset=self.g1_charset,
            charset=self.charset,
            origin=mo.DECOM in self.mode,
            wrap=mo.DECAWM in self.mode,
        )

    def restore_cursor(self) -> None:
        """Go back to what was saved, or home and to the plain style."""
        saved = self.saved.get(self.is_alternate, NEVER_SAVED)
        self.put_mode(mo.DECOM, saved.origin)
        self.put_mode(mo.DECAWM, saved.wrap)
        self.pen = saved.pen
        self.g0_charset, self.g1_charset = saved.g0_charset, saved.g1_charset
        self.charset = saved.charset
        self.look_at_modes()
        # Only where it waited to wrap when it was saved does it wait again.
        self.cursor.x = saved.x if saved.x <= self.columns else self.columns - 1
        self.cursor.y = saved.y
        self.keep_cursor_inside()

    # Modes

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
        elif mode == mo.IRM:
            self.look_at_modes()

    def define_charset(self, code: str, mode: str) -> None:
        """Choose the character set that SI or SO selects."""
        super().define_charset(code, mode)
        self.look_at_modes()

    def shift_in(self) -> None:
        """Select the first character set."""
        self.charset = 0
        self.look_at_modes()

    def shift_out(self) -> None:
        """Select the second character set."""
        self.charset = 1
        self.look_at_modes()

    def look_at_modes(self) -> None:
        """Note whether characters are drawn as they are."""
        charset = self.g1_charset if self.charset else self.g0_charset
        self.is_simple = charset is cs.LAT1_MAP and mo.IRM not in self.mode
