"""Operations on messages: receive, and see what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fugue_actors.actors import inbox
from fugue_actors.gateways.operations import views
from fugue_actors.protocol.codec import to_json

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context

LONGEST_WAIT = 3600


async def poll_messages(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Claim the caller's oldest unread messages, waiting for the first if asked to."""
    session = await context.caller.session()
    batch = await inbox.take_messages(
        context.session_actor(session.session_id),
        holder=context.holder,
        most=arguments.get("max", 10),
        wait=arguments.get("wait_seconds", 0),
    )
    context.claim(session.session_id, tuple(envelope.id for envelope in batch))
    return {"messages": [to_json(envelope) for envelope in batch]}


async def list_messages(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """The newest messages and what became of each, oldest of them first."""
    records = list(context.journal.state.ledger.messages.values())
    newest = records[-arguments.get("limit", 100) :]
    return {"messages": [views.message(record) for record in newest]}
