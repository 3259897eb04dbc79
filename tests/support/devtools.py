"""The wire of Chromium's DevTools protocol: commands, their answers, and events.

One `DevTools` is one connection to a browser. It serves any number of attached targets
(`session`), and knows nothing of pages; those are in `browserpage`.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio
from trio_websocket import ConnectionClosed, connect_websocket_url

from fugue_actors.kernel import cleanup

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from trio_websocket import WebSocketConnection

    Listener = Callable[[str, dict[str, Any]], None]

MAX_FRAME_BYTES: Final = 128 << 20
"""A picture of a large page travels as one frame."""

ANSWER_WITHIN: Final = 60.0
"""Seconds. A browser that says nothing for so long hangs."""


class ProtocolError(Exception):
    """The browser refused a command, or it is gone."""


@attrs.define(eq=False)
class Pending:
    """A command that was sent.

    Attributes:
        arrived: Set with the answer.
        answer: The whole frame, or None if the connection ended first.
    """

    arrived: trio.Event = attrs.field(factory=trio.Event)
    answer: dict[str, Any] | None = None


class DevTools:
    """One connection; `connected` makes it."""

    def __init__(self, socket: WebSocketConnection) -> None:
        self.socket = socket
        self.pending: dict[int, Pending] = {}
        self.listeners: dict[str, Listener] = {}
        self.number = 0

    async def call(
        self, method: str, /, session: str | None = None, **params: Any
    ) -> dict[str, Any]:
        """Give a command and wait for its result.

        Args:
            method: Domain and command, as in `Page.navigate`.
            session: The attached target it is for; the browser itself by default.
            params: As the protocol names them.

        Raises:
            ProtocolError: It was refused, or the browser is gone.
        """
        self.number += 1
        number = self.number
        frame: dict[str, Any] = {"id": number, "method": method, "params": params}
        if session is not None:
            frame["sessionId"] = session
        pending = self.pending[number] = Pending()
        try:
            with trio.fail_after(ANSWER_WITHIN):
                await self.socket.send_message(json.dumps(frame))
                await pending.arrived.wait()
        except ConnectionClosed as gone:
            raise ProtocolError(f"{method}: the browser is gone") from gone
        finally:
            del self.pending[number]
        answer = pending.answer
        if answer is None:
            raise ProtocolError(f"{method}: the browser is gone")
        if "error" in answer:
            raise ProtocolError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def listen(self, session: str, listener: Listener) -> None:
        """Have a target's events told to `listener(method, params)`, in order."""
        self.listeners[session] = listener

    async def read(self) -> None:
        """Take what the browser says until it hangs up."""
        try:
            while True:
                self.take(json.loads(await self.socket.get_message()))
        except ConnectionClosed:
            for pending in self.pending.values():
                pending.arrived.set()

    def take(self, frame: dict[str, Any]) -> None:
        """One frame: an answer to somebody who waits, or an event."""
        if "id" in frame:
            pending = self.pending.get(frame["id"])
            if pending is not None:
                pending.answer = frame
                pending.arrived.set()
            return
        listener = self.listeners.get(frame.get("sessionId", ""))
        if listener is not None:
            listener(frame["method"], frame["params"])


@asynccontextmanager
async def connected(nursery: trio.Nursery, url: str) -> AsyncIterator[DevTools]:
    """A connection to the browser at this address, closed at the end.

    Args:
        nursery: For the tasks that read. It is the caller's, so that an error of the
            block is not wrapped into a group.
        url: Where the browser listens.
    """
    socket = await connect_websocket_url(nursery, url, max_message_size=MAX_FRAME_BYTES)
    devtools = DevTools(socket)
    nursery.start_soon(devtools.read)
    try:
        yield devtools
    finally:
        with cleanup(2):
            await socket.aclose()
