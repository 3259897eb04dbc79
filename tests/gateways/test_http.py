"""Heads in, responses out: bounded in size and time, one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11
import pytest
import trio
from gatewaykit import Background, plug, stream_pair
from trio.testing import wait_all_tasks_blocked

from fugue_actors.gateways.control import http
from fugue_actors.gateways.control.http import (
    BadRequest,
    HttpStream,
    Response,
    hang_up,
    said,
    unasked,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock

Pair = tuple[HttpStream, trio.SocketStream]
GET = b"GET /some/path?query HTTP/1.1\r\nHost: localhost\r\nX-Odd: \xe9\r\n\r\n"


@pytest.fixture
async def pair(patient_clock: MockClock) -> AsyncIterator[Pair]:
    """The daemon's side of a connection, and the client's end."""
    client, theirs = stream_pair()
    with trio.fail_after(10_000):
        yield HttpStream(theirs), client
    await trio.aclose_forcefully(client)
    await trio.aclose_forcefully(theirs)


async def all_of(client: trio.SocketStream) -> tuple[int, dict[str, str], bytes]:
    """The response that a client gets until the daemon hangs up."""
    data = b""
    while piece := await client.receive_some():
        data += piece
    return taken_apart(data)


def taken_apart(data: bytes) -> tuple[int, dict[str, str], bytes]:
    protocol = h11.Connection(h11.CLIENT)
    protocol.send(h11.Request(method="GET", target="/", headers=[("host", "x")]))
    protocol.send(h11.EndOfMessage())
    protocol.receive_data(data)
    protocol.receive_data(b"")
    head = protocol.next_event()
    assert isinstance(head, h11.Response)
    body = b""
    while isinstance(event := protocol.next_event(), h11.Data):
        body += bytes(event.data)
    headers = {name.decode(): value.decode() for name, value in head.headers}
    return head.status_code, headers, body


async def refused(http_stream: HttpStream, within: float = 5) -> int:
    with pytest.raises(BadRequest) as caught:
        await http_stream.request(within)
    return caught.value.response.status


# ---- heads


async def test_a_head_is_read_whatever_pieces_it_comes_in(pair: Pair) -> None:
    """Its path without the query, its headers in lower case, as they are."""
    stream, client = pair
    async with trio.open_nursery() as nursery:

        async def drip() -> None:
            for byte in GET:
                await client.send_all(bytes([byte]))

        nursery.start_soon(drip)
        request = await stream.request()
    assert request is not None
    assert (request.method, request.path, request.has_body) == (
        "GET",
        "/some/path",
        False,
    )
    assert request.headers == (("host", "localhost"), ("x-odd", "é"))
    assert request.values("x-odd") == ["é"]
    assert request.values("X-Odd") == []


@pytest.mark.parametrize("ending", ["quiet", "left"])
async def test_a_client_that_asks_nothing_is_no_mistake(
    pair: Pair, patient_clock: MockClock, ending: str
) -> None:
    """Browsers open connections that they may need, and keep those they have used."""
    stream, client = pair
    if ending == "left":
        await client.aclose()
        assert await stream.request() is None
        return
    async with trio.open_nursery() as nursery:

        async def ask() -> None:
            assert await stream.request(5) is None

        nursery.start_soon(ask)
        await wait_all_tasks_blocked()
        patient_clock.jump(5.1)


async def test_a_head_that_takes_too_long_is_refused(
    pair: Pair, patient_clock: MockClock, nursery: trio.Nursery
) -> None:
    """However steadily it drips."""
    stream, client = pair
    status: list[int] = []

    async def ask() -> None:
        status.append(await refused(stream))

    nursery.start_soon(ask)
    for byte in b"GET /":
        await client.send_all(bytes([byte]))
        await wait_all_tasks_blocked()
        assert not status
        patient_clock.jump(1.01)
    await wait_all_tasks_blocked()
    assert status == [408]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * http.LONGEST_HEAD_BYTES, 431),
        (b"G" * (http.LONGEST_HEAD_BYTES + 1), 431),
        (GET.replace(b"\xe9", b"x" * http.LONGEST_HEAD_BYTES), 431),  # all there
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 4000, 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),  # TLS, to a port without it
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),  # no Host
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: odd\r\n\r\n", 501),
        (b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ],
)
async def test_what_is_no_head_is_refused(pair: Pair, head: bytes, status: int) -> None:
    """With the code that says why, and within what a head may take."""
    stream, client = pair
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.send_all, head)
        assert await refused(stream) == status
        nursery.cancel_scope.cancel("the rest is of no interest")


async def test_a_head_that_ends_in_the_middle_is_refused(pair: Pair) -> None:
    """Its client has gone, and may be told so."""
    stream, client = pair
    await client.send_all(GET[:20])
    await client.send_eof()
    assert await refused(stream) == 400


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ],
)
async def test_a_request_with_a_body_says_so_and_is_the_last(
    pair: Pair, body: bytes
) -> None:
    """The body is not read, so nothing behind it can be found."""
    stream, client = pair
    await client.send_all(b"GET / HTTP/1.1\r\nHost: a\r\n" + body + GET)
    request = await stream.request()
    assert request is not None
    assert request.has_body
    assert not await stream.respond(said(413, "no"))


# ---- responses


async def test_several_requests_are_answered_over_one_connection(pair: Pair) -> None:
    """A page has many parts; also if they are asked for before the first is there."""
    stream, client = pair
    await client.send_all(GET * 3)
    for number in range(3):
        assert await stream.request() is not None
        assert await stream.respond(Response(200, b"%d" % number))
    await client.send_eof()
    assert await stream.request() is None


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: a\r\n\r\n",
    ],
)
async def test_a_client_that_wants_one_answer_gets_one(pair: Pair, head: bytes) -> None:
    """And the daemon hangs up, as it was asked to."""
    stream, client = pair
    await client.send_all(head)
    await stream.request()
    assert not await stream.respond(Response(200, b"all"))
    await stream.stream.aclose()
    status, headers, body = await all_of(client)
    assert (status, headers["connection"], body) == (200, "close", b"all")


async def test_each_response_forbids_what_a_page_does_not_need(pair: Pair) -> None:
    """Errors too: a browser shows them under our name."""
    stream, client = pair
    await client.send_all(GET)
    await stream.request()
    await stream.respond(said(404, "nothing"))
    await stream.stream.aclose()
    _, headers, body = await all_of(client)
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers
    assert body == b"nothing\n"


async def test_a_head_alone_is_answered_with_the_length_of_the_rest(pair: Pair) -> None:
    """As `curl -I` wants it, and the connection stays in step."""
    stream, client = pair
    await client.send_all(GET.replace(b"GET", b"HEAD") + GET)
    await stream.request()
    assert await stream.respond(Response(200, b"12345"), with_body=False)
    await stream.request()
    assert await stream.respond(Response(304))
    data = bytes(await client.receive_some())
    first, _, second = data.partition(b"\r\n\r\n")
    assert b"Content-Length: 5" in first
    assert second.startswith(b"HTTP/1.1 304 ")
    assert b"Content-Length" not in second


async def test_what_follows_a_request_to_upgrade_is_kept(pair: Pair) -> None:
    """It is of the next protocol."""
    stream, client = pair
    head = (
        b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    )
    await client.send_all(head + b"\r\n\x81\x80frame")
    await stream.request()
    assert stream.rest() == b"\x81\x80frame"


async def test_a_client_that_takes_no_response_is_given_up(
    pair: Pair, patient_clock: MockClock, nursery: trio.Nursery
) -> None:
    """It may hold its connection no longer than half a minute."""
    stream, client = pair
    await client.send_all(GET)
    await stream.request()
    plug(stream.stream)  # type: ignore[arg-type]
    answered: list[bool] = []

    async def answer() -> None:
        answered.append(await stream.respond(Response(200, b"x")))

    nursery.start_soon(answer)
    await wait_all_tasks_blocked()
    patient_clock.jump(http.SEND_SECONDS + 0.1)
    await wait_all_tasks_blocked()
    assert answered == [False]


async def test_a_client_that_is_gone_gets_no_response(pair: Pair) -> None:
    """And nobody minds."""
    stream, client = pair
    await client.send_all(GET)
    await stream.request()
    await client.aclose()
    assert not await stream.respond(Response(200, b"x" * 10_000_000))


async def test_whoever_is_not_even_asked_gets_a_whole_response(pair: Pair) -> None:
    """At a door that is full nobody reads what was wanted."""
    stream, client = pair
    await stream.send(unasked(said(503, "full", ("Retry-After", "5"))))
    await stream.stream.aclose()
    status, headers, body = await all_of(client)
    assert (status, headers["retry-after"], body) == (503, "5", b"full\n")


async def test_hanging_up_leaves_time_to_read_but_not_without_end(
    pair: Pair, patient_clock: MockClock, nursery: trio.Nursery
) -> None:
    """What a client still says is thrown away; one that never stops is left."""
    stream, client = pair
    leaving = Background(nursery, hang_up(stream.stream))  # type: ignore[arg-type]
    await client.send_all(b"more")
    assert await client.receive_some() == b""
    await wait_all_tasks_blocked()
    assert not leaving.is_over
    patient_clock.jump(http.LINGER_SECONDS + 0.1)
    await wait_all_tasks_blocked()
    assert leaving.is_over
