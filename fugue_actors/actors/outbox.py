"""Messages that are decided and not yet kept.

1. What waits is recorded together, in the order in which it was decided, while more is
   decided: one commit serves all who send at the same time.
2. It is bounded; at the bound nothing more is decided until the journal has taken some.
3. What is under way counts: for the room in inboxes, and under idempotency keys.
4. Whoever sends is answered when the journal has the message, or does not take it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs
import trio

from fugue_actors.actors.sending import SendMessage, SendResult
from fugue_actors.errors import FugueError, Unavailable
from fugue_actors.kernel import Reply
from fugue_actors.protocol.events import MessageSent

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.journal import Journal

MOST_WAITING: Final = 512
MOST_ROWS_WAITING: Final = 20_000

Key = tuple[str, str]  # a sender's id, and its idempotency key


@attrs.define(eq=False)
class Departure:
    """A message under way.

    Attributes:
        event: What is to be recorded.
        message: The request; None for what the daemon itself has to say.
        reply: Who waits for the answer.
        repeats: Who asked for the same under the same key meanwhile.
    """

    event: MessageSent
    message: SendMessage | None = None
    reply: Reply[SendResult] | None = None
    repeats: list[Reply[SendResult]] = attrs.Factory(list)

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
    def key(self) -> Key | None:
        """Its idempotency key, if it has one."""
        key = self.event.terms.idempotency_key
        return None if key is None else (self.event.envelope.sender.session_id, key)

    @property
    def rows(self) -> int:
        """How many rows of the ledger it makes."""
        return max(1, len(self.event.recipients) + len(self.event.refused))


class Outbox:
    """See the module's docstring.

    Args:
        journal: What keeps messages.
        kept: Called with each message that was recorded, in order.
    """

    def __init__(self, journal: Journal, kept: Callable[[Departure], None]) -> None:
        self.journal = journal
        self.kept = kept
        self.waiting: list[Departure] = []
        self.rows = 0
        self.coming: Counter[str] = Counter()
        self.keys: dict[Key, Departure] = {}
        self.filled = trio.Event()
        self.emptied = trio.Event()

    async def wait_for_room(self) -> None:
        """Wait until one more may be put in."""
        while len(self.waiting) >= MOST_WAITING or self.rows >= MOST_ROWS_WAITING:
            self.emptied = trio.Event()
            await self.emptied.wait()

    def put(self, departure: Departure) -> None:
        """Have a message recorded after those that are in already."""
        self.waiting.append(departure)
        self.rows += departure.rows
        for one in departure.event.recipients:
            self.coming[one.session_id] += 1
        if departure.key is not None:
            self.keys[departure.key] = departure
        self.filled.set()

    async def run(self) -> None:
        """Record what is put in, for ever."""
        while True:
            await self.filled.wait()
            self.filled = trio.Event()
            batch, self.waiting, self.rows = self.waiting, [], 0
            self.emptied.set()
            await self.record(batch)

    async def record(self, batch: list[Departure]) -> None:
        """Record some messages at once, and tell who sent them."""
        try:
            await self.journal.record(*(one.event for one in batch))
        except Unavailable as error:
            for departure in batch:
                self.forget(departure)
                departure.fail(error)
            return
        for departure in batch:
            self.forget(departure)
        for departure in batch:
            self.kept(departure)

    def forget(self, departure: Departure) -> None:
        """A message is under way no more."""
        for one in departure.event.recipients:
            self.coming[one.session_id] -= 1
            if not self.coming[one.session_id]:
                del self.coming[one.session_id]
        if departure.key is not None:
            del self.keys[departure.key]
