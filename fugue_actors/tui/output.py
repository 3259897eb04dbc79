"""What is written to the outer terminal, without ever waiting for it.

What the terminal does not take now is kept, up to `BACKLOG_BYTES`. Beyond that pictures are thrown
away, for they will be drawn anew; changes of modes are not.
"""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING

import trio

from fugue_actors.tui import restoring
from fugue_actors.tui.restoring import INTERRUPT

if TYPE_CHECKING:
    from collections.abc import Callable

BACKLOG_BYTES = 4 * 1024 * 1024


class Output:
    """The way to one terminal.

    Args:
        terminal: A descriptor that does not block.
        on_dropped: Called when pictures were thrown away: nobody knows what it shows.
        on_lost: Called once, when the terminal is gone.

    Attributes:
        is_lost: Whether it is gone; what is written then goes nowhere.
    """

    def __init__(
        self,
        terminal: int,
        on_dropped: Callable[[], None],
        on_lost: Callable[[], None],
    ) -> None:
        self.terminal = terminal
        self.on_dropped = on_dropped
        self.on_lost = on_lost
        self.is_lost = False
        self.backlog: deque[tuple[bytes, bool]] = deque()
        self.backlog_bytes = 0
        self.has_backlog = trio.Event()
        self.is_written = trio.Event()
        self.is_written.set()

    def write(self, data: bytes, *, may_drop: bool) -> None:
        """Write now what the terminal takes, and keep the rest."""
        if self.is_lost or not data:
            return
        if not self.backlog:
            data = data[self.write_some(data) :]
            if not data:
                return
            self.is_written = trio.Event()
            self.has_backlog.set()
        self.backlog.append((data, may_drop))
        self.backlog_bytes += len(data)
        if self.backlog_bytes > BACKLOG_BYTES:
            self.drop()

    def write_some(self, data: bytes) -> int:
        """Write what the terminal takes now; returns how much that is."""
        try:
            return os.write(self.terminal, data)
        except BlockingIOError:
            return 0
        except OSError:
            self.lose()
            return len(data)

    def drop(self) -> None:
        """Keep of what waits only the modes; what was begun of a picture is broken off."""
        kept = [item for item in self.backlog if not item[1]]
        is_picture_begun = self.backlog[0][1]
        self.forget()
        self.backlog += [(INTERRUPT, False), *kept] if is_picture_begun else kept
        self.backlog_bytes = sum(len(data) for data, _ in self.backlog)
        self.on_dropped()

    def break_off(self) -> None:
        """Throw everything away that waits, modes too, and end what was begun of it."""
        if self.backlog:
            restoring.write_within(self.terminal, INTERRUPT)
            self.forget()

    def forget(self) -> None:
        """Keep nothing of what waits."""
        self.backlog.clear()
        self.backlog_bytes = 0

    def lose(self) -> None:
        """The terminal is gone."""
        if not self.is_lost:
            self.is_lost = True
            self.forget()
            self.is_written.set()
            self.on_lost()

    async def run(self) -> None:
        """Write what waits whenever the terminal takes more, until cancelled."""
        while True:
            await self.has_backlog.wait()
            self.has_backlog = trio.Event()
            while self.backlog:
                await trio.lowlevel.wait_writable(self.terminal)
                if not self.backlog:
                    break  # broken off meanwhile
                data, may_drop = self.backlog.popleft()
                taken = self.write_some(data)
                self.backlog_bytes -= min(taken, self.backlog_bytes)
                if taken < len(data):
                    self.backlog.appendleft((data[taken:], may_drop))
            self.is_written.set()
