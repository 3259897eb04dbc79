"""What `fugue mcp` answers while the daemon is away: always something, at once."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from shimkit import (
    INITIALIZE,
    INITIALIZED,
    PATIENCE_SECONDS,
    WELCOME,
    FakeDaemon,
    Shim,
    answer,
    call,
    notification,
    refusal,
    request,
    shake_hands,
    staged,
    take_up,
)

from fugue_actors.cli import relay
from fugue_actors.cli.requests import AFTERWARDS
from fugue_actors.gateways.operations import OPERATIONS

MODERN = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}


async def lose_daemon(daemon: FakeDaemon, shim: Shim) -> None:
    """Take the daemon away, and see that the shim has noticed."""
    wire = daemon.wires[-1]
    await shim.say(call("last"))
    assert await wire.hear() == call("last")
    await daemon.down()
    assert (await shim.hear())["id"] == "last"


async def test_a_tool_call_under_way_fails_with_a_result_the_model_reads() -> None:
    """It may have run, so the model must be told to look before it repeats it."""
    async with staged() as (daemon, shim):
        wire = await shake_hands(daemon, shim)
        await shim.say(call(1))
        await wire.hear()
        await daemon.down()
        refused = refusal(await shim.hear())
        assert refused["code"] == "Unavailable"
        assert refused["data"] == {"may_have_run": True}
        assert "look before you repeat it" in refused["hint"]


@pytest.mark.parametrize("tool", AFTERWARDS)
async def test_what_to_do_after_a_lost_call_depends_on_the_tool(tool: str) -> None:
    """Repeating it is harmless for some; each that is named there exists."""
    assert tool.removeprefix("fugue_") in OPERATIONS
    async with staged() as (daemon, shim):
        wire = await shake_hands(daemon, shim)
        await shim.say(call(1, tool))
        await wire.hear()
        await daemon.down()
        assert refusal(await shim.hear())["hint"] == AFTERWARDS[tool]


async def test_any_other_request_under_way_fails_with_an_error() -> None:
    """Only tool results have a shape that can carry an error."""
    async with staged() as (daemon, shim):
        wire = await shake_hands(daemon, shim)
        await shim.say(request(1, "resources/read", uri="fugue://inbox"))
        await wire.hear()
        await daemon.down()
        refused = await shim.hear()
        assert refused["error"]["code"] == -32000
        assert refusal(refused)["code"] == "Unavailable"


async def test_half_an_answer_is_no_answer() -> None:
    """A daemon that dies while it writes must not leave half a line behind."""
    async with staged() as (daemon, shim):
        wire = await shake_hands(daemon, shim)
        await shim.say(call(1))
        await wire.hear()
        await wire.write(b'{"jsonrpc":"2.0","id":1,"result":{"half')
        await daemon.down()
        assert refusal(await shim.hear())["code"] == "Unavailable"
        await daemon.up()
        await take_up(await daemon.accept())
        assert (await shim.hear())["method"] == "notifications/tools/list_changed"


async def test_answers_the_daemon_wrote_before_it_died_still_arrive() -> None:
    """An answer that exists is better than `Unavailable`, which means unknown."""
    async with staged() as (daemon, shim):
        wire = await shake_hands(daemon, shim)
        await shim.say(call(1), call(2))
        assert [await wire.hear(), await wire.hear()] == [call(1), call(2)]
        await wire.say(answer(1, done=True))
        await daemon.down()
        assert await shim.hear() == answer(1, done=True)
        assert refusal(await shim.hear())["data"] == {"may_have_run": True}


async def test_a_daemon_that_only_stopped_reading_is_heard_to_the_end() -> None:
    """Between its last read and its end lies all that it still had to say."""
    async with staged() as (daemon, shim):
        wire = await shake_hands(daemon, shim)
        await shim.say(call(1))
        assert await wire.hear() == call(1)
        assert isinstance(wire.receives, trio.SocketStream)
        wire.receives.socket.shutdown(trio.socket.SHUT_RD)
        await shim.say(call(2), request(9, "ping"))
        await wire.say(answer(1, done=True))
        assert await shim.hear() == answer(1, done=True)
        await daemon.down()
        assert [(await shim.hear())["id"], (await shim.hear())["id"]] == [2, 9]


async def test_a_request_while_the_daemon_is_away_is_answered_at_once() -> None:
    """An agent that waits for nothing stands still; here it hears that nothing ran."""
    async with staged() as (daemon, shim):
        await shake_hands(daemon, shim)
        await lose_daemon(daemon, shim)
        await shim.say(call(2), request(3, "tools/list"), request(4, "ping"))
        refused = refusal(await shim.hear())
        assert refused["code"] == "Unavailable"
        assert refused["data"] == {"may_have_run": False}
        assert (await shim.hear())["error"]["code"] == -32000
        assert await shim.hear() == answer(4)


async def test_a_request_while_away_never_reaches_the_next_daemon() -> None:
    """It was answered; were it sent later, it would run behind the agent's back."""
    async with staged() as (daemon, shim):
        await daemon.accept()
        await lose_daemon(daemon, shim)
        await shim.say(call(2), notification("notifications/progress"))
        assert (await shim.hear())["id"] == 2
        await daemon.up()
        wire = await daemon.accept()
        await shim.say(call(3))
        assert await wire.hear() == call(3)


async def test_bad_input_while_away_is_refused_here() -> None:
    """Silence would be read as a hang."""
    async with staged() as (daemon, shim):
        await daemon.accept()
        await lose_daemon(daemon, shim)
        await shim.write(b"{oops\n7\n[]\n")
        codes = [(await shim.hear())["error"]["code"] for _ in range(3)]
        assert codes == [-32700, -32600, -32600]


async def test_a_cancelled_request_is_not_answered_when_the_daemon_goes() -> None:
    """Its client has forgotten the id, and the protocol forbids the answer."""
    async with staged() as (daemon, shim):
        wire = await shake_hands(daemon, shim)
        await shim.say(call(1), notification("notifications/cancelled", requestId=1))
        assert await wire.hear() == call(1)
        assert (await wire.hear())["method"] == "notifications/cancelled"
        await shim.say(call(2))
        assert await wire.hear() == call(2)
        await daemon.down()
        assert (await shim.hear())["id"] == 2


async def test_a_batch_under_way_is_completed_without_the_daemon() -> None:
    """The answers that came and the refusals make up one array."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        await shim.say([call(1), call(2)])
        assert [await wire.hear(), await wire.hear()] == [call(1), call(2)]
        await wire.say(answer(1, done=True))
        await daemon.down()
        first, second = await shim.hear()
        assert first == answer(1, done=True)
        assert refusal(second)["code"] == "Unavailable"


async def test_requests_before_the_daemon_is_up_wait_for_it() -> None:
    """A daemon that is just starting is no outage."""
    async with staged(is_up=False) as (daemon, shim):
        await shim.say(request(9, "ping"))
        assert await shim.hear() == answer(9)
        await shim.say(INITIALIZE, INITIALIZED, call(1), request(2, "tools/list"))
        await shim.say(request(10, "ping"))
        assert await shim.hear() == answer(10)
        await daemon.up()
        wire = await daemon.accept()
        assert await wire.hear() == INITIALIZE
        assert await wire.hear() == call(1)
        assert (await wire.hear())["method"] == "tools/list"


async def test_a_request_that_was_cancelled_while_it_waited_is_never_sent() -> None:
    """Its client no longer wants it, and may have gone on to something else."""
    async with staged(is_up=False) as (daemon, shim):
        cancelled = notification("notifications/cancelled", requestId=1)
        await shim.say(call(1), cancelled, call(2), request(9, "ping"))
        assert await shim.hear() == answer(9)
        await daemon.up()
        assert await (await daemon.accept()).hear() == call(2)


async def test_an_opening_request_waits_while_the_daemon_restarts() -> None:
    """An agent that starts in the wrong second must not lose its server for good."""
    opening = request(1, "server/discover", **MODERN)
    for first in (INITIALIZE, opening):
        async with staged() as (daemon, shim):
            await daemon.accept()
            await lose_daemon(daemon, shim)
            await shim.say(first, request(9, "ping"))
            assert await shim.hear() == answer(9)
            await daemon.up()
            assert await (await daemon.accept()).hear() == first


async def test_an_opening_request_under_way_is_asked_again_under_its_own_id() -> None:
    """It changes nothing in the daemon, so here repeating is safe."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        await shim.say(INITIALIZE)
        assert await wire.hear() == INITIALIZE
        await daemon.down()
        await daemon.up()
        wire = await daemon.accept()
        assert await wire.hear() == INITIALIZE
        await wire.say(answer(0, **WELCOME))
        assert await shim.hear() == answer(0, **WELCOME)


@pytest.mark.slow
async def test_an_opening_request_does_not_wait_for_ever() -> None:
    """An agent shows a server that failed, but not one that hangs."""
    assert relay.PATIENCE_SECONDS < PATIENCE_SECONDS
    async with staged(is_up=False) as (_, shim):
        await shim.say(INITIALIZE)
        refused = await shim.hear()
        assert refused["id"] == 0
        assert refusal(refused)["code"] == "Unavailable"
        assert "no daemon listens at" in refusal(refused)["message"]


async def test_a_modern_listener_is_ended_so_that_it_listens_again() -> None:
    """Its events would never come: the new daemon knows nothing of it."""
    listen = request("listen-1", "subscriptions/listen", notifications={}, **MODERN)
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        await shim.say(listen)
        assert await wire.hear() == listen
        await daemon.down()
        ended = await shim.hear()
        assert ended["id"] == "listen-1"
        assert ended["error"]["code"] == -32000


async def test_a_modern_tool_call_fails_in_the_modern_form() -> None:
    """The 2026 revision wants every result to say what kind it is."""
    modern: dict[str, Any] = call(1)
    modern["params"] |= MODERN
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        await shim.say(modern)
        await wire.hear()
        await daemon.down()
        refused = await shim.hear()
        assert refused["result"]["resultType"] == "complete"
        assert refusal(refused)["code"] == "Unavailable"
