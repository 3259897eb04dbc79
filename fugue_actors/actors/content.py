"""What a message says: one of six typed variants, or a free type with a payload. Pure.

Both forms become a type name and a payload object, which is all that travels. A variant
is checked strictly, since who receives it relies on its fields; a free payload is only
checked for being JSON that every program can read, and for its size. Enter at
`parse_content`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from fugue_actors.actors.jsontext import decode, encode, show
from fugue_actors.errors import Refused
from fugue_actors.protocol.ids import is_uuid

STATUSES: Final = (
    "idle",
    "working",
    "waiting_for_input",
    "blocked",
    "complete",
    "error",
)
LARGEST_PAYLOAD: Final = 256 * 1024
LONGEST_TYPE: Final = 64

Check = Callable[[object], str | None]
"""What is wrong with a value, as the end of "… must be"; None if nothing is."""


def a_text(value: object) -> str | None:
    return None if isinstance(value, str) else "a text"


def a_flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def a_uuid(value: object) -> str | None:
    if isinstance(value, str) and is_uuid(value):
        return None
    return "a uuid such as 123e4567-e89b-42d3-a456-426614174000"


def a_status(value: object) -> str | None:
    return None if value in STATUSES else f"one of {', '.join(STATUSES)}"


def texts(value: object) -> str | None:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return None
    return "a list of texts"


@attrs.frozen(kw_only=True)
class Variant:
    """The fields of a typed message. `example` is a correct one."""

    fields: Mapping[str, Check]
    optional: frozenset[str] = frozenset()
    example: str


VARIANTS: Final[Mapping[str, Variant]] = {
    "status_update": Variant(
        fields={"status": a_status, "message": a_text},
        optional=frozenset({"message"}),
        example='{"status_update": {"status": "working", "message": "reading"}}',
    ),
    "task_assignment": Variant(
        fields={"task_id": a_uuid, "description": a_text, "files": texts},
        example='{"task_assignment": {"task_id": "<uuid>", "description": "…", '
        '"files": ["src/a.py"]}}',
    ),
    "task_complete": Variant(
        fields={"task_id": a_uuid, "success": a_flag, "summary": a_text},
        example='{"task_complete": {"task_id": "<uuid>", "success": true, '
        '"summary": "…"}}',
    ),
    "help_request": Variant(
        fields={"context": a_text}, example='{"help_request": {"context": "…"}}'
    ),
    "broadcast": Variant(
        fields={"message": a_text}, example='{"broadcast": {"message": "…"}}'
    ),
    "sync_request": Variant(fields={}, example='{"sync_request": true}'),
}
MESSAGE_TYPES: Final = tuple(VARIANTS)
FORMS: Final = (
    f"message is an object with one of the keys {', '.join(MESSAGE_TYPES)}; "
    "or give msg_type (a text) and payload (an object)"
)


def parse_content(
    message: object, msg_type: object, payload: object
) -> tuple[str, dict[str, Any]]:
    """Type and payload from what a client sent; None stands for what it left out.

    `message` is one variant, or `msg_type` is a type of the client's own, with
    `payload` an object (empty if left out). Each may be given as JSON in a string.
    A free type is free even if it is called like a variant: its payload is not
    checked.

    Raises:
        Refused: `InvalidArgument`, or `PayloadTooLarge` with `data` of `limit` and
            `size` in bytes.
    """
    if message is not None:
        if msg_type is not None or payload is not None:
            raise invalid("give either message, or msg_type and payload, not both")
        kind, body = parse_variant(message)
    elif msg_type is not None:
        kind = parse_type(msg_type)
        body = {} if payload is None else parse_object("payload", payload)
    else:
        raise invalid("neither message nor msg_type is given")
    check_size(body)
    return kind, body


def parse_variant(message: object) -> tuple[str, dict[str, Any]]:
    given = parse_object("message", message)
    if len(given) != 1:
        raise invalid(
            f"message has exactly one key, and {show(given)} has {len(given)}"
        )
    [(kind, body)] = given.items()
    if kind not in VARIANTS:
        near = difflib.get_close_matches(str(kind)[:64], MESSAGE_TYPES, n=1)
        raise invalid(
            f"{show(kind)} is not a kind of message",
            hint=f'did you mean "{near[0]}"? ' if near else "",
        )
    variant = VARIANTS[kind]
    if kind == "sync_request":
        if body is not True:
            raise invalid_variant(kind, f"takes true, not {show(body)}")
        return kind, {}
    if isinstance(body, str):
        body = decoded(body)
    if not isinstance(body, dict):
        raise invalid_variant(kind, f"takes an object, not {show(body)}")
    return kind, check_fields(kind, variant, body)


def check_fields(kind: str, variant: Variant, body: dict[str, Any]) -> dict[str, Any]:
    """The fields that are given, null for an optional one being the same as none."""
    for name in body:
        if name not in variant.fields:
            known = ", ".join(variant.fields)
            raise invalid_variant(
                kind, f"has no field {show(name)}; its fields are {known}"
            )
    found = {}
    for name, wrong in variant.fields.items():
        if name in variant.optional and body.get(name) is None:
            continue
        if name not in body:
            raise invalid_variant(kind, f"lacks the field {name!r}")
        if expected := wrong(body[name]):
            raise invalid_variant(
                kind, f"{name!r} must be {expected}, not {show(body[name])}"
            )
        found[name] = body[name]
    return found


def parse_type(msg_type: object) -> str:
    if isinstance(msg_type, str) and msg_type.startswith('"'):
        msg_type = decoded(msg_type)
    # What is printable moves no cursor and rings no bell in somebody's terminal.
    if (
        not isinstance(msg_type, str)
        or not 1 <= len(msg_type) <= LONGEST_TYPE
        or not msg_type.isprintable()
    ):
        raise invalid(
            f"msg_type is a text of 1 to {LONGEST_TYPE} printable characters, "
            f"not {show(msg_type)}"
        )
    return msg_type


def parse_object(name: str, value: object) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = decode(value)
        except ValueError as error:
            raise invalid(f"{name} {show(value)} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise invalid(f"{name} is an object, not {show(value)}")
    return value


def decoded(text: str) -> object:
    """What a text holds if it is JSON, else the text."""
    try:
        return decode(text)
    except ValueError:
        return text


def check_size(body: dict[str, Any]) -> None:
    try:
        size = len(encode(body))
    except ValueError as error:
        raise invalid(f"the payload cannot be sent: {error}") from error
    if size > LARGEST_PAYLOAD:
        raise Refused(
            "PayloadTooLarge",
            f"the payload has {size} bytes of JSON, and {LARGEST_PAYLOAD} are allowed",
            hint="put it into a file and send the path, or split it",
            data={"limit": LARGEST_PAYLOAD, "size": size},
        )


def invalid(message: str, *, hint: str = "") -> Refused:
    return Refused("InvalidArgument", message, hint=hint + FORMS)


def invalid_variant(kind: str, problem: str) -> Refused:
    return Refused(
        "InvalidArgument",
        f"{kind} {problem}",
        hint=f"a correct one is {VARIANTS[kind].example}",
    )
