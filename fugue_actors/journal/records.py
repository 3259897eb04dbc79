"""Records on disk, as another version of this program may have written them.

A newer version may have added fields, and an older one did not know all of ours. Reading
skips the former, defaults fill in for the latter. Pure.
"""

from __future__ import annotations

from typing import Any, TypeVar

import attrs

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.protocol.codec import from_json
from fugue_actors.protocol.layout import Layout, Window
from fugue_actors.protocol.windows import numbered

T = TypeVar("T", bound=attrs.AttrsInstance)


def read(shape: Any, kind: type[T]) -> T:
    """The record that a JSON value describes, as far as this version knows it.

    Raises:
        RemoteProtocolError: It describes none.
    """
    if not isinstance(shape, dict):
        raise RemoteProtocolError(f"no {kind.__name__}: {shape!r:.60}")
    return from_json(known_fields(shape, kind), kind)


def read_layout(shape: Any) -> Layout:
    """The layout that a JSON value describes; earlier versions gave windows no numbers.

    Raises:
        RemoteProtocolError: It describes none.
    """
    return numbered(from_json(known_layout(shape), Layout))


def known_layout(shape: Any) -> Any:
    """A layout's JSON without what only a later version knows of its windows."""
    if not isinstance(shape, dict) or not isinstance(shape.get("windows"), list):
        return shape
    windows = [
        known_fields(each, Window) if isinstance(each, dict) else each
        for each in shape["windows"]
    ]
    return {**known_fields(shape, Layout), "windows": windows}


def known_fields(shape: dict[str, Any], kind: type[T]) -> dict[str, Any]:
    """What of a JSON object a record of ours has a field for."""
    known = attrs.fields_dict(kind)
    return {name: value for name, value in shape.items() if name in known}
