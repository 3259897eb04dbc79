"""What the newest events touched, so that a client that was away for a moment can go on. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from fugue_actors.gateways.monitor.choice import Moves
    from fugue_actors.gateways.monitor.documents import Touched

KEEP_EVENTS: Final = 4_096
KEEP_KEYS: Final = 100_000
"""An event may touch a thousand documents; the oldest go so that it is never more."""


class Entry(NamedTuple):
    """One event: its number, what it touched, and what it changed about who is chosen."""

    seq: int
    touched: Touched
    moves: Moves | None
    size: int


class Ring:
    """See the module's docstring.

    Args:
        seq: Number of the newest event so far.
    """

    def __init__(self, seq: int) -> None:
        self.entries: deque[Entry] = deque()
        self.size = 0
        self.before = seq

    def add(self, seq: int, touched: Touched, moves: Moves | None = None) -> None:
        """An event happened."""
        size = sum(map(len, touched.values()))
        self.entries.append(Entry(seq, touched, moves, size))
        self.size += size
        while len(self.entries) > KEEP_EVENTS or self.size > KEEP_KEYS:
            oldest = self.entries.popleft()
            self.size -= oldest.size
            self.before = oldest.seq

    def since(self, seq: int, newest: int) -> tuple[Entry, ...] | None:
        """The events after a number; None if that is too long ago, or still to come."""
        if not self.before <= seq <= newest:
            return None
        return tuple(entry for entry in self.entries if entry.seq > seq)
