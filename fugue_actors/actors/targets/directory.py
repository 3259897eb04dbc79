"""Who is there: sessions by what targets ask for, kept up to date event by event. Pure.

A target is worked out for every message, so nothing here may walk over all sessions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.protocol.events import (
    Event,
    SessionClosed,
    SessionOpened,
    SessionRenamed,
    StatusReported,
    TagsChanged,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set as AbstractSet

    from fugue_actors.journal import State
    from fugue_actors.protocol.values import Session

Index = dict[str, set[str]]
NOBODY: frozenset[str] = frozenset()


class Directory:
    """The sessions of a state, and the ids of those that have something in common.

    It is told what happened after the state was changed; between the two it is behind.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.known: dict[str, Session] = {}
        self.places: dict[str, int] = {}
        self.tags: Index = {}
        self.repositories: Index = {}
        self.worktrees: Index = {}
        self.statuses: Index = {}
        self.count = 0
        for session_id in state.sessions:
            self.refresh(session_id)

    def notice(self, event: Event) -> None:
        """Something happened."""
        match event:
            case SessionOpened(session=session):
                self.refresh(session.session_id)
            case TagsChanged() | StatusReported() | SessionClosed() | SessionRenamed():
                self.refresh(event.session_id)

    def refresh(self, session_id: str) -> None:
        """Look at a session's record again."""
        before = self.known.pop(session_id, None)
        session = self.state.sessions.get(session_id)
        if before is not None:
            for index, key in self.entries(before):
                members = index[key]
                members.discard(session_id)
                if not members:
                    del index[key]
        if session is None:
            self.places.pop(session_id, None)
            return
        if session_id not in self.places:
            self.count += 1
            self.places[session_id] = self.count
        self.known[session_id] = session
        for index, key in self.entries(session):
            index.setdefault(key, set()).add(session_id)

    def entries(self, session: Session) -> Iterable[tuple[Index, str]]:
        """Where a session is listed."""
        for tag in session.tags:
            yield self.tags, tag
        if session.repository is not None:
            yield self.repositories, session.repository
        if session.worktree is not None:
            yield self.worktrees, session.worktree
        if session.status is not None:
            yield self.statuses, session.status.status

    # ---- reading

    @property
    def everybody(self) -> AbstractSet[str]:
        """The ids of all sessions."""
        return self.known.keys()

    @property
    def parents(self) -> Mapping[str, str | None]:
        """What is above sessions that have ended."""
        return self.state.parents

    def tagged(self, tag: str) -> AbstractSet[str]:
        """Those that have a tag."""
        return self.tags.get(tag, NOBODY)

    def of_repository(self, top: str) -> AbstractSet[str]:
        """Those that work in a repository, in whichever of its worktrees."""
        return self.repositories.get(top, NOBODY)

    def of_worktree(self, top: str) -> AbstractSet[str]:
        """Those that work in this very worktree."""
        return self.worktrees.get(top, NOBODY)

    def of_status(self, status: str) -> AbstractSet[str]:
        """Those whose agent last reported this."""
        return self.statuses.get(status, NOBODY)

    def named(self, session: str) -> str | None:
        """The id of the session with this uuid or name."""
        if session.lower() in self.known:
            return session.lower()
        found = self.state.names.get(session)
        return found if found in self.known else None

    def in_order(self, session_ids: Iterable[str]) -> tuple[str, ...]:
        """These sessions, those first that were there first."""
        return tuple(sorted(session_ids, key=self.places.__getitem__))
