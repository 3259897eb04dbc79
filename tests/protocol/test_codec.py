"""Values and events as JSON: nothing is lost, nothing is guessed, old ones stay readable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest
from hypothesis import given, strategies as st
from strategies import json_values, untimed

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.protocol import codec, events, layout, values

GOLDEN = Path(__file__).parent / "golden" / "events-v1.jsonl"

KINDS = get_args(events.Event)
OF_NO_SESSION = (events.TokenIssued, events.TokenExchanged, events.TokenRevoked)
VALUES = (
    *(values.Envelope, values.Recipient, values.ReportedStatus),
    *(values.Pane, values.Session, layout.Window, layout.Layout),
    *(values.Token, values.Reach, values.Recording),
)

texts = st.text(max_size=9)
shapes = st.dictionaries(texts, json_values, max_size=3)
st.register_type_strategy(
    values.Envelope, st.builds(values.Envelope, target=shapes, payload=shapes)
)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


# ---- there and back


@untimed
@given(st.one_of([st.from_type(kind) for kind in KINDS]))
def test_every_event_comes_back_as_it_was(event: Any) -> None:
    """Through JSON text, as a journal or a monitor sees it."""
    text = json.dumps(codec.event_to_json(event))
    assert codec.event_from_json(json.loads(text)) == event


@untimed
@given(st.one_of([st.from_type(kind) for kind in VALUES]))
def test_every_value_comes_back_as_it_was(value: Any) -> None:
    """What is on disk is read by the next daemon as it was meant."""
    text = json.dumps(codec.to_json(value))
    assert codec.from_json(json.loads(text), type(value)) == value


# ---- the same as in every released version


def golden() -> list[tuple[str, str]]:
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    return [(json.loads(line)["event"], line) for line in lines]


@pytest.mark.parametrize(("name", "line"), golden())
def test_events_of_version_1_are_read_and_their_fields_keep_name_and_meaning(
    name: str, line: str
) -> None:
    """Fields may be added; whoever changes one has to say how old events are read."""
    event = codec.event_from_json(json.loads(line))
    assert type(event).__name__ == name
    assert contains(codec.event_to_json(event), json.loads(line))


def contains(whole: Any, part: Any) -> bool:
    """Whether a JSON value has all that another one has, in the same places."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and contains(whole[key], value) for key, value in part.items()
        )
    if isinstance(part, list):
        both = isinstance(whole, list | tuple) and len(whole) == len(part)
        return both and all(map(contains, whole, part))
    return type(whole) is type(part) and whole == part


def test_there_is_a_golden_line_for_every_event() -> None:
    """An event without one could change unnoticed."""
    assert {name for name, _ in golden()} == {kind.__name__ for kind in KINDS}


# ---- strictness


@untimed
@given(st.sampled_from(VALUES), json_values)
def test_whatever_is_no_value_is_refused_and_never_a_crash(
    kind: Any, shape: Any
) -> None:
    """A damaged file and a hostile peer look alike."""
    if kind in (layout.Layout, values.Reach) and shape == {}:
        return  # all of it has defaults
    with pytest.raises(RemoteProtocolError, match=kind.__name__):
        codec.from_json(shape, kind)


@untimed
@given(st.data())
def test_an_event_with_one_wrong_field_is_refused_and_the_place_is_named(
    data: st.DataObject,
) -> None:
    """An error that names no place is found by nobody."""
    event = data.draw(st.one_of([st.from_type(kind) for kind in KINDS]))
    shape = codec.event_to_json(event)
    field = data.draw(st.sampled_from([f.name for f in attrs.fields(type(event))]))
    shape[field] = {"not": ["this"]}
    with pytest.raises(RemoteProtocolError) as refused:
        codec.event_from_json(shape)
    assert f"$.{field}" in refused.value.message


TAGS = {"event": "TagsChanged", "session_id": "s", "tags": ["a"]}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"tags": "ab"}, "$.tags"),
        ({"tags": {"a": 1}}, "$.tags"),
        ({"tags": None}, "$.tags"),
        ({"tags": ["a", 1]}, "$.tags[1]"),
        ({"session_id": 7}, "$.session_id"),
        ({"session_id": None}, "$.session_id"),
        ({"colour": "red"}, "colour"),
        ({"event": "Teleported"}, "$.event"),
        ({"event": None}, "$.event"),
        ({"event": ["TagsChanged"]}, "$.event"),
    ],
)
def test_what_resembles_an_event_is_none(change: dict[str, Any], place: str) -> None:
    """No text is a list of letters, no number a text, and nothing unknown is skipped."""
    assert codec.event_from_json(TAGS) == events.TagsChanged(
        session_id="s", tags=("a",)
    )
    with pytest.raises(RemoteProtocolError) as refused:
        codec.event_from_json(TAGS | change)
    assert place in refused.value.message


@pytest.mark.parametrize("missing", ["event", "session_id", "tags"])
def test_a_missing_field_is_named(missing: str) -> None:
    """Only what has a default may be left out."""
    shape = {key: value for key, value in TAGS.items() if key != missing}
    with pytest.raises(RemoteProtocolError, match=missing):
        codec.event_from_json(shape)


@pytest.mark.parametrize("shape", [None, [], "TagsChanged", 7, [TAGS]])
def test_only_an_object_is_an_event(shape: Any) -> None:
    """Whatever else JSON can be."""
    with pytest.raises(RemoteProtocolError):
        codec.event_from_json(shape)


@pytest.mark.parametrize(("value", "meant"), [(1, 1.0), (0.5, 0.5)])
def test_a_whole_number_is_a_float_where_one_is_wanted(
    value: float, meant: float
) -> None:
    """Many writers leave the point out."""
    part = {"ratio": value, "node": {"pane_id": "p"}}
    assert codec.from_json(part, layout.Part).ratio == meant


@pytest.mark.parametrize("value", [True, "1", None, 10**400])
def test_what_is_no_number_is_none(value: Any) -> None:
    """Also one that no float can hold."""
    part = {"ratio": value, "node": {"pane_id": "p"}}
    with pytest.raises(RemoteProtocolError):
        codec.from_json(part, layout.Part)


@pytest.mark.parametrize("value", [1, 0, "true", None])
def test_only_true_and_false_are_booleans(value: Any) -> None:
    """Not what is as good as one in some languages."""
    shape = {"event": "MessagesReturned", "session_id": "s", "message_ids": []}
    with pytest.raises(RemoteProtocolError, match="seen"):
        codec.event_from_json({**shape, "seen": value})


@pytest.mark.parametrize("value", [True, 1.0, "1"])
def test_only_whole_numbers_are_whole_numbers(value: Any) -> None:
    """`true` is not 1."""
    shape = {"event": "PaneLinked", "pane_id": "p", "session_id": "s"}
    with pytest.raises(RemoteProtocolError, match="generation"):
        codec.event_from_json({**shape, "generation": value})


def test_what_is_nested_without_end_is_refused() -> None:
    """A few kilobytes are enough to exhaust a stack."""
    node: dict[str, Any] = {"pane_id": "p"}
    for _ in range(5_000):
        part = {"ratio": 1.0, "node": node}
        node = {"direction": "vertical", "parts": [part]}
    window = {"window_id": "w", "columns": 9, "lines": 9, "focus": "p", "root": node}
    with pytest.raises(RemoteProtocolError, match="Window"):
        codec.from_json(window, layout.Window)


# ---- names on the wire


def test_a_sender_travels_as_from_and_what_is_not_said_is_left_out() -> None:
    """As agents see it: no field that says nothing."""
    sender = values.Sender(session_id="s", session_name="ann", attested="process")
    envelope = values.Envelope(
        id="m",
        sender=sender,
        target={"tag": "x"},
        type="note",
        payload={"text": "hi"},
        sent_at="2026-01-01T00:00:00.000Z",
    )
    assert codec.to_json(envelope) == {
        "id": "m",
        "from": {"session_id": "s", "session_name": "ann", "attested": "process"},
        "target": {"tag": "x"},
        "type": "note",
        "payload": {"text": "hi"},
        "sent_at": "2026-01-01T00:00:00.000Z",
    }
    again = attrs.evolve(envelope, redelivered=True, in_reply_to="n")
    shape = codec.to_json(again)
    assert (shape["redelivered"], shape["in_reply_to"]) == (True, "n")
    assert codec.from_json(shape, values.Envelope) == again


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_says_which_sessions_it_concerns(kind: Any) -> None:
    """Subscriptions of a session are served by that and by nothing else."""
    for name, line in golden():
        if name == kind.__name__:
            event = codec.event_from_json(json.loads(line))
            about = () if kind in OF_NO_SESSION else ("s1",)
            assert set(about) <= set(events.concerns(event))
            assert bool(about) == bool(events.concerns(event))
