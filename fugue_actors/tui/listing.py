"""Which of several things is chosen, and which of them are in view. PURE.

Things are known by their keys and not by their places: when others come and go the
choice stays where it is, and when the chosen one goes, it moves to the one that stood
behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence


@attrs.define(eq=False)
class Listing:
    """A list with a choice.

    Attributes:
        keys: What there is to choose from, in order.
        selected: Which one is chosen; None only if there is none.
        first: The place of the uppermost that is in view.
        lines: How many were in view last.
    """

    keys: tuple[str, ...] = ()
    selected: str | None = None
    first: int = 0
    lines: int = 1

    @property
    def place(self) -> int:
        """The place of the chosen one; 0 if there is none."""
        return 0 if self.selected is None else self.keys.index(self.selected)

    def show(self, keys: Sequence[str]) -> None:
        """What there is to choose from is this now."""
        old, self.keys = self.keys, tuple(keys)
        known = set(self.keys)
        if self.selected in known:
            return
        place = old.index(self.selected) if self.selected in old else 0
        behind = (key for key in old[place:] if key in known)
        before = (key for key in reversed(old[:place]) if key in known)
        first = next(iter(self.keys), None)
        self.selected = next(behind, None) or next(before, None) or first

    def select(self, key: str) -> None:
        """Choose one, if it is there."""
        if key in self.keys:
            self.selected = key

    def go(self, place: int) -> None:
        """Choose the one at a place, or the nearest there is."""
        if self.keys:
            self.selected = self.keys[min(max(place, 0), len(self.keys) - 1)]

    def step(self, count: int) -> None:
        """Choose one further down, or up."""
        self.go(self.place + count)

    def view(self, lines: int) -> range:
        """The places in view, the chosen one among them; moves no more than it must.

        Args:
            lines: How many there is room for.
        """
        self.lines = max(lines, 1)
        most = max(len(self.keys) - self.lines, 0)
        first = min(self.first, self.place, most)
        self.first = max(first, self.place - self.lines + 1, 0)
        return range(self.first, min(self.first + self.lines, len(self.keys)))
