"""What carries frames between a client and a daemon: a socket's lines, or a WebSocket."""

from __future__ import annotations

import os
import socket
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

import trio
import trio_websocket

from fugue_actors.errors import Refused, RemoteProtocolError, Unavailable
from fugue_actors.protocol.frames import LineFramer, Overlong

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

LONGEST_FRAME_BYTES: Final = 256 * 1024 * 1024
READ_BYTES: Final = 65_536
CONNECT_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 1.0


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


class WebSocketWire:
    """Text messages over a WebSocket."""

    def __init__(self, connection: trio_websocket.WebSocketConnection) -> None:
        self.connection = connection

    async def send(self, frame: bytes) -> None:
        """Send a frame."""
        try:
            await self.connection.send_message(frame.decode())
        except trio_websocket.ConnectionClosed as closed:
            raise gone(reason(closed)) from closed

    async def frames(self) -> AsyncGenerator[bytes, None]:
        """What the daemon says, until it hangs up."""
        while True:
            try:
                message = await self.connection.get_message()
            except trio_websocket.ConnectionClosed:
                return
            yield message.encode() if isinstance(message, str) else message


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


@asynccontextmanager
async def open_websocket(url: str) -> AsyncIterator[WebSocketWire]:
    """A connection to a daemon's monitor.

    Args:
        url: Of its page, as `fugue status` tells it.

    Raises:
        Unavailable: Nobody answers there as a monitor does.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    is_secure = parts.scheme in ("https", "wss")
    try:
        with trio.fail_after(CONNECT_SECONDS):
            if is_secure:
                stream: Any = await trio.open_ssl_over_tcp_stream(host, port or 443)
            else:
                stream = await trio.open_tcp_stream(host, port or 80)
    except (OSError, trio.TooSlowError) as error:
        raise unanswered(url, error) from error
    try:
        async with stream, trio.open_nursery() as nursery:
            try:
                with trio.fail_after(CONNECT_SECONDS):
                    connection = await trio_websocket.wrap_client_stream(
                        nursery,
                        stream,
                        parts.netloc,
                        "/ws",
                        max_message_size=LONGEST_FRAME_BYTES,
                    )
            except (trio_websocket.HandshakeError, trio.TooSlowError) as error:
                raise unanswered(url, error) from error
            yield WebSocketWire(connection)
            with trio.move_on_after(CLOSE_SECONDS):
                await connection.aclose()
            nursery.cancel_scope.cancel("the client is done")
    except BaseExceptionGroup as group:
        raise lone(group) from None


def unanswered(url: str, error: Exception) -> Unavailable:
    return Unavailable(
        f"no monitor answers at {url}: {error!r}",
        hint="`fugue status` tells where the monitor is",
    )


def reason(closed: trio_websocket.ConnectionClosed) -> str:
    """Why a WebSocket was closed, as far as it was said."""
    why = closed.reason
    return "it hung up" if why is None else str(why.reason or why.name)


def gone(why: str) -> Unavailable:
    return Unavailable(f"the daemon is gone: {why}", hint="connect again")


def lone(error: BaseException) -> BaseException:
    """The one error in nested groups: users need not know that tasks work for them."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
