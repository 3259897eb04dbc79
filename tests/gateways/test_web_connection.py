"""The web's connections in memory: pages, the first frame, rates, and how they end."""

from __future__ import annotations

import datetime
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import h11
import pytest
import trio
from hostilities import HANDSHAKE, head_of
from jsonschema import Draft202012Validator
from trio.testing import wait_all_tasks_blocked
from wskit import Visitor, frame
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request

from fugue_actors.gateways import tokens
from fugue_actors.gateways.connection import MOST_IN_FLIGHT
from fugue_actors.gateways.control import web
from fugue_actors.gateways.control.http import Response
from fugue_actors.gateways.control.pages import Page
from fugue_actors.gateways.control.settings import MonitorSettings
from fugue_actors.gateways.control.websocket import CLOSE_SECONDS
from fugue_actors.gateways.metrics import Tally
from fugue_actors.gateways.tcp_peer import TcpPeer
from fugue_actors.protocol.events import TokenIssued, TokenRevoked
from fugue_actors.protocol.monitor import Welcome
from fugue_actors.protocol.schema import Schemas

if TYPE_CHECKING:
    from gatewaykit import Gate
    from trio.testing import MockClock

    from fugue_actors.kernel import Ref

PAGES = {"/": Page(Response(200, b"<p>", "text/html"), '"1"')}


class WebConnection(web.WebConnection):
    """One whose peer is this very process."""

    def __init__(self, stream: trio.SocketStream, peer: object, **more: Any) -> None:
        super().__init__(
            stream,
            TcpPeer(uid=os.getuid(), inode=os.fstat(stream.socket.fileno()).st_ino),
            settings=MonitorSettings(),
            pages=PAGES,
            tally=Tally(more["journal"]),
            **more,
        )


async def come(gate: Gate) -> tuple[trio.abc.Stream, Ref]:
    return await gate.connect(WebConnection)


async def visitor(gate: Gate) -> tuple[Visitor, Ref]:
    """One that has shaken hands and said nothing."""
    stream, actor = await come(gate)
    protocol = WSConnection(ConnectionType.CLIENT)
    await stream.send_all(protocol.send(Request(host="localhost", target="/ws")))
    events: list[Any] = []
    while not events:
        protocol.receive_data(bytes(await stream.receive_some()))
        events += protocol.events()
    assert isinstance(events.pop(), AcceptConnection)
    return Visitor(stream, protocol=protocol), actor


async def token_for(gate: Gate, **more: Any) -> tuple[str, str]:
    """A token's id, and its text."""
    options = {"role": "operator", "label": "laptop", "seconds": 3600.0, **more}
    now = datetime.datetime.now(datetime.UTC)
    token, text = tokens.issue(now=now, **options)
    await gate.world.journal.record(TokenIssued(token=token))
    return token.token_id, text


async def welcomed(gate: Gate, **more: Any) -> Visitor:
    """One that has said hello."""
    _, text = await token_for(gate, **more)
    one, _ = await visitor(gate)
    assert "result" in await one.ask("hello", token=text)
    return one


# ---- before the first frame


async def test_who_asks_for_pages_without_end_is_told_so_and_left(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Each answer costs the daemon something, also where no token is needed."""
    stream, _ = await come(gate)
    heard = bytearray()

    async def ask_on() -> None:
        request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with suppress(trio.BrokenResourceError):
            await stream.send_all(request * (web.REQUESTS.burst + 1))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask_on)
        while data := await stream.receive_some():
            heard += data
    assert heard.count(b"HTTP/1.1 200 ") == web.REQUESTS.burst
    assert heard.count(b"HTTP/1.1 429 ") == 1


async def test_pages_come_over_one_connection_until_it_is_idle(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Whoever asks no more makes room for others."""
    stream, actor = await come(gate)
    protocol = h11.Connection(h11.CLIENT)
    for path, status in (("/", 200), ("/none", 404), ("/healthz", 200)):
        head = h11.Request(method="GET", target=path, headers=[("Host", "localhost")])
        await stream.send_all(protocol.send(head) or b"")
        protocol.send(h11.EndOfMessage())
        statuses = []
        while not isinstance(event := protocol.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                statuses.append(event.status_code)
            if event is h11.NEED_DATA:
                protocol.receive_data(bytes(await stream.receive_some()))
        assert statuses == [status]
        protocol.start_next_cycle()
    await wait_all_tasks_blocked()
    patient_clock.jump(web.IDLE_SECONDS + 0.1)
    assert await stream.receive_some() == b""
    await stream.aclose()
    await gate.world.kernel.wait_gone(actor)


async def test_a_link_is_answered_with_the_token_that_takes_its_place(
    patient_clock: MockClock, gate: Gate
) -> None:
    """In the words of the protocol, and only to who came with the link."""
    token_id, text = await token_for(gate, once=True)
    schemas = Schemas(is_open=False)
    schema = {**schemas.of(Welcome), "$defs": schemas.defs}
    one, _ = await visitor(gate)
    welcome = (await one.ask("hello", token=text))["result"]
    Draft202012Validator(schema).validate(welcome)
    assert welcome["token"].startswith(f"fugue_{token_id}_")
    other, _ = await visitor(gate)
    assert "token" not in (await other.ask("hello", token=welcome["token"]))["result"]
    late, _ = await visitor(gate)
    assert (await late.ask("hello", token=text))["error"]["code"] == "NotAllowed"


async def test_a_frame_that_came_with_the_handshake_is_heard(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Nobody has to wait for the answer before saying hello."""
    _, text = await token_for(gate)
    stream, _ = await come(gate)
    said = {"id": 1, "request": "hello", "args": {"token": text}}
    headers = [("Host", "localhost"), *HANDSHAKE.items()]
    head = head_of("GET", "/ws", headers)
    await stream.send_all(head + frame(json.dumps(said).encode()))
    data = b""
    while not data.endswith(b"}"):
        data += bytes(await stream.receive_some())
    assert data.startswith(b"HTTP/1.1 101 ")
    assert b'"role": "operator"' in data


async def test_who_says_no_hello_in_time_is_cut_off(
    patient_clock: MockClock, gate: Gate
) -> None:
    """There is room for few, and whoever says nothing may be anybody."""
    one, actor = await visitor(gate)
    await wait_all_tasks_blocked()
    patient_clock.jump(web.HELLO_SECONDS - 0.1)
    await wait_all_tasks_blocked()
    assert not one.events
    patient_clock.jump(0.2)
    assert await one.closed() == (4408, "no hello came in time")
    await gate.world.kernel.wait_gone(actor)


async def test_a_first_frame_that_is_no_hello_ends_it_with_the_reason(
    patient_clock: MockClock, gate: Gate
) -> None:
    """As an answer to the request, and as a close code."""
    one, _ = await visitor(gate)
    refused = await one.ask("list_sessions")
    assert refused["error"]["code"] == "NotAllowed"
    assert "fugue monitor" in refused["error"]["hint"]
    assert (await one.closed())[0] == 4401


async def test_a_stranger_may_say_little(patient_clock: MockClock, gate: Gate) -> None:
    """Whoever has a token may say as much as on the control socket."""
    one, _ = await visitor(gate)
    await one.say(frame(b" " * (web.LONGEST_HELLO_BYTES + 1)))
    assert (await one.closed())[0] == 1009
    known = await welcomed(gate)
    answer = await known.ask("set_status", status="working", message="x" * 100_000)
    assert answer["error"]["code"] != "PayloadTooLarge"
    assert "result" in await known.ask("status")


# ---- with a token


async def test_what_is_asked_too_often_is_refused_and_the_rest_answered(
    patient_clock: MockClock, gate: Gate
) -> None:
    """It says when to try again."""
    one = await welcomed(gate)
    for _ in range(web.REQUESTS.burst - 1):
        assert "result" in await one.ask("acknowledge")
    refused = (await one.ask("acknowledge"))["error"]
    assert refused["code"] == "RateLimited"
    patient_clock.jump(refused["data"]["retry_after"])
    assert "result" in await one.ask("acknowledge")
    patient_clock.jump(60)
    for _ in range(web.REQUESTS.burst):
        assert "result" in await one.ask("acknowledge")


async def test_who_goes_on_all_the_same_is_cut_off(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Also with what is no request at all."""
    for said in (b'{"id": 1, "request": "acknowledge"}', b"[", b'{"id": []}'):
        one = await welcomed(gate)
        count = web.REQUESTS.burst + web.REFUSALS.burst + 1
        async with trio.open_nursery() as nursery:
            nursery.start_soon(one.say, *[frame(said)] * count)
            code, _ = await one.closed()
            nursery.cancel_scope.cancel("it is cut off")
        assert code == 1008


@pytest.mark.parametrize("count", [1, MOST_IN_FLIGHT + 1])
async def test_a_revoked_token_ends_also_what_is_under_way(
    patient_clock: MockClock, gate: Gate, count: int
) -> None:
    """A request that waits is a use of the token, too, and so is one not begun yet."""
    token_id, text = await token_for(gate)
    one, actor = await visitor(gate)
    await one.ask("hello", token=text)
    waiting = {"id": 9, "request": "poll_messages", "args": {"wait_seconds": 50}}
    await one.say(*[frame(json.dumps(waiting).encode())] * count)
    await wait_all_tasks_blocked()
    await gate.world.journal.record(TokenRevoked(token_id=token_id))
    code, why = await one.closed()
    assert (code, "revoked" in why) == (4401, True)
    await wait_all_tasks_blocked()
    patient_clock.jump(CLOSE_SECONDS)
    await wait_all_tasks_blocked()
    assert gate.world.kernel.registry.whereis(actor.path) is None


async def test_a_connection_that_the_daemon_ends_says_so(
    patient_clock: MockClock, gate: Gate
) -> None:
    """A page then knows that it is not the network."""
    _, text = await token_for(gate)
    one, actor = await visitor(gate)
    await one.ask("hello", token=text)
    gate.world.kernel.crash(actor, RuntimeError("as if"))
    assert (await one.closed())[0] == 1001


@pytest.mark.parametrize("label", ["ann", "laptop"])
async def test_an_operator_never_takes_the_name_of_a_session_with_programs(
    patient_clock: MockClock, gate: Gate, label: str
) -> None:
    """Whatever whoever made the token called it."""
    await gate.agent("ann")
    one = await welcomed(gate, label=label)
    answer = (await one.ask("hello"))["result"]
    free = {"ann": "ann-2", "laptop": "laptop"}[label]
    assert answer["name"] == free
    assert (answer.get("renamed") is not None) == (label == "ann")
    assert (await one.ask("whoami"))["result"]["session_name"] == free
