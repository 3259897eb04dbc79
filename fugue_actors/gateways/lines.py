"""Lines over a socket: one reader, one writer, and nobody's half-written line.

Whoever sends waits until the line is handed to the kernel, so a peer that stops reading
holds up those who answer it and nothing else. A sender that is cancelled while it waits
leaves its line whole: the writer task owns the socket's sending half.

What the peer says has positions, counted in bytes. They tell what it said before it could
know of an answer (see `claims`) from what it said afterwards.
"""

from __future__ import annotations

import fcntl
import os
import struct
import termios
from collections import deque
from typing import TYPE_CHECKING

import attrs
import trio

from fugue_actors.gateways.wire import OnSent, WireClosed
from fugue_actors.protocol.frames import LineFramer, Overlong

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

READ_BYTES = 65_536


@attrs.define(eq=False)
class Outgoing:
    """A line that waits to be sent."""

    line: bytes
    on_sent: OnSent | None
    is_over: trio.Event = attrs.Factory(trio.Event)
    is_sent: bool = False


class LineStream:
    """Lines in and out of one connection.

    Args:
        stream: The connection.
        limit_bytes: Longest line accepted from the peer.

    Attributes:
        position: No line that comes out of `lines` now began before this position.
    """

    def __init__(self, stream: trio.SocketStream, *, limit_bytes: int) -> None:
        self.stream = stream
        self.framer = LineFramer(limit_bytes=limit_bytes)
        self.outgoing: deque[Outgoing] = deque()
        self.received = 0
        self.position = 0
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
            self.position = self.received - self.framer.pending_bytes
            self.received += len(data)
            for line in self.framer.feed(bytes(data)):
                yield line

    async def send(self, frame: bytes, on_sent: OnSent | None = None) -> None:
        """Send one line, whole or not at all.

        Args:
            frame: What to send, without a newline.
            on_sent: Called when the kernel has all of it, even if the sender was
                cancelled meanwhile, with the position from which on the peer may know
                of it.

        Raises:
            WireClosed: The peer will not get it.
        """
        if self.is_closed:
            await trio.lowlevel.checkpoint()
            raise WireClosed
        outgoing = Outgoing(frame + b"\n", on_sent)
        self.outgoing.append(outgoing)
        self.wake.set()
        await outgoing.is_over.wait()
        if not outgoing.is_sent:
            raise WireClosed

    async def write(self) -> None:
        """The writer: runs in a task of its own until the peer is gone."""
        try:
            while True:
                while not self.outgoing:
                    self.wake = trio.Event()
                    await self.wake.wait()
                outgoing = self.outgoing[0]
                try:
                    position = await self.hand_over(outgoing.line)
                except (OSError, trio.ClosedResourceError):
                    return
                if outgoing.on_sent is not None:
                    outgoing.on_sent(position)
                self.outgoing.popleft()
                outgoing.is_sent = True
                outgoing.is_over.set()
                await trio.lowlevel.checkpoint()
        finally:
            self.is_closed = True
            while self.outgoing:
                self.outgoing.popleft().is_over.set()

    async def hand_over(self, line: bytes) -> int:
        """Give the kernel all of a line; returns what had arrived just before its end.

        Not trio's `send_all`: others run before that returns, and a quick peer's next
        request would seem to have come before the line it follows. Nor is it asked
        afterwards what has arrived, for whoever is woken by a line may run at once.
        """
        descriptor = self.stream.socket.fileno()
        if descriptor < 0:
            raise trio.ClosedResourceError
        rest = memoryview(line)
        while True:
            position = self.received + unread(descriptor)
            try:
                rest = rest[os.write(descriptor, rest) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(descriptor)
            if not rest:
                return position


def unread(descriptor: int) -> int:
    """How many bytes wait in the kernel to be received."""
    (count,) = struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)))
    return int(count)
