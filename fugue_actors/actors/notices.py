"""What a sender is told of a message that was not received. Pure.

Failures of one message that happen close together are told together: a team of sessions
ends one by one, and that is one piece of news.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.protocol.events import FailuresReported, MessageSent
from fugue_actors.protocol.ids import new_message_id
from fugue_actors.protocol.times import utc_now
from fugue_actors.protocol.values import DAEMON, Addressee, Envelope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fugue_actors.journal import Ledger, MessageRecord
    from fugue_actors.protocol.values import Recipient

TYPE: Final = "delivery_failed"
QUIET_SECONDS: Final = 0.5
"""Without a further failure for so long, there may be no more."""
LONGEST_SECONDS: Final = 5.0
MOST_AT_ONCE: Final = 500
"""Recipients in one notice; those beyond make another."""


@attrs.define
class Gathering:
    """Failures of one message that are about to be told.

    Times are the loop's, in seconds.
    """

    since: float
    last: float
    count: int

    @property
    def due(self) -> float:
        """When they are told."""
        return min(self.last + QUIET_SECONDS, self.since + LONGEST_SECONDS)


class Gatherings:
    """Which messages' failures have been gathered for long enough."""

    def __init__(self) -> None:
        self.by_message: dict[str, Gathering] = {}

    def look(self, ledger: Ledger, now: float) -> list[str]:
        """Compare with what is to be told; the ids of the messages that are ripe."""
        known, self.by_message = self.by_message, {}
        ripe = []
        for message_id, untold in ledger.to_report.items():
            gathering = known.get(message_id) or Gathering(now, now, len(untold))
            if gathering.count != len(untold):
                gathering = Gathering(gathering.since, now, len(untold))
            self.by_message[message_id] = gathering
            record = ledger.messages[message_id]
            may_get_more = record.open > 0 or record.retained
            if not may_get_more or gathering.due <= now:
                ripe.append(message_id)
        return ripe

    @property
    def earliest(self) -> float | None:
        """When the next will be ripe."""
        return min((one.due for one in self.by_message.values()), default=None)


def settled(
    record: MessageRecord, untold: Sequence[str], sender: Addressee | None
) -> tuple[MessageSent | FailuresReported, ...]:
    """What settles failures of a message with its sender.

    Args:
        record: The message.
        untold: The sessions that will not receive it, and of which it has not been told.
        sender: Whom to tell; None if nobody can be told.
    """
    told = tuple(untold[:MOST_AT_ONCE])
    report = FailuresReported(
        session_id=record.envelope.sender.session_id,
        message_id=record.envelope.id,
        recipients=told if sender is not None else tuple(untold),
    )
    if sender is None:
        return (report,)
    notice = MessageSent(envelope=notice_of(record, told), recipients=(sender,))
    return (notice, report)


def notice_of(record: MessageRecord, told: Sequence[str]) -> Envelope:
    """The message that says so."""
    about = record.envelope
    return Envelope(
        id=new_message_id(),
        sender=DAEMON,
        target={"session": about.sender.session_id},
        type=TYPE,
        payload=payload(record, told),
        sent_at=utc_now(),
        in_reply_to=about.id,
        thread=about.thread or about.id,
    )


def payload(record: MessageRecord, told: Sequence[str]) -> dict[str, Any]:
    """What it says."""
    about = {"message_id": record.envelope.id, "type": record.envelope.type}
    rows = [described(row) for row in rows_of(record.recipients, told)]
    if rows:
        return {**about, "recipients": rows}
    until = record.terms.retain_until
    why = f"nobody came whom it was for, and it was kept until {until}"
    return {**about, "recipients": [], "reason": why}


def rows_of(rows: Mapping[str, Recipient], told: Sequence[str]) -> list[Recipient]:
    """The rows of those sessions."""
    return [rows[session_id] for session_id in told if session_id in rows]


def described(row: Recipient) -> dict[str, Any]:
    """One recipient that did not get it."""
    return {
        "session_id": row.session_id,
        "session_name": row.session_name,
        "state": row.state,
        "reason": row.evidence,
    }
