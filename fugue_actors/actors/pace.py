"""How often screens are read: each so often a second, and all of them together.

The period of a screen is that of its quickest viewer, so that a slow viewer gets what there is
when its turn comes, and not what there was after its last. The time that an answer takes counts
in a flood; after a quiet time it does not, and the next reading is a whole period away.
"""

from __future__ import annotations

import trio

READS_PER_SECOND = 30
"""Of one screen, at most."""
ALL_READS_PER_SECOND = 1000
"""Of all screens: a hundred panes that flood are read ten times a second each."""


class Pace:
    """That of all readings together."""

    def __init__(self, per_second: float = ALL_READS_PER_SECOND) -> None:
        self.between = 1 / per_second
        self.next_at = 0.0

    def take(self) -> float:
        """A time for one reading, now or later; it is taken then."""
        at = max(trio.current_time(), self.next_at)
        self.next_at = at + self.between
        return at


class Timing:
    """When one screen is to be read next.

    Args:
        pace: Shared with other screens.
    """

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.period = 1 / READS_PER_SECOND
        self.asked_at = self.counts_from = self.not_before = 0.0
        self.changed = trio.Event()
        self.free = trio.Event()
        self.free.set()

    @property
    def due_at(self) -> float:
        """When it is to be read next, unless something is put off or hurried."""
        return max(self.counts_from + self.period, self.not_before)

    def answered(self) -> None:
        """What was asked for is here."""
        now = trio.current_time()
        is_prompt = now < self.asked_at + self.period
        self.counts_from = self.asked_at if is_prompt else now

    def set_period(self, seconds: float) -> None:
        """Read it so often from now on."""
        self.period = seconds
        self.changed.set()

    def hurry(self) -> None:
        """Read it as soon as may be, once: somebody has just done something to it."""
        self.counts_from, self.not_before = -self.period, 0.0
        self.changed.set()

    def hold(self) -> None:
        """Do not read it again before `release`."""
        self.free = trio.Event()

    def release(self, pause: float) -> None:
        """Read it again, after so many seconds at the earliest."""
        self.not_before = trio.current_time() + pause
        self.changed.set()
        self.free.set()

    async def wait(self) -> None:
        """Wait until it is to be read; that counts as asked for."""
        await self.free.wait()
        while trio.current_time() < self.due_at:
            self.changed = trio.Event()
            with trio.move_on_at(self.due_at):
                await self.changed.wait()
        await trio.sleep_until(self.pace.take())
        self.asked_at = trio.current_time()
