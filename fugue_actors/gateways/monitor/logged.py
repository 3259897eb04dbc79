"""Events as clients see them that follow the log. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.journal.entries import ENCODER
from fugue_actors.journal.reading import without_secrets
from fugue_actors.protocol.codec import event_to_json
from fugue_actors.protocol.events import MessageSent, concerns

if TYPE_CHECKING:
    from fugue_actors.gateways.monitor.choice import Visible
    from fugue_actors.protocol.events import Event, Recorded
    from fugue_actors.protocol.values import Session


def logged(recorded: Recorded) -> bytes:
    """An event as the journal's pages show it, without what is secret in it."""
    shape = without_secrets(event_to_json(recorded.event))
    return ENCODER.encode({"seq": recorded.seq, "at": recorded.at, **shape}).encode()


def concerns_any(event: Event, visible: Visible, closed: Session | None) -> bool:
    """Whether an event is about a session that a client sees, or from one.

    Args:
        event: What has just been folded.
        visible: What the client sees.
        closed: The session that the event closed, if it did.
    """
    if not visible.selections or (closed is not None and visible.has(closed)):
        return True
    sessions = set(concerns(event))
    if isinstance(event, MessageSent):
        sessions.add(event.envelope.sender.session_id)
    return any(visible.session(one) for one in sessions)
