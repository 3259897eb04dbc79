"""Who came to belong to the target of a message that is kept for newcomers. Pure."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fugue_actors.actors.targets import Directory, newcomers, parse_target
from fugue_actors.errors import Refused
from fugue_actors.protocol.events import (
    Event,
    SessionClosed,
    SessionOpened,
    SessionRenamed,
    StatusReported,
    TagsChanged,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fugue_actors.actors.targets import Target
    from fugue_actors.journal import MessageRecord, State
    from fugue_actors.protocol.values import Envelope

logger = logging.getLogger(__name__)

MOVES = SessionOpened | SessionClosed | SessionRenamed | TagsChanged | StatusReported
"""Events after which targets may mean other sessions than before."""


class Newcomers:
    """What targets mean by now, for those who would not get the message otherwise."""

    def __init__(self, state: State) -> None:
        self.directory = Directory(state)
        self.targets: dict[str, Target | None] = {}

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
        if envelope.id not in self.targets:
            self.targets[envelope.id] = understood(envelope)
        target = self.targets[envelope.id]
        if target is None:
            return ()
        sender = envelope.sender.session_id
        found = newcomers(target, sender, scope, self.directory)
        new = found - record.recipients.keys() - record.aside.keys() - {sender}
        return self.directory.in_order(new)


def understood(envelope: Envelope) -> Target | None:
    """A message's target; None if it is one that only a later version knows."""
    try:
        return parse_target(envelope.target)
    except Refused:
        logger.warning(
            "message %s is kept for a target that this version does not know",
            envelope.id,
        )
        return None
