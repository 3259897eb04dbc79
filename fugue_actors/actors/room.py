"""How much room inboxes have, beside what is on its way into them. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.actors.limits import Limits
    from fugue_actors.journal import Ledger

MEGABYTE: Final = 1_000_000


class Coming:
    """What is on its way into inboxes, by session: how many messages, and bytes."""

    def __init__(self) -> None:
        self.messages: Counter[str] = Counter()
        self.size: Counter[str] = Counter()

    def add(self, session_ids: Iterable[str], size: int) -> None:
        """A message of so many bytes is on its way to these."""
        for session_id in session_ids:
            self.messages[session_id] += 1
            self.size[session_id] += size

    def remove(self, session_ids: Iterable[str], size: int) -> None:
        """It is not any more."""
        for session_id in session_ids:
            self.messages[session_id] -= 1
            self.size[session_id] -= size
            if not self.messages[session_id]:
                del self.messages[session_id], self.size[session_id]

    def clear(self) -> None:
        """Nothing is."""
        self.messages.clear()
        self.size.clear()


def crowd(
    limits: Limits, ledger: Ledger, session_id: str, coming: Coming
) -> str | None:
    """What an inbox is full of, in a few words; None if it takes one more message."""
    if ledger.unread(session_id) + coming.messages[session_id] >= limits.inbox_messages:
        return f"{limits.inbox_messages} unread messages"
    most = limits.inbox_megabytes * MEGABYTE
    if ledger.unread_size(session_id) + coming.size[session_id] >= most:
        return f"{limits.inbox_megabytes} MB of unread messages"
    return None
