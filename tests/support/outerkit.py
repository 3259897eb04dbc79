"""The terminal of a person: a pseudo-terminal whose other end is our own emulator.

A client runs in it as it would in a terminal window: it has it as its controlling terminal,
its questions are answered, and what it has left behind can be looked at when it has ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING, Any, Self

from fugue_actors.terminal.emulator.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

WITHIN = 60.0
READ_BYTES = 65_536


class OuterTerminal:
    """One terminal, which outlives the programs that run in it."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self.outside, self.inside = pty.openpty()
        os.set_blocking(self.outside, False)
        self.emulator = Emulator(columns, lines, history_lines=1000, has_clipboard=True)
        self.resize(columns, lines)
        self.settings = termios.tcgetattr(self.inside)
        self.program: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self.program is not None and self.program.poll() is None:
            self.program.kill()
            self.program.wait(WITHIN)
        os.close(self.inside)
        os.close(self.outside)

    # ---- programs

    def run(
        self, command: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start a program in the terminal, as a shell would in the foreground."""
        assert self.program is None or self.program.poll() is not None
        self.program = subprocess.Popen(
            ["setsid", "--ctty", *command],
            stdin=self.inside,
            stdout=self.inside,
            stderr=self.inside,
            env={**environment, "TERM": "xterm-256color"},
        )
        return self.program

    def wait_ended(self) -> int:
        """Read until the program has ended; returns its status."""
        program = self.program
        assert program is not None
        self.wait(lambda: program.poll() is not None, "the program ends")
        self.read(0.0)
        assert program.returncode is not None
        return program.returncode

    # ---- keys and size

    def press(self, keys: str) -> None:
        """Press keys, given as what they send."""
        rest = keys.encode()
        while rest:
            select.select([], [self.outside], [], WITHIN)
            rest = rest[os.write(self.outside, rest) :]

    def resize(self, columns: int, lines: int) -> None:
        """Drag the window's corner."""
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self.outside, termios.TIOCSWINSZ, size)
        self.emulator.resize(columns, lines)

    # ---- the picture

    @property
    def text(self) -> list[str]:
        """What the terminal shows, line by line."""
        return [row.text.rstrip() for row in self.emulator.rows]

    def shows(self, text: str) -> bool:
        """Whether some line has this in it."""
        return any(text in line for line in self.text)

    def read(self, patience: float = 0.1) -> bool:
        """Draw what comes; False if nothing came in that time."""
        came = False
        while select.select([self.outside], [], [], 0.0 if came else patience)[0]:
            data = b""
            with contextlib.suppress(BlockingIOError, OSError):
                data = os.read(self.outside, READ_BYTES)
            if not data:
                break
            came = True
            self.emulator.feed(data)
            answer = self.emulator.take_replies()
            if answer:
                os.write(self.outside, answer)
        return came

    def wait(self, fact: Callable[[], Any], what: str = "") -> None:
        """Draw what comes until something is the case."""
        deadline = time.monotonic() + WITHIN
        while not fact():
            self.read()
            if time.monotonic() > deadline:
                picture = "\n".join(self.text)
                raise AssertionError(f"not within {WITHIN:g} s: {what}\n{picture}")

    def wait_shows(self, text: str) -> None:
        """Draw what comes until it shows this."""
        self.wait(lambda: self.shows(text), f"shows {text!r}")

    # ---- what a program leaves behind

    def damage(self) -> list[str]:
        """What is not as a shell needs it; nothing if all is well."""
        emulator, modes = self.emulator, self.emulator.modes
        wrong = {
            "settings of the line": termios.tcgetattr(self.inside) != self.settings,
            "alternate screen": emulator.is_alternate,
            "hidden cursor": not emulator.is_cursor_visible,
            "mouse": modes.mouse,
            "bracketed paste": modes.bracketed_paste,
            "focus events": modes.focus_events,
            "application cursor keys": modes.application_cursor,
            "keyboard protocol": modes.keyboard_flags != 0,
            "synchronized output": emulator.is_synchronized,
        }
        return [name for name, is_wrong in wrong.items() if is_wrong]
