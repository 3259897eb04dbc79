"""Messages on their way to a client, and the proof that they got there.

1. An answer that carries messages is noted before it is written (`note`).
2. Once it is written the messages are outstanding (`written`).
3. The next request that arrives on the same connection proves that the client went on
   after it: what is outstanding is consumed (`proof`).
4. An answer that is never written gives its messages back (`unwritten`), and so does one
   that crossed with its client's cancellation: the client throws it away (`withdrawn`).
5. What is outstanding when the connection ends is given back by the session itself,
   which watches the connection's actor.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import attrs

Ids = tuple[str, ...]


@attrs.define(eq=False)
class Claims:
    """One connection's claims. Pure bookkeeping, by request."""

    noted: dict[Hashable, tuple[str, Ids]] = attrs.Factory(dict)
    outstanding: dict[Hashable, tuple[str, Ids]] = attrs.Factory(dict)

    def note(self, request: Hashable, session_id: str, message_ids: Ids) -> None:
        """The answer to `request` will carry these messages of a session."""
        if message_ids:
            self.noted[request] = (session_id, message_ids)

    def written(self, request: Hashable) -> None:
        """The answer to `request` is on its way to the client."""
        claim = self.noted.pop(request, None)
        if claim is not None:
            self.outstanding[request] = claim

    def unwritten(self, request: Hashable) -> tuple[str, Ids] | None:
        """The answer to `request` will not be written; what to give back."""
        return self.noted.pop(request, None)

    def withdrawn(self, request: Hashable) -> tuple[str, Ids] | None:
        """The client no longer wants the answer that was written; what to give back."""
        return self.outstanding.pop(request, None)

    def proof(self) -> Mapping[str, Ids]:
        """A request arrived: what it proves to be consumed, by session."""
        proven: dict[str, Ids] = {}
        for session_id, ids in self.outstanding.values():
            proven[session_id] = proven.get(session_id, ()) + ids
        self.outstanding.clear()
        return proven
