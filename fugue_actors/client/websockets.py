"""A WebSocket between a client and a daemon's monitor; only who needs it loads this."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import trio
import trio_websocket

from fugue_actors.client.wires import LONGEST_FRAME_BYTES, gone, lone
from fugue_actors.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

CONNECT_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 1.0


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
