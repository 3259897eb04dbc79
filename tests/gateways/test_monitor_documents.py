"""Documents: what a client is told of one thing, and that it is what the types say."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from actorkit import a_pane, a_session
from jsonschema import Draft202012Validator
from ledgerstory import ANN, Story
from monitorkit import Viewer

from fugue_actors.gateways.monitor import documents, watcher
from fugue_actors.gateways.monitor.attention import Pleas, reasons
from fugue_actors.gateways.monitor.choice import COLLECTIONS_OF
from fugue_actors.gateways.sight import ALL_KINDS
from fugue_actors.journal import State
from fugue_actors.journal.messages import size_of
from fugue_actors.kernel import start_child
from fugue_actors.protocol import events as happened, monitor
from fugue_actors.protocol.hosting import ProgramExit
from fugue_actors.protocol.schema import Schemas
from fugue_actors.protocol.values import Recording, ReportedStatus, Sender

if TYPE_CHECKING:
    from gatewaykit import Gate
    from trio.testing import MockClock


def a_recording(key: str, session_id: str, *, pane_id: str | None = None) -> Recording:
    return Recording(
        recording_id=key,
        session_id=session_id,
        session_name="ann",
        pane_id=pane_id,
        file=f"/srv/{key}.cast",
        title="",
        by="ann",
        started_at="now",
    )


def validator(kind: Any) -> Draft202012Validator:
    """A schema under which nothing may be said that the types do not name."""
    schemas = Schemas(is_open=False)
    schema = schemas.of(kind)
    return Draft202012Validator({**schema, "$defs": schemas.defs})


# ---- what the types say


async def test_what_a_daemon_says_is_what_the_types_say(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """The schema in the documentation and the typed client rest on them."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    journal, world = gate.world.journal, gate.world
    await start_child(
        world.kernel.registry.resolve("/connections"), watcher.spec(gate.feed)
    )
    client = Viewer(await gate.control(name="grace"))
    welcome = await client.call("hello", **{"as": "grace"})
    validator(monitor.Welcome).validate(welcome)
    frames: list[dict[str, Any]] = []
    asked = {"kinds": ["tree", "states", "messages", "actors", "log"], "rate": 30}
    validator(monitor.SubscribeArguments).validate(asked)
    validator(monitor.Subscribed).validate(await client.call("subscribe", **asked))
    sent = await world.send(ann, bob, "help_request", context="stuck")
    await world.send(bob, ann, "yes", in_reply_to=sent.message_id)
    who = {"session_id": ann.session_id, "pane_id": "p-ann"}
    await journal.record(
        happened.StatusReported(
            session_id=bob.session_id,
            status=ReportedStatus(status="blocked", message=None, since="now"),
        ),
        happened.PaneExited(**who, exit=ProgramExit(code=3)),
        happened.PaneRenamed(**who, name="main"),
        happened.RecordingStarted(recording=a_recording("r1", ann.session_id)),
    )
    while "actors" not in client.fold.collections or client.fold.seq < journal.seq:
        frames.append(await client.hear_frame())
    frames += client.got
    kinds = {
        "log": validator(monitor.LogFrame),
        "lagged": validator(monitor.LaggedFrame),
    }
    states = validator(monitor.StateFrame)
    for frame in frames:
        [check] = [kinds[key] for key in frame if key in kinds] or [states]
        check.validate(frame)
    for name in monitor.COLLECTIONS[:6]:
        assert client.fold.collections[name], name


def test_the_types_know_every_kind_and_collection() -> None:
    """What can be subscribed to is the same on both sides."""
    kinds = set(Schemas().of(monitor.Kind)["enum"])
    assert kinds == set(ALL_KINDS)
    known = {one for of in COLLECTIONS_OF.values() for one in of}
    assert known == set(monitor.COLLECTIONS)


# ---- what is recorded


def test_a_session_says_which_recordings_of_it_run() -> None:
    """Who works where somebody records is to know; it is told when one begins and ends."""
    session = a_session("ann")
    state = State()
    state.sessions[session.session_id] = session
    seq = itertools.count(1)

    def fold(event: happened.Event) -> documents.Touched:
        state.apply(happened.Recorded(seq=next(seq), at="now", event=event))
        return documents.touched(event, state)

    def told() -> Any:
        document = documents.document(state, Pleas([]), "sessions", session.session_id)
        assert document is not None
        return document["recordings"]

    changed = {"sessions": [session.session_id]}
    assert told() == []
    for key, pane_id in (("r1", None), ("r2", "p-ann")):
        recording = a_recording(key, session.session_id, pane_id=pane_id)
        assert fold(happened.RecordingStarted(recording=recording)) == changed
    fold(happened.RecordingStarted(recording=a_recording("r3", "another")))
    assert told() == [
        {"recording_id": "r1", "pane_id": None},
        {"recording_id": "r2", "pane_id": "p-ann"},
    ]
    ended = happened.RecordingEnded(
        recording_id="r1", session_id=session.session_id, reason="it was stopped"
    )
    assert fold(ended) == changed
    assert told() == [{"recording_id": "r2", "pane_id": "p-ann"}]


def test_a_recording_that_outlives_its_session_touches_nothing() -> None:
    """Nobody is told again that a session is gone."""
    ended = happened.RecordingEnded(recording_id="r1", session_id="s", reason="closed")
    assert documents.touched(ended, State()) == {}


# ---- what is long is cut


def story() -> Story:
    return Story("ann", "bob")


def shown(told: Story, message_id: str) -> dict[str, Any]:
    return documents.message(told.ledger.messages[message_id])


def test_a_long_payload_is_left_out_and_said_to_be() -> None:
    """A timeline of 500 messages of 256 KiB each would be no timeline."""
    told = story()
    told.send("m1", "bob")
    record = told.ledger.messages["m1"]
    payload = {"text": "x" * documents.MOST_PAYLOAD}
    envelope = attrs.evolve(record.envelope, payload=payload)
    told.ledger.messages["m1"] = attrs.evolve(
        record, envelope=envelope, size=size_of(envelope)
    )
    told.send("m2", "bob")
    assert shown(told, "m1")["payload"] == {
        "payload_cut": True,
        "payload_bytes": len(json.dumps(payload)),
    }
    assert shown(told, "m2")["payload"] == {}


def test_of_many_recipients_some_are_shown_and_all_are_counted() -> None:
    """Each receipt of a broadcast renews the document: it must not grow with the fleet."""
    names = [f"s{number}" for number in range(documents.MOST_RECIPIENTS + 20)]
    told = Story(*names)
    told.send("m1", *names)
    told.offer("m1", names[-1])
    document = shown(told, "m1")
    assert len(document["recipients"]) == documents.MOST_RECIPIENTS
    assert document["recipients_cut"] == 20
    assert document["states"] == {"queued": len(names) - 1, "offered": 1}


def test_of_many_steps_the_last_are_shown() -> None:
    """A connection that comes and goes a thousand times adds a step each time."""
    told = story()
    told.send("m1", "bob")
    for _ in range(documents.MOST_STEPS):
        told.offer("m1", "bob")
        told.give_back("m1", "bob")
    [row] = shown(told, "m1")["recipients"]
    assert len(row["steps"]) == documents.MOST_STEPS
    assert row["steps"][-1]["state"] == "offered"


# ---- attention


def attention(told: Story) -> list[tuple[str, str]]:
    """Why ann needs somebody."""
    pleas = Pleas(told.ledger.messages.values())
    session = told.state.sessions["id-ann"]
    return [(one["reason"], one["text"]) for one in reasons(told.state, session, pleas)]


def report(told: Story, status: str, since: str) -> None:
    told.tell(
        happened.StatusReported(
            session_id="id-ann",
            status=ReportedStatus(status=status, message="so it is", since=since),
        )
    )


@pytest.mark.parametrize("status", ["waiting_for_input", "blocked", "error"])
def test_who_says_that_it_cannot_go_on_needs_somebody(status: str) -> None:
    """It is what the badge of a session is for."""
    told = story()
    report(told, "working", "t")
    assert attention(told) == []
    report(told, status, "t")
    assert attention(told) == [(status, "so it is")]


def plea(told: Story, message_id: str, sent_at: str = "2026-01-01T00:00:00Z") -> None:
    told.send(message_id, "bob")
    record = told.ledger.messages[message_id]
    record.envelope = attrs.evolve(
        record.envelope,
        type="help_request",
        payload={"context": f"why {message_id}?"},
        sent_at=sent_at,
    )


def test_a_plea_lasts_until_it_is_answered() -> None:
    """To have read it is not to have helped."""
    told = story()
    plea(told, "m1")
    told.offer("m1", "bob")
    told.consume("m1", "bob")
    assert attention(told) == [("help", "why m1?")]
    bob = Sender(session_id="id-bob", session_name="bob", attested="process")
    told.send("m2", "ann", sender=bob, in_reply_to="m1")
    assert attention(told) == []


def test_who_reports_something_after_a_plea_went_on_without() -> None:
    """Else a badge stayed for ever that a person has long dealt with at the keyboard."""
    told = story()
    plea(told, "m1", sent_at="2026-01-01T00:00:05Z")
    report(told, "working", "2026-01-01T00:00:04Z")
    assert attention(told) == [("help", "why m1?")]
    report(told, "working", "2026-01-01T00:00:06Z")
    assert attention(told) == []


def test_pleas_follow_one_message_as_it_changes() -> None:
    """The feed notes each change; looking at everything gives the same."""
    told = story()
    pleas = Pleas([])
    session = told.state.sessions["id-ann"]
    plea(told, "m1")
    assert pleas.note("m1", told.ledger.messages["m1"]) == ANN.session_id
    assert [one.envelope.id for one in pleas.of(session)] == ["m1"]
    assert pleas.note("m1", None) == ANN.session_id
    assert pleas.note("m1", None) is None
    assert pleas.of(session) == []


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (happened.PaneExited, ("failed", "its program failed with exit code 3")),
        (happened.PaneLost, ("lost", "its host has died")),
        (happened.PaneGaveUp, ("trouble", "too often")),
    ],
)
def test_a_program_that_failed_needs_somebody(
    event: Any, expected: tuple[str, str]
) -> None:
    """And one that ended well does not."""
    told = story()
    session = attrs.evolve(a_session("ann"), session_id="id-ann")
    told.tell(happened.PaneOpened(pane=a_pane(session)))
    who = {"pane_id": "p1", "session_id": "id-ann"}
    told.tell(happened.PaneExited(**who, exit=ProgramExit(code=0)))
    assert attention(told) == []
    more: dict[str, Any] = {
        happened.PaneExited: {"exit": ProgramExit(code=3)},
        happened.PaneLost: {},
        happened.PaneGaveUp: {"trouble": "too often"},
    }[event]
    told.tell(event(**who, **more))
    assert expected in attention(told)


def test_a_program_that_was_killed_says_by_what() -> None:
    """The name of a signal is what people look for."""
    told = story()
    session = attrs.evolve(a_session("ann"), session_id="id-ann")
    told.tell(happened.PaneOpened(pane=a_pane(session)))
    told.tell(
        happened.PaneExited(
            pane_id="p1", session_id="id-ann", exit=ProgramExit(signal="SIGSEGV")
        )
    )
    assert attention(told) == [("failed", "its program was ended by SIGSEGV")]
