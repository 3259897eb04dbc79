"""Messages on their way to a client, and the proof that they got there.

1. An answer that carries messages is noted before it is written (`note`).
2. Once it is written its messages are outstanding (`written`), and once the kernel has it
   whole they may be proved (`handed_over`).
3. A request that the client began afterwards proves that it went on after the answer: what
   is outstanding is consumed (`proof`). One that had begun to arrive before the answer was
   handed over proves nothing, even if it is only looked at later.
4. An answer that is never written gives its messages back (`unwritten`), and so does one
   that crosses with its client's cancellation: the client throws it away (`withdrawn`).
5. Messages that are to be acknowledged by hand go the same way, but no request proves
   them: after the next one nothing is left to be known of them here.
6. What could not be recorded as proved is outstanding again, for the next request.
7. What is outstanding when the connection ends is given back by the session itself,
   which watches the connection's actor.

A position is a number of bytes that the client had sent; see `lines`.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping

import attrs

Ids = tuple[str, ...]
Claim = tuple[str, Ids]  # a session's id, and messages of its inbox


@attrs.define(eq=False)
class Outstanding:
    """What an answer carries that was written.

    Attributes:
        claim: The messages.
        by_hand: A request proves nothing for them.
        since: The position at which the answer was handed over; infinite before.
    """

    claim: Claim
    by_hand: bool = False
    since: float = math.inf


@attrs.define(eq=False)
class Claims:
    """One connection's claims. Pure bookkeeping, by request."""

    noted: dict[Hashable, Outstanding] = attrs.Factory(dict)
    outstanding: dict[Hashable, Outstanding] = attrs.Factory(dict)
    unwanted: set[Hashable] = attrs.Factory(set)

    def note(
        self,
        request: Hashable,
        session_id: str,
        message_ids: Ids,
        *,
        by_hand: bool = False,
    ) -> None:
        """The answer to `request` will carry these messages of a session."""
        if message_ids:
            claim = (session_id, message_ids)
            self.noted[request] = Outstanding(claim, by_hand)

    def written(self, request: Hashable) -> Claim | None:
        """The answer to `request` is on its way; what to give back if nobody wants it."""
        answer = self.noted.pop(request, None)
        if answer is None:
            self.unwanted.discard(request)
        elif request in self.unwanted:
            self.unwanted.discard(request)
            return answer.claim
        else:
            self.outstanding[request] = answer
        return None

    def handed_over(self, request: Hashable, position: float) -> None:
        """The answer to `request` has left; the client had sent so much by then."""
        answer = self.outstanding.get(request)
        if answer is not None:
            answer.since = position

    def unwritten(self, request: Hashable) -> Claim | None:
        """The answer to `request` will not be written; what to give back."""
        self.unwanted.discard(request)
        answer = self.noted.pop(request, None)
        return None if answer is None else answer.claim

    def withdrawn(self, request: Hashable, *, is_under_way: bool) -> Claim | None:
        """The client no longer wants this answer; what to give back.

        Args:
            request: Which.
            is_under_way: Its answer has not left yet.
        """
        answer = self.outstanding.pop(request, None)
        if answer is not None:
            return answer.claim
        if is_under_way:
            self.unwanted.add(request)
        return None

    def proof(self, position: int) -> Mapping[str, Ids]:
        """A request began at `position`: what it proves to be consumed, by session."""
        proven: dict[str, Ids] = {}
        for request, answer in tuple(self.outstanding.items()):
            if answer.since <= position:
                del self.outstanding[request]
                session_id, ids = answer.claim
                if not answer.by_hand:
                    proven[session_id] = proven.get(session_id, ()) + ids
        return proven

    def unproved(self, session_id: str, message_ids: Ids) -> None:
        """What was proved could not be recorded: the next request proves it again."""
        again = Outstanding((session_id, message_ids), since=-math.inf)
        self.outstanding[again] = again
