"""Guest sessions, within the fleet's actor: lent to connections, and taken up again.

A guest has an inbox and no panes. The connection that holds it is watched. When that
ends, a guest that asked for its name stays until it is ended; any other is known by its
process alone, so it lingers a while for the same process and then ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import trio

from fugue_actors.actors import records, repository
from fugue_actors.protocol.events import GuestHeld

if TYPE_CHECKING:
    from fugue_actors.actors.fleet_requests import OpenGuest
    from fugue_actors.actors.lifecycle import Lifecycle
    from fugue_actors.actors.naming import Names
    from fugue_actors.journal import Journal
    from fugue_actors.kernel import Actor, Ref, Timer
    from fugue_actors.protocol.values import Session


@attrs.frozen(kw_only=True)
class GuestLeft:
    """An unnamed guest has been away for long enough (to the actor itself)."""

    session_id: str


class Guests:
    """See the module's docstring.

    Args:
        actor: The fleet's; it watches connections and gets `GuestLeft`.
        journal: Where sessions and their holders stand.
        names: Names of sessions.
        lifecycle: Opens and closes sessions.
        linger: Seconds an unnamed guest is kept after it left.
    """

    def __init__(
        self,
        actor: Actor,
        journal: Journal,
        names: Names,
        lifecycle: Lifecycle,
        *,
        linger: float,
    ) -> None:
        self.actor = actor
        self.journal = journal
        self.names = names
        self.lifecycle = lifecycle
        self.linger = linger
        self.leaving: dict[str, Timer] = {}

    async def take_over(self) -> None:
        """Watch the holders an earlier incarnation left; let go of guests without one."""
        for session in tuple(self.journal.state.sessions.values()):
            ref = self.actor.kernel.registry.whereis(session.holder or "")
            if ref is not None:
                self.actor.watch(ref)
            elif session.kind == "guest":
                await self.let_go(session)

    async def open(self, request: OpenGuest) -> Session | None:
        """The session for a connection, new or taken up again, and held by it.

        None if another connection holds it and it must not be another one.

        Raises:
            Refused: `InvalidArgument` for a bad name or directory; nothing is opened.
        """
        while True:
            session = self.known(request)
            if session is None:
                if not request.even_renamed and self.is_lent(request.name):
                    return None
                session = await self.make(request)
            if request.holder is not None:
                await self.lend(session.session_id, request.holder)
            lent = self.journal.state.sessions.get(session.session_id)
            if lent is not None:
                return lent
            # Whoever ends sessions does not wait for us: that one has ended meanwhile.

    async def lend(self, session_id: str, holder: Ref) -> None:
        """Record that a connection holds a session, until the connection ends."""
        if (timer := self.leaving.pop(session_id, None)) is not None:
            timer.cancel()
        self.actor.watch(holder)
        await self.journal.record(GuestHeld(session_id=session_id, holder=holder.path))

    def known(self, request: OpenGuest) -> Session | None:
        """The session that this connection takes up again, if there is one."""
        if request.name is None:
            guests = self.of_origin(request.origin)
        else:
            guests = self.called(request.name)
        for session in guests:
            if session.is_below_pane != request.is_below_pane:
                continue  # an agent that leaves a process behind is still no person
            if session.holder is None or request.holder is None:
                return session
        return None

    def of_origin(self, origin: str) -> list[Session]:
        """The guests that are known by their process."""
        return [each for each in self.all() if each.origin == origin]

    def called(self, name: str) -> list[Session]:
        """The guest of a name first, then those who asked for it and were renamed."""
        found = [each for each in self.all() if each.session_name == name]
        return found + [each for each in self.all() if each.asked_name == name]

    def all(self) -> list[Session]:
        """All guests there are."""
        sessions = self.journal.state.sessions.values()
        return [each for each in sessions if each.kind == "guest"]

    def is_lent(self, name: str | None) -> bool:
        """Whether a connection has the guest of this name."""
        return any(guest.holder is not None for guest in self.called(name or ""))

    async def make(self, request: OpenGuest) -> Session:
        name = self.names.reserve_for_guest(request.name, request.client)
        try:
            place = await trio.to_thread.run_sync(
                repository.locate, request.cwd, abandon_on_cancel=True
            )
            session = records.guest_record(request, name, place)
            await self.lifecycle.open(session)
        finally:
            self.names.release(name)
        return session

    async def holder_ended(self, holder: Ref) -> None:
        """A connection ended: it holds its guests no longer."""
        for session in tuple(self.journal.state.sessions.values()):
            if session.holder == holder.path:
                await self.let_go(session)

    async def let_go(self, session: Session) -> None:
        """Nobody holds a guest any more: keep a named one, the other for a while."""
        if session.holder is not None:
            await self.journal.record(
                GuestHeld(session_id=session.session_id, holder=None)
            )
        if session.origin is not None:
            self.wait_for(session.session_id)

    def wait_for(self, session_id: str) -> None:
        """Keep a guest for a while."""
        self.leaving[session_id] = self.actor.after(
            self.linger, GuestLeft(session_id=session_id)
        )

    async def stayed_away(self, session_id: str) -> None:
        """End a guest that nobody took up again in time.

        If programs still run in it, or somebody is ending it or one of them, it is kept
        for another while.
        """
        del self.leaving[session_id]
        if session_id not in self.journal.state.sessions:
            return
        if self.lifecycle.is_idle(session_id):
            await self.lifecycle.close(session_id, "its client left")
        else:
            self.wait_for(session_id)
