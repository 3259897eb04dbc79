"""The router: who a target means, and one durable entry for each of them.

It resolves targets against the sessions there are, checks limits, and has the message
recorded for all recipients in one step: a message is either sent to everybody named in
the answer, or to nobody. Deciding never waits for the disk, and what was decided first is
recorded first. Sessions learn of it from the journal. Ask it with `sending.send`.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Final

import attrs
import trio

from fugue_actors.actors.jsontext import show
from fugue_actors.actors.limits import (
    Gate,
    Limits,
    about,
    partners_of,
    pause_refusal,
)
from fugue_actors.actors.outbox import Departure, Outbox
from fugue_actors.actors.ratelimit import rounded_up
from fugue_actors.actors.room import crowd
from fugue_actors.actors.sending import SendMessage, SendResult
from fugue_actors.actors.targets import Directory, is_broad, resolve, target_json
from fugue_actors.errors import FugueError, Refused, Unavailable
from fugue_actors.journal.recalling import remembered
from fugue_actors.kernel import Actor, ChildSpec, MailboxSpec, Overflow
from fugue_actors.protocol.events import MessageSent, Recorded
from fugue_actors.protocol.ids import new_message_id
from fugue_actors.protocol.times import now_utc, utc_now, written
from fugue_actors.protocol.values import (
    DAEMON,
    Addressee,
    Envelope,
    Scope,
    Sender,
    Session,
    Terms,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fugue_actors.actors.conversations import Conversation
    from fugue_actors.journal import Journal
    from fugue_actors.journal.messages import Keyed, MessageRecord
    from fugue_actors.kernel import Reply

PATH: Final = "/router"
MAILBOX_BOUND: Final = 1024
PAUSED: Final = "conversation_paused"


def spec(journal: Journal, limits: Limits) -> ChildSpec:
    """The router, as a child of the root."""
    return ChildSpec(
        id="router",
        factory=lambda: RouterActor(journal, limits),
        mailbox=MailboxSpec(bound=MAILBOX_BOUND, overflow=Overflow.REJECT),
    )


@attrs.frozen(kw_only=True)
class DecideAgain:
    """A message got to nobody after all (to the actor itself)."""

    departure: Departure
    message: SendMessage


class RouterActor(Actor):
    """See the module's docstring."""

    directory: Directory

    def __init__(self, journal: Journal, limits: Limits) -> None:
        self.journal = journal
        self.limits = limits
        self.gate = Gate(limits)
        self.outbox = Outbox(journal, self.kept)
        self.unlisten: Callable[[], None] = lambda: None

    async def on_start(self) -> None:
        """Know who is there."""
        self.unlisten = self.journal.listen(self.notice)
        self.directory = Directory(self.journal.state)

    async def on_stop(self, exit: object) -> None:
        """Stop listening."""
        self.unlisten()

    def notice(self, recorded: Recorded) -> None:
        """Called by the journal with all that happens."""
        self.directory.notice(recorded.event)

    async def handle(self, message: SendMessage | DecideAgain) -> None:
        """Decide; the answer comes when the journal has the message."""
        await self.outbox.wait_for_room()
        match message:
            case SendMessage():
                if not self.is_repetition(message):
                    event = self.decide(message)
                    self.outbox.put(Departure(event, message, self.defer()))
            case DecideAgain(departure=departure, message=first):
                try:
                    departure.event = self.decide(first)
                except Refused as error:
                    self.outbox.release(departure)
                    departure.fail(error)
                else:
                    self.outbox.put(departure)

    # ---- the same message again

    def is_repetition(self, message: SendMessage) -> bool:
        """Whether its key was used before; if so, whoever asks gets the first answer.

        Raises:
            Refused: `InvalidArgument`: for another message.
        """
        name = message.wishes.idempotency_key
        if name is None:
            return False
        key = message.session_id, name
        under_way = self.outbox.keys.get(key)
        if under_way is not None:
            check_same(name, message, under_way.event.terms.fingerprint)
            under_way.repeats.append(self.defer())
            return True
        keyed = self.journal.state.ledger.keys.get(key)
        if keyed is None:
            return False
        check_same(name, message, keyed.fingerprint)
        self.nursery.start_soon(self.repeat, self.defer(), keyed)
        return True

    async def repeat(self, reply: Reply[SendResult], keyed: Keyed) -> None:
        """Answer with what was sent, and what has become of it."""
        try:
            record = await remembered(self.journal, keyed.message_id)
        except Unavailable as error:
            reply.fail(error)
            return
        # That it was sent is certain even if nothing else is known of it any more.
        result = SendResult(message_id=keyed.message_id, recipients=())
        if record is not None:
            result = as_sent(record)
        reply.resolve(attrs.evolve(result, is_repeated=True))

    # ---- deciding

    def decide(self, message: SendMessage) -> MessageSent:
        """What is to be recorded of a message.

        Raises:
            Refused: It is not to be sent.
        """
        session = self.journal.state.sessions.get(message.session_id)
        if session is None:
            raise Refused("SessionNotFound", "the sender's session has ended")
        if message.trouble is not None:
            raise message.trouble
        scope = Scope(
            parent=session.parent,
            cwd=session.cwd,
            repository=session.repository,
            worktrees=message.worktrees,
        )
        if message.wishes.retain_seconds is not None:
            self.check_retained(session.session_id)
        recipients = self.recipients_of(message, scope)
        check_number(message, len(recipients))
        full = self.full(recipients)
        room = tuple(sid for sid in recipients if sid not in full)
        if recipients and not room and message.wishes.retain_seconds is None:
            of_what = " or ".join(dict.fromkeys(full.values()))
            raise Refused(
                "InboxFull",
                f"every recipient has {of_what}",
                hint="nothing was sent; let them read, or end sessions nobody serves",
                data={"recipients": list(recipients)},
            )
        kept_out = self.kept_out(message, room)
        why = {sid: f"its inbox is full: {what}" for sid, what in full.items()}
        why |= kept_out
        getting = room
        if kept_out:
            getting = tuple(sid for sid in room if sid not in kept_out)
        refused = set(recipients).difference(getting) if getting != recipients else ()
        return MessageSent(
            envelope=envelope_of(message, session),
            recipients=tuple(map(self.addressee, getting)),
            refused=tuple(
                self.addressee(sid, why[sid]) for sid in recipients if sid in refused
            )
            if refused
            else (),
            terms=terms_of(message, scope),
        )

    def recipients_of(self, message: SendMessage, scope: Scope) -> tuple[str, ...]:
        """The sessions that a message is for.

        Raises:
            Refused: There are none, and nobody who comes later would get it either.
        """
        try:
            return resolve(message.target, message.session_id, scope, self.directory)
        except Refused as error:
            if error.code == "NoRecipients" and message.wishes.retain_seconds:
                return ()
            raise

    def check_retained(self, session_id: str) -> None:
        """See that a sender may have one more message kept for newcomers.

        Raises:
            Refused: `RateLimited`: it has so many already.
        """
        retained = self.journal.state.ledger.retained.values()
        own = [r for r in retained if r.envelope.sender.session_id == session_id]
        if len(own) >= self.limits.retained_messages:
            ends = min(str(record.terms.retain_until) for record in own)
            left = datetime.datetime.fromisoformat(ends) - now_utc()
            retry_after = rounded_up(max(0.0, left.total_seconds()))
            raise Refused(
                "RateLimited",
                f"{len(own)} messages of yours are kept for newcomers, and no more may be",
                hint=f"nothing was sent; the first of them goes in {retry_after:g} s",
                data={"retry_after": retry_after},
            )

    def full(self, session_ids: Sequence[str]) -> dict[str, str]:
        """Which of these inboxes are full with what is under way to them, and of what."""
        ledger, coming = self.journal.state.ledger, self.outbox.coming
        found: dict[str, str] = {}
        for session_id in session_ids:
            of_what = crowd(self.limits, ledger, session_id, coming)
            if of_what is not None:
                found[session_id] = of_what
        return found

    def kept_out(self, message: SendMessage, room: Sequence[str]) -> dict[str, str]:
        """Count a message, and say which of its recipients must not get it, and why.

        Raises:
            Refused: `RateLimited`: nobody may get it now.
        """
        now = trio.current_time()
        sender, broad = message.session_id, is_broad(message.target)
        self.gate.check(sender, now, is_broad=broad)
        verdict = self.gate.judge(
            sender,
            room,
            now,
            is_broad=broad,
            is_for_one=message.wishes.deliver == "one",
            thread=message.thread,
        )
        for conversation in verdict.begun:
            self.announce(conversation)
        if verdict.paused and len(verdict.paused) == len(room):
            conversation = next(iter(verdict.paused.values()))
            raise pause_refusal(conversation, sender, now, self.name_of)
        return dict.fromkeys(verdict.paused, "your conversation with it is paused")

    # ---- what comes of it

    def kept(self, departure: Departure) -> None:
        """Answer whoever sent a message that is in the journal now.

        Called by the journal.
        """
        if departure.message is None:
            return
        record = self.journal.state.ledger.messages.get(departure.event.envelope.id)
        if record is not None:
            departure.answer(as_sent(record))
            return
        # Whoever had room ended while it was recorded: nobody got it.
        if not departure.is_waited_for:
            return
        self.outbox.reserve(departure)  # who repeats it meanwhile waits with it
        try:
            self.ref.tell_nowait(
                DecideAgain(departure=departure, message=departure.message)
            )
        except FugueError as error:
            self.outbox.release(departure)
            departure.fail(error)

    def announce(self, conversation: Conversation) -> None:
        """Tell all who take part in a conversation that it is paused."""
        until = utc_in(self.limits.pause_seconds)
        for member in conversation.members:
            if member not in self.journal.state.sessions:
                continue
            partners = [self.name_of(one) for one in partners_of(conversation, member)]
            envelope = Envelope(
                id=new_message_id(),
                sender=DAEMON,
                target={"session": self.name_of(member)},
                type=PAUSED,
                payload={
                    **about(conversation, partners),
                    "seconds": self.limits.pause_seconds,
                    "until": until,
                    "reason": str(conversation.bucket.limit),
                },
                sent_at=utc_now(),
                thread=conversation.thread,
            )
            self.outbox.put(
                Departure(
                    MessageSent(envelope=envelope, recipients=(self.addressee(member),))
                )
            )

    def addressee(self, session_id: str, reason: str | None = None) -> Addressee:
        """A session, as it is called now."""
        return Addressee(
            session_id=session_id, session_name=self.name_of(session_id), reason=reason
        )

    def name_of(self, session_id: str) -> str:
        """What a session is called, its id if it has ended."""
        session = self.journal.state.sessions.get(session_id)
        return session_id if session is None else session.session_name


def check_same(name: str, message: SendMessage, fingerprint: str | None) -> None:
    """See that a message is the one that was sent under this key.

    Raises:
        Refused: `InvalidArgument`: it is another one.
    """
    if message.fingerprint() != fingerprint:
        raise Refused(
            "InvalidArgument",
            f"you sent another message with the idempotency_key {show(name)}",
            hint="nothing was sent; take a new key for each new message",
        )


def check_number(message: SendMessage, recipients: int) -> None:
    """See that as many can answer a message as have to.

    Raises:
        Refused: `InvalidArgument`: there are not so many.
    """
    possible = min(1, recipients) if message.wishes.deliver == "one" else recipients
    if possible < message.least and message.wishes.retain_seconds is None:
        raise Refused(
            "InvalidArgument",
            f"you want {message.least} answers, and {possible} can come at most",
            hint=f"nothing was sent; ask for {possible} at most, or for all or any",
            data={"wanted": message.least, "possible": possible},
        )


def envelope_of(message: SendMessage, session: Session) -> Envelope:
    """A message as its recipients get it."""
    wishes = message.wishes
    return Envelope(
        id=message.message_id or new_message_id(),
        sender=Sender(
            session_id=session.session_id,
            session_name=session.session_name,
            attested=message.attested,
        ),
        target=target_json(message.target),
        type=message.type,
        payload=message.payload,
        sent_at=utc_now(),
        in_reply_to=message.in_reply_to,
        thread=message.thread,
        expires_at=None
        if wishes.expires_seconds is None
        else utc_in(wishes.expires_seconds),
        priority=wishes.priority,
        deliver=wishes.deliver,
    )


def terms_of(message: SendMessage, scope: Scope) -> Terms:
    """What else its sender asked for."""
    wishes = message.wishes
    key, retain = wishes.idempotency_key, wishes.retain_seconds
    if retain is not None and wishes.expires_seconds is not None:
        retain = min(retain, wishes.expires_seconds)
    return Terms(
        idempotency_key=key,
        fingerprint=None if key is None else message.fingerprint(),
        retain_until=None if retain is None else utc_in(retain),
        scope=None if retain is None else scope,
        tell_failure=wishes.tell_failure and not wishes.wants_answers,
        wants_answers=wishes.wants_answers,
    )


def as_sent(record: MessageRecord) -> SendResult:
    """A message as its sender is told of it."""
    return SendResult(
        message_id=record.envelope.id,
        recipients=tuple(record.recipients.values()),
        expires_at=record.envelope.expires_at,
        retained_until=record.terms.retain_until,
    )


def utc_in(seconds: float) -> str:
    """A moment from now, in the form of `utc_now`."""
    return written(now_utc() + datetime.timedelta(seconds=seconds))
