"""What became of a message, however long ago: from memory, or else from its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from fugue_actors.journal import reading
from fugue_actors.journal.history import recall
from fugue_actors.protocol.ids import is_uuid

if TYPE_CHECKING:
    from fugue_actors.journal.journal import Journal
    from fugue_actors.journal.messages import MessageRecord


async def remembered(journal: Journal, message_id: str) -> MessageRecord | None:
    """A message's record, also if the ledger has forgotten it.

    Returns:
        None if nothing is known of such a message (any more).

    Raises:
        Unavailable: The file cannot be read now.
    """
    record = journal.state.ledger.messages.get(message_id)
    if record is not None or journal.path is None or not is_uuid(message_id):
        return record
    told = await trio.to_thread.run_sync(
        reading.about, journal.path, message_id, abandon_on_cancel=True
    )
    return recall(message_id, told)
