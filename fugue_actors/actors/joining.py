"""Who came to belong to the target of a message that is kept for newcomers. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.actors.targets import Directory, newcomers, parse_target
from fugue_actors.protocol.events import (
    Event,
    SessionClosed,
    SessionOpened,
    StatusReported,
    TagsChanged,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fugue_actors.actors.targets import Target
    from fugue_actors.journal import MessageRecord, State

MOVES = SessionOpened | SessionClosed | TagsChanged | StatusReported
"""Events after which targets may mean other sessions than before."""


class Newcomers:
    """What targets mean by now, for those who would not get the message otherwise."""

    def __init__(self, state: State) -> None:
        self.directory = Directory(state)
        self.targets: dict[str, Target] = {}

    def notice(self, event: Event) -> bool:
        """Take note of what happened; returns whether somebody may have come."""
        self.directory.notice(event)
        return isinstance(event, MOVES)

    def forget(self, retained: Mapping[str, MessageRecord]) -> None:
        """Keep only what concerns these messages."""
        for message_id in self.targets.keys() - retained.keys():
            del self.targets[message_id]

    def of(self, record: MessageRecord) -> tuple[str, ...]:
        """The sessions that a message is for by now, and that have not met it.

        Those that were there first come first. The sender is never among them.
        """
        envelope, scope = record.envelope, record.terms.scope
        if scope is None:
            return ()
        target = self.targets.get(envelope.id)
        if target is None:
            target = self.targets[envelope.id] = parse_target(envelope.target)
        sender = envelope.sender.session_id
        found = newcomers(target, sender, scope, self.directory)
        new = found - record.recipients.keys() - record.aside.keys() - {sender}
        return self.directory.in_order(new)
