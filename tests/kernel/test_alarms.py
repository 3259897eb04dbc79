"""The heap of alarms: order, skipping, sweeping."""

from __future__ import annotations

import math
from typing import Any

import trio
from hypothesis import given, strategies as st
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel.alarms import SWEEP_AT_LEAST, Alarms


class Bell:
    """Notes when it rang."""

    def __init__(self, rang: list[float]) -> None:
        self.is_live = True
        self.rang = rang

    def ring(self) -> None:
        self.rang.append(trio.current_time())


async def test_alarms_ring_in_order_and_on_time(autojump_clock: Any) -> None:
    """An earlier alarm set later still comes first."""
    alarms, rang = Alarms(), []
    start = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(alarms.run)
        await wait_all_tasks_blocked()
        for delay in (3, 1, 2):
            alarms.set(start + delay, Bell(rang))
        await trio.sleep(4)
        nursery.cancel_scope.cancel()
    assert [time - start for time in rang] == [1, 2, 3]


async def test_an_alarm_without_point_does_not_ring(autojump_clock: Any) -> None:
    """What was cancelled is skipped when its time has come."""
    alarms, rang = Alarms(), []
    bell, other = Bell(rang), Bell(rang)
    start = trio.current_time()
    alarms.set(start + 1, bell)
    alarms.set(start + 2, other)
    bell.is_live = False
    assert alarms.ring_due(start) == start + 2
    other.is_live = False
    assert alarms.ring_due(start) == math.inf
    assert rang == []


@given(times=st.lists(st.integers(0, 50)), dead=st.sets(st.integers(0, 50)))
async def test_a_sweep_keeps_the_order(times: list[int], dead: set[int]) -> None:
    """Whatever loses its point, the rest still rings in order."""
    alarms = Alarms()
    for time in times:
        bell = Bell([])
        alarms.set(time, bell)
        bell.is_live = time not in dead
    alarms.sweep()
    left = []
    while alarms.heap:
        left.append(alarms.heap[0][0])
        alarms.ring_due(left[-1])
    assert left == sorted({time for time in times if time not in dead})


async def test_alarms_without_point_do_not_pile_up() -> None:
    """A flood of asks that are all answered leaves no flood of deadlines."""
    alarms, rang = Alarms(), []
    kept = Bell(rang)
    alarms.set(1e9, kept)
    for _ in range(10 * SWEEP_AT_LEAST):
        bell = Bell(rang)
        alarms.set(2e9, bell)
        bell.is_live = False
    assert len(alarms.heap) <= SWEEP_AT_LEAST
    for _ in range(2 * SWEEP_AT_LEAST):
        alarms.set(3e9, kept)
    # What is left after a sweep may double before the next: a heap of the living is not
    # swept at every step.
    assert alarms.sweep_at > len(alarms.heap)
    assert alarms.ring_due(0.0) == 1e9
