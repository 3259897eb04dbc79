"""A session's inbox, within the session's actor, and what can be asked of it.

Messages are handed out with a claim: they are *offered* to a connection, become
*consumed* when it is proved that the session got them, and go back to the queue when
that connection ends first. The claim is watched, so no connection can take messages to
its grave.

The messages and their claims stand in the journal; kept here is only who waits. Its
parts have modules of their own: `claiming` hands out and takes back, `questions` waits for
answers, and `settling` does what a session says of its messages by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import trio

from fugue_actors.actors.asking import AskSessions
from fugue_actors.actors.claiming import (
    Claims,
    EndClaims,
    InboxGrew,
    ids_of,
    look,
)
from fugue_actors.actors.questions import Questions
from fugue_actors.actors.settling import SettleMessages, settle
from fugue_actors.errors import FugueError, Unavailable
from fugue_actors.kernel import Down, Ref, Reply, Request, Timer
from fugue_actors.protocol.events import (
    DeliveryEnded,
    Event,
    MessageJoined,
    MessageSent,
    MessagesReturned,
    SessionClosed,
)
from fugue_actors.protocol.values import Envelope

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.actors.session import SessionActor

ASK_WITHIN: Final = 10.0
# A claim that has to find its way to a client that went away is worth a short wait.
WAIT_MARGIN: Final = 5.0
MOST_CHARACTERS: Final = 1_000_000
"""A poll ends with the message whose payloads go beyond this: it is made in one go."""
# What can bring something into an inbox, its own session's or another's.
BRINGING: Final = (
    MessageSent | MessageJoined | MessagesReturned | DeliveryEnded | SessionClosed
)


@attrs.frozen(kw_only=True)
class Wanted:
    """Which messages somebody wants.

    Attributes:
        types: Of one of these types; any type if there are none.
        sender: From the session of this name or id; from anybody if None.
    """

    types: frozenset[str] = frozenset()
    sender: str | None = None

    @property
    def is_anything(self) -> bool:
        """Whether every message fits."""
        return not self.types and self.sender is None

    def fits(self, envelope: Envelope) -> bool:
        """Whether a message is wanted."""
        if self.types and envelope.type not in self.types:
            return False
        sender = envelope.sender
        return self.sender in (None, sender.session_id, sender.session_name)


ANYTHING: Final = Wanted()


@attrs.frozen(kw_only=True)
class TakeMessages(Request[tuple[Envelope, ...]]):
    """Claim up to `most` queued messages for a connection, waiting for the first."""

    holder: Ref
    most: int
    wait: float
    wanted: Wanted = ANYTHING


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
class WaitEnded:
    """A waiting claim ran out of time (to the actor itself)."""

    waiter: Waiter


@attrs.define(eq=False)
class Waiter:
    """A claim that waits for its first message.

    Attributes:
        timer: Ends the wait.
        may_get: Whether there may be something for it; else nothing came since it looked.
    """

    request: TakeMessages
    reply: Reply[tuple[Envelope, ...]]
    timer: Timer | None = None
    may_get: bool = True


async def take_messages(
    session: Ref, *, holder: Ref, most: int, wait: float, wanted: Wanted = ANYTHING
) -> tuple[Envelope, ...]:
    """Claim queued messages for the connection `holder`, in their order.

    Args:
        session: Whose inbox.
        holder: The connection's actor; the claim ends with it.
        most: At most so many.
        wait: Seconds to wait for the first; the result is empty when none came.
        wanted: Only such messages; all others stay where they are.
    """
    return await session.ask(
        TakeMessages(holder=holder, most=most, wait=wait, wanted=wanted),
        within=wait + WAIT_MARGIN,
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


class Inbox:
    """See the module's docstring."""

    def __init__(self, actor: SessionActor) -> None:
        self.actor = actor
        self.claims = Claims(actor)
        self.questions = Questions(self)
        self.waiters: list[Waiter] = []

    async def start(self) -> None:
        """End the claims and questions of those who are gone."""
        await self.claims.start()
        await self.questions.withdraw_all()

    async def stop(self) -> None:
        """Nobody waits here for answers any more."""
        await self.questions.withdraw_all()

    def notice(self, event: Event) -> None:
        """Called by the journal; a full mailbox means that we look soon anyway."""
        if not self.waiters or not isinstance(event, BRINGING):
            return
        is_new = isinstance(event, MessageSent)
        for waiter in self.waiters:
            if not is_new or waiter.request.wanted.fits(event.envelope):
                waiter.may_get = True
        if any(waiter.may_get for waiter in self.waiters):
            try:
                self.actor.ref.tell_nowait(InboxGrew())
            except (trio.WouldBlock, Unavailable):
                return

    def look_anew(self) -> None:
        """What was kept from those who wait is not any more."""
        for waiter in self.waiters:
            waiter.may_get = True
        look(self.actor.ref)

    async def handle(self, message: object) -> object:
        """A message to the session's actor that is about its inbox."""
        match message:
            case TakeMessages():
                await self.take(message)
            case AskSessions():
                self.questions.begin(message)
            case SettleMessages():
                return await settle(self, message)
            case ConfirmMessages(message_ids=ids):
                await self.claims.confirm(ids)
            case ReturnMessages(message_ids=ids, seen=seen):
                await self.claims.give_back(ids, seen=seen)
            case WaitEnded(waiter=waiter):
                self.end_wait(waiter)
            case Down(ref=ref):
                await self.claims.holder_gone(ref)
            case InboxGrew(anew=True):
                for waiter in self.waiters:
                    waiter.may_get = True
            case EndClaims(claims=claims, seen=seen):
                await self.claims.end_claims(claims, seen=seen)
        return None

    # ---- handing out

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

    async def serve(self) -> None:
        """Hand what is queued to those who wait for it, first come first served."""
        for waiter in tuple(self.waiters):
            if waiter.reply.asker_gone:
                self.dismiss(waiter)
                continue
            if not waiter.may_get:
                continue
            waiter.may_get = False
            request = waiter.request
            try:
                batch = await self.claims.claim(
                    request.holder,
                    request.most,
                    self.choice(request.wanted),
                    characters=MOST_CHARACTERS,
                )
            except FugueError as error:
                self.dismiss(waiter)
                waiter.reply.fail(error)
                continue
            if batch:
                self.dismiss(waiter)
                if not waiter.reply.resolve(batch):
                    await self.claims.give_back(ids_of(batch), seen=False)
            elif request.wanted.is_anything:
                return  # there is nothing for anybody

    def choice(self, wanted: Wanted) -> Callable[[Envelope], bool] | None:
        """What somebody who wants this may be given; None for whatever there is."""
        if not self.questions.pending:
            return None if wanted.is_anything else wanted.fits
        return lambda one: wanted.fits(one) and not self.questions.await_answer(one)
