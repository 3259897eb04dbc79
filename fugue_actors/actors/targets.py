"""Targets: whom a message is for, and which sessions that means. Pure.

1. `orchestrator`: the nearest orchestrator along the sender's spawn parents; if there is
   none, those of the sender's repository; if there is none, all.
2. `session`: the one with that uuid or name, the sender itself included.
3. `tag`: all who have it. 4. `broadcast`: all of the sender's repository, or of the
   server. 5. `worktree`: all whose directory lies in that git worktree.
6. Except by `session`, a sender never receives its own message.
7. Nobody is an error: `NoRecipients`; a target that needs a repository where there is
   none is `NoRepository`.

Enter at `parse_target` and `resolve`.
"""

from __future__ import annotations

import difflib
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal, assert_never

import attrs

from fugue_actors.actors.jsontext import decode, show
from fugue_actors.errors import Refused
from fugue_actors.protocol.ids import check_tag, is_uuid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ORCHESTRATOR: Final = "orchestrator"
FORMS: Final = (
    '{"orchestrator": true}, {"session": "<name or uuid>"}, {"tag": "<tag>"}, '
    '{"broadcast": true} (or "server"), {"worktree": "<path>"}'
)
KEYS: Final = ("orchestrator", "session", "tag", "broadcast", "worktree")
NAMES_COMPARED: Final = 200
NAMES_SHOWN: Final = 5


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


Target = (
    OrchestratorTarget | SessionTarget | TagTarget | BroadcastTarget | WorktreeTarget
)


@attrs.frozen(kw_only=True)
class Candidate:
    """What targets know of a session.

    Attributes:
        parent: Id of the session that created it.
        cwd: Its directory, a real path, like the next two.
        repository: Top of its main repository, or None outside of any.
        worktree: Top of its git worktree, or None outside of any.
    """

    session_id: str
    session_name: str
    tags: frozenset[str]
    parent: str | None
    cwd: str
    repository: str | None
    worktree: str | None


def parse_target(value: object) -> Target:
    """A target from what a client sent: an object, or the same as a JSON string.

    Raises:
        Refused: `InvalidTarget`; message and hint teach the five forms.
    """
    given = value
    if isinstance(given, str):
        try:
            given = decode(given)
        except ValueError as error:
            raise invalid(
                f"the target {show(value)} is neither an object nor its JSON"
            ) from error
    if not isinstance(given, dict):
        raise invalid(f"the target {show(value)} is not an object")
    if len(given) != 1:
        raise invalid(
            f"a target has exactly one key, and {show(given)} has {len(given)}",
            hint="send one message for each target. ",
        )
    [(key, body)] = given.items()
    match key:
        case "orchestrator":
            if body is not True:
                raise invalid(f'"orchestrator" takes true, not {show(body)}')
            return OrchestratorTarget()
        case "session":
            return SessionTarget(session=words(key, body))
        case "tag":
            try:
                return TagTarget(tag=check_tag(words(key, body)))
            except Refused as error:
                raise invalid(error.message, hint=f"{error.hint}. ") from error
        case "broadcast":
            if body is True:
                return BroadcastTarget(scope="repository")
            if body == "server":
                return BroadcastTarget(scope="server")
            raise invalid(
                '"broadcast" takes true (your repository) or "server" (everybody), '
                f"not {show(body)}; what you want to say goes into the message"
            )
        case "worktree":
            return WorktreeTarget(path=words(key, body))
    near = difflib.get_close_matches(str(key)[:64], KEYS, n=1)
    raise invalid(
        f"{show(key)} is not a kind of target",
        hint=f'did you mean "{near[0]}"? ' if near else "",
    )


def words(key: str, body: object) -> str:
    """The text that a target's key takes."""
    if not isinstance(body, str) or not body or "\0" in body:
        raise invalid(f'"{key}" takes a text that is not empty, not {show(body)}')
    try:
        body.encode()
    except UnicodeEncodeError as error:
        raise invalid(f"{show(body)} has half of a surrogate pair") from error
    return body


def invalid(message: str, *, hint: str = "") -> Refused:
    return Refused("InvalidTarget", message, hint=f"{hint}a target is one of {FORMS}")


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
        case _:
            assert_never(target)


def resolve(
    target: Target,
    sender: Candidate,
    everyone: Mapping[str, Candidate],
    *,
    worktree_root: str | None = None,
    parents: Mapping[str, str | None] | None = None,
) -> tuple[str, ...]:
    """The ids of the sessions that a target means, in the order of `everyone`.

    Args:
        target: Whom the message is for.
        sender: Who sends it.
        everyone: All sessions there are by id, the sender among them.
        worktree_root: For a worktree target, the real path of that worktree's top, or
            None if its path lies in no worktree.
        parents: Parents of sessions that have ended, so that the way up from child to
            orchestrator does not break where one in between is gone.

    Raises:
        Refused: `NoRecipients`, `NoRepository`, `SessionNotFound`.
    """
    others = [c for c in everyone.values() if c.session_id != sender.session_id]
    match target:
        case OrchestratorTarget():
            found = orchestrators(sender, others, everyone, parents or {})
        case SessionTarget(session=session):
            found = [find_session(session, everyone)]
        case TagTarget(tag=tag):
            found = [c for c in others if tag in c.tags]
        case BroadcastTarget(scope="server"):
            found = others
        case BroadcastTarget():
            if sender.repository is None:
                raise Refused(
                    "NoRepository",
                    f"a broadcast reaches the sessions of your git repository, and "
                    f"your directory {show(sender.cwd)} is in none",
                    hint='use {"broadcast": "server"} for everybody, or a tag',
                )
            found = [c for c in others if c.repository == sender.repository]
        case WorktreeTarget(path=path):
            if worktree_root is None:
                raise Refused(
                    "NoRepository",
                    f"{show(path)} is in no git worktree",
                    hint="name a directory inside one, see `git worktree list`; "
                    f"relative paths are taken from {show(sender.cwd)}",
                )
            found = [c for c in others if c.worktree == worktree_root]
        case _:
            assert_never(target)
    if not found:
        raise nobody(target, sender, others)
    return tuple(candidate.session_id for candidate in found)


def orchestrators(
    sender: Candidate,
    others: list[Candidate],
    everyone: Mapping[str, Candidate],
    parents: Mapping[str, str | None],
) -> list[Candidate]:
    for ancestor in ancestors(sender, everyone, parents):
        if ancestor in everyone and ORCHESTRATOR in everyone[ancestor].tags:
            return [everyone[ancestor]]
    tagged = [c for c in others if ORCHESTRATOR in c.tags]
    near = [c for c in tagged if c.repository == sender.repository is not None]
    return near or tagged


def ancestors(
    sender: Candidate,
    everyone: Mapping[str, Candidate],
    parents: Mapping[str, str | None],
) -> Iterator[str]:
    """Ids of a session's spawn parents, nearest first, ended ones included."""
    seen = {sender.session_id}
    session_id = sender.parent
    while session_id is not None and session_id not in seen:
        yield session_id
        seen.add(session_id)
        if session_id in everyone:
            session_id = everyone[session_id].parent
        else:
            session_id = parents.get(session_id)


def find_session(session: str, everyone: Mapping[str, Candidate]) -> Candidate:
    """The session with this uuid or name.

    Raises:
        Refused: `SessionNotFound`, with names that look like it.
    """
    if is_uuid(session):
        found = everyone.get(session.lower())
    else:
        found = next((c for c in everyone.values() if c.session_name == session), None)
    if found is not None:
        return found
    raise no_session(session, [c.session_name for c in everyone.values()])


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


def nobody(target: Target, sender: Candidate, others: Iterable[Candidate]) -> Refused:
    """Why a target means nobody, and what to do."""
    match target:
        case OrchestratorTarget():
            what = only(sender, ORCHESTRATOR)
            hint = "whoever leads tags itself so; else name a session or a tag"
        case TagTarget(tag=tag):
            what = only(sender, tag)
            used = sorted({tag for candidate in others for tag in candidate.tags})
            near = near_matches(tag, used) or used[:NAMES_SHOWN]
            hint = f"tags of others: {listing(near)}" if near else "no other has a tag"
        case WorktreeTarget(path=path):
            what = f"no other session works in the git worktree of {show(path)}"
            hint = "list the sessions to see who works where"
        case BroadcastTarget(scope="repository"):
            what = f"no other session works in your repository {sender.repository}"
            hint = 'to reach those of other repositories use {"broadcast": "server"}'
        case _:
            what = "there is no other session"
            hint = "create one, or wait until one is there"
    return Refused(
        "NoRecipients",
        what,
        hint=f"{hint}; nothing was sent",
        data={"target": target_json(target)},
    )


def only(sender: Candidate, tag: str) -> str:
    if tag in sender.tags:
        return f"you alone are tagged {tag!r}, and nobody gets its own message"
    return f"no session is tagged {tag!r}"


def listing(names: Iterable[str]) -> str:
    return ", ".join(names)
