"""Messages as people write them: whom a word means, and what a text says. Pure.

The command line and the messages of attach read the same words. The daemon checks
targets and contents; only what it could not guess is refused here.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS: Final[dict[str, dict[str, Any]]] = {
    "broadcast": {"broadcast": True},
    "broadcast:server": {"broadcast": "server"},
    "orchestrator": {"orchestrator": True},
}
PREFIXES: Final = ("tag", "session", "worktree", "state")
VARIANTS: Final = (
    "status_update",
    "task_assignment",
    "task_complete",
    "help_request",
    "broadcast",
    "sync_request",
)
FREE_TYPE: Final = "message"
"""Of a text whose writer names no type."""


def target_of(text: str, absolute: Callable[[str], str]) -> dict[str, Any]:
    """The target that a word names.

    A JSON object is a target as the protocol has it, combined ones too. A text without
    a known prefix is a session's name or id.

    Args:
        text: The word.
        absolute: Makes a path of the writer's one that means the same to the daemon.

    Raises:
        Refused: `InvalidArgument`.
    """
    if text.lstrip().startswith("{"):
        target: dict[str, Any] = from_here(parse_object(text), absolute)
        return target
    if text in WORDS:
        return WORDS[text]
    kind, colon, value = text.partition(":")
    if not colon or kind not in PREFIXES:
        return {"session": text}
    if not value:
        raise invalid(f"{text!r} names no {kind}")
    return {kind: absolute(value) if kind == "worktree" else value}


def from_here(target: Any, absolute: Callable[[str], str]) -> Any:
    """A target, with the paths in it as they are meant where it was written."""
    if isinstance(target, list):
        return [from_here(part, absolute) for part in target]
    if not isinstance(target, dict):
        return target
    return {
        key: absolute(value)
        if key == "worktree" and isinstance(value, str) and value
        else from_here(value, absolute)
        for key, value in target.items()
    }


def content_of(kind: str | None, text: str) -> dict[str, Any]:
    """The arguments of `send_orchestration` for a text of a type.

    Raises:
        Refused: `InvalidArgument`: a message of the type is no text.
    """
    if kind == "sync_request":
        raise invalid("a sync_request takes no TEXT")
    if kind not in VARIANTS:
        return {"msg_type": kind or FREE_TYPE, "payload": {"text": text}}
    return {"message": {kind: from_text(kind, text)}}


def from_text(kind: str, text: str) -> dict[str, Any]:
    """What one of the variants with a text makes of it."""
    match kind:
        case "status_update":
            status, colon, message = text.partition(":")
            given = {"status": status.strip()}
            return {**given, "message": message.strip()} if colon else given
        case "task_assignment":
            return {"task_id": str(uuid.uuid4()), "description": text, "files": []}
        case "task_complete":
            raise invalid(
                "a task_complete names its task: give --payload "
                '{"task_id": ..., "success": true, "summary": ...}'
            )
        case "help_request":
            return {"context": text}
        case _:
            return {"message": text}


def parse_object(text: str) -> dict[str, Any]:
    """A JSON object that somebody wrote.

    Raises:
        Refused: `InvalidArgument`: it is none.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise invalid(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise invalid('not a JSON object like {"a": 1}')
    return value


def invalid(message: str) -> Refused:
    return Refused("InvalidArgument", message)
