"""Messages on their way to a client, and the proof that they got there.

1. An answer that carries messages is noted before it is written (`note`).
2. Once it is written the messages are outstanding (`written`).
3. The next request that arrives on the same connection proves that the client went on
   after it: what is outstanding is consumed (`proof`).
4. An answer that is never written gives its messages back (`unwritten`).
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
    outstanding: dict[str, Ids] = attrs.Factory(dict)

    def note(self, request: Hashable, session_id: str, message_ids: Ids) -> None:
        """The answer to `request` will carry these messages of a session."""
        if message_ids:
            self.noted[request] = (session_id, message_ids)

    def written(self, request: Hashable) -> None:
        """The answer to `request` is on its way to the client."""
        claim = self.noted.pop(request, None)
        if claim is not None:
            session_id, ids = claim
            self.outstanding[session_id] = self.outstanding.get(session_id, ()) + ids

    def unwritten(self, request: Hashable) -> tuple[str, Ids] | None:
        """The answer to `request` will not be written; what to give back."""
        return self.noted.pop(request, None)

    def proof(self) -> Mapping[str, Ids]:
        """A request arrived: what it proves to be consumed, by session."""
        proven, self.outstanding = self.outstanding, {}
        return proven
