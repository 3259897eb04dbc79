"""The one interface between a pane host and whatever emulates its terminal. PURE.

1. Any split of the same bytes gives the same screen, and no bytes raise.
2. Linear output is kept as it came until somebody looks, or something else is written
   (`linear.py`). All else is drawn at once (`machine.py`). Nobody can tell the difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.protocol.hosting import (
    Modes,
    Notification,
    Position,
    Progress,
    Prompts,
)
from fugue_actors.terminal.emulator import linear
from fugue_actors.terminal.emulator.controls import (
    KEYPAD_MODE,
    MOUSE_ENCODINGS,
    MOUSE_MODES,
)
from fugue_actors.terminal.emulator.grid import ALTERNATE_SCROLL_MODE
from fugue_actors.terminal.emulator.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.terminal.emulator.history import History
    from fugue_actors.terminal.emulator.rows import Row

SYNCHRONIZED_MODE = 2026

PENDING_LIMIT_BYTES = 512 * 1024
PIECE_BYTES = 4096


class Emulator:
    """One terminal.

    Args:
        columns, lines: Size in cells.
        history_lines: Lines of history to keep.
        first_output: What `output` begins with.
        has_clipboard: Whether the program may set a clipboard (OSC 52).

    Attributes:
        pending_limit: Bytes of linear output that may wait to be drawn.
        output: Bytes fed so far, on top of `first_output`. What changes is stamped with a place in the output: a later
            one than when somebody last looked, and not a later one than when somebody looks next.
    """

    def __init__(
        self,
        columns: int,
        lines: int,
        *,
        history_lines: int = 10_000,
        first_output: int = 0,
        has_clipboard: bool = False,
    ) -> None:
        self.output = self.first_output = first_output
        self.machine = Machine(
            columns, lines, history_lines=history_lines, has_clipboard=has_clipboard
        )
        self.screen = self.machine.screen
        self.controls = self.machine.controls
        self.pending: list[bytes] = []
        self.pending_limit = PENDING_LIMIT_BYTES
        self.pending_bytes = self.pending_lines = 0
        self.rest = b""

    # Output

    def feed(self, data: bytes) -> None:
        """Draw output, now or later."""
        if not data:
            return
        self.screen.moment = self.output + 1
        self.output += len(data)
        output = self.rest + data
        is_linear = self.machine.is_linear
        held = (linear.begun if is_linear else linear.begun_character)(output)
        self.rest = output[len(output) - held :]
        if held:
            output = output[:-held]
        ends = linear.line_ends(output) if is_linear else None
        if ends is not None:
            self.keep(output, ends)
        elif is_linear and len(output) > PIECE_BYTES:
            for piece in pieces(output):
                self.take_in(piece)
        else:
            self.draw(output)

    def take_in(self, piece: bytes) -> None:
        """Keep a piece of mixed output if it is linear, else draw it."""
        ends = linear.line_ends(piece) if self.machine.is_linear else None
        if ends is not None:
            self.keep(piece, ends)
        else:
            self.draw(piece)

    def keep(self, output: bytes, ends: int) -> None:
        """Draw linear output later, in which so many lines end."""
        self.pending.append(output)
        self.pending_bytes += len(output)
        self.pending_lines += ends
        if self.pending_bytes > self.pending_limit:
            self.fold()

    def fold(self) -> None:
        """Let no more than the end of what was kept wait to be drawn."""
        if self.pending_lines <= 3 * self.lines:
            self.catch_up()
            return
        output, ends = self.take_pending()
        end = linear.fold(self.machine, output, ends)
        self.pending.append(end)
        self.pending_bytes, self.pending_lines = len(end), self.lines
        if self.pending_bytes > self.pending_limit // 2:
            self.catch_up()  # its lines are so long that it would soon be too much again

    def draw(self, output: bytes) -> None:
        """Draw output now."""
        self.catch_up()
        self.machine.feed(output)

    def catch_up(self) -> None:
        """Draw what was kept."""
        if self.pending:
            linear.draw(self.machine, *self.take_pending())

    def take_pending(self) -> tuple[bytes, int]:
        """What was kept, and how many lines end in it."""
        output, ends = b"".join(self.pending), self.pending_lines
        self.pending.clear()
        self.pending_bytes = self.pending_lines = 0
        return output, ends

    def settle(self) -> None:
        """Somebody looks: have the screen as it is after all that was fed."""
        self.catch_up()
        if self.rest == b"\r":
            self.rest = b""
            self.controls.control("\r")

    def resize(self, columns: int, lines: int) -> None:
        """Change the size; wrapped lines of the primary screen are wrapped anew."""
        self.settle()
        self.screen.resize(lines, columns)

    def take_replies(self) -> bytes:
        """What the program must be sent in answer to its queries, once."""
        return self.controls.answers.take()

    # The screen

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

    @property
    def notifications(self) -> tuple[Notification, ...]:
        """The last messages and the last bell, oldest first."""
        return tuple(self.controls.announcements.notifications)

    @property
    def bells(self) -> int:
        """How often the bell has rung."""
        return self.controls.announcements.bells

    @property
    def clipboard(self) -> str | None:
        """What the program last put there (OSC 52), if it may."""
        return self.controls.announcements.clipboard

    @property
    def copies(self) -> int:
        """How often the program has put something there."""
        return self.controls.announcements.copies

    @property
    def rows(self) -> list[Row]:
        """The rows of the screen that is shown."""
        self.settle()
        return self.screen.buffer

    @property
    def primary_rows(self) -> list[Row]:
        """The rows of the primary screen, shown or not; in the size it had when last shown."""
        self.settle()
        return self.screen.primary or self.screen.buffer

    @property
    def history(self) -> History:
        """Lines that scrolled off the primary screen."""
        self.settle()
        return self.screen.history

    @property
    def cursor(self) -> Position:
        """Where the cursor is shown."""
        self.settle()
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
        return self.controls.keyboard.flags

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
        mouse_mode = self.first_mode(MOUSE_MODES)
        return Modes(
            application_cursor=self.has_mode(1),
            application_keypad=self.has_mode(KEYPAD_MODE),
            bracketed_paste=self.has_mode(2004),
            focus_events=self.has_mode(1004),
            mouse=mouse_mode > 0,
            mouse_mode=mouse_mode,
            mouse_encoding=self.first_mode(MOUSE_ENCODINGS),
            alternate_scroll=(
                self.is_alternate
                and not mouse_mode
                and self.has_mode(ALTERNATE_SCROLL_MODE)
            ),
            keyboard_flags=self.keyboard_flags,
        )

    def first_mode(self, numbers: tuple[int, ...]) -> int:
        """The first of some private modes that is set, 0 if none is."""
        return next(filter(self.has_mode, numbers), 0)

    def has_mode(self, number: int) -> bool:
        """Whether a private mode is set; pyte keeps them shifted."""
        return number << 5 in self.screen.mode


def pieces(output: bytes) -> Iterator[bytes]:
    """Output in pieces of some lines each."""
    start = 0
    while start < len(output):
        end = output.find(b"\n", start + PIECE_BYTES) + 1 or len(output)
        yield output[start:end]
        start = end
