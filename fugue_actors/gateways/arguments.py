"""Arguments of a call, as its schema means them. Pure.

Some agents send an object or list as a JSON string, and null for what they leave out.
Both are put right here, once, by the operation's own schema; nothing else is coerced, so
that a wrong type is refused by the schema and named to the agent.

What a schema cannot refuse is refused here: numbers that are none. Many parsers read NaN
and 1e999, and no limit of a schema holds against NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fugue_actors.actors.jsontext import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONTAINERS: Final[Mapping[str, type]] = {"object": dict, "array": list}
LARGEST: Final = 2**63 - 1


def decode_arguments(
    arguments: Mapping[str, Any], schema: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments with JSON strings decoded where only an object or list fits.

    A property that takes a string as well is left as it is: its own parser decodes it,
    and explains what is wrong with it better than a schema can.

    Args:
        arguments: As the client sent them.
        schema: The JSON schema of the whole, `{"type": "object", "properties": …}`.
    """
    properties = schema.get("properties", {})
    required = schema.get("required", ())
    result = {}
    for name, value in arguments.items():
        types = set(admitted(properties.get(name, {})))
        if value is None and name in properties and name not in required:
            continue
        result[name] = unpacked(value, types) if isinstance(value, str) else value
    return result


def admitted(schema: Mapping[str, Any]) -> Iterator[str]:
    """The JSON types a schema takes, as far as it says."""
    kinds = schema.get("type", ())
    yield from (kinds,) if isinstance(kinds, str) else kinds
    for choice in ("anyOf", "oneOf"):
        for part in schema.get(choice, ()):
            yield from admitted(part)


def unpacked(text: str, types: set[str]) -> object:
    fitting = tuple(CONTAINERS[kind] for kind in types & CONTAINERS.keys())
    if not fitting or "string" in types:
        return text
    try:
        value = decode(text)
    except ValueError:
        return text
    return value if isinstance(value, fitting) else text


def no_number(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> str | None:
    """Where the arguments hold a number that none of ours can be, like `$.ratio`.

    That is one that is not finite or needs more than 64 bits. A property that takes an
    object or the same as a string is left to its own parser, as in `decode_arguments`.

    Args:
        arguments: As `decode_arguments` gives them.
        schema: The JSON schema of the whole.

    Returns:
        None if all numbers are fine.
    """
    properties = schema.get("properties", {})
    waiting: list[tuple[str, Any]] = [
        (f"$.{name}", value)
        for name, value in arguments.items()
        if not {"string", "object"} <= set(admitted(properties.get(name, {})))
    ]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            waiting += ((f"{place}.{key}", inner) for key, inner in value.items())
        elif isinstance(value, list):
            waiting += ((f"{place}[{i}]", inner) for i, inner in enumerate(value))
        elif isinstance(value, int | float) and not abs(value) <= LARGEST:
            return place
    return None
