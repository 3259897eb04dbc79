"""Messages that are not received, and those that wait for somebody to come."""

from __future__ import annotations

import signal
from typing import Any

import pytest
import trio
from daemonkit import Home, running_home
from mcpkit import Agent, ToolError, guest, inside

pytestmark = pytest.mark.real


async def send(agent: Agent, target: dict[str, Any], **more: Any) -> dict[str, Any]:
    return await agent.call(
        "send_orchestration", target=target, msg_type="work", payload={}, **more
    )


async def notice_to(agent: Agent) -> dict[str, Any]:
    """What the daemon tells an agent next."""
    (message,) = await agent.receive()
    assert message["type"] == "delivery_failed"
    assert message["from"]["attested"] == "daemon"
    payload: dict[str, Any] = message["payload"]
    assert message["in_reply_to"] == payload["message_id"]
    return payload


def outcome(payload: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["session_name"], row["state"]) for row in payload["recipients"]]


def session(home: Home, name: str, **more: Any) -> None:
    """A session that reads nothing."""
    with home.control() as control:
        control("create_session", name=name, command=["sleep", "1000"], **more)


async def test_a_sender_learns_that_its_message_expired_and_nobody_gets_it(
    home: Home,
) -> None:
    """From the sending over the deadline to the notice, through every layer."""
    ann = home.relay("ann")
    async with guest(home, "--as", "lead") as lead, inside(ann) as worker:
        sent = await send(lead, {"session": "ann"}, expires_seconds=1)
        payload = await notice_to(lead)
        assert payload["message_id"] == sent["message_id"]
        assert outcome(payload) == [("ann", "expired")]
        assert payload["recipients"][0]["reason"].endswith(sent["expires_at"])
        status = await lead.call("message_status", message_id=sent["message_id"])
        assert status["recipients"][0]["state"] == "expired"
        assert (await worker.call("poll_messages"))["messages"] == []


async def end_session(boss: Agent, name: str) -> None:
    await boss.call("kill_session", session=name)


async def test_a_team_that_is_ended_is_one_notice(home: Home) -> None:
    """What was sent to it and not read is dead, and the sender need not ask."""
    for number in range(3):
        session(home, f"w{number}", tags=["team"])
    async with guest(home, "--as", "boss") as boss:
        sent = await send(boss, {"tag": "team"})
        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(end_session, boss, f"w{number}")
        payload = await notice_to(boss)
        assert payload["message_id"] == sent["message_id"]
        dead = [(f"w{number}", "dead") for number in range(3)]
        assert sorted(outcome(payload)) == dead


async def test_who_does_not_want_to_be_told_is_not(home: Home) -> None:
    """It asks for the status of its message if it wants to know."""
    session(home, "mute")
    async with guest(home, "--as", "calm") as calm:
        sent = await send(calm, {"session": "mute"}, tell_failure=False)
        loud = await send(calm, {"session": "mute"})
        await calm.call("kill_session", session="mute")
        payload = await notice_to(calm)
        assert payload["message_id"] == loud["message_id"]
        status = await calm.call("message_status", message_id=sent["message_id"])
        assert status["recipients"][0]["state"] == "dead"


async def test_a_message_waits_for_whoever_comes_and_wakes_him(home: Home) -> None:
    """Rules for workers that are not there yet; a poll that waits gets them."""
    async with guest(home, "--as", "chief") as chief:
        sent = await send(chief, {"tag": "late"}, retain_seconds=60)
        assert (sent["delivered_count"], sent["recipients"]) == (0, [])
        async with guest(home, "--as", "comer") as comer:
            async with trio.open_nursery() as nursery:

                @nursery.start_soon
                async def wait() -> None:
                    (message,) = await comer.receive()
                    assert message["id"] == sent["message_id"]

                await comer.call("set_tags", add=["late"])
        status = await chief.call("message_status", message_id=sent["message_id"])
        assert [row["session_name"] for row in status["recipients"]] == ["comer"]


async def test_a_sender_learns_that_nobody_came(home: Home) -> None:
    """What waited in vain comes back as well."""
    async with guest(home, "--as", "host") as host:
        sent = await send(host, {"tag": "nobody"}, retain_seconds=1)
        payload = await notice_to(host)
        assert payload["message_id"] == sent["message_id"]
        assert payload["recipients"] == []
        assert sent["retained_until"] in payload["reason"]


async def test_deadlines_pass_and_newcomers_come_over_the_death_of_the_daemon() -> None:
    """The next daemon hands out nothing that expired, and has everything to be told."""
    with running_home() as home:
        ann = home.relay("ann")
        boss = home.relay("boss")
        async with inside(boss) as agent, inside(ann) as worker:
            old = await send(agent, {"session": "ann"}, expires_seconds=1)
            kept = await send(agent, {"tag": "late"}, retain_seconds=600)
            await trio.to_thread.run_sync(die_for_a_while, home)
            (message,) = await receive_again(agent)
            assert message["payload"]["message_id"] == old["message_id"]
            assert outcome(message["payload"]) == [("ann", "expired")]
            await worker.call("set_tags", add=["late"])
            (message,) = await worker.receive()
            assert message["id"] == kept["message_id"]


def die_for_a_while(home: Home) -> None:
    """`kill -9` the daemon; a new one starts when a second has passed."""
    assert home.daemon is not None
    home.daemon.send_signal(signal.SIGKILL)
    home.daemon.wait(60)
    trio.run(trio.sleep, 1.1)
    home.start()


async def receive_again(agent: Agent) -> list[dict[str, Any]]:
    """The next message, from the next daemon."""
    with trio.fail_after(60):
        while True:
            try:
                return await agent.receive()
            except ToolError as error:
                if error.code != "Unavailable":
                    raise
            await trio.sleep(0.05)
