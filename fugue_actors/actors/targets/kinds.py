"""The kinds of targets, and the one object that stands for each. Pure.

Six leaves, and three ways to combine them: `all` of several, `any` of them, and `not`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, assert_never

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator


@attrs.frozen(kw_only=True)
class OrchestratorTarget:
    """Whoever leads the sender."""


@attrs.frozen(kw_only=True)
class SessionTarget:
    """One session, by uuid or name."""

    session: str


@attrs.frozen(kw_only=True)
class TagTarget:
    """Every session that has a tag."""

    tag: str


@attrs.frozen(kw_only=True)
class BroadcastTarget:
    """Every session of the sender's repository, or of the server."""

    scope: Literal["repository", "server"]


@attrs.frozen(kw_only=True)
class WorktreeTarget:
    """Every session that works in a git worktree."""

    path: str


@attrs.frozen(kw_only=True)
class StateTarget:
    """Every session whose agent last reported this status."""

    state: str


@attrs.frozen(kw_only=True)
class AllOfTarget:
    """Every session that each of these means."""

    parts: tuple[Target, ...]


@attrs.frozen(kw_only=True)
class AnyOfTarget:
    """Every session that one of these means."""

    parts: tuple[Target, ...]


@attrs.frozen(kw_only=True)
class NotTarget:
    """Every session that this one does not mean."""

    part: Target


Target = (
    OrchestratorTarget
    | SessionTarget
    | TagTarget
    | BroadcastTarget
    | WorktreeTarget
    | StateTarget
    | AllOfTarget
    | AnyOfTarget
    | NotTarget
)


def target_json(target: Target) -> dict[str, Any]:
    """The one object that stands for a target."""
    match target:
        case OrchestratorTarget():
            return {"orchestrator": True}
        case SessionTarget(session=session):
            return {"session": session}
        case TagTarget(tag=tag):
            return {"tag": tag}
        case BroadcastTarget(scope=scope):
            return {"broadcast": True if scope == "repository" else scope}
        case WorktreeTarget(path=path):
            return {"worktree": path}
        case StateTarget(state=state):
            return {"state": state}
        case AllOfTarget(parts=parts):
            return {"all": [target_json(part) for part in parts]}
        case AnyOfTarget(parts=parts):
            return {"any": [target_json(part) for part in parts]}
        case NotTarget(part=part):
            return {"not": target_json(part)}
        case _:
            assert_never(target)


def leaves(target: Target) -> Iterator[Target]:
    """The targets that a target is made of, itself if it is made of none."""
    match target:
        case AllOfTarget(parts=parts) | AnyOfTarget(parts=parts):
            for part in parts:
                yield from leaves(part)
        case NotTarget(part=part):
            yield from leaves(part)
        case _:
            yield target


def is_broad(target: Target) -> bool:
    """Whether a target means everybody but some, so that it counts as a broadcast."""
    match target:
        case BroadcastTarget() | NotTarget():
            return True
        case AnyOfTarget(parts=parts):
            return any(is_broad(part) for part in parts)
        case AllOfTarget(parts=parts):
            return all(is_broad(part) for part in parts)
        case _:
            return False
