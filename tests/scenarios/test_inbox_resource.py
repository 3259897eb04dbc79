"""The inbox as a resource, with notifications in both protocol eras; and cancelling."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import mcp_types as types
import pytest
import trio
from mcp import MCPDeprecationWarning
from mcpkit import Agent, inside, pane_stream

if TYPE_CHECKING:
    from conftest import Team
    from daemonkit import Home

pytestmark = pytest.mark.real

INBOX = "fugue://inbox"


async def unread(agent: Agent) -> list[str]:
    (body,) = (await agent.client.read_resource(INBOX)).contents
    assert isinstance(body, types.TextResourceContents)
    return [message["type"] for message in json.loads(body.text)["messages"]]


async def write(agent: Agent, name: str, msg_type: str) -> None:
    await agent.call("send_orchestration", target={"session": name}, msg_type=msg_type)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_reading_the_resource_takes_nothing_out(
    home: Home, team: Team, mode: str
) -> None:
    """It shows one's own unread messages; receiving them is another thing."""
    async with inside(team.ann, mode=mode) as ann, inside(team.bob) as bob:
        await ann.call("poll_messages", max=1000)
        await ann.call("whoami")
        await write(bob, "ann", f"read-{mode}")
        for _ in range(2):
            assert await unread(ann) == [f"read-{mode}"]
        assert len(await ann.receive()) == 1


async def test_a_subscriber_of_the_older_protocol_is_told_of_changes(
    home: Home, team: Team
) -> None:
    """`resources/subscribe`, then a notification for each change, then no more."""
    told = trio.Event()
    uris: list[str] = []

    async def on_message(message: Any) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            uris.append(str(message.params.uri))
            told.set()

    async with (
        inside(team.ann, message_handler=on_message) as ann,
        inside(team.bob) as bob,
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MCPDeprecationWarning)
            await ann.client.subscribe_resource(INBOX)
            await write(bob, "ann", "news")
            with trio.fail_after(60):
                await told.wait()
            assert set(uris) == {INBOX}
            await ann.client.unsubscribe_resource(INBOX)
        await ann.receive()
        count = len(uris)
        await write(bob, "ann", "more")
        await ann.receive()
        assert len(uris) == count


async def test_a_listener_of_the_new_protocol_is_told_of_changes(
    home: Home, team: Team
) -> None:
    """`subscriptions/listen` on the inbox, while other calls go on."""
    async with inside(team.ann, mode="auto") as ann, inside(team.bob) as bob:
        async with ann.client.listen(resource_subscriptions=[INBOX]) as changes:
            await write(bob, "ann", "news")
            with trio.fail_after(60):
                event = await anext(aiter(changes))
            assert event.uri == INBOX
            assert "news" in [m["type"] for m in await ann.receive()]


async def test_a_listener_is_told_of_what_was_kept_and_of_what_expires(
    home: Home, team: Team
) -> None:
    """Nobody sends anything in that moment, and yet the inbox is another."""
    async with inside(team.ann, mode="auto") as ann, inside(team.bob) as bob:
        await ann.call("poll_messages", max=1000)
        await ann.call("whoami")
        work = {"msg_type": "kept", "expires_seconds": 6}
        target = {"tag": "listener"}
        await bob.call("send_orchestration", target=target, retain_seconds=30, **work)
        async with ann.client.listen(resource_subscriptions=[INBOX]) as changes:
            news = aiter(changes)
            assert await unread(ann) == []
            await ann.call("set_tags", add=["listener"])
            with trio.fail_after(60):
                await anext(news)
                assert await unread(ann) == ["kept"]
                await anext(news)
                assert await unread(ann) == []


async def test_a_poll_that_is_cancelled_takes_no_message_with_it(
    home: Home, team: Team
) -> None:
    """The next poll gets what came afterwards, also if an answer crossed."""
    async with inside(team.ann) as ann, inside(team.bob) as bob:
        await ann.call("poll_messages", max=1000)
        for number in range(5):
            with trio.move_on_after(0.05 * number):
                await ann.call("poll_messages", wait_seconds=30)
        await write(bob, "ann", "after")
        (got,) = await ann.receive()
        assert got["type"] == "after"


async def test_a_client_that_leaves_in_mid_poll_takes_no_message_with_it(
    home: Home, team: Team
) -> None:
    """Its waiting claim ends with its connection."""
    async with pane_stream(team.ann) as stream:
        for frame in (
            {
                "id": 1,
                "method": "initialize",
                "params": {
                    "protocolVersion": "2025-06-18",
                    "capabilities": {},
                    "clientInfo": {"name": "leaver", "version": "1"},
                },
            },
            {"method": "notifications/initialized"},
            {
                "id": 2,
                "method": "tools/call",
                "params": {
                    "name": "fugue_poll_messages",
                    "arguments": {"wait_seconds": 60},
                },
            },
        ):
            line = json.dumps({"jsonrpc": "2.0", **frame})
            await stream.send_all(line.encode() + b"\n")
        with trio.fail_after(60):
            await stream.receive_some(65_536)
    async with inside(team.ann) as ann, inside(team.bob) as bob:
        await ann.call("poll_messages", max=1000)
        await write(bob, "ann", "late")
        assert [m["type"] for m in await ann.receive()] == ["late"]
