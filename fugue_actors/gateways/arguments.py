"""Arguments of a call, as its schema means them. Pure.

Some agents send an object or list as a JSON string, and null for what they leave out.
Both are put right here, once, by the operation's own schema; nothing else is coerced, so
that a wrong type is refused by the schema and named to the agent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fugue_actors.actors.jsontext import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONTAINERS: Final[Mapping[str, type]] = {"object": dict, "array": list}


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
