"""What of all that happens belongs into a recording, as notes. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fugue_actors.protocol import events as happened
from fugue_actors.recording.notes import MOST_RECIPIENTS, Note, cut

if TYPE_CHECKING:
    from collections.abc import Collection

    from fugue_actors.journal import State
    from fugue_actors.protocol.values import Envelope, Recording

TEXTS = ("text", "message", "question", "answer", "body")
"""Fields of a payload that say what it is about, the best first."""


def note_of(
    event: happened.Event, recording: Recording, shown: Collection[str], state: State
) -> Note | None:
    """What a recording says of an event; None if nothing.

    Args:
        event: What happened.
        recording: The recording.
        shown: The panes that are in its picture.
        state: What is the case by now.
    """
    match event:
        case happened.MessageSent(envelope=envelope, recipients=recipients):
            parties = {one.session_id for one in recipients}
            if recording.session_id not in parties | {envelope.sender.session_id}:
                return None
            return message(envelope, [one.session_name for one in recipients])
        case happened.StatusReported(session_id=recording.session_id, status=status):
            return Note(
                "state",
                {
                    "session": name_of(recording.session_id, state),
                    "state": status.status,
                    "text": cut(status.message or ""),
                },
            )
        case happened.PaneStarted(pane_id=pane_id) if pane_id in shown:
            return program(pane_id, "started", "", state)
        case happened.PaneExited(pane_id=pane_id, exit=ended) if pane_id in shown:
            how = (
                f"signal {ended.signal}"
                if ended.signal is not None
                else f"exit {ended.code}"
            )
            return program(pane_id, "ended", how, state)
        case happened.PaneLost(pane_id=pane_id) if pane_id in shown:
            return program(pane_id, "is lost", "its host has died", state)
        case happened.ControlTaken(pane_id=pane_id, control=control) if (
            pane_id in shown
        ):
            took = "took control of" if event.previous is None else "took over"
            before = "" if event.previous is None else f"from {event.previous}"
            return action(pane_id, control.operator, took, before, state)
        case happened.ControlReleased(pane_id=pane_id) if pane_id in shown:
            return action(pane_id, event.operator, "gave back", event.why, state)
        case _:
            return None


def message(envelope: Envelope, recipients: list[str]) -> Note:
    """What a recording says of a message."""
    named = recipients[:MOST_RECIPIENTS]
    if len(recipients) > MOST_RECIPIENTS:
        named.append(f"{len(recipients) - MOST_RECIPIENTS} more")
    fields: dict[str, Any] = {
        "id": envelope.id,
        "sender": envelope.sender.session_name,
        "recipients": named,
        "type": envelope.type,
        "text": cut(said(envelope.payload)),
        "priority": envelope.priority,
    }
    if envelope.in_reply_to is not None:
        fields["in_reply_to"] = envelope.in_reply_to
    return Note("message", fields)


def said(payload: dict[str, Any]) -> str:
    """What a message says, as far as it is a text; else all of it."""
    for name in TEXTS:
        found = payload.get(name)
        if isinstance(found, str) and found:
            return found
    return json.dumps(payload, ensure_ascii=False, default=str) if payload else ""


def program(pane_id: str, became: str, how: str, state: State) -> Note:
    """What a recording says of a program."""
    pane = pane_name(pane_id, state)
    return Note("program", {"pane": pane, "state": became, "text": how})


def action(pane_id: str, who: str, what: str, why: str, state: State) -> Note:
    """What a recording says of who controls a pane."""
    pane = pane_name(pane_id, state)
    return Note("control", {"pane": pane, "who": who, "action": what, "text": why})


def pane_name(pane_id: str, state: State) -> str:
    """What a pane is called, or its id."""
    pane = state.panes.get(pane_id)
    return pane_id if pane is None or pane.name is None else pane.name


def name_of(session_id: str, state: State) -> str:
    """What a session is called."""
    session = state.sessions.get(session_id)
    return session_id if session is None else session.session_name
