"""A small tree of real actors around one journal, with fake pane hosts below it.

`open_world` runs the kernel with router, delivery, sessions, fleet and zygote as the daemon does,
and a supervisor for connections, which here do nothing but hold messages. Nothing of it
needs real time, except that the fleet looks at directories in a thread: tests that
create sessions through it use the clock of `patient`, others `autojump_clock`.
"""

from __future__ import annotations

import itertools
import math
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import attrs
from fakehost import FakeHost, FakeZygote, Machine, open_machine
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import (
    delivery,
    fleet,
    inbox,
    router,
    sending,
    session as sessions,
)
from fugue_actors.actors.limits import Limits
from fugue_actors.actors.targets import SessionTarget, Target
from fugue_actors.journal import Journal
from fugue_actors.kernel import (
    Actor,
    ChildSpec,
    Intensity,
    Kernel,
    Ref,
    Report,
    Restart,
    dynamic_supervisor,
    open_kernel,
    start_child,
    stop_child,
    supervisor,
)
from fugue_actors.protocol.events import Event, MessageSent, Recorded, SessionOpened
from fugue_actors.protocol.ids import new_message_id, new_session_id
from fugue_actors.protocol.values import (
    Addressee,
    Envelope,
    Pane,
    Sender,
    Session,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SETTINGS = fleet.FleetSettings(
    socket="/run/mcp.sock",
    home="/home",
    environment={"PATH": "/bin"},
    default_command=("sh",),
)


def patient() -> MockClock:
    """A clock that stands still until it is told to jump.

    If nothing at all happens for seconds of real time it jumps by itself, so that a
    test that hangs runs into its own limit.
    """
    return MockClock(autojump_threshold=5)


def a_session(name: str, **fields: Any) -> Session:
    """The record of a session in no repository."""
    return Session(
        **{
            "session_id": new_session_id(),
            "session_name": name,
            "kind": "pane",
            "cwd": "/",
            "repository": None,
            "worktree": None,
            "parent": None,
            **fields,
        }
    )


def a_pane(session: Session, pane_id: str = "p1", **fields: Any) -> Pane:
    """The record of a pane that runs a shell."""
    return Pane(
        **{
            "pane_id": pane_id,
            "session_id": session.session_id,
            "argv": ("sh",),
            "cwd": "/",
            "environment": {"FUGUE": "1"},
            "columns": 80,
            "lines": 24,
            "key": f"key of {pane_id}",
            "token": f"token of {pane_id}",
            **fields,
        }
    )


def a_message(
    type: str, *recipients: Session, sender: Session | None = None, **fields: Any
) -> MessageSent:
    """A message to these sessions, of which only the type matters."""
    envelope = Envelope(
        id=new_message_id(),
        sender=Sender(
            session_id="nobody" if sender is None else sender.session_id,
            session_name="nobody" if sender is None else sender.session_name,
            attested="guest",
        ),
        target={"session": recipients[0].session_name},
        type=type,
        payload={},
        sent_at="2026-01-01T00:00:00.000Z",
        **fields,
    )
    return MessageSent(
        envelope=envelope,
        recipients=tuple(
            Addressee(session_id=one.session_id, session_name=one.session_name)
            for one in recipients
        ),
    )


def types(envelopes: tuple[Envelope, ...]) -> list[str]:
    """What tells the messages of a test apart."""
    return [envelope.type for envelope in envelopes]


class Holder(Actor):
    """A connection, as far as claims are concerned."""

    async def handle(self, message: object) -> None:
        """Nobody asks it anything."""


@attrs.define(eq=False)
class World:
    """A running tree.

    Attributes:
        machine: Where panes run.
        events: All that was recorded, in order.
        reports: What the kernel reported.
    """

    kernel: Kernel
    journal: Journal
    machine: Machine
    events: list[Event]
    reports: list[Report]
    numbers: Any = attrs.Factory(itertools.count)

    @property
    def router(self) -> Ref:
        return self.kernel.registry.resolve(router.PATH)

    @property
    def delivery(self) -> Ref:
        return self.kernel.registry.resolve(delivery.PATH)

    @property
    def fleet(self) -> Ref:
        return self.kernel.registry.resolve(fleet.PATH)

    def recorded(self, kind: type[Any]) -> list[Any]:
        """The events of one class."""
        return [event for event in self.events if isinstance(event, kind)]

    # Sessions

    async def session(self, name: str, **fields: Any) -> Session:
        """A session without panes, running."""
        return await self.open(a_session(name, **fields))

    async def open(self, session: Session, *opened: Event) -> Session:
        """Record a session, and what else is the case, and start it."""
        await self.journal.record(SessionOpened(session=session), *opened)
        await start_child(
            self.kernel.registry.resolve(sessions.SESSIONS),
            sessions.subtree(self.journal, session.session_id),
        )
        return session

    def actor(self, session: Session) -> Ref:
        """A session's actor."""
        return sessions.resolve(self.kernel.registry, session.session_id)

    def current(self, session: Session) -> Session:
        """A session's record as it is now."""
        return self.journal.state.sessions[session.session_id]

    def inbox(self, session: Session) -> list[tuple[str, str | None, bool]]:
        """Type, holder and whether it may be a duplicate, of each unread message."""
        ledger = self.journal.state.ledger
        holders = dict(ledger.held(session.session_id))
        return [
            (one.type, holders.get(one.id), one.redelivered)
            for one in ledger.inbox(session.session_id)
        ]

    # Messages

    async def send(
        self,
        sender: Session,
        target: Target | Session,
        type: str = "note",
        *,
        in_reply_to: str | None = None,
        wishes: sending.Wishes = sending.AS_USUAL,
        **payload: Any,
    ) -> sending.SendResult:
        """Send through the router."""
        if isinstance(target, Session):
            target = SessionTarget(session=target.session_name)
        return await sending.send(
            self.router,
            sender,
            "process",
            target,
            (type, payload),
            in_reply_to=in_reply_to,
            thread=await sending.thread_of(self.journal, in_reply_to),
            wishes=wishes,
        )

    async def take(
        self,
        session: Session,
        holder: Ref,
        *,
        most: int = 10,
        wait: float = 0,
        **wanted: Any,
    ) -> tuple[Envelope, ...]:
        """Take messages for a connection."""
        return await inbox.take_messages(
            self.actor(session),
            holder=holder,
            most=most,
            wait=wait,
            wanted=inbox.Wanted(**wanted),
        )

    # Connections

    async def connection(self) -> Ref:
        """A connection."""
        return await start_child(
            self.kernel.registry.resolve("/connections"),
            ChildSpec(
                id=f"c{next(self.numbers)}", factory=Holder, restart=Restart.TEMPORARY
            ),
        )

    async def hang_up(self, connection: Ref) -> None:
        """End a connection."""
        await stop_child(
            connection.kernel.registry.resolve("/connections"), connection.id
        )

    # Panes

    async def pane(self, session: Session, pane_id: str = "p1", **fields: Any) -> Ref:
        """Open a pane in a session; its actor, once its program runs."""
        await self.start_pane(session, pane_id, **fields)
        return self.pane_actor(session, pane_id)

    async def start_pane(
        self, session: Session, pane_id: str = "p1", **fields: Any
    ) -> Pane:
        """Open a pane in a session; its record, once its program runs."""
        pane = a_pane(session, pane_id, **fields)
        return await sessions.open_pane(self.actor(session), pane)

    def pane_actor(self, session: Session, pane_id: str = "p1") -> Ref:
        path = f"{sessions.SESSIONS}/{session.session_id}/panes/{pane_id}"
        return self.kernel.registry.resolve(path)

    def host(self, pane_id: str = "p1") -> FakeHost:
        """A pane's host."""
        return self.machine.hosts[pane_id]

    def record(self, pane_id: str = "p1") -> Pane:
        """A pane's record as it is now."""
        return self.journal.state.panes[pane_id]

    # Trouble

    async def crash(self, ref: Ref) -> None:
        """Crash an actor, and wait until its next incarnation runs."""
        before = ref.incarnation
        self.kernel.crash(ref, RuntimeError("injected"))
        await wait_all_tasks_blocked()
        await self.kernel.registry.wait_for(ref.path)
        assert ref.incarnation == before + 1

    async def crash_for_good(self, ref: Ref) -> None:
        """Crash an actor that does not come back."""
        self.kernel.crash(ref, RuntimeError("injected"))
        await self.kernel.wait_gone(ref)


@asynccontextmanager
async def open_world(
    *,
    limits: Limits | None = None,
    settings: fleet.FleetSettings = SETTINGS,
    journal: Journal | None = None,
    max_sessions: float = math.inf,
    clock: delivery.Clock = time.time,
) -> AsyncIterator[World]:
    """A tree without gateways, for the length of the block."""
    journal = Journal() if journal is None else journal
    events: list[Event] = []
    reports: list[Report] = []

    def keep(recorded: Recorded) -> None:
        events.append(recorded.event)

    journal.listen(keep)
    async with open_machine() as machine:
        spec = supervisor(
            "root",
            intensity=Intensity(max_restarts=50, period=60.0),
            children=[
                supervisor(
                    "machine",
                    children=[
                        ChildSpec(
                            id="zygote", factory=lambda: FakeZygote(journal, machine)
                        )
                    ],
                ),
                router.spec(journal, limits or Limits()),
                delivery.spec(journal, limits or Limits(), clock),
                dynamic_supervisor(
                    "sessions", max_children=max_sessions, intensity=Intensity.none()
                ),
                fleet.spec(journal, settings),
                dynamic_supervisor(
                    "connections", intensity=Intensity(max_restarts=1000, period=1.0)
                ),
            ],
        )
        async with open_kernel(spec, on_report=reports.append) as kernel:
            yield World(kernel, journal, machine, events, reports)


async def settled(fact: Any) -> Any:
    """Wait until the tree has nothing more to do, then look at a fact."""
    await wait_all_tasks_blocked()
    assert fact(), fact
    return fact()
