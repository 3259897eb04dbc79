"""JSON that clients put inside strings, and what JSON values we take from them. Pure.

Agents send an object or the same object as a JSON string, some of them encoded twice.
Both have to mean the same, and neither may hold what another program's JSON parser
would choke on: numbers that are not finite, text that is not Unicode, endless nesting.
"""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

DEEPEST: Final = 64
LONGEST_SHOWN: Final = 80


def decode(text: str) -> object:
    """What a JSON text holds; a JSON string that holds JSON again is decoded once more.

    Raises:
        ValueError: It is not JSON; the message says why.
    """
    value = load(text)
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "[", '"'):
        try:
            return load(value)
        except ValueError:
            return value
    return value


def load(text: str) -> object:
    try:
        value: object = json.loads(text, parse_constant=refuse_constant)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return value


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def encode(value: object) -> bytes:
    """A value as compact JSON in UTF-8.

    Raises:
        ValueError: It is no JSON value that every parser takes; the message says why.
    """
    try:
        text = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        data = text.encode()
    except (RecursionError, TypeError) as error:
        raise ValueError("it is nested too deeply or not JSON") from error
    except UnicodeEncodeError as error:
        raise ValueError("it has half of a surrogate pair in a text") from error
    # Few brackets cannot be deep; only then is the value walked.
    if data.count(b"{") + data.count(b"[") > DEEPEST and depth(value) > DEEPEST:
        raise ValueError(f"it is nested more than {DEEPEST} levels deep")
    return data


def depth(value: object) -> int:
    """How deep objects and lists are nested in a value."""
    level = 0
    values: list[Any] = [value]
    while values := [item for item in values if isinstance(item, dict | list)]:
        level += 1
        values = [
            child
            for item in values
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    return level


def show(value: object) -> str:
    """A value for an error message: one short line of printable ASCII."""
    try:
        text = json.dumps(value) if not isinstance(value, str) else ascii(value)
    except (ValueError, TypeError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."
