"""A session's inbox, within the session's actor, and what can be asked of it.

Messages are handed out with a claim: they are *offered* to a connection, become
*consumed* when that connection proves that it got them, and go back to the queue when
it ends first. The claim is watched, so no connection can take messages to its grave.

The messages and their claims stand in the journal; kept here is only who waits, and
whom we watch.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING

import attrs
import trio

from fugue_actors.actors.deadlines import is_timely
from fugue_actors.errors import Unavailable
from fugue_actors.kernel import Down, Ref, Reply, Request, Timer
from fugue_actors.protocol.events import (
    Event,
    MessagesConsumed,
    MessageSent,
    MessagesOffered,
    MessagesReturned,
)
from fugue_actors.protocol.values import Envelope

if TYPE_CHECKING:
    from fugue_actors.actors.session import SessionActor
    from fugue_actors.journal import Ledger

ASK_WITHIN = 10.0
# A claim that has to find its way to a client that went away is worth a short wait.
WAIT_MARGIN = 5.0


@attrs.frozen(kw_only=True)
class TakeMessages(Request[tuple[Envelope, ...]]):
    """Claim up to `most` queued messages for a connection, waiting for the first."""

    holder: Ref
    most: int
    wait: float


@attrs.frozen(kw_only=True)
class ConfirmMessages(Request[None]):
    """The connection that claimed these has them."""

    message_ids: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ReturnMessages(Request[None]):
    """The claim on these ends; `seen` if they may have reached the client."""

    message_ids: tuple[str, ...]
    seen: bool


@attrs.frozen(kw_only=True)
class InboxGrew:
    """Look at the inbox, as after every message (to the actor itself)."""


@attrs.frozen(kw_only=True)
class WaitEnded:
    """A waiting claim ran out of time (to the actor itself)."""

    waiter: Waiter


@attrs.define(eq=False)
class Waiter:
    """A claim that waits for its first message; `timer` ends the wait."""

    request: TakeMessages
    reply: Reply[tuple[Envelope, ...]]
    timer: Timer | None = None


async def take_messages(
    session: Ref, *, holder: Ref, most: int, wait: float
) -> tuple[Envelope, ...]:
    """Claim queued messages for the connection `holder`, oldest first.

    Args:
        session: Whose inbox.
        holder: The connection's actor; the claim ends with it.
        most: At most so many.
        wait: Seconds to wait for the first; the result is empty when none came.
    """
    return await session.ask(
        TakeMessages(holder=holder, most=most, wait=wait), within=wait + WAIT_MARGIN
    )


async def confirm_messages(session: Ref, message_ids: tuple[str, ...]) -> None:
    """Turn claimed messages into consumed ones."""
    await session.ask(ConfirmMessages(message_ids=message_ids), within=ASK_WITHIN)


async def return_messages(
    session: Ref, message_ids: tuple[str, ...], *, seen: bool
) -> None:
    """Give claimed messages back."""
    await session.ask(
        ReturnMessages(message_ids=message_ids, seen=seen), within=ASK_WITHIN
    )


def is_timely_now(envelope: Envelope) -> bool:
    """Whether a message has not expired, even if nobody has noticed yet that it has."""
    return is_timely(envelope, time.time())


class Inbox:
    """See the module's docstring."""

    def __init__(self, actor: SessionActor) -> None:
        self.actor = actor
        self.waiters: list[Waiter] = []
        self.watched: set[str] = set()

    async def start(self) -> None:
        """Take back claims that nobody holds any more, and watch who holds others."""
        for holder in {holder for _, holder in self.held()}:
            ref = self.actor.kernel.registry.whereis(holder)
            if ref is None:
                await self.take_back_from(holder)
            else:
                self.watch_holder(ref)

    def notice(self, event: Event) -> None:
        """Called by the journal; a full mailbox means that we look soon anyway."""
        if self.waiters and isinstance(event, MessageSent | MessagesReturned):
            try:
                self.actor.ref.tell_nowait(InboxGrew())
            except (trio.WouldBlock, Unavailable):
                return

    async def handle(self, message: object) -> None:
        """A message to the session's actor that is about its inbox."""
        match message:
            case TakeMessages():
                await self.take(message)
            case ConfirmMessages(message_ids=ids):
                await self.actor.journal.record(
                    MessagesConsumed(
                        session_id=self.actor.session_id,
                        message_ids=ids,
                        evidence="its connection went on afterwards",
                    )
                )
            case ReturnMessages(message_ids=ids, seen=seen):
                await self.give_back(ids, seen=seen)
            case WaitEnded(waiter=waiter):
                self.end_wait(waiter)
            case Down(ref=ref):
                self.watched.discard(ref.path)
                await self.take_back_from(ref.path)

    async def take(self, message: TakeMessages) -> None:
        """Every claim waits, if only for nothing: one path hands messages over."""
        waiter = Waiter(message, self.actor.defer())
        self.waiters.append(waiter)
        if message.wait > 0:
            waiter.timer = self.actor.after(message.wait, WaitEnded(waiter=waiter))
            return
        await self.serve()
        self.end_wait(waiter)

    def end_wait(self, waiter: Waiter) -> None:
        """Answer a claim that got nothing in its time."""
        if waiter in self.waiters:
            self.dismiss(waiter)
            waiter.reply.resolve(())

    def dismiss(self, waiter: Waiter) -> None:
        """Nobody waits here any more, so nothing has to end the wait."""
        self.waiters.remove(waiter)
        if waiter.timer is not None:
            waiter.timer.cancel()

    async def offer(self, message: TakeMessages) -> tuple[Envelope, ...]:
        """Claim what is queued for the one who asks; empty if nothing is."""
        queued = self.ledger.queued(self.actor.session_id, is_timely_now)
        batch = list(islice(queued, message.most))
        if batch:
            self.watch_holder(message.holder)
            await self.actor.journal.record(
                MessagesOffered(
                    session_id=self.actor.session_id,
                    message_ids=tuple(envelope.id for envelope in batch),
                    holder=message.holder.path,
                )
            )
        return tuple(batch)

    async def serve(self) -> None:
        """Hand what is queued to those who wait, first come first served."""
        for waiter in tuple(self.waiters):
            if waiter.reply.asker_gone:
                self.dismiss(waiter)
                continue
            batch = await self.offer(waiter.request)
            if not batch:
                return
            self.dismiss(waiter)
            if not waiter.reply.resolve(batch):
                ids = tuple(envelope.id for envelope in batch)
                await self.give_back(ids, seen=False)

    def watch_holder(self, holder: Ref) -> None:
        """Be told when a connection with claims ends, once however many it has."""
        if holder.path not in self.watched:
            self.watched.add(holder.path)
            self.actor.watch(holder)

    async def take_back_from(self, holder: str) -> None:
        """End every claim of a connection that is gone; it may have seen them."""
        ids = tuple(message_id for message_id, who in self.held() if who == holder)
        if ids:
            await self.give_back(ids, seen=True)

    async def give_back(self, message_ids: tuple[str, ...], *, seen: bool) -> None:
        """Put claimed messages back into the queue."""
        await self.actor.journal.record(
            MessagesReturned(
                session_id=self.actor.session_id, message_ids=message_ids, seen=seen
            )
        )

    @property
    def ledger(self) -> Ledger:
        """Where the messages stand."""
        return self.actor.journal.state.ledger

    def held(self) -> tuple[tuple[str, str], ...]:
        """The messages that are claimed, and by whom."""
        return tuple(self.ledger.held(self.actor.session_id))
