"""What `fugue send` was asked to say and to whom, as the protocol has it. PURE.

The daemon checks targets and contents; only what it could not guess is refused here.
"""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any, Final

import click

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


def target_of(text: str) -> dict[str, Any]:
    """The target that TARGET on a command line names.

    A JSON object is a target as the protocol has it, combined ones too. A text without
    a known prefix is a session's name or id. Paths are taken from the current directory,
    whose meaning ends at this process.
    """
    if text.lstrip().startswith("{"):
        target: dict[str, Any] = from_here(parse_object(text, "TARGET"))
        return target
    if text in WORDS:
        return WORDS[text]
    kind, colon, value = text.partition(":")
    if not colon or kind not in PREFIXES:
        return {"session": text}
    if not value:
        raise click.BadParameter(f"{text!r} names no {kind}", param_hint="TARGET")
    return {kind: absolute(value) if kind == "worktree" else value}


def from_here(target: Any) -> Any:
    """A target, with the paths in it taken from the current directory."""
    if isinstance(target, list):
        return [from_here(part) for part in target]
    if not isinstance(target, dict):
        return target
    return {
        key: absolute(value)
        if key == "worktree" and isinstance(value, str) and value
        else from_here(value)
        for key, value in target.items()
    }


def absolute(path: str) -> str:
    """A path that means the same to the daemon."""
    try:
        return os.path.normpath(Path(path).expanduser().absolute())
    except RuntimeError as error:  # ~somebody, and nobody is called so
        raise click.BadParameter(str(error), param_hint="TARGET") from error


def content_of(
    kind: str | None, text: str | None, payload: str | None
) -> dict[str, Any]:
    """The arguments of `send_orchestration` that carry the content."""
    if payload is not None:
        if text is not None:
            raise click.UsageError("give TEXT or --payload, not both")
        return with_payload(kind, parse_object(payload))
    if kind == "sync_request":
        if text is not None:
            raise click.UsageError("a sync_request takes no TEXT")
        return {"message": {"sync_request": True}}
    if text is None:
        raise click.UsageError("nothing to send: give TEXT or --payload")
    if kind not in VARIANTS:
        return {"msg_type": kind or "message", "payload": {"text": text}}
    return {"message": {kind: from_text(kind, text)}}


def with_payload(kind: str | None, payload: dict[str, Any]) -> dict[str, Any]:
    """A payload given as it is: of one of the six variants, or of a free type."""
    if kind == "sync_request":
        raise click.UsageError("a sync_request takes no --payload")
    if kind in VARIANTS:
        return {"message": {kind: payload}}
    return {"msg_type": kind or "message", "payload": payload}


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
            raise click.UsageError(
                "a task_complete names its task: give --payload "
                '{"task_id": ..., "success": true, "summary": ...}'
            )
        case "help_request":
            return {"context": text}
        case _:
            return {"message": text}


def parse_object(text: str, place: str = "--payload") -> dict[str, Any]:
    """A JSON object from the command line, where it says `place`."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint=place) from error
    if not isinstance(value, dict):
        raise click.BadParameter('not a JSON object like {"a": 1}', param_hint=place)
    return value
