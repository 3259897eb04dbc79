"""The keeper's actor: writes the cards of panes when they or their sessions have changed.

It asks before each round whether this home is still this daemon's. A disk that refuses
makes it crash; its supervisor tries again with a growing delay for as long as it takes,
the daemon says `degraded` meanwhile, and agents and panes go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from fugue_actors.journal import cards
from fugue_actors.journal.cards import Card
from fugue_actors.journal.kinds import FACTS
from fugue_actors.kernel import Actor, Backoff, ChildSpec, cleanup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fugue_actors.journal.journal import Journal
    from fugue_actors.protocol.events import Recorded

# Changes come in bursts; one write serves them all.
SETTLE_SECONDS = 0.05
LAST_WRITE_WITHIN = 3.0
HOSTED = ("running", "restarting", "exited")


def spec(
    journal: Journal, panes_dir: Path, *, is_ours: Callable[[], bool]
) -> ChildSpec:
    """The keeper, as a child of `machine`.

    Args:
        journal: What is the case.
        panes_dir: Where hosts have their sockets, and cards lie beside them.
        is_ours: Whether no other daemon has this home.
    """
    return ChildSpec(
        id="keeper",
        factory=lambda: KeeperActor(journal, panes_dir, is_ours),
        backoff=Backoff(initial=1.0, maximum=30.0),
    )


class KeeperActor(Actor):
    """See the module's docstring."""

    def __init__(
        self,
        journal: Journal,
        panes_dir: Path,
        is_ours: Callable[[], bool],
    ) -> None:
        self.journal = journal
        self.panes_dir = panes_dir
        self.is_ours = is_ours
        self.written: dict[str, Card] = {}
        self.changed = trio.Event()
        self.unlisten: Callable[[], None] = lambda: None

    async def on_start(self) -> None:
        """Begin to keep; what changed while nobody did is written at once."""
        self.unlisten = self.journal.listen(self.notice)
        self.changed.set()
        self.nursery.start_soon(self.keep)

    async def on_stop(self, exit: object) -> None:
        """Write what is left to write."""
        self.unlisten()
        if self.changed.is_set():
            with cleanup(LAST_WRITE_WITHIN):
                await self.write()

    async def handle(self, message: object) -> None:
        """Nobody asks the keeper anything."""

    def notice(self, recorded: Recorded) -> None:
        """Called by the journal."""
        if type(recorded.event) in FACTS:
            self.changed.set()

    async def keep(self) -> None:
        while True:
            await self.changed.wait()
            await trio.sleep(SETTLE_SECONDS)
            await self.write()

    async def write(self) -> None:
        self.changed = trio.Event()
        """Bring the cards of hosted panes up to date, those that changed only."""
        if not self.is_ours():
            return
        state = self.journal.state
        for pane_id in (*state.panes, *self.written):
            pane = state.panes.get(pane_id)
            if pane is not None and pane.state == "lost":
                cards.bury(self.panes_dir, pane_id)
                self.written.pop(pane_id, None)
            elif pane is None:
                cards.remove(self.panes_dir, pane_id)
                self.written.pop(pane_id, None)
            elif pane.state in HOSTED:
                card = Card(session=state.sessions[pane.session_id], pane=pane)
                if self.written.get(pane_id) != card:
                    cards.write(self.panes_dir, card)
                    self.written[pane_id] = card
            await trio.lowlevel.checkpoint()
