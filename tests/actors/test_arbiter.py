"""Who may write into a pane when: the decisions alone, on a clock that is a number."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from fugue_actors.actors.arbiter import (
    ACTIVITIES,
    Arbiter,
    ControlSettings,
    Go,
    Hold,
    No,
    Writer,
)
from fugue_actors.protocol.values import Control

SETTINGS = ControlSettings()
ADA = Writer(kind="live", name="ada", operator_id="c1")
GRACE = Writer(kind="live", name="grace", operator_id="c2")
SCRIPT = Writer(kind="person", name="grace", operator_id="c3")
AGENT = Writer(kind="agent")
FUGUE = Writer(kind="fugue")
OTHERS = (GRACE, SCRIPT, AGENT, FUGUE)


def controlled(
    by: Writer = ADA, *, exclusive: bool = False, at: float = 0.0
) -> Arbiter:
    """A pane that somebody controls."""
    arbiter = Arbiter(SETTINGS)
    control = Control(
        operator=by.name, operator_id=by.operator_id, since="now", exclusive=exclusive
    )
    arbiter.take(control, at)
    return arbiter


@pytest.mark.parametrize("writer", [ADA, *OTHERS])
def test_a_pane_that_nobody_controls_is_open_to_all(writer: Writer) -> None:
    """Nothing is held up while no person is there."""
    assert Arbiter(SETTINGS).decide(writer, 0.0) == Go()


def test_keys_of_another_person_do_not_get_in_between() -> None:
    """They would have to take over first."""
    assert controlled().decide(GRACE, 0.0) == No("control")
    assert controlled().decide(ADA, 0.0) == Go()


@pytest.mark.parametrize(
    ("activity", "seconds"), [("prefix", 0.5), ("typing", 2.0), ("layout", 5.0)]
)
@pytest.mark.parametrize("writer", [SCRIPT, AGENT, FUGUE])
def test_others_wait_while_the_operator_is_busy(
    activity: Any, seconds: float, writer: Writer
) -> None:
    """As long as the activity says, to the end and no further; the operator never does."""
    arbiter = controlled()
    arbiter.note(activity, ADA, 10.0)
    assert arbiter.decide(writer, 10.0) == Hold(activity, 10.0 + seconds)
    assert arbiter.decide(writer, 9.99 + seconds) == Hold(activity, 10.0 + seconds)
    assert arbiter.decide(writer, 10.0 + seconds) == Go()
    assert arbiter.decide(ADA, 10.0) == Go()


@pytest.mark.parametrize("writer", [SCRIPT, AGENT, FUGUE])
def test_what_keeps_others_away_outlives_the_operator(writer: Writer) -> None:
    """Whoever lets go, or is cut off in the middle of a line, has just typed."""
    arbiter = controlled()
    arbiter.note("typing", ADA, 0.0)
    arbiter.release()
    assert arbiter.decide(writer, 1.0) == Hold("typing", 2.0)
    assert arbiter.decide(GRACE, 1.0) == Go()


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_a_script_of_a_person_keeps_machines_away_and_no_other_person(
    activity: Any,
) -> None:
    """Two commands in a row do not wait for each other."""
    arbiter = Arbiter(SETTINGS)
    arbiter.note(activity, SCRIPT, 0.0)
    assert isinstance(arbiter.decide(AGENT, 0.1), Hold)
    assert arbiter.decide(Writer(kind="person", operator_id="c4"), 0.1) == Go()


@pytest.mark.parametrize("writer", OTHERS)
def test_a_locked_pane_is_its_operators_alone(writer: Writer) -> None:
    """There is nothing to wait for, so nobody is told a time."""
    arbiter = controlled(exclusive=True)
    arbiter.note("typing", ADA, 0.0)
    assert arbiter.decide(writer, 0.0) == No("control")
    assert arbiter.idle_at is None


@pytest.mark.parametrize(
    ("draft", "writer", "decision"),
    [
        ("live", ADA, Go()),
        ("live", SCRIPT, Hold("draft", None)),
        ("live", AGENT, Hold("draft", None)),
        ("live", FUGUE, Hold("draft", None)),
        ("person", ADA, Go()),
        ("person", SCRIPT, Go()),
        ("person", AGENT, Hold("draft", None)),
        ("person", FUGUE, Hold("draft", None)),
    ],
)
def test_nobody_adds_to_what_a_person_has_begun(
    draft: Any, writer: Writer, decision: Any
) -> None:
    """But people may go on with what people wrote at once: they know what they wrote."""
    arbiter = Arbiter(SETTINGS)
    arbiter.draft = draft
    assert arbiter.decide(writer, 0.0) == decision


def test_control_ends_a_minute_after_the_last_thing_its_operator_did() -> None:
    """Each key, and whatever else they do, counts."""
    arbiter = controlled(at=5.0)
    assert arbiter.idle_at == 65.0
    arbiter.note("prefix", ADA, 30.0)
    assert arbiter.idle_at == 90.0
    arbiter.note("layout", GRACE, 40.0)
    assert arbiter.idle_at == 90.0


steps = st.tuples(
    st.sampled_from(ACTIVITIES),
    st.sampled_from([ADA, GRACE, SCRIPT]),
    st.floats(0.0, 3.0),
)


@given(before=st.lists(steps, max_size=20), after=st.floats(0.0, 6.0))
def test_no_activity_lets_anybody_in_sooner(before: list[Any], after: float) -> None:
    """A weaker one never shortens what a stronger one asked for."""
    arbiter, now, latest = controlled(), 0.0, 0.0
    for activity, writer, passed in before:
        now += passed
        arbiter.note(activity, writer, now)
        latest = max(latest, now + SETTINGS.after(activity))
        decision = arbiter.decide(AGENT, now)
        assert isinstance(decision, Hold)
        assert decision.until == latest
    now += after
    assert (arbiter.decide(AGENT, now) == Go()) == (now >= latest)
    assert arbiter.decide(ADA, now) == Go()
    assert len(arbiter.quiet) <= len(ACTIVITIES) * 2
