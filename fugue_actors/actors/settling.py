"""What a session says of messages that it has: got it, not now, or never.

Asked for by hand, with `fugue_ack`; what connections prove by themselves needs no word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import attrs

from fugue_actors.errors import Refused
from fugue_actors.journal.messages import OPEN
from fugue_actors.kernel import Ref, Request
from fugue_actors.protocol.events import (
    DeliveryEnded,
    Event,
    MessagesConsumed,
    MessagesReturned,
)
from fugue_actors.protocol.values import Recipient, RecipientState

if TYPE_CHECKING:
    from fugue_actors.actors.inbox import Inbox
    from fugue_actors.journal import MessageRecord

How = Literal["acknowledge", "release", "refuse"]

SETTLE_WITHIN: Final = 10.0
ACKNOWLEDGED: Final = "acknowledged"
# In which states it can be done, or has been done already.
POSSIBLE: Final[dict[How, frozenset[RecipientState]]] = {
    "release": frozenset({"queued", "offered"}),
    "refuse": frozenset({"queued", "offered", "refused"}),
}


@attrs.frozen(kw_only=True)
class SettleMessages(Request[dict[str, RecipientState]]):
    """Acknowledge messages, give them back to the queue, or refuse them for a reason."""

    message_ids: tuple[str, ...]
    how: How
    reason: str = ""


async def settle_messages(
    session: Ref, message_ids: tuple[str, ...], how: How, reason: str = ""
) -> dict[str, RecipientState]:
    """Settle messages of a session; doing so again changes nothing.

    Returns:
        The state of each of them afterwards.

    Raises:
        Refused: `MessageNotFound`: one of them was never the session's, or is no more;
            `NotAllowed`: one cannot be released or refused any more. Nothing was done.
    """
    request = SettleMessages(message_ids=message_ids, how=how, reason=reason)
    return await session.ask(request, within=SETTLE_WITHIN)


async def settle(inbox: Inbox, message: SettleMessages) -> dict[str, RecipientState]:
    """Carry it out, for all of them or for none."""
    session_id = inbox.actor.session_id
    rows: dict[str, Recipient] = {}
    for message_id in message.message_ids:
        record = inbox.claims.ledger.messages.get(message_id)
        rows[message_id] = row_of(record, session_id, message_id)
        check(message.how, message_id, rows[message_id])
    if events := events_of(session_id, message, rows):
        await inbox.claims.record(*events)
    return {message_id: state_now(inbox, message_id) for message_id in rows}


def events_of(
    session_id: str, message: SettleMessages, rows: dict[str, Recipient]
) -> tuple[Event, ...]:
    """What there is to record; nothing for what is the case already."""
    offered = tuple(one for one, row in rows.items() if row.state == "offered")
    unread = tuple(one for one, row in rows.items() if row.state in OPEN)
    match message.how:
        case "acknowledge" if unread:
            acknowledged = MessagesConsumed(
                session_id=session_id, message_ids=unread, evidence=ACKNOWLEDGED
            )
            return (acknowledged,)
        case "release" if offered:
            return (MessagesReturned(session_id=session_id, message_ids=offered),)
        case "refuse":
            return tuple(
                DeliveryEnded(
                    message_id=message_id,
                    session_ids=(session_id,),
                    state="refused",
                    reason=message.reason,
                )
                for message_id in unread
            )
    return ()


def row_of(record: MessageRecord | None, session_id: str, message_id: str) -> Recipient:
    """What became of a message for a session.

    Raises:
        Refused: `MessageNotFound`: it is none of the session's.
    """
    row = None if record is None else record.recipients.get(session_id)
    if row is None:
        raise Refused(
            "MessageNotFound",
            f"{message_id[:80]!r} is no message of yours",
            hint="give ids as fugue_poll_messages gave them; a message for one of several "
            "is another's if you gave it back; nothing was done",
            data={"message_id": message_id},
        )
    return row


def check(how: How, message_id: str, row: Recipient) -> None:
    """See that a message can be settled like this, or has been.

    Raises:
        Refused: `NotAllowed`: it is too late for that.
    """
    if row.state in POSSIBLE.get(how, (row.state,)):
        return
    verb = {"release": "given back", "refuse": "refused"}[how]
    hint = "nothing was done"
    if row.state == "consumed":
        hint = (
            "take messages with ack: 'manual' if you may want to give them back: your "
            "next request proves that you have all others; nothing was done"
        )
    raise Refused(
        "NotAllowed",
        f"message {message_id} is {row.state} and cannot be {verb}",
        hint=hint,
        data={"message_id": message_id, "state": row.state},
    )


def state_now(inbox: Inbox, message_id: str) -> RecipientState:
    """The state of a message; queued also if others have it, who can still lose it."""
    state = inbox.claims.ledger.state_of(message_id, inbox.actor.session_id)
    return state or "queued"
