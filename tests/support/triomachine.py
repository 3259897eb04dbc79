"""Trio one step at a time, for Hypothesis's rule machines, whose rules are synchronous.

`Stepper` keeps one trio run open between calls, in guest mode: trio moves only inside
`run`, and its clock only when a rule makes it jump.
"""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any, TypeVar

import outcome
import trio
from trio.testing import MockClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

T = TypeVar("T")

STUCK_AFTER = 20.0
"""Seconds of real time in which something has to happen in trio."""


class Stepper:
    """A trio run with something open in it.

    Args:
        surroundings: Opened at the start, closed at the end.

    Attributes:
        world: What opening it gave.
        clock: Stands still.
    """

    def __init__(self, surroundings: AbstractAsyncContextManager[Any]) -> None:
        self.calls: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self.clock = MockClock()
        self.over: outcome.Outcome[None] | None = None
        self.nursery: trio.Nursery | None = None
        trio.lowlevel.start_guest_run(
            self.main,
            surroundings,
            run_sync_soon_threadsafe=self.calls.put,
            done_callback=self.done,
            clock=self.clock,
        )
        while self.nursery is None and self.over is None:
            self.step()

    async def main(self, surroundings: AbstractAsyncContextManager[Any]) -> None:
        self.token = trio.lowlevel.current_trio_token()
        async with surroundings as self.world:
            async with trio.open_nursery() as self.nursery:
                await trio.sleep_forever()

    def done(self, over: outcome.Outcome[None]) -> None:
        self.over = over

    def step(self) -> None:
        """Do the next thing that trio asks its host for."""
        self.calls.get(timeout=STUCK_AFTER)()

    def run(self, function: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """Run something inside and wait for its end."""
        result: list[outcome.Outcome[T]] = []

        async def job() -> None:
            result.append(await outcome.acapture(function, *arguments))

        self.start(job)
        while not result:
            assert self.over is None, self.over
            self.step()
        return result[0].unwrap()

    def start(self, function: Callable[..., Awaitable[object]]) -> None:
        """Start something inside that goes on between calls."""
        self.token.run_sync_soon(self.nursery.start_soon, function)

    def close(self) -> None:
        """End the run; what went wrong in it is raised here."""
        if self.over is None:
            self.token.run_sync_soon(self.nursery.cancel_scope.cancel)
        while self.over is None:
            self.step()
        self.over.unwrap()
