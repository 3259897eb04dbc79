"""What became of one message, told by the events about it. Pure.

The ledger forgets what is finished; the journal does not. The same fold over that one
message's events gives the same record, if it also hears which of the sessions concerned
came and went: a session that ended took what it had not read with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fugue_actors.journal.ledger import Ledger
from fugue_actors.protocol import events as happened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.journal.messages import MessageRecord


@attrs.define(eq=False)
class Present:
    """The sessions there are, as far as is known: all that have not ended."""

    ended: set[str] = attrs.Factory(set)

    def __contains__(self, session_id: object) -> bool:
        return session_id not in self.ended


def sessions_in(events: Iterable[happened.Event]) -> set[str]:
    """The sessions whose coming and going matters to what these events tell."""
    found: set[str] = set()
    for event in events:
        match event:
            case happened.MessageSent(recipients=recipients, refused=refused):
                found.update(one.session_id for one in (*recipients, *refused))
            case happened.MessageJoined(recipients=recipients):
                found.update(one.session_id for one in recipients)
    return found


def recall(
    message_id: str, events: Iterable[happened.Recorded]
) -> MessageRecord | None:
    """A message's record after these events.

    Args:
        message_id: Which message.
        events: In their order: those about the message, answers to it included (see
            `messages_of`), and `SessionOpened` and `SessionClosed` of the sessions that
            `sessions_in` names. Others do no harm.

    Returns:
        What the ledger would say if it had forgotten nothing; None if the message was
        never sent, or the event that says so is there no more.
    """
    ledger, present = Ledger(forgets=False), Present()
    for recorded in events:
        match recorded.event:
            case happened.SessionOpened(session=session):
                present.ended.discard(session.session_id)
            case happened.SessionClosed(session_id=session_id, reason=reason):
                present.ended.add(session_id)
                ledger.close_inbox(session_id, recorded.at, reason)
            case _:
                ledger.apply(recorded, present)
    return ledger.messages.get(message_id)
