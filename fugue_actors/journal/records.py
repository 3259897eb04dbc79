"""Records on disk, as another version of this program may have written them.

A newer version may have added fields, and an older one did not know all of ours. Reading
skips the former, defaults fill in for the latter. Pure.
"""

from __future__ import annotations

from typing import Any, TypeVar

import attrs

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.protocol.codec import from_json

T = TypeVar("T", bound=attrs.AttrsInstance)


def read(shape: Any, kind: type[T]) -> T:
    """The record that a JSON value describes, as far as this version knows it.

    Raises:
        RemoteProtocolError: It describes none.
    """
    if not isinstance(shape, dict):
        raise RemoteProtocolError(f"no {kind.__name__}: {shape!r:.60}")
    return from_json(known_fields(shape, kind), kind)


def known_fields(shape: dict[str, Any], kind: type[T]) -> dict[str, Any]:
    """What of a JSON object a record of ours has a field for."""
    known = attrs.fields_dict(kind)
    return {name: value for name, value in shape.items() if name in known}
