"""Classification of exits, and the window of restarts: pure functions."""

from __future__ import annotations

import pytest
import trio

from fugue_actors.kernel import (
    Crashed,
    Intensity,
    Killed,
    Normal,
    Stopped,
    leaves,
)
from fugue_actors.kernel.exits import causes, classify
from fugue_actors.kernel.intensity import RestartWindow


async def cancelled() -> trio.Cancelled:
    """A real `Cancelled`, which trio makes for itself alone."""
    with trio.CancelScope() as scope:
        scope.cancel()
        try:
            await trio.lowlevel.checkpoint()
        except trio.Cancelled as error:
            return error
    raise AssertionError("not cancelled")


def test_leaves_are_found_through_nested_groups() -> None:
    """Nested nurseries nest groups; what matters is inside."""
    one, two = ValueError(1), KeyError(2)
    inner = ExceptionGroup("inner", [two])
    assert leaves(ExceptionGroup("outer", [one, inner])) == [one, two]
    assert leaves(one) == [one]


async def test_causes_leave_out_cancellation_and_repetition() -> None:
    """One failure that took two ways is one failure."""
    error = ValueError()
    group = BaseExceptionGroup("g", [error, await cancelled()])
    assert causes([group, error]) == [error]


@pytest.mark.req("stop.classify")
async def test_exceptions_come_before_the_kill_flag_and_the_stop_request() -> None:
    """The order of evidence: exception, kill, stop, own wish, cancellation."""
    error = ValueError()
    exit = classify([error], killed="k", stop_reason="s", wish=Normal())
    assert isinstance(exit, Crashed)
    assert exit.error is error
    quiet = [await cancelled()]
    assert classify(quiet, killed="k", stop_reason="s", wish=Normal()) == Killed("k")
    assert classify(quiet, killed=None, stop_reason="s", wish=Normal()) == Stopped("s")
    assert classify(quiet, killed=None, stop_reason=None, wish=Normal()) == Normal()
    assert classify(quiet, killed=None, stop_reason=None, wish=None) == Stopped(
        "cancelled"
    )


def test_several_failures_make_one_group() -> None:
    """No failure hides another."""
    one, two = ValueError(), KeyError()
    exit = classify([one, two], killed=None, stop_reason=None, wish=None)
    assert isinstance(exit, Crashed)
    assert leaves(exit.error) == [one, two]


@pytest.mark.parametrize(
    ("exit", "text"),
    [
        (Normal(), "normal"),
        (Normal("done"), "normal (done)"),
        (Stopped(), "stopped"),
        (Stopped("bye"), "stopped (bye)"),
        (Killed(), "killed"),
        (Killed("stuck"), "killed (stuck)"),
        (Crashed(ValueError("x")), "crashed (ValueError: x)"),
    ],
)
def test_an_exit_reads_as_a_few_words(exit: object, text: str) -> None:
    """Snapshots and logs show exits as text."""
    assert str(exit) == text


@pytest.mark.req("intensity.window")
def test_the_window_counts_what_is_not_older_than_the_period() -> None:
    """An entry exactly as old as the period still counts, an older one does not."""
    window = RestartWindow(Intensity(2, 5.0))
    assert window.push(0.0)
    assert window.push(1.0)
    assert not window.push(5.0)
    window = RestartWindow(Intensity(2, 5.0))
    assert window.push(0.0)
    assert window.push(1.0)
    assert window.push(5.1)
    assert not window.push(6.0)


def test_no_restart_at_all_is_a_limit_too() -> None:
    """Zero means that the first failure is one too many."""
    assert not RestartWindow(Intensity(0)).push(0.0)


def test_an_unlimited_window_remembers_nothing() -> None:
    """It never says no, and costs no memory."""
    window = RestartWindow(Intensity.none())
    assert all(window.push(0.0) for _ in range(1000))
    assert not window.times
