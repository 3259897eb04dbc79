"""The zygote's actor: asks for pane hosts, one at a time for each pane.

It owns the zygote process and nothing else. If the process dies the actor crashes and
is restarted with a fresh one; hosts that were forked before do not depend on it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import trio

from fugue_actors.errors import FugueError, Unavailable
from fugue_actors.journal import cards
from fugue_actors.journal.cards import Card
from fugue_actors.kernel import (
    Actor,
    Backoff,
    ChildSpec,
    Ref,
    Reply,
    Request,
    cleanup,
)
from fugue_actors.protocol.events import PaneStarted
from fugue_actors.protocol.hosting import HostInfo, SpawnProgram
from fugue_actors.terminal.link import PaneLink
from fugue_actors.terminal.spawner import Spawner, make_private

if TYPE_CHECKING:
    from fugue_actors.journal import Journal
    from fugue_actors.protocol.values import Pane

PATH = "/machine/zygote"
SPAWN_WITHIN = 15.0
END_WITHIN = 10.0
RUN_HISTORY_LINES = 100_000
"""A run's output is read once, at its end, and should be all there."""


@attrs.frozen(kw_only=True)
class SpawnHost(Request[HostInfo]):
    """Start the program of an opened pane in a host of its own, at most once."""

    pane_id: str


async def spawn_host(zygote: Ref, pane_id: str) -> HostInfo:
    """Start an opened pane's program and record it.

    Raises:
        Refused: The command or the directory does not exist, or may not be used.
        Unavailable: The zygote died meanwhile.
    """
    return await zygote.ask(SpawnHost(pane_id=pane_id), within=SPAWN_WITHIN)


def spec(
    journal: Journal,
    directory: Path,
    history_lines: int,
    *,
    orphan_limit: float | None = None,
    has_clipboard: bool = False,
    log: Path | None = None,
    open_files: int | None = None,
) -> ChildSpec:
    """The zygote's actor, as a child of `machine`.

    Args:
        journal: What is the case.
        directory: Where hosts have their sockets.
        history_lines: How many lines of history each keeps; runs keep
            `RUN_HISTORY_LINES` at least.
        orphan_limit: Seconds that each waits for a daemon; None for ever.
        has_clipboard: Whether programs may set a clipboard.
        log: Where zygote and hosts say what made them crash.
        open_files: The limit of open files that programs get; by default the daemon's.
    """
    return ChildSpec(
        id="zygote",
        factory=lambda: ZygoteActor(
            journal,
            directory,
            history_lines,
            orphan_limit=orphan_limit,
            has_clipboard=has_clipboard,
            log=log,
            open_files=open_files,
        ),
        backoff=Backoff(initial=0.1, maximum=5.0),
    )


def after(restarts: int) -> int:
    """Where the cursors of a pane's next program begin.

    Room for 256 GiB of output a program; 30,000 of them fit into what JSON's other
    readers hold exactly, which is 53 bits.
    """
    return (restarts + 1) << 38


class ZygoteActor(Actor):
    """Turns `SpawnHost` into a running host and a recorded `PaneStarted`."""

    def __init__(
        self,
        journal: Journal,
        directory: Path,
        history_lines: int,
        *,
        orphan_limit: float | None = None,
        has_clipboard: bool = False,
        log: Path | None = None,
        open_files: int | None = None,
    ) -> None:
        self.journal = journal
        self.directory = directory
        self.history_lines = history_lines
        self.orphan_limit = orphan_limit
        self.has_clipboard = has_clipboard
        self.log = log
        self.open_files = open_files
        self.under_way: dict[str, list[Reply[HostInfo]]] = {}

    async def on_start(self) -> None:
        """Start the zygote process."""
        self.spawner = await Spawner.start(log=self.log, open_files=self.open_files)
        self.nursery.start_soon(self.crash_with_zygote)

    async def on_stop(self, exit: object) -> None:
        """End the zygote process; hosts stay."""
        await self.spawner.aclose()

    async def handle(self, message: SpawnHost) -> HostInfo | None:
        """Join a spawn that is under way, or begin one."""
        pane = self.journal.state.panes.get(message.pane_id)
        if pane is not None and pane.hosted and pane.state != "restarting":
            return pane.hosted
        reply = self.defer()
        waiting = self.under_way.setdefault(message.pane_id, [])
        waiting.append(reply)
        if len(waiting) == 1:
            self.nursery.start_soon(self.spawn, message.pane_id)
        return None

    async def spawn(self, pane_id: str) -> None:
        """One spawn, for everyone who waits for it."""
        try:
            hosted = await self.spawned(pane_id)
        except FugueError as error:
            for reply in self.under_way.pop(pane_id):
                reply.fail(error)
        else:
            for reply in self.under_way.pop(pane_id):
                reply.resolve(hosted)

    async def spawned(self, pane_id: str) -> HostInfo:
        pane = self.journal.state.panes.get(pane_id)
        if pane is None:
            raise Unavailable("the pane was closed before it started")
        hosted = await self.find(pane)
        if hosted is None:
            hosted = await self.start(pane)
        if pane_id not in self.journal.state.panes:
            with cleanup(END_WITHIN):
                await end_host(hosted, pane.key, self.journal.generation)
            raise Unavailable("the pane was closed while it started")
        await self.journal.record(
            PaneStarted(pane_id=pane_id, session_id=pane.session_id, hosted=hosted)
        )
        # Before anybody is told: from here on it is missed if it dies.
        self.write_card(pane_id)
        return hosted

    def write_card(self, pane_id: str) -> None:
        """Write down a pane where whoever finds its host will look.

        Raises:
            Unavailable: The disk does not take it.
        """
        pane = self.journal.state.panes.get(pane_id)
        if pane is None:
            return  # closed meanwhile
        session = self.journal.state.sessions[pane.session_id]
        try:
            cards.write(self.directory, Card(session=session, pane=pane))
        except OSError as error:
            path = cards.path_of(self.directory, pane_id)
            raise Unavailable(f"cannot write {path}: {error.strerror}") from error

    async def find(self, pane: Pane) -> HostInfo | None:
        """The host that an earlier daemon started and could not make a note of.

        The host of a program that has ended and shall start again makes room instead.
        """
        path = cards.socket_of(self.directory, pane.pane_id)
        if not path.exists():
            return None
        try:
            link = await PaneLink.connect(
                path, key=pane.key, generation=self.journal.generation
            )
        except Unavailable:
            return None
        if pane.state == "restarting" and link.opened.exit is not None:
            await release_host(link)
            return None
        await link.aclose()
        return link.opened.info

    async def start(self, pane: Pane) -> HostInfo:
        """Start a host, for which a card lies ready: whoever finds it can adopt it."""
        make_private(self.directory)
        self.write_card(pane.pane_id)
        try:
            return await self.spawner.spawn(
                pane.pane_id,
                self.directory,
                pane.key,
                SpawnProgram(
                    argv=pane.argv,
                    cwd=pane.cwd,
                    env=pane.environment,
                    columns=pane.columns,
                    lines=pane.lines,
                ),
                history_lines=max(self.history_lines, RUN_HISTORY_LINES)
                if pane.is_run
                else self.history_lines,
                orphan_limit=self.orphan_limit,
                has_clipboard=self.has_clipboard,
                # A cursor of the program before must not be taken for one of this.
                first_output=0 if pane.hosted is None else after(pane.restarts),
            )
        except Unavailable:
            cards.bury(self.directory, pane.pane_id)
            raise
        except BaseException:
            # Its host, if there is one, takes its socket away itself.
            cards.remove(self.directory, pane.pane_id)
            raise

    async def crash_with_zygote(self) -> None:
        """Turn the end of the process into a crash, which the supervisor answers."""
        await self.spawner.wait_died()
        raise Unavailable("the zygote process died")


async def release_host(link: PaneLink) -> None:
    """End a host whose program has ended.

    Raises:
        FugueError: It does not end.
    """
    trouble: FugueError | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        try:
            await link.close()
        except FugueError as error:
            trouble = error
        nursery.cancel_scope.cancel("the host has ended")
    if trouble is not None:
        raise trouble


async def end_host(hosted: HostInfo, key: str, generation: int) -> None:
    """End a host that no pane wants, with all its program started."""
    link = await PaneLink.connect(
        Path(hosted.socket), key=key, generation=generation, on_event=lambda _: None
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        await link.kill(1.0)
        await link.close()
        nursery.cancel_scope.cancel("the host has ended")
