"""WebSocket as a wire: whole messages, close codes, and nobody who holds up others."""

from __future__ import annotations

import math
import struct
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import attrs
import pytest
import trio
from gatewaykit import Background, plug, stream_pair
from trio.testing import wait_all_tasks_blocked
from wskit import WebSocketClient, frame
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Ping
from wsproto.frame_protocol import Opcode

from fugue_actors.gateways.control import websocket
from fugue_actors.gateways.control.websocket import WebSocketStream
from fugue_actors.gateways.wire import WireClosed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock

LIMIT = 1000
HEAD = [
    (b"Host", b"localhost"),
    (b"Connection", b"Upgrade"),
    (b"Upgrade", b"websocket"),
    (b"Sec-WebSocket-Version", b"13"),
    (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
]


def upgraded() -> WSConnection:
    """A conversation just after the handshake."""
    protocol = WSConnection(ConnectionType.SERVER)
    protocol.initiate_upgrade_connection(HEAD, "/ws")
    protocol.send(AcceptConnection())
    return protocol


@attrs.define(eq=False)
class Talk:
    """A conversation, and what the daemon's side has heard of it."""

    wire: WebSocketStream
    client: WebSocketClient
    heard: list[bytes] = attrs.Factory(list)
    news: trio.Event = attrs.Factory(trio.Event)
    may_read: trio.Event = attrs.Factory(trio.Event)
    is_over: trio.Event = attrs.Factory(trio.Event)
    serving: trio.Nursery | None = None

    def cut(self) -> None:
        """End the daemon's side from outside, as when its actor stops."""
        assert self.serving is not None
        self.serving.cancel_scope.cancel("it is cut")

    async def read(self) -> None:
        async for line in self.wire.lines():
            self.heard.append(line)
            self.news.set()
            await self.may_read.wait()
        self.is_over.set()

    async def wait_heard(self, count: int) -> list[bytes]:
        while len(self.heard) < count:
            self.news = trio.Event()
            await self.news.wait()
        return self.heard


async def serve(
    talk: Talk, task_status: trio.TaskStatus[trio.Nursery] = trio.TASK_STATUS_IGNORED
) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.wire.write)
        nursery.start_soon(talk.read)
        task_status.started(nursery)


@asynccontextmanager
async def talking(received: bytes = b"") -> AsyncIterator[Talk]:
    ours, theirs = stream_pair()
    wire = WebSocketStream(theirs, upgraded(), limit_bytes=LIMIT, received=received)
    talk = Talk(wire, WebSocketClient(ours))
    talk.may_read.set()
    async with trio.open_nursery() as nursery:
        talk.serving = await nursery.start(serve, talk)
        yield talk
        nursery.cancel_scope.cancel("the test is over")
    await trio.aclose_forcefully(ours)
    await trio.aclose_forcefully(theirs)


@pytest.fixture
async def talk(patient_clock: MockClock) -> AsyncIterator[Talk]:
    """A conversation in a time that passes only when a test says so."""
    with trio.fail_after(10_000):
        async with talking() as talk:
            yield talk


# ---- messages


async def test_messages_arrive_whole_however_they_were_cut(talk: Talk) -> None:
    """In fragments, with a ping between them, a byte at a time, in the midst of a letter."""
    whole = frame("grün".encode())
    pieces = [
        frame(b"gr\xc3", is_last=False),
        frame(b"", Opcode.PING),
        frame(b"", Opcode.CONTINUATION, is_last=False),
        frame(b"\xbcn", Opcode.CONTINUATION),
    ]
    await talk.client.say(whole, *pieces)
    for byte in whole:
        await talk.client.say(bytes([byte]))
    assert await talk.wait_heard(3) == ["grün".encode()] * 3


async def test_what_came_with_the_request_to_upgrade_is_not_lost(
    patient_clock: MockClock,
) -> None:
    """A client need not wait for the answer to its handshake."""
    with trio.fail_after(10_000):
        async with talking(frame(b"at once")) as talk:
            assert await talk.wait_heard(1) == [b"at once"]


async def test_a_message_is_sent_whole_and_proves_nothing(talk: Talk) -> None:
    """No later frame of the client can show that it has read this one."""
    positions: list[float] = []
    text = "ü" * 100_000
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.wire.send, text.encode(), positions.append)
        assert await talk.client.text() == text
    assert positions == [math.inf]
    assert talk.wire.position == 0


# ---- what the peer must not do


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(b"x", Opcode.BINARY), 1003),
        (frame(b"\xff\xfe"), 1007),
        (frame(b"\xed\xa0\x80"), 1007),  # half of a surrogate pair
        (frame(b"\xc3"), 1007),  # ends within a letter
        (frame(b"x", is_masked=False), 1002),
        (frame(b"x", reserved=4), 1002),  # a compression that nobody has agreed to
        (frame(b"x", 3), 1002),
        (frame(b"x", 11), 1002),
        (frame(b"x", Opcode.CONTINUATION), 1002),
        (frame(b"x", is_last=False) + frame(b"y"), 1002),
        (frame(b"x", Opcode.PING, is_last=False), 1002),
        (frame(b"x" * 126, Opcode.PING), 1002),
        (frame(b"x", Opcode.CLOSE), 1002),
        (frame(struct.pack("!H", 999), Opcode.CLOSE), 1002),
        (frame(struct.pack("!H", 1005), Opcode.CLOSE), 1002),
        (frame(struct.pack("!H", 1000) + b"\xff", Opcode.CLOSE), 1007),
        (b"\x81\xfe\x00\x01" + b"\0" * 5, 1002),  # a length longer than it need be
        (b"\x81\xff\xff" + b"\xff" * 7 + b"\0" * 4, 1002),  # a negative length
        (frame(b"x" * (LIMIT + 1)), 1009),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 1002),
    ],
)
async def test_what_breaks_the_protocol_is_answered_with_its_code(
    talk: Talk, data: bytes, code: int
) -> None:
    """Not just hung up on; and nothing of it is taken for a message."""
    await talk.client.say(data)
    assert (await talk.client.closed())[0] == code
    await talk.is_over.wait()
    assert talk.heard == []


async def test_a_message_that_is_too_long_is_refused_before_it_is_there(
    talk: Talk,
) -> None:
    """In one frame of which only the head came, or in many, each of them short."""
    await talk.client.say(b"\x81\xff" + struct.pack("!Q", 1 << 40) + bytes(4))
    await talk.client.say(b"x" * (LIMIT + 1))
    assert await talk.client.closed() == (1009, "a message may have at most 1000 bytes")
    async with talking() as other:
        await other.client.say(frame(b"", is_last=False))
        piece = frame(b"x" * 100, Opcode.CONTINUATION, is_last=False)
        await other.client.say(piece * 11)
        assert (await other.client.closed())[0] == 1009


async def test_the_limit_is_in_bytes_and_may_be_raised(talk: Talk) -> None:
    """A stranger gets less than a client that said who it is."""
    await talk.client.say(frame("ü".encode() * (LIMIT // 2)))
    await talk.wait_heard(1)
    talk.wire.limit_bytes = 2 * LIMIT
    await talk.client.say(frame("ü".encode() * LIMIT))
    await talk.wait_heard(2)
    await talk.client.say(frame("ü".encode() * LIMIT + b"x"))
    assert (await talk.client.closed())[0] == 1009


async def test_a_flood_of_frames_ends_the_conversation(talk: Talk) -> None:
    """Each costs more than the bytes that it takes to send it."""
    await talk.client.say(frame(b"", is_last=False))
    empty = frame(b"", Opcode.CONTINUATION, is_last=False)
    await talk.client.say(empty * (2 * websocket.FRAMES.burst))
    code, why = await talk.client.closed()
    assert code == 1008
    assert "frames" in why


# ---- pings


async def test_a_ping_is_answered_with_what_it_carried(talk: Talk) -> None:
    """Also between messages; a flood of them needs one answer, the last."""
    await talk.client.say(frame(b"one", Opcode.PING))
    assert bytes((await talk.client.ponged()).payload) == b"one"


async def test_pings_to_a_peer_that_reads_no_answers_are_not_kept(talk: Talk) -> None:
    """Else whoever pings without reading could fill the daemon's memory."""
    stream = talk.wire.stream
    plug(stream)
    await talk.client.say(*(frame(b"%d" % n, Opcode.PING) for n in range(500)))
    await wait_all_tasks_blocked()
    assert len(talk.wire.outgoing) <= 1


async def test_who_answers_pings_stays(
    talk: Talk, patient_clock: MockClock, nursery: trio.Nursery
) -> None:
    """For as long as it likes, without ever saying anything."""
    for _ in range(5):
        pinged = Background(nursery, talk.client.pinged())
        await wait_all_tasks_blocked()
        patient_clock.jump(websocket.PING_SECONDS)
        await wait_all_tasks_blocked()
        assert pinged.is_over
        await talk.client.say(frame(b"", Opcode.PONG))
        await wait_all_tasks_blocked()
        patient_clock.jump(websocket.PING_SECONDS / 2)
    assert not talk.wire.has_ended()


async def test_who_leaves_a_ping_unanswered_is_cut_off(
    talk: Talk, patient_clock: MockClock, nursery: trio.Nursery
) -> None:
    """A laptop that sleeps says nothing, and holds a place among few."""
    closed = Background(nursery, talk.client.closed())
    await wait_all_tasks_blocked()
    patient_clock.jump(websocket.PING_SECONDS)
    await wait_all_tasks_blocked()
    assert not closed.is_over
    patient_clock.jump(websocket.PING_SECONDS)
    await wait_all_tasks_blocked()
    patient_clock.jump(websocket.CLOSE_SECONDS)
    await wait_all_tasks_blocked()
    assert closed.is_over
    assert talk.wire.is_over.is_set()


async def test_who_is_kept_waiting_is_not_blamed_for_an_answer_not_read_yet(
    talk: Talk, patient_clock: MockClock
) -> None:
    """The daemon reads no further while it has its hands full with this client."""
    talk.may_read = trio.Event()
    await talk.client.say(frame(b"a long wait"))
    await talk.wait_heard(1)
    for _ in range(4):
        await wait_all_tasks_blocked()
        patient_clock.jump(websocket.PING_SECONDS)
    await wait_all_tasks_blocked()
    assert not talk.wire.has_ended()


# ---- ends


async def test_a_client_that_closes_is_answered_and_the_conversation_over(
    talk: Talk,
) -> None:
    """With its own code, as the protocol wants it."""
    assert await talk.client.leave(4000) == (4000, "")
    await talk.is_over.wait()
    await talk.wire.is_over.wait()
    with pytest.raises(WireClosed):
        await talk.wire.send(b"too late")


async def test_a_client_that_closes_while_it_is_told_much_is_answered_too(
    nursery: trio.Nursery,
) -> None:
    """As a page that is left while screens move: it is no error in the daemon."""

    async def keep_telling(wire: WebSocketStream) -> None:
        with suppress(WireClosed):
            while True:
                await wire.send(b"news")

    with trio.fail_after(60):
        for _ in range(
            20
        ):  # the order in which reader and writer run is a matter of luck
            async with talking() as talk:
                telling = Background(nursery, keep_telling(talk.wire))
                assert await talk.client.text() == "news"
                assert await talk.client.leave(1001) == (1001, "")
                await talk.is_over.wait()
                await talk.wire.is_over.wait()
                await wait_all_tasks_blocked()
                assert telling.is_over


async def test_a_client_that_just_goes_ends_it_as_well(talk: Talk) -> None:
    """As when its process is killed."""
    await talk.client.stream.aclose()
    await talk.is_over.wait()


async def test_a_close_comes_before_what_waits_and_only_the_first_counts(
    talk: Talk, nursery: trio.Nursery
) -> None:
    """Whoever waits hears that its message was not sent; none is cut in two."""
    blanks = plug(talk.wire.stream)
    outcomes: list[str] = []

    async def send(word: bytes) -> None:
        try:
            await talk.wire.send(word)
            outcomes.append(f"{word.decode()} sent")
        except WireClosed:
            outcomes.append(f"{word.decode()} dropped")

    for word in (b"first", b"second"):
        nursery.start_soon(send, word)
        await wait_all_tasks_blocked()
    talk.wire.close(4401, "ü" * 200)
    talk.wire.close(1000, "too late")
    await wait_all_tasks_blocked()
    assert outcomes == ["second dropped"]
    while blanks:
        blanks -= len(await talk.client.stream.receive_some(blanks))
    assert await talk.client.text() == "first"
    assert await talk.client.closed() == (4401, "ü" * 60)
    assert sorted(outcomes) == ["first sent", "second dropped"]


async def test_a_peer_that_takes_no_frame_is_cut_off(
    talk: Talk, patient_clock: MockClock, nursery: trio.Nursery
) -> None:
    """Nobody else waits for it, and what it does not read is not kept for ever."""
    plug(talk.wire.stream)
    failed = Background(nursery, refused(talk.wire))
    await wait_all_tasks_blocked()
    patient_clock.jump(websocket.SEND_SECONDS - 1)
    await wait_all_tasks_blocked()
    assert not failed.is_over
    patient_clock.jump(1.5)
    await wait_all_tasks_blocked()
    assert failed.is_over
    await talk.is_over.wait()


async def refused(wire: WebSocketStream, frame: bytes = b"nobody reads this") -> None:
    with pytest.raises(WireClosed):
        await wire.send(frame)


async def test_a_peer_that_ignores_a_close_is_left(
    talk: Talk, patient_clock: MockClock
) -> None:
    """It had a moment to read why."""
    await wait_all_tasks_blocked()
    talk.wire.close(1008, "enough")
    await wait_all_tasks_blocked()
    await talk.client.say(frame(b"still here"))
    await wait_all_tasks_blocked()
    assert not talk.is_over.is_set()
    patient_clock.jump(websocket.CLOSE_SECONDS)
    await talk.is_over.wait()
    assert talk.heard == []


async def test_a_message_after_the_clients_own_close_is_not_heard(talk: Talk) -> None:
    """What ended has ended."""
    await talk.client.say(
        frame(struct.pack("!H", 1000), Opcode.CLOSE), frame(b"one more thing")
    )
    assert await talk.client.closed() == (1000, "")
    await talk.is_over.wait()
    assert talk.heard == []


async def test_pings_while_it_closes_are_no_trouble(talk: Talk) -> None:
    """A close can cross with anything."""
    talk.wire.close(1001, "bye")
    await talk.client.say(frame(b"", Opcode.PING) * 10)
    assert not isinstance(await talk.client.hear(), Ping)
    await talk.client.stream.aclose()
    await talk.is_over.wait()


async def test_a_peer_that_is_left_is_told_so(talk: Talk) -> None:
    """The daemon ends, and the page can say that it was not the network."""
    await wait_all_tasks_blocked()
    talk.cut()
    assert await talk.client.closed() == (1001, "until later")


async def test_a_peer_that_is_left_within_a_frame_gets_no_goodbye_in_it(
    talk: Talk, nursery: trio.Nursery
) -> None:
    """It would be taken for a part of that frame."""
    failed = Background(nursery, refused(talk.wire, b"x" * 10_000_000))
    await wait_all_tasks_blocked()
    talk.cut()
    data = b""
    while piece := await talk.client.stream.receive_some():
        data += bytes(piece)
    assert not data.rstrip(b"x")[10:]
    assert failed.is_over


async def test_a_peer_that_reads_nothing_delays_no_goodbye(
    talk: Talk, patient_clock: MockClock
) -> None:
    """A daemon that ends has no time for it."""
    plug(talk.wire.stream)
    await wait_all_tasks_blocked()
    talk.cut()
    await wait_all_tasks_blocked()
    assert not talk.wire.is_over.is_set()
    patient_clock.jump(websocket.GOODBYE_SECONDS + 0.1)
    await talk.wire.is_over.wait()
