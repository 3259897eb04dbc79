"""What became of the newest messages."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from fugue_actors.gateways.authority import sees_message
from fugue_actors.gateways.operations import views

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context


async def list_messages(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """The newest messages that the caller may see, oldest of them first."""
    followed = context.journal.state.ledger.messages.values()
    newest = itertools.islice(
        (one for one in reversed(followed) if sees_message(context.caller, one)),
        arguments.get("limit", 100),
    )
    return {"messages": [views.message(record) for record in newest][::-1]}
