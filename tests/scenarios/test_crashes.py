"""A crash of any actor: the tree restarts it, and every program goes on.

The whole tree runs in the test's own trio, so that a crash can be put into any actor;
zygote, hosts, programs, shims and clients are real processes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import psutil
import pytest
import trio
from daemonkit import RELAY, Home, Relay
from mcpkit import Agent, ToolError, inside

from fugue_actors import config, home as directories
from fugue_actors.actors import fleet
from fugue_actors.daemon import later_generation, monitor_of, tree
from fugue_actors.gateways.operations.context import DaemonInfo
from fugue_actors.journal import Journal, opening
from fugue_actors.kernel import Kernel, cleanup, open_kernel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.real


@attrs.frozen
class Inside:
    """A daemon in this very process."""

    kernel: Kernel
    journal: Journal
    home: Home

    async def relay(self, name: str, **more: Any) -> Relay:
        path = self.home.root / f"{name}.relay"
        pane = await fleet.create(
            self.kernel.registry.resolve(fleet.PATH),
            fleet.CreateSession(
                name=name,
                cwd=str(self.home.root),
                argv=(sys.executable, str(RELAY), str(path)),
                environment=self.home.environment,
                **more,
            ),
        )
        made = {
            "session_id": pane.session_id,
            "session_name": name,
            "pane_id": pane.pane_id,
        }
        return Relay(path, made)

    def program(self, relay: Relay) -> psutil.Process:
        hosted = self.journal.state.panes[relay.pane_id].hosted
        assert hosted is not None
        return psutil.Process(hosted.program_pid)

    async def crash(self, path: str) -> None:
        """Crash the actor at this path and wait for its next incarnation."""
        ref = self.kernel.registry.resolve(path)
        before = ref.incarnation
        self.kernel.crash(ref, RuntimeError("injected"))
        with trio.fail_after(60):
            while True:
                again = self.kernel.registry.whereis(path)
                if again is not None and again.incarnation > before:
                    return
                await trio.sleep(0.01)


@asynccontextmanager
async def daemon_inside(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Inside]:
    with tempfile.TemporaryDirectory(prefix="fg-", ignore_cleanup_errors=True) as root:
        home = Home(Path(root).resolve())
        monkeypatch.setenv("FUGUE_HOME", str(home.root))
        settings = config.load()
        directories.prepare(
            settings.runtime_dir, settings.panes_dir, settings.state_dir
        )
        opened = await trio.to_thread.run_sync(
            opening.begin, settings.journal, later_generation
        )
        journal = opened.journal
        info = DaemonInfo(
            version="test",
            home=root,
            started=time.time(),
            stop=lambda: None,
            hand_over=lambda to: None,
        )
        root_spec = tree(settings, opened, info, monitor=monitor_of(settings))
        async with open_kernel(root_spec) as kernel:
            try:
                yield Inside(kernel, journal, home)
            finally:
                with cleanup(20):
                    ref = kernel.registry.resolve(fleet.PATH)
                    for session_id in list(journal.state.sessions):
                        await fleet.end(ref, session_id)
        opened.archive.close()


async def retried(agent: Agent, tool: str, **arguments: Any) -> dict[str, Any]:
    """A call as a sensible client makes it: once more after `Restarting`."""
    with trio.fail_after(60):
        while True:
            try:
                return await agent.call(tool, **arguments)
            except ToolError as error:
                if error.code not in ("Restarting", "Unavailable"):
                    raise
            await trio.sleep(0.05)


@pytest.mark.parametrize(
    "victim",
    [
        "/router",
        "/fleet",
        "/machine/journal",
        "/machine/keeper",
        "/machine/zygote",
        "/sessions",
        "/sessions/{session}/session",
        "/sessions/{session}/panes",
        "/sessions/{session}/panes/{pane}",
        "/gateways/mcp/listener",
        "/gateways/control/listener",
        "/gateways/web/listener",
    ],
)
async def test_a_crash_costs_no_program_and_no_message(
    monkeypatch: pytest.MonkeyPatch, victim: str
) -> None:
    """Programs keep their pids, clients keep their identity, messages stay."""
    async with daemon_inside(monkeypatch) as daemon:
        ann = await daemon.relay("ann")
        bob = await daemon.relay("bob")
        programs = [daemon.program(ann), daemon.program(bob)]
        async with inside(ann) as a, inside(bob) as b:
            await a.call("set_tags", add=["x"])
            await b.call(
                "send_orchestration", target={"session": "ann"}, msg_type="before"
            )
            await daemon.crash(victim.format(session=ann.session_id, pane=ann.pane_id))
            assert all(program.is_running() for program in programs)
            await retried(
                b, "send_orchestration", target={"tag": "x"}, msg_type="after"
            )
            assert (await retried(a, "whoami"))["session_name"] == "ann"
            assert (await retried(a, "get_tags"))["tags"] == ["x"]
            got = await retried(a, "poll_messages", wait_seconds=10)
            assert [m["type"] for m in got["messages"]] == ["before", "after"]
            screen = await retried(a, "read_pane")
            assert "relay ready" in screen["text"]
            fresh = await daemon.relay("cy")
            assert daemon.program(fresh).is_running()
        assert all(program.is_running() for program in programs)


async def test_a_crash_of_a_connections_actor_is_a_reconnect_to_its_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The shim connects again; what was handed out and not proven comes again."""
    async with daemon_inside(monkeypatch) as daemon:
        ann = await daemon.relay("ann")
        bob = await daemon.relay("bob")
        async with inside(ann) as a, inside(bob) as b:
            me = await a.call("whoami")
            await b.call(
                "send_orchestration", target={"session": "ann"}, msg_type="note"
            )
            first = await a.call("poll_messages")
            held = daemon.journal.state.ledger.held(ann.session_id)
            (holder,) = {holder for _, holder in held}
            gone = daemon.kernel.registry.resolve(holder)
            daemon.kernel.crash(gone, RuntimeError("injected"))
            with trio.fail_after(60):
                while daemon.kernel.registry.whereis(holder) is not None:
                    await trio.sleep(0.01)
            again = await retried(a, "poll_messages", wait_seconds=5)
            assert again["messages"][0]["id"] == first["messages"][0]["id"]
            assert again["messages"][0]["redelivered"] is True
            assert (await retried(a, "whoami"))["session_id"] == me["session_id"]
            assert (await b.call("whoami"))["session_name"] == "bob"
