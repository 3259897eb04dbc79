"""What ends by itself: messages that expire, or are kept for newcomers no longer. Pure.

Times are those of the wall clock, in seconds since 1970, because a deadline is a date:
it passes while no daemon runs, and while the machine sleeps.
"""

from __future__ import annotations

import datetime
import heapq
from typing import TYPE_CHECKING, Final

from fugue_actors.protocol.events import DeliveryEnded, RetentionEnded

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.journal import MessageRecord
    from fugue_actors.protocol.values import Envelope

TIDY_AT: Final = 1_024


def moment(at: str) -> float:
    """The time that RFC 3339 text names."""
    return datetime.datetime.fromisoformat(at).timestamp()


def is_timely(envelope: Envelope, now: float) -> bool:
    """Whether a message may still be handed out."""
    return envelope.expires_at is None or now < moment(envelope.expires_at)


def is_kept(record: MessageRecord, now: float) -> bool:
    """Whether newcomers still get a message."""
    if not record.retained or record.terms.retain_until is None:
        return False
    return now < moment(record.terms.retain_until) and is_timely(record.envelope, now)


def is_followed(record: MessageRecord | None) -> bool:
    """Whether time can still change anything about a message."""
    return record is not None and (record.open > 0 or record.retained)


def deadlines_of(record: MessageRecord) -> list[float]:
    """When something about a message ends."""
    times = (record.envelope.expires_at, record.terms.retain_until)
    return [moment(at) for at in times if at is not None]


def what_ends(
    record: MessageRecord, now: float
) -> list[DeliveryEnded | RetentionEnded]:
    """What time has put an end to, and has not been recorded yet.

    A row that a connection holds is left alone: its message may have been read in time.
    """
    message_id = record.envelope.id
    ended: list[DeliveryEnded | RetentionEnded] = []
    if not is_timely(record.envelope, now):
        rows = record.recipients.items()
        queued = tuple(sid for sid, row in rows if row.state == "queued")
        if queued:
            reason = f"nobody took it before {record.envelope.expires_at}"
            ended.append(
                DeliveryEnded(
                    message_id=message_id,
                    session_ids=queued,
                    state="expired",
                    reason=reason,
                )
            )
    if record.retained and not is_kept(record, now):
        sender = record.envelope.sender.session_id
        ended.append(RetentionEnded(session_id=sender, message_id=message_id))
    return ended


class Deadlines:
    """Messages by when something about them ends, the earliest first.

    Args:
        counts: Whether a message, by its id, still has to be looked at then. Those for
            which that is not so any more are dropped before they outnumber the others.
    """

    def __init__(self, counts: Callable[[str], bool]) -> None:
        self.counts = counts
        self.heap: list[tuple[float, str]] = []
        self.tidy_at = TIDY_AT

    def add(self, message_id: str, at: float) -> None:
        """Note a deadline."""
        if len(self.heap) >= self.tidy_at:
            self.heap = [entry for entry in self.heap if self.counts(entry[1])]
            heapq.heapify(self.heap)
            self.tidy_at = max(TIDY_AT, 2 * len(self.heap))
        heapq.heappush(self.heap, (at, message_id))

    @property
    def earliest(self) -> float | None:
        """The next deadline."""
        return self.heap[0][0] if self.heap else None

    def passed(self, now: float) -> list[str]:
        """The messages of which a deadline has passed; they are noted no longer."""
        found = []
        while self.heap and self.heap[0][0] <= now:
            found.append(heapq.heappop(self.heap)[1])
        return found
