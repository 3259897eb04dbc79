"""One MCP connection: who it is, what runs side by side, and that no message is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
import trio.lowlevel
from actorkit import a_message
from gatewaykit import Background, Gate, McpLine, pane_id, plug, stream_pair
from mcp.shared.exceptions import MCPError
from mcpkit import ToolError
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.errors import ActorCrashed
from fugue_actors.gateways.connection import MOST_IN_FLIGHT
from fugue_actors.gateways.mcp import McpConnection, tools
from fugue_actors.kernel import Crashed, Normal
from fugue_actors.protocol.events import MessagesOffered, SessionOpened

if TYPE_CHECKING:
    from fugue_actors.protocol.values import Session

MODES = ["legacy", "auto"]


async def put(gate: Gate, session: Session, *names: str) -> None:
    await gate.world.journal.record(*(a_message(name, session) for name in names))


def received(answer: dict[str, Any]) -> list[tuple[str, bool]]:
    """Type and redelivered of each message in a poll's answer."""
    return [(m["type"], m.get("redelivered", False)) for m in answer["messages"]]


def crashes(gate: Gate) -> list[Any]:
    return [r for r in gate.world.reports if isinstance(r.exit, Crashed)]


# ---- identity


@pytest.mark.parametrize("mode", MODES)
async def test_an_agent_is_its_panes_session_in_both_eras(
    autojump_clock: MockClock, gate: Gate, mode: str
) -> None:
    """From the first call on, whatever protocol its client speaks."""
    ann = await gate.agent("ann", tags=("x",))
    async with gate.official(ann, mode=mode) as agent:
        me = await agent.call("whoami")
        assert (me["session_name"], me["attested"]) == ("ann", "token")
        assert me["pane_id"] == pane_id(ann)
        assert (await agent.call("get_tags"))["tags"] == ["x"]


async def test_a_client_that_introduces_nobody_is_a_guest_of_its_own_name(
    patient_clock: MockClock, gate: Gate
) -> None:
    """The session is opened with the first request, when the client has said its name."""
    line = await gate.mcp(greet=False)
    await wait_all_tasks_blocked()
    assert gate.world.recorded(SessionOpened) == []
    await line.greet()
    me = await line.call("whoami")
    assert (me["session_name"], me["attested"]) == ("tool-1", "guest")


async def test_a_named_guest_is_opened_before_its_first_request(
    patient_clock: MockClock, gate: Gate
) -> None:
    """So that others can write to it at once."""
    line = await gate.mcp(name="ann", greet=False)
    await wait_all_tasks_blocked()
    while "ann" not in gate.world.journal.state.names:
        await trio.lowlevel.checkpoint()
    await line.greet()
    assert (await line.call("whoami"))["session_name"] == "ann"


async def test_a_name_that_is_none_is_told_with_the_first_request(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Not by a hang-up, which would make the shim try again and again."""
    line = await gate.mcp(name="not fine", greet=False)
    answer = await line.greet()
    assert answer["error"]["data"]["code"] == "InvalidArgument"
    assert crashes(gate) == []


async def test_nothing_that_is_called_later_changes_who_one_is(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """A second hello is a notification like any other: nobody listens to it."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    line = await gate.mcp(ann)
    await line.tell("notifications/fugue/hello", token=f"token of {pane_id(bob)}")
    assert (await line.call("whoami"))["session_name"] == "ann"


async def test_whoever_outlives_its_session_is_told_so_and_stays_connected(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """One session for life: no other takes its place."""
    from fugue_actors.actors import fleet

    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    await line.call("whoami")
    await fleet.end(gate.world.fleet, ann.session_id)
    for tool in ("whoami", "poll_messages", "get_tags"):
        assert (await line.call(tool))["code"] == "SessionNotFound"
    assert crashes(gate) == []


# ---- receiving messages


async def test_a_message_is_consumed_by_the_request_after_its_answer(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Until then it is offered, and its sender can see the difference."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    await put(gate, ann, "a")
    assert received(await line.call("poll_messages")) == [("a", False)]
    await wait_all_tasks_blocked()
    assert gate.world.inbox(ann) == [("a", line.actor.path, False)]
    await line.call("whoami")
    await wait_all_tasks_blocked()
    assert gate.world.inbox(ann) == []


async def test_a_hang_up_after_the_answer_brings_the_message_again(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Nothing proved that the agent saw it, and nothing that it did not."""
    ann = await gate.agent("ann")
    first = await gate.mcp(ann)
    await put(gate, ann, "a", "b")
    await first.call("poll_messages", max=1)
    await first.hang_up()
    second = await gate.mcp(ann)
    answer = await second.call("poll_messages")
    assert received(answer) == [("a", True), ("b", False)]


async def test_requests_that_came_before_the_answer_prove_nothing(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """An agent's calls run side by side; the poll is only answered after the others."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    poll = await line.start_call("poll_messages", wait_seconds=60)
    await line.call("whoami")
    await put(gate, ann, "a")
    await line.answer_to(poll)
    await wait_all_tasks_blocked()
    assert gate.world.inbox(ann) == [("a", line.actor.path, False)]


async def test_requests_that_came_in_one_piece_prove_nothing_of_each_other(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Whoever sends two requests at once has not read the first one's answer."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    await put(gate, ann, "a")
    call = (
        '{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"fugue_%s"}}'
    )
    frames = [
        call % (91, "poll_messages"),
        *(call % (n, "whoami") for n in range(92, 99)),
    ]
    await line.say("\n".join(frames).encode())
    for number in range(91, 99):
        await line.answer_to(number)
    await wait_all_tasks_blocked()
    assert gate.world.inbox(ann) == [("a", line.actor.path, False)]


async def test_an_answer_that_the_client_has_not_taken_yet_is_not_proved(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """It may talk and not read: what lies in our hands has certainly not arrived."""
    ann = await gate.agent("ann")
    streams = stream_pair()
    line = await gate.mcp(ann, streams=streams)
    await put(gate, ann, "a")
    plug(streams[1])
    await line.start_call("poll_messages")
    await wait_all_tasks_blocked()
    await line.start_call("whoami")
    await wait_all_tasks_blocked()
    assert gate.world.inbox(ann) == [("a", line.actor.path, False)]
    await line.hang_up()
    assert gate.world.inbox(ann) == [("a", None, True)]


async def test_a_cancelled_wait_leaves_the_next_message_in_the_queue(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Its client has stopped waiting: the message is not handed to nobody."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    poll = await line.start_call("poll_messages", wait_seconds=60)
    await wait_all_tasks_blocked()
    await line.tell("notifications/cancelled", requestId=poll)
    await wait_all_tasks_blocked()
    await put(gate, ann, "a")
    await wait_all_tasks_blocked()
    assert gate.world.inbox(ann) == [("a", None, False)]
    assert received(await line.call("poll_messages")) == [("a", False)]


@pytest.mark.parametrize("ticks", range(0, 24, 2))
async def test_a_cancellation_that_meets_the_message_loses_nothing(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery, ticks: int
) -> None:
    """Wherever the two cross, the next poll has the message: its client ignored it."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    poll = await line.start_call("poll_messages", wait_seconds=60)
    await wait_all_tasks_blocked()

    async def cancel() -> None:
        for _ in range(ticks):
            await trio.lowlevel.checkpoint()
        await line.tell("notifications/cancelled", requestId=poll)

    nursery.start_soon(cancel)
    await put(gate, ann, "a")
    await wait_all_tasks_blocked()
    assert [(t, h) for t, h, _ in gate.world.inbox(ann)] == [("a", None)]
    (got,) = received(await line.call("poll_messages"))
    assert got[0] == "a"


async def test_a_cancellation_that_crosses_the_answer_brings_the_message_again(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """A client drops the answer to what it has cancelled, so nobody saw the message."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    await put(gate, ann, "a")
    poll = await line.start_call("poll_messages")
    await line.answer_to(poll)
    await line.tell("notifications/cancelled", requestId=poll)
    answer = await line.call("poll_messages")
    assert received(answer) == [("a", True)]


async def test_a_hang_up_in_a_long_wait_frees_it_and_loses_nothing(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """The next connection of the same agent has what came meanwhile."""
    ann = await gate.agent("ann")
    first = await gate.mcp(ann)
    await first.start_call("poll_messages", wait_seconds=3600)
    await wait_all_tasks_blocked()
    await first.hang_up()
    assert first.actor.status == "gone"
    assert isinstance(first.actor.last_exit, Normal)
    await put(gate, ann, "a")
    second = await gate.mcp(ann)
    assert received(await second.call("poll_messages")) == [("a", False)]


async def test_a_crash_of_the_connection_is_a_hang_up_to_its_client(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """And brings back what it held."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    await put(gate, ann, "a")
    await line.call("poll_messages")
    await gate.world.crash_for_good(line.actor)
    await line.wait_ended()
    await wait_all_tasks_blocked()
    assert gate.world.inbox(ann) == [("a", None, True)]


@pytest.mark.parametrize("mode", MODES)
async def test_a_waiting_poll_gets_a_message_the_moment_it_is_sent(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery, mode: str
) -> None:
    """From one agent's call to another's, without time passing."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    async with gate.official(ann, mode=mode) as a, gate.official(bob, mode=mode) as b:
        waiting = Background(nursery, a.call("poll_messages", wait_seconds=60))
        await wait_all_tasks_blocked()
        before = trio.current_time()
        sent = await b.call(
            "send_orchestration", target={"session": "ann"}, msg_type="hi", payload={}
        )
        await wait_all_tasks_blocked()
        assert trio.current_time() == before
        (message,) = waiting.result["messages"]
        assert message["id"] == sent["message_id"]
        assert message["from"]["session_name"] == "bob"


async def test_a_wait_without_a_message_ends_with_an_empty_list_in_its_time(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """No error: nothing came."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    before = trio.current_time()
    assert await line.call("poll_messages", wait_seconds=45) == {"messages": []}
    assert trio.current_time() == before + 45


# ---- side by side


async def test_a_waiting_call_holds_up_no_other(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Agents poll and work on one connection."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    await line.start_call("poll_messages", wait_seconds=60)
    before = trio.current_time()
    for _ in range(5):
        assert (await line.call("whoami"))["session_name"] == "ann"
    assert trio.current_time() == before


async def test_too_many_requests_at_once_are_refused_and_the_others_go_on(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Bounded, told by a code, and room again when one is answered."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    polls = [
        await line.start_call("poll_messages", wait_seconds=60)
        for _ in range(MOST_IN_FLIGHT)
    ]
    refused = await line.answer_to(await line.start_call("whoami"))
    assert refused["error"]["data"]["code"] == "Busy"
    assert MOST_IN_FLIGHT == 64
    await put(gate, ann, "a")
    await line.answer_to(polls[0])
    assert (await line.call("whoami"))["session_name"] == "ann"


async def test_a_cancelled_request_makes_room_for_another(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """It gets no answer, so nothing else would."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    for _ in range(MOST_IN_FLIGHT):
        poll = await line.start_call("poll_messages", wait_seconds=60)
    await wait_all_tasks_blocked()
    await line.tell("notifications/cancelled", requestId=poll)
    await wait_all_tasks_blocked()
    assert (await line.call("whoami"))["session_name"] == "ann"


async def test_an_answer_that_nobody_takes_makes_no_room(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Else a client that never reads could make the daemon hold answers without end."""
    ann = await gate.agent("ann")
    streams = stream_pair()
    line = await gate.mcp(ann, streams=streams)
    plug(streams[1])
    for _ in range(MOST_IN_FLIGHT):
        await line.start_call("whoami")
        await wait_all_tasks_blocked()
    with trio.move_on_after(1):
        for _ in range(20):
            await line.start_call("whoami")
            await wait_all_tasks_blocked()
    codes = []
    for _ in range(MOST_IN_FLIGHT + 1):
        frame = await line.hear()
        codes.append(frame.get("error", {}).get("data", {}).get("code"))
    assert codes == [None] * MOST_IN_FLIGHT + ["Busy"]


# ---- what is wrong


async def test_an_unknown_tool_is_named_with_those_there_are(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """By the protocol's own code, with ours beside it."""
    ann = await gate.agent("ann")
    async with gate.official(ann) as agent:
        with pytest.raises(MCPError) as refused:
            await agent.call("no_such_tool")
        assert refused.value.error.code == -32602
        assert "fugue_no_such_tool" in refused.value.error.message
        assert "fugue_whoami" in refused.value.error.data["tools"]
        assert (await agent.call("whoami"))["session_name"] == "ann"


async def test_a_bug_in_a_tool_is_told_by_a_number_that_is_in_the_log(
    autojump_clock: MockClock,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No traceback reaches an agent, and the connection goes on."""

    async def broken(context: Any, arguments: dict[str, Any]) -> dict[str, Any]:
        await trio.lowlevel.checkpoint()
        raise ZeroDivisionError("in the works")

    row = attrs.evolve(tools.TOOLS["fugue_whoami"], run=broken)
    monkeypatch.setitem(tools.TOOLS, "fugue_whoami", row)
    ann = await gate.agent("ann")
    async with gate.official(ann) as agent:
        with pytest.raises(ToolError) as refused:
            await agent.call("whoami")
        shape = refused.value.shape
        assert shape["code"] == "Internal"
        assert "in the works" not in str(shape)
        assert (await agent.call("get_tags"))["session_name"] == "ann"
    (record,) = [r for r in caplog.records if hasattr(r, "fugue_incident")]
    assert record.fugue_incident == shape["data"]["incident"]
    assert record.exc_info[0] is ZeroDivisionError


async def test_a_crash_behind_a_tool_is_told_in_the_same_way(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """Whoever waits for an actor that crashes gets a number too, and can ask again."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    poll = await line.start_call("poll_messages", wait_seconds=60)
    await wait_all_tasks_blocked()
    await gate.world.crash(gate.world.actor(ann))
    answer = await line.answer_to(poll)
    shape = answer["result"]["structuredContent"]
    assert shape["code"] == ActorCrashed.code == "Internal"
    assert shape["data"]["incident"]
    await put(gate, ann, "a")
    assert received(await line.call("poll_messages")) == [("a", False)]


async def test_results_come_as_structure_and_as_the_same_text(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """For clients that know structured content, and for those that do not."""
    import json

    ann = await gate.agent("ann")
    line: McpLine = await gate.mcp(ann)
    for tool, arguments, is_error in (
        ("get_tags", {}, False),
        ("get_tags", {"session": "nobody"}, True),
    ):
        number = await line.start_call(tool, **arguments)
        result = (await line.answer_to(number))["result"]
        assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
        assert result.get("isError", False) is is_error


async def test_a_client_that_leaves_in_the_middle_of_everything_is_a_normal_end(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Waiting calls, answers on their way, half a line: nothing crashes."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    for _ in range(10):
        await line.start_call("poll_messages", wait_seconds=60)
        await line.start_call("whoami")
    await line.stream.send_all(b'{"jsonrpc":"2.0","id":1,"met')
    await put(gate, ann, "a")
    await line.hang_up()
    assert isinstance(line.actor.last_exit, Normal)
    assert crashes(gate) == []
    await wait_all_tasks_blocked()
    assert [(t, h) for t, h, _ in gate.world.inbox(ann)] == [("a", None)]
    assert len(gate.world.recorded(MessagesOffered)) <= 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b'"params": ["a"]', None),
        (b'"params": 7', None),
        (b'"params": ' + b"[" * 100_000, -32700),
    ],
)
async def test_a_malformed_introduction_is_none_and_the_connection_goes_on(
    patient_clock: MockClock, gate: Gate, said: bytes, code: int | None
) -> None:
    """Whoever writes its own client may get it wrong; it crashed the connection."""
    line = McpLine(*await gate.connect(McpConnection))
    opening = b'{"jsonrpc": "2.0", "method": "notifications/fugue/hello", '
    await line.say(opening + said + b"}")
    number = await line.ask("ping")
    assert (await line.answer_to(number))["result"] == {}
    assert not crashes(gate)
    if code is not None:
        assert line.got[0]["error"]["code"] == code
