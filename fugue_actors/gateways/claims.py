"""Messages on their way to a client, and the proof that they got there.

1. An answer that carries messages is noted before it is written (`note`).
2. Once it is written its messages are outstanding (`written`), and once the kernel has it
   whole they may be proved (`handed_over`).
3. A request that the client began afterwards proves that it went on after the answer: what
   is outstanding is consumed (`proof`). One that had begun to arrive before the answer was
   handed over proves nothing, even if it is only looked at later.
4. An answer that is never written gives its messages back (`unwritten`), and so does one
   that crosses with its client's cancellation: the client throws it away (`withdrawn`).
5. What is outstanding when the connection ends is given back by the session itself,
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
        since: The position at which the answer was handed over; infinite before.
    """

    claim: Claim
    since: float = math.inf


@attrs.define(eq=False)
class Claims:
    """One connection's claims. Pure bookkeeping, by request."""

    noted: dict[Hashable, Claim] = attrs.Factory(dict)
    outstanding: dict[Hashable, Outstanding] = attrs.Factory(dict)
    unwanted: set[Hashable] = attrs.Factory(set)

    def note(self, request: Hashable, session_id: str, message_ids: Ids) -> None:
        """The answer to `request` will carry these messages of a session."""
        if message_ids:
            self.noted[request] = (session_id, message_ids)

    def written(self, request: Hashable) -> Claim | None:
        """The answer to `request` is on its way; what to give back if nobody wants it."""
        claim = self.noted.pop(request, None)
        if request in self.unwanted:
            self.unwanted.discard(request)
            return claim
        if claim is not None:
            self.outstanding[request] = Outstanding(claim)
        return None

    def handed_over(self, request: Hashable, position: int) -> None:
        """The answer to `request` has left; the client had sent so much by then."""
        answer = self.outstanding.get(request)
        if answer is not None:
            answer.since = position

    def unwritten(self, request: Hashable) -> Claim | None:
        """The answer to `request` will not be written; what to give back."""
        self.unwanted.discard(request)
        return self.noted.pop(request, None)

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
                proven[session_id] = proven.get(session_id, ()) + ids
        return proven
