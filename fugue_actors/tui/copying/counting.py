"""How many there are of what was searched for, counted once for each state of things. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fugue_actors.tui.copying.lines import Place
    from fugue_actors.tui.copying.machine import Machine
    from fugue_actors.tui.copying.search import Search

NOWHERE: Final = "not found"
COUNTED_LINES: Final = 50_000
"""In longer texts is only searched, and not counted: that takes longer than a picture may."""


class Tally:
    """Remembers what was counted, for a picture is drawn often."""

    def __init__(self) -> None:
        self.search: Search | None = None
        self.total: int | None = None
        self.place: Place | None = None
        self.number: int | None = None

    def text(self, machine: Machine, *, is_busy: bool = False) -> str:
        """Which of how many the cursor is at, or how far the search has come."""
        text, search = machine.text, machine.search
        if search is None:
            return ""
        if search is not self.search:
            self.search, self.total, self.place = search, None, None
        if text.end - text.oldest > COUNTED_LINES:
            return "searching" if is_busy else ""
        if self.total is None:
            self.total = search.count(text)
        if self.total is None:
            every = max(1, text.end - text.oldest)
            percent = 100 * len(text.lines) // every
            return f"searching {percent}%" if is_busy else f"counting {percent}%"
        if not self.total:
            return NOWHERE
        if machine.cursor != self.place:
            self.place = machine.cursor
            self.number = search.position(text, self.place)
        return f"({self.number or '-'}/{self.total})"

    def verdict(self, machine: Machine) -> list[str]:
        """What to say once a search was entered."""
        if self.text(machine) == NOWHERE and machine.search is not None:
            return [f"{NOWHERE}: {machine.search.pattern}"]
        return []
