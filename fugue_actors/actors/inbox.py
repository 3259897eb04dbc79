"""A session's inbox, within the session's actor, and what can be asked of it.

Messages are handed out with a claim: they are *offered* to a connection, become
*consumed* when it is proved that the session got them, and go back to the queue when
that connection ends first. The claim is watched, so no connection can take messages to
its grave.

The messages and their claims stand in the journal; kept here is only who waits, and
whom we watch. Between the decision to hand a message out and its record others may have
been quicker: what somebody gets is what the journal says afterwards.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Final

import attrs
import trio

from fugue_actors.actors.asking import AskSessions, Questions
from fugue_actors.actors.deadlines import is_timely
from fugue_actors.actors.settling import SettleMessages, settle
from fugue_actors.errors import FugueError, Refused, Unavailable
from fugue_actors.kernel import Down, Ref, Reply, Request, Timer
from fugue_actors.protocol.events import (
    DeliveryEnded,
    Event,
    MessageJoined,
    MessagesConsumed,
    MessageSent,
    MessagesOffered,
    MessagesReturned,
    SessionClosed,
)
from fugue_actors.protocol.values import Envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fugue_actors.actors.session import SessionActor
    from fugue_actors.journal import Ledger

ASK_WITHIN: Final = 10.0
# A claim that has to find its way to a client that went away is worth a short wait.
WAIT_MARGIN: Final = 5.0
RETRY_SECONDS: Final = 1.0
WENT_ON: Final = "its connection went on afterwards"
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
class InboxGrew:
    """Look at the inbox, as after every message (to the actor itself)."""


@attrs.frozen(kw_only=True)
class EndClaims:
    """Try again to end these claims, of ids and holders (to the actor itself)."""

    claims: tuple[tuple[str, str], ...]
    seen: bool


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
        self.questions = Questions(self)
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
        await self.questions.withdraw_all()

    async def stop(self) -> None:
        """Nobody waits here for answers any more."""
        await self.questions.withdraw_all()

    def notice(self, event: Event) -> None:
        """Called by the journal."""
        if self.waiters and isinstance(event, BRINGING):
            self.look_soon()

    def look_soon(self) -> None:
        """Look at the inbox; a full mailbox means that we do that soon anyway."""
        try:
            self.actor.ref.tell_nowait(InboxGrew())
        except (trio.WouldBlock, Unavailable):
            return

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
                await self.confirm(ids)
            case ReturnMessages(message_ids=ids, seen=seen):
                await self.give_back(ids, seen=seen)
            case WaitEnded(waiter=waiter):
                self.end_wait(waiter)
            case Down(ref=ref):
                self.watched.discard(ref.path)
                await self.take_back_from(ref.path)
            case EndClaims(claims=claims, seen=seen):
                await self.end_claims(claims, seen=seen)
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
            request = waiter.request
            try:
                batch = await self.claim(
                    request.holder, request.most, self.choice(request.wanted)
                )
            except FugueError as error:
                self.dismiss(waiter)
                waiter.reply.fail(error)
                continue
            if batch:
                self.dismiss(waiter)
                if not waiter.reply.resolve(batch):
                    await self.give_back(ids_of(batch), seen=False)
            elif request.wanted.is_anything:
                return  # there is nothing for anybody

    def choice(self, wanted: Wanted) -> Callable[[Envelope], bool] | None:
        """What somebody who wants this may be given; None for whatever there is."""
        if not self.questions.pending:
            return None if wanted.is_anything else wanted.fits
        return lambda one: wanted.fits(one) and not self.questions.await_answer(one)

    async def claim(
        self, holder: Ref, most: int, wanted: Callable[[Envelope], bool] | None
    ) -> tuple[Envelope, ...]:
        """Offer what is queued to a connection.

        Returns:
            What it really has now: others may have been quicker, so that this tries
            again. Empty if there is nothing.
        """
        session_id = self.actor.session_id
        while ids := ids_of(islice(self.queued(wanted), most)):
            self.watch_holder(holder)
            await self.record(
                MessagesOffered(
                    session_id=session_id, message_ids=ids, holder=holder.path
                )
            )
            got = tuple(self.ledger.held_by(holder.path, session_id, ids))
            if got and holder.path not in self.watched:
                await self.give_back(ids_of(got), seen=False)  # it ended meanwhile
                return ()
            if got:
                return got
        return ()

    def queued(self, wanted: Callable[[Envelope], bool] | None) -> Iterator[Envelope]:
        """What no connection holds and may be handed out, of what is wanted."""
        now = time.time()

        def fits(envelope: Envelope) -> bool:
            return is_timely(envelope, now) and (wanted is None or wanted(envelope))

        return self.ledger.queued(self.actor.session_id, fits)

    def watch_holder(self, holder: Ref) -> None:
        """Be told when a connection with claims ends, once however many it has."""
        if holder.path not in self.watched:
            self.watched.add(holder.path)
            self.actor.watch(holder)

    # ---- what becomes of what was handed out

    async def confirm(self, message_ids: tuple[str, ...]) -> None:
        """The connection that has these messages went on."""
        await self.record(
            MessagesConsumed(
                session_id=self.actor.session_id,
                message_ids=message_ids,
                evidence=WENT_ON,
            )
        )

    async def take_back_from(self, holder: str) -> None:
        """End every claim of a connection that is gone; it may have seen them."""
        claims = tuple(claim for claim in self.held() if claim[1] == holder)
        await self.end_claims(claims, seen=True)

    async def give_back(self, message_ids: tuple[str, ...], *, seen: bool) -> None:
        """Put claimed messages back into the queue."""
        wanted = set(message_ids)
        claims = tuple(claim for claim in self.held() if claim[0] in wanted)
        await self.end_claims(claims, seen=seen)

    async def end_claims(
        self, claims: tuple[tuple[str, str], ...], *, seen: bool
    ) -> None:
        """End claims that still stand, now or as soon as it can be recorded.

        Nobody else would ask for it, so it is tried until it works.
        """
        standing = frozenset(self.held())
        claims = tuple(claim for claim in claims if claim in standing)
        if not claims:
            return
        returned = MessagesReturned(
            session_id=self.actor.session_id,
            message_ids=tuple(message_id for message_id, _ in claims),
            seen=seen,
        )
        try:
            await self.record(returned)
        except Refused:
            self.actor.after(RETRY_SECONDS, EndClaims(claims=claims, seen=seen))

    async def record(self, *events: Event) -> None:
        """Record what is asked for.

        Raises:
            Refused: It cannot be kept now. Whoever asked is told; we live on.
        """
        try:
            await self.actor.journal.record(*events)
        except Unavailable as error:
            raise Refused(
                error.code, error.message, hint=error.hint, data=error.data
            ) from error

    @property
    def ledger(self) -> Ledger:
        """Where the messages stand."""
        return self.actor.journal.state.ledger

    def held(self) -> tuple[tuple[str, str], ...]:
        """The messages that are claimed, and by whom."""
        return tuple(self.ledger.held(self.actor.session_id))


def ids_of(envelopes: Iterable[Envelope]) -> tuple[str, ...]:
    """The ids of some messages."""
    return tuple(envelope.id for envelope in envelopes)
