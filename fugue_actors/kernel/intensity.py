"""The window in which a supervisor counts its restarts.

1. A restart pushes *now*; entries with `t + period < now` fall out.
2. More than `max_restarts` left means: give up.

Pure: the caller passes the time.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fugue_actors.kernel.spec import Intensity


class RestartWindow:
    """The restarts of one supervisor incarnation, all its children together."""

    __slots__ = ("limit", "times")

    def __init__(self, limit: Intensity) -> None:
        self.limit = limit
        self.times: deque[float] = deque()

    def push(self, now: float) -> bool:
        """Count one restart at `now`; false when it is one too many."""
        most = self.limit.max_restarts
        if most is None:
            return True
        self.times.append(now)
        while self.times[0] + self.limit.period < now:
            self.times.popleft()
        return len(self.times) <= most
