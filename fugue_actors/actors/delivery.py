"""Delivery over time: what follows for messages when time passes and sessions change.

1. A message that nobody took before it expires is taken out of the inboxes.
2. A message that is kept for newcomers is given to sessions that come to belong to its
   target, as if they had been there when it was sent. Its sender never gets it.
3. Whoever sent a message that somebody will not receive is told so by a message of the
   daemon, unless it has ended, its inbox is full, or it did not want to know.

All of it is worked out from what stands in the journal, again and again; what is kept
here only says when to look. So a new incarnation, and a new daemon, find what was missed.
While the journal keeps nothing, nothing is done, and it is tried again.

Enter at `DeliveryActor.work`. `deadlines`, `joining` and `notices` decide.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

import trio

from fugue_actors.actors import notices
from fugue_actors.actors.deadlines import (
    Deadlines,
    deadlines_of,
    is_followed,
    is_timely,
    what_ends,
)
from fugue_actors.actors.joining import Newcomers
from fugue_actors.actors.portions import MOST_ROWS, portions
from fugue_actors.actors.room import Coming, crowd
from fugue_actors.errors import Unavailable
from fugue_actors.kernel import Actor, ChildSpec
from fugue_actors.protocol.events import (
    DeliveryEnded,
    Event,
    MessageJoined,
    MessagesConsumed,
    MessageSent,
    Recorded,
    RetentionEnded,
    SessionClosed,
    concerns,
    messages_of,
)
from fugue_actors.protocol.values import Addressee

if TYPE_CHECKING:
    from fugue_actors.actors.limits import Limits
    from fugue_actors.journal import Journal, Ledger, MessageRecord

logger = logging.getLogger(__name__)

PATH: Final = "/delivery"
Clock = Callable[[], float]
"""Seconds since 1970, as people count them: it can be set, forth and back."""
MOST_AT_ONCE: Final = 100
"""Messages that are dealt with before others have their turn."""
LOOK_SECONDS: Final = 10.0
"""So late it may be noticed that the clock was set forward."""
SETTLE_SECONDS: Final = 0.02
"""Changes come in bursts; one look serves them all."""
REST: Final = 4
"""Between two looks for newcomers lies so many times the time that a look takes."""
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0


def spec(journal: Journal, limits: Limits, clock: Clock = time.time) -> ChildSpec:
    """What watches over messages, as a child of the root.

    Args:
        journal: What is the case.
        limits: How much may be left unread.
        clock: Tells the time that deadlines are in.
    """
    return ChildSpec(
        id="delivery", factory=lambda: DeliveryActor(journal, limits, clock)
    )


class DeliveryActor(Actor):
    """See the module's docstring.

    Attributes:
        deadlines: Messages to be looked at in time.
        to_look_at: Messages of which a deadline has passed, or to which something
            happened after they had expired.
        late: Messages that have expired while a connection held them.
        newcomers: Which sessions targets mean by now.
        have_come: Whether they may mean others than when it was last looked.
        look_again_at: Not before this moment of the loop is it looked for newcomers: it
            takes its time where many messages are kept for many sessions.
        full: Sessions whose inbox had no room for what they came for.
        gatherings: Failures that are about to be told.
    """

    def __init__(self, journal: Journal, limits: Limits, clock: Clock) -> None:
        self.journal = journal
        self.limits = limits
        self.clock = clock
        self.deadlines = Deadlines(self.is_followed)
        self.to_look_at: dict[str, None] = {}
        self.late: set[str] = set()
        self.newcomers = Newcomers(journal.state)
        self.have_come = True
        self.look_again_at = -math.inf
        self.full: set[str] = set()
        self.gatherings = notices.Gatherings()
        self.woken = trio.Event()
        self.unlisten: Callable[[], None] = lambda: None

    @property
    def ledger(self) -> Ledger:
        """Where the messages stand."""
        return self.journal.state.ledger

    def is_followed(self, message_id: str) -> bool:
        """Whether time can still change anything about a message."""
        return is_followed(self.ledger.messages.get(message_id))

    async def on_start(self) -> None:
        """See what time has done while nobody looked."""
        self.unlisten = self.journal.listen(self.notice)
        self.newcomers = Newcomers(self.journal.state)
        for record in self.ledger.messages.values():
            if is_followed(record):
                self.watch_deadlines(record)
        self.nursery.start_soon(self.run)

    async def on_stop(self, exit: object) -> None:
        """Stop listening."""
        self.unlisten()

    async def handle(self, message: object) -> None:
        """Nobody asks for anything: what is to be done stands in the journal."""

    # ---- when to look

    def watch_deadlines(self, record: MessageRecord) -> bool:
        """Look at a message in time; returns whether that is sooner than anything else."""
        before = self.deadlines.earliest
        for at in deadlines_of(record):
            self.deadlines.add(record.envelope.id, at)
        return before != self.deadlines.earliest

    def notice(self, recorded: Recorded) -> None:
        """Called by the journal."""
        event = recorded.event
        if isinstance(event, MessageSent):
            self.notice_message(event)
        if self.late:
            self.notice_late(event)
        if self.newcomers.notice(event) or self.has_read(event):
            self.have_come = True
        is_due = self.have_come and self.ledger.retained
        if is_due or self.to_look_at or (self.ledger.to_report and may_fail(event)):
            self.woken.set()

    def notice_message(self, event: MessageSent) -> None:
        """Note its deadlines; who came since its recipients were worked out gets it."""
        record = self.ledger.messages.get(event.envelope.id)
        if record is not None:
            if self.watch_deadlines(record):
                self.woken.set()
            if record.retained:
                self.have_come = True

    def has_read(self, event: Event) -> bool:
        """Whether an inbox that was full has room again."""
        if not self.full or not isinstance(event, MessagesConsumed | DeliveryEnded):
            return False
        read = self.full.intersection(concerns(event))
        self.full -= read
        return bool(read)

    def notice_late(self, event: Event) -> None:
        """What was held at its deadline may be let go of: nobody else may get it."""
        if isinstance(event, SessionClosed):
            self.to_look_at |= dict.fromkeys(self.late)
        for message_id in messages_of(event):
            if message_id in self.late:
                self.to_look_at[message_id] = None

    async def run(self) -> None:
        """Do what is to be done, whenever there may be something, for ever."""
        pause = FIRST_PAUSE
        while True:
            self.woken = trio.Event()
            try:
                wait = await self.work()
                pause = FIRST_PAUSE
            except Unavailable as error:
                logger.warning("messages cannot be looked after: %s", error.message)
                await trio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            with trio.move_on_after(wait):
                await self.woken.wait()
                await trio.sleep(SETTLE_SECONDS)

    async def work(self) -> float:
        """Do a part of what is to be done; returns after how many seconds to go on.

        Raises:
            Unavailable: Nothing can be recorded now; what was not done is still to do.
        """
        await self.end_what_is_over()
        await self.let_newcomers_in()
        await self.tell_senders()
        return self.rest()

    def rest(self) -> float:
        """How long there is nothing to do, if nothing happens: seconds."""
        if self.to_look_at:
            return 0.0
        rest = math.inf
        if self.deadlines.earliest is not None:
            rest = min(self.deadlines.earliest - self.clock(), LOOK_SECONDS)
        if self.have_come and self.ledger.retained:
            rest = min(rest, self.look_again_at - trio.current_time())
        if self.gatherings.earliest is not None:
            rest = min(rest, self.gatherings.earliest - trio.current_time())
        return max(rest, 0.0)

    async def record(self, events: Sequence[Event]) -> None:
        """Record what there is to record, and let others go on.

        Raises:
            Unavailable: That cannot be done now; the rest has not happened.
        """
        await trio.lowlevel.checkpoint()
        for portion in portions(events):
            await self.journal.record(*portion)

    # ---- deadlines

    async def end_what_is_over(self) -> None:
        """Record what time has put an end to."""
        now = self.clock()
        self.to_look_at |= dict.fromkeys(self.deadlines.passed(now))
        while batch := tuple(islice(self.to_look_at, MOST_AT_ONCE)):
            ended: list[Event] = []
            for message_id in batch:
                # Noted as looked at before anything waits: what happens meanwhile counts.
                del self.to_look_at[message_id]
                ended += self.look_at(message_id, now)
            try:
                await self.record(ended)
            except Unavailable:
                self.to_look_at |= dict.fromkeys(batch)
                raise

    def look_at(self, message_id: str, now: float) -> Sequence[Event]:
        """What time has put an end to, and whether to look again."""
        record = self.ledger.messages.get(message_id)
        was_late = message_id in self.late
        self.late.discard(message_id)
        if record is None or not is_followed(record):
            return ()
        if not is_timely(record.envelope, now):
            self.late.add(message_id)
        elif was_late:  # the clock was set back
            self.watch_deadlines(record)
        return what_ends(record, now)

    # ---- newcomers

    async def let_newcomers_in(self) -> None:
        """Give messages to those who have come since they were sent, a few at a time."""
        if not self.have_come or trio.current_time() < self.look_again_at:
            return
        self.have_come = False
        begun = trio.current_time()
        self.newcomers.forget(self.ledger.retained)
        coming = Coming()
        joined: list[Event] = []
        try:
            for record in tuple(self.ledger.retained.values()):
                await trio.lowlevel.checkpoint()
                new = self.newcomers.of(record)
                for start in range(0, len(new), MOST_ROWS):
                    some = new[start : start + MOST_ROWS]
                    joined += self.joined(record, some, coming)
                    if coming.messages.total() >= MOST_ROWS:
                        await self.record(joined)
                        joined.clear()
                        coming.clear()
            await self.record(joined)
        except Unavailable:
            self.have_come = True
            raise
        now = trio.current_time()
        self.look_again_at = now + REST * (now - begun)

    def joined(
        self, record: MessageRecord, newcomers: Sequence[str], coming: Coming
    ) -> list[Event]:
        """That those with room get a message; `coming` counts what else they get."""
        found = []
        for session_id in newcomers:
            session = self.journal.state.sessions.get(session_id)
            if crowd(self.limits, self.ledger, session_id, coming) is not None:
                self.full.add(session_id)
            elif session is not None:
                coming.add([session_id], record.size)
                found.append(
                    Addressee(session_id=session_id, session_name=session.session_name)
                )
        message_id = record.envelope.id
        event = MessageJoined(message_id=message_id, recipients=tuple(found))
        return [event] if found else []

    # ---- failures

    async def tell_senders(self) -> None:
        """Settle failures with those who sent the messages, as far as it is time."""
        ripe = self.gatherings.look(self.ledger, trio.current_time())
        events: list[Event] = []
        told = Coming()
        rows = 0
        for number, message_id in enumerate(ripe, 1):
            record = self.ledger.messages.get(message_id)
            untold = self.ledger.to_report.get(message_id)
            if record is not None and untold is not None:
                sender = self.whom_to_tell(record, told)
                events += notices.settled(record, untold, sender)
                rows += 1 + len(untold)
            if rows >= MOST_ROWS or number == len(ripe):
                # A notice and that it was sent are recorded both, or neither.
                await self.journal.record(*events)
                events.clear()
                told.clear()
                rows = 0

    def whom_to_tell(self, record: MessageRecord, told: Coming) -> Addressee | None:
        """The sender of a message, if it has room; `told` counts what else it gets."""
        session_id = record.envelope.sender.session_id
        session = self.journal.state.sessions.get(session_id)
        if session is None or crowd(self.limits, self.ledger, session_id, told):
            return None
        told.add([session_id], 0)  # they are small
        return Addressee(session_id=session_id, session_name=session.session_name)


def may_fail(event: Event) -> bool:
    """Whether there may be more to tell after this."""
    match event:
        case MessageSent(refused=refused):
            return bool(refused)
        case SessionClosed() | DeliveryEnded() | RetentionEnded():
            return True
        case _:
            return False
