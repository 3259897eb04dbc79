"""Messages as the ledger keeps them: one record each, and inboxes of them. Pure."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.protocol.values import (
    Addressee,
    Envelope,
    Recipient,
    RecipientState,
    Terms,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

PRIORITIES: Final = ("high", "normal", "low")
OPEN: Final[frozenset[RecipientState]] = frozenset({"queued", "offered"})
FAILED: Final[frozenset[RecipientState]] = frozenset({"expired", "refused", "dead"})


@attrs.define
class MessageRecord:
    """A message and what became of it.

    Attributes:
        envelope: As its recipients receive it.
        seq: Number of the event by which it was sent.
        terms: What else its sender asked for.
        recipients: By session: who has it, or can still get it.
        aside: Rows of those that would get it if the one that claimed it did not.
        retained: Whether newcomers still get it.
        open: For how many it is not decided yet.
        size: How long its payload is, as JSON in ASCII.
    """

    envelope: Envelope
    seq: int
    terms: Terms = attrs.Factory(Terms)
    recipients: dict[str, Recipient] = attrs.Factory(dict)
    aside: dict[str, Recipient] = attrs.Factory(dict)
    retained: bool = False
    open: int = 0
    size: int = attrs.field(
        default=attrs.Factory(lambda self: size_of(self.envelope), takes_self=True)
    )

    def is_new_to(self, session_id: str, present: Container[str] | None) -> bool:
        """Whether a session is there (or may be, if that is unknown) and is to get it."""
        if session_id in self.recipients or session_id in self.aside:
            return False
        return present is None or session_id in present


@attrs.frozen
class Keyed:
    """The message that a sender sent under a key of its own, and what it was."""

    message_id: str
    fingerprint: str | None


class Inbox:
    """A session's open messages, in the order in which they are to be read.

    Attributes:
        size: That of all of them together.
    """

    def __init__(self) -> None:
        self.size = 0
        self.by_priority: dict[str, dict[str, MessageRecord]] = {
            priority: {} for priority in PRIORITIES
        }

    def __len__(self) -> int:
        high, normal, low = self.by_priority.values()
        return len(high) + len(normal) + len(low)

    def __iter__(self) -> Iterator[MessageRecord]:
        for part in self.by_priority.values():
            yield from part.values()

    def oldest(self) -> Iterator[MessageRecord]:
        """Of each priority the message that came first."""
        for part in self.by_priority.values():
            yield from itertools.islice(part.values(), 1)

    def add(self, record: MessageRecord) -> None:
        """Put a message in its place."""
        part = self.by_priority[record.envelope.priority]
        is_last = not part or next(reversed(part.values())).seq <= record.seq
        self.remove(record)
        self.size += record.size
        part[record.envelope.id] = record
        if not is_last:  # it was here before
            ordered = sorted(part.items(), key=lambda item: item[1].seq)
            part.clear()
            part.update(ordered)

    def remove(self, record: MessageRecord) -> None:
        """Take a message out, if it is in."""
        part = self.by_priority[record.envelope.priority]
        if part.pop(record.envelope.id, None) is not None:
            self.size -= record.size


def size_of(envelope: Envelope) -> int:
    """How long a message's payload is, as JSON in ASCII."""
    return len(json.dumps(envelope.payload))


def queued_row(one: Addressee, at: str) -> Recipient:
    """The first state of every row."""
    return Recipient(
        session_id=one.session_id, session_name=one.session_name, state="queued", at=at
    )


def as_received(record: MessageRecord, session_id: str) -> Envelope:
    """A message as this session gets it."""
    if record.recipients[session_id].redelivered:
        return attrs.evolve(record.envelope, redelivered=True)
    return record.envelope
