"""The fleet: creates and ends sessions, and lends guest sessions to connections.

It is the only one that decides over names. Every session of the journal has a subtree
under `/sessions`, and every subtree its session; whenever the fleet or `/sessions`
starts, the fleet sees to that. A session whose making or ending was cut short is brought
to an end: either its program runs, or nothing is left of it.
Enter at the plain functions (`create`, `end`, `open_panes`, `close_pane`, `open_guest`).
"""

from __future__ import annotations

import logging
import re
import secrets
from contextlib import asynccontextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import attrs
import trio

from fugue_actors.actors import (
    layouts,
    panes,
    repository,
    session as sessions,
)
from fugue_actors.actors.environment import pane_environment
from fugue_actors.errors import ActorRestarting, FugueError, Refused
from fugue_actors.kernel import (
    Actor,
    AlreadyStarted,
    ChildSpec,
    Down,
    NoSuchChild,
    Ref,
    Reply,
    Request,
    Timer,
    list_children,
    start_child,
    stop_child,
)
from fugue_actors.protocol.events import (
    GuestHeld,
    PaneClosed,
    Recorded,
    SessionClosed,
    SessionOpened,
)
from fugue_actors.protocol.hosting import KillReport
from fugue_actors.protocol.ids import (
    check_session_name,
    check_tag,
    new_pane_id,
    new_session_id,
)
from fugue_actors.protocol.layout import Layout, Window
from fugue_actors.protocol.values import Pane, RestartPolicy, Session, SessionKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fugue_actors.journal import Journal

logger = logging.getLogger(__name__)

PATH = "/fleet"
CREATE_WITHIN = 40.0
END_WITHIN = 45.0


@attrs.frozen(kw_only=True)
class FleetSettings:
    """What every session gets unless it asks otherwise.

    Attributes:
        socket: Path of `mcp.sock`, told to programs.
        home: `FUGUE_HOME` of the daemon, if it has one.
        environment: Base environment when whoever asks has none of its own.
        default_command: Command of a session that names none.
        columns: Width of a terminal.
        lines: Height of a terminal.
        guest_linger: Seconds an unnamed guest is kept after it left.
    """

    socket: str
    home: str | None
    environment: dict[str, str] = attrs.field(repr=False)
    default_command: tuple[str, ...]
    columns: int = 80
    lines: int = 24
    guest_linger: float = 60.0


@attrs.frozen(kw_only=True)
class CreateSession(Request[Pane]):
    """A new session with one pane."""

    cwd: str
    name: str | None = None
    argv: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    extra: dict[str, str] = attrs.field(factory=dict, repr=False)
    environment: dict[str, str] | None = attrs.field(default=None, repr=False)
    columns: int | None = None
    lines: int | None = None
    restart: RestartPolicy = "never"
    parent: str | None = None


@attrs.frozen(kw_only=True)
class EndSession(Request[tuple[KillReport, ...]]):
    """End a session with all its programs."""

    session_id: str


@attrs.frozen(kw_only=True)
class NewPane:
    """A pane to be made in a session that is there.

    Attributes:
        pane_id: Its id, by which its place in a layout names it.
        argv: Its command; the default one if empty.
        cwd: Where it starts; an absolute path, or "" for the session's directory.
        name: Its name, unique in its session.
        extra: Variables on top of its environment.
        environment: What its environment begins with; None for the daemon's own.
        restart: Whether its program is started again when it ends.
    """

    pane_id: str = attrs.field(factory=new_pane_id)
    argv: tuple[str, ...] = ()
    cwd: str = ""
    name: str | None = None
    extra: dict[str, str] = attrs.field(factory=dict, repr=False)
    environment: dict[str, str] | None = attrs.field(default=None, repr=False)
    restart: RestartPolicy = "never"


@attrs.frozen(kw_only=True)
class OpenPanes(Request[Layout]):
    """Panes in a session that is there; see `layouts.PlacePanes`."""

    session_id: str
    panes: tuple[NewPane, ...]
    place: layouts.Beside | layouts.InWindow | tuple[Window, ...]
    focus: bool = False


@attrs.frozen(kw_only=True)
class DraftRun(Request[Pane]):
    """The record of a pane that a session is to run; nothing is started yet."""

    session_id: str
    pane: NewPane
    columns: int
    lines: int


@attrs.frozen(kw_only=True)
class ClosePane(Request[tuple[KillReport, ...]]):
    """End a pane, and with the last one its session."""

    session_id: str
    pane_id: str


@attrs.frozen(kw_only=True)
class OpenGuest(Request[Session]):
    """A session without panes for an outside connection.

    Attributes:
        holder: The connection's actor; None for one that shares the session.
        name: The name it asks for, or None.
        client: What its program calls itself, for those who ask for no name.
        cwd: Its working directory.
        origin: Its process, so that the same process gets the same session again.
    """

    holder: Ref | None
    name: str | None
    client: str
    cwd: str
    origin: str


@attrs.frozen(kw_only=True)
class GuestLeft:
    """An unnamed guest has been away for long enough (to the actor itself)."""

    session_id: str


async def create(fleet: Ref, request: CreateSession) -> Pane:
    """Create a session; returns the record of its running pane.

    Raises:
        Refused: `SessionNameExists`, `InvalidArgument` for a bad name, tag, directory
            or command; nothing is left behind.
    """
    return await fleet.ask(request, within=CREATE_WITHIN)


async def end(fleet: Ref, session_id: str) -> tuple[KillReport, ...]:
    """End a session; returns what had to be killed for it."""
    return await fleet.ask(EndSession(session_id=session_id), within=END_WITHIN)


async def open_panes(fleet: Ref, request: OpenPanes) -> Layout:
    """Start panes in a session and place them; returns its layout.

    Raises:
        Refused: Not all of them could be started and placed; none of them is left.
    """
    return await fleet.ask(request, within=CREATE_WITHIN)


async def draft_run(fleet: Ref, request: DraftRun) -> Pane:
    """The record of a pane for `running.run`, with its secrets and environment."""
    return await fleet.ask(request, within=10.0)


async def close_pane(
    fleet: Ref, session_id: str, pane_id: str
) -> tuple[KillReport, ...]:
    """End a pane, and its session if it was the last; returns what had to be killed."""
    request = ClosePane(session_id=session_id, pane_id=pane_id)
    return await fleet.ask(request, within=END_WITHIN)


async def open_guest(fleet: Ref, request: OpenGuest) -> Session:
    """The guest session for a connection, new or taken up again."""
    return await fleet.ask(request, within=10.0)


def spec(journal: Journal, settings: FleetSettings) -> ChildSpec:
    """The fleet, as a child of the root."""
    return ChildSpec(id="fleet", factory=lambda: FleetActor(journal, settings))


class FleetActor(Actor):
    """See the module's docstring."""

    def __init__(self, journal: Journal, settings: FleetSettings) -> None:
        self.journal = journal
        self.settings = settings
        self.reserved: set[str] = set()
        self.leaving: dict[str, Timer] = {}
        self.ending: dict[str, trio.Lock] = {}
        self.emptied: set[str] = set()
        self.news = trio.Event()
        self.unlisten: Callable[[], None] = lambda: None

    @property
    def sessions(self) -> Ref:
        """The supervisor of all sessions."""
        return self.kernel.registry.resolve(sessions.SESSIONS)

    async def on_start(self) -> None:
        """Every session runs or is ended, every guest's holder is watched.

        The gateways open after that, so nobody meets a session without its actors.
        """
        await self.start_all()
        for session in tuple(self.journal.state.sessions.values()):
            ref = self.kernel.registry.whereis(session.holder or "")
            if ref is not None:
                self.watch(ref)
            elif session.kind == "guest":
                await self.let_go(session)
        self.unlisten = self.journal.listen(self.notice)
        self.nursery.start_soon(self.end_emptied)
        for session in self.journal.state.sessions.values():
            if session.kind == "pane" and not self.has_run(session.session_id):
                self.nursery.start_soon(self.finish, session.session_id)

    async def on_stop(self, exit: object) -> None:
        """Stop listening."""
        self.unlisten()

    def notice(self, recorded: Recorded) -> None:
        """Called by the journal: remember whose pane was closed."""
        if isinstance(recorded.event, PaneClosed):
            self.emptied.add(recorded.event.session_id)
            self.news.set()

    async def end_emptied(self) -> None:
        """End sessions whose last pane is closed, whoever closed it and then crashed."""
        while True:
            await self.news.wait()
            self.news = trio.Event()
            while self.emptied:
                self.nursery.start_soon(self.end_if_empty, self.emptied.pop())

    async def end_if_empty(self, session_id: str) -> None:
        async with self.ending_alone(session_id):
            state = self.journal.state
            session = state.sessions.get(session_id)
            if session is None or session.kind == "guest" or state.panes_of(session_id):
                return
            try:
                await self.end_now(session_id, "its last pane was closed")
            except FugueError as error:
                self.say_left_over(session_id, error)

    def has_run(self, session_id: str) -> bool:
        """Whether a program of a session was ever started, and its pane is there."""
        every = self.journal.state.panes_of(session_id)
        return any(pane.state != "starting" for pane in every)

    async def finish(self, session_id: str) -> None:
        """Wait for the program of a session whose maker is gone; end it if none runs."""
        with trio.move_on_after(CREATE_WITHIN):
            for pane in self.journal.state.panes_of(session_id):
                ref = await self.kernel.registry.wait_for(sessions.pane_path(pane))
                try:
                    await panes.running(ref)
                except FugueError as error:
                    logger.warning("pane %s: %s", pane.pane_id, error.message)
        if not self.has_run(session_id):
            await self.undo(session_id, "its making was cut short")

    async def handle(self, message: Any) -> Any:
        """One message; what takes time runs in a task of its own."""
        match message:
            case CreateSession():
                name = self.reserve(message.name, command_name(message.argv))
                self.answer(self.create(message, name), release=name)
            case EndSession(session_id=session_id):
                self.answer(self.end(session_id, "ended on request"))
            case OpenPanes():
                self.answer(self.open_panes(message))
            case DraftRun():
                return self.draft_run(message)
            case ClosePane(session_id=session_id, pane_id=pane_id):
                self.answer(self.close_pane(session_id, pane_id))
            case OpenGuest():
                return await self.open_guest(message)
            case GuestLeft(session_id=session_id):
                del self.leaving[session_id]
                if session_id in self.journal.state.sessions:
                    await self.close(session_id, "its client left")
            case Down(ref=ref) if ref.path == sessions.SESSIONS:
                self.nursery.start_soon(self.start_all)
            case Down(ref=ref):
                for session in tuple(self.journal.state.sessions.values()):
                    if session.holder == ref.path:
                        await self.let_go(session)
        return None

    def answer(self, work: Any, *, release: str | None = None) -> None:
        self.nursery.start_soon(self.carry_out, self.defer(), work, release)

    async def carry_out(
        self, reply: Reply[Any], work: Any, release: str | None
    ) -> None:
        try:
            reply.resolve(await work)
        except FugueError as error:
            reply.fail(error)
        finally:
            if release is not None:
                self.reserved.discard(release)

    async def start_all(self) -> None:
        """Start the subtree of every session that has none, and end all others."""
        ref = await self.kernel.registry.wait_for(sessions.SESSIONS)
        self.watch(ref)
        for session_id in tuple(self.journal.state.sessions):
            path = f"{sessions.SESSIONS}/{session_id}"
            is_there = self.kernel.registry.whereis(path) is not None
            if session_id in self.journal.state.sessions and not is_there:
                await self.start_subtree(ref, session_id)
        for child in await list_children(ref):
            if child.id not in self.journal.state.sessions:
                await self.stop_subtree(child.id, "its session has ended")

    async def start_subtree(self, ref: Ref, session_id: str) -> None:
        try:
            await start_child(ref, sessions.subtree(self.journal, session_id))
        except AlreadyStarted:
            return

    async def stop_subtree(self, session_id: str, reason: str) -> None:
        try:
            await stop_child(self.sessions, session_id, reason=reason)
        except (NoSuchChild, ActorRestarting):
            return

    # ---- names

    def is_taken(self, name: str) -> bool:
        return name in self.journal.state.names or name in self.reserved

    def reserve(self, wanted: str | None, otherwise: str) -> str:
        """A free name: the one wanted, or the first free one after `otherwise`.

        Raises:
            Refused: `SessionNameExists`, or `InvalidArgument` for a bad name.
        """
        if wanted is None:
            name = self.numbered(otherwise, first=1)
        else:
            name = check_session_name(wanted)
            if self.is_taken(name):
                raise Refused(
                    "SessionNameExists",
                    f"a session named {name!r} exists already",
                    hint="choose another name, or end that session first",
                )
        self.reserved.add(name)
        return name

    def numbered(self, stem: str, *, first: int) -> str:
        number = first
        while self.is_taken(f"{stem}-{number}"):
            number += 1
        return f"{stem}-{number}"

    # ---- sessions with panes

    async def create(self, request: CreateSession, name: str) -> Pane:
        for tag in request.tags:
            check_tag(tag)
        place = await trio.to_thread.run_sync(
            repository.locate, request.cwd, abandon_on_cancel=True
        )
        session = Session(
            session_id=new_session_id(),
            session_name=name,
            kind="pane",
            cwd=place.cwd,
            repository=place.repository,
            worktree=place.worktree,
            parent=request.parent,
            tags=tuple(sorted(set(request.tags))),
        )
        await self.open(session)
        try:
            ref = sessions.resolve(self.kernel.registry, session.session_id)
            asked = NewPane(
                argv=request.argv,
                extra=request.extra,
                environment=request.environment,
                restart=request.restart,
            )
            pane = attrs.evolve(
                self.new_pane(asked, session),
                columns=request.columns or self.settings.columns,
                lines=request.lines or self.settings.lines,
            )
            return await sessions.open_pane(ref, pane)
        except FugueError:
            await self.undo(session.session_id, "its program could not be started")
            raise

    def new_pane(self, request: NewPane, session: Session) -> Pane:
        """A pane's record, with its secrets, and the size of a pane without a place."""
        pane_id = request.pane_id
        token = secrets.token_urlsafe(24)
        base = request.environment
        return Pane(
            pane_id=pane_id,
            session_id=session.session_id,
            argv=request.argv or self.settings.default_command,
            cwd=request.cwd or session.cwd,
            environment=pane_environment(
                self.settings.environment if base is None else base,
                request.extra,
                session_id=session.session_id,
                session_name=session.session_name,
                pane_id=pane_id,
                token=token,
                socket=self.settings.socket,
                home=self.settings.home,
            ),
            columns=self.settings.columns,
            lines=self.settings.lines,
            key=secrets.token_urlsafe(24),
            token=token,
            name=request.name,
            restart=request.restart,
        )

    async def open_panes(self, request: OpenPanes) -> Layout:
        session = self.journal.state.sessions.get(request.session_id)
        if session is None:
            raise Refused("SessionNotFound", f"session {request.session_id} has ended")
        return await layouts.arrange(
            sessions.resolve(self.kernel.registry, request.session_id),
            layouts.PlacePanes(
                panes=tuple(self.new_pane(each, session) for each in request.panes),
                place=request.place,
                focus=request.focus,
            ),
        )

    def draft_run(self, request: DraftRun) -> Pane:
        session = self.journal.state.sessions.get(request.session_id)
        if session is None:
            raise Refused("SessionNotFound", f"session {request.session_id} has ended")
        return attrs.evolve(
            self.new_pane(request.pane, session),
            columns=request.columns,
            lines=request.lines,
            draft=True,
            is_run=True,
        )

    async def close_pane(self, session_id: str, pane_id: str) -> tuple[KillReport, ...]:
        """One at a time: whoever closes the last pane ends the session."""
        async with self.ending_alone(session_id):
            state = self.journal.state
            if pane_id not in state.panes:
                raise Refused("PaneNotFound", f"pane {pane_id} is closed")
            if state.layout_of(session_id).pane_ids == (pane_id,):
                return await self.end_now(session_id, "its last pane was closed")
            ref = sessions.resolve(self.kernel.registry, session_id)
            return await sessions.close_pane(ref, pane_id)

    async def open(self, session: Session) -> Session:
        await self.journal.record(SessionOpened(session=session))
        try:
            await self.start_subtree(self.sessions, session.session_id)
        except FugueError:
            await self.close(session.session_id, "it could not be started")
            raise
        return session

    async def end(self, session_id: str, reason: str) -> tuple[KillReport, ...]:
        """End a session with its programs, also one that is only being made."""
        async with self.ending_alone(session_id):
            return await self.end_now(session_id, reason)

    async def end_now(self, session_id: str, reason: str) -> tuple[KillReport, ...]:
        if session_id not in self.journal.state.sessions:
            raise Refused("SessionNotFound", f"session {session_id} has ended")
        ref = await self.kernel.registry.wait_for(sessions.path(session_id))
        reports = await sessions.close_all_panes(ref)
        await self.close(session_id, reason)
        return reports

    async def undo(self, session_id: str, reason: str) -> None:
        """Leave nothing of a session that could not be made."""
        try:
            await self.end(session_id, reason)
        except FugueError as error:
            self.say_left_over(session_id, error)

    def say_left_over(self, session_id: str, error: FugueError) -> None:
        if session_id in self.journal.state.sessions:
            logger.warning("session %s is left over: %s", session_id, error.message)

    @asynccontextmanager
    async def ending_alone(self, session_id: str) -> AsyncIterator[None]:
        """One at a time ends a session; whoever comes second finds that it has ended."""
        lock = self.ending.setdefault(session_id, trio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked():
                self.ending.pop(session_id, None)

    async def close(self, session_id: str, reason: str) -> None:
        await self.journal.record(SessionClosed(session_id=session_id, reason=reason))
        await self.stop_subtree(session_id, reason)

    # ---- guests

    async def open_guest(self, request: OpenGuest) -> Session:
        session = self.known_guest(request)
        if session is None:
            session = await self.new_guest(request)
        if request.holder is not None:
            if (timer := self.leaving.pop(session.session_id, None)) is not None:
                timer.cancel()
            self.watch(request.holder)
            await self.journal.record(
                GuestHeld(session_id=session.session_id, holder=request.holder.path)
            )
        return self.journal.state.sessions[session.session_id]

    def known_guest(self, request: OpenGuest) -> Session | None:
        """The guest session that this connection takes up again, if there is one."""
        for session in self.journal.state.sessions.values():
            if session.kind != "guest":
                continue
            if request.name is None:
                found = session.origin == request.origin
            else:
                found = session.session_name == request.name
            if found and (session.holder is None or request.holder is None):
                return session
        return None

    async def new_guest(self, request: OpenGuest) -> Session:
        if request.name is None:
            name = self.numbered(stem(request.client), first=1)
        else:
            name = check_session_name(request.name)
            if self.is_taken(name):
                name = self.numbered(name, first=2)
        self.reserved.add(name)
        try:
            return await self.open(await self.guest_record(request, name))
        finally:
            self.reserved.discard(name)

    async def guest_record(self, request: OpenGuest, name: str) -> Session:
        place = await trio.to_thread.run_sync(
            repository.locate, request.cwd, abandon_on_cancel=True
        )
        kind: SessionKind = "guest"
        return Session(
            session_id=new_session_id(),
            session_name=name,
            kind=kind,
            cwd=place.cwd,
            repository=place.repository,
            worktree=place.worktree,
            parent=None,
            origin=request.origin if request.name is None else None,
        )

    async def let_go(self, session: Session) -> None:
        """A guest's connection ended: keep a named one, the other for a while."""
        if session.holder is not None:
            await self.journal.record(
                GuestHeld(session_id=session.session_id, holder=None)
            )
        if session.origin is not None:
            self.leaving[session.session_id] = self.after(
                self.settings.guest_linger, GuestLeft(session_id=session.session_id)
            )


def command_name(argv: tuple[str, ...]) -> str:
    """What to call a session after its command."""
    return stem(PurePath(argv[0]).name) if argv else "shell"


def stem(text: str) -> str:
    """A text as the beginning of a session name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:48] or "guest"
