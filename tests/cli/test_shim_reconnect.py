"""How `fugue mcp` takes up a conversation with a daemon that was restarted."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest
import trio
from shimkit import (
    AGREED,
    INITIALIZE,
    INITIALIZED,
    PATIENCE_SECONDS,
    WELCOME,
    FakeDaemon,
    answer,
    call,
    environment,
    notification,
    refusal,
    request,
    running_shim,
    shake_hands,
    staged,
    take_up,
)

TOOLS_CHANGED = notification("notifications/tools/list_changed")


async def test_the_handshake_is_replayed_and_its_answer_kept_from_the_client() -> None:
    """The client must not notice: it has one conversation, not two."""
    async with staged("--as", "ann") as (daemon, shim):
        await shake_hands(daemon, shim)
        await daemon.down()
        await daemon.up()
        wire = await daemon.accept()
        assert daemon.hello["name"] == "ann"
        await take_up(wire)
        assert await shim.hear() == TOOLS_CHANGED
        await shim.say(call(1))
        assert await wire.hear() == call(1)
        await wire.say(answer(1, ok=True))
        assert await shim.hear() == answer(1, ok=True)


async def test_the_replay_asks_for_the_protocol_that_was_agreed_on() -> None:
    """A newer daemon might otherwise choose one that the client does not speak."""
    async with staged() as (daemon, shim):
        await shake_hands(daemon, shim)
        await daemon.down()
        await daemon.up()
        replayed = await (await daemon.accept()).hear()
        assert replayed["params"] == INITIALIZE["params"] | {"protocolVersion": AGREED}
        assert replayed["id"] != INITIALIZE["id"]


async def test_no_restart_is_the_last_one() -> None:
    """Each daemon after the first is told the same."""
    async with staged() as (daemon, shim):
        await shake_hands(daemon, shim)
        for _ in range(3):
            await daemon.down()
            await daemon.up()
            await take_up(await daemon.accept())
            assert await shim.hear() == TOOLS_CHANGED


async def test_a_client_that_has_not_finished_its_handshake_goes_on_with_it() -> None:
    """`initialized` is replayed only if it was said, and news only then welcome."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        await shim.say(INITIALIZE)
        await wire.hear()
        await wire.say(answer(0, **WELCOME))
        await shim.hear()
        await daemon.down()
        await daemon.up()
        wire = await daemon.accept()
        replayed = await wire.hear()
        await wire.say(answer(replayed["id"], **WELCOME))
        await shim.say(INITIALIZED, request(1, "tools/list"))
        assert await wire.hear() == INITIALIZED
        assert await wire.hear() == request(1, "tools/list")
        await wire.say(answer(1, tools=[]))
        assert await shim.hear() == answer(1, tools=[])


async def test_subscriptions_are_replayed_and_the_client_looks_again() -> None:
    """What changed meanwhile would never be announced, and the next change neither."""
    inbox, tree, gone = "fugue://inbox", "fugue://tree", "fugue://gone"
    async with staged() as (daemon, shim):
        wire = await shake_hands(daemon, shim)
        for number, uri in enumerate((inbox, tree, gone), start=1):
            await shim.say(request(number, "resources/subscribe", uri=uri))
            await wire.hear()
            await wire.say(answer(number))
            await shim.hear()
        await shim.say(request(4, "resources/unsubscribe", uri=tree))
        await wire.hear()
        await wire.say(answer(4))
        await shim.hear()
        await daemon.down()
        await daemon.up()
        wire = await daemon.accept()
        await take_up(wire)
        assert await shim.hear() == TOOLS_CHANGED
        replayed = [await wire.hear(), await wire.hear()]
        assert [again["params"]["uri"] for again in replayed] == [inbox, gone]
        failure = {"code": -32602, "message": "no such resource"}
        await wire.say(
            answer(replayed[0]["id"]),
            {"jsonrpc": "2.0", "id": replayed[1]["id"], "error": failure},
        )
        for uri in (inbox, gone):
            changed = notification("notifications/resources/updated", uri=uri)
            assert await shim.hear() == changed
        await daemon.down()
        await daemon.up()
        wire = await daemon.accept()
        await take_up(wire)
        assert (await wire.hear())["params"]["uri"] == inbox
        await shim.say(call(5))
        assert await shim.hear() == TOOLS_CHANGED
        assert await wire.hear() == call(5)


async def test_a_client_of_the_2026_revision_has_nothing_to_replay() -> None:
    """Each of its requests says all there is to know."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        await shim.say(request(1, "server/discover"))
        await wire.hear()
        await wire.say(answer(1, supportedVersions=["2026-07-28"]))
        await shim.hear()
        await daemon.down()
        await daemon.up()
        wire = await daemon.accept()
        await shim.say(call(2))
        assert await wire.hear() == call(2)
        await wire.say(answer(2))
        assert await shim.hear() == answer(2)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ({"error": {"code": -32603, "message": "no"}}, "refused to take up"),
        ({"result": WELCOME | {"protocolVersion": "1"}}, "does not speak the agreed"),
    ],
)
async def test_a_daemon_that_will_not_take_up_the_conversation_is_left(
    reply: dict[str, object], reason: str
) -> None:
    """The client cannot repair it, but hears the reason and gets the next daemon."""
    async with staged() as (daemon, shim):
        await shake_hands(daemon, shim)
        await daemon.down()
        await daemon.up()
        wire = await daemon.accept()
        await shim.say(call(1))
        replayed = await wire.hear()
        assert [await wire.hear(), await wire.hear()] == [INITIALIZED, call(1)]
        await wire.say({"jsonrpc": "2.0", "id": replayed["id"], **reply})
        assert reason in refusal(await shim.hear())["message"]
        assert await wire.hear() is None
        await take_up(await daemon.accept())
        assert await shim.hear() == TOOLS_CHANGED


async def test_a_daemon_that_speaks_no_json_is_left() -> None:
    """Whatever listens there, it is not ours."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        await shim.say(call(1))
        await wire.hear()
        await wire.write(b"HTTP/1.1 400 Bad Request\r\n")
        refused = refusal(await shim.hear())
        assert "does not speak JSON-RPC" in refused["message"]
        await daemon.accept()


async def test_questions_of_a_daemon_that_is_gone_are_withdrawn() -> None:
    """A late answer would reach its successor, which counts its ids from one too."""
    async with staged() as (daemon, shim):
        wire = await shake_hands(daemon, shim)
        await wire.say(request(1, "roots/list"))
        old = (await shim.hear())["id"]
        await daemon.down()
        withdrawn = await shim.hear()
        assert withdrawn["method"] == "notifications/cancelled"
        assert withdrawn["params"]["requestId"] == old
        await daemon.up()
        wire = await daemon.accept()
        await take_up(wire)
        assert await shim.hear() == TOOLS_CHANGED
        await wire.say(request(1, "roots/list"))
        new = (await shim.hear())["id"]
        await shim.say(answer(old, roots=["old"]), answer(new, roots=["new"]))
        assert await wire.hear() == answer(1, roots=["new"])


async def test_a_stale_socket_is_no_daemon() -> None:
    """A daemon that was killed leaves its socket behind; its successor takes it."""
    async with staged() as (daemon, shim):
        await shake_hands(daemon, shim)
        assert daemon.listener is not None
        await daemon.listener.aclose()
        await daemon.wires[-1].close()
        await shim.say(call(1))
        assert refusal(await shim.hear())["code"] == "Unavailable"
        daemon.path.unlink()
        await daemon.up()
        await take_up(await daemon.accept())


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs a second user"
)
async def test_a_token_is_not_told_to_another_user() -> None:
    """The runtime directory may lie in /tmp, where anybody can be first."""
    with tempfile.TemporaryDirectory(prefix="fugue-") as home:
        daemon = FakeDaemon(Path(home) / "mcp.sock")
        listener = trio.socket.socket(trio.socket.AF_UNIX)
        await listener.bind(os.fspath(daemon.path))
        os.seteuid(65534)
        try:
            listener.listen()
        finally:
            os.seteuid(0)
        daemon.listener = trio.SocketListener(listener)
        env = environment(FUGUE_SOCKET=os.fspath(daemon.path), FUGUE_TOKEN="s3cret")
        async with running_shim(env=env) as shim:
            await shim.say(call(1))
            for _ in range(2):
                with trio.fail_after(PATIENCE_SECONDS):
                    async with await daemon.listener.accept() as stream:
                        assert await stream.receive_some() == b""
        await daemon.down()
