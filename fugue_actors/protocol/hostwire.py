"""Lines of the host protocol: the values of `hosting.py` as JSON, one frame a line.

A frame is an object whose `kind` names the value's class; `id` numbers a request, `re`
repeats that number in its answer, and an event has neither. Values are checked when read.
This is the standard library and attrs, not `codec.py` and cattrs, because every idle pane
host pays for what it imports. Enter at `encode` and `decode`.
"""

from __future__ import annotations

import binascii
import json
import types
import typing
from typing import Any

import attrs

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.protocol import hosting

KINDS: dict[str, type] = {
    "start_host": hosting.StartHost,
    "host_info": hosting.HostInfo,
    "keep_host": hosting.KeepHost,
    "hello": hosting.Hello,
    "welcome": hosting.Welcome,
    "write_input": hosting.WriteInput,
    "type_input": hosting.TypeInput,
    "drop_draft": hosting.DropDraft,
    "written": hosting.Written,
    "resize_terminal": hosting.ResizeTerminal,
    "read_screen": hosting.ReadScreen,
    "screen": hosting.ScreenSnapshot,
    "read_changes": hosting.ReadChanges,
    "screen_change": hosting.ScreenChange,
    "read_lines": hosting.ReadLines,
    "lines_read": hosting.LinesRead,
    "read_status": hosting.ReadStatus,
    "status": hosting.HostStatus,
    "wait_for": hosting.WaitFor,
    "waited": hosting.Waited,
    "forget_wait": hosting.ForgetWait,
    "kill_program": hosting.KillProgram,
    "kill_report": hosting.KillReport,
    "release_host": hosting.ReleaseHost,
    "done": hosting.Done,
    "failed": hosting.Failed,
    "output_happened": hosting.OutputHappened,
    "title_changed": hosting.TitleChanged,
    "draft_changed": hosting.DraftChanged,
    "program_exited": hosting.ProgramExited,
    "superseded": hosting.Superseded,
}
NAMES = {kind: name for name, kind in KINDS.items()}

FIELD_TYPES: dict[type, dict[str, Any]] = {
    kind: typing.get_type_hints(kind)
    for kind in vars(hosting).values()
    if isinstance(kind, type) and attrs.has(kind)
}
FIELD_DEFAULTS: dict[type, dict[str, Any]] = {
    kind: {field.name: field.default for field in attrs.fields(kind)}
    for kind in FIELD_TYPES
}


@attrs.frozen
class Frame:
    """One line of the protocol.

    Attributes:
        value: An instance of one of `KINDS`, or `Unknown`.
        id: Number of a request.
        re: Number of the request that this answers.
    """

    value: Any
    id: int | None = None
    re: int | None = None


@attrs.frozen
class Unknown:
    """A value of a kind that only a newer version knows; `kind` is its name."""

    kind: str


def encode(value: object, *, id: int | None = None, re: int | None = None) -> bytes:
    """Write one frame, newline included.

    Raises:
        ValueError: It holds a number that JSON has no form for.
    """
    document: dict[str, Any] = {"kind": NAMES[type(value)]}
    if id is not None:
        document["id"] = id
    if re is not None:
        document["re"] = re
    document.update(to_json(value))
    text = json.dumps(
        document, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    return text.encode("utf-8", "surrogatepass") + b"\n"


def decode(line: bytes) -> Frame:
    """Read one frame.

    Raises:
        RemoteProtocolError: It is not a frame. `data["id"]` is the request's number,
            or None if not even that could be read.
    """
    number: int | None = None
    try:
        document = json.loads(
            line.decode("utf-8", "surrogatepass"), parse_constant=refuse_constant
        )
        if not isinstance(document, dict):
            raise TypeError("a frame is an object")
        number = from_json(int | None, document.pop("id", None))
        answered = from_json(int | None, document.pop("re", None))
        name = from_json(str, document.pop("kind", None))
        kind = KINDS.get(name)
        value = Unknown(name) if kind is None else from_json(kind, document)
    except (TypeError, ValueError, RecursionError) as error:
        raise RemoteProtocolError(
            f"not a frame of the host protocol: {error}", data={"id": number}
        ) from error
    return Frame(value, id=number, re=answered)


def refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def to_json(value: Any) -> Any:
    """Plain JSON for a value; fields that hold their default are left out."""
    if type(value) in FIELD_DEFAULTS:
        return {
            name: to_json(field)
            for name, default in FIELD_DEFAULTS[type(value)].items()
            if (field := getattr(value, name)) != default
        }
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if isinstance(value, bytes):
        return binascii.b2a_base64(value, newline=False).decode("ascii")
    return value


def from_json(kind: Any, value: Any) -> Any:
    """The value of type `kind` that some JSON stands for.

    Raises:
        TypeError: The JSON does not fit the type.
        ValueError: It fits, and still says nothing.
    """
    if kind in FIELD_TYPES:
        if not isinstance(value, dict):
            raise TypeError(f"{kind.__name__} is an object")
        known = FIELD_TYPES[kind]
        return kind(
            **{n: from_json(known[n], item) for n, item in value.items() if n in known}
        )
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        return None if value is None else from_json(arguments[0], value)
    if origin is tuple and isinstance(value, list):
        return tuple(from_json(arguments[0], item) for item in value)
    if origin is dict and isinstance(value, dict):
        return {name: from_json(str, item) for name, item in value.items()}
    if kind is bytes and isinstance(value, str):
        return binascii.a2b_base64(value, strict_mode=True)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise TypeError(f"{value!r:.40} is not of type {kind}")
    return value
