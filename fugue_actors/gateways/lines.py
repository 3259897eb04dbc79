"""Lines over a byte stream: one reader, one writer, and nobody's half-written line.

Whoever sends waits until the line is handed to the kernel, so a peer that stops reading
holds up those who answer it and nothing else. A sender that is cancelled while it waits
leaves its line whole: the writer task owns the stream's sending half.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import trio

from fugue_actors.protocol.frames import LineFramer, Overlong

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

READ_BYTES = 65_536


class LineClosed(Exception):  # noqa: N818 - a condition of the stream, as in trio
    """The peer is gone, or the writer has ended."""


class LineStream:
    """Lines in and out of one connection.

    Args:
        stream: The connection.
        limit_bytes: Longest line accepted from the peer.
    """

    def __init__(self, stream: trio.abc.Stream, *, limit_bytes: int) -> None:
        self.stream = stream
        self.framer = LineFramer(limit_bytes=limit_bytes)
        self.outgoing: deque[tuple[bytes, trio.Event]] = deque()
        self.wake = trio.Event()
        self.is_closed = False

    async def lines(self) -> AsyncIterator[bytes | Overlong]:
        """The peer's lines until it hangs up; a last line without its end is dropped."""
        while True:
            try:
                data = await self.stream.receive_some(READ_BYTES)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return
            if not data:
                return
            for line in self.framer.feed(bytes(data)):
                yield line

    async def send(self, line: bytes) -> None:
        """Send one line, its newline included, whole or not at all.

        Raises:
            LineClosed: The peer will not get it.
        """
        if self.is_closed:
            await trio.lowlevel.checkpoint()
            raise LineClosed
        written = trio.Event()
        self.outgoing.append((line, written))
        self.wake.set()
        await written.wait()
        if self.is_closed:
            raise LineClosed

    async def write(self) -> None:
        """The writer: runs in a task of its own until the peer is gone."""
        try:
            while True:
                while not self.outgoing:
                    self.wake = trio.Event()
                    await self.wake.wait()
                line, written = self.outgoing.popleft()
                try:
                    await self.stream.send_all(line)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    self.is_closed = True
                    written.set()
                    return
                written.set()
        finally:
            self.is_closed = True
            while self.outgoing:
                self.outgoing.popleft()[1].set()
