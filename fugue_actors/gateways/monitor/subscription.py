"""What one client is to be told next. Pure.

There is no queue of changes, only a set of documents that may be others than those the
client has. It is looked at when the client takes the next frame: so what a slow client
costs is bounded by what there is, and what changed twice meanwhile is sent once.

Each frame is made in one step. Folded by the client, it is exactly what was the case at
its `seq`.
"""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.gateways.monitor.choice import LIVE_KINDS, Visible
from fugue_actors.gateways.monitor.logged import concerns_any, logged
from fugue_actors.gateways.sight import LOG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fugue_actors.gateways.monitor.choice import Choice, Moves
    from fugue_actors.gateways.monitor.documents import Touched
    from fugue_actors.gateways.monitor.feed import Audience, Feed
    from fugue_actors.gateways.sight import Sight
    from fugue_actors.protocol.events import Recorded

MOST_LOGGED_BYTES: Final = 16 * 1024
"""Of events in one frame, but for one that is larger: a millisecond or two."""


@attrs.frozen
class Plan:
    """What the next frame says, by collection.

    Attributes:
        snapshot: Collections that it gives as a whole.
        put: Documents that it gives.
        drop: Documents that the client has and shall forget.
    """

    snapshot: tuple[str, ...]
    put: dict[str, list[str]]
    drop: dict[str, list[str]]


class Subscription:
    """See the module's docstring.

    Args:
        feed: Where documents come from.
        sight: What the client may see.
        choice: What it has chosen.
        on_due: Called when there may be something to tell.

    Attributes:
        is_resumed: Whether the client goes on where it was.
        lagged: Why it has to start over, until it is told.
        sent: The documents that it has, by collection.
        dirty: Those that may be others by now.
        fresh: Collections of which nothing counts that it has.
        gone: Documents that it has of collections that it does not want any more, or
            only again.
        is_to_compare: Whether it may see more or less than before.
        events: The log's, as far as they wait.
        at: The event up to which it was told everything, when it was told last.
    """

    def __init__(
        self,
        feed: Feed,
        sight: Sight,
        choice: Choice,
        *,
        on_due: Callable[[], None] = lambda: None,
    ) -> None:
        self.feed = feed
        self.on_due = on_due
        self.sight = sight
        self.audience: Audience = "people" if sight.messages_of is None else "agents"
        self.lagged: str | None = None
        self.sent: dict[str, set[str]] = {}
        self.dirty: dict[str, set[str]] = {}
        self.gone: dict[str, set[str]] = {}
        self.events: deque[Recorded] = deque()
        self.is_to_compare = False
        self.at = feed.seq
        self.see(choice)
        self.fresh = set(self.collections)
        self.is_resumed = choice.since is not None and self.resume(choice.since)

    def see(self, choice: Choice) -> None:
        self.choice = choice
        self.collections = choice.collections
        self.visible = Visible(
            choice=choice, sight=self.sight, known=self.feed.state.sessions.get
        )

    def change(self, choice: Choice) -> None:
        """The client wants to see something else from now on."""
        before = self.choice
        self.see(choice)
        if LOG not in choice.kinds:
            self.events.clear()
        if (before.kinds, before.selection) != (choice.kinds, choice.selection):
            self.is_to_compare = True
            self.fresh &= set(self.collections)
            for collection in self.sent.keys() - set(self.collections):
                self.gone.setdefault(collection, set()).update(
                    self.sent.pop(collection)
                )
                self.dirty.pop(collection, None)

    def resume(self, since: int) -> bool:
        """Go on after an event; False if that cannot be."""
        missed = self.feed.ring.since(since, self.feed.seq)
        # Who must not see all might be told what to forget that it never knew of.
        if missed is None or self.visible.is_restricted:
            return False
        if any(one.moves in self.visible.depends_on for one in missed):
            return False
        for collection in self.collections:
            if collection not in LIVE_KINDS:
                self.fresh.discard(collection)
                self.sent[collection] = set(self.seen(collection))
        for one in missed:
            for collection in one.touched.keys() & self.sent.keys():
                # It may have any of these; what is there no more is dropped.
                self.sent[collection].update(one.touched[collection])
            self.touch(one.touched)
        self.at = since
        return self.lagged is None

    # ---- what happens

    def touch(self, touched: Touched) -> None:
        """Documents may have changed."""
        is_touched = False
        for collection, keys in touched.items():
            if collection in self.collections and collection not in self.fresh:
                self.dirty.setdefault(collection, set()).update(keys)
                is_touched = True
        if not is_touched:
            return
        if sum(map(len, self.dirty.values())) > self.feed.bounds.documents:
            self.start_over("too much has changed since you took the last frame")
        self.on_due()

    def happened(self, recorded: Recorded, moves: Moves | None) -> None:
        """An event happened; what it touched was told, and who it moved is."""
        if moves in self.visible.depends_on:
            self.is_to_compare = True
            self.on_due()
        closed = self.feed.state.closed
        if LOG in self.choice.kinds and concerns_any(
            recorded.event, self.visible, closed
        ):
            if len(self.events) >= self.feed.bounds.events:
                self.start_over("too much has happened since you took the last frame")
            else:
                self.events.append(recorded)
            self.on_due()

    def start_over(self, why: str) -> None:
        """The client has fallen behind: what it has does not count any more."""
        self.lagged = why
        self.fresh = set(self.collections)
        self.dirty.clear()
        self.events.clear()

    # ---- what is to be told

    @property
    def is_due(self) -> bool:
        """Whether the next frame would say something."""
        return self.is_behind or bool(self.events)

    @property
    def is_behind(self) -> bool:
        """Whether there are documents to tell of."""
        return bool(self.lagged or self.fresh or self.dirty or self.is_to_compare)

    def stamp(self) -> int:
        """The `seq` of a frame about something else than documents.

        It is that of the newest event only if nothing of what it touched waits: a client
        that comes back goes on from there.
        """
        if not self.is_behind:
            self.at = self.feed.seq
        return self.at

    def sees(self, collection: str, key: str) -> bool:
        """Whether there is such a document, and the client sees it."""
        state = self.feed.state
        match collection:
            case "sessions" | "layouts" | "states":
                return key in state.sessions and self.visible.session(key)
            case "panes":
                pane = state.panes.get(key)
                return pane is not None and self.visible.session(pane.session_id)
            case "messages":
                record = state.ledger.messages.get(key)
                return (
                    record is not None
                    and key in self.feed.shown
                    and self.visible.message(record)
                )
            case _:
                shape = self.feed.live[collection].get(key)
                return shape is not None and self.visible.live(shape)

    def seen(self, collection: str) -> list[str]:
        """All documents of a collection that the client sees."""
        keys = self.feed.ids(collection)
        if self.visible.is_all:
            return list(keys)
        return [key for key in keys if self.sees(collection, key)]

    def plan(self) -> Plan:
        """What the next frame says, as of this moment."""
        put: dict[str, list[str]] = {}
        drop: dict[str, list[str]] = {}
        for collection in self.collections:
            sent = self.sent.get(collection, set())
            dirty = self.dirty.get(collection, set())
            if collection in self.fresh:
                put[collection] = self.seen(collection)
            elif self.is_to_compare:
                seen = dict.fromkeys(self.seen(collection))
                put[collection] = [k for k in seen if k in dirty or k not in sent]
                drop[collection] = [k for k in sent if k not in seen]
            else:
                put[collection] = [k for k in dirty if self.sees(collection, k)]
                seen = dict.fromkeys(put[collection])
                drop[collection] = [k for k in dirty if k in sent and k not in seen]
        for collection, keys in self.gone.items():
            again = set(put.get(collection, ()))
            drop.setdefault(collection, []).extend(k for k in keys if k not in again)
        fresh = tuple(one for one in self.collections if one in self.fresh)
        return Plan(fresh, put, drop)

    def take(self, plan: Plan | None = None) -> list[bytes]:
        """The next frames about documents; the client has them from now on.

        Args:
            plan: What they say, if that was found out in this very step.
        """
        if not self.is_behind:
            return []
        plan, seq = plan or self.plan(), self.feed.seq
        frames = []
        if self.lagged is not None:
            # Whoever leaves now has heard no more than what it was told before.
            why = json.dumps(self.lagged).encode()
            frames.append(b'{"seq":%d,"lagged":%s}' % (self.at, why))
        # One frame, so that it is either all known to the client or nothing of it.
        parts = [b'"seq":%d' % seq]
        changed = [c for c, keys in plan.put.items() if keys and c not in self.fresh]
        dropped = {c: keys for c, keys in plan.drop.items() if keys}
        if plan.snapshot:
            parts.append(b'"snapshot":' + self.given(plan, plan.snapshot))
        if changed:
            parts.append(b'"put":' + self.given(plan, changed))
        if dropped:
            parts.append(b'"drop":' + json.dumps(dropped).encode())
        if len(parts) > 1:
            frames.append(b"{" + b",".join(parts) + b"}")
        self.told(plan, seq)
        return frames

    def given(self, plan: Plan, collections: Iterable[str]) -> bytes:
        """The documents of some collections as a JSON object."""
        parts = []
        for collection in collections:
            keys = plan.put[collection]
            members = self.feed.members(collection, keys, self.audience)
            parts.append(b'"%s":{%s}' % (collection.encode(), members))
        return b"{" + b",".join(parts) + b"}"

    def missing(self, plan: Plan) -> list[tuple[str, str]]:
        """What a plan gives of which the text is not at hand."""
        found: list[tuple[str, str]] = []
        for collection, keys in plan.put.items():
            texts = self.feed.made(collection, self.audience)
            found += [(collection, key) for key in keys if key not in texts]
        return found

    def make(self, collection: str, key: str) -> int:
        """Have a text at hand; returns how long it is."""
        return len(self.feed.text(collection, key, self.audience) or b"")

    def told(self, plan: Plan, seq: int) -> None:
        """The client has what the plan says."""
        for collection in self.fresh:
            self.sent[collection] = set()
        for collection, keys in plan.drop.items():
            self.sent.get(collection, set()).difference_update(keys)
        for collection, keys in plan.put.items():
            self.sent.setdefault(collection, set()).update(keys)
        self.gone.clear()
        self.fresh.clear()
        self.dirty.clear()
        self.is_to_compare = False
        self.lagged = None
        self.at = seq

    def take_events(self) -> bytes | None:
        """The next frame of the log, if something happened."""
        if not self.events:
            return None
        texts: list[bytes] = []
        room = MOST_LOGGED_BYTES
        while self.events and room > 0:
            texts.append(logged(self.events.popleft()))
            room -= len(texts[-1])
        return b'{"seq":%d,"log":[%s]}' % (self.stamp(), b",".join(texts))
