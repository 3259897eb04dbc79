"""A pane's actor: the daemon's end of one pane host.

The truth of a pane is in its host. This actor links to it (`linker`), passes requests
on, types for everybody through one writer (`typist`) when it is their turn
(`controlling`), waits for what the terminal shows
(`waits`), feeds the mirror of those who watch (`mirroring`), and records what the host
reports (`reporter`). When it crashes a new incarnation links again under a higher
generation, and the program notices nothing.
Enter at the plain functions of `panes` (`read`, `type_into`, `close`, …).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import trio

from fugue_actors.actors import numbered
from fugue_actors.actors.arbiter import USUAL_CONTROL, ControlSettings
from fugue_actors.actors.control import (
    NoteActivity,
    ReadControl,
    ReleaseControl,
    TakeControl,
)
from fugue_actors.actors.controlling import Controlling, LookIdle
from fugue_actors.actors.linker import Linker
from fugue_actors.actors.mirroring import Mirroring
from fugue_actors.actors.panes import (
    LINK_WITHIN,
    AwaitRunning,
    AwaitTerminal,
    ClosePane,
    CountOutput,
    FeedMirror,
    ReadNumbered,
    ReadScreen,
    Resize,
    StartAgain,
    TypeInto,
    closed,
    exited,
    silent,
)
from fugue_actors.actors.reporter import Reporter
from fugue_actors.actors.typist import Typist
from fugue_actors.actors.waits import Waits
from fugue_actors.errors import FugueError, Refused
from fugue_actors.kernel import Actor, Backoff, ChildSpec, Down, Reply, Restart
from fugue_actors.protocol.events import PaneClosed, PaneResized
from fugue_actors.protocol.hosting import DraftChanged, KillReport, ProgramExited

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fugue_actors.journal import Journal
    from fugue_actors.protocol.hosting import HostEvent
    from fugue_actors.protocol.values import Control, Pane
    from fugue_actors.terminal.link import PaneLink


def spec(
    journal: Journal, pane_id: str, control: ControlSettings = USUAL_CONTROL
) -> ChildSpec:
    """A pane's actor, as a child of its session's panes."""
    return ChildSpec(
        id=pane_id,
        factory=lambda: PaneActor(journal, pane_id, control),
        restart=Restart.TRANSIENT,
        backoff=Backoff(initial=0.1, maximum=30.0),
    )


class PaneActor(Actor):
    """See the module's docstring."""

    def __init__(
        self, journal: Journal, pane_id: str, control: ControlSettings
    ) -> None:
        self.journal = journal
        self.pane_id = pane_id
        self.closing: list[Reply[KillReport]] = []
        self.linker = Linker(self)
        self.controlling = Controlling(self, control)
        self.typist = Typist(self)
        self.waits = Waits(self)
        self.mirroring = Mirroring(self)
        self.reporter = Reporter(journal, pane_id)

    @property
    def pane(self) -> Pane:
        """The pane's record.

        Raises:
            Refused: The pane is closed.
        """
        pane = self.journal.state.panes.get(self.pane_id)
        if pane is None:
            raise closed(self.pane_id)
        return pane

    async def on_start(self) -> None:
        """Begin to link; whoever asks meanwhile waits for it."""
        self.linker.begin()
        self.controlling.begin()
        self.nursery.start_soon(self.controlling.run)
        self.nursery.start_soon(self.typist.run)
        self.nursery.start_soon(self.reporter.run)
        self.nursery.start_soon(self.reporter.run_bells)

    async def on_stop(self, exit: object) -> None:
        """Let go of the host; it goes on without us."""
        if self.linker.link is not None:
            await self.linker.link.aclose()

    def notice(self, event: HostEvent) -> None:
        """Called from the link's reader with what the host reports."""
        if isinstance(event, DraftChanged):
            self.controlling.drafted(event.draft)
            return
        if isinstance(event, ProgramExited):
            self.controlling.end("ended")
        self.reporter.notice(event)

    async def handle(self, message: Any) -> Any:
        """One message."""
        match message:
            case AwaitRunning():
                return self.linker.await_running()
            case StartAgain():
                if self.closing:
                    raise closed(self.pane_id)
                if self.pane.state != "restarting":
                    raise Refused(
                        "InvalidArgument", "the program is not to be restarted"
                    )
                self.linker.begin_again()
            case ReadScreen():
                self.through_link(
                    lambda link: link.screen(
                        message.history,
                        message.since,
                        skip=message.skip,
                        styled=message.styled,
                        limit=message.limit,
                        clipboard=message.clipboard,
                    )
                )
            case ReadNumbered():
                self.through_link(
                    lambda link: numbered.read(
                        link,
                        first=message.first,
                        count=message.count,
                        styled=message.styled,
                    )
                )
            case AwaitTerminal(wanted=wanted):
                self.waits.begin(wanted)
            case CountOutput():
                return self.reporter.output
            case FeedMirror(mirror=mirror):
                self.mirroring.begin(mirror)
            case TakeControl():
                return self.take_control(message)
            case ReleaseControl():
                released = self.controlling.release(message)
                if not message.gives_way or self.pane.exit is not None:
                    return released
                self.through_link(partial(self.give_way, released))
            case ReadControl():
                return self.controlling.standing(self.typist.waiting)
            case NoteActivity():
                self.controlling.note(message)
            case LookIdle():
                self.controlling.look_idle()
            case Down(ref=ref):
                self.controlling.left(ref)
            case TypeInto():
                self.typist.take(message)
            case Resize():
                self.through_link(
                    lambda link: self.resize(link, message.columns, message.lines)
                )
            case ClosePane(grace=grace):
                self.closing.append(self.defer())
                if len(self.closing) == 1:
                    self.nursery.start_soon(self.close, grace)
                self.linker.refuse_starting(closed(self.pane_id))
        return None

    def take_control(self, message: TakeControl) -> Control | None:
        """Give control of a program that runs to whoever asks."""
        if self.closing:
            raise closed(self.pane_id)
        if self.pane.exit is not None:
            raise exited(self.pane)
        return self.controlling.take(message)

    def through_link(self, use: Callable[[PaneLink], Awaitable[Any]]) -> None:
        """Answer the request at hand with what the host says, in a task of its own."""
        self.nursery.start_soon(self.answer, self.defer(), use)

    async def answer(
        self, reply: Reply[Any], use: Callable[[PaneLink], Awaitable[Any]]
    ) -> None:
        with trio.move_on_after(LINK_WITHIN):
            try:
                reply.resolve(await use(await self.linker.wait_link()))
            except FugueError as error:
                reply.fail(error)
            return
        reply.fail(silent(self.pane_id))

    async def give_way(self, released: bool, link: PaneLink) -> bool:
        """Have the host forget what a person has begun to type."""
        await link.drop_draft()
        return released

    async def resize(self, link: PaneLink, columns: int, lines: int) -> None:
        await link.resize(columns, lines)
        await self.journal.record(
            PaneResized(
                pane_id=self.pane_id,
                session_id=self.pane.session_id,
                columns=columns,
                lines=lines,
            )
        )

    async def close(self, grace: float) -> None:
        """Kill the program's tree, end the host, then the pane and this actor."""
        report = KillReport(ended=0)
        with trio.move_on_after(grace * 2 + LINK_WITHIN) as patience:
            try:
                link = await self.linker.wait_link()
                report = await link.kill(grace)
                self.linker.is_closing = True
                await link.close()
            except FugueError as error:
                if self.linker.failure is None:
                    while self.closing:
                        self.closing.pop().fail(error)
                    if self.linker.is_closing:
                        raise  # killed, but not released: begin anew with the host
                    return
        if patience.cancelled_caught:
            report = await self.linker.end_silent_host(grace)
        session_id = self.pane.session_id
        await self.journal.record(
            PaneClosed(pane_id=self.pane_id, session_id=session_id)
        )
        while self.closing:
            self.closing.pop().resolve(report)
        self.stop("closed")
