"""The edge between lines and the SDK: whatever stands in a record reaches its reader."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fugue_actors.gateways.connection import MOST_IN_FLIGHT

if TYPE_CHECKING:
    from gatewaykit import Gate
    from trio.testing import MockClock


async def test_a_directory_whose_name_is_no_text_can_be_listed(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Names of files are bytes; one odd session must not hide all the others."""
    ann = await gate.agent("ann", cwd="/gr\udcffn")
    line = await gate.mcp(ann)
    [session] = (await line.call("list_sessions"))["sessions"]
    assert session["cwd"] == "/gr\ufffdn"
    assert (await line.call("whoami"))["cwd"] == "/gr\ufffdn"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"not JSON", -32700),
        (b"\xff\xfe", -32700),
        (b"[" * 5000, -32700),
        (b"null", -32600),
        (b"[]", -32600),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', -32600),
        (b'{"id": 1, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 7}', -32600),
    ],
)
async def test_what_is_no_message_is_refused_and_the_next_one_is_read(
    patient_clock: MockClock, gate: Gate, said: bytes, code: int
) -> None:
    """With its id where it has one, so that nobody waits for an answer."""
    line = await gate.mcp(await gate.agent("ann"))
    await line.say(said)
    frame = await line.hear()
    assert frame["error"]["code"] == code
    try:
        shape = json.loads(said)
    except (ValueError, RecursionError):
        shape = None
    has_id = (
        isinstance(shape, dict) and shape.get("id") == 1 and shape["id"] is not True
    )
    assert frame["id"] == (1 if has_id else None)
    assert (await line.call("whoami"))["session_name"] == "ann"


async def test_empty_lines_are_nothing(patient_clock: MockClock, gate: Gate) -> None:
    """Some clients end their messages with two line ends."""
    line = await gate.mcp(await gate.agent("ann"))
    for blank in (b"", b"   ", b"\r"):
        await line.say(blank)
    assert (await line.call("whoami"))["session_name"] == "ann"


async def test_too_many_requests_at_once_are_refused_with_what_to_do(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Nothing is queued without end; who waits holds up nobody else."""
    line = await gate.mcp(await gate.agent("ann"))
    waits = [
        await line.start_call("poll_messages", wait_seconds=50)
        for _ in range(MOST_IN_FLIGHT)
    ]
    refused = await line.answer_to(await line.start_call("whoami"))
    assert refused["error"]["data"]["code"] == "Busy"
    await line.tell("notifications/cancelled", requestId=waits[0])
    for _ in range(50):
        answer = await line.answer_to(await line.start_call("whoami"))
        if "result" in answer:
            break
    assert answer["result"]["structuredContent"]["session_name"] == "ann"
