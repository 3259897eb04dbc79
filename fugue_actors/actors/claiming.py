"""Claims to the messages of a session's inbox, within the session's actor.

1. A claim is for a connection, which is watched: it can take no messages to its grave.
2. Between the decision to hand a message out and its record others may have been
   quicker: what somebody gets is what the journal says afterwards.
3. A claim that nobody holds any more ends, now or as soon as it can be recorded.
4. What cannot be recorded for somebody who asked is refused; the actor lives on.
"""

from __future__ import annotations

import json
import math
import time
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final

import attrs
import trio

from fugue_actors.actors.deadlines import is_timely
from fugue_actors.errors import Refused, Unavailable
from fugue_actors.protocol.events import (
    Event,
    MessagesConsumed,
    MessagesOffered,
    MessagesReturned,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fugue_actors.actors.session import SessionActor
    from fugue_actors.journal import Ledger
    from fugue_actors.kernel import Ref
    from fugue_actors.protocol.values import Envelope

RETRY_SECONDS: Final = 1.0
WENT_ON: Final = "its connection went on afterwards"


@attrs.frozen(kw_only=True)
class InboxGrew:
    """Look at the inbox, as after every message; `anew` for all who wait, at all of it."""

    anew: bool = False


@attrs.frozen(kw_only=True)
class EndClaims:
    """Try again to end these claims, of ids and holders (to the actor itself)."""

    claims: tuple[tuple[str, str], ...]
    seen: bool


def look(session: Ref) -> None:
    """Have a session look at its whole inbox for all who wait there.

    If its mailbox is full they wait for the next message, or until their time is up.
    """
    try:
        session.tell_nowait(InboxGrew(anew=True))
    except (trio.WouldBlock, Unavailable):
        return


def ids_of(envelopes: Iterable[Envelope]) -> tuple[str, ...]:
    """The ids of some messages."""
    return tuple(envelope.id for envelope in envelopes)


def helping(
    envelopes: Iterable[Envelope], most: int, characters: float
) -> Iterator[Envelope]:
    """As many of these as are handed out at once, in their order; one at least."""
    for envelope in islice(envelopes, most):
        yield envelope
        if characters < math.inf:
            characters -= len(json.dumps(envelope.payload))
        if characters < 0:
            return


class Claims:
    """See the module's docstring."""

    def __init__(self, actor: SessionActor) -> None:
        self.actor = actor
        self.watched: set[str] = set()

    async def start(self) -> None:
        """Take back what nobody holds any more, and watch who holds the rest."""
        for holder in {holder for _, holder in self.held()}:
            ref = self.actor.kernel.registry.whereis(holder)
            if ref is None:
                await self.take_back_from(holder)
            else:
                self.watch_holder(ref)

    # ---- handing out

    async def claim(
        self,
        holder: Ref,
        most: int,
        wanted: Callable[[Envelope], bool] | None,
        *,
        characters: float = math.inf,
    ) -> tuple[Envelope, ...]:
        """Offer what is queued to a connection.

        Args:
            holder: The connection.
            most: At most so many messages.
            wanted: Only these; all if None.
            characters: No more after the one whose payload goes beyond this.

        Returns:
            What it really has now: others may have been quicker, so that this tries
            again. Empty if there is nothing.
        """
        session_id = self.actor.session_id
        while batch := tuple(helping(self.queued(wanted), most, characters)):
            ids = ids_of(batch)
            self.watch_holder(holder)
            with self.going_first(batch):
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
        now, claiming = time.time(), self.actor.journal.claiming

        def fits(envelope: Envelope) -> bool:
            return (
                is_timely(envelope, now)
                and envelope.id not in claiming
                and (wanted is None or wanted(envelope))
            )

        return self.ledger.queued(self.actor.session_id, fits)

    def is_free(self, envelope: Envelope) -> bool:
        """Whether a message is among those that may be handed out now."""
        state = self.ledger.state_of(envelope.id, self.actor.session_id)
        return (
            state == "queued"
            and envelope.id not in self.actor.journal.claiming
            and is_timely(envelope, time.time())
        )

    @contextmanager
    def going_first(self, batch: tuple[Envelope, ...]) -> Iterator[None]:
        """Keep others from trying to claim what is for one, while this one does.

        All who wait for a job hear of it at the same time; one claim is enough. If
        nothing comes of it, those who held back look again.
        """
        mine = {envelope.id for envelope in batch if envelope.deliver == "one"}
        self.actor.journal.claiming |= mine
        try:
            yield
        finally:
            self.actor.journal.claiming -= mine
            for message_id in mine:
                self.let_others_look(message_id)

    def let_others_look(self, message_id: str) -> None:
        """Tell those who held back from a message that is free all the same."""
        record = self.ledger.messages.get(message_id)
        for session_id, row in () if record is None else record.recipients.items():
            path = self.actor.ref.path.replace(self.actor.session_id, session_id)
            other = self.actor.kernel.registry.whereis(path)
            if row.state == "queued" and other not in (None, self.actor.ref):
                look(other)

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

    async def holder_gone(self, holder: Ref) -> None:
        """A connection has ended."""
        self.watched.discard(holder.path)
        await self.take_back_from(holder.path)

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
