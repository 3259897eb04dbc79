"""Which sessions a target means, at one moment. Pure.

1. `orchestrator`: the nearest orchestrator along the sender's spawn parents; if there is
   none, those of the sender's repository; if there is none, all.
2. `session`: the one with that uuid or name. 3. `tag`: all who have it.
4. `broadcast`: all of the sender's repository, or of the server.
5. `worktree`: all whose directory lies in that git worktree. 6. `state`: all whose agent
   last reported it.
7. `all`, `any` and `not` are intersection, union and complement among the others.
8. Nobody receives its own message, unless it addresses itself by `session` alone.
9. Nobody is an error: `NoRecipients`; a target that needs a repository where there is
   none is `NoRepository`.

Enter at `resolve`, or at `newcomers` for what a target means later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from fugue_actors.actors.targets.directory import NOBODY
from fugue_actors.actors.targets.kinds import (
    AllOfTarget,
    AnyOfTarget,
    BroadcastTarget,
    NotTarget,
    OrchestratorTarget,
    SessionTarget,
    StateTarget,
    TagTarget,
    Target,
    WorktreeTarget,
)
from fugue_actors.actors.targets.refusals import (
    ORCHESTRATOR,
    no_repository,
    no_session,
    no_worktree,
    nobody,
)
from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Set as AbstractSet

    from fugue_actors.actors.targets.directory import Directory
    from fugue_actors.protocol.values import Scope


def resolve(
    target: Target, sender: str, scope: Scope, directory: Directory
) -> tuple[str, ...]:
    """The ids of the sessions that a target means, those first that were there first.

    Args:
        target: Whom the message is for.
        sender: The id of the session that sends it.
        scope: Where that session stands, and what the paths in the target lead to.
        directory: Who is there.

    Raises:
        Refused: `NoRecipients`, `NoRepository`, `SessionNotFound`.
    """
    resolution = Resolution(sender, scope, directory)
    if isinstance(target, SessionTarget):  # the one way to write to oneself
        return (resolution.find(target.session),)
    found = resolution.meant(target)
    if not found:
        raise nobody(target, resolution)
    return directory.in_order(found)


def newcomers(
    target: Target, sender: str, scope: Scope, directory: Directory
) -> AbstractSet[str]:
    """The ids of the sessions that a target means by now.

    The same as `resolve`, for a message that was sent before: that it means nobody, or
    names sessions that have ended, is no error any more.
    """
    try:
        return Resolution(sender, scope, directory, is_late=True).meant(target)
    except Refused:  # its place never had what the target needs
        return NOBODY


class Resolution:
    """One target being worked out."""

    def __init__(
        self, sender: str, scope: Scope, directory: Directory, *, is_late: bool = False
    ) -> None:
        self.sender = sender
        self.scope = scope
        self.directory = directory
        self.is_late = is_late

    @property
    def others(self) -> AbstractSet[str]:
        """All sessions but the sender."""
        return self.directory.everybody - {self.sender}

    def meant(self, target: Target) -> AbstractSet[str]:
        """The others that a target means.

        Raises:
            Refused: `NoRepository`, `SessionNotFound`.
        """
        match target:
            case AllOfTarget(parts=parts):
                return frozenset.intersection(
                    *(frozenset(self.meant(part)) for part in parts)
                )
            case AnyOfTarget(parts=parts):
                return NOBODY.union(*(self.meant(part) for part in parts))
            case NotTarget(part=part):
                return self.others - self.meant(part)
            case OrchestratorTarget():
                return self.orchestrators()
            case SessionTarget(session=session):
                if self.is_late and self.directory.named(session) is None:
                    return NOBODY
                found: AbstractSet[str] = {self.find(session)}
            case TagTarget(tag=tag):
                found = self.directory.tagged(tag)
            case StateTarget(state=state):
                found = self.directory.of_status(state)
            case WorktreeTarget(path=path):
                top = self.scope.worktrees.get(path)
                if top is None:
                    raise no_worktree(path, self.scope.cwd)
                found = self.directory.of_worktree(top)
            case BroadcastTarget(scope="server"):
                found = self.directory.everybody
            case BroadcastTarget():
                if self.scope.repository is None:
                    raise no_repository(self.scope.cwd)
                found = self.directory.of_repository(self.scope.repository)
            case _:
                assert_never(target)
        return found - {self.sender}

    def find(self, session: str) -> str:
        """The id of the session with this uuid or name.

        Raises:
            Refused: `SessionNotFound`, with names that look like it.
        """
        found = self.directory.named(session)
        if found is None:
            names = [one.session_name for one in self.directory.known.values()]
            raise no_session(session, names)
        return found

    def orchestrators(self) -> AbstractSet[str]:
        """Who leads the sender."""
        tagged = self.directory.tagged(ORCHESTRATOR) - {self.sender}
        for ancestor in self.ancestors():
            if ancestor in tagged:
                return {ancestor}
        if self.scope.repository is None:
            return tagged
        return tagged & self.directory.of_repository(self.scope.repository) or tagged

    def ancestors(self) -> Iterator[str]:
        """Ids of the sender's spawn parents, nearest first, ended ones included."""
        seen = {self.sender}
        session_id = self.scope.parent
        while session_id is not None and session_id not in seen:
            yield session_id
            seen.add(session_id)
            session = self.directory.known.get(session_id)
            if session is not None:
                session_id = session.parent
            else:
                session_id = self.directory.parents.get(session_id)

    def tags_of_others(self) -> list[str]:
        """All tags that other sessions have, sorted."""
        tags = self.directory.tags
        return sorted(tag for tag, who in tags.items() if who - {self.sender})
