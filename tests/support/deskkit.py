"""An outer terminal for tests: a real one, shown by the emulator, with a program in it."""

from __future__ import annotations

import os
import select
import shlex
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

import ptyprocess

from fugue_actors.terminal.emulator import Emulator
from fugue_actors.terminal.styles import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable

WITHIN = 60.0
CLIENTS_MODES = (9, 1000, 1002, 1003, 1004, 1005, 1006, 2004, 2026)
CLIENT = Path(__file__).with_name("outerclient.py")


class Desk:
    """A terminal with a program, which this process looks at and types for.

    Args:
        command: The program and its arguments.
        log: Where it writes what happens to it.
        answers: Whether the terminal answers questions.
    """

    def __init__(
        self,
        command: list[str],
        log: Path,
        *,
        answers: bool = True,
        env: dict[str, str] | None = None,
    ) -> None:
        self.log = log
        self.answers = answers
        self.emulator = Emulator(80, 24)
        self.program = ptyprocess.PtyProcess.spawn(
            command, env={**os.environ, "TERM": "xterm-256color", **(env or {})}
        )
        self.master = self.program.fd
        self.output = bytearray()
        self.is_over = False

    def pump(self, seconds: float = 0.02) -> None:
        """Show what the program wrote."""
        if self.is_over or not select.select([self.master], [], [], seconds)[0]:
            return
        try:
            data = os.read(self.master, 65536)
        except OSError:
            data = b""
        if not data:
            self.is_over = True
            return
        self.output += data
        self.emulator.feed(data)
        replies = self.emulator.take_replies()
        if self.answers and replies:
            os.write(self.master, replies)

    def wait(self, condition: Callable[[], object], *, reads: bool = True) -> None:
        """Go on until something is the case."""
        until = time.monotonic() + WITHIN
        while not condition():
            assert time.monotonic() < until, (self.lines, self.text)
            if reads and not self.is_over:
                self.pump()
            else:
                time.sleep(0.01)

    def type(self, data: bytes) -> None:
        """Press keys."""
        os.write(self.master, data)

    @property
    def lines(self) -> list[str]:
        """What the program wrote down."""
        return self.log.read_text(encoding="utf-8").splitlines()

    def wait_line(self, line: str, *, reads: bool = True) -> None:
        """Wait until the program has written down something."""
        self.wait(lambda: line in self.lines, reads=reads)

    def pid(self, who: str) -> int:
        """The number of a process that it has told."""
        (line,) = [line for line in self.lines if line.startswith(f"{who} ")]
        return int(line.split()[1])

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(row.text.rstrip() for row in self.emulator.rows)

    def has_mode(self, *numbers: int) -> bool:
        """Whether private modes are set, all of them."""
        return all(map(self.emulator.has_mode, numbers))

    @property
    def is_plain(self) -> bool:
        """Whether nothing is left of what a client changes."""
        emulator = self.emulator
        keyboards = emulator.controls.keyboards.values()
        return (
            not emulator.is_alternate
            and emulator.is_cursor_visible
            and emulator.cursor_shape == "default"
            and not any(map(emulator.has_mode, CLIENTS_MODES))
            and emulator.has_mode(7)
            and all(keyboard.stack == [0] for keyboard in keyboards)
            and emulator.screen.pen.style == PLAIN
        )

    @property
    def settings(self) -> list[object]:
        """The terminal's settings."""
        return termios.tcgetattr(self.master)

    def wait_end(self) -> int:
        """Wait until the program has ended; returns its status, 128 more for a signal."""
        while not self.is_over:
            self.wait(lambda: self.is_over)
        self.program.wait()
        if self.program.signalstatus is not None:
            return 128 + int(self.program.signalstatus)
        return int(self.program.exitstatus)

    def close(self) -> None:
        """End the program if it is still there."""
        self.program.close(force=True)


def client(log: Path, *options: str) -> list[str]:
    """The command of the test's client."""
    return [sys.executable, str(CLIENT), str(log), *options]


def under_shell(command: list[str]) -> list[str]:
    """The same after an Enter, run by a shell that tells the status at the end."""
    return ["sh", "-c", f"read go; {shlex.join(command)}; echo ended with $?"]


def is_alive(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    return state_of(pid) not in "ZX"


def state_of(pid: int) -> str:
    """The letter that says what a process does: T if it is stopped, X if it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return "X"
    return stat.rpartition(")")[2].split()[0]
