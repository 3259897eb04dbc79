"""What became of the newest messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fugue_actors.gateways.operations import views

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context


async def list_messages(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """The newest messages and what became of each, oldest of them first."""
    records = list(context.journal.state.ledger.messages.values())
    newest = records[-arguments.get("limit", 100) :]
    return {"messages": [views.message(record) for record in newest]}
