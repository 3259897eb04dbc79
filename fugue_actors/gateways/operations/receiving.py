"""Operations of who receives: poll, acknowledge; and what became of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fugue_actors.actors import inbox, settling
from fugue_actors.actors.claiming import ids_of
from fugue_actors.actors.inbox import Wanted
from fugue_actors.errors import Refused
from fugue_actors.gateways import authority
from fugue_actors.gateways.operations import views
from fugue_actors.gateways.operations.sending import named
from fugue_actors.journal.recalling import remembered
from fugue_actors.protocol.codec import to_json

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context
    from fugue_actors.journal import MessageRecord
    from fugue_actors.protocol.values import RecipientState

LONGEST_WAIT: Final = 3600
MANUAL: Final = "manual"


async def poll_messages(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Claim the caller's oldest unread messages, waiting for the first if asked to."""
    session = await context.caller.session()
    batch = await inbox.take_messages(
        context.session_actor(session.session_id),
        holder=context.holder,
        most=arguments.get("max", 10),
        wait=arguments.get("wait_seconds", 0),
        wanted=Wanted(
            types=frozenset(arguments.get("types", ())), sender=arguments.get("from")
        ),
    )
    context.claim(
        session.session_id,
        ids_of(batch),
        by_hand=arguments.get("ack") == MANUAL,
    )
    return {"messages": [to_json(envelope) for envelope in batch]}


async def ack(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Settle messages of the caller: it has them, not now, or never."""
    reason = named(arguments, "refuse")
    is_release = arguments.get("release", False)
    if reason is not None and is_release:
        raise Refused("InvalidArgument", "a message is either released or refused")
    how: settling.How = "acknowledge"
    if is_release:
        how = "release"
    elif reason is not None:
        how = "refuse"
    session_id = (await context.caller.session()).session_id
    ids = tuple(dict.fromkeys(arguments["message_ids"]))
    states: dict[str, RecipientState] = {}
    followed = context.journal.state.ledger.messages
    for message_id in ids:
        if message_id not in followed:  # finished long ago: nothing is left to do
            row = settling.row_of(
                await remembered(context.journal, message_id), session_id, message_id
            )
            settling.check(how, message_id, row)
            states[message_id] = row.state
    still = tuple(message_id for message_id in ids if message_id not in states)
    states |= await settling.settle_messages(
        context.session_actor(session_id), still, how, reason or ""
    )
    return {
        "messages": [
            {"message_id": message_id, "state": states[message_id]}
            for message_id in ids
        ]
    }


async def message_status(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """A message and what became of it, for those it concerns."""
    record = await find(context, arguments["message_id"])
    if not context.is_person:
        await context.caller.session()
    if not authority.sees_message(context.caller, record):
        raise Refused(
            "NotAllowed",
            "the message is neither from your session nor for it",
            hint="its sender and its recipients can look, and people outside of panes",
        )
    return views.message_status(record)


async def find(context: Context, message_id: str) -> MessageRecord:
    """What is known of a message.

    Raises:
        Refused: `MessageNotFound`.
    """
    record = await remembered(context.journal, message_id)
    if record is None:
        raise Refused(
            "MessageNotFound",
            f"nothing is known of a message {message_id[:80]!r}",
            hint="an id is the whole message_id or id that fugue gave",
        )
    return record
