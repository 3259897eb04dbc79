"""The terminal emulator: bytes in, screen, history, title and answers out. PURE.

The one interface between a pane host and whatever emulates its terminal. Any split of the same
bytes gives the same screen, and no bytes raise. `Sequencer` takes the output apart, `Controls`
says what each sequence does, `Screen` does it.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from fugue_actors.protocol.hosting import (
    Modes,
    Notification,
    Position,
    Progress,
    Prompts,
)
from fugue_actors.terminal.emulator.controls import KEYPAD_MODE, Controls
from fugue_actors.terminal.emulator.screen import Screen
from fugue_actors.terminal.emulator.sequences import Sequencer

if TYPE_CHECKING:
    from fugue_actors.terminal.emulator.cells import Row
    from fugue_actors.terminal.emulator.history import History

MOUSE_MODES = (9, 1000, 1002, 1003)
SYNCHRONIZED_MODE = 2026


class Emulator:
    """One terminal.

    Args:
        columns, lines: Size in cells.
        history_lines: Lines of history to keep.

    Attributes:
        output: Bytes fed so far. What changes is stamped with a later place than before
            the piece that changed it, and not a later one than after it.
    """

    def __init__(
        self, columns: int, lines: int, *, history_lines: int = 10_000
    ) -> None:
        self.output = 0
        self.screen = Screen(columns, lines, history_lines=history_lines)
        self.controls = Controls(self.screen)
        self.sequencer = Sequencer(self.controls)
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> None:
        """Draw output."""
        self.screen.moment = self.output + 1
        self.output += len(data)
        self.sequencer.feed(self.decoder.decode(data))

    def resize(self, columns: int, lines: int) -> None:
        """Change the size; what does not fit scrolls off."""
        self.screen.resize(lines, columns)

    def take_replies(self) -> bytes:
        """What the program must be sent in answer to its queries, once."""
        replies = bytes(self.controls.replies)
        self.controls.replies.clear()
        return replies

    @property
    def columns(self) -> int:
        """Width in cells."""
        return self.screen.columns

    @property
    def lines(self) -> int:
        """Height in cells."""
        return self.screen.lines

    @property
    def title(self) -> str:
        """As the program set it."""
        return self.controls.announcements.title

    @property
    def directory(self) -> str:
        """Where the program says to be (OSC 7), absolute; empty if it never said."""
        return self.controls.announcements.directory

    @property
    def progress(self) -> Progress | None:
        """How far the program says to be (OSC 9;4); None if it says nothing now."""
        return self.controls.announcements.progress

    @property
    def prompts(self) -> Prompts:
        """What a shell's marks say (OSC 133)."""
        return self.controls.announcements.prompts

    def take_notifications(self) -> tuple[Notification, ...]:
        """Messages and bells since the last time, oldest first."""
        return self.controls.announcements.take_notifications()

    @property
    def rows(self) -> list[Row]:
        """The rows of the screen that is shown."""
        return self.screen.buffer

    @property
    def primary_rows(self) -> list[Row]:
        """The rows of the primary screen, shown or not."""
        return self.screen.primary or self.screen.buffer

    @property
    def history(self) -> History:
        """Lines that scrolled off."""
        return self.screen.history

    @property
    def cursor(self) -> Position:
        """Where the cursor is shown."""
        return Position(x=self.screen.column, y=self.screen.cursor.y)

    @property
    def is_cursor_visible(self) -> bool:
        """Whether it is shown at all."""
        return not self.screen.cursor.hidden

    @property
    def cursor_shape(self) -> str:
        """How it is drawn, one of `controls.CURSOR_SHAPES`."""
        return self.controls.cursor_shape

    @property
    def keyboard_flags(self) -> int:
        """How keys are to be told, in the bits of the kitty protocol; 0 as of old."""
        return self.controls.keyboard_flags

    @property
    def is_synchronized(self) -> bool:
        """Whether the program is in the middle of a frame (mode 2026)."""
        return self.has_mode(SYNCHRONIZED_MODE)

    @property
    def is_alternate(self) -> bool:
        """Whether the alternate screen is shown."""
        return self.screen.is_alternate

    @property
    def modes(self) -> Modes:
        """What input must honour."""
        return Modes(
            application_cursor=self.has_mode(1),
            application_keypad=self.has_mode(KEYPAD_MODE),
            bracketed_paste=self.has_mode(2004),
            focus_events=self.has_mode(1004),
            mouse=any(map(self.has_mode, MOUSE_MODES)),
            keyboard_flags=self.keyboard_flags,
        )

    def has_mode(self, number: int) -> bool:
        """Whether a private mode is set; pyte keeps them shifted."""
        return number << 5 in self.screen.mode
