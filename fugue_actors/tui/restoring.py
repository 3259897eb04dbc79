"""What it takes to give the outer terminal back as it was, whoever has to do it.

The client does it when it leaves, and its guardian if the client cannot any more. What there is
to undo is in a `Ledger` that both can read: it says so *before* the terminal is told to do it.

Standard library only, without trio: the guardian has nothing else.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import select
import signal
import termios
import time
from typing import TYPE_CHECKING, Any

from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

Settings = list[Any]
"""As `termios.tcgetattr` gives them."""

INTERRUPT = b"\x18\x1b\\"
"""Ends whatever sequence or string was cut off; nothing to a terminal that is in none."""
PATIENCE = 1.0
"""Seconds that a terminal which takes nothing may keep us from leaving."""

PAGE_BYTES = mmap.PAGESIZE

now = time.monotonic  # noqa: TID251 - there may be no trio in this process


class Ledger:
    """What has to be written to the terminal to undo what was done to it.

    It is shared with the processes that are forked later. A reader always finds what one
    `write` wrote, even if the writer was killed in the middle of the next.
    """

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, 2 * PAGE_BYTES)

    def write(self, undo: bytes) -> None:
        """Say what there is to undo; nothing if it is empty."""
        if len(undo) > PAGE_BYTES - 4:
            raise ValueError(f"{len(undo)} bytes to undo")
        page = 1 - self.memory[0]
        at = page * PAGE_BYTES
        self.memory[at + 1 : at + 3] = len(undo).to_bytes(2, "big")
        self.memory[at + 3 : at + 3 + len(undo)] = undo
        self.memory[0] = page  # from here on it counts

    def read(self) -> bytes:
        """What there is to undo."""
        at = self.memory[0] * PAGE_BYTES
        length = int.from_bytes(self.memory[at + 1 : at + 3], "big")
        return self.memory[at + 3 : at + 3 + length]


def open_terminal() -> int:
    """The terminal of this process, opened anew.

    So it can be made non-blocking without that becoming true of the shell's own descriptor.

    Raises:
        Refused: `InvalidArgument`: input and output are not one.
    """
    if not (os.isatty(0) and os.isatty(1)):
        raise Refused(
            "InvalidArgument",
            "attach needs a terminal for input and output",
            hint="run it in a terminal; `fugue watch` and `fugue read` work without one",
        )
    flags = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(os.ttyname(0), flags)
    except OSError:  # it has no name here, or it is another user's
        try:
            return os.open("/dev/tty", flags)
        except OSError as error:
            raise Refused(
                "InvalidArgument", f"cannot open the terminal: {error.strerror}"
            ) from error


def write_within(terminal: int, data: bytes, seconds: float = PATIENCE) -> bool:
    """Write to a terminal that may take nothing any more; returns whether it took all."""
    until = now() + seconds
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(terminal, rest) :]
        except BlockingIOError:
            left = until - now()
            if left <= 0 or not select.select([], [terminal], [], left)[1]:
                return False
        except OSError:
            return False  # it is gone
    return True


def read_within(terminal: int, seconds: float) -> Iterator[bytes]:
    """What comes from a terminal in that time."""
    until = now() + seconds
    while (left := until - now()) > 0:
        try:
            if not select.select([terminal], [], [], left)[0]:
                return
            data = os.read(terminal, 4096)
        except OSError:
            return  # it is gone
        if not data:
            return
        yield data


def raw(settings: Settings) -> Settings:
    """The same settings, but each byte comes as it is and at once, and nothing is added."""
    iflag, oflag, cflag, lflag, ispeed, ospeed, characters = settings
    iflag &= ~(
        termios.BRKINT
        | termios.ICRNL
        | termios.IGNBRK
        | termios.IGNCR
        | termios.INLCR
        | termios.INPCK
        | termios.ISTRIP
        | termios.IXOFF
        | termios.IXON
        | termios.PARMRK
    )
    oflag &= ~termios.OPOST
    cflag = (cflag & ~(termios.CSIZE | termios.PARENB)) | termios.CS8
    lflag &= ~(
        termios.ECHO | termios.ECHONL | termios.ICANON | termios.IEXTEN | termios.ISIG
    )
    characters = list(characters)
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    return [iflag, oflag, cflag, lflag, ispeed, ospeed, characters]


def get_settings(terminal: int) -> Settings | None:
    """A terminal's settings; None if it is gone."""
    settings: Settings | None = retried(termios.tcgetattr, terminal)
    return settings


def put_settings(terminal: int, settings: Settings) -> None:
    """Change a terminal's settings, without waiting for output that it does not take."""
    retried(termios.tcsetattr, terminal, termios.TCSANOW, settings)


def retried(call: Any, *arguments: Any) -> Any:
    """Call, again if a signal came in between; None if the terminal is gone."""
    while True:
        try:
            return call(*arguments)
        except termios.error as error:
            if error.args[0] != errno.EINTR:  # after a stop in the background
                return None


def restore(terminal: int, ledger: Ledger, settings: Settings) -> None:
    """Undo whatever is not undone yet.

    If the terminal is somebody else's by now, as a shell's after it saw its job end, then
    settings are put back only if they still are those of attach.
    """
    if undo := ledger.read():
        write_within(terminal, INTERRUPT + undo)
        ledger.write(b"")
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # else it would stop us
    if is_in_foreground(terminal) or get_settings(terminal) == raw(settings):
        put_settings(terminal, settings)
    signal.signal(signal.SIGTTOU, before)


def is_in_foreground(terminal: int) -> bool:
    """Whether the terminal is still this process's to use."""
    with contextlib.suppress(OSError):
        return os.tcgetpgrp(terminal) == os.getpgrp()
    return False
