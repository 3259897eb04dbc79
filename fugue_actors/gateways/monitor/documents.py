"""Documents: what a client is told of each session, pane and message. Pure.

A document is whole and stands for itself: a client puts it in the place of the one it had,
and needs no event to understand it. It is made from what is the case now and nothing else.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.gateways.monitor import attention
from fugue_actors.gateways.operations import views
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.events import (
    ControlReleased,
    ControlTaken,
    GuestHeld,
    PaneLinked,
    PaneRang,
    PaneResized,
    PaneTitled,
    RecordingEnded,
    RecordingStarted,
)
from fugue_actors.protocol.values import Recording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.gateways.monitor.attention import Pleas
    from fugue_actors.journal import MessageRecord, State
    from fugue_actors.protocol.events import Event
    from fugue_actors.protocol.values import Recipient

KINDS: Final[dict[str, tuple[str, ...]]] = {
    "tree": ("sessions", "panes", "layouts"),
    "states": ("states",),
    "messages": ("messages",),
}
"""What can be subscribed to of what events change, and the collections that belong to it."""
MOST_PAYLOAD: Final = 4 * 1024
"""Length of a payload as JSON; one that is longer is left out."""
MOST_RECIPIENTS: Final = 100
MOST_STEPS: Final = 10

Touched = dict[str, list[str]]
"""Ids of documents that may have changed, by collection."""


def touched(event: Event, state: State) -> Touched:
    """The documents that an event may have changed, right after it was folded."""
    found: dict[str, dict[str, None]] = {}
    is_of_pane_alone = isinstance(
        event, PaneTitled | PaneRang | PaneResized | ControlTaken | ControlReleased
    )
    if not isinstance(event, GuestHeld | PaneLinked):  # nobody is shown these
        for (kind, key), session_id in state.changed.items():
            found.setdefault(f"{kind}s", {})[key] = None
            if kind != "layout" and not is_of_pane_alone:
                found.setdefault("states", {})[session_id] = None
            if kind == "pane" and not is_of_pane_alone:
                found.setdefault("layouts", {})[session_id] = None
    match event:
        case (
            RecordingStarted(recording=Recording(session_id=session_id))
            | RecordingEnded(session_id=session_id)
        ) if session_id in state.sessions:
            found.setdefault("sessions", {})[session_id] = None
    if state.ledger.moved:
        found.setdefault("states", {}).update(state.ledger.moved)
    if state.ledger.changed:
        found["messages"] = state.ledger.changed
    return {collection: list(ids) for collection, ids in found.items()}


def newest_messages(state: State, most: int) -> dict[str, None]:
    """The messages that are shown: the newest of those that are remembered."""
    newest = islice(reversed(state.ledger.messages), most)
    return dict.fromkeys(reversed(tuple(newest)))


def document(
    state: State, pleas: Pleas, collection: str, key: str
) -> dict[str, Any] | None:
    """One document; None if there is no such thing (any more).

    Args:
        state: What is the case.
        pleas: The requests for help that nobody has answered.
        collection: Of which kind.
        key: Its id.
    """
    if collection == "panes":
        pane = state.panes.get(key)
        return None if pane is None else views.pane(state, pane) | {"bells": pane.bells}
    if collection == "messages":
        record = state.ledger.messages.get(key)
        return None if record is None else message(record)
    session = state.sessions.get(key)
    if session is None:
        return None
    if collection == "sessions":
        return views.place_of(session) | {"recordings": recordings(state, key)}
    if collection == "layouts":
        return views.layout(state, session)
    return {
        "session_id": key,
        "status": None if session.status is None else to_json(session.status),
        "unread": state.ledger.unread(key),
        "attention": attention.reasons(state, session, pleas),
    }


def recordings(state: State, session_id: str) -> list[dict[str, Any]]:
    """The recordings of a session that run, oldest first."""
    return [
        {"recording_id": one.recording_id, "pane_id": one.pane_id}
        for one in state.recordings.values()
        if one.session_id == session_id and one.ended_at is None
    ]


def message(record: MessageRecord) -> dict[str, Any]:
    """A message and what became of it, cut where it is long."""
    envelope = record.envelope
    if record.size > MOST_PAYLOAD:
        cut = {"payload_cut": True, "payload_bytes": record.size}
        envelope = attrs.evolve(envelope, payload=cut)
    shape: dict[str, Any] = to_json(envelope)
    rows = record.recipients.values()
    shape["recipients"] = [recipient(row) for row in islice(rows, MOST_RECIPIENTS)]
    if len(rows) > MOST_RECIPIENTS:
        shape["recipients_cut"] = len(rows) - MOST_RECIPIENTS
    shape["states"] = counts(rows)
    return shape


def recipient(row: Recipient) -> dict[str, Any]:
    """What became of a message for one; of many steps the last."""
    shape: dict[str, Any] = to_json(row)
    if len(row.steps) > MOST_STEPS:
        shape["steps"] = shape["steps"][-MOST_STEPS:]
    return shape


def counts(rows: Iterable[Recipient]) -> dict[str, int]:
    """How many recipients there are in each state."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.state] = found.get(row.state, 0) + 1
    return found
