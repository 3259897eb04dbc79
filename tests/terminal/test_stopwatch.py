"""What takes too long is cut short, and nothing else is disturbed."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from fugue_actors.terminal.stopwatch import Stopwatch, TooSlow

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stopwatch() -> Iterator[Stopwatch]:
    before = signal.getsignal(signal.SIGVTALRM)
    yield Stopwatch()
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a" * 60 + "b"),
        ("(.*)*x", "a" * 5000),
        ("a*a*a*a*a*b", "a" * 5000),
        (r"(?:(?=(a+))a)*\1*b", "a" * 5000),
    ],
)
def test_a_hopeless_search_is_cut_short(
    stopwatch: Stopwatch, pattern: str, text: str
) -> None:
    """Python looks for signals while it backtracks; that is what everything rests on."""
    with pytest.raises(TooSlow):
        stopwatch.within(0.02, lambda: re.search(pattern, text))


def test_what_ends_in_time_gives_its_result_and_stops_the_timer(
    stopwatch: Stopwatch,
) -> None:
    """Nothing rings later, when somebody else is at work."""
    assert stopwatch.within(0.02, lambda: 42) == 42
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    stopwatch.ring()


def test_an_error_of_the_work_is_its_own(stopwatch: Stopwatch) -> None:
    """And the timer is stopped all the same."""
    with pytest.raises(ZeroDivisionError):
        stopwatch.within(0.02, lambda: 1 // 0)
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
