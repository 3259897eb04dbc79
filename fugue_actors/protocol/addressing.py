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
JOINED: Final = {"all": "and", "any": "or"}
"""How targets of several parts read."""
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


def described(target: Any) -> str:
    """Whom a target means, for people: the word for it where there is one.

    Combined ones have no word of their own; they read `tag:worker and not state:idle`.
    What is no target stays JSON.

    Args:
        target: As the protocol has it.
    """
    if not isinstance(target, dict) or len(kinds := target.keys() - {"deliver"}) != 1:
        return json.dumps(target, ensure_ascii=False)
    [kind] = kinds
    value = target[kind]
    for word, meant in WORDS.items():
        if meant == {kind: value}:
            return word
    if kind in PREFIXES and isinstance(value, str):
        is_clear = kind == "session" and value not in WORDS and ":" not in value
        return value if is_clear and value[:1] != "{" else f"{kind}:{value}"
    if kind == "not":
        return f"not {part_of(value)}"
    if kind in JOINED and isinstance(value, list) and value:
        return f" {JOINED[kind]} ".join(part_of(part) for part in value)
    return json.dumps(target, ensure_ascii=False)


def part_of(target: Any) -> str:
    """The same within another one, in parentheses where that would read differently."""
    text = described(target)
    is_joined = isinstance(target, dict) and target.keys() & JOINED.keys()
    return f"({text})" if is_joined else text


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
