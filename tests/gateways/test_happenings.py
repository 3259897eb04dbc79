"""What of all that happens gets into a recording, and how it is said there."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from actorkit import a_message, a_pane, a_session

from fugue_actors.gateways.recordings.happenings import note_of, said
from fugue_actors.journal.views import State
from fugue_actors.protocol import events as happened
from fugue_actors.protocol.hosting import ProgramExit
from fugue_actors.protocol.values import Control, Recording, ReportedStatus
from fugue_actors.recording.notes import LONGEST_TEXT, MOST_RECIPIENTS

AT = "2026-01-01T00:00:00.000Z"
ANN, BOB = a_session("ann"), a_session("bob")
PANE = a_pane(ANN, "p1", name="tests")
RECORDING = Recording(
    recording_id="r1",
    session_id=ANN.session_id,
    session_name="ann",
    pane_id=None,
    file="/x",
    title="",
    by="me",
    started_at=AT,
)
KIM = Control(operator="kim", operator_id="c1", since=AT)
OF_PANE = {"pane_id": "p1", "session_id": ANN.session_id}


@pytest.fixture
def state() -> State:
    """Two sessions, and a pane of one of them."""
    state = State()
    for seq, event in enumerate(
        (
            happened.SessionOpened(session=ANN),
            happened.SessionOpened(session=BOB),
            happened.PaneOpened(pane=PANE),
        ),
        1,
    ):
        state.apply(happened.Recorded(seq=seq, at=AT, event=event))
    return state


def label(event: happened.Event, state: State, *shown: str) -> str | None:
    """What the recording says, on a line."""
    note = note_of(event, RECORDING, shown or ("p1",), state)
    return None if note is None else note.label


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            happened.ControlTaken(**OF_PANE, control=KIM, why="typed"),
            "kim took control of tests",
        ),
        (
            happened.ControlTaken(
                **OF_PANE, control=KIM, why="taken_over", previous="bob"
            ),
            "kim took over tests: from bob",
        ),
        (
            happened.ControlReleased(
                **OF_PANE, operator="kim", operator_id="c1", why="idle"
            ),
            "kim gave back tests: idle",
        ),
        (
            happened.PaneExited(**OF_PANE, exit=ProgramExit(code=3, signal=None)),
            "the program in tests ended: exit 3",
        ),
        (
            happened.PaneExited(
                **OF_PANE, exit=ProgramExit(code=None, signal="SIGHUP")
            ),
            "the program in tests ended: signal SIGHUP",
        ),
        (
            happened.PaneLost(**OF_PANE),
            "the program in tests is lost: its host has died",
        ),
        (happened.PaneTitled(**OF_PANE, title="x"), None),
        (happened.PaneRang(**OF_PANE), None),
    ],
)
def test_what_happens_in_a_pane_is_told_if_that_is_in_the_picture(
    state: State, event: happened.Event, line: str | None
) -> None:
    """Whose window has not the focus is not seen, so nothing is said of it either."""
    assert label(event, state) == line
    assert label(event, state, "p2") is None


def test_states_are_those_of_the_session_itself(state: State) -> None:
    """What others report is in their recordings."""
    status = ReportedStatus(status="blocked", message="on bob", since=AT)
    for session, line in ((ANN, "ann is blocked: on bob"), (BOB, None)):
        event = happened.StatusReported(session_id=session.session_id, status=status)
        assert label(event, state) == line


def test_a_message_to_many_names_some_and_counts_the_rest(state: State) -> None:
    """A broadcast to a thousand is one line as well."""
    crowd = [a_session(f"s{number}") for number in range(MOST_RECIPIENTS + 5)]
    note = note_of(a_message("note", ANN, *crowd), RECORDING, (), state)
    assert note is not None
    assert len(note.texts("recipients")) == MOST_RECIPIENTS + 1
    assert note.texts("recipients")[-1] == "6 more"


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"text": "hello", "more": 1}, "hello"),
        ({"question": "why?"}, "why?"),
        ({"text": "", "a": [1]}, '{"text": "", "a": [1]}'),
        ({}, ""),
    ],
)
def test_a_message_says_its_text_or_all_of_it(
    payload: dict[str, Any], text: str
) -> None:
    """Agents write whatever they like."""
    assert said(payload) == text


def test_a_long_message_is_cut(state: State) -> None:
    """A recording is no archive of messages; the journal is."""
    event = a_message("note", ANN)
    envelope = attrs.evolve(event.envelope, payload={"text": "x" * 9_999})
    note = note_of(attrs.evolve(event, envelope=envelope), RECORDING, (), state)
    assert note is not None
    assert len(note.text("text")) == LONGEST_TEXT
