"""The event stream: record, fold, tell whoever listens.

`record` returns when the events are kept, and only then has anything happened: the view
is folded and listeners are told in the same step, so nobody ever sees half of it. Here
events are kept in memory; the promise of `record` does not depend on that.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

import attrs
import trio

from fugue_actors.journal.views import State
from fugue_actors.protocol.events import Event, Recorded, concerns

Listener = Callable[[Recorded], None]


def utc_now() -> str:
    """Now, as people and wires write it: RFC 3339, UTC, to the millisecond."""
    now = datetime.datetime.now(datetime.UTC)
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@attrs.define(eq=False)
class Journal:
    """One per daemon, made before any actor and outliving each of them.

    Attributes:
        state: What is the case.
        seq: Number of the newest event.
        generation: This daemon's among all that had this home: a pane host obeys
            the newest one that it has met.
    """

    state: State = attrs.Factory(State)
    seq: int = 0
    generation: int = 1
    _everyone: dict[object, Listener] = attrs.Factory(dict)
    _by_session: dict[str, dict[object, Listener]] = attrs.Factory(dict)

    async def record(self, *events: Event) -> None:
        """Keep these events, in this order and all at once."""
        await trio.lowlevel.checkpoint()
        at = utc_now()
        for event in events:
            self.seq += 1
            recorded = Recorded(seq=self.seq, at=at, event=event)
            self.state.apply(recorded)
            self._tell(recorded)

    def listen(
        self, listener: Listener, *, session_id: str | None = None
    ) -> Callable[[], None]:
        """Call `listener` with what is recorded from now on.

        A listener is called synchronously from the recorder's task: it may only set a
        flag or put something into a bounded queue, and must not raise.

        Args:
            listener: What to call.
            session_id: Only for events that concern this session, or that put messages
                back into its inbox.

        Returns:
            A function that stops it; calling it twice is harmless.
        """
        token = object()
        if session_id is None:
            table = self._everyone
        else:
            table = self._by_session.setdefault(session_id, {})
        table[token] = listener

        def stop() -> None:
            table.pop(token, None)
            if not table and self._by_session.get(session_id or "") is table:
                del self._by_session[session_id or ""]

        return stop

    def _tell(self, recorded: Recorded) -> None:
        for listener in tuple(self._everyone.values()):
            listener(recorded)
        if self._by_session:
            regained = self.state.ledger.regained
            for session_id in dict.fromkeys((*concerns(recorded.event), *regained)):
                listeners = self._by_session.get(session_id)
                if listeners:
                    for listener in tuple(listeners.values()):
                        listener(recorded)
