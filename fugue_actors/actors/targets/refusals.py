"""What to say when a target means nobody, and what would have worked. Pure."""

from __future__ import annotations

import difflib
from itertools import islice
from typing import TYPE_CHECKING, Final

from fugue_actors.actors.jsontext import show
from fugue_actors.actors.targets.kinds import (
    AllOfTarget,
    AnyOfTarget,
    BroadcastTarget,
    NotTarget,
    OrchestratorTarget,
    StateTarget,
    TagTarget,
    Target,
    WorktreeTarget,
    target_json,
)
from fugue_actors.errors import Refused
from fugue_actors.protocol.ids import is_uuid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.actors.targets.resolving import Resolution

ORCHESTRATOR: Final = "orchestrator"
NAMES_COMPARED: Final = 200
NAMES_SHOWN: Final = 5


def no_session(session: str, names: list[str]) -> Refused:
    """What to say of a uuid or name that none of the sessions with these names has."""
    near = near_matches(session, names)
    return Refused(
        "SessionNotFound",
        f"no session has the {'id' if is_uuid(session) else 'name'} {show(session)}",
        hint=f"did you mean {listing(near)}?"
        if near
        else "list the sessions to see who there is; it may have ended",
        data={"near": near},
    )


def near_matches(name: str, names: list[str]) -> list[str]:
    """A few of the names that somebody may have meant, best first."""
    folded = name.casefold()
    part = [
        n for n in names if folded in n.casefold() or n.casefold().startswith(folded)
    ]
    # Comparing is slow, and a long list is no help: enough is enough.
    alike = difflib.get_close_matches(name[:64], names[:NAMES_COMPARED], n=NAMES_SHOWN)
    return list(islice(dict.fromkeys([*alike, *part]), NAMES_SHOWN))


def no_repository(cwd: str) -> Refused:
    """What to say of a broadcast to a repository that there is none of."""
    return Refused(
        "NoRepository",
        "a broadcast reaches the sessions of your git repository, and "
        f"your directory {show(cwd)} is in none",
        hint='use {"broadcast": "server"} for everybody, or a tag',
    )


def no_worktree(path: str, cwd: str) -> Refused:
    """What to say of a path that lies in no worktree."""
    return Refused(
        "NoRepository",
        f"{show(path)} is in no git worktree",
        hint="name a directory inside one, see `git worktree list`; "
        f"relative paths are taken from {show(cwd)}",
    )


def nobody(target: Target, resolution: Resolution) -> Refused:
    """Why a target means nobody, and what to do."""
    what, hint = why(target, resolution)
    return Refused(
        "NoRecipients",
        what,
        hint=f"{hint}; nothing was sent",
        data={"target": target_json(target)},
    )


def why(target: Target, resolution: Resolution) -> tuple[str, str]:
    """What is the case, and what to do."""
    match target:
        case OrchestratorTarget():
            hint = "whoever leads tags itself so; else name a session or a tag"
            return only(resolution, ORCHESTRATOR), hint
        case TagTarget(tag=tag):
            used = resolution.tags_of_others()
            near = near_matches(tag, used) or used[:NAMES_SHOWN]
            hint = f"tags of others: {listing(near)}" if near else "no other has a tag"
            return only(resolution, tag), hint
        case WorktreeTarget(path=path):
            what = f"no other session works in the git worktree of {show(path)}"
            return what, "list the sessions to see who works where"
        case StateTarget(state=state):
            what = f"no other session last reported {state!r}"
            return what, "list the sessions to see what each reported"
        case BroadcastTarget(scope="repository"):
            what = (
                "no other session works in your repository "
                f"{resolution.scope.repository}"
            )
            return what, 'to reach other repositories use {"broadcast": "server"}'
        case AllOfTarget(parts=parts):
            empty = [part for part in parts if not resolution.meant(part)]
            if empty and resolution.others:
                what, hint = why(empty[0], resolution)
                return f"{what}, and all parts of the target must fit", hint
        case AnyOfTarget(parts=parts):
            if resolution.others:
                reasons = dict.fromkeys(why(part, resolution)[0] for part in parts)
                shown = "; ".join(islice(reasons, NAMES_SHOWN))
                return f"no part of the target fits: {shown}", "correct one of them"
        case _:
            pass
    if not resolution.others:
        what = "there is no other session"
        return what, "create one, or wait until one is there"
    return left_over(target)


def left_over(target: Target) -> tuple[str, str]:
    """The same where others are there, and it is the combination that leaves none."""
    match target:
        case NotTarget(part=part):
            what = f"every other session is meant by {show(target_json(part))}"
            return f"{what}, and that is excluded", "exclude fewer"
        case AllOfTarget():
            what = "each part of the target means somebody, but no session fits all"
            return what, 'leave a part out, or use "any"'
        case _:
            return "you alone are meant, and nobody gets its own message", "name others"


def only(resolution: Resolution, tag: str) -> str:
    if resolution.sender in resolution.directory.tagged(tag):
        return f"you alone are tagged {tag!r}, and nobody gets its own message"
    return f"no session is tagged {tag!r}"


def listing(names: Iterable[str]) -> str:
    return ", ".join(names)
