"""Bells of panes, in view or not: when the terminal rings, and which windows have. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from fugue_actors.protocol.monitor import PaneDocument
    from fugue_actors.tui.state import State

QUIET_SECONDS: Final = 0.2
"""After a bell, in which the terminal is not rung again."""


class Bells:
    """How often each pane has rung, as far as this client knows."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.is_begun = False
        self.quiet_until = 0.0

    def rang(
        self, panes: Mapping[str, PaneDocument], changed: Collection[str]
    ) -> set[str]:
        """The panes that have rung since this was asked last, of those that changed.

        What rang before the first time is over, and so is what another daemon counted.
        """
        rang = set()
        for pane_id in changed:
            pane = panes.get(pane_id)
            if pane is None:
                self.counts.pop(pane_id, None)
                continue
            count = pane.get("bells", 0)
            usual = 0 if self.is_begun else count
            if count > self.counts.get(pane_id, usual):
                rang.add(pane_id)
            self.counts[pane_id] = count
        self.is_begun = True
        return rang

    def hear(self, state: State, changed: Collection[str], now: float) -> bool:
        """Take in that panes have changed; whether the terminal is to ring.

        As in tmux that is for all panes of the session in view. Windows in which something
        rang say so until they are looked at.
        """
        rang = self.rang(state.model.panes, changed)
        state.rung |= rang
        is_here = any(
            state.model.panes[pane_id]["session_id"] == state.session_id
            for pane_id in rang
        )
        if not is_here or now < self.quiet_until:
            return False
        self.quiet_until = now + QUIET_SECONDS
        return True


def look(state: State) -> None:
    """A window is in view: what rang in it is heard, also behind a pane in full."""
    if state.window is not None:
        seen = {tile["pane_id"] for tile in state.tiles_of(state.window)}
        state.rung -= seen
