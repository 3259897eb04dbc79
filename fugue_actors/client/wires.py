"""What carries frames between a client and a daemon; here the lines of a socket."""

from __future__ import annotations

import os
import socket
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol

import trio

from fugue_actors.errors import Refused, RemoteProtocolError, Unavailable
from fugue_actors.protocol.frames import LineFramer, Overlong

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

LONGEST_FRAME_BYTES: Final = 256 * 1024 * 1024
READ_BYTES: Final = 65_536


class ClientWire(Protocol):
    """One connection to a daemon: whole frames of JSON."""

    async def send(self, frame: bytes) -> None:
        """Send a frame.

        Raises:
            Unavailable: The daemon is gone.
        """

    def frames(self) -> AsyncGenerator[bytes, None]:
        """What the daemon says, until it hangs up."""


class LineWire:
    """Lines over a Unix socket."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self.sending = trio.Lock()

    async def send(self, frame: bytes) -> None:
        """Send a frame."""
        try:
            async with self.sending:
                await self.stream.send_all(frame + b"\n")
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise gone("it hung up") from error

    async def frames(self) -> AsyncGenerator[bytes, None]:
        """What the daemon says, until it hangs up."""
        framer = LineFramer(limit_bytes=LONGEST_FRAME_BYTES)
        while True:
            try:
                data = await self.stream.receive_some(READ_BYTES)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return
            if not data:
                return
            for line in framer.feed(bytes(data)):
                if isinstance(line, Overlong):
                    raise RemoteProtocolError("the daemon said more than can be read")
                yield line


@asynccontextmanager
async def open_lines(path: str) -> AsyncIterator[LineWire]:
    """A connection to a control socket, which must be our own user's.

    Raises:
        Unavailable: Nobody listens there.
        Refused: `NotAllowed`: somebody else does.
    """
    try:
        stream = await trio.open_unix_socket(path)
    except OSError as error:
        raise Unavailable(
            f"no daemon can be reached at {path}: {error.strerror}",
            hint="`fugue serve` starts one",
        ) from error
    async with stream:
        owner = await owner_of(stream, path)
        if owner != os.getuid():
            raise Refused("NotAllowed", f"{path} is served by user {owner}, not by you")
        yield LineWire(stream)


async def owner_of(stream: trio.SocketStream, path: str) -> int:
    """The user who serves a socket, from the kernel where it tells."""
    if not hasattr(socket, "SO_PEERCRED"):
        return (await trio.Path(path).stat()).st_uid
    shape = struct.Struct("3i")
    said = stream.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, shape.size)
    owner: int = shape.unpack(said)[1]
    return owner


def gone(why: str) -> Unavailable:
    return Unavailable(f"the daemon is gone: {why}", hint="connect again")


def lone(error: BaseException) -> BaseException:
    """The one error in nested groups: users need not know that tasks work for them."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
