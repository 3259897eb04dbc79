"""A session's actor: its tags, status, panes, their layout, and its inbox.

What is the case stands in the journal; this actor is the only one that changes it for
its session, one request at a time. It starts the panes that its record names, so that a
new incarnation, of this actor or of its whole subtree, finds them again.

Its parts have modules of their own: `opener` starts and closes panes, `arranger` keeps
their layout, `running` runs a program to its end, and `inbox` hands out messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fugue_actors.actors import arranger, inbox, layouts, opener, restarter, running
from fugue_actors.actors.arbiter import USUAL_CONTROL, ControlSettings
from fugue_actors.errors import Refused
from fugue_actors.kernel import (
    Actor,
    Backoff,
    ChildSpec,
    Intensity,
    Ref,
    Registry,
    Request,
    Restart,
    Strategy,
    dynamic_supervisor,
    supervisor,
)
from fugue_actors.protocol.events import Recorded, StatusReported, TagsChanged
from fugue_actors.protocol.hosting import KillReport
from fugue_actors.protocol.times import utc_now
from fugue_actors.protocol.values import Pane, ReportedStatus, Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.journal import Journal

SESSIONS = "/sessions"
ASK_WITHIN = 10.0


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
    """End one pane with all its program started; with the last shown, all others."""

    pane_id: str


@attrs.frozen(kw_only=True)
class CloseWindow(Request[tuple[KillReport, ...]]):
    """End all panes of a window; if all that are shown stand there, all others too."""

    window_id: str


@attrs.frozen(kw_only=True)
class CloseAllPanes(Request[tuple[KillReport, ...]]):
    """End every program of the session."""


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

    With the last one that is shown, all that only start or are hidden end as well, and
    nothing more starts: the fleet asks for it, and ends the session then.
    """
    return await session.ask(ClosePane(pane_id=pane_id), within=30.0)


async def close_window(session: Ref, window_id: str) -> tuple[KillReport, ...]:
    """End all panes of a window, as `close_pane` ends one.

    Raises:
        Refused: `WindowNotFound`.
    """
    return await session.ask(CloseWindow(window_id=window_id), within=30.0)


async def close_all_panes(session: Ref) -> tuple[KillReport, ...]:
    """End every program of a session; returns what it took."""
    return await session.ask(CloseAllPanes(), within=30.0)


def path(session_id: str) -> str:
    """The path of a session's actor."""
    return f"{SESSIONS}/{session_id}/session"


def pane_path(pane: Pane) -> str:
    """The path of a pane's actor."""
    return f"{SESSIONS}/{pane.session_id}/panes/{pane.pane_id}"


def owner_of(path: str) -> str | None:
    """The session that an actor belongs to, by the actor's path; None if to none."""
    top, _, rest = path[1:].partition("/")
    return rest.partition("/")[0] or None if f"/{top}" == SESSIONS else None


def resolve(registry: Registry, session_id: str) -> Ref:
    """The address of a session's actor.

    Raises:
        Refused: It has none (any more).
    """
    ref = registry.whereis(path(session_id))
    if ref is None:
        raise Refused("SessionNotFound", f"session {session_id} has ended")
    return ref


def subtree(
    journal: Journal, session_id: str, control: ControlSettings = USUAL_CONTROL
) -> ChildSpec:
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
            ChildSpec(
                id="session",
                factory=lambda: SessionActor(journal, session_id, control),
            ),
            *([restarter.spec(journal, session_id)] if has_programs else []),
        ],
    )


class SessionActor(Actor):
    """See the module's docstring."""

    def __init__(
        self, journal: Journal, session_id: str, control: ControlSettings
    ) -> None:
        self.journal = journal
        self.control = control
        self.session_id = session_id
        self.unlisten: Callable[[], None] = lambda: None
        self.opener = opener.Opener(self)
        self.arranger = arranger.Arranger(self)
        self.inbox = inbox.Inbox(self)

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

    @property
    def panes_path(self) -> str:
        """The path of the supervisor of its panes."""
        return f"{SESSIONS}/{self.session_id}/panes"

    def pane_ref(self, pane: Pane) -> Ref | None:
        """The address of a pane's actor, if it has one."""
        return self.kernel.registry.whereis(pane_path(pane))

    async def on_start(self) -> None:
        """Start the panes of the record and take back claims nobody holds."""
        self.unlisten = self.journal.listen(self.notice, session_id=self.session_id)
        drafts = tuple(p for p in self.arranger.panes() if p.draft)
        await self.opener.start_panes()
        self.nursery.start_soon(self.arranger.run, drafts)
        await self.inbox.start()

    async def on_stop(self, exit: object) -> None:
        """Stop listening; leave no run and no question that nobody waits for."""
        self.unlisten()
        await self.inbox.stop()
        await running.end_all(self)

    def notice(self, recorded: Recorded) -> None:
        """Called by the journal with all that happens to the session."""
        self.arranger.notice(recorded.event)
        self.inbox.notice(recorded.event)

    async def handle(self, message: Any) -> Any:
        """One message."""
        result = await self.handle_one(message)
        await self.inbox.serve()
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
                self.nursery.start_soon(self.opener.open_pane, self.defer(), pane)
            case running.RunPane():
                self.nursery.start_soon(running.carry_out, self, self.defer(), message)
            case layouts.Arrange():
                self.nursery.start_soon(self.arranger.carry_out, self.defer(), message)
            case ClosePane(pane_id=pane_id):
                self.nursery.start_soon(self.opener.close_pane, self.defer(), pane_id)
            case CloseWindow(window_id=window_id):
                self.nursery.start_soon(
                    self.opener.close_window, self.defer(), window_id
                )
            case CloseAllPanes():
                self.nursery.start_soon(self.opener.close_all, self.defer())
            case _:  # all else is about messages and those who hold them
                return await self.inbox.handle(message)
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
