"""Real pane hosts for tests: started by a real zygote, gone when the test is over."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import attrs
import trio

from fugue_actors.errors import FugueError
from fugue_actors.protocol.hosting import (
    HostEvent,
    HostInfo,
    ProgramExited,
    ScreenSnapshot,
    SpawnProgram,
)
from fugue_actors.terminal import processes
from fugue_actors.terminal.link import PaneLink
from fugue_actors.terminal.spawner import Spawner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

E = TypeVar("E", bound=HostEvent)

KEY = "the key of every pane in these tests"
NO_DEVICE = -1  # nothing has this one; 0 stands for processes without a terminal
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "TERM": "xterm-256color",
    "LANG": "C.UTF-8",
    "PS1": "$ ",
}


class Recorder:
    """Keeps a link's events and wakes who waits for one."""

    def __init__(self) -> None:
        self.events: list[HostEvent] = []
        self.changed = trio.Event()

    def __call__(self, event: HostEvent) -> None:
        self.events.append(event)
        self.changed.set()
        self.changed = trio.Event()

    async def wait_for(self, kind: type[E]) -> E:
        """The first event of a kind."""
        while True:
            for event in self.events:
                if isinstance(event, kind):
                    return event
            await self.changed.wait()


@attrs.define(eq=False)
class HostedPane:
    """One host, its link, and what the link reported."""

    info: HostInfo
    link: PaneLink
    events: Recorder

    async def wait_screen(
        self, is_right: Callable[[ScreenSnapshot], bool], *, since: int | None = None
    ) -> ScreenSnapshot:
        """The first screen that is as wanted; looks again whenever output came."""
        while True:
            changed = self.events.changed
            screen = await self.link.screen(since=since)
            if is_right(screen):
                return screen
            await changed.wait()

    async def wait_text(self, text: str) -> ScreenSnapshot:
        """The first screen that shows some text."""
        return await self.wait_screen(lambda screen: text in "\n".join(screen.text))

    async def wait_exited(self) -> ProgramExited:
        """The report of the program's end."""
        return await self.events.wait_for(ProgramExited)


@attrs.define(eq=False)
class Panes:
    """A zygote and the panes a test opened."""

    directory: Path
    spawner: Spawner
    nursery: trio.Nursery
    hosts: list[HostInfo] = attrs.field(factory=list)

    async def spawn(
        self,
        *argv: str,
        history_lines: int = 10_000,
        orphan_limit: float | None = None,
        has_clipboard: bool = False,
        **options: object,
    ) -> HostInfo:
        """A host without a link; options are fields of `SpawnProgram`."""
        program = SpawnProgram(
            argv=argv, **{"cwd": str(self.directory), "env": ENVIRONMENT, **options}
        )
        info = await self.spawner.spawn(
            f"pane-{len(self.hosts)}",
            self.directory / "panes",
            KEY,
            program,
            history_lines=history_lines,
            orphan_limit=orphan_limit,
            has_clipboard=has_clipboard,
        )
        self.hosts.append(info)
        return info

    async def link(self, info: HostInfo, *, generation: int = 1) -> HostedPane:
        """Link to a host; the link runs until the test is over."""
        events = Recorder()
        link = await PaneLink.connect(
            Path(info.socket), key=KEY, generation=generation, on_event=events
        )
        self.nursery.start_soon(link.run)
        return HostedPane(info, link, events)

    async def open(self, *argv: str, **options: object) -> HostedPane:
        """A host with a link."""
        return await self.link(await self.spawn(*argv, **options))


@asynccontextmanager
async def open_panes() -> AsyncIterator[Panes]:
    """A zygote in a directory of its own; hosts and programs are killed at the end."""
    # Not below pytest's directory: a socket's path must be short.
    directory = Path(tempfile.mkdtemp(prefix="fugue-test-"))
    spawner = await Spawner.start(log=directory / "log")
    hosts: list[HostInfo] = []
    try:
        async with trio.open_nursery() as nursery:
            yield Panes(directory, spawner, nursery, hosts)
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 10):
            await spawner.aclose()
            for info in hosts:
                await end_host(info)
        log = (directory / "log").read_text(encoding="utf-8")
        shutil.rmtree(directory)
    assert not log, log


async def end_host(info: HostInfo) -> None:
    """End a host with everything below it, and wait until all of it is gone.

    First as a daemon would, then, if that does not work, by force.
    """
    with trio.move_on_after(2):
        try:
            link = await PaneLink.connect(Path(info.socket), key=KEY, generation=2**60)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(link.run)
                await link.kill(0)
                await link.close()
            await wait_gone(info.host_pid)
        except* FugueError:
            pass
    if is_running(info.host_pid, info.host_started):
        try:
            device = processes.device_number(info.tty)
        except FileNotFoundError:  # it is ending, and its terminal has gone first
            device = NO_DEVICE
        family = processes.family(processes.table(), host=info.host_pid, tty=device)
        for pid in (info.host_pid, *family):
            end_process(pid)
        for pid in (info.host_pid, *family):
            await wait_gone(pid)


def end_process(pid: int) -> None:
    """Kill a process that may be gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def is_running(pid: int, started: float | None = None) -> bool:
    """Whether a process is there, and not just its zombie."""
    process = processes.table().get(pid)
    return process is not None and started in (None, process.started)


async def wait_gone(pid: int) -> None:
    """Wait until a process, which need not be a child, has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        await trio.lowlevel.wait_readable(descriptor)
    finally:
        os.close(descriptor)
