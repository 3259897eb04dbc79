"""Contents: six variants and the free form, in every form that agents send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from strategies import json_values, untimed

from fugue_actors.actors.content import (
    LARGEST_PAYLOAD,
    MESSAGE_TYPES,
    STATUSES,
    VARIANTS,
    parse_content,
)
from fugue_actors.actors.jsontext import DEEPEST
from fugue_actors.errors import Refused

UUID = "123e4567-e89b-42d3-a456-426614174000"
GOOD: list[tuple[str, Any, dict[str, Any]]] = [
    ("status_update", {"status": "idle"}, {"status": "idle"}),
    (
        "status_update",
        {"status": "blocked", "message": "why"},
        {"status": "blocked", "message": "why"},
    ),
    ("status_update", {"status": "idle", "message": None}, {"status": "idle"}),
    (
        "task_assignment",
        {"task_id": UUID, "description": "d", "files": ["a", "b"]},
        {"task_id": UUID, "description": "d", "files": ["a", "b"]},
    ),
    (
        "task_complete",
        {"task_id": UUID, "success": False, "summary": "s"},
        {"task_id": UUID, "success": False, "summary": "s"},
    ),
    ("help_request", {"context": "c"}, {"context": "c"}),
    ("broadcast", {"message": "m ä 🎉"}, {"message": "m ä 🎉"}),
    ("sync_request", True, {}),
]


def refusal_of(message: object, msg_type: object = None, payload: object = None) -> Any:
    with pytest.raises(Refused) as refusal:
        parse_content(message, msg_type, payload)
    (refusal.value.message + (refusal.value.hint or "")).encode()
    return refusal.value


@pytest.mark.parametrize(("kind", "body", "payload"), GOOD)
def test_each_variant_is_read_from_an_object_or_its_json(
    kind: str, body: Any, payload: dict[str, Any]
) -> None:
    """Of the whole, of the body alone, and encoded twice."""
    expected = (kind, payload)
    whole = json.dumps({kind: body})
    assert parse_content({kind: body}, None, None) == expected
    assert parse_content(whole, None, None) == expected
    assert parse_content(json.dumps(whole), None, None) == expected
    if body is not True:
        assert parse_content({kind: json.dumps(body)}, None, None) == expected


@pytest.mark.parametrize("status", STATUSES)
def test_all_six_statuses_are_known(status: str) -> None:
    """The public list."""
    message = {"status_update": {"status": status}}
    assert parse_content(message, None, None)[1] == {"status": status}
    assert len(STATUSES) == len(MESSAGE_TYPES) == 6


@pytest.mark.parametrize(
    ("message", "lesson"),
    [
        ({"status_update": {}}, "status_update lacks the field 'status'"),
        ({"status_update": {"status": "busy"}}, "one of idle, working, waiting_for"),
        ({"status_update": {"status": ["idle"]}}, "one of idle"),
        ({"status_update": {"status": "idle", "message": 3}}, "'message' must be a te"),
        ({"status_update": {"status": "idle", "note": ""}}, "has no field 'note'; its"),
        ({"status_update": "idle"}, "takes an object, not 'idle'"),
        ({"status_update": True}, "takes an object, not true"),
        (
            {"task_assignment": {"task_id": UUID, "description": "d"}},
            "lacks the field 'files'",
        ),
        (
            {"task_assignment": {"task_id": "7", "description": "d", "files": []}},
            "'task_id' must be a uuid such as",
        ),
        (
            {"task_assignment": {"task_id": UUID, "description": 1, "files": []}},
            "'description' must be a text, not 1",
        ),
        (
            {"task_assignment": {"task_id": UUID, "description": "", "files": "a"}},
            "'files' must be a list of texts, not 'a'",
        ),
        (
            {"task_assignment": {"task_id": UUID, "description": "", "files": [1]}},
            "'files' must be a list of texts",
        ),
        (
            {"task_complete": {"task_id": UUID, "success": 1, "summary": ""}},
            "'success' must be true or false, not 1",
        ),
        (
            {"task_complete": {"task_id": None, "success": True, "summary": ""}},
            "'task_id' must be a uuid",
        ),
        ({"help_request": {"context": None}}, "'context' must be a text, not null"),
        ({"broadcast": {}}, "lacks the field 'message'"),
        ({"sync_request": False}, "sync_request takes true, not false"),
        ({"sync_request": {}}, "takes true, not {}"),
        ({"sync_request": 1}, "takes true, not 1"),
    ],
)
def test_a_variant_that_is_wrong_is_refused_with_a_correct_one(
    message: dict[str, Any], lesson: str
) -> None:
    """Recipients rely on the fields, and the sender can mend what it is shown."""
    [kind] = message
    for form in (message, json.dumps(message)):
        refused = refusal_of(form)
        assert refused.code == "InvalidArgument"
        assert lesson in refused.message
        assert VARIANTS[kind].example in refused.hint


@pytest.mark.parametrize(
    ("message", "lesson"),
    [
        ({}, "exactly one key"),
        ({"broadcast": {"message": ""}, "sync_request": True}, "exactly one key"),
        ({"status": {"status": "idle"}}, "'status' is not a kind of message"),
        ("hello", "message 'hello' is not JSON"),
        ('{"broadcast": {"message": NaN}}', "is not JSON"),
        ('"hello"', "message is an object, not 'hello'"),
        ([], "message is an object"),
        (7, "message is an object"),
        (True, "message is an object"),
        ("[" * 100_000, "nested"),
    ],
)
def test_what_is_no_variant_is_refused_with_their_names(
    message: object, lesson: str
) -> None:
    """An agent that guesses is told what there is."""
    refused = refusal_of(message)
    assert refused.code == "InvalidArgument"
    assert lesson in refused.message
    assert "sync_request" in refused.hint
    assert "msg_type" in refused.hint


def test_a_misspelt_variant_is_put_right_by_the_hint() -> None:
    """Most unknown names are near misses."""
    refused = refusal_of({"task_completed": {}})
    assert 'did you mean "task_complete"?' in refused.hint


def test_exactly_one_of_the_two_forms_is_given() -> None:
    """Which one would count is not for us to guess."""
    message = {"sync_request": True}
    for given_ in [(message, "x", None), (message, None, {}), (message, "x", {})]:
        assert "not both" in refusal_of(*given_).message
    assert "neither" in refusal_of(None, None, None).message
    assert "neither" in refusal_of(None, None, {"a": 1}).message


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (None, {}),
        ({}, {}),
        ("{}", {}),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
        ('{"a": 1.5}', {"a": 1.5}),
        (json.dumps('{"a": 1}'), {"a": 1}),
    ],
)
def test_a_free_type_takes_any_object(
    payload: object, expected: dict[str, Any]
) -> None:
    """The payload is an object, or its JSON, or left out."""
    assert parse_content(None, "note.made", payload) == ("note.made", expected)


def test_a_free_type_may_be_json_too() -> None:
    """An agent that quotes everything quotes this as well."""
    assert parse_content(None, '"note"', '{"a": 1}') == ("note", {"a": 1})


def test_a_free_type_that_is_called_like_a_variant_is_still_free() -> None:
    """The two forms are told apart by their parameters alone."""
    given_ = {"status": "dancing"}
    assert parse_content(None, "status_update", given_) == ("status_update", given_)


@pytest.mark.parametrize(
    "msg_type", ["", "x" * 65, 3, True, ["a"], "a\x1b[2J", "a\nb", "\ud800", '""']
)
def test_a_type_is_a_short_printable_text(msg_type: object) -> None:
    """It is shown in tables and terminals."""
    refused = refusal_of(None, msg_type, {})
    assert refused.code == "InvalidArgument"
    assert "msg_type" in refused.message


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "hello",
        "[1]",
        "3",
        [],
        0,
        False,
        '{"a": NaN}',
        '{"a": 1e999}',
        {"a": float("inf")},
        {"a": float("nan")},
        {"a": "\ud800"},
        '{"a": "\\ud800"}',
        {"a": 10**5000},
        '{"a": ' + "9" * 5000 + "}",
    ],
)
def test_a_payload_that_not_every_program_can_read_is_refused(payload: object) -> None:
    """It would fail at the recipient instead, who can do nothing about it."""
    refused = refusal_of(None, "x", payload)
    assert refused.code == "InvalidArgument"
    assert "payload" in refused.message


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"a": [value]} if levels % 2 else {"a": value}
    return value


def test_nesting_is_bounded() -> None:
    """A parser that recurses must not be brought down by a message."""
    deep = nested(DEEPEST)
    assert parse_content(None, "x", deep) == ("x", deep)
    for levels in (DEEPEST + 2, 5_000):
        for payload in (nested(levels), '{"a":' * levels + "1" + "}" * levels):
            assert "nested" in refusal_of(None, "x", payload).message


def test_many_shallow_brackets_are_not_nesting() -> None:
    """Only depth counts, and it is counted only when there could be any."""
    wide = {"a": [[] for _ in range(1000)]}
    assert parse_content(None, "x", wide)[1] == wide


def test_a_payload_may_have_256_kib_and_not_one_byte_more() -> None:
    """Counted as compact JSON in UTF-8, in whichever form it came."""
    around = len('{"a":""}')
    for letter in ("x", "ä", "🎉"):
        size = len(letter.encode())
        fits = {"a": letter * ((LARGEST_PAYLOAD - around) // size)}
        assert parse_content(None, "x", fits)[1] == fits
        too_large = {"a": fits["a"] + letter}
        for form in (too_large, json.dumps(too_large, indent=4)):
            refused = refusal_of(None, "x", form)
            assert refused.code == "PayloadTooLarge"
            assert refused.data == {
                "limit": LARGEST_PAYLOAD,
                "size": len(fits["a"].encode()) + size + around,
            }
    refused = refusal_of({"help_request": {"context": "x" * LARGEST_PAYLOAD}})
    assert refused.code == "PayloadTooLarge"


bodies = json_values | st.dictionaries(
    st.sampled_from(["status", "message", "task_id", "success", "summary", "context"]),
    json_values | st.sampled_from([*STATUSES, UUID]),
    max_size=3,
)


def outcome(*content: object) -> tuple[object, ...]:
    try:
        return ("content", *parse_content(*content))
    except Refused as refusal:
        return ("refused", refusal.code)


@untimed
@given(st.dictionaries(st.sampled_from([*MESSAGE_TYPES, "x"]), bodies, max_size=2))
def test_a_message_and_its_json_always_come_out_the_same(message: Any) -> None:
    """In whichever form an agent sends it, right or wrong."""
    once = json.dumps(message)
    expected = outcome(message, None, None)
    assert outcome(once, None, None) == expected
    assert outcome(json.dumps(once), None, None) == expected


@untimed
@given(st.text(), st.dictionaries(st.text(), json_values, max_size=4))
def test_a_payload_and_its_json_always_come_out_the_same(
    msg_type: str, payload: Any
) -> None:
    """What goes in is what comes out."""
    expected = outcome(None, msg_type, payload)
    assert outcome(None, msg_type, json.dumps(payload)) == expected
    if expected[0] == "content":
        assert expected[2] == payload


@untimed
@given(json_values, json_values, json_values)
def test_reading_anything_gives_a_content_or_a_refusal(
    message: object, msg_type: object, payload: object
) -> None:
    """No input may take the reader down."""
    assert outcome(message, msg_type, payload)[0] in ("content", "refused")


@pytest.mark.parametrize("kind", MESSAGE_TYPES)
def test_the_example_of_each_variant_is_correct(kind: str) -> None:
    """It is what an agent copies after a mistake."""
    example = VARIANTS[kind].example.replace("<uuid>", UUID)
    assert parse_content(example, None, None)[0] == kind
