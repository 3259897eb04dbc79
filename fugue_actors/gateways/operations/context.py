"""Who asks, and what an operation may reach."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import trio

from fugue_actors.actors import fleet, router, session as sessions
from fugue_actors.actors.targets import no_session
from fugue_actors.errors import ActorRestarting, Refused
from fugue_actors.gateways import authority
from fugue_actors.gateways.caller import Caller
from fugue_actors.journal import Journal
from fugue_actors.kernel import Kernel, Ref

if TYPE_CHECKING:
    from fugue_actors.protocol.values import Pane, Session


def nowhere() -> str | None:
    """Where the monitor of a daemon without one is."""
    return None


def nothing(pane_id: str) -> None:
    """What follows in a pane concerns a client that watches no screens."""


@attrs.frozen(kw_only=True)
class DaemonInfo:
    """What the daemon says of itself.

    Attributes:
        monitor_url: Where the monitor is now, if it is anywhere.
    """

    version: str
    home: str
    started: float
    stop: Callable[[], None]
    hand_over: Callable[[str], None]
    monitor_url: Callable[[], str | None] = nowhere


class Claim(Protocol):
    """Notes that an answer carries messages of a session.

    A later request of the client proves that it has them, unless that is to be said
    `by_hand`.
    """

    def __call__(
        self, session_id: str, message_ids: tuple[str, ...], *, by_hand: bool = False
    ) -> None: ...


@attrs.define(eq=False)
class Progress:
    """What a request that takes long is doing, for clients that want to know.

    Attributes:
        message: In a few words; whoever carries the request out changes it.
    """

    message: str = "still under way"


@attrs.frozen(kw_only=True)
class Context:
    """One request's surroundings.

    Attributes:
        caller: The connection's identity, fixed for its life.
        holder: The connection's actor; what it claims goes back when it ends.
        kernel: The tree.
        journal: What is the case.
        daemon: The daemon itself.
        claim: Told the messages that the answer will carry, before it is sent.
        progress: What the request is doing.
        given_up: Set when its client wants what there is of the answer by now.
        expect: Told the pane in which its client does something and watches for it.
    """

    caller: Caller
    holder: Ref
    kernel: Kernel
    journal: Journal
    daemon: DaemonInfo
    claim: Claim
    progress: Progress = attrs.Factory(Progress)
    given_up: trio.Event = attrs.Factory(trio.Event)
    expect: Callable[[str], None] = nothing

    @property
    def is_person(self) -> bool:
        """Whether a person asks, not a program in a pane, nor an agent's client."""
        return self.caller.access.is_person

    @property
    def router(self) -> Ref:
        """The router."""
        return self.kernel.registry.resolve(router.PATH)

    @property
    def fleet(self) -> Ref:
        """The fleet."""
        return self.kernel.registry.resolve(fleet.PATH)

    def session_actor(self, session_id: str) -> Ref:
        """A session's actor."""
        return sessions.resolve(self.kernel.registry, session_id)

    def pane_actor(self, pane: Pane) -> Ref:
        """A pane's actor.

        Raises:
            Refused: `PaneNotFound`: the pane is closed.
            ActorRestarting: It will be there in a moment.
        """
        ref = self.kernel.registry.whereis(sessions.pane_path(pane))
        if ref is not None:
            return ref
        if pane.pane_id in self.journal.state.panes:
            raise ActorRestarting(f"pane {pane.pane_id} is being taken up again")
        raise Refused("PaneNotFound", f"pane {pane.pane_id} is closed")

    async def session(self, named: str | None) -> Session:
        """The session a caller names, or the caller's own.

        Raises:
            Refused: `SessionNotFound`, with names that look like it; `NotAllowed`.
        """
        if named is None:
            return await self.caller.session()
        session = self.journal.state.session_named(named)
        if session is None:
            raise no_session(named, authority.names_seen(self.caller))
        authority.check_session(self.caller, session)
        return session

    def check_still(self, session_id: str) -> None:
        """Whether what took long may still be told; a session can lose its tags.

        Raises:
            Refused: `NotAllowed`.
        """
        session = self.journal.state.sessions.get(session_id)
        if session is not None:
            authority.check_session(self.caller, session)

    async def pane(self, arguments: Mapping[str, Any]) -> Pane:
        """The pane that `pane` names, or the focused one of `session`, or the caller's.

        A pane is named by its id, by its name in `session` or in the caller's own, or
        as `SESSION:NAME`. The caller's own pane is the one its process runs in.

        Raises:
            Refused: `PaneNotFound`, `SessionNotFound`, `NotAllowed`.
        """
        state = self.journal.state
        named, in_session = arguments.get("pane"), arguments.get("session")
        own = state.panes.get(self.caller.attestation.pane_id or "")
        if named is None and in_session is None and own is not None:
            return own
        if named in state.panes:
            pane = state.panes[named]
            authority.check_session(self.caller, state.sessions[pane.session_id])
            return pane
        if named is not None and ":" in named:
            in_session, _, named = named.partition(":")
        session = await self.session(in_session)
        if named is not None:
            for pane in state.panes_of(session.session_id):
                if pane.name == named:
                    return pane
            raise Refused(
                "PaneNotFound",
                f"no pane has the id {named!r}, and none of session "
                f"{session.session_name!r} has that name",
                hint="list the panes to see what there is",
            )
        pane_id = state.layout_of(session.session_id).focused_pane
        if pane_id is None:
            raise Refused(
                "PaneNotFound",
                f"session {session.session_name!r} has no pane",
                hint="name a pane, or a session that runs a program",
            )
        return state.panes[pane_id]


Run = Callable[[Context, dict[str, Any]], Awaitable[dict[str, Any]]]
