"""Arguments as agents really send them, put right by the schema and by nothing else."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, strategies as st
from strategies import untimed

from fugue_actors.gateways.arguments import decode_arguments, no_number

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "tags": {"type": "array", "items": {"type": "string"}},
        "env": {"type": "object"},
        "layout": {"anyOf": [{"type": "object"}, {"type": "array"}]},
        "both": {"oneOf": [{"type": ["object", "null"]}, {"type": "integer"}]},
        "target": {"anyOf": [{"type": "object"}, {"type": "string"}]},
        "name": {"type": "string"},
        "count": {"type": "integer"},
        "free": {},
    },
    "required": ["count"],
}


@pytest.mark.parametrize(
    ("name", "given_", "expected"),
    [
        ("tags", '["a", "b"]', ["a", "b"]),
        ("tags", ' ["a"] ', ["a"]),
        ("tags", json.dumps('["a"]'), ["a"]),
        ("env", '{"A": "b"}', {"A": "b"}),
        ("layout", "[1]", [1]),
        ("layout", '{"a": 1}', {"a": 1}),
        ("both", '{"a": 1}', {"a": 1}),
    ],
)
def test_an_object_or_list_in_a_string_is_unpacked(
    name: str, given_: str, expected: Any
) -> None:
    """Agents quote what is not a plain value (BUG-033, BUG-061)."""
    assert decode_arguments({name: given_}, SCHEMA) == {name: expected}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tags", '{"a": 1}'),  # the wrong kind
        ("env", "[1]"),
        ("env", "not JSON"),
        ("env", '{"a": NaN}'),
        ("env", "[" * 100_000),
        ("env", "null"),
        ("tags", "a,b"),
        ("tags", ["a"]),
        ("target", '{"tag": "a"}'),  # its own parser explains better
        ("name", '{"a": 1}'),
        ("count", "3"),
        ("count", 3.0),
        ("free", "[1]"),
        ("unknown", "[1]"),
        ("unknown", None),
        ("count", None),  # required: the schema says so
    ],
)
def test_nothing_else_is_touched(name: str, value: Any) -> None:
    """What does not fit is refused by the schema, which names the argument."""
    assert decode_arguments({name: value}, SCHEMA) == {name: value}


@pytest.mark.parametrize("name", ["tags", "env", "target", "name", "both"])
def test_null_for_what_is_optional_is_the_same_as_leaving_it_out(name: str) -> None:
    """Some agents fill in every parameter they know of."""
    assert decode_arguments({name: None, "count": 1}, SCHEMA) == {"count": 1}


def test_a_schema_without_properties_takes_anything() -> None:
    """Tools without arguments have one."""
    assert decode_arguments({"a": "[1]"}, {"type": "object"}) == {"a": "[1]"}


@untimed
@given(
    st.dictionaries(st.text(), st.text()),
    st.lists(st.text()),
)
def test_both_forms_mean_the_same(env: dict[str, str], tags: list[str]) -> None:
    """Whatever the text inside."""
    plain = decode_arguments({"env": env, "tags": tags}, SCHEMA)
    quoted = decode_arguments(
        {"env": json.dumps(env), "tags": json.dumps(tags, ensure_ascii=False)}, SCHEMA
    )
    assert plain == quoted == {"env": env, "tags": tags}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 2**63, -(2**70)])
@pytest.mark.parametrize(
    ("name", "shape", "place"),
    [
        ("count", lambda number: number, "$.count"),
        ("free", lambda number: {"a": [0, {"b": number}]}, "$.free.a[1].b"),
        ("unknown", lambda number: [number], "$.unknown[0]"),
        ("target", lambda number: {"tag": number}, None),  # its own parser looks
    ],
)
def test_a_number_that_is_none_is_found_wherever_it_stands(
    number: float, name: str, shape: Any, place: str | None
) -> None:
    """No limit of a schema holds against NaN, which crashed whoever calculated with it."""
    assert no_number({name: shape(number)}, SCHEMA) == place


def test_numbers_that_are_some_are_fine() -> None:
    """Also negative ones, large ones and booleans."""
    fine = [0, -1.5, 2**63 - 1, -(2**63) + 1, True, None, "NaN", [], {}]
    assert no_number({"free": fine, "count": 3}, SCHEMA) is None
