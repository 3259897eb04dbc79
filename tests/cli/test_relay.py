"""The shim's rules where they depend on time and size: no process, no clock."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from shimkit import INITIALIZE, WELCOME, answer, call, refusal, request

from fugue_actors.cli.jsonrpc import Lines, Oversized, id_at_edge
from fugue_actors.cli.relay import HELD_LIMIT_BYTES, PATIENCE_SECONDS, Relay

HELLO = b"hello"


def said(message: Any) -> bytes:
    """A message as the relay takes it."""
    return json.dumps(message).encode()


def taken(buffer: bytearray) -> list[Any]:
    """The messages that were to be written, taken out."""
    lines = bytes(buffer).splitlines()
    buffer.clear()
    return [json.loads(line) for line in lines if line != HELLO]


def test_patience_ends_for_each_request_in_its_own_time() -> None:
    """Nobody waits longer than stated, and nobody shorter because of others."""
    relay = Relay(HELLO, now=100.0)
    relay.from_client(said(INITIALIZE), 100.0)
    relay.from_client(said(call(1)), 103.0)
    assert relay.next_deadline == 100.0 + PATIENCE_SECONDS
    relay.expire(100.0 + PATIENCE_SECONDS)
    assert [refused["id"] for refused in taken(relay.to_client)] == [0]
    assert relay.next_deadline == 103.0 + PATIENCE_SECONDS
    relay.expire(103.0 + PATIENCE_SECONDS)
    assert refusal(taken(relay.to_client)[0])["data"] == {"may_have_run": False}
    assert relay.next_deadline is None


def test_a_daemon_that_never_came_is_waited_for_once() -> None:
    """After the time for its start, it is away like any other."""
    relay = Relay(HELLO, now=0.0)
    relay.from_client(said(call(1)), PATIENCE_SECONDS)
    assert refusal(taken(relay.to_client)[0])["code"] == "Unavailable"


def test_connections_that_die_at_once_do_not_prolong_the_wait() -> None:
    """Something may accept and hang up for ever; the client still gets an answer."""
    relay = Relay(HELLO, now=0.0)
    relay.from_client(said(INITIALIZE), 0.0)
    for now in (1.0, 5.0, 9.0):
        relay.connected()
        assert taken(relay.to_daemon) == [INITIALIZE]
        relay.disconnected("it hung up", now)
    assert taken(relay.to_client) == []
    relay.expire(PATIENCE_SECONDS)
    assert "it hung up" in refusal(taken(relay.to_client)[0])["message"]


@pytest.mark.parametrize("data", [{"code": "Busy"}, {"code": "Other"}, None])
def test_a_daemon_that_turns_it_away_is_away_and_the_client_hears_why(
    data: dict[str, str] | None,
) -> None:
    """A client could do nothing with an error that answers no request of its own."""
    relay = Relay(HELLO, now=0.0)
    relay.connected()
    relay.from_client(said(call(1)), 0.0)
    error = {"code": -32000, "message": "it is full", "data": data}
    word = {"jsonrpc": "2.0", "id": None, "error": error}
    is_busy = data == {"code": "Busy"}
    assert relay.from_daemon(said(word)) is not is_busy
    if is_busy:
        relay.disconnected(relay.trouble, 0.0)
        (told,) = taken(relay.to_client)
        assert "it is full" in refusal(told)["message"]
    else:
        assert taken(relay.to_client) == [word]


def test_requests_that_wait_take_bounded_room() -> None:
    """A client that fills the time with large calls must not fill the memory."""
    relay = Relay(HELLO, now=0.0)
    large = "x" * (HELD_LIMIT_BYTES // 2)
    for number in (1, 2, 3):
        relay.from_client(said(request(number, "tools/call", text=large)), 0.0)
    assert [refused["id"] for refused in taken(relay.to_client)] == [2, 3]
    relay.connected()
    assert [sent["id"] for sent in taken(relay.to_daemon)] == [1]


def test_what_was_not_sent_when_the_connection_ended_is_never_sent() -> None:
    """It was answered `Unavailable`; the buffer must not outlive that answer."""
    relay = Relay(HELLO, now=0.0)
    relay.connected()
    relay.from_client(said(call(1)), 0.0)
    relay.disconnected("it hung up", 0.0)
    relay.connected()
    assert taken(relay.to_daemon) == []
    assert [refused["id"] for refused in taken(relay.to_client)] == [1]


def test_a_refused_handshake_is_not_replayed() -> None:
    """Only what was agreed on is."""
    relay = Relay(HELLO, now=0.0)
    relay.connected()
    relay.from_client(said(INITIALIZE), 0.0)
    failure = {"jsonrpc": "2.0", "id": 0, "error": {"code": -32603, "message": "no"}}
    assert relay.from_daemon(said(failure))
    relay.disconnected("it hung up", 0.0)
    relay.connected()
    assert taken(relay.to_daemon)[1:] == []


def test_a_second_handshake_replaces_the_first_with_its_subscriptions() -> None:
    """The client started over, and so does its record."""
    relay = Relay(HELLO, now=0.0)
    relay.connected()
    relay.from_client(said(INITIALIZE), 0.0)
    relay.from_daemon(said(answer(0, **WELCOME)))
    relay.from_client(said(request(1, "resources/subscribe", uri="fugue://x")), 0.0)
    relay.from_daemon(said(answer(1)))
    again = {**INITIALIZE, "id": 2}
    relay.from_client(said(again), 0.0)
    relay.from_daemon(said(answer(2, **WELCOME)))
    relay.disconnected("it hung up", 0.0)
    relay.connected()
    assert [sent["method"] for sent in taken(relay.to_daemon)] == ["initialize"]


@given(st.lists(st.binary(max_size=40)), st.lists(st.integers(0, 60)))
def test_any_split_of_bytes_gives_the_same_lines(
    lines: list[bytes], cuts: list[int]
) -> None:
    """A pipe cuts where it likes; too long a line is known by its two ends."""
    limit = 16
    lines = [line.replace(b"\n", b"") for line in lines]
    data = b"".join(line + b"\n" for line in lines) + b"rest"
    cutter = Lines(limit)
    found: list[bytes | Oversized] = []
    for size in [*cuts, len(data)]:
        cutter.feed(data[:size])
        data = data[size:]
        while (line := cutter.pop()) is not None:
            found.append(line)
    assert len(found) == len(lines)
    for line, whole in zip(found, lines, strict=True):
        if len(whole) <= limit:
            assert line == whole
        else:
            assert isinstance(line, Oversized)
            assert whole.startswith(line.head)
            assert whole.endswith(line.tail)


def test_a_line_without_an_end_takes_bounded_room() -> None:
    """Only its two ends are kept, however much comes."""
    cutter = Lines(10_000)
    for _ in range(100):
        cutter.feed(b"x" * 1_000)
        assert cutter.pop() is None
    assert cutter.is_overflowing
    assert len(cutter.buffer) <= 11_000
    cutter.feed(b"end\nnext\n")
    overlong = cutter.pop()
    assert isinstance(overlong, Oversized)
    assert overlong.tail.endswith(b"xend")
    assert not cutter.is_overflowing
    assert cutter.pop() == b"next"


@pytest.mark.parametrize(
    ("head", "tail", "found"),
    [
        (b'{"jsonrpc": "2.0", "id": 12, "method"', b"", 12),
        (b'{"method":"tools/call","id":"a-1","params":{', b"", "a-1"),
        (b'{"id":-3,', b"", -3),
        (b'{"method":"x","params":{"id":5,', b'"y"},"jsonrpc":"2.0","id":7}\r', 7),
        (b"{", b'"}, "id": "z" , "jsonrpc" : "2.0" }', "z"),
        (b'{"params":{"id":5', b'"id":6}}', None),
        (b'{"params":{"text":"', b'x,\\"id\\":6}"}}', None),
        (b'[{"id":1', b"", None),
        (b'{"id":1.5,', b"", None),
    ],
)
def test_the_id_of_a_message_is_found_at_either_end(
    head: bytes, tail: bytes, found: int | str | None
) -> None:
    """Python clients write it first and TypeScript clients last; a guess is worse."""
    assert id_at_edge(head, tail) == found
