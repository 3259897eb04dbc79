"""The open questions of a session, within its actor.

1. A question is a message that says that somebody waits for answers. Those that come are
   kept for who waits: no poll is given them meanwhile.
2. It is over when enough have answered, when too few still can, when its time is up, and
   as soon as nobody waits any more. Then it is withdrawn from all who have not taken it
   up, whatever the end was; what is answered later comes as a message like any other.
3. The answers are taken from the inbox like all messages: offered to the connection that
   asked, and proved by it.
4. Whoever waits does so here, for as long as this actor's incarnation lives. So one that
   starts finds only questions that nobody waits for; and one that a killed daemon left
   to sessions that are no more expires, since every question does.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import trio

from fugue_actors.actors import router, sending
from fugue_actors.actors.asking import AskSessions, Ending, Outcome, asked, possible
from fugue_actors.errors import FugueError, Refused
from fugue_actors.protocol.events import DeliveryEnded, MessageSent, Recorded

if TYPE_CHECKING:
    from fugue_actors.actors.inbox import Inbox
    from fugue_actors.journal import MessageRecord
    from fugue_actors.kernel import Reply
    from fugue_actors.protocol.values import Envelope

logger = logging.getLogger(__name__)

# Who waits ends a question itself; its expiry is for when nobody is left to do so.
EXPIRY_MARGIN_SECONDS: Final = 1.0
WITHDRAWN: Final[dict[Ending, str]] = {
    "complete": "withdrawn: it was answered",
    "hopeless": "withdrawn: too few could still answer",
    "late": "withdrawn: the time to answer was over",
    "unwanted": "withdrawn: its asker went away",
}


class Questions:
    """The open questions of a session."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.pending: set[str] = set()

    def await_answer(self, envelope: Envelope) -> bool:
        """Whether somebody waits for a message as an answer."""
        return envelope.in_reply_to in self.pending

    def begin(self, request: AskSessions) -> None:
        """Ask, in a task of its own."""
        actor = self.inbox.actor
        self.pending.add(request.message_id)
        actor.nursery.start_soon(self.carry_out, actor.defer(), request)

    async def carry_out(self, reply: Reply[Outcome], request: AskSessions) -> None:
        """Ask, wait, and let go of the question, however that ends."""
        try:
            outcome = await Question(self.inbox, reply, request).ask()
            if not reply.resolve(outcome) and outcome.answers:
                ids = tuple(answer.id for answer in outcome.answers)
                await self.inbox.claims.give_back(ids, seen=False)
        except FugueError as error:
            reply.fail(error)
        self.pending.discard(request.message_id)
        self.inbox.look_anew()

    async def withdraw_all(self) -> None:
        """Withdraw what this session asked: nobody waits for an answer any more."""
        own = self.inbox.actor.session_id
        for record in tuple(self.inbox.claims.ledger.questions.values()):
            if record.envelope.sender.session_id == own:
                await withdraw(self.inbox, record, WITHDRAWN["unwanted"])


class Question:
    """One question, from its sending to its end."""

    def __init__(
        self, inbox: Inbox, reply: Reply[Outcome], request: AskSessions
    ) -> None:
        self.inbox = inbox
        self.journal = inbox.actor.journal
        self.reply = reply
        self.request = request
        self.changed = trio.Event()
        self.came: dict[str, Envelope] = {}

    async def ask(self) -> Outcome:
        """Send it, wait, withdraw it, and claim the answers there are.

        Raises:
            FugueError: It could not be sent, or its answers not be claimed.
        """
        own = self.inbox.actor.session_id
        stop = self.journal.listen(self.notice_answer, session_id=own)
        try:
            return await self.wait_and_claim()
        finally:
            stop()

    async def wait_and_claim(self) -> Outcome:
        deadline = trio.current_time() + self.request.within
        record = await self.send()
        while True:
            ending = await self.wait(record, deadline)
            await withdraw(self.inbox, record, WITHDRAWN[ending])
            answers: tuple[Envelope, ...] = ()
            if ending != "unwanted":
                answers = await self.claim(record)
            if ending != "complete" or len(answers) >= self.needed(record):
                break
            # What was for one of several was taken by another of them meanwhile.
        return Outcome(
            answers=answers,
            recipients=tuple(record.recipients.values()),
            needed=self.needed(record),
            ending=ending,
        )

    async def send(self) -> MessageRecord:
        actor, request = self.inbox.actor, self.request
        await sending.send(
            actor.kernel.registry.resolve(router.PATH),
            actor.session,
            request.attested,
            request.target,
            request.content,
            message_id=request.message_id,
            least=request.wanted or 1,
            wishes=sending.Wishes(
                deliver=request.deliver,
                priority=request.priority,
                expires_seconds=request.within + EXPIRY_MARGIN_SECONDS,
                tell_failure=False,
                wants_answers=True,
            ),
        )
        return self.inbox.claims.ledger.messages[request.message_id]

    async def wait(self, record: MessageRecord, deadline: float) -> Ending:
        """Wait until it is over."""
        concerned = {
            self.inbox.actor.session_id,
            *record.recipients,
            *record.aside,
        }
        stops = [
            self.journal.listen(self.notice, session_id=session_id)
            for session_id in concerned
        ]
        try:
            with trio.move_on_at(deadline):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self.watch_asker)
                    while self.ending(record) is None:
                        await self.changed.wait()
                        self.changed = trio.Event()
                    nursery.cancel_scope.cancel("it is over")
        finally:
            for stop in stops:
                stop()
        return self.ending(record) or "late"

    def notice_answer(self, recorded: Recorded) -> None:
        """Called by the journal with what comes to the asker, from the beginning on."""
        event = recorded.event
        if not isinstance(event, MessageSent):
            return
        if event.envelope.in_reply_to == self.request.message_id:
            self.came[event.envelope.id] = event.envelope

    def notice(self, _: object) -> None:
        """Called by the journal with all that happens to those concerned."""
        self.changed.set()

    async def watch_asker(self) -> None:
        await self.reply.wait_closed()
        self.changed.set()

    def ending(self, record: MessageRecord) -> Ending | None:
        """Why it is over, if it is."""
        if self.reply.asker_gone or self.request.holder.status == "gone":
            return "unwanted"
        answered = self.answers(record).keys()
        if len(answered) >= self.needed(record):
            return "complete"
        present = self.journal.state.sessions
        if possible(record, answered, present) < self.needed(record):
            return "hopeless"
        return None

    def needed(self, record: MessageRecord) -> int:
        """How many answers are wanted."""
        return asked(record) if self.request.wanted is None else self.request.wanted

    def answers(self, record: MessageRecord) -> dict[str, str]:
        """The first answer of each that was asked: its id by session."""
        found: dict[str, str] = {}
        for envelope in self.came.values():
            sender = envelope.sender.session_id
            if sender in record.recipients and self.inbox.claims.is_free(envelope):
                found.setdefault(sender, envelope.id)
        return found

    async def claim(self, record: MessageRecord) -> tuple[Envelope, ...]:
        """Offer the answers to the connection that asked."""
        chosen = set(self.answers(record).values())
        return await self.inbox.claims.claim(
            self.request.holder, len(chosen), lambda one: one.id in chosen
        )


async def withdraw(inbox: Inbox, record: MessageRecord, why: str) -> None:
    """Take a question back from all who have not taken it up."""
    waiting = tuple(
        session_id
        for session_id, row in record.recipients.items()
        if row.state == "queued"
    )
    if not waiting:
        return
    try:
        await inbox.claims.record(
            DeliveryEnded(
                message_id=record.envelope.id,
                session_ids=waiting,
                state="expired",
                reason=why,
                withdrawn=True,
            )
        )
    except Refused as error:
        # It is not worth a failure: it expires, and answers to it do no harm.
        logger.info("%s is not withdrawn: %s", record.envelope.id, error.message)
