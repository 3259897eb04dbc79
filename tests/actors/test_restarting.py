"""Whether and when a program is started again: the policy, without any actor."""

from __future__ import annotations

from typing import Any

import pytest
from actorkit import a_pane, a_session

from fugue_actors.actors import restarting
from fugue_actors.actors.restarting import Again, GiveUp, decide
from fugue_actors.protocol.hosting import ProgramExit

STARTED = "2026-01-01T00:00:00.000Z"
SOON, LATER = "2026-01-01T00:00:59.000Z", "2026-01-01T00:01:00.000Z"
DONE, FAILED = ProgramExit(code=0), ProgramExit(code=1)
KILLED = ProgramExit(signal="SIGKILL")
ANN = a_session("ann")


def ended(**fields: Any) -> Any:
    """A pane whose program has ended."""
    defaults = {"state": "exited", "started_at": STARTED, "exit": FAILED}
    return a_pane(ANN, **{**defaults, **fields})


@pytest.mark.parametrize(
    ("policy", "exit", "again"),
    [
        ("never", FAILED, False),
        ("never", None, False),
        ("on-failure", DONE, False),
        ("on-failure", FAILED, True),
        ("on-failure", KILLED, True),
        ("on-failure", None, True),
        ("always", DONE, True),
        ("always", FAILED, True),
        ("always", None, True),
    ],
)
def test_the_policy_says_which_ends_count(
    policy: str, exit: ProgramExit | None, again: bool
) -> None:
    """A lost host is a failure: nothing is known of its program."""
    state = "lost" if exit is None else "exited"
    pane = ended(restart=policy, exit=exit, state=state)
    assert decide(pane, now=SOON) == (Again(1) if again else None)


def test_starts_in_a_row_are_counted_until_a_healthy_run() -> None:
    """A minute is healthy, and the count begins anew."""
    pane = ended(restart="always", streak=3)
    assert decide(pane, now=SOON) == Again(4)
    assert decide(pane, now=LATER) == Again(1)


def test_a_start_that_failed_counts_whenever_the_run_before_began() -> None:
    """It never ran, so no run was healthy."""
    pane = ended(restart="on-failure", state="restarting", exit=DONE, streak=3)
    assert decide(pane, now=LATER) == Again(4)


def test_after_ten_starts_in_a_row_nobody_tries_any_more() -> None:
    """And the trouble says why."""
    pane = ended(restart="always", streak=restarting.MOST)
    outcome = decide(pane, now=SOON)
    assert isinstance(outcome, GiveUp)
    assert "10 times in a row" in outcome.trouble
    assert decide(pane, now=LATER) == Again(1)


def test_a_program_that_never_ran_is_not_healthy() -> None:
    """Its host died before the start was recorded."""
    pane = ended(restart="always", started_at=None, state="lost", streak=1)
    assert decide(pane, now=LATER) == Again(2)


def test_pauses_double_up_to_a_minute() -> None:
    """The first comes quickly, none is ever longer."""
    pauses = [restarting.pause(streak) for streak in range(1, 11)]
    assert pauses == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
