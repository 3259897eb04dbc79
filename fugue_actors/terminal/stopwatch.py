"""Cuts short what takes too long, a hopeless regular expression above all.

Python looks for signals while it searches, so a timer on the process's own processor time
can end a search that backtracks without end. Only for the main thread of a process, which
must have no other use for that timer.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class TooSlow(Exception):  # noqa: N818 - a condition, as in trio
    """It was cut short."""


class Stopwatch:
    """The one timer of this process."""

    def __init__(self) -> None:
        self.is_running = False
        signal.signal(signal.SIGVTALRM, self.ring)

    def ring(self, *_: object) -> None:
        """The time is up; late rings, after the work has ended, mean nothing."""
        if self.is_running:
            self.is_running = False
            raise TooSlow

    def within(self, seconds: float, work: Callable[[], T]) -> T:
        """Do some work, which must not mind being left at any point.

        Args:
            seconds: Processor time that it may take.
            work: What to do.

        Raises:
            TooSlow: It took longer.
        """
        self.is_running = True
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
            return work()
        finally:
            self.is_running = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
