"""The life of sessions, within the fleet's actor: opened, ended, and never half there.

Every session of the journal has a subtree under `/sessions`, and every subtree its
session. The record is written first when a session opens and when it closes; what a
crash leaves between record and subtree is put right when the fleet or `/sessions`
starts. A session whose making or ending was cut short is brought to an end: either its
program runs, or nothing is left of it.
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio

from fugue_actors.actors import panes, session as sessions
from fugue_actors.actors.fleet_requests import CREATE_WITHIN
from fugue_actors.errors import ActorRestarting, FugueError, Refused
from fugue_actors.kernel import (
    AlreadyStarted,
    NoSuchChild,
    list_children,
    start_child,
    stop_child,
)
from fugue_actors.protocol.events import (
    PaneClosed,
    Recorded,
    SessionClosed,
    SessionOpened,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.actors.arbiter import ControlSettings
    from fugue_actors.journal import Journal
    from fugue_actors.kernel import Actor, Ref
    from fugue_actors.protocol.hosting import KillReport
    from fugue_actors.protocol.values import Session

logger = logging.getLogger(__name__)


class Lifecycle:
    """See the module's docstring.

    Args:
        actor: The fleet's; it watches `/sessions`, and its nursery ends sessions.
        journal: Where sessions stand.
        control: How long people who type in their panes are left alone.
    """

    def __init__(
        self, actor: Actor, journal: Journal, control: ControlSettings
    ) -> None:
        self.actor = actor
        self.journal = journal
        self.control = control
        self.ending: dict[str, trio.Lock] = {}
        self.emptied: set[str] = set()
        self.news = trio.Event()

    @property
    def sessions(self) -> Ref:
        """The supervisor of all sessions."""
        return self.actor.kernel.registry.resolve(sessions.SESSIONS)

    # ---- opening and closing: record and subtree

    async def open(self, session: Session) -> None:
        """Record a session and start its subtree.

        Raises:
            Refused: It could not be started; nothing is left of it.
        """
        await self.journal.record(SessionOpened(session=session))
        try:
            await self.start_subtree(self.sessions, session.session_id)
        except FugueError:
            await self.close(session.session_id, "it could not be started")
            raise

    async def close(self, session_id: str, reason: str) -> None:
        """Record that a session has ended, and stop its subtree."""
        await self.journal.record(SessionClosed(session_id=session_id, reason=reason))
        await self.stop_subtree(session_id, reason)

    async def start_all(self) -> None:
        """Start the subtree of every session that has none, and end all others."""
        ref = await self.actor.kernel.registry.wait_for(sessions.SESSIONS)
        self.actor.watch(ref)
        for session_id in tuple(self.journal.state.sessions):
            path = f"{sessions.SESSIONS}/{session_id}"
            is_there = self.actor.kernel.registry.whereis(path) is not None
            if session_id in self.journal.state.sessions and not is_there:
                await self.start_subtree(ref, session_id)
        for child in await list_children(ref):
            if child.id not in self.journal.state.sessions:
                await self.stop_subtree(child.id, "its session has ended")

    async def start_subtree(self, ref: Ref, session_id: str) -> None:
        try:
            spec = sessions.subtree(self.journal, session_id, self.control)
            await start_child(ref, spec)
        except AlreadyStarted:
            return

    async def stop_subtree(self, session_id: str, reason: str) -> None:
        try:
            await stop_child(self.sessions, session_id, reason=reason)
        except (NoSuchChild, ActorRestarting):
            return

    # ---- ending: programs, then record and subtree

    async def end(self, session_id: str, reason: str) -> tuple[KillReport, ...]:
        """End a session with its programs, also one that is only being made.

        Raises:
            Refused: `SessionNotFound`, if it has ended.
        """
        async with self.ending_alone(session_id):
            return await self.end_now(session_id, reason)

    async def close_pane(self, session_id: str, pane_id: str) -> tuple[KillReport, ...]:
        """One at a time: whoever closes the last pane ends the session.

        Raises:
            Refused: `PaneNotFound`, if it is closed.
        """
        async with self.ending_alone(session_id):
            if pane_id not in self.journal.state.panes:
                raise Refused("PaneNotFound", f"pane {pane_id} is closed")
            ref = await self.actor.kernel.registry.wait_for(sessions.path(session_id))
            reports = await sessions.close_pane(ref, pane_id)
            await self.end_emptied_now(session_id)
            return reports

    async def close_window(
        self, session_id: str, window_id: str
    ) -> tuple[KillReport, ...]:
        """The same for all panes of a window.

        Raises:
            Refused: `SessionNotFound`, `WindowNotFound`, if it is gone.
        """
        async with self.ending_alone(session_id):
            if session_id not in self.journal.state.sessions:
                raise Refused("SessionNotFound", f"session {session_id} has ended")
            ref = await self.actor.kernel.registry.wait_for(sessions.path(session_id))
            reports = await sessions.close_window(ref, window_id)
            await self.end_emptied_now(session_id)
            return reports

    async def end_emptied_now(self, session_id: str) -> None:
        if self.is_emptied(session_id):
            await self.end_now(session_id, "its last pane was closed")

    async def undo(self, session_id: str, reason: str) -> None:
        """Leave nothing of a session that could not be made."""
        try:
            await self.end(session_id, reason)
        except FugueError as error:
            self.say_left_over(session_id, error)

    async def end_now(self, session_id: str, reason: str) -> tuple[KillReport, ...]:
        if session_id not in self.journal.state.sessions:
            raise Refused("SessionNotFound", f"session {session_id} has ended")
        ref = await self.actor.kernel.registry.wait_for(sessions.path(session_id))
        reports = await sessions.close_all_panes(ref)
        await self.close(session_id, reason)
        return reports

    def is_idle(self, session_id: str) -> bool:
        """Whether a session runs nothing, and nobody ends it or anything of it."""
        has_panes = self.journal.state.panes_of(session_id)
        return not has_panes and session_id not in self.ending

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

    # ---- what was cut short

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
                self.actor.nursery.start_soon(self.end_if_empty, self.emptied.pop())

    async def end_if_empty(self, session_id: str) -> None:
        async with self.ending_alone(session_id):
            try:
                await self.end_emptied_now(session_id)
            except FugueError as error:
                self.say_left_over(session_id, error)

    def is_emptied(self, session_id: str) -> bool:
        """Whether a session lives that had panes and has none any more."""
        session = self.journal.state.sessions.get(session_id)
        return (
            session is not None
            and session.kind == "pane"
            and not self.journal.state.panes_of(session_id)
        )

    def finish_all(self) -> None:
        """Have every session finished whose program was never started."""
        for session in self.journal.state.sessions.values():
            if session.kind == "pane" and not self.has_run(session.session_id):
                self.actor.nursery.start_soon(self.finish, session.session_id)

    async def finish(self, session_id: str) -> None:
        """Wait for the program of a session whose maker is gone; end it if none runs."""
        with trio.move_on_after(CREATE_WITHIN):
            for pane in self.journal.state.panes_of(session_id):
                ref = await self.actor.kernel.registry.wait_for(
                    sessions.pane_path(pane)
                )
                try:
                    await panes.running(ref)
                except FugueError as error:
                    logger.warning("pane %s: %s", pane.pane_id, error.message)
        if not self.has_run(session_id):
            await self.undo(session_id, "its making was cut short")

    def has_run(self, session_id: str) -> bool:
        """Whether a program of a session was ever started, and its pane is there."""
        every = self.journal.state.panes_of(session_id)
        return any(pane.state != "starting" for pane in every)
