"""The ledger: every message, and what became of it for each recipient. Pure.

1. A recipient's row goes `queued` → `offered` → `consumed` → `answered`, back from
   `offered` to `queued` when a connection ends without proof, and ends `expired`,
   `refused` or `dead` otherwise. Each step keeps its time and what shows it.
2. An inbox holds the open rows of a session: high priority first, and in the order in
   which the messages were sent within one priority.
3. A message for one of several is in all their inboxes until a connection claims it.
   Then it is in the claimer's alone; the others wait aside, and have it back in its old
   place if the claimer does not keep it.
4. What went wrong waits in `to_report` until it is settled with the sender. That of
   the daemon's own messages is nobody's concern: no notice is about a notice. A message
   for one has gone wrong when nobody can get it any more, and then each row says why.
5. A message is followed until no row is open, it is kept for no newcomers, and nothing
   of it waits to be reported. Of those that are finished the newest stay for people to
   look at; the journal has the rest.
6. What comes too late, or twice, changes nothing.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.journal.messages import (
    FAILED,
    OPEN,
    Inbox,
    Keyed,
    MessageRecord,
    as_received,
    queued_row,
)
from fugue_actors.protocol import events as happened
from fugue_actors.protocol.values import DAEMON, Envelope, Recipient, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from fugue_actors.protocol.values import Addressee, RecipientState

KEEP_FINISHED: Final = 5_000
KEEP_FINISHED_ROWS: Final = 20_000
KEEP_FINISHED_CHARACTERS: Final = 50_000_000
"""Of payloads: they may have 256 KiB each."""
KEEP_KEYS: Final = 50_000


@attrs.define
class Ledger:
    """See the module's docstring. Read freely; change through events only.

    Attributes:
        messages: All that is not forgotten, oldest first.
        inboxes: By session.
        keys: By sender and idempotency key, the newest ones.
        retained: Those kept for newcomers.
        claimed: Those for one that others wait aside for.
        to_report: By message: the sessions that will not receive it, whose sender has
            not been told.
        questions: Those that somebody waits for answers to, while they are open.
        regained: Sessions beside its own that the last event put messages back for.
        changed: Messages that the last event changed, or that were forgotten with it.
        moved: Sessions whose inbox it changed.
        finished: Ids of finished messages, in the order in which they ended.
        finished_rows: Their rows.
        finished_characters: The length of their payloads, as JSON.
        forgets: Whether the oldest of those are forgotten.
    """

    messages: dict[str, MessageRecord] = attrs.Factory(dict)
    inboxes: dict[str, Inbox] = attrs.field(factory=dict, eq=False)
    keys: dict[tuple[str, str], Keyed] = attrs.Factory(dict)
    retained: dict[str, MessageRecord] = attrs.Factory(dict)
    claimed: dict[str, MessageRecord] = attrs.field(factory=dict, eq=False)
    to_report: dict[str, list[str]] = attrs.Factory(dict)
    questions: dict[str, MessageRecord] = attrs.field(factory=dict, eq=False)
    regained: list[str] = attrs.field(factory=list, eq=False)
    changed: dict[str, None] = attrs.field(factory=dict, eq=False)
    moved: dict[str, None] = attrs.field(factory=dict, eq=False)
    finished: deque[str] = attrs.Factory(deque)
    finished_rows: int = 0
    finished_characters: int = attrs.field(default=0, eq=False)
    forgets: bool = True

    # ---- reading

    def unread(self, session_id: str) -> int:
        """How many messages a session has not consumed."""
        return len(self.inboxes.get(session_id, ()))

    def unread_size(self, session_id: str) -> int:
        """Of how many bytes they are."""
        inbox = self.inboxes.get(session_id)
        return 0 if inbox is None else inbox.size

    def inbox(self, session_id: str) -> Iterator[Envelope]:
        """A session's unread messages, held by a connection or not, in order."""
        for record in self.inboxes.get(session_id, ()):
            yield as_received(record, session_id)

    def queued(
        self, session_id: str, wanted: Callable[[Envelope], bool] | None = None
    ) -> Iterator[Envelope]:
        """A session's messages that no connection holds, in order.

        Args:
            session_id: Whose.
            wanted: Only those of which this is true.
        """
        for record in self.inboxes.get(session_id, ()):
            if record.recipients[session_id].state == "queued" and (
                wanted is None or wanted(record.envelope)
            ):
                yield as_received(record, session_id)

    def held_by(
        self, holder: str, session_id: str, message_ids: Iterable[str]
    ) -> Iterator[Envelope]:
        """Those of these messages of a session that this connection holds, in order."""
        for message_id in message_ids:
            record = self.messages.get(message_id)
            row = None if record is None else record.recipients.get(session_id)
            if record is None or row is None:
                continue
            if row.state == "offered" and row.evidence == holder:
                yield as_received(record, session_id)

    def held(self, session_id: str) -> Iterator[tuple[str, str]]:
        """A session's messages that a connection holds: id, and path of the holder."""
        for record in self.inboxes.get(session_id, ()):
            row = record.recipients[session_id]
            if row.state == "offered":
                yield record.envelope.id, row.evidence or ""

    def state_of(self, message_id: str, session_id: str) -> RecipientState | None:
        """What became of a message for a session; None if it has none such now."""
        record = self.messages.get(message_id)
        row = None if record is None else record.recipients.get(session_id)
        return None if row is None else row.state

    # ---- what happened to messages

    def forget_changes(self) -> None:
        """The next event begins."""
        self.regained.clear()
        self.changed.clear()
        self.moved.clear()

    def apply(self, recorded: happened.Recorded, present: Container[str]) -> None:
        """Fold an event in, if it is about messages.

        Args:
            recorded: What happened.
            present: The sessions there are.
        """
        event, at = recorded.event, recorded.at
        match event:
            case happened.MessageSent():
                self.accept(event, recorded.seq, at, present)
            case happened.MessageJoined():
                self.join(event, at, present)
            case happened.RetentionEnded(message_id=message_id):
                self.end_retention(message_id)
            case happened.MessagesOffered(session_id=session_id, message_ids=ids):
                self.offer(session_id, ids, event.holder, at)
            case happened.MessagesConsumed(session_id=session_id, message_ids=ids):
                self.consume(session_id, ids, at, event.evidence)
            case happened.MessagesReturned(session_id=session_id, message_ids=ids):
                self.take_back(session_id, ids, at, seen=event.seen)
            case happened.DeliveryEnded():
                self.end_delivery(event, at)
            case happened.FailuresReported(message_id=message_id):
                self.reported(message_id, event.recipients)

    def accept(
        self,
        event: happened.MessageSent,
        seq: int,
        at: str,
        present: Container[str] | None = None,
    ) -> None:
        """A message was sent.

        Args:
            event: To whom, and on which terms.
            seq: The event's number.
            at: Its time.
            present: The sessions there are, if known: one that ended before the message
                was recorded is none of its recipients, and a message whose recipients
                all ended and that nobody else can get was sent to nobody.
        """
        envelope, terms = event.envelope, event.terms
        if envelope.id in self.messages:
            return
        record = MessageRecord(envelope, seq, terms)
        record.retained = terms.retain_until is not None
        for one in event.recipients:
            if record.is_new_to(one.session_id, present):
                self.open_row(record, one, at)
        if not record.recipients and not record.retained:
            return
        for one in event.refused:
            if record.is_new_to(one.session_id, present):
                record.recipients[one.session_id] = Recipient(
                    session_id=one.session_id,
                    session_name=one.session_name,
                    state="refused",
                    at=at,
                    evidence=one.reason or "its inbox is full",
                )
                self.failed(record, one.session_id)
        self.messages[envelope.id] = record
        self.changed[envelope.id] = None
        if record.retained:
            self.retained[envelope.id] = record
        if terms.wants_answers and record.open:
            self.questions[envelope.id] = record
        if terms.idempotency_key is not None:
            key = envelope.sender.session_id, terms.idempotency_key
            self.keys[key] = Keyed(envelope.id, terms.fingerprint)
            if len(self.keys) > KEEP_KEYS:
                del self.keys[next(iter(self.keys))]
        self.note_answer(record, at)

    def join(
        self, event: happened.MessageJoined, at: str, present: Container[str]
    ) -> None:
        """Newcomers get a message that was kept for such."""
        record = self.retained.get(event.message_id)
        if record is None:
            return
        for one in event.recipients:
            if record.is_new_to(one.session_id, present):
                self.open_row(record, one, at)
                if any(row.state == "offered" for row in record.recipients.values()):
                    self.set_aside(record)

    def end_retention(self, message_id: str) -> None:
        """A message is kept for newcomers no longer."""
        record = self.retained.pop(message_id, None)
        if record is not None:
            record.retained = False
            if not record.recipients or record.envelope.deliver == "one":
                self.failed(record)
            self.finish(record)

    def offer(
        self, session_id: str, message_ids: Iterable[str], holder: str, at: str
    ) -> None:
        """A connection got messages, unless something else came first."""
        for message_id in message_ids:
            record = self.messages.get(message_id)
            if record is not None and self.state_of(message_id, session_id) == "queued":
                self.step(record, session_id, "offered", at, holder)
                self.set_aside(record)

    def take_back(
        self, session_id: str, message_ids: Iterable[str], at: str, *, seen: bool
    ) -> None:
        """A connection that had messages left without proof."""
        for message_id in message_ids:
            record = self.messages.get(message_id)
            if (
                record is not None
                and self.state_of(message_id, session_id) == "offered"
            ):
                self.step(record, session_id, "queued", at, redelivered=seen)
                self.bring_back(record, seen=seen)

    def consume(
        self, session_id: str, message_ids: Iterable[str], at: str, evidence: str
    ) -> None:
        """A session has messages for certain."""
        for message_id in message_ids:
            record = self.messages.get(message_id)
            if record is not None and self.state_of(message_id, session_id) in OPEN:
                self.close(record, session_id, "consumed", at, evidence)
                self.decide(record)
                self.finish(record)

    def end_delivery(self, event: happened.DeliveryEnded, at: str) -> None:
        """Sessions will not get a message; one that holds it can only refuse it."""
        record = self.messages.get(event.message_id)
        if record is None:
            return
        if event.withdrawn:
            self.to_tell_nothing(record)
        for session_id in event.session_ids:
            state = self.state_of(event.message_id, session_id)
            if state == "queued" or (state == "offered" and event.state == "refused"):
                self.close(record, session_id, event.state, at, event.reason)
                self.bring_back(record)
                self.finish(record)

    def reported(self, message_id: str, recipients: Iterable[str]) -> None:
        """A sender knows of these, or nobody is there to be told."""
        untold = self.to_report.get(message_id)
        if untold is None:
            return
        told = frozenset(recipients)
        later = [session_id for session_id in untold if session_id not in told]
        if later:
            self.to_report[message_id] = later
        else:
            del self.to_report[message_id]
            self.finish(self.messages[message_id])

    # ---- what happens to sessions

    def open_inbox(self, session_id: str) -> None:
        """A session can be written to."""
        self.inboxes.setdefault(session_id, Inbox())

    def close_inbox(self, session_id: str, at: str, reason: str) -> None:
        """A session has ended: what it had not read is dead, or somebody else's."""
        self.moved[session_id] = None
        for record in tuple(self.inboxes.pop(session_id, ())):
            self.changed[record.envelope.id] = None
            if record.envelope.deliver == "one" and record.open > 1:
                held = record.recipients.pop(session_id).state == "offered"
                record.open -= 1
                if held:
                    self.bring_back(record, seen=True)
            else:
                self.close(record, session_id, "dead", at, reason)
                self.finish(record)
        for record in tuple(self.claimed.values()):
            if record.aside.pop(session_id, None) is not None:
                record.open -= 1
                if not record.aside:
                    del self.claimed[record.envelope.id]

    # ---- rows

    def note(self, record: MessageRecord, session_id: str) -> None:
        """Remember that a row changes, and perhaps the inbox it stands in."""
        self.changed[record.envelope.id] = None
        self.moved[session_id] = None

    def open_row(self, record: MessageRecord, one: Addressee, at: str) -> None:
        """Queue a message for a session."""
        record.recipients[one.session_id] = queued_row(one, at)
        self.note(record, one.session_id)
        record.open += 1
        self.inboxes.setdefault(one.session_id, Inbox()).add(record)

    def step(
        self,
        record: MessageRecord,
        session_id: str,
        state: RecipientState,
        at: str,
        evidence: str | None = None,
        *,
        redelivered: bool = False,
    ) -> None:
        """Move a row on."""
        row = record.recipients[session_id]
        self.note(record, session_id)
        record.recipients[session_id] = attrs.evolve(
            row,
            state=state,
            at=at,
            evidence=evidence,
            redelivered=row.redelivered or redelivered,
            steps=(*row.steps, Step(state=row.state, at=row.at, evidence=row.evidence)),
        )

    def close(
        self,
        record: MessageRecord,
        session_id: str,
        state: RecipientState,
        at: str,
        evidence: str,
    ) -> None:
        """Bring a row to its end."""
        self.step(record, session_id, state, at, evidence)
        record.open -= 1
        if session_id in self.inboxes:
            self.inboxes[session_id].remove(record)
        if state in FAILED:
            self.failed(record, session_id)

    def failed(self, record: MessageRecord, *session_ids: str) -> None:
        """Remember what the sender is to be told, if this was the last chance.

        Args:
            record: Of which message.
            session_ids: Who will not receive it; of one for one it is everybody.
        """
        if record.envelope.deliver == "one":
            if record.open or record.retained:
                return
            session_ids = tuple(record.recipients)
        if is_to_be_told(record):
            self.to_report.setdefault(record.envelope.id, []).extend(session_ids)

    def to_tell_nothing(self, record: MessageRecord) -> None:
        """The sender of a message does not want to know what becomes of it."""
        record.terms = attrs.evolve(record.terms, tell_failure=False)
        if self.to_report.pop(record.envelope.id, None) is not None:
            self.finish(record)

    def set_aside(self, record: MessageRecord) -> None:
        """A message for one is claimed: the others cannot get it now."""
        if record.envelope.deliver == "one":
            for session_id in tuple(record.recipients):
                if record.recipients[session_id].state == "queued":
                    record.aside[session_id] = record.recipients.pop(session_id)
                    self.note(record, session_id)
                    self.inboxes[session_id].remove(record)
            if record.aside:
                self.claimed[record.envelope.id] = record

    def bring_back(self, record: MessageRecord, *, seen: bool = False) -> None:
        """Those that waited aside can get a message again.

        Args:
            record: The message.
            seen: Whoever held it may have begun with it, and did not say how it ended.
        """
        self.claimed.pop(record.envelope.id, None)
        for session_id in tuple(record.aside):
            row = record.aside.pop(session_id)
            if seen:
                row = attrs.evolve(row, redelivered=True)
            record.recipients[session_id] = row
            self.note(record, session_id)
            self.inboxes[session_id].add(record)
            self.regained.append(session_id)

    def decide(self, record: MessageRecord) -> None:
        """A message for one has found it: nobody else will get it."""
        if record.envelope.deliver == "one":
            record.open -= len(record.aside)
            record.aside.clear()
            self.claimed.pop(record.envelope.id, None)
            for session_id in tuple(record.recipients):
                if record.recipients[session_id].state == "queued":
                    del record.recipients[session_id]
                    self.note(record, session_id)
                    record.open -= 1
                    self.inboxes[session_id].remove(record)
            record.retained = False
            self.retained.pop(record.envelope.id, None)

    def note_answer(self, reply: MessageRecord, at: str) -> None:
        """Who answers a message has it; what its sender does not get is no answer."""
        answer = reply.envelope
        record = self.messages.get(answer.in_reply_to or "")
        replier = answer.sender.session_id
        state = self.state_of(answer.in_reply_to or "", replier)
        if record is None or state is None:
            return
        to_sender = reply.recipients.get(record.envelope.sender.session_id)
        if to_sender is None or to_sender.state != "queued":
            return
        if state in OPEN:
            self.close(record, replier, "answered", at, answer.id)
            self.decide(record)
            self.finish(record)
        elif state == "consumed":
            self.step(record, replier, "answered", at, answer.id)

    def finish(self, record: MessageRecord) -> None:
        """Keep a message that has just been finished, and forget the oldest such."""
        if not record.open:
            self.questions.pop(record.envelope.id, None)
        if record.open or record.retained or record.envelope.id in self.to_report:
            return
        self.finished.append(record.envelope.id)
        self.finished_rows += len(record.recipients)
        self.finished_characters += record.size
        while self.forgets and (
            len(self.finished) > KEEP_FINISHED
            or self.finished_rows > KEEP_FINISHED_ROWS
            or self.finished_characters > KEEP_FINISHED_CHARACTERS
        ):
            forgotten = self.messages.pop(self.finished.popleft())
            self.changed[forgotten.envelope.id] = None
            self.finished_rows -= len(forgotten.recipients)
            self.finished_characters -= forgotten.size

    def take_up(self, record: MessageRecord) -> None:
        """Put back a message that was not finished when it was written down."""
        self.messages[record.envelope.id] = record
        for session_id, row in record.recipients.items():
            if row.state in OPEN and session_id in self.inboxes:
                self.inboxes[session_id].add(record)
        if record.aside:
            self.claimed[record.envelope.id] = record
        if record.retained:
            self.retained[record.envelope.id] = record
        if record.terms.wants_answers and record.open:
            self.questions[record.envelope.id] = record


def is_to_be_told(record: MessageRecord) -> bool:
    """Whether anybody wants to know that a message is not received."""
    is_ours = record.envelope.sender.session_id == DAEMON.session_id
    return record.terms.tell_failure and not is_ours
