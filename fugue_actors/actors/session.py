"""A session's actor: its tags, status, panes, their layout, and its inbox.

What is the case stands in the journal; this actor is the only one that changes it for
its session, one request at a time. It starts the panes that its record names, so that a
new incarnation, of this actor or of its whole subtree, finds them again.

Messages are handed out with a claim: they are *offered* to a connection, become
*consumed* when that connection proves that it got them, and go back to the queue when
it ends first. The claim is watched, so no connection can take messages to its grave.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs
import trio

from fugue_actors.actors import arranger, layouts, pane as panes, restarter, running
from fugue_actors.errors import (
    ActorGone,
    ActorRestarting,
    FugueError,
    Refused,
    Unavailable,
)
from fugue_actors.journal.journal import utc_now
from fugue_actors.kernel import (
    Actor,
    Backoff,
    ChildSpec,
    Down,
    Intensity,
    Ref,
    Registry,
    Reply,
    Request,
    Restart,
    Strategy,
    Timer,
    dynamic_supervisor,
    start_child,
    supervisor,
)
from fugue_actors.protocol.events import (
    MessagesConsumed,
    MessageSent,
    MessagesOffered,
    MessagesReturned,
    PaneClosed,
    PaneOpened,
    Recorded,
    StatusReported,
    TagsChanged,
)
from fugue_actors.protocol.hosting import KillReport
from fugue_actors.protocol.values import Envelope, Pane, ReportedStatus, Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.journal import Journal

logger = logging.getLogger(__name__)

SESSIONS = "/sessions"
ASK_WITHIN = 10.0
# A claim that has to find its way to a client that went away is worth a short wait.
WAIT_MARGIN = 5.0


@attrs.frozen(kw_only=True)
class SetTags(Request[Session]):
    """Add and remove tags; adding what is there, or removing what is not, is fine."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ReportStatus(Request[ReportedStatus]):
    """Record how the agent says it is doing."""

    status: str
    message: str | None = None


@attrs.frozen(kw_only=True)
class OpenPane(Request[Pane]):
    """Start a program in a new pane; answered when it runs."""

    pane: Pane = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class ClosePane(Request[tuple[KillReport, ...]]):
    """End one pane with all its program started."""

    pane_id: str


@attrs.frozen(kw_only=True)
class CloseAllPanes(Request[tuple[KillReport, ...]]):
    """End every program of the session."""


@attrs.frozen(kw_only=True)
class TakeMessages(Request[tuple[Envelope, ...]]):
    """Claim up to `most` queued messages for a connection, waiting for the first."""

    holder: Ref
    most: int
    wait: float


@attrs.frozen(kw_only=True)
class ConfirmMessages(Request[None]):
    """The connection that claimed these has them."""

    message_ids: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ReturnMessages(Request[None]):
    """The claim on these ends; `seen` if they may have reached the client."""

    message_ids: tuple[str, ...]
    seen: bool


@attrs.frozen(kw_only=True)
class InboxGrew:
    """Look at the inbox (to the actor itself)."""


@attrs.frozen(kw_only=True)
class WaitEnded:
    """A waiting claim ran out of time (to the actor itself)."""

    waiter: Waiter


@attrs.define(eq=False)
class Waiter:
    """A claim that waits for its first message; `timer` ends the wait."""

    request: TakeMessages
    reply: Reply[tuple[Envelope, ...]]
    timer: Timer | None = None


async def set_tags(
    session: Ref, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()
) -> Session:
    """Change a session's tags; returns its record with the new ones."""
    return await session.ask(SetTags(add=add, remove=remove), within=ASK_WITHIN)


async def report_status(
    session: Ref, *, status: str, message: str | None
) -> ReportedStatus:
    """Record what an agent says of itself."""
    return await session.ask(
        ReportStatus(status=status, message=message), within=ASK_WITHIN
    )


async def open_pane(session: Ref, pane: Pane) -> Pane:
    """Start a pane's program; returns the record of the running pane.

    Raises:
        Refused: The command or the directory cannot be used; the pane is gone again.
    """
    return await session.ask(OpenPane(pane=pane), within=30.0)


async def close_pane(session: Ref, pane_id: str) -> tuple[KillReport, ...]:
    """End one pane of a session; returns what it took, nothing if it has ended.

    The fleet asks for it, since with its last pane a session ends.
    """
    return await session.ask(ClosePane(pane_id=pane_id), within=30.0)


async def close_all_panes(session: Ref) -> tuple[KillReport, ...]:
    """End every program of a session; returns what it took."""
    return await session.ask(CloseAllPanes(), within=30.0)


async def take_messages(
    session: Ref, *, holder: Ref, most: int, wait: float
) -> tuple[Envelope, ...]:
    """Claim queued messages for the connection `holder`, oldest first.

    Args:
        session: Whose inbox.
        holder: The connection's actor; the claim ends with it.
        most: At most so many.
        wait: Seconds to wait for the first; the result is empty when none came.
    """
    return await session.ask(
        TakeMessages(holder=holder, most=most, wait=wait), within=wait + WAIT_MARGIN
    )


async def confirm_messages(session: Ref, message_ids: tuple[str, ...]) -> None:
    """Turn claimed messages into consumed ones."""
    await session.ask(ConfirmMessages(message_ids=message_ids), within=ASK_WITHIN)


async def return_messages(
    session: Ref, message_ids: tuple[str, ...], *, seen: bool
) -> None:
    """Give claimed messages back."""
    await session.ask(
        ReturnMessages(message_ids=message_ids, seen=seen), within=ASK_WITHIN
    )


def path(session_id: str) -> str:
    """The path of a session's actor."""
    return f"{SESSIONS}/{session_id}/session"


def pane_path(pane: Pane) -> str:
    """The path of a pane's actor."""
    return f"{SESSIONS}/{pane.session_id}/panes/{pane.pane_id}"


def resolve(registry: Registry, session_id: str) -> Ref:
    """The address of a session's actor.

    Raises:
        Refused: It has none (any more).
    """
    ref = registry.whereis(path(session_id))
    if ref is None:
        raise Refused("SessionNotFound", f"session {session_id} has ended")
    return ref


def subtree(journal: Journal, session_id: str) -> ChildSpec:
    """A session and its panes, as a child of `/sessions`.

    The panes come first, and a session that starts looks for them: `rest_for_one`
    makes it look again when their supervisor had to begin anew. A session that keeps
    crashing is tried again and again: it ends only on request. A guest has no programs
    to be started again.
    """
    session = journal.state.sessions.get(session_id)
    has_programs = session is None or session.kind == "pane"
    return supervisor(
        session_id,
        strategy=Strategy.REST_FOR_ONE,
        restart=Restart.PERMANENT,
        backoff=Backoff(initial=0.1, maximum=30.0),
        children=[
            dynamic_supervisor(
                "panes", max_children=arranger.MAX_PANES, intensity=Intensity.none()
            ),
            ChildSpec(id="session", factory=lambda: SessionActor(journal, session_id)),
            *([restarter.spec(journal, session_id)] if has_programs else []),
        ],
    )


class SessionActor(Actor):
    """See the module's docstring."""

    def __init__(self, journal: Journal, session_id: str) -> None:
        self.journal = journal
        self.session_id = session_id
        self.waiters: list[Waiter] = []
        self.watched: set[str] = set()
        self.opening = trio.Lock()
        self.is_ending = False
        self.unlisten: Callable[[], None] = lambda: None
        self.arranger = arranger.Arranger(self)

    @property
    def session(self) -> Session:
        """The session's record.

        Raises:
            Refused: The session has ended.
        """
        session = self.journal.state.sessions.get(self.session_id)
        if session is None:
            raise Refused("SessionNotFound", f"session {self.session_id} has ended")
        return session

    async def on_start(self) -> None:
        """Start the panes of the record and take back claims nobody holds."""
        self.unlisten = self.journal.listen(self.notice, session_id=self.session_id)
        drafts = tuple(p for p in self.arranger.panes() if p.draft)
        await self.start_panes()
        self.nursery.start_soon(self.arranger.run, drafts)
        entries = self.journal.state.inboxes.get(self.session_id, {}).values()
        for holder in {entry.holder for entry in entries if entry.holder}:
            ref = self.kernel.registry.whereis(holder)
            if ref is None:
                await self.take_back_from(holder)
            else:
                self.watch_holder(ref)

    async def on_stop(self, exit: object) -> None:
        """Stop listening, and leave no run behind that nobody waits for."""
        self.unlisten()
        await running.end_all(self)

    async def start_panes(self) -> None:
        supervisor_ref = await self.kernel.registry.wait_for(
            f"{SESSIONS}/{self.session_id}/panes"
        )
        async with self.opening:
            for pane in self.journal.state.panes_of(self.session_id):
                if self.pane_ref(pane) is None:
                    await start_child(
                        supervisor_ref, panes.spec(self.journal, pane.pane_id)
                    )

    def notice(self, recorded: Recorded) -> None:
        """Called by the journal; a full mailbox means that we look soon anyway."""
        self.arranger.notice(recorded.event)
        if self.waiters and isinstance(recorded.event, MessageSent | MessagesReturned):
            try:
                self.ref.tell_nowait(InboxGrew())
            except (trio.WouldBlock, Unavailable):
                return

    async def handle(self, message: Any) -> Any:
        """One message."""
        result = await self.handle_one(message)
        if self.waiters:
            await self.serve_waiters()
        return result

    async def handle_one(self, message: Any) -> Any:
        match message:
            case SetTags():
                return await self.set_tags(message)
            case ReportStatus(status=status, message=text):
                report = ReportedStatus(status=status, message=text, since=utc_now())
                await self.journal.record(
                    StatusReported(session_id=self.session_id, status=report)
                )
                return report
            case OpenPane(pane=pane):
                self.nursery.start_soon(self.open_pane, self.defer(), pane)
            case running.RunPane():
                self.nursery.start_soon(running.carry_out, self, self.defer(), message)
            case layouts.Arrange():
                self.nursery.start_soon(self.arranger.carry_out, self.defer(), message)
            case ClosePane(pane_id=pane_id):
                self.nursery.start_soon(self.close_pane, self.defer(), pane_id)
            case CloseAllPanes():
                self.nursery.start_soon(self.close_all, self.defer())
            case TakeMessages():
                await self.take(message)
            case ConfirmMessages(message_ids=ids):
                await self.journal.record(
                    MessagesConsumed(session_id=self.session_id, message_ids=ids)
                )
            case ReturnMessages(message_ids=ids, seen=seen):
                await self.journal.record(
                    MessagesReturned(
                        session_id=self.session_id, message_ids=ids, seen=seen
                    )
                )
            case WaitEnded(waiter=waiter):
                self.end_wait(waiter)
            case Down(ref=ref):
                self.watched.discard(ref.path)
                await self.take_back_from(ref.path)
            case InboxGrew():
                pass
        return None

    async def set_tags(self, message: SetTags) -> Session:
        session = self.session
        tags = tuple(
            sorted((set(session.tags) | set(message.add)) - set(message.remove))
        )
        if tags != session.tags:
            await self.journal.record(
                TagsChanged(session_id=self.session_id, tags=tags)
            )
        return self.session

    # ---- panes

    async def open_pane(self, reply: Reply[Pane], pane: Pane) -> None:
        """Record the pane, start its actor, and wait until its program runs."""
        try:
            reply.resolve(await panes.running(await self.start_pane(pane)))
        except (Refused, Unavailable) as error:
            await self.undo(pane)
            reply.fail(error)

    async def undo(self, pane: Pane) -> None:
        """Leave nothing of a pane that could not be opened."""
        try:
            await self.close_one(pane)
        except (Refused, Unavailable) as error:
            logger.warning("pane %s is left over: %s", pane.pane_id, error.message)

    async def start_pane(self, pane: Pane) -> Ref:
        """Record the pane and start its actor, unless the session is ending."""
        supervisor_ref = self.kernel.registry.resolve(
            f"{SESSIONS}/{self.session_id}/panes"
        )
        async with self.opening:
            if self.is_ending:
                raise Refused("SessionNotFound", "the session is ending")
            await self.journal.record(PaneOpened(pane=pane))
            try:
                return await start_child(
                    supervisor_ref, panes.spec(self.journal, pane.pane_id)
                )
            except FugueError:
                await self.journal.record(
                    PaneClosed(pane_id=pane.pane_id, session_id=self.session_id)
                )
                raise

    def pane_ref(self, pane: Pane) -> Ref | None:
        """The address of a pane's actor, if it has one."""
        return self.kernel.registry.whereis(pane_path(pane))

    async def close_pane(
        self, reply: Reply[tuple[KillReport, ...]], pane_id: str
    ) -> None:
        """End one pane; the layout forgets it in the same step."""
        pane = self.journal.state.panes.get(pane_id)
        try:
            reply.resolve(() if pane is None else await self.close_one(pane))
        except (Refused, Unavailable) as error:
            reply.fail(error)

    async def close_all(self, reply: Reply[tuple[KillReport, ...]]) -> None:
        """End every program, those included that are only starting."""
        reports: list[KillReport] = []

        async def close(pane: Pane) -> None:
            reports.extend(await self.close_one(pane))

        self.is_ending = True
        async with self.opening:
            every = self.journal.state.panes_of(self.session_id)
        try:
            async with trio.open_nursery() as nursery:
                for pane in every:
                    nursery.start_soon(close, pane)
        except* (Refused, Unavailable) as group:
            self.is_ending = False
            reply.fail(group.exceptions[0])
        else:
            reply.resolve(tuple(reports))

    async def close_one(self, pane: Pane) -> tuple[KillReport, ...]:
        """End a pane; nothing is left to report if somebody else has.

        Raises:
            ActorRestarting: Its actor is away, so its program goes on.
        """
        ref = self.pane_ref(pane)
        if ref is not None:
            with suppress(ActorGone):
                return (await panes.close(ref),)
        if pane.pane_id in self.journal.state.panes:
            raise ActorRestarting(f"pane {pane.pane_id} is being taken up again")
        return ()

    # ---- the inbox

    async def take(self, message: TakeMessages) -> None:
        """Every claim waits, if only for nothing: one path hands messages over."""
        waiter = Waiter(message, self.defer())
        self.waiters.append(waiter)
        if message.wait > 0:
            waiter.timer = self.after(message.wait, WaitEnded(waiter=waiter))
            return
        await self.serve_waiters()
        self.end_wait(waiter)

    def end_wait(self, waiter: Waiter) -> None:
        if waiter in self.waiters:
            self.dismiss(waiter)
            waiter.reply.resolve(())

    def dismiss(self, waiter: Waiter) -> None:
        """Nobody waits here any more, so nothing has to end the wait."""
        self.waiters.remove(waiter)
        if waiter.timer is not None:
            waiter.timer.cancel()

    async def offer(self, message: TakeMessages) -> tuple[Envelope, ...]:
        queued = self.journal.state.queued(self.session_id)
        batch = [
            entry.envelope
            for entry, _ in zip(queued, range(message.most), strict=False)
        ]
        if batch:
            self.watch_holder(message.holder)
            await self.journal.record(
                MessagesOffered(
                    session_id=self.session_id,
                    message_ids=tuple(envelope.id for envelope in batch),
                    holder=message.holder.path,
                )
            )
        return tuple(batch)

    async def serve_waiters(self) -> None:
        """Hand what is queued to those who wait, first come first served."""
        for waiter in tuple(self.waiters):
            if waiter.reply.asker_gone:
                self.dismiss(waiter)
                continue
            batch = await self.offer(waiter.request)
            if not batch:
                return
            self.dismiss(waiter)
            if not waiter.reply.resolve(batch):
                await self.journal.record(
                    MessagesReturned(
                        session_id=self.session_id,
                        message_ids=tuple(envelope.id for envelope in batch),
                        seen=False,
                    )
                )

    def watch_holder(self, holder: Ref) -> None:
        if holder.path not in self.watched:
            self.watched.add(holder.path)
            self.watch(holder)

    async def take_back_from(self, holder: str) -> None:
        entries = self.journal.state.inboxes.get(self.session_id, {}).values()
        ids = tuple(e.envelope.id for e in entries if e.holder == holder)
        if ids:
            await self.journal.record(
                MessagesReturned(session_id=self.session_id, message_ids=ids)
            )
