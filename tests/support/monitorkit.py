"""Clients of the monitor protocol, and what they should have been told.

`Fold` is a client's memory as the protocol's reference describes it. `truth` says what a
client sees by looking at everything there is, without any bookkeeping.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
from gatewaykit import ControlLine

from fugue_actors.gateways.monitor.attention import Pleas
from fugue_actors.gateways.monitor.bounds import Bounds
from fugue_actors.gateways.monitor.documents import (
    document,
    newest_messages,
)
from fugue_actors.protocol.monitor import COLLECTIONS

if TYPE_CHECKING:
    from fugue_actors.journal import State

Collections = dict[str, dict[str, Any]]


@attrs.define(eq=False)
class Fold:
    """What a client knows.

    Attributes:
        collections: The documents, by collection and id.
        seq: The event up to which that is true.
        lagged: Why the client had to start over, each time.
        snapshots: How often it was told everything.
        events: The log.
    """

    collections: Collections = attrs.Factory(dict)
    seq: int = 0
    lagged: list[str] = attrs.Factory(list)
    snapshots: int = 0
    events: list[dict[str, Any]] = attrs.Factory(list)

    def take(self, frame: dict[str, Any]) -> None:
        """Fold one frame in."""
        assert frame["seq"] >= self.seq
        self.seq = frame["seq"]
        if "lagged" in frame:
            self.lagged.append(frame["lagged"])
        if "snapshot" in frame:
            self.snapshots += 1
            self.collections |= frame["snapshot"]
        for collection, documents in frame.get("put", {}).items():
            self.collections.setdefault(collection, {}).update(documents)
        for collection, keys in frame.get("drop", {}).items():
            for key in keys:
                self.collections.get(collection, {}).pop(key, None)
        self.events += frame.get("log", [])


class Viewer(ControlLine):
    """A client that subscribes and folds what it hears."""

    def __init__(self, line: ControlLine) -> None:
        super().__init__(line.stream, line.actor)
        self.fold = Fold()

    async def subscribe(self, *kinds: str, **more: Any) -> dict[str, Any]:
        """Subscribe; the answer."""
        answer = await self.call("subscribe", kinds=list(kinds), **more)
        self.take_in()
        return answer

    def take_in(self) -> None:
        """Fold in what came before an answer."""
        for frame in self.got:
            self.fold.take(frame)
        self.got.clear()

    async def hear_frame(self) -> dict[str, Any]:
        """The next frame, folded in."""
        frame = await self.hear()
        self.fold.take(frame)
        return frame

    async def hear_until(self, seq: int) -> None:
        """Fold in what comes, until all up to an event is known."""
        while self.fold.seq < seq:
            await self.hear_frame()


def truth(
    state: State, *collections: str, most_messages: int = Bounds().messages
) -> Collections:
    """All documents there are, as JSON gives them."""
    pleas = Pleas(state.ledger.messages.values())
    ids = {
        "panes": state.panes,
        "messages": newest_messages(state, most_messages),
    }
    return {
        collection: {
            key: json.loads(json.dumps(document(state, pleas, collection, key)))
            for key in ids.get(collection, state.sessions)
        }
        for collection in collections or COLLECTIONS[:5]
    }


@attrs.frozen(kw_only=True)
class Chosen:
    """What a client asked for, or may see at most: sessions by id or name, and tags."""

    sessions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def has(self, state: State, session_id: str, name: str = "") -> bool:
        """Whether a session is among it, be it there still or not."""
        session = state.sessions.get(session_id)
        known = {session_id, name} | ({session.session_name} if session else set())
        has_tag = session is not None and set(self.tags) & set(session.tags)
        return bool(has_tag or known & set(self.sessions))


def part(
    state: State, whole: Collections, chosen: Chosen | None, own: str | None
) -> Collections:
    """What somebody sees of the truth.

    Args:
        state: What is the case.
        whole: The truth.
        chosen: The sessions that they see; None for all.
        own: The session whose messages alone they see.
    """

    if own is not None and "states" in whole:
        whole = {**whole, "states": without_pleas(whole["states"])}

    def is_seen(collection: str, key: str, shape: dict[str, Any]) -> bool:
        if collection != "messages":
            return chosen is None or chosen.has(state, shape["session_id"])
        record = state.ledger.messages[key]
        rows = (record.envelope.sender, *record.recipients.values())
        parties = {row.session_id: row.session_name for row in rows}
        is_own = own is None or own in {*parties, *record.aside}
        return is_own and (
            chosen is None
            or any(chosen.has(state, one, name) for one, name in parties.items())
        )

    return {
        collection: {k: v for k, v in shapes.items() if is_seen(collection, k, v)}
        for collection, shapes in whole.items()
    }


def without_pleas(states: dict[str, Any]) -> dict[str, Any]:
    """States as agents see them: who asked for help, and not what for."""
    found = json.loads(json.dumps(states))
    for state in found.values():
        for reason in state["attention"]:
            if reason["reason"] == "help":
                reason["text"] = "it asked for help"
    return found
