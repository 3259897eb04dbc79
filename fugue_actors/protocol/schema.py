"""JSON schemas of the protocol's types. Pure.

`TypedDict`s become objects under `$defs`, by their names; their docstrings describe them.
A reader has to live with keys that a later version adds, so objects are open, unless a
test wants to know whether something says what no type knows of.
"""

from __future__ import annotations

import inspect
import types
from typing import (
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
}


class Schemas:
    """Schemas that refer to each other.

    Args:
        is_open: Whether an object may have keys that its type does not name.

    Attributes:
        defs: Those of all types met so far, by name.
    """

    def __init__(self, *, is_open: bool = True) -> None:
        self.is_open = is_open
        self.defs: dict[str, dict[str, Any]] = {}

    def of(self, kind: Any) -> dict[str, Any]:
        """The schema of a type.

        Raises:
            TypeError: There is none for such a type.
        """
        if kind in PLAIN:
            return dict(PLAIN[kind])
        if is_typeddict(kind):
            name: str = kind.__name__
            if name not in self.defs:
                self.defs[name] = {}  # it may refer to itself
                self.defs[name] = self.of_fields(kind)
            return {"$ref": f"#/$defs/{name}"}
        origin, args = get_origin(kind), get_args(kind)
        if origin is Literal:
            return {"enum": list(args)}
        if origin is list:
            return {"type": "array", "items": self.of(args[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(args[1])}
        if origin in (Union, types.UnionType):
            return {"anyOf": [self.of(one) for one in args]}
        msg = f"no JSON schema for {kind!r}"
        raise TypeError(msg)

    def of_fields(self, kind: Any) -> dict[str, Any]:
        """The schema of a `TypedDict`."""
        properties: dict[str, Any] = {}
        required: list[str] = []
        for name, hint in get_type_hints(kind, include_extras=True).items():
            is_optional = get_origin(hint) is NotRequired
            properties[name] = self.of(get_args(hint)[0] if is_optional else hint)
            if kind.__total__ and not is_optional:
                required.append(name)
        text = " ".join(inspect.cleandoc(kind.__doc__ or "").split())
        schema = {"description": text, "type": "object", "properties": properties}
        if required:
            schema["required"] = required
        return schema if self.is_open else {**schema, "additionalProperties": False}
