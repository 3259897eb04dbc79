"""Newline frames on one side, the SDK's session messages on the other.

The SDK reads from `Incoming` and writes to `Outgoing`. Here anyio's exceptions are
raised, because the SDK knows no others. A line that is no message gets its JSON-RPC
error at once, and too many requests at once are refused, not queued.
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any, Protocol, Self

import anyio
import mcp_types as types
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from fugue_actors.gateways.connection import MOST_IN_FLIGHT
from fugue_actors.gateways.mcp.words import BUSY
from fugue_actors.gateways.wire import WireClosed
from fugue_actors.protocol.frames import Overlong

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from fugue_actors.gateways.wire import OnSent, Wire

NO_TEXT = re.compile("[\ud800-\udfff]")


class WhenCancelled(Protocol):
    """What is called when the client cancels a request."""

    def __call__(self, request: types.RequestId, /, *, is_under_way: bool) -> None: ...


class Incoming:
    """The SDK's read stream: what the client sends.

    Args:
        lines: The connection.
        source: Its lines.
        first: Lines that were read already.
        on_request: Called with each request's id before the SDK sees it.
        on_unanswered: Called with the id of a request that will get no answer.
        on_cancelled: Called with the id of a request that the client has cancelled, and
            whether its answer has not left yet.
    """

    def __init__(
        self,
        lines: Wire,
        source: AsyncIterator[bytes | Overlong],
        first: list[bytes | Overlong],
        *,
        on_request: Callable[[types.RequestId], None],
        on_unanswered: Callable[[types.RequestId], Awaitable[None]],
        on_cancelled: WhenCancelled,
    ) -> None:
        self.connection = lines
        self.source = source
        self.first = first
        self.on_request = on_request
        self.on_unanswered = on_unanswered
        self.on_cancelled = on_cancelled
        self.in_flight: set[types.RequestId] = set()

    async def receive(self) -> SessionMessage | Exception:
        """The client's next message.

        Raises:
            anyio.EndOfStream: The client is gone.
        """
        while True:
            line = await self.next_line()
            if isinstance(line, Overlong):
                await self.refuse(
                    None,
                    types.INVALID_REQUEST,
                    f"a message may have at most {line.limit_bytes} bytes",
                )
                continue
            message = await self.parsed(line)
            if message is None:
                continue
            if not isinstance(message, types.JSONRPCRequest):
                if isinstance(message, types.JSONRPCNotification):
                    self.notice_cancellation(message)
                return SessionMessage(message)
            if len(self.in_flight) >= MOST_IN_FLIGHT:
                await self.refuse(
                    message.id,
                    BUSY,
                    f"{MOST_IN_FLIGHT} requests of this connection are under way",
                    {"code": "Busy", "hint": "wait for some of them to be answered"},
                )
                continue
            self.in_flight.add(message.id)
            self.on_request(message.id)
            return SessionMessage(message, metadata=self.metadata(message.id))

    def notice_cancellation(self, message: types.JSONRPCNotification) -> None:
        request = (message.params or {}).get("requestId")
        if message.method == "notifications/cancelled" and isinstance(
            request, int | str
        ):
            self.on_cancelled(request, is_under_way=request in self.in_flight)

    async def next_line(self) -> bytes | Overlong:
        if self.first:
            return self.first.pop(0)
        try:
            return await anext(self.source)
        except StopAsyncIteration:
            raise anyio.EndOfStream from None

    def metadata(self, request: types.RequestId) -> ServerMessageMetadata:
        async def unanswered() -> None:
            self.in_flight.discard(request)
            await self.on_unanswered(request)

        return ServerMessageMetadata(on_request_unanswered=unanswered)

    async def parsed(self, line: bytes) -> types.JSONRPCMessage | None:
        """The message a line holds; if it holds none the client is told why."""
        if not line.strip():
            return None
        try:
            return types.jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValidationError:
            pass
        try:
            shape = json.loads(line)
        except (ValueError, RecursionError):
            await self.refuse(None, types.PARSE_ERROR, "this line is not JSON")
            return None
        request = shape.get("id") if isinstance(shape, dict) else None
        valid = isinstance(request, (str, int)) and not isinstance(request, bool)
        await self.refuse(
            request if valid else None,
            types.INVALID_REQUEST,
            "this is not a JSON-RPC 2.0 message",
        )
        return None

    async def refuse(
        self,
        request: types.RequestId | None,
        code: int,
        message: str,
        data: dict[str, Any] | None = None,
    ) -> None:
        error: dict[str, Any] = {"code": code, "message": message}
        if data is not None:
            error["data"] = data
        frame = {"jsonrpc": "2.0", "id": request, "error": error}
        try:
            await self.connection.send(json.dumps(frame).encode())
        except WireClosed:
            raise anyio.EndOfStream from None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """The connection's actor closes the stream itself."""
        await anyio.lowlevel.checkpoint()


def encoded(message: types.JSONRPCMessage) -> str:
    """A message as a line of JSON that every client can read.

    Names of files are bytes, and what is no text in them cannot be written in UTF-8.
    """
    try:
        return message.model_dump_json(by_alias=True, exclude_unset=True)
    except PydanticSerializationError:
        shape = message.model_dump(by_alias=True, exclude_unset=True)
        text = json.dumps(shape, ensure_ascii=False, separators=(",", ":"))
        return NO_TEXT.sub("\ufffd", text)


class Outgoing:
    """The SDK's write stream: what goes to the client.

    Args:
        lines: The connection.
        incoming: Told which requests are answered.
        on_answer: Called with the id of each answer when its writing begins.
        on_handed_over: Called with it when the kernel has all of it, and with what
            `Wire.send` tells.
    """

    def __init__(
        self,
        lines: Wire,
        incoming: Incoming,
        *,
        on_answer: Callable[[types.RequestId], None],
        on_handed_over: Callable[[types.RequestId, float], None],
    ) -> None:
        self.connection = lines
        self.incoming = incoming
        self.on_answer = on_answer
        self.on_handed_over = on_handed_over

    async def send(self, item: SessionMessage, /) -> None:
        """Write one message.

        Raises:
            anyio.ClosedResourceError: The client is gone.
        """
        message = item.message
        frame = encoded(message)
        answers = isinstance(message, types.JSONRPCResponse | types.JSONRPCError)
        answered = getattr(message, "id", None) if answers else None
        on_sent: OnSent | None = None
        if answered is not None:
            self.on_answer(answered)
            on_sent = functools.partial(self.answer_left, answered)
        try:
            await self.connection.send(frame.encode(), on_sent)
        except WireClosed:
            raise anyio.ClosedResourceError from None

    def answer_left(self, request: types.RequestId, position: float) -> None:
        self.incoming.in_flight.discard(request)
        self.on_handed_over(request, position)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """The connection's actor closes the stream itself."""
        await anyio.lowlevel.checkpoint()
