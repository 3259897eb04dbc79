"""A journal whose disk is slow or refuses, as far as a test wants it to.

What is recorded takes effect only when it is kept, and others may record something
before that. Here a test decides when.
"""

from __future__ import annotations

import attrs
import trio

from fugue_actors.errors import FugueError, MailboxFull, Unavailable
from fugue_actors.journal import Journal
from fugue_actors.journal.journal import Batch, Done
from fugue_actors.protocol.events import Event


@attrs.define(eq=False)
class GatedJournal(Journal):
    """See the module's docstring.

    Attributes:
        held: Events of these classes wait until `let_go`.
        refused: Events of these classes cannot be kept.
        is_busy: Whether so much waits that it takes nothing from those who do not.
        waiting: What waits.
        fails: The next of them cannot be kept after all.
        parked: The same as batches, and what to call.
    """

    held: tuple[type, ...] = ()
    refused: tuple[type, ...] = ()
    is_busy: bool = False
    waiting: list[Event] = attrs.Factory(list)
    parked: list[tuple[tuple[Event, ...], Done]] = attrs.Factory(list)
    fails: bool = False

    async def record(self, *events: Event) -> None:
        """Keep these events when the gate is open."""
        if any(isinstance(event, self.refused) for event in events):
            raise Unavailable("the disk is full", hint="ask again later")
        if any(isinstance(event, self.held) for event in events):
            await self.wait_and_record(events)
        else:
            await super().record(*events)

    async def wait_and_record(self, events: tuple[Event, ...]) -> None:
        """Whoever waits goes on after all that was kept together, as with a disk."""
        ended = trio.Event()
        refusal: FugueError | None = None

        def done(error: FugueError | None) -> None:
            nonlocal refusal
            refusal = error
            ended.set()

        batch = (events, done)
        self.waiting += events
        self.parked.append(batch)
        try:
            await ended.wait()
        finally:
            if batch in self.parked:
                self.parked.remove(batch)
        if refusal is not None:
            raise refusal

    def submit(self, *events: Event, done: Done) -> Batch:
        """The same for those who do not wait."""
        if self.is_busy:
            raise MailboxFull("the journal is busy")
        if any(isinstance(event, self.held) for event in events):
            self.waiting += events
            self.parked.append((events, done))
            return Batch((), done, is_promise=True)
        if any(isinstance(event, self.refused) for event in events):
            done(Unavailable("the disk is full", hint="ask again later"))
            return Batch((), done, is_promise=True)
        return super().submit(*events, done=done)

    def let_go(self) -> None:
        """What waits is kept now, in its order; what comes later waits for nothing."""
        self.held = ()
        parked, self.parked = self.parked, []
        for events, done in parked:
            if self.fails:
                self.fails = False
                done(Unavailable("the disk is full", hint="ask again later"))
            else:
                self.submit(*events, done=done)
