"""The fleet: creates and ends sessions, and lends guest sessions to connections.

It is the only one that decides over names (`naming`) and over the life of sessions
(`lifecycle`): whatever crashes, a session is either there as a whole or not at all.
Guests have rules of their own (`guests`); `records` says what new sessions and panes
begin with. Enter at the plain functions (`create`, `end`, `open_panes`, `close_pane`,
`open_guest`), which stand in `fleet_requests`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import trio

from fugue_actors.actors import layouts, records, repository, session as sessions
from fugue_actors.actors.fleet_requests import (
    ClosePane,
    CloseWindow,
    CreateSession,
    DraftRun,
    EndSession,
    NewPane,
    OpenGuest,
    OpenPanes,
    RenameSession,
    close_pane,
    close_window,
    create,
    draft_run,
    end,
    open_guest,
    open_panes,
    rename,
)
from fugue_actors.actors.guests import GuestLeft, Guests
from fugue_actors.actors.lifecycle import Lifecycle
from fugue_actors.actors.naming import Names
from fugue_actors.actors.records import FleetSettings
from fugue_actors.errors import FugueError, Refused
from fugue_actors.kernel import Actor, ChildSpec, Down, Reply
from fugue_actors.protocol.events import SessionRenamed
from fugue_actors.protocol.ids import check_tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.journal import Journal
    from fugue_actors.protocol.layout import Layout
    from fugue_actors.protocol.values import Pane, Session

__all__ = [
    "PATH",
    "ClosePane",
    "CloseWindow",
    "CreateSession",
    "DraftRun",
    "EndSession",
    "FleetActor",
    "FleetSettings",
    "NewPane",
    "OpenGuest",
    "OpenPanes",
    "RenameSession",
    "close_pane",
    "close_window",
    "create",
    "draft_run",
    "end",
    "open_guest",
    "open_panes",
    "rename",
    "spec",
]

PATH = "/fleet"


def spec(journal: Journal, settings: FleetSettings) -> ChildSpec:
    """The fleet, as a child of the root."""
    return ChildSpec(id="fleet", factory=lambda: FleetActor(journal, settings))


class FleetActor(Actor):
    """See the module's docstring."""

    def __init__(self, journal: Journal, settings: FleetSettings) -> None:
        self.journal = journal
        self.settings = settings
        self.names = Names(lambda name: name in journal.state.names)
        self.lifecycle = Lifecycle(self, journal, settings.control)
        self.guests = Guests(
            self, journal, self.names, self.lifecycle, linger=settings.guest_linger
        )
        self.unlisten: Callable[[], None] = lambda: None

    async def on_start(self) -> None:
        """Every session runs or is ended, every guest's holder is watched.

        The gateways open after that, so nobody meets a session without its actors.
        """
        await self.lifecycle.start_all()
        await self.guests.take_over()
        self.unlisten = self.journal.listen(self.lifecycle.notice)
        self.nursery.start_soon(self.lifecycle.end_emptied)
        self.lifecycle.finish_all()

    async def on_stop(self, exit: object) -> None:
        """Stop listening."""
        self.unlisten()

    async def handle(self, message: Any) -> Any:
        """One message; what takes time runs in a task of its own."""
        match message:
            case CreateSession():
                name = self.names.reserve(message.name, message.argv)
                self.answer(self.create(message, name), release=name)
            case EndSession(session_id=session_id):
                self.answer(self.lifecycle.end(session_id, "ended on request"))
            case RenameSession(session_id=session_id, name=name):
                return await self.rename(session_id, name)
            case OpenPanes():
                self.answer(self.open_panes(message))
            case DraftRun():
                return self.draft_run(message)
            case ClosePane(session_id=session_id, pane_id=pane_id):
                self.answer(self.lifecycle.close_pane(session_id, pane_id))
            case CloseWindow(session_id=session_id, window_id=window_id):
                self.answer(self.lifecycle.close_window(session_id, window_id))
            case OpenGuest():
                # One after the other; what refuses one of them ends no other's work.
                await self.carry_out(self.defer(), self.guests.open(message), None)
            case GuestLeft(session_id=session_id):
                await self.guests.stayed_away(session_id)
            case Down(ref=ref) if ref.path == sessions.SESSIONS:
                self.nursery.start_soon(self.lifecycle.start_all)
            case Down(ref=ref):
                await self.guests.holder_ended(ref)
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
                self.names.release(release)

    async def create(self, request: CreateSession, name: str) -> Pane:
        """Make a session and start its program, or leave nothing of it."""
        for tag in request.tags:
            check_tag(tag)
        place = await trio.to_thread.run_sync(
            repository.locate, request.cwd, abandon_on_cancel=True
        )
        session = records.session_record(request, name, place)
        await self.lifecycle.open(session)
        try:
            ref = sessions.resolve(self.kernel.registry, session.session_id)
            asked = NewPane(
                argv=request.argv,
                extra=request.extra,
                environment=request.environment,
                restart=request.restart,
            )
            pane = attrs.evolve(
                records.pane_record(asked, session, self.settings),
                columns=request.columns or self.settings.columns,
                lines=request.lines or self.settings.lines,
            )
            return await sessions.open_pane(ref, pane)
        except FugueError:
            reason = "its program could not be started"
            await self.lifecycle.undo(session.session_id, reason)
            raise

    async def rename(self, session_id: str, name: str) -> Session:
        """Give a session another name, unless it has this one."""
        if self.session(session_id).session_name != name:
            self.names.reserve(name, ())
            try:
                event = SessionRenamed(session_id=session_id, name=name)
                await self.journal.record(event)
            finally:
                self.names.release(name)
        return self.session(session_id)

    async def open_panes(self, request: OpenPanes) -> Layout:
        """Have a session start panes and place them."""
        session = self.session(request.session_id)
        return await layouts.arrange(
            sessions.resolve(self.kernel.registry, request.session_id),
            layouts.PlacePanes(
                panes=tuple(
                    records.pane_record(each, session, self.settings)
                    for each in request.panes
                ),
                place=request.place,
                focus=request.focus,
            ),
        )

    def draft_run(self, request: DraftRun) -> Pane:
        """The record of a pane that runs a program to its end."""
        session = self.session(request.session_id)
        return attrs.evolve(
            records.pane_record(request.pane, session, self.settings),
            columns=request.columns,
            lines=request.lines,
            draft=True,
            is_run=True,
        )

    def session(self, session_id: str) -> Session:
        """A session that is there.

        Raises:
            Refused: `SessionNotFound`.
        """
        session = self.journal.state.sessions.get(session_id)
        if session is None:
            raise Refused("SessionNotFound", f"session {session_id} has ended")
        return session
