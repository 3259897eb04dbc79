"""Bells of the panes that are in view, as they ring. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from fugue_actors.client.model import Screen


class Bells:
    """How often each pane in view has rung, None where that is not known yet."""

    def __init__(self) -> None:
        self.counts: dict[str, int | None] = {}

    def look_at(self, panes: Collection[str]) -> None:
        """These are in view; what rang before they came into view is over."""
        self.counts = {pane_id: self.counts.get(pane_id) for pane_id in panes}

    def rang(self, screens: Mapping[str, Screen], changed: Collection[str]) -> bool:
        """Whether one of the screens that changed has rung since."""
        is_ringing = False
        for pane_id in self.counts.keys() & set(changed):
            screen = screens.get(pane_id)
            count = None if screen is None else screen.head.get("bells")
            before, self.counts[pane_id] = self.counts[pane_id], count
            is_ringing |= before is not None and count is not None and count > before
        return is_ringing
