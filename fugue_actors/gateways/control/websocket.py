"""WebSocket as a wire: text messages in and out of one connection.

What the peer must not do ends the conversation with a close code that says so: 1002 for
frames that break the protocol, 1003 for what is not text, 1007 for text that is not
UTF-8, 1008 for too many frames, 1009 for a message that is too long. A peer that does not
take a frame in time, or leaves a ping unanswered, is cut off.

Under it is wsproto, which does no I/O: so a reader that owes a pong never waits for a
writer, and frames that break the protocol are answered and not just hung up on.
"""

from __future__ import annotations

import io
import math
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

import attrs
import trio
from wsproto.connection import ConnectionState
from wsproto.events import (
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    TextMessage,
)
from wsproto.frame_protocol import CloseReason

from fugue_actors.actors.ratelimit import Bucket, RateLimit
from fugue_actors.gateways.wire import OnSent, WireClosed
from fugue_actors.kernel import cleanup

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from wsproto import WSConnection

READ_BYTES: Final = 16_384
SEND_SECONDS: Final = 30.0
PING_SECONDS: Final = 20.0
CLOSE_SECONDS: Final = 2.0
GOODBYE_SECONDS: Final = 0.5
LONGEST_REASON: Final = 120  # bytes; a close frame holds little more
FRAMES: Final = RateLimit(per_minute=60 * 1000, burst=4000, what="frames")


@attrs.define(eq=False)
class Outgoing:
    """What waits to be sent."""

    event: Event
    on_sent: OnSent | None = None
    is_over: trio.Event = attrs.Factory(trio.Event)
    is_sent: bool = False


class WebSocketStream:
    """See the module's docstring.

    Args:
        stream: The connection, upgraded already.
        protocol: Where the conversation stands.
        limit_bytes: Longest message accepted from the peer, in bytes of UTF-8.
        received: What came after the request to upgrade.

    Attributes:
        limit_bytes: May be changed at any time.
        position: Always 0: what a peer says here proves nothing about what it has read.
        is_over: Set when nothing more will be sent.
    """

    def __init__(
        self,
        stream: trio.SocketStream,
        protocol: WSConnection,
        *,
        limit_bytes: int,
        received: bytes = b"",
    ) -> None:
        self.stream = stream
        self.protocol = protocol
        self.limit_bytes = limit_bytes
        protocol.receive_data(received)
        self.events: Iterator[Event] = protocol.events()
        self.position = 0
        self.text = io.StringIO()
        self.size = 0
        self.frames = Bucket(FRAMES)
        self.outgoing: deque[Outgoing] = deque()
        self.pong: Outgoing | None = None
        self.closing: Outgoing | None = None
        self.wake = trio.Event()
        self.heard_pong = trio.Event()
        self.heard_all = trio.Event()
        self.is_over = trio.Event()
        self.is_reading = False
        self.is_cut = False  # while a frame is on its way, and when none can follow it

    # ---- in

    def lines(self) -> AsyncIterator[bytes]:
        """The peer's messages, until either side has ended the conversation."""
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        is_there = True
        while is_there and not self.has_ended():
            for event in self.events:
                # At once: the writer must not go on as if a close frame had not come.
                message = self.take(event)
                await trio.lowlevel.checkpoint()
                if message is not None:
                    return message
                if self.has_ended():
                    break
            else:
                data = await self.read()
                is_there = data is not None
                if data is not None:
                    self.protocol.receive_data(data)
                    self.events = self.protocol.events()
        # What it says now is not heard any more; only that it knows.
        while await self.read() is not None:
            pass
        self.heard_all.set()
        raise StopAsyncIteration

    async def read(self) -> bytes | None:
        """What arrives next; None if nothing more will."""
        self.is_reading = True
        try:
            data = await self.stream.receive_some(READ_BYTES)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return None
        finally:
            self.is_reading = False
        return bytes(data) or None

    def take(self, event: Event) -> bytes | None:
        """Deal with what the peer did; returns a message once there is all of it."""
        is_piece = isinstance(event, TextMessage) and not event.frame_finished
        if not is_piece:  # as much of a frame as one read gave
            if self.frames.wait(trio.current_time()):
                self.close(CloseReason.POLICY_VIOLATION, str(FRAMES))
                return None
            self.frames.use(trio.current_time())
        match event:
            case TextMessage():
                return self.take_text(event)
            case BytesMessage():
                self.close(CloseReason.UNSUPPORTED_DATA, "only text is understood here")
            case Ping():
                self.owe(event.response())
            case Pong():
                self.heard_pong.set()
            case CloseConnection():
                if self.protocol.state is ConnectionState.REMOTE_CLOSING:
                    self.end_with(event.response())
                else:
                    self.close(event.code, event.reason or "the protocol is broken")
        return None

    def take_text(self, event: TextMessage) -> bytes | None:
        text = event.data
        self.size += len(text) if text.isascii() else len(text.encode())
        if self.size > self.limit_bytes:
            why = f"a message may have at most {self.limit_bytes} bytes"
            self.close(CloseReason.MESSAGE_TOO_BIG, why)
            return None
        self.text.write(text)
        if not event.message_finished:
            return None
        message = self.text.getvalue().encode()
        self.text, self.size = io.StringIO(), 0
        return message

    def owe(self, pong: Pong) -> None:
        """Answer a ping. Only the last one needs it, so a flood of them keeps nothing."""
        if self.pong is not None and self.pong in self.outgoing:
            self.pong.event = pong
        else:
            self.pong = Outgoing(pong)
            self.put(self.pong)

    # ---- out

    async def send(self, frame: bytes, on_sent: OnSent | None = None) -> None:
        """Send one text message, whole or not at all.

        Args:
            frame: What to send, in UTF-8.
            on_sent: Called when the kernel has all of it, with infinity: nothing that
                the peer says later shows that it had this message.

        Raises:
            WireClosed: The peer will not get it.
        """
        if self.has_ended():
            await trio.lowlevel.checkpoint()
            raise WireClosed
        outgoing = Outgoing(TextMessage(data=frame.decode()), on_sent)
        self.put(outgoing)
        await outgoing.is_over.wait()
        if not outgoing.is_sent:
            raise WireClosed

    def close(self, code: int, reason: str) -> None:
        """End the conversation. What waits to be sent is dropped; only the first counts.

        Args:
            code: The close code.
            reason: Why, for people; cut where a close frame ends.
        """
        cut = reason.encode()[:LONGEST_REASON].decode("utf-8", "ignore")
        self.end_with(CloseConnection(code=code, reason=cut))

    def end_with(self, event: CloseConnection) -> None:
        if self.has_ended():
            return
        self.drop()
        self.closing = Outgoing(event)
        self.put(self.closing)

    def has_ended(self) -> bool:
        """Whether nothing more is taken from the peer or for it."""
        return self.closing is not None or self.is_over.is_set()

    def put(self, outgoing: Outgoing) -> None:
        self.outgoing.append(outgoing)
        self.wake.set()

    def drop(self) -> None:
        """Tell those who wait that their messages will not be sent."""
        while self.outgoing:
            self.outgoing.popleft().is_over.set()

    async def write(self) -> None:
        """The writer: runs in a task of its own until the conversation is over."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.ping)
                is_closed_well = await self.write_all()
                nursery.cancel_scope.cancel("the conversation is over")
            if is_closed_well:
                await self.part()
        finally:
            if not self.has_ended() and not self.is_cut:
                await self.say_goodbye()
            self.is_over.set()
            self.drop()
            # Also wakes a reader that waits for a peer that is not there any more.
            await trio.aclose_forcefully(self.stream)

    async def say_goodbye(self) -> None:
        """Tell a peer that it is left, as when the daemon ends, if it takes that now."""
        goodbye = CloseConnection(code=CloseReason.GOING_AWAY, reason="until later")
        with cleanup(GOODBYE_SECONDS):
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await self.stream.send_all(self.protocol.send(goodbye))

    async def write_all(self) -> bool:
        """Send what there is, as it comes; returns whether it ended with a close frame."""
        while True:
            while not self.outgoing:
                self.wake = trio.Event()
                await self.wake.wait()
            outgoing = self.outgoing.popleft()
            try:
                # Made only now: what may be said depends on what the peer said last.
                is_sent = await self.hand_over(self.protocol.send(outgoing.event))
                outgoing.is_sent = is_sent
                if is_sent and outgoing.on_sent is not None:
                    outgoing.on_sent(math.inf)
            finally:
                outgoing.is_over.set()
            if not is_sent or outgoing is self.closing:
                return is_sent

    async def hand_over(self, data: bytes) -> bool:
        """Give the kernel all of a frame; returns whether it took it in time."""
        self.is_cut = True
        with trio.move_on_after(SEND_SECONDS):
            try:
                await self.stream.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return False
            self.is_cut = False
            return True
        return False

    async def part(self) -> None:
        """Give the peer a moment to read the last frame before the connection ends."""
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self.stream.send_eof()
        with trio.move_on_after(CLOSE_SECONDS):
            await self.heard_all.wait()

    async def ping(self) -> None:
        """Cut off a peer that does not answer."""
        while True:
            await trio.sleep(PING_SECONDS)
            self.heard_pong = trio.Event()
            self.put(Outgoing(Ping()))
            with trio.move_on_after(PING_SECONDS) as patience:
                await self.heard_pong.wait()
            # Who is busy with what came before the answer has not heard it yet.
            if patience.cancelled_caught and self.is_reading:
                self.close(CloseReason.POLICY_VIOLATION, "a ping was not answered")
