"""Lines over a stream: whole ones or none, whoever is cancelled and whoever stops reading."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest
import trio
from gatewaykit import plug, stream_pair
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.gateways.lines import LineStream
from fugue_actors.gateways.wire import WireClosed
from fugue_actors.protocol.frames import Overlong

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LIMIT = 64


class Wire:
    """A line stream, and the peer's end of it."""

    def __init__(self) -> None:
        self.peer, self.ours = stream_pair()
        self.lines = LineStream(self.ours, limit_bytes=LIMIT)

    async def read(self) -> list[bytes | Overlong]:
        """All lines until the peer hangs up."""
        return [line async for line in self.lines.lines()]

    async def received(self) -> bytes:
        """All the peer got, once nothing more comes."""
        data = b""
        with trio.move_on_after(1):
            while chunk := await self.peer.receive_some():
                data += chunk
        return data.lstrip(b" ")


@pytest.fixture
async def wire(autojump_clock: MockClock) -> AsyncIterator[Wire]:
    """A wire with room."""
    with trio.fail_after(100):
        wire = Wire()
        yield wire
        await trio.aclose_forcefully(wire.peer)
        await trio.aclose_forcefully(wire.ours)


@pytest.fixture
async def tight(wire: Wire) -> Wire:
    """A wire without room: a send ends when the peer has read."""
    plug(wire.ours)
    return wire


# ---- reading


async def test_lines_come_whole_however_the_bytes_are_split(
    autojump_clock: MockClock, wire: Wire, nursery: trio.Nursery
) -> None:
    """Streams have no messages; lines do."""

    async def talk() -> None:
        for part in (b"on", b"e\ntwo\n\nfo", b"", b"ur\nlast"):
            if part:
                await wire.peer.send_all(part)
            await wait_all_tasks_blocked()
        await wire.peer.send_all(b"\n")
        await wire.peer.send_eof()

    nursery.start_soon(talk)
    assert await wire.read() == [b"one", b"two", b"", b"four", b"last"]


async def test_half_a_line_and_then_nothing_is_no_line(
    autojump_clock: MockClock, wire: Wire
) -> None:
    """A client that dies in mid-word has not said it."""
    await wire.peer.send_all(b"whole\nhal")
    await wire.peer.aclose()
    assert await wire.read() == [b"whole"]


async def test_a_line_that_is_too_long_is_told_in_its_place(
    autojump_clock: MockClock, wire: Wire
) -> None:
    """And the lines around it are fine."""
    await wire.peer.send_all(b"a\n" + b"x" * (LIMIT + 1) + b"\n" + b"y" * LIMIT + b"\n")
    await wire.peer.send_eof()
    assert await wire.read() == [b"a", Overlong(limit_bytes=LIMIT), b"y" * LIMIT]


async def test_a_peer_that_vanishes_ends_the_lines_quietly(
    autojump_clock: MockClock, wire: Wire
) -> None:
    """A reset connection is the end of the conversation, not an error of ours."""
    await wire.ours.send_all(b"never read, so that the kernel resets the connection")
    await wire.peer.send_all(b"a\nb")
    await wire.peer.aclose()
    assert await wire.read() in ([], [b"a"])


async def test_a_line_is_placed_no_later_than_where_it_began(
    autojump_clock: MockClock, wire: Wire, nursery: trio.Nursery
) -> None:
    """Half of it may have been said long before the rest."""
    places: list[tuple[bytes | Overlong, int]] = []

    async def read() -> None:
        places.extend(
            [(line, wire.lines.position) async for line in wire.lines.lines()]
        )

    nursery.start_soon(read)
    for part in (b"one\ntw", b"o", b"\nthree\n", b"four\n"):
        await wire.peer.send_all(part)
        await wait_all_tasks_blocked()
    await wire.peer.send_eof()
    await wait_all_tasks_blocked()
    assert places == [(b"one", 0), (b"two", 4), (b"three", 4), (b"four", 14)]


async def test_what_had_arrived_when_a_line_left_counts_even_if_nobody_read_it(
    autojump_clock: MockClock, wire: Wire, nursery: trio.Nursery
) -> None:
    """The peer said it without knowing of the line."""
    left_at: list[float] = []
    nursery.start_soon(wire.lines.write)
    await wire.peer.send_all(b"unread\n")
    await wire.lines.send(b"answer", left_at.append)
    assert left_at == [7]
    async with aclosing(wire.lines.lines()) as lines:
        assert (await anext(lines), wire.lines.position) == (b"unread", 0)
    await wire.lines.send(b"answer", left_at.append)
    assert left_at == [7, 7]


# ---- writing


async def test_lines_are_written_in_the_order_they_were_sent(
    autojump_clock: MockClock, tight: Wire, nursery: trio.Nursery
) -> None:
    """Never two at once: the writer is one task."""
    nursery.start_soon(tight.lines.write)
    for number in range(5):
        nursery.start_soon(tight.lines.send, b"line %d" % number)
        await trio.lowlevel.checkpoint()
        await wait_all_tasks_blocked()
    assert await tight.received() == b"".join(b"line %d\n" % n for n in range(5))


async def test_a_send_ends_when_the_line_is_handed_over_and_not_before(
    autojump_clock: MockClock, tight: Wire, nursery: trio.Nursery
) -> None:
    """A peer that stops reading holds up those who answer it."""
    sent: list[int] = []

    async def send(number: int) -> None:
        await tight.lines.send(b"%d" % number)
        sent.append(number)

    nursery.start_soon(tight.lines.write)
    for number in range(2):
        nursery.start_soon(send, number)
        await wait_all_tasks_blocked()
    assert sent == []
    assert await tight.received() == b"0\n1\n"
    assert sent == [0, 1]


async def test_a_cancelled_send_leaves_its_line_whole(
    autojump_clock: MockClock, tight: Wire, nursery: trio.Nursery
) -> None:
    """Half a line would garble the next one; so what was asked for is finished."""
    nursery.start_soon(tight.lines.write)
    async with trio.open_nursery() as doomed:
        doomed.start_soon(tight.lines.send, b"0123456789")
        await wait_all_tasks_blocked()
        doomed.cancel_scope.cancel()
    nursery.start_soon(tight.lines.send, b"next")
    assert await tight.received() == b"0123456789\nnext\n"


async def test_a_line_that_does_not_fit_at_once_arrives_whole(
    autojump_clock: MockClock, wire: Wire, nursery: trio.Nursery
) -> None:
    """The kernel takes a part, the rest when the peer has read; the next line waits."""
    lines = [bytes([48 + number]) * 3_000_000 for number in range(2)]
    nursery.start_soon(wire.lines.write)
    for line in lines:
        nursery.start_soon(wire.lines.send, line)
        await wait_all_tasks_blocked()
    assert await wire.received() == b"".join(line + b"\n" for line in lines)


async def test_who_waits_to_send_is_told_when_the_peer_is_gone(
    autojump_clock: MockClock, tight: Wire, nursery: trio.Nursery
) -> None:
    """Those in the queue too, and everybody who comes later."""
    errors: list[str] = []

    async def send() -> None:
        try:
            await tight.lines.send(b"x")
        except WireClosed:
            errors.append("closed")

    nursery.start_soon(tight.lines.write)
    for _ in range(3):
        nursery.start_soon(send)
    await wait_all_tasks_blocked()
    await tight.peer.aclose()
    await wait_all_tasks_blocked()
    assert errors == ["closed"] * 3
    with pytest.raises(WireClosed):
        await tight.lines.send(b"late")


async def test_who_waits_to_send_is_told_when_the_writer_ends(
    autojump_clock: MockClock, tight: Wire, nursery: trio.Nursery
) -> None:
    """The one whose line was being written, too: it may not have arrived."""
    errors: list[str] = []

    async def send() -> None:
        try:
            await tight.lines.send(b"x")
        except WireClosed:
            errors.append("closed")

    async with trio.open_nursery() as writer:
        writer.start_soon(tight.lines.write)
        for _ in range(3):
            nursery.start_soon(send)
        await wait_all_tasks_blocked()
        writer.cancel_scope.cancel()
    await wait_all_tasks_blocked()
    assert errors == ["closed"] * 3


async def test_sending_on_a_closed_stream_still_is_a_checkpoint(
    autojump_clock: MockClock, wire: Wire, nursery: trio.Nursery
) -> None:
    """Async means always a checkpoint, so that a loop of sends cannot starve others."""
    async with trio.open_nursery() as writer:
        writer.start_soon(wire.lines.write)
        await wait_all_tasks_blocked()
        writer.cancel_scope.cancel()
    turns: list[str] = []

    async def other() -> None:
        turns.append("other")

    nursery.start_soon(other)
    with trio.testing.assert_checkpoints(), pytest.raises(WireClosed):
        await wire.lines.send(b"x")
    await wait_all_tasks_blocked()
    assert turns == ["other"]
