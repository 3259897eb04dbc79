"""What a client of the monitor protocol may see. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, get_args

import attrs

from fugue_actors.protocol.monitor import Kind
from fugue_actors.protocol.values import Session

LOG: Final = "log"
SCREENS: Final = "screens"
ALL_KINDS: Final = get_args(Kind)
"""What can be subscribed to."""

Known = Callable[[str], Session | None]
"""A session by its id, if it is there."""


@attrs.frozen(kw_only=True)
class Selection:
    """Some of the sessions: those that are named, and those with one of the tags.

    Attributes:
        sessions: Ids, or names.
        tags: Tags.
    """

    sessions: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def has(self, session: Session) -> bool:
        """Whether a session is one of them."""
        return (
            session.session_id in self.sessions
            or session.session_name in self.sessions
            or not self.tags.isdisjoint(session.tags)
        )

    def has_named(self, session_id: str, session_name: str, known: Known) -> bool:
        """The same of a session that may be there no more."""
        if session_id in self.sessions or session_name in self.sessions:
            return True
        session = known(session_id)
        return session is not None and not self.tags.isdisjoint(session.tags)


@attrs.frozen(kw_only=True)
class Sight:
    """What a client may see.

    Attributes:
        kinds: What it may subscribe to.
        scope: The sessions it may know of; None for all.
        messages_of: The session whose messages alone it may see; None for all.
    """

    kinds: frozenset[str] = frozenset(ALL_KINDS)
    scope: Selection | None = None
    messages_of: str | None = None

    @classmethod
    def of_agent(cls, session_id: str) -> Sight:
        """That of a program in a pane: no log, and of messages its own."""
        return cls(kinds=frozenset(ALL_KINDS) - {LOG}, messages_of=session_id)
