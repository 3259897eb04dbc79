"""`fugue mcp` and the real daemon: starting one, and outliving it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import trio
from daemonkit import Home, wait_until
from shimkit import (
    FUGUE,
    INITIALIZE,
    INITIALIZED,
    FakeDaemon,
    Shim,
    answer,
    call,
    environment,
    refusal,
    request,
    running_shim,
)

from fugue_actors import home as directories

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def home() -> Iterator[Home]:
    """A home without a daemon; whatever is started in it is ended here."""
    with tempfile.TemporaryDirectory(prefix="fg-", ignore_cleanup_errors=True) as root:
        home = Home(Path(root).resolve())
        try:
            yield home
        finally:
            if home.daemon is None:
                stop = [*FUGUE, "stop", "--kill"]
                subprocess.run(
                    stop, env=home.environment, capture_output=True, check=False
                )
            home.end()


async def who_am_i(shim: Shim, number: int) -> dict[str, Any]:
    """What the daemon says to a `fugue_whoami`, news on the way left out."""
    await shim.say(call(number))
    while (message := await shim.hear()).get("id") != number:
        assert "method" in message
    result: dict[str, Any] = message["result"]
    return result


async def until_it_finds_nobody(shim: Shim) -> None:
    """Call until the shim says that it tried and that no daemon listens."""
    with trio.fail_after(60):
        for number in range(10_000):
            await shim.say(request(f"try-{number}", "tools/call"))
            if "no daemon listens" in refusal(await shim.hear())["message"]:
                return


def descriptors(pid: int) -> set[str]:
    """What the descriptors of a process lead to."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found.add(os.fspath(entry.readlink()))
    return found


async def test_a_daemon_is_started_where_there_is_none(home: Home) -> None:
    """An agent's configuration names `fugue mcp`, and that is all its user sets up."""
    async with running_shim("--as", "ann", env=home.environment) as shim:
        await shim.say(INITIALIZE, INITIALIZED)
        assert (await shim.hear())["result"]["serverInfo"]["name"] == "fugue"
        result = await who_am_i(shim, 1)
        assert result["structuredContent"]["session_name"] == "ann"
        children = psutil.Process(shim.process.pid).children(recursive=True)
        assert children == []
        await shim.sends.aclose()
        assert await shim.ended() == 0
    async with running_shim("--as", "bob", env=home.environment) as shim:
        await shim.say(INITIALIZE, INITIALIZED)
        await shim.hear()
        assert (await who_am_i(shim, 1))["structuredContent"]["session_name"] == "bob"


async def test_the_daemon_is_not_bound_to_the_agent_that_needed_it(home: Home) -> None:
    """It has no terminal, descriptor or directory of the agent's, and outlives it."""
    async with running_shim(env=home.environment) as shim:
        await shim.say(INITIALIZE)
        await shim.hear()
        daemon = next(
            process for process in home.processes() if "serve" in process.cmdline()
        )
        assert daemon.cwd() == "/"
        assert daemon.terminal() is None
        assert os.getsid(daemon.pid) == daemon.pid
        ours = descriptors(shim.process.pid) - {os.devnull}
        assert not ours & descriptors(daemon.pid)


async def test_inside_a_pane_no_daemon_is_started(home: Home) -> None:
    """Another daemon than the pane's would know nothing of its session."""
    for inside in ({"FUGUE_PANE_ID": "p1"}, {"FUGUE_SOCKET": str(home.mcp_socket)}):
        async with running_shim(env=home.environment | inside) as shim:
            await shim.say(request(1, "ping"))
            assert await shim.hear() == answer(1)  # it looked before it answered
            assert not (home.root / "state").exists()
            assert home.processes() == [psutil.Process(shim.process.pid)]


async def test_a_daemon_that_was_stopped_stays_stopped(home: Home) -> None:
    """`fugue stop` would mean nothing if every agent started it again."""
    home.run.mkdir()
    daemon = FakeDaemon(home.mcp_socket)
    await daemon.up()
    async with running_shim(env=home.environment) as shim:
        wire = await daemon.accept()
        await shim.say(call(0))
        await wire.hear()
        await daemon.down()
        assert refusal(await shim.hear())["code"] == "Unavailable"
        await until_it_finds_nobody(shim)
        assert not (home.root / "state").exists()
        assert home.processes() == [psutil.Process(shim.process.pid)]


async def test_a_daemon_that_cannot_be_started_is_no_crash(home: Home) -> None:
    """The agent hears `Unavailable` with the reason, as with any other outage."""
    (home.root / "state").write_text("in the way", encoding="utf-8")
    async with running_shim(env=home.environment) as shim:
        await shim.say(request(1, "ping"))
        assert await shim.hear() == answer(1)
        await shim.sends.aclose()
        assert await shim.ended() == 0
        assert await shim.errors() == ""


async def test_a_conversation_goes_on_with_the_next_daemon(home: Home) -> None:
    """The real daemon takes what is replayed, all at once as it comes."""
    await trio.to_thread.run_sync(home.start)
    env = environment(FUGUE_SOCKET=str(home.mcp_socket))
    async with running_shim("--as", "ann", env=env) as shim:
        await shim.say(INITIALIZE, INITIALIZED)
        await shim.hear()
        uri = "fugue://inbox"
        await shim.say(request(1, "resources/subscribe", uri=uri))
        assert await shim.hear() == answer(1)
        for number in (2, 3):
            assert home.daemon is not None
            home.daemon.kill()
            await trio.to_thread.run_sync(home.daemon.wait)
            await trio.to_thread.run_sync(home.start)
            news = [(await shim.hear())["method"] for _ in range(2)]
            assert news == [
                "notifications/tools/list_changed",
                "notifications/resources/updated",
            ]
            result = await who_am_i(shim, number)
            assert result["structuredContent"]["session_name"] == "ann"


async def test_a_daemon_that_somebody_else_is_starting_is_waited_for(
    home: Home,
) -> None:
    """The one that the shim starts is turned away, and the other one serves it."""
    directories.prepare(home.run, home.root / "state")
    lock = directories.Lock.take(home.run)
    log = home.root / "state" / "daemon.log"
    try:
        async with running_shim("--as", "ann", env=home.environment) as shim:
            await shim.say(call(1))
            await trio.to_thread.run_sync(
                wait_until, lambda: log.exists() and b"runs already" in log.read_bytes()
            )
            daemon = FakeDaemon(home.mcp_socket)
            await daemon.up()
            wire = await daemon.accept()
            assert daemon.hello["name"] == "ann"
            assert (await wire.hear())["method"] == "tools/call"
            await daemon.down()
    finally:
        lock.close()
