"""A session's restarter: starts programs again as the policy of their panes says.

A child of the session beside its panes. It reads the journal and nothing else, so a new
incarnation, and a new daemon, go on where the one before was. `restarting` decides.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import attrs
import trio

from fugue_actors.actors import panes, restarting
from fugue_actors.errors import FugueError, Unavailable
from fugue_actors.kernel import Actor, ChildSpec
from fugue_actors.protocol.events import (
    PaneExited,
    PaneGaveUp,
    PaneLost,
    PaneRestarting,
    Recorded,
)
from fugue_actors.protocol.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.journal import Journal
    from fugue_actors.protocol.values import Pane

logger = logging.getLogger(__name__)

ACTOR_WITHIN = 60.0


@attrs.frozen(kw_only=True)
class Look:
    """A program has ended (to the actor itself)."""


@attrs.frozen(kw_only=True)
class StartNow:
    """The pause before a start is over (to the actor itself)."""

    pane_id: str


def spec(journal: Journal, session_id: str) -> ChildSpec:
    """A session's restarter, as a child of the session's subtree."""
    return ChildSpec(
        id="restarter", factory=lambda: RestarterActor(journal, session_id)
    )


class RestarterActor(Actor):
    """See the module's docstring."""

    def __init__(self, journal: Journal, session_id: str) -> None:
        self.journal = journal
        self.session_id = session_id
        self.due: set[str] = set()
        self.unlisten: Callable[[], None] = lambda: None

    async def on_start(self) -> None:
        """See what ended while nobody looked."""
        self.unlisten = self.journal.listen(self.notice, session_id=self.session_id)
        await self.look()

    async def on_stop(self, exit: object) -> None:
        """Stop listening."""
        self.unlisten()

    def notice(self, recorded: Recorded) -> None:
        """Called by the journal; a full mailbox means that we look soon anyway."""
        if isinstance(recorded.event, PaneExited | PaneLost):
            try:
                self.ref.tell_nowait(Look())
            except (trio.WouldBlock, Unavailable):
                return

    async def handle(self, message: Any) -> None:
        """One message."""
        match message:
            case Look():
                await self.look()
            case StartNow(pane_id=pane_id):
                self.nursery.start_soon(self.start, pane_id)

    async def look(self) -> None:
        """Deal with every pane whose program does not run."""
        for pane in self.journal.state.panes_of(self.session_id):
            if pane.state == "restarting":
                self.wait_for_turn(pane)
            elif pane.state in ("exited", "lost") and pane.trouble is None:
                await self.decide(pane)

    async def decide(self, pane: Pane) -> None:
        """Record what becomes of a pane, and see to it."""
        about = {"pane_id": pane.pane_id, "session_id": pane.session_id}
        match restarting.decide(pane, now=utc_now()):
            case restarting.Again(streak=streak):
                await self.journal.record(PaneRestarting(**about, streak=streak))
                self.wait_for_turn(attrs.evolve(pane, streak=streak))
            case restarting.GiveUp(trouble=trouble):
                logger.warning("pane %s: %s", pane.pane_id, trouble)
                await self.journal.record(PaneGaveUp(**about, trouble=trouble))

    def wait_for_turn(self, pane: Pane) -> None:
        """Start it after the pause, once."""
        if pane.pane_id not in self.due:
            self.due.add(pane.pane_id)
            delay = restarting.pause(pane.streak)
            self.after(delay, StartNow(pane_id=pane.pane_id))

    async def start(self, pane_id: str) -> None:
        """Start a pane's program again; what keeps it from starting counts as an end."""
        pane = self.journal.state.panes.get(pane_id)
        if pane is None or pane.state != "restarting":
            self.due.discard(pane_id)
            return
        path = f"{self.ref.path.rpartition('/')[0]}/panes/{pane_id}"
        try:
            with trio.move_on_after(ACTOR_WITHIN):
                ref = await self.kernel.registry.wait_for(path)
                await panes.start_again(ref)
        except FugueError as error:
            logger.warning("pane %s cannot start again: %s", pane_id, error.message)
        self.due.discard(pane_id)
        pane = self.journal.state.panes.get(pane_id)
        if pane is not None and pane.state == "restarting":
            await self.decide(pane)
