"""The feed: which documents an event changes, told to all subscriptions.

There is one for the whole daemon. It keeps each document's text from its first reader until
it changes, so that fifty viewers cost little more than one; while nobody looks it keeps
none. Texts are made on demand and in one step, so they are always those of this moment.

1. An event is told to every subscription in the step in which it is folded.
2. `live` documents are no event's: whoever looks at what they are about publishes them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import trio

from fugue_actors.gateways.monitor import attention, documents
from fugue_actors.gateways.monitor.attention import Pleas
from fugue_actors.gateways.monitor.bounds import Bounds
from fugue_actors.gateways.monitor.choice import LIVE_KINDS, moves
from fugue_actors.gateways.monitor.ring import Ring
from fugue_actors.protocol.events import MessageSent
from fugue_actors.protocol.monitor import COLLECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fugue_actors.gateways.monitor.documents import Touched
    from fugue_actors.gateways.monitor.source import MakeSource
    from fugue_actors.gateways.monitor.subscription import Subscription
    from fugue_actors.journal import Journal, State
    from fugue_actors.protocol.events import Recorded

Audience = Literal["people", "agents"]


class Feed:
    """See the module's docstring.

    Args:
        journal: What is the case.
        sources: What else each subscriber can be told.
        bounds: How much is kept.

    Attributes:
        shown: The messages that are shown.
        live: The documents that were published, by collection.
        rendered: How many texts were made so far, for those who measure.
    """

    def __init__(
        self,
        journal: Journal,
        sources: Sequence[MakeSource] = (),
        bounds: Bounds | None = None,
    ) -> None:
        self.journal = journal
        self.bounds = bounds or Bounds()
        self.sources = tuple(sources)
        self.ring = Ring(journal.seq)
        self.pleas = Pleas(journal.state.ledger.messages.values())
        self.shown = documents.newest_messages(journal.state, self.bounds.messages)
        self.live: dict[str, dict[str, Any]] = {kind: {} for kind in LIVE_KINDS}
        self.texts: dict[Audience, dict[str, dict[str, bytes]]] = {
            "people": {name: {} for name in COLLECTIONS},
            "agents": {"states": {}},
        }
        self.subscriptions: dict[Subscription, None] = {}
        self.rendered = 0
        self.changed_audience = trio.Event()
        journal.listen(self.note)

    # ---- reading

    @property
    def state(self) -> State:
        """What is the case."""
        return self.journal.state

    @property
    def seq(self) -> int:
        """Number of the newest event."""
        return self.journal.seq

    def ids(self, collection: str) -> Iterable[str]:
        """The ids of all documents there are."""
        match collection:
            case "panes":
                return self.state.panes
            case "messages":
                return self.shown
            case "sessions" | "layouts" | "states":
                return self.state.sessions
            case _:
                return self.live[collection]

    def document(self, collection: str, key: str) -> dict[str, Any] | None:
        """One document as it is now; None if there is no such thing."""
        if collection in self.live:
            found: dict[str, Any] | None = self.live[collection].get(key)
            return found
        if collection == "messages" and key not in self.shown:
            return None
        return documents.document(self.state, self.pleas, collection, key)

    def made(self, collection: str, audience: Audience) -> dict[str, bytes]:
        """The texts of a collection that are at hand, for these readers."""
        return self.texts[audience if collection == "states" else "people"][collection]

    def text(
        self, collection: str, key: str, audience: Audience = "people"
    ) -> bytes | None:
        """A document as a member of a JSON object; None if there is no such thing.

        Args:
            collection: Of which kind.
            key: Its id.
            audience: Who reads it: agents are not told what others asked for.
        """
        texts = self.made(collection, audience)
        text = texts.get(key)
        if text is None:
            shape = self.document(collection, key)
            if shape is None:
                return None
            if audience == "agents" and collection == "states":
                shape["attention"] = attention.discreet(shape["attention"])
            text = f"{json.dumps(key)}:{compact(shape)}".encode()
            self.rendered += 1
            if self.subscriptions:  # else nobody says when it is old
                texts[key] = text
        return text

    def members(
        self, collection: str, keys: Iterable[str], audience: Audience
    ) -> bytes:
        """Documents as the members of a JSON object."""
        texts = self.made(collection, audience)
        found = [texts.get(key) or self.text(collection, key, audience) for key in keys]
        return b",".join(text for text in found if text is not None)

    # ---- who listens

    def add(self, subscription: Subscription) -> None:
        """Tell a subscription what changes from now on."""
        self.subscriptions[subscription] = None
        self.tell_audience()

    def remove(self, subscription: Subscription) -> None:
        """Tell it no more; calling this twice is harmless."""
        self.subscriptions.pop(subscription, None)
        if not self.subscriptions:
            for collections in self.texts.values():
                for texts in collections.values():
                    texts.clear()
        self.tell_audience()

    def tell_audience(self) -> None:
        """Somebody came, went, or wants something else."""
        self.changed_audience.set()
        self.changed_audience = trio.Event()

    def is_wanted(self, kind: str) -> bool:
        """Whether anybody subscribes to a kind."""
        return any(kind in one.choice.kinds for one in self.subscriptions)

    async def wait_wanted(self, kind: str) -> None:
        """Wait until somebody subscribes to a kind."""
        while not self.is_wanted(kind):
            await self.changed_audience.wait()

    # ---- what happens

    def note(self, recorded: Recorded) -> None:
        """An event was folded."""
        event, state = recorded.event, self.state
        touched = documents.touched(event, state)
        messages = touched.get("messages")
        if messages is not None:
            self.note_messages(messages, recorded, touched)
        changed = moves(event)
        self.ring.add(recorded.seq, touched, changed)
        self.tell(touched)
        for subscription in self.subscriptions:
            subscription.happened(recorded, changed)

    def note_messages(
        self, changed: list[str], recorded: Recorded, touched: Touched
    ) -> None:
        """Find out which messages are shown now; `touched` is told what that touches."""
        messages = self.state.ledger.messages
        pleading: dict[str, None] = {}
        affected = dict.fromkeys(one for one in changed if one in self.shown)
        for message_id in changed:
            sender = self.pleas.note(message_id, messages.get(message_id))
            if sender is not None:
                pleading[sender] = None
        if pleading:
            states = touched.setdefault("states", [])
            states += [one for one in pleading if one not in states]
        if any(one not in messages for one in affected):  # it is forgotten
            before = self.shown
            self.shown = documents.newest_messages(self.state, self.bounds.messages)
            affected |= dict.fromkeys(before.keys() ^ self.shown.keys())
        elif isinstance(recorded.event, MessageSent):
            affected |= self.show(recorded.event.envelope.id, recorded.seq)
        touched["messages"] = list(affected)

    def show(self, message_id: str, seq: int) -> dict[str, None]:
        """A message may be new; returns it then, and the one that it takes the place of."""
        record = self.state.ledger.messages.get(message_id)
        if record is None or record.seq != seq:
            return {}
        self.shown[message_id] = None
        affected = {message_id: None}
        if len(self.shown) > self.bounds.messages:
            oldest = next(iter(self.shown))
            del self.shown[oldest]
            affected[oldest] = None
        return affected

    def publish(self, collection: str, found: Mapping[str, Any]) -> None:
        """All documents of a live collection, as somebody has just seen them."""
        known = self.live[collection]
        touched = [
            key
            for key, shape in found.items()
            if (before := known.get(key)) is not shape and before != shape
        ]
        touched += [key for key in known if key not in found]
        if touched:
            self.live[collection] = dict(found)
            self.tell({collection: touched})

    def tell(self, touched: Touched) -> None:
        """Documents may have changed."""
        if not self.subscriptions:
            return
        for collection, keys in touched.items():
            for collections in self.texts.values():
                texts = collections.get(collection, {})
                for key in keys if texts else ():
                    texts.pop(key, None)
        for subscription in self.subscriptions:
            subscription.touch(touched)


def compact(shape: Any) -> str:
    """JSON without blanks."""
    return json.dumps(shape, separators=(",", ":"))
