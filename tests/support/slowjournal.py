"""A journal whose disk can be held, and can be full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from fugue_actors.errors import Unavailable
from fugue_actors.journal import Journal
from fugue_actors.protocol.events import MessageSent

if TYPE_CHECKING:
    from fugue_actors.protocol.events import Event


class SlowJournal(Journal):
    """Keeps messages only when it is let; all else goes through at once.

    Attributes:
        is_full: Whether it refuses messages.
        commits: The types of the messages of each group that it was given.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_full = False
        self.commits: list[list[str]] = []
        self.free = trio.Event()
        self.free.set()

    def hold(self) -> None:
        """Keep no message from now on."""
        self.free = trio.Event()

    def release(self) -> None:
        """Keep all of them again."""
        self.free.set()

    async def record(self, *events: Event) -> None:
        """See `Journal.record`."""
        sent = [
            event.envelope.type for event in events if isinstance(event, MessageSent)
        ]
        if sent:
            self.commits.append(sent)
            await self.free.wait()
            if self.is_full:
                raise Unavailable("the disk is full")
        await super().record(*events)
