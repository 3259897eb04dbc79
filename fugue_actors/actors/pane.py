"""A pane's actor: the daemon's end of one pane host.

The truth of a pane is in its host. This actor links to it, passes requests on, types
for everybody through one writer, and records what the host reports. When it crashes a
new incarnation links again under a higher generation, and the program notices nothing.
Enter at the plain functions (`read`, `type_into`, `close`, …).
"""

from __future__ import annotations

import logging
import math
import os
import signal
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import trio

from fugue_actors.actors import zygote
from fugue_actors.errors import (
    ActorCrashed,
    ActorRestarting,
    FugueError,
    Refused,
    Unavailable,
)
from fugue_actors.kernel import (
    Actor,
    Backoff,
    ChildSpec,
    Ref,
    Reply,
    Request,
    Restart,
)
from fugue_actors.protocol.events import (
    PaneClosed,
    PaneExited,
    PaneLinked,
    PaneLost,
    PaneResized,
    PaneStarted,
    PaneTitled,
)
from fugue_actors.protocol.hosting import (
    HostEvent,
    HostInfo,
    KillReport,
    ProgramExit,
    ProgramExited,
    ScreenSnapshot,
    TitleChanged,
    Waited,
    WaitFor,
)
from fugue_actors.protocol.values import Pane
from fugue_actors.terminal import keys as keyboard, processes, stragglers
from fugue_actors.terminal.link import PaneLink

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fugue_actors.journal import Journal

logger = logging.getLogger(__name__)

T = TypeVar("T")

LINK_WITHIN = 10.0
WRITE_WITHIN = 5.0
TAKEN_WITHIN = 3.0
RELINK_DELAYS = (0.02, 0.1, 0.3, 1.0)
PENDING_WRITES = 64
PENDING_WAITS = 32
CRASHES_OUTLIVED = 5
# An Enter that arrives in one read with a bracketed paste is swallowed by some agents;
# the slowest that was measured wants half a second between the two.
SUBMIT_GAP = 0.5
# Text that is no paste is echoed before Enter is pressed, if it is echoed at all: so the
# cursor before the Enter tells the echo from the answer.
ECHO_WITHIN = 0.1
ECHO_QUIET = 0.01


@attrs.frozen(kw_only=True)
class AwaitRunning(Request[Pane]):
    """Answered when the program runs; refused if it cannot be started."""


@attrs.frozen(kw_only=True)
class StartAgain(Request[Pane]):
    """Start the program anew, in a host of its own; answered when it runs."""


@attrs.frozen(kw_only=True)
class ReadScreen(Request[ScreenSnapshot]):
    """The screen, with so many lines of history, or what came since a cursor."""

    history: int = 0
    since: int | None = None
    styled: bool = False
    limit: int | None = None


@attrs.frozen(kw_only=True)
class AwaitTerminal(Request[Waited]):
    """Answered when something is the case in the terminal."""

    wanted: WaitFor


@attrs.frozen(kw_only=True)
class Typed:
    """What became of a write.

    Attributes:
        bytes: How many the terminal took.
        next: The cursor just before the last of them, an Enter say: what the program
            answers comes after, the echo of the text before.
    """

    bytes: int
    next: int


@attrs.frozen(kw_only=True)
class TypeInto(Request[Typed]):
    """Write text, then keys, then Enter if asked; whole or not at all."""

    text: str | None = attrs.field(default=None, repr=False)
    keys: tuple[str, ...] = ()
    submit: bool = False
    paste: bool = True


@attrs.frozen(kw_only=True)
class Resize(Request[None]):
    """Give the terminal another size."""

    columns: int
    lines: int


@attrs.frozen(kw_only=True)
class ClosePane(Request[KillReport]):
    """End the program and everything below it, and the pane with it."""

    grace: float = 1.0


async def running(pane: Ref) -> Pane:
    """The pane's record once its program runs."""
    return await pane.ask(AwaitRunning(), within=zygote.SPAWN_WITHIN)


async def start_again(pane: Ref) -> Pane:
    """Run the pane's program anew; what the last run left on the screen is gone.

    Raises:
        Refused: It cannot be started, or the pane's record does not want it to be.
    """
    return await pane.ask(StartAgain(), within=zygote.SPAWN_WITHIN + LINK_WITHIN)


async def read(
    pane: Ref,
    *,
    history: int = 0,
    since: int | None = None,
    styled: bool = False,
    limit: int | None = None,
) -> ScreenSnapshot:
    """What the pane shows; of what is new at most `limit` characters."""
    request = ReadScreen(history=history, since=since, styled=styled, limit=limit)
    screen = await pane.ask(request, within=10.0)
    if since is None or since <= screen.next:
        return screen
    # The cursor is of a run before this one, whose screen is gone.
    screen = await pane.ask(attrs.evolve(request, since=0), within=10.0)
    return attrs.evolve(screen, lost=True)


async def wait_for(pane: Ref, wanted: WaitFor) -> Waited:
    """Wait until something is the case in a pane's terminal, for as long as it takes.

    The wait outlives a lost link and a crash of the actor, and ends with whoever waits.

    Raises:
        Refused: `InvalidArgument` for a bad pattern, `PaneExited` if the pane's host
            died, `Busy` for too many waits at once.
    """
    for _ in range(CRASHES_OUTLIVED):
        try:
            return await pane.ask(AwaitTerminal(wanted=wanted), within=math.inf)
        except (ActorCrashed, ActorRestarting):
            await pane.kernel.registry.wait_for(pane.path)
    return await pane.ask(AwaitTerminal(wanted=wanted), within=math.inf)


async def type_into(
    pane: Ref,
    *,
    text: str | None,
    keys: tuple[str, ...],
    submit: bool,
    paste: bool = True,
) -> Typed:
    """Type into the pane's program; returns when its terminal has taken all of it.

    Args:
        text: Typed first; as a paste, unless `paste` is false.
        keys: Named keys, pressed after it.
        submit: Whether Enter is pressed last.

    Raises:
        Refused: `PaneExited`, `InvalidArgument` for a key nobody knows, `Busy` when the
            program does not read, or too many others type already.
    """
    request = TypeInto(text=text, keys=keys, submit=submit, paste=paste)
    return await pane.ask(request, within=15.0)


async def resize(pane: Ref, *, columns: int, lines: int) -> None:
    """Give the pane's terminal another size.

    A pane has the size it is drawn with: this is for its session, which keeps the
    layout. Others ask the session (`layouts.arrange`).
    """
    await pane.ask(Resize(columns=columns, lines=lines), within=LINK_WITHIN + 2.0)


async def close(pane: Ref, *, grace: float = 1.0) -> KillReport:
    """End a pane; returns what had to be killed."""
    return await pane.ask(ClosePane(grace=grace), within=grace * 3 + 10.0)


def spec(journal: Journal, pane_id: str) -> ChildSpec:
    """A pane's actor, as a child of its session's panes."""
    return ChildSpec(
        id=pane_id,
        factory=lambda: PaneActor(journal, pane_id),
        restart=Restart.TRANSIENT,
        backoff=Backoff(initial=0.1, maximum=30.0),
    )


class PaneActor(Actor):
    """See the module's docstring."""

    def __init__(self, journal: Journal, pane_id: str) -> None:
        self.journal = journal
        self.pane_id = pane_id
        self.link: PaneLink | None = None
        self.linked = trio.Event()
        self.failure: FugueError | None = None
        self.is_closing = False
        self.starting: list[Reply[Pane]] = []
        self.closing: list[Reply[KillReport]] = []
        self.waits = 0
        self.writes: deque[tuple[TypeInto, Reply[Typed]]] = deque()
        self.written = trio.Event()
        self.title: str | None = None
        self.exit: ProgramExit | None = None
        self.spoke = trio.Event()
        self.end_link: Callable[[], None] = lambda: None
        self.link_ended = trio.Event()

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
        if self.journal.state.panes[self.pane_id].state == "lost":
            self.failure = lost(self.pane_id)
            self.link_ended.set()
        else:
            self.nursery.start_soon(self.have_host)
        self.nursery.start_soon(self.type_in_order)
        self.nursery.start_soon(self.record_reports)

    async def on_stop(self, exit: object) -> None:
        """Let go of the host; it goes on without us."""
        if self.link is not None:
            await self.link.aclose()

    async def handle(self, message: Any) -> Any:
        """One message."""
        match message:
            case AwaitRunning():
                return self.await_running()
            case StartAgain():
                if self.closing:
                    raise closed(self.pane_id)
                if self.pane.state != "restarting":
                    raise Refused(
                        "InvalidArgument", "the program is not to be restarted"
                    )
                self.starting.append(self.defer())
                self.nursery.start_soon(self.start_again)
            case ReadScreen():
                self.through_link(
                    lambda link: link.screen(
                        message.history,
                        message.since,
                        styled=message.styled,
                        limit=message.limit,
                    )
                )
            case AwaitTerminal(wanted=wanted):
                self.begin_wait(wanted)
            case TypeInto():
                self.queue_write(message)
            case Resize():
                self.through_link(
                    lambda link: self.resize(link, message.columns, message.lines)
                )
            case ClosePane(grace=grace):
                self.closing.append(self.defer())
                if len(self.closing) == 1:
                    self.nursery.start_soon(self.close, grace)
                while self.starting:
                    self.starting.pop().fail(closed(self.pane_id))
        return None

    def await_running(self) -> Pane | None:
        if self.failure is not None:
            raise fresh(self.failure)
        pane = self.pane
        if pane.hosted is not None and pane.state != "restarting":
            return pane
        self.starting.append(self.defer())
        return None

    def fail(self, error: FugueError) -> None:
        """From now on every request is refused with this error."""
        self.failure = error
        self.linked.set()
        while self.starting:
            self.starting.pop().fail(fresh(error))
        while self.writes:
            self.writes.popleft()[1].fail(fresh(error))

    # ---- the link

    async def have_host(self, *, again: bool = False) -> None:
        """Start the program if it never was, or `again`, then keep a link to its host."""
        async with trio.open_nursery() as nursery:
            self.end_link = nursery.cancel_scope.cancel
            try:
                hosted = self.pane.hosted
                if hosted is None or again:
                    ref = self.kernel.registry.resolve(zygote.PATH)
                    hosted = await zygote.spawn_host(ref, self.pane_id)
                await self.stay_linked(hosted)
            except FugueError as error:
                self.fail(error)
        self.unlinked()
        self.link_ended.set()

    async def start_again(self) -> None:
        """Leave the host whose program has ended to the zygote, and begin anew."""
        self.end_link()
        self.failure = self.title = self.exit = None
        self.unlinked()
        await self.link_ended.wait()
        self.link_ended = trio.Event()
        await self.have_host(again=True)

    async def stay_linked(self, hosted: HostInfo) -> None:
        """Keep a link to the host until the host is gone, or obeys somebody else."""
        misses = 0
        while not self.is_closing:
            try:
                generation = self.journal.generation
                link = await PaneLink.connect(
                    Path(hosted.socket),
                    key=self.pane.key,
                    generation=generation,
                    on_event=self.on_host_event,
                )
            except Unavailable as error:
                if not is_there(hosted):
                    break
                if not misses:
                    logger.warning("pane %s: %s", self.pane_id, error.message)
                call(hosted)
                await trio.sleep(RELINK_DELAYS[min(misses, len(RELINK_DELAYS) - 1)])
                misses += 1
                continue
            misses = 0
            about = {"pane_id": self.pane_id, "session_id": self.pane.session_id}
            if link.opened.info != hosted:
                # Started by a daemon that died before it could make a note of it.
                hosted = link.opened.info
                await self.journal.record(PaneStarted(**about, hosted=hosted))
            await self.journal.record(PaneLinked(**about, generation=generation))
            self.now_linked(link)
            await link.run()
            self.unlinked()
        if not self.is_closing:
            await self.lose(hosted)

    async def lose(self, hosted: HostInfo) -> None:
        """The host is gone; without a word, unless the program had ended before."""
        left = await stragglers.end(hosted)
        if left.ended or left.survivors:
            logger.warning(
                "pane %s: its host died; ended %d processes of its program, %d by "
                "force; %d are left",
                self.pane_id,
                left.ended,
                len(left.forced),
                len(left.survivors),
            )
        pane = self.pane
        if pane.state in ("starting", "running"):
            await self.journal.record(
                PaneLost(pane_id=pane.pane_id, session_id=pane.session_id)
            )
        self.fail(lost(self.pane_id))

    def unlinked(self) -> None:
        self.link = None
        if self.linked.is_set() and self.failure is None:
            self.linked = trio.Event()

    def now_linked(self, link: PaneLink) -> None:
        self.link = link
        self.linked.set()
        pane = self.pane
        while self.starting:
            self.starting.pop().resolve(pane)

    async def wait_link(self) -> PaneLink:
        while self.link is None:
            if self.failure is not None:
                raise fresh(self.failure)
            await self.linked.wait()
        return self.link

    def through_link(self, use: Callable[[PaneLink], Awaitable[Any]]) -> None:
        """Answer the request at hand with what the host says, in a task of its own."""
        self.nursery.start_soon(self.answer, self.defer(), use)

    async def answer(
        self, reply: Reply[Any], use: Callable[[PaneLink], Awaitable[Any]]
    ) -> None:
        with trio.move_on_after(LINK_WITHIN):
            try:
                reply.resolve(await use(await self.wait_link()))
            except FugueError as error:
                reply.fail(error)
            return
        reply.fail(silent(self.pane_id))

    # ---- waiting

    def begin_wait(self, wanted: WaitFor) -> None:
        """Wait in a task of its own, or refuse it."""
        if self.waits >= PENDING_WAITS:
            raise Refused(
                "Busy",
                f"{PENDING_WAITS} waits for pane {self.pane_id} are under way already",
                hint="wait for one thing at a time",
            )
        self.waits += 1
        self.nursery.start_soon(self.wait_while_asked, self.defer(), wanted)

    async def wait_while_asked(self, reply: Reply[Waited], wanted: WaitFor) -> None:
        """Wait until it is the case, or until nobody wants to know any more."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.wait_in_terminal, reply, wanted)
            await reply.wait_closed()
            nursery.cancel_scope.cancel("nobody waits any more")
        self.waits -= 1

    async def wait_in_terminal(self, reply: Reply[Waited], wanted: WaitFor) -> None:
        """Wait through one link after the other."""
        while not reply.asker_gone:
            try:
                link = await self.wait_link()
                reply.resolve(await link.wait_for(wanted))
            except Unavailable:
                await trio.lowlevel.checkpoint()  # the link is lost, not the program
            except FugueError as error:
                reply.fail(error)

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

    # ---- what the host reports

    def on_host_event(self, event: HostEvent) -> None:
        """Called from the link's reader; remembers, and lets `record_reports` work."""
        match event:
            case TitleChanged(title=title):
                self.title = title
            case ProgramExited(exit=status):
                self.exit = status
            case _:
                return
        self.spoke.set()

    async def record_reports(self) -> None:
        """Record the newest title and the exit, each once."""
        while True:
            await self.spoke.wait()
            self.spoke = trio.Event()
            pane = self.journal.state.panes.get(self.pane_id)
            if pane is None:
                return
            about = {"pane_id": pane.pane_id, "session_id": pane.session_id}
            title, self.title = self.title, None
            if title is not None and title != pane.title:
                await self.journal.record(PaneTitled(**about, title=title))
            if self.exit is not None and pane.exit is None:
                await self.journal.record(PaneExited(**about, exit=self.exit))

    # ---- typing

    def queue_write(self, message: TypeInto) -> None:
        """Put a write behind the others, or refuse it."""
        pane = self.pane
        if self.failure is not None:
            raise fresh(self.failure)
        if self.closing:
            raise closed(pane.pane_id)
        if pane.exit is not None:
            raise exited(pane)
        if len(self.writes) >= PENDING_WRITES:
            raise Refused(
                "Busy",
                f"{PENDING_WRITES} writes to pane {pane.pane_id} are waiting already",
                hint="wait until the program has read some of them",
            )
        self.writes.append((message, self.defer()))
        self.written.set()

    async def type_in_order(self) -> None:
        """The one writer: nothing that anybody types is ever interleaved."""
        while True:
            while not self.writes:
                self.written = trio.Event()
                await self.written.wait()
            message, reply = self.writes.popleft()
            if reply.asker_gone:
                continue
            with trio.move_on_after(WRITE_WITHIN) as scope:
                try:
                    reply.resolve(await self.write(message))
                except FugueError as error:
                    reply.fail(error)
            if scope.cancelled_caught:
                reply.fail(silent(self.pane_id))

    async def write(self, message: TypeInto) -> Typed:
        """Write a message's text, keys and Enter, in the mode the program set."""
        link = await self.wait_link()
        modes = (await link.status()).modes
        data = keyboard.encode_text(message.text or "", modes, paste=message.paste)
        data += keyboard.encode_keys(message.keys, modes)
        cursor = 0
        if data:
            cursor = await self.put(link, data)
        if message.submit:
            if data and message.paste and modes.bracketed_paste:
                await trio.sleep(SUBMIT_GAP)
            elif data:
                with trio.move_on_after(ECHO_WITHIN):
                    await link.wait_for(WaitFor(quiet=ECHO_QUIET, since=cursor))
            cursor = await self.put(link, b"\r")
        return Typed(bytes=len(data) + message.submit, next=cursor)

    async def put(self, link: PaneLink, data: bytes) -> int:
        """Write some bytes and wait until the terminal has them; the cursor before."""
        written = await link.write(data)
        if written.queued_bytes:
            with trio.move_on_after(TAKEN_WITHIN) as scope:
                await link.wait_for(WaitFor(taken=True))
            if scope.cancelled_caught:
                left = (await link.status()).queued_bytes
                raise Refused(
                    "Busy",
                    f"the program of pane {self.pane_id} does not read: {left} bytes of "
                    "input wait for it",
                    hint="it gets them when it reads again: do not type them again",
                    data={"queued_bytes": left},
                )
        return written.next

    # ---- the end

    async def close(self, grace: float) -> None:
        """Kill the program's tree, end the host, then the pane and this actor."""
        report = KillReport(ended=0)
        with trio.move_on_after(grace * 2 + LINK_WITHIN):
            try:
                link = await self.wait_link()
                report = await link.kill(grace)
                self.is_closing = True
                await link.close()
            except FugueError as error:
                if self.failure is None:
                    while self.closing:
                        self.closing.pop().fail(error)
                    if self.is_closing:
                        raise  # killed, but not released: begin anew with the host
                    return
        session_id = self.pane.session_id
        await self.journal.record(
            PaneClosed(pane_id=self.pane_id, session_id=session_id)
        )
        while self.closing:
            self.closing.pop().resolve(report)
        self.stop("closed")


def is_there(hosted: HostInfo) -> bool:
    """Whether a host's process lives, whatever its socket says."""
    try:
        found = processes.inspect(hosted.host_pid)
    except (ProcessLookupError, PermissionError):
        return False
    return found.started == hosted.host_started and not found.zombie


def call(hosted: HostInfo) -> None:
    """Ask a host whose socket is gone to listen again.

    That happens when a runtime directory goes, as at the end of a user's last login.
    """
    if not Path(hosted.socket).exists():
        os.kill(hosted.host_pid, signal.SIGUSR1)


def fresh(error: FugueError) -> FugueError:
    """The same refusal as an object of its own: each asker gets one."""
    return Refused(error.code, error.message, hint=error.hint, data=error.data)


def silent(pane_id: str) -> Unavailable:
    return Unavailable(f"the host of pane {pane_id} does not answer")


def closed(pane_id: str) -> Refused:
    return Refused("PaneNotFound", f"pane {pane_id} is closed")


def lost(pane_id: str) -> Refused:
    return Refused(
        "PaneExited",
        f"the host of pane {pane_id} died; nothing is known of its program",
        hint="close the pane, or kill its session",
    )


def exited(pane: Pane) -> Refused:
    assert pane.exit is not None
    how = f"status {pane.exit.code}" if pane.exit.signal is None else pane.exit.signal
    return Refused(
        "PaneExited",
        f"the program of pane {pane.pane_id} has ended ({how})",
        hint="its last screen can still be read",
        data={"code": pane.exit.code, "signal": pane.exit.signal},
    )
