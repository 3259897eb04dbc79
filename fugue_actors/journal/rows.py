"""The view as rows, and a view made of rows again. Pure.

Every row is one record as JSON under a kind and a key. Reading is tolerant of what
another version may have written: unknown fields are skipped, missing ones have their
defaults, and a row that cannot be understood costs no other.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.journal import records
from fugue_actors.journal.messages import Keyed, MessageRecord
from fugue_actors.journal.views import State
from fugue_actors.protocol.codec import from_json, to_json
from fugue_actors.protocol.values import (
    Envelope,
    Pane,
    Recipient,
    Recording,
    Session,
    Terms,
    Token,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SESSION: Final = "session"
PANE: Final = "pane"
LAYOUT: Final = "layout"
PARENT: Final = "parent"
MESSAGE: Final = "message"
KEY: Final = "key"
TOKEN: Final = "token"  # noqa: S105 - the name of a kind of row
RECORDING: Final = "recording"


@attrs.frozen
class Followed:
    """A message that is followed, as it was at one moment.

    Attributes:
        record: The ledger's record; this copy does not move.
        to_report: The sessions of whose failure the sender has not been told; None if
            there is nothing to tell.
    """

    record: MessageRecord
    to_report: tuple[str, ...] | None


def followed(state: State, message_id: str) -> Followed | None:
    """A message, if it must not be forgotten."""
    record = state.ledger.messages.get(message_id)
    if record is None:
        return None
    untold = state.ledger.to_report.get(message_id)
    if not record.open and not record.retained and untold is None:
        return None
    still = attrs.evolve(
        record, recipients=dict(record.recipients), aside=dict(record.aside)
    )
    return Followed(still, None if untold is None else tuple(untold))


def encode(kind: str, value: Any) -> Any:
    """A record as JSON."""
    match kind, value:
        case "message", Followed(record=record, to_report=to_report):
            return {
                "envelope": to_json(record.envelope),
                "seq": record.seq,
                "terms": to_json(record.terms),
                "recipients": [to_json(row) for row in record.recipients.values()],
                "aside": [to_json(row) for row in record.aside.values()],
                "retained": record.retained,
                "open": record.open,
                "to_report": to_report,
            }
        case "key", Keyed():
            return {"message_id": value.message_id, "fingerprint": value.fingerprint}
        case "parent", above:
            return {"parent": above}
        case _:
            return to_json(value)


def key_of(sender: str, idempotency_key: str) -> str:
    """The key of a row about what a sender sent under a key of its own."""
    return json.dumps([sender, idempotency_key])


# ---- reading


def build(rows: Iterable[tuple[str, str, str]], trouble: list[str]) -> State:
    """The view that these rows describe.

    Args:
        rows: Kind, key and body of each.
        trouble: Gets a line for each that cannot be understood.
    """
    state = State()
    shapes: dict[str, list[tuple[str, Any]]] = {kind: [] for kind in READERS}
    for kind, key, body in rows:
        try:
            shapes[kind].append((key, json.loads(body)))
        except (KeyError, TypeError, ValueError) as error:
            trouble.append(f"{kind} {key}: {error!r}")
    for kind, reader in READERS.items():
        for key, shape in shapes[kind]:
            try:
                reader(state, key, shape)
            except (RemoteProtocolError, KeyError, TypeError, ValueError) as error:
                trouble.append(f"{kind} {key}: {error!r}")
    take_up_messages(state)
    return state


def take_up_messages(state: State) -> None:
    """Put the messages that were read into their inboxes, oldest first."""
    records = sorted(state.ledger.messages.values(), key=lambda record: record.seq)
    state.ledger.messages.clear()
    for record in records:
        state.ledger.take_up(record)
        if not record.open and not record.retained:
            state.ledger.finish(record)


def read_session(state: State, key: str, shape: Any) -> None:
    session = records.read(shape, Session)
    state.sessions[key] = session
    state.names[session.session_name] = key
    state.ledger.open_inbox(key)


def read_pane(state: State, key: str, shape: Any) -> None:
    state.panes[key] = records.read(shape, Pane)


def read_layout(state: State, key: str, shape: Any) -> None:
    state.layouts[key] = records.read_layout(shape)


def read_parent(state: State, key: str, shape: Any) -> None:
    state.parents[key] = shape["parent"]


def read_token(state: State, key: str, shape: Any) -> None:
    state.tokens[key] = records.read(shape, Token)


def read_recording(state: State, key: str, shape: Any) -> None:
    state.recordings[key] = records.read(shape, Recording)


def read_key(state: State, key: str, shape: Any) -> None:
    sender, idempotency_key = json.loads(key)
    keyed = Keyed(shape["message_id"], shape["fingerprint"])
    state.ledger.keys[sender, idempotency_key] = keyed


def read_message(state: State, key: str, shape: Any) -> None:
    record = MessageRecord(
        envelope=from_json(shape["envelope"], Envelope),
        seq=shape["seq"],
        terms=records.read(shape["terms"], Terms),
        recipients=recipients(shape["recipients"]),
        aside=recipients(shape["aside"]),
        retained=shape["retained"],
        open=shape["open"],
    )
    state.ledger.messages[key] = record
    if shape["to_report"] is not None:
        state.ledger.to_report[key] = list(shape["to_report"])


def recipients(shapes: Any) -> dict[str, Recipient]:
    rows = [records.read(shape, Recipient) for shape in shapes]
    return {row.session_id: row for row in rows}


READERS: Final[dict[str, Callable[[State, str, Any], None]]] = {
    SESSION: read_session,
    PANE: read_pane,
    LAYOUT: read_layout,
    PARENT: read_parent,
    KEY: read_key,
    TOKEN: read_token,
    RECORDING: read_recording,
    MESSAGE: read_message,
}
