"""The linker of a pane, within the pane's actor: has a host, and a link to it.

It starts the program if it never was, links again whenever the link is lost, and says
when the host is gone; from then on every request is refused.
"""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import trio

from fugue_actors.actors import zygote
from fugue_actors.actors.panes import fresh, lost
from fugue_actors.errors import FugueError, Unavailable
from fugue_actors.journal import cards
from fugue_actors.protocol.events import PaneLinked, PaneLost, PaneStarted
from fugue_actors.protocol.hosting import KillReport
from fugue_actors.terminal import processes, stragglers
from fugue_actors.terminal.link import PaneLink

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.actors.pane import PaneActor
    from fugue_actors.kernel import Reply
    from fugue_actors.protocol.hosting import HostInfo
    from fugue_actors.protocol.values import Pane

logger = logging.getLogger(__name__)

RELINK_DELAYS = (0.02, 0.1, 0.3, 1.0)


class Linker:
    """See the module's docstring."""

    def __init__(self, actor: PaneActor) -> None:
        self.actor = actor
        self.link: PaneLink | None = None
        self.linked = trio.Event()
        self.next_link = trio.Event()
        self.failure: FugueError | None = None
        self.is_closing = False
        self.is_beginning_again = False
        self.starting: list[Reply[Pane]] = []
        self.end_link: Callable[[], None] = lambda: None
        self.link_ended = trio.Event()

    def begin(self) -> None:
        """Have a host, unless it is known to be gone; whoever asks meanwhile waits."""
        pane = self.actor.journal.state.panes[self.actor.pane_id]
        if pane.state == "lost":
            self.failure = lost(pane)
            self.link_ended.set()
        else:
            self.actor.nursery.start_soon(self.have_host)

    def await_running(self) -> Pane | None:
        """The pane's record if its program runs, else the asker at hand waits for it."""
        self.check()
        pane = self.actor.pane
        if pane.hosted is not None and pane.state != "restarting":
            return pane
        self.starting.append(self.actor.defer())
        return None

    def begin_again(self) -> None:
        """Start the program anew, once for all who ask meanwhile."""
        self.starting.append(self.actor.defer())
        if not self.is_beginning_again:
            self.is_beginning_again = True
            self.actor.nursery.start_soon(self.start_again)

    def check(self) -> None:
        """Nothing, as long as there is a host, or will be one.

        Raises:
            Refused: There is none; with the reason.
        """
        if self.failure is not None:
            raise fresh(self.failure)

    def fail(self, error: FugueError) -> None:
        """From now on every request is refused with this error."""
        self.failure = error
        self.is_beginning_again = False
        self.linked.set()
        self.refuse_starting(error)
        self.actor.controlling.end("ended")
        self.actor.typist.refuse_all(error)

    def refuse_starting(self, error: FugueError) -> None:
        """Whoever waits for the program to run waits in vain."""
        while self.starting:
            self.starting.pop().fail(fresh(error))

    async def have_host(self, *, again: bool = False) -> None:
        """Start the program if it never was, or `again`, then keep a link to its host."""
        async with trio.open_nursery() as nursery:
            self.end_link = nursery.cancel_scope.cancel
            try:
                hosted = self.actor.pane.hosted
                if hosted is None or again:
                    ref = self.actor.kernel.registry.resolve(zygote.PATH)
                    hosted = await zygote.spawn_host(ref, self.actor.pane_id)
                    self.actor.reporter.begin(bells=0)
                await self.stay_linked(hosted)
            except FugueError as error:
                self.fail(error)
        self.unlinked()
        self.link_ended.set()

    async def start_again(self) -> None:
        """Leave the host whose program has ended to the zygote, and begin anew."""
        self.end_link()
        self.failure = None
        self.actor.reporter.forget()
        self.unlinked()
        await self.link_ended.wait()
        self.link_ended = trio.Event()
        await self.have_host(again=True)

    async def stay_linked(self, hosted: HostInfo) -> None:
        """Keep a link to the host until the host is gone, or obeys somebody else."""
        misses = 0
        while not self.is_closing:
            try:
                generation = self.actor.journal.generation
                link = await PaneLink.connect(
                    Path(hosted.socket),
                    key=self.actor.pane.key,
                    generation=generation,
                    on_event=self.actor.notice,
                )
            except Unavailable as error:
                if not is_there(hosted):
                    break
                if not misses:
                    logger.warning("pane %s: %s", self.actor.pane_id, error.message)
                call(hosted)
                await trio.sleep(RELINK_DELAYS[min(misses, len(RELINK_DELAYS) - 1)])
                misses += 1
                continue
            misses = 0
            about = {
                "pane_id": self.actor.pane_id,
                "session_id": self.actor.pane.session_id,
            }
            if link.opened.info != hosted:
                # Started by a daemon that died before it could make a note of it.
                hosted = link.opened.info
                await self.actor.journal.record(PaneStarted(**about, hosted=hosted))
            await self.actor.journal.record(PaneLinked(**about, generation=generation))
            self.now_linked(link)
            await link.run()
            self.unlinked()
        if not self.is_closing:
            await self.lose(hosted)

    async def lose(self, hosted: HostInfo) -> None:
        """The host is gone; without a word, unless the program had ended before."""
        orphaned = cards.is_orphaned(Path(hosted.socket).parent, self.actor.pane_id)
        bury(hosted)
        left = await stragglers.end(hosted)
        if left.ended or left.survivors:
            logger.warning(
                "pane %s: its host died; ended %d processes of its program, %d by "
                "force; %d are left",
                self.actor.pane_id,
                left.ended,
                len(left.forced),
                len(left.survivors),
            )
        pane = self.actor.pane
        if pane.state in ("starting", "running"):
            await self.actor.journal.record(
                PaneLost(
                    pane_id=pane.pane_id, session_id=pane.session_id, orphaned=orphaned
                )
            )
        self.fail(lost(self.actor.pane))

    async def end_silent_host(self, grace: float) -> KillReport:
        """End a host that does not answer, and all that its program has started."""
        self.is_closing = True
        self.end_link()
        hosted = self.actor.pane.hosted
        if hosted is None:
            return KillReport(ended=0)
        if not is_there(hosted):
            bury(hosted)
            return KillReport(ended=0)
        logger.warning(
            "pane %s: its host, process %d, does not answer and is killed",
            self.actor.pane_id,
            hosted.host_pid,
        )
        report = await stragglers.end_with_host(hosted, grace=grace)
        bury(hosted)
        return report

    def unlinked(self) -> None:
        self.link = None
        if self.linked.is_set() and self.failure is None:
            self.linked = trio.Event()

    def now_linked(self, link: PaneLink) -> None:
        self.link = link
        self.actor.controlling.drafted(link.opened.draft)
        self.actor.reporter.begin(link.opened.bells)
        self.is_beginning_again = False
        self.linked.set()
        self.next_link.set()
        self.next_link = trio.Event()
        pane = self.actor.pane
        while self.starting:
            self.starting.pop().resolve(pane)

    async def wait_link(self) -> PaneLink:
        """The link, as soon as there is one.

        Raises:
            Refused: There will be none, as with `check`.
        """
        while self.link is None:
            self.check()
            await self.linked.wait()
        return self.link

    async def wait_next_link(self) -> PaneLink:
        """The link, or the next there is, if the program is started again some day."""
        await trio.lowlevel.checkpoint()
        while self.link is None:
            await self.next_link.wait()
        return self.link


def is_there(hosted: HostInfo) -> bool:
    """Whether a host's process lives, whatever its socket says."""
    try:
        found = processes.inspect(hosted.host_pid)
    except (ProcessLookupError, PermissionError):
        return False
    return found.started == hosted.host_started and not found.zombie


def bury(hosted: HostInfo) -> None:
    """Take away what a dead host left where hosts are looked for."""
    path = Path(hosted.socket)
    cards.bury(path.parent, path.stem)


def call(hosted: HostInfo) -> None:
    """Ask a host whose socket is gone to listen again.

    That happens when a runtime directory goes, as at the end of a user's last login.
    """
    if not Path(hosted.socket).exists():
        os.kill(hosted.host_pid, signal.SIGUSR1)
