"""Recordings in the view: which there are, how they ended, and for how long that is known."""

from __future__ import annotations

from fugue_actors.journal.views import MOST_RECORDINGS, State
from fugue_actors.protocol import events as happened
from fugue_actors.protocol.values import Recording

AT = "2026-01-01T00:00:00.000Z"


def a_recording(recording_id: str) -> Recording:
    """A recording of a session."""
    return Recording(
        recording_id=recording_id,
        session_id="s1",
        session_name="ann",
        pane_id=None,
        file=f"/recordings/{recording_id}.cast",
        title="ann",
        by="bob",
        started_at=AT,
    )


def fold(state: State, *events: happened.Event) -> None:
    """Have some events happen."""
    for seq, event in enumerate(events, 1):
        state.apply(happened.Recorded(seq=seq, at=AT, event=event))


def ended(recording_id: str, reason: str) -> happened.RecordingEnded:
    """The end of a recording."""
    return happened.RecordingEnded(
        recording_id=recording_id, session_id="s1", reason=reason
    )


def test_a_recording_that_has_ended_says_when_and_why_once() -> None:
    """A second end, as after a crash between file and journal, changes nothing."""
    state = State()
    fold(
        state,
        happened.RecordingStarted(recording=a_recording("r1")),
        ended("r1", "it was stopped"),
        ended("r1", "something else"),
        ended("r2", "nobody knows it"),
    )
    assert list(state.recordings) == ["r1"]
    found = state.recordings["r1"]
    assert (found.ended_at, found.reason) == (AT, "it was stopped")


def test_only_so_many_recordings_are_remembered_and_those_that_run_always() -> None:
    """The daemon goes on with those that run, however many have ended since."""
    state = State()
    fold(state, happened.RecordingStarted(recording=a_recording("runs")))
    for number in range(MOST_RECORDINGS + 5):
        name = f"r{number}"
        fold(
            state,
            happened.RecordingStarted(recording=a_recording(name)),
            ended(name, "it was stopped"),
        )
    assert len(state.recordings) == MOST_RECORDINGS
    assert "runs" in state.recordings
    assert f"r{MOST_RECORDINGS + 4}" in state.recordings
    assert "r0" not in state.recordings
