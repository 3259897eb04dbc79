"""The one place that decides whether a caller may do something.

1. Every request of every connection passes `authorize` before it is carried out: what
   the connection may do at all is its `Access`, fixed for its life. Other users of the
   machine never get this far (`identity.py` turns them away).
2. A token can be limited to some sessions. With such a one nothing can be done but what
   says of itself that it heeds that (`Operation.is_limitable`), and whatever that names
   passes `check_session` or `check_target`; what it lists passes `sees_session` and
   `sees_message`. What has a tag is asked anew each time.
3. An agent sees of messages its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fugue_actors.actors.targets import (
    AllOfTarget,
    AnyOfTarget,
    SessionTarget,
    TagTarget,
    no_session,
)
from fugue_actors.errors import Refused
from fugue_actors.gateways.sight import Selection, Sight

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fugue_actors.actors.targets import Target
    from fugue_actors.gateways.access import Access
    from fugue_actors.gateways.caller import Caller
    from fugue_actors.gateways.operations.operation import Operation
    from fugue_actors.journal import MessageRecord
    from fugue_actors.protocol.values import Session


def authorize(
    caller: Caller, operation: Operation, arguments: Mapping[str, Any]
) -> None:
    """Let a request through, or refuse it.

    Args:
        caller: Whose connection it came over.
        operation: What is asked for.
        arguments: Its arguments, checked already.

    Raises:
        Refused: `NotAllowed`, with what would be needed.
    """
    if not caller.access.has(operation.right):
        raise missing_right(caller.access, operation)
    if operation.is_for_people and not caller.access.is_person:
        raise Refused(
            "NotAllowed",
            f"{operation.name} is for people, not for what runs in a pane",
            hint="let a person do it, or an operator over the network",
        )
    if caller.access.reach is not None and not operation.is_limitable:
        raise Refused(
            "NotAllowed",
            f"{operation.name} is not for a token that is limited to some sessions",
            hint="use a token without limits",
        )


def missing_right(access: Access, operation: Operation) -> Refused:
    """Why a role does not do for an operation."""
    if operation.right == "administer":
        return Refused(
            "NotAllowed",
            f"{operation.name} is for people at a terminal of their own: not for what "
            "runs in a pane, and not over the network",
            hint="let a person do it, outside of fugue's panes",
        )
    return Refused(
        "NotAllowed",
        f"{operation.name} changes something, and an {access.role} only looks",
        hint="use a token with the role operator",
    )


# ---- what a caller sees


def sight(caller: Caller) -> Sight:
    """What a caller may see of all that can be subscribed to."""
    access = caller.access
    if not access.is_person:
        return Sight.of_agent(caller.attestation.session_id or "")
    reach = access.reach
    if reach is None:
        return Sight()
    return Sight(
        scope=Selection(sessions=frozenset(reach.sessions), tags=frozenset(reach.tags))
    )


def sees_session(caller: Caller, session_id: str) -> bool:
    """Whether a caller may know of a session and of what belongs to it."""
    reach = caller.access.reach
    if reach is None or session_id == caller.session_id or session_id in reach.sessions:
        return True
    session = caller.journal.state.sessions.get(session_id)
    return session is not None and not set(session.tags).isdisjoint(reach.tags)


def sees_message(caller: Caller, record: MessageRecord) -> bool:
    """Whether a caller may read a message."""
    parties = (record.envelope.sender.session_id, *record.recipients, *record.aside)
    if not caller.access.is_person:
        return caller.session_id in parties
    return any(sees_session(caller, party) for party in parties)


def names_seen(caller: Caller) -> list[str]:
    """The names of the sessions that a caller may know of."""
    return [
        name
        for name, session_id in caller.journal.state.names.items()
        if sees_session(caller, session_id)
    ]


# ---- what a caller names


def check_session(caller: Caller, session: Session) -> None:
    """Let a caller do something to a session, or refuse it.

    Raises:
        Refused: `NotAllowed`; the caller's token is not for this session.
    """
    if not sees_session(caller, session.session_id):
        raise beyond(f"session {session.session_name!r}")


def check_target(caller: Caller, target: Target) -> None:
    """Let a caller send to a target, or refuse it.

    What a target means may change until the message is delivered, and after that if it
    is kept for newcomers. So it is taken by what it says: whoever it may ever mean has
    to be within the limits.

    Raises:
        Refused: `NotAllowed`; `SessionNotFound`.
    """
    if caller.access.reach is not None and not is_within(caller, target):
        raise beyond("this target")


def is_within(caller: Caller, target: Target) -> bool:
    """Whether a target can mean nobody beyond the limits of a caller's token."""
    reach = caller.access.reach
    match target:
        case SessionTarget(session=named):
            session = caller.journal.state.session_named(named)
            if session is None:
                raise no_session(named, names_seen(caller))
            return sees_session(caller, session.session_id)
        case TagTarget(tag=tag):
            return reach is None or tag in reach.tags
        case AnyOfTarget(parts=parts):
            return all(is_within(caller, part) for part in parts)
        case AllOfTarget(parts=parts):
            return any(is_within(caller, part) for part in parts)
        case _:
            return reach is None


def check_tags(caller: Caller, tags: Iterable[str]) -> None:
    """Let a caller give or take tags, or refuse it.

    By a tag a session can come to get what others say. So whoever is limited deals only
    in the tags that the limits name.

    Raises:
        Refused: `NotAllowed`.
    """
    reach = caller.access.reach
    for tag in tags:
        if reach is not None and tag not in reach.tags:
            raise beyond(f"the tag {tag!r}")


def check_new_session(caller: Caller, tags: Iterable[str]) -> None:
    """Let a caller create a session with these tags, or refuse it.

    Raises:
        Refused: `NotAllowed`; it would be beyond the limits of the caller's token.
    """
    reach = caller.access.reach
    if reach is None:
        return
    check_tags(caller, tags)
    if not tuple(tags):
        raise beyond("a session without a tag that your token is for")


def beyond(what: str) -> Refused:
    """What is said to somebody who reaches beyond a token's limits."""
    return Refused(
        "NotAllowed",
        f"{what} is beyond what your token is limited to",
        hint="`hello` and `fugue token ls` say what that is",
    )
