"""One heap of points in time for a whole tree: deadlines of asks, timers, backoffs.

A cancel scope per ask costs as much as the ask; an entry here costs a tenth. Entries
are never removed when they lose their point, only skipped when due and swept out when
they are many. One task sleeps until the earliest.
"""

from __future__ import annotations

import heapq
import itertools
import math
from typing import Protocol

import trio

SWEEP_AT_LEAST = 1024


class Alarm(Protocol):
    """Something that wants to be told when its time has come."""

    @property
    def is_live(self) -> bool:
        """False once it has no point any more."""

    def ring(self) -> None:
        """Its time has come. Must not raise, must not block."""


class Alarms:
    """The heap and the task that serves it."""

    __slots__ = ("heap", "numbers", "scope", "sweep_at")

    def __init__(self) -> None:
        self.heap: list[tuple[float, int, Alarm]] = []
        self.numbers = itertools.count()
        self.scope: trio.CancelScope | None = None
        self.sweep_at = SWEEP_AT_LEAST

    def set(self, when: float, alarm: Alarm) -> None:
        """Ring `alarm` at the absolute trio time `when`."""
        heap = self.heap
        if len(heap) >= self.sweep_at:
            self.sweep()
        heapq.heappush(heap, (when, next(self.numbers), alarm))
        if heap[0][2] is alarm and self.scope is not None:
            self.scope.deadline = when

    def sweep(self) -> None:
        """Drop what has lost its point; amortised over as many entries as are left."""
        self.heap[:] = [entry for entry in self.heap if entry[2].is_live]
        heapq.heapify(self.heap)
        self.sweep_at = max(SWEEP_AT_LEAST, 2 * len(self.heap))

    def ring_due(self, now: float) -> float:
        """Ring all that is due at `now`; the time of the next, or infinity."""
        heap = self.heap
        while heap and (heap[0][0] <= now or not heap[0][2].is_live):
            alarm = heapq.heappop(heap)[2]
            if alarm.is_live:
                alarm.ring()
        return heap[0][0] if heap else math.inf

    async def run(self) -> None:
        """Serve the heap until cancelled."""
        while True:
            upcoming = self.ring_due(trio.current_time())
            with trio.CancelScope(deadline=upcoming) as self.scope:
                await trio.sleep_forever()
            self.scope = None
