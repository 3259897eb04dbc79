"""Arguments that plainly fit their schema, told quickly. PURE.

A person's key is a request, and checking one as JSON Schema has it takes longer than all that is
done with it. So what is plain is told from tests that are made of the schema once: texts, flags,
bounded numbers, and lists of those. All else, and whatever is wrong, is for the full validation,
which also finds the words for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.schemas import Schema

Test = Callable[[Any], bool]

SILENT: Final = frozenset({"description", "default", "title"})
"""Keywords that refuse nothing."""


def fits(takes: Schema) -> Callable[[Mapping[str, Any]], bool]:
    """A test for arguments: true only if they fit, false for what is not plain."""
    required = frozenset(takes.get("required", ()))
    tests = {name: test_of(schema) for name, schema in takes["properties"].items()}

    def do_fit(given: Mapping[str, Any]) -> bool:
        if not required <= given.keys():
            return False
        for name, value in given.items():
            test = tests.get(name)
            if test is None or not test(value):
                return False
        return True

    return do_fit


def test_of(schema: Schema) -> Test | None:
    """A test for one value; None if its schema is none of the plain ones."""
    keywords = schema.keys() - SILENT
    match schema.get("type"):
        case "string" if keywords <= {"type", "enum", "maxLength"}:
            among, most = schema.get("enum"), schema.get("maxLength")
            return lambda value: (
                type(value) is str
                and (among is None or value in among)
                and (most is None or len(value) <= most)
            )
        case "boolean" if keywords == {"type"}:
            return lambda value: type(value) is bool
        case "integer" | "number" if keywords == {"type", "minimum", "maximum"}:
            low, high = schema["minimum"], schema["maximum"]
            kinds = (int,) if schema["type"] == "integer" else (int, float)
            return lambda value: type(value) in kinds and low <= value <= high
        case "array" if keywords == {"type", "items"}:
            test = test_of(schema["items"])
            if test is not None:
                return lambda values: type(values) is list and all(map(test, values))
    return None
