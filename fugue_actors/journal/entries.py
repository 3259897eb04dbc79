"""Events as they stand in the journal's file, and back. Pure.

An event that cannot be written as JSON is refused here, in the hands of whoever records
it, before it could spoil what others record.
"""

from __future__ import annotations

import json
from typing import Any, Final, get_args

import attrs

from fugue_actors.errors import Refused, RemoteProtocolError
from fugue_actors.journal import records
from fugue_actors.journal.kinds import is_passing
from fugue_actors.protocol import codec
from fugue_actors.protocol.events import (
    Event,
    MessageSent,
    PaneOpened,
    RecordingStarted,
    SessionOpened,
    messages_of,
)
from fugue_actors.protocol.values import Pane, Recording, Session, Token

KINDS: Final[dict[str, type[attrs.AttrsInstance]]] = {
    kind.__name__: kind for kind in get_args(Event)
}
RECORDS: Final[dict[str, type[attrs.AttrsInstance]]] = {
    "session": Session,
    "pane": Pane,
    "token": Token,
    "recording": Recording,
}
"""Fields of events that hold a record, of which other versions know other fields."""
# Values of the vocabulary hold no cycles, and looking for them takes a third of the time.
ENCODER: Final = json.JSONEncoder(check_circular=False, separators=(",", ":"))


@attrs.frozen
class Entry:
    """An event on its way to the file.

    Attributes:
        event: What happened.
        kind: Its name.
        session: The session it is about, or that caused it.
        body: All of it as JSON; None if it is not written.
        messages: The ids of the messages it is about.
    """

    event: Event
    kind: str
    session: str | None
    body: str | None
    messages: tuple[str, ...]


def entry_of(event: Event) -> Entry:
    """An event, ready to be written.

    Raises:
        Refused: `InvalidArgument`: what it carries cannot be written as JSON.
    """
    kind = type(event).__name__
    if is_passing(event):
        return Entry(event, kind, None, None, ())
    # Ids that clients make up may be anything; one of ours is plain.
    # Each once, however often an event names it: it is looked up by both together.
    messages = tuple(dict.fromkeys(one for one in messages_of(event) if one.isascii()))
    return Entry(event, kind, session_of(event), encoded(event), messages)


def encoded(event: Event) -> str:
    """An event as JSON."""
    try:
        return ENCODER.encode(codec.event_to_json(event))
    except (TypeError, ValueError, RecursionError) as error:
        raise Refused(
            "InvalidArgument", f"this cannot be written down: {error}"
        ) from error


def session_of(event: Event) -> str | None:
    """The session that an event is listed under."""
    match event:
        case SessionOpened(session=session):
            return session.session_id
        case PaneOpened(pane=pane):
            return pane.session_id
        case RecordingStarted(recording=recording):
            return recording.session_id
        case MessageSent(envelope=envelope):
            return envelope.sender.session_id
        case _:
            return getattr(event, "session_id", None)


def event_of(body: str) -> Event:
    """The event that a body describes, as far as this version knows it.

    Raises:
        RemoteProtocolError: It describes none.
    """
    try:
        shape = json.loads(body)
    except (TypeError, ValueError) as error:
        raise RemoteProtocolError(f"not JSON: {error}") from error
    try:
        return codec.event_from_json(shape)
    except RemoteProtocolError:
        return codec.event_from_json(known_part(shape))


def known_part(shape: Any) -> Any:
    """An event's JSON without the fields that only a later version knows.

    Raises:
        RemoteProtocolError: There is no such event.
    """
    kind = KINDS.get(str(shape.get("event"))) if isinstance(shape, dict) else None
    if kind is None:
        raise RemoteProtocolError("not an event: unknown or missing $.event")
    known = {"event", *attrs.fields_dict(kind)}
    part = {name: value for name, value in shape.items() if name in known}
    if "layout" in part:
        part["layout"] = records.known_layout(part["layout"])
    for name, inner in RECORDS.items():
        if isinstance(part.get(name), dict):
            part[name] = records.known_fields(part[name], inner)
    return part
