"""The control protocol: what the command line's connections may say and what they hear."""

from __future__ import annotations

import getpass
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import trio
from gatewaykit import Background, ControlLine, Gate
from trio.testing import wait_all_tasks_blocked

from fugue_actors.gateways.caller import person
from fugue_actors.gateways.connection import LONGEST_LINE_BYTES
from fugue_actors.gateways.control import ControlConnection
from fugue_actors.gateways.operations import OPERATIONS

if TYPE_CHECKING:
    from trio.testing import MockClock


async def silent(gate: Gate) -> ControlLine:
    """A connection on which nothing has been said."""
    return ControlLine(*await gate.connect(ControlConnection))


# ---- who calls


async def test_hello_tells_version_and_process(
    patient_clock: MockClock, gate: Gate
) -> None:
    """A client can say whom it reached, and when the two are of different versions."""
    line = await silent(gate)
    assert await line.call("hello", client="test") == {
        "version": "0.test",
        "pid": os.getpid(),
        "protocol": 1,
        "generation": 1,
        "role": "operator",
        "operator_id": line.actor.id,
        "name": person(),
    }


async def test_looking_around_makes_nobody_a_session(
    patient_clock: MockClock, gate: Gate
) -> None:
    """`fugue ls` would list the person who typed it."""
    line = await gate.control(name="person")
    assert (await line.call("list_sessions"))["sessions"] == []
    assert gate.world.journal.state.sessions == {}


async def test_who_says_something_is_a_guest_of_the_name_asked_for(
    patient_clock: MockClock, gate: Gate
) -> None:
    """And another connection of that name is the same guest."""
    ann = await gate.agent("ann")
    for _ in range(2):
        line = await gate.control(name="person")
        sent = await line.call(
            "send_orchestration",
            target={"session": "ann"},
            msg_type="note",
            payload={"text": "hi"},
        )
        assert sent["delivered_count"] == 1
    guests = [
        s for s in gate.world.journal.state.sessions.values() if s.kind == "guest"
    ]
    assert [guest.session_name for guest in guests] == ["person"]
    assert gate.world.journal.state.ledger.unread(ann.session_id) == 2


async def test_without_a_name_a_person_is_called_by_the_login_name(
    patient_clock: MockClock, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or by the number of the user, where there is no name."""
    monkeypatch.setattr(getpass, "getuser", lambda: "grace")
    line = await silent(gate)
    who = await line.call("whoami")  # without a hello at all
    assert (who["session_name"], who["attested"]) == ("grace", "guest")

    def fail() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", fail)
    assert person() == f"user-{os.getuid()}"


async def test_nobody_can_be_a_guest_with_the_name_of_a_pane_s_session(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Else its answers would lie in the inbox of a guest of a similar name."""
    await gate.agent("ann")
    line = await silent(gate)
    refused = await line.call("hello", **{"as": "ann"})
    assert refused["code"] == "IdentityFixed"
    assert "'ann'" in refused["message"]


async def test_a_login_name_that_a_pane_s_session_has_is_numbered_and_told(
    patient_clock: MockClock, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one guest, however many commands are given: they must not pile up."""
    monkeypatch.setattr(getpass, "getuser", lambda: "ann")
    await gate.agent("ann")
    for _ in range(3):
        line = await silent(gate)
        assert (await line.call("hello"))["renamed"] == {"from": "ann", "to": "ann-2"}
        assert (await line.call("whoami"))["session_name"] == "ann-2"
    assert set(gate.world.journal.state.names) == {"ann", "ann-2"}


async def test_inside_a_pane_the_caller_is_its_session_and_nothing_else(
    patient_clock: MockClock, gate: Gate
) -> None:
    """The token is believed, a name beside it is refused, and the pane's own is fine."""
    ann = await gate.agent("ann")
    token = "token of p-ann"
    for name in (None, "ann"):
        line = await silent(gate)
        said = {"token": token} | ({"as": name} if name else {})
        answer = await line.call("hello", **said)
        assert answer["session"]["session_id"] == ann.session_id
        assert answer["session"]["attested"] == "token"
    line = await silent(gate)
    refused = await line.call("hello", token=token, **{"as": "boss"})
    assert refused["code"] == "IdentityFixed"
    assert "'ann'" in refused["message"]


async def test_only_the_first_hello_has_a_say(
    patient_clock: MockClock, gate: Gate
) -> None:
    """A connection is one session for life."""
    await gate.agent("ann")
    line = await gate.control(name="person")
    await line.call("hello", token="token of p-ann")
    assert (await line.call("whoami"))["session_name"] == "person"


@pytest.mark.parametrize("wrong", [7, None, ["x"], {"a": 1}])
async def test_a_token_or_name_that_is_no_text_is_none(
    patient_clock: MockClock, gate: Gate, wrong: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever JSON can hold."""
    monkeypatch.setattr(getpass, "getuser", lambda: "grace")
    line = await silent(gate)
    await line.call("hello", token=wrong, **{"as": wrong})
    assert (await line.call("whoami"))["session_name"] == "grace"


# ---- what is said


@pytest.mark.parametrize(
    "said",
    [
        b"not JSON",
        b"\xff\xfe",
        b"[" * 5000,
        b"null",
        b"[]",
        b"{}",
        b'{"id": 1}',
        b'{"request": "status"}',
        b'{"id": 1, "request": 7}',
        b'{"id": 1, "request": "status", "args": []}',
        b'{"id": 1, "request": "status", "args": null}',
    ],
)
async def test_what_is_no_request_is_refused_and_the_connection_goes_on(
    patient_clock: MockClock, gate: Gate, said: bytes
) -> None:
    """With an id of null, since none could be read."""
    line = await gate.control()
    await line.say(said)
    frame = await line.hear()
    assert frame["id"] is None
    assert frame["error"]["code"] == "InvalidArgument"
    assert (await line.call("list_sessions"))["sessions"] == []


async def test_a_line_that_is_too_long_is_refused_and_the_next_one_is_read(
    patient_clock: MockClock, gate: Gate
) -> None:
    """It is never held whole."""
    line = await gate.control()
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(line.say, b"x" * (LONGEST_LINE_BYTES + 1))
            frame = await line.hear()
    assert frame["error"]["code"] == "PayloadTooLarge"
    assert str(LONGEST_LINE_BYTES) in frame["error"]["message"]
    assert (await line.call("list_sessions"))["sessions"] == []


async def test_an_unknown_request_is_refused_with_those_that_there_are(
    patient_clock: MockClock, gate: Gate
) -> None:
    """A client of another version learns what it can do."""
    line = await gate.control()
    refused = await line.call("teleport")
    assert refused["code"] == "InvalidArgument"
    assert "'teleport'" in refused["message"]
    assert all(name in refused["hint"] for name in OPERATIONS)


async def test_wrong_arguments_name_the_place(
    patient_clock: MockClock, gate: Gate
) -> None:
    """The same words as an agent reads."""
    line = await gate.control()
    refused = await line.call("poll_messages", wait_seconds="long")
    assert refused["code"] == "InvalidArgument"
    assert "$.wait_seconds" in refused["message"]
    refused = await line.call("poll_messages", colour=1)
    assert "colour" in refused["message"]


@pytest.mark.parametrize("id", [1, "a", None, 1.5, [1], {"a": 1}, True])
async def test_the_id_comes_back_whatever_it_is(
    patient_clock: MockClock, gate: Gate, id: Any
) -> None:
    """It is the client's own business."""
    line = await gate.control()
    await line.say(json.dumps({"id": id, "request": "list_sessions"}).encode())
    assert (await line.hear())["id"] == id


# ---- at once


async def test_a_request_that_waits_holds_nobody_up(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Answers come as they are done, and carry the id of their question."""
    line = await gate.control(name="reader")
    waiting = await line.ask("poll_messages", wait_seconds=50)
    assert "sessions" in await line.call("list_sessions")
    await wait_all_tasks_blocked()
    writer = await gate.control(name="writer")
    await writer.call(
        "send_orchestration", target={"session": "reader"}, msg_type="note", payload={}
    )
    frame = await line.hear()
    assert frame["id"] == waiting
    assert [m["type"] for m in frame["result"]["messages"]] == ["note"]


async def test_messages_are_consumed_by_the_next_word_of_the_client(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Only that proves that the answer arrived; `acknowledge` is there for it."""
    reader = await gate.control(name="reader")
    me = await reader.call("whoami")
    world = gate.world
    session = world.journal.state.sessions[me["session_id"]]
    ann = await gate.agent("ann")
    await world.send(ann, session)
    assert len((await reader.call("poll_messages"))["messages"]) == 1
    await wait_all_tasks_blocked()
    assert [held for _, held, _ in world.inbox(session)] == [reader.actor.path]
    assert await reader.call("acknowledge") == {}
    assert world.inbox(session) == []


async def test_messages_of_a_client_that_hangs_up_instead_come_again(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Marked, since they may have been seen."""
    reader = await gate.control(name="reader")
    me = await reader.call("whoami")
    session = gate.world.journal.state.sessions[me["session_id"]]
    await gate.world.send(await gate.agent("ann"), session)
    await reader.call("poll_messages")
    await reader.hang_up()
    assert gate.world.inbox(session) == [("note", None, True)]
    again = await gate.control(name="reader")
    [message] = (await again.call("poll_messages"))["messages"]
    assert message["redelivered"] is True


async def test_a_client_that_hangs_up_in_a_wait_leaves_nothing(
    patient_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """Its actor ends, and the wait with it."""
    reader = await gate.control(name="reader")
    await reader.call("whoami")  # a thread looks at directories for a new guest
    await reader.ask("poll_messages", wait_seconds=50)
    await wait_all_tasks_blocked()
    gone = Background(nursery, gate.world.kernel.wait_gone(reader.actor))
    await reader.hang_up()
    await wait_all_tasks_blocked()
    assert gone.is_over
    session = gate.world.journal.state.session_named("reader")
    assert session is not None
    await gate.world.send(await gate.agent("ann"), session)
    assert [held for _, held, _ in gate.world.inbox(session)] == [None]


async def test_a_session_that_ends_leaves_its_connection_without_one(
    patient_clock: MockClock, gate: Gate
) -> None:
    """It does not become anybody else, and is told what to do."""
    line = await gate.control(name="reader")
    me = await line.call("whoami")
    other = await gate.control(name="other")
    await other.call("kill_session", session=me["session_id"])
    refused = await line.call("whoami")
    assert refused["code"] == "SessionNotFound"
    assert "connect again" in refused["hint"]
