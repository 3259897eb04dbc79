"""Messages that are decided and not yet kept.

1. They go to the journal in the order in which they were decided, and nobody waits: one
   commit serves all who send at the same time.
2. They are bounded: at the bound nothing more is decided until some are kept.
3. What is under way counts: for the room in inboxes, and under idempotency keys.
4. Whoever sends is answered when the journal has the message, or does not take it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import attrs
import trio

from fugue_actors.actors.room import Coming
from fugue_actors.actors.sending import SendMessage, SendResult
from fugue_actors.errors import FugueError, MailboxFull, Refused
from fugue_actors.journal.messages import size_of
from fugue_actors.kernel import Reply
from fugue_actors.protocol.events import MessageSent

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.journal import Journal
    from fugue_actors.protocol.values import Envelope

MOST_UNDER_WAY: Final = 512
MOST_ROWS_UNDER_WAY: Final = 20_000

Key = tuple[str, str]  # a sender's id, and its idempotency key


@attrs.define(eq=False)
class Departure:
    """A message under way.

    Attributes:
        event: What is to be recorded.
        message: The request; None for what the daemon itself has to say.
        reply: Who waits for the answer.
        repeats: Who asked for the same under the same key meanwhile.
        size: How many bytes it brings into each inbox.
    """

    event: MessageSent
    message: SendMessage | None = None
    reply: Reply[SendResult] | None = None
    repeats: list[Reply[SendResult]] = attrs.Factory(list)
    size: int = attrs.field(
        init=False,
        default=attrs.Factory(
            lambda self: weight(self.event.envelope), takes_self=True
        ),
    )

    def answer(self, result: SendResult) -> None:
        """Tell whoever waits what was sent."""
        if self.reply is not None:
            self.reply.resolve(result)
        for repeat in self.repeats:
            repeat.resolve(attrs.evolve(result, is_repeated=True))

    def fail(self, error: FugueError) -> None:
        """Tell whoever waits that nothing was sent."""
        for reply in (self.reply, *self.repeats):
            if reply is not None:
                reply.fail(error)

    @property
    def is_waited_for(self) -> bool:
        """Whether anybody would hear what became of it."""
        replies = (self.reply, *self.repeats)
        return any(one is not None and not one.asker_gone for one in replies)

    @property
    def key(self) -> Key | None:
        """Its idempotency key, if it has one."""
        key = self.event.terms.idempotency_key
        return None if key is None else (self.event.envelope.sender.session_id, key)

    @property
    def recipients(self) -> list[str]:
        """The sessions into whose inboxes it goes."""
        return [one.session_id for one in self.event.recipients]

    @property
    def rows(self) -> int:
        """How many rows of the ledger it makes."""
        return len(self.event.recipients) + len(self.event.refused)


def weight(envelope: Envelope) -> int:
    """The size of a message; nothing if that cannot be told: the journal refuses it."""
    try:
        return size_of(envelope)
    except (TypeError, ValueError, RecursionError):
        return 0


class Outbox:
    """See the module's docstring.

    Args:
        journal: What keeps messages.
        kept: Called with each message in the step in which it is kept; must not raise.
    """

    def __init__(self, journal: Journal, kept: Callable[[Departure], None]) -> None:
        self.journal = journal
        self.kept = kept
        self.count = 0
        self.rows = 0
        self.coming = Coming()
        self.keys: dict[Key, Departure] = {}
        self.some_left = trio.Event()

    async def wait_for_room(self) -> None:
        """Wait until one more may be put in."""
        while self.count >= MOST_UNDER_WAY or self.rows >= MOST_ROWS_UNDER_WAY:
            self.some_left = trio.Event()
            await self.some_left.wait()

    def put(self, departure: Departure) -> None:
        """Have a message recorded after those that were put in before."""
        self.count += 1
        self.rows += departure.rows
        self.coming.add(departure.recipients, departure.size)
        self.reserve(departure)
        done = functools.partial(self.ended, departure)
        try:
            self.journal.submit(departure.event, done=done)
        except (MailboxFull, Refused) as error:  # busy, or nothing that can be kept
            done(error)

    def ended(self, departure: Departure, error: FugueError | None) -> None:
        """A message is under way no more: it is kept, or will not be."""
        self.count -= 1
        self.rows -= departure.rows
        self.coming.remove(departure.recipients, departure.size)
        self.release(departure)
        self.some_left.set()
        if error is None:
            self.kept(departure)
        else:
            departure.fail(error)

    def reserve(self, departure: Departure) -> None:
        """Whoever uses its key from now on repeats this one."""
        if departure.key is not None:
            self.keys[departure.key] = departure

    def release(self, departure: Departure) -> None:
        """Its key is free again, unless it is another one's by now."""
        if departure.key is not None and self.keys.get(departure.key) is departure:
            del self.keys[departure.key]
