"""Answers to what programs ask their terminal. PURE.

Programs wait for these at their start. What is not supported is not claimed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyte.modes as mo

from fugue_actors import __version__

if TYPE_CHECKING:
    from fugue_actors.terminal.emulator.screen import Screen

Numbers = list[int]

REPLIES_LIMIT_BYTES = 4096

ALTERNATE_MODES = {47, 1047, 1049}
REPORTED_MODES = {
    *(1, 5, 6, 7, 9, 12, 25, 66),
    *(1000, 1002, 1003, 1004, 1005, 1006, 1007, 1015),
    *(2004, 2026),
}
"""Private modes known to DECRQM, besides those of the alternate screen."""
REPORTED_ANSI_MODES = {mo.IRM, mo.LNM}

COLOURS = {"10": "ffff/ffff/ffff", "11": "0000/0000/0000", "12": "ffff/ffff/ffff"}
"""Foreground, background and cursor, as told to programs that ask (OSC 10 to 12)."""


class Answers:
    """Answers not fetched yet.

    Attributes:
        waiting: Bytes for the program.
    """

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.waiting = bytearray()

    def take(self) -> bytes:
        """What the program must be sent, once."""
        taken = bytes(self.waiting)
        self.waiting.clear()
        return taken

    def say(self, text: str) -> None:
        """Answer, unless too many answers wait already."""
        if len(self.waiting) < REPLIES_LIMIT_BYTES:
            self.waiting += text.encode()

    def identity(self, numbers: Numbers) -> None:
        """DA1: a VT220 with colour."""
        if numbers[0] == 0:
            self.say("\x1b[?62;22c")

    def version_number(self, numbers: Numbers) -> None:
        """DA2."""
        if numbers[0] == 0:
            self.say("\x1b[>1;10;0c")

    def version(self, numbers: Numbers) -> None:
        """XTVERSION."""
        if numbers[0] == 0:
            self.say(f"\x1bP>|fugue({__version__})\x1b\\")

    def status(self, numbers: Numbers) -> None:
        """DSR: 5 asks how the terminal is, 6 where the cursor is."""
        if numbers[0] == 5:
            self.say("\x1b[0n")
        elif numbers[0] == 6:
            self.say(f"\x1b[{self.cursor_place()}R")

    def private_status(self, numbers: Numbers) -> None:
        """DECXCPR."""
        if numbers[0] == 6:
            self.say(f"\x1b[?{self.cursor_place()}R")

    def cursor_place(self) -> str:
        """Line and column, counted from 1, in origin mode from the region's top."""
        screen = self.screen
        top = screen.region.top if mo.DECOM in screen.mode else 0
        return f"{screen.cursor.y - top + 1};{screen.column + 1}"

    def mode(self, numbers: Numbers) -> None:
        """DECRQM: 1 set, 2 reset, 0 unknown."""
        number = numbers[0]
        state = 0
        if number in REPORTED_ANSI_MODES:
            state = 1 if number in self.screen.mode else 2
        self.say(f"\x1b[{number};{state}$y")

    def private_mode(self, numbers: Numbers) -> None:
        """DECRQM of a private mode."""
        number = numbers[0]
        if number in ALTERNATE_MODES:
            state = 1 if self.screen.is_alternate else 2
        elif number in REPORTED_MODES:
            state = 1 if number << 5 in self.screen.mode else 2
        else:
            state = 0
        self.say(f"\x1b[?{number};{state}$y")

    def size(self) -> None:
        """XTWINOPS 18: the text area in cells."""
        self.say(f"\x1b[8;{self.screen.lines};{self.screen.columns}t")

    def colour(self, command: str) -> None:
        """OSC 10 to 12 with a question mark."""
        self.say(f"\x1b]{command};rgb:{COLOURS[command]}\x1b\\")

    def keyboard(self, flags: int) -> None:
        """The flags of the kitty protocol in force."""
        self.say(f"\x1b[?{flags}u")
