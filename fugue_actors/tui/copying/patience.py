"""How long a search may take: some expressions have no end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from fugue_actors.terminal.stopwatch import Stopwatch, TooSlow

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS: Final = 0.5
"""Of processor time, for what is done between two pictures."""

T = TypeVar("T")


class Patience:
    """Cuts work short; for the main thread only."""

    def __init__(self) -> None:
        self.stopwatch: Stopwatch | None = None

    def within(self, work: Callable[[], T]) -> T | None:
        """Do some work that may be left at any point; None if it took too long."""
        if self.stopwatch is None:
            self.stopwatch = Stopwatch()
        try:
            return self.stopwatch.within(SECONDS, work)
        except TooSlow:
            return None


PATIENCE: Final = Patience()
"""There is one timer in a process."""
