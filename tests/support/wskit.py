"""The client's end of a WebSocket in memory, which can also say what no client would.

Frames are made by hand or by wsproto, and what comes back is parsed by wsproto, so that
one side of each test is not of this project's making.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import attrs
import trio
from wsproto import WSConnection
from wsproto.connection import Connection, ConnectionType
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Ping,
    Pong,
    Request,
    TextMessage,
)
from wsproto.frame_protocol import Opcode

MASK = b"\x11\x22\x33\x44"


def masked(payload: bytes) -> bytes:
    """A payload as a client has to send it."""
    return bytes(byte ^ MASK[place % 4] for place, byte in enumerate(payload))


def frame(
    payload: bytes,
    opcode: int = Opcode.TEXT,
    *,
    is_last: bool = True,
    is_masked: bool = True,
    reserved: int = 0,
) -> bytes:
    """One frame, right or wrong."""
    size = len(payload)
    mask_bit = 0x80 if is_masked else 0
    head = bytes([(0x80 if is_last else 0) | reserved << 4 | opcode])
    if size < 126:
        head += bytes([mask_bit | size])
    elif size < 65_536:
        head += bytes([mask_bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([mask_bit | 127]) + struct.pack("!Q", size)
    return head + (MASK + masked(payload) if is_masked else payload)


@attrs.define(eq=False)
class WebSocketClient:
    """The client's end, after the handshake."""

    stream: trio.abc.Stream
    protocol: Connection | WSConnection = attrs.Factory(
        lambda: Connection(ConnectionType.CLIENT)
    )
    events: list[Event] = attrs.Factory(list)
    is_at_end: bool = False

    async def say(self, *data: bytes) -> None:
        """Send these bytes."""
        await self.stream.send_all(b"".join(data))

    async def hear(self) -> Event | None:
        """What the daemon says next, a message as a whole; None at the end."""
        pieces = ""
        while True:
            while not self.events:
                if self.is_at_end:
                    return None
                await self.receive()
            event = self.events.pop(0)
            if not isinstance(event, TextMessage):
                return event
            pieces += event.data
            if event.message_finished:
                return TextMessage(data=pieces)

    async def receive(self) -> None:
        try:
            data = await self.stream.receive_some(65_536)
        except trio.BrokenResourceError:
            data = b""
        self.is_at_end = not data
        if data:
            self.protocol.receive_data(bytes(data))
            self.events += self.protocol.events()

    async def text(self) -> str:
        """The next message, which has to be one."""
        event = await self.hear()
        assert isinstance(event, TextMessage), event
        return str(event.data)

    async def closed(self) -> tuple[int, str]:
        """Code and reason of the close frame; then the connection ends, on both sides."""
        while (event := await self.hear()) is not None:
            if isinstance(event, CloseConnection):
                assert await self.hear() is None
                await self.stream.aclose()
                return int(event.code), event.reason or ""
        raise EOFError("the connection ended without a close frame")

    async def pinged(self) -> Ping:
        """The next ping."""
        while True:
            event = await self.hear()
            if isinstance(event, Ping):
                return event
            assert event is not None

    async def ponged(self) -> Pong:
        """The next pong."""
        while True:
            event = await self.hear()
            if isinstance(event, Pong):
                return event
            assert event is not None

    async def leave(self, code: int = 1000) -> Any:
        """Close as a client should."""
        await self.say(frame(struct.pack("!H", code), Opcode.CLOSE))
        return await self.closed()


@attrs.define(eq=False)
class Visitor(WebSocketClient):
    """The client's end of a WebSocket to a real daemon, with requests and answers."""

    number: int = 0

    async def hear(self) -> Event | None:
        """What the daemon says next, but for pings, which are answered."""
        while isinstance(event := await super().hear(), Ping):
            await self.say(frame(bytes(event.payload), Opcode.PONG))
        return event

    async def ask(self, name: str, /, **args: Any) -> dict[str, Any]:
        """Ask; the answer to it, whatever else comes before."""
        self.number += 1
        shape = {"id": self.number, "request": name, "args": args}
        await self.say(frame(json.dumps(shape).encode()))
        while True:
            answer: dict[str, Any] = json.loads(await self.text())
            if answer.get("id") == self.number:
                return answer


async def visit(port: int, path: str = "/ws", **headers: str) -> Visitor:
    """Connect to a port of the loopback and shake hands."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    protocol = WSConnection(ConnectionType.CLIENT)
    extra = [(name.encode(), value.encode()) for name, value in headers.items()]
    request = Request(host=f"localhost:{port}", target=path, extra_headers=extra)
    await stream.send_all(protocol.send(request))
    events: list[Event] = []
    while not events:
        protocol.receive_data(bytes(await stream.receive_some()))
        events += protocol.events()
    assert isinstance(events.pop(0), AcceptConnection)
    return Visitor(stream, protocol=protocol, events=events)
