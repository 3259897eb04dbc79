"""Looking at messages without taking any: the caller's unread ones, and the newest.

Answers come in pages. All of a page is put together in one step, while nobody else has a
turn, so it ends after so many messages, and after the one with which it gets large.
"""

from __future__ import annotations

from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Any, Final

from fugue_actors.actors.inbox import Wanted
from fugue_actors.errors import Refused
from fugue_actors.gateways.authority import sees_message
from fugue_actors.gateways.operations import views
from fugue_actors.journal.messages import PRIORITIES, as_received
from fugue_actors.protocol.codec import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.gateways.operations.context import Context
    from fugue_actors.journal import Ledger, MessageRecord

MOST_AT_ONCE: Final = 500
LARGEST_PAGE: Final = 1_000_000
"""Bytes of JSON, but for the last message."""
ROW: Final = 300
"""Bytes of a recipient's row, about."""


def page(
    records: Iterable[MessageRecord], limit: int = MOST_AT_ONCE
) -> tuple[list[MessageRecord], bool]:
    """As many of these as one answer has, one at least, and whether more are left."""
    found: list[MessageRecord] = []
    size = 0
    for record in records:
        if len(found) == min(limit, MOST_AT_ONCE) or size > LARGEST_PAGE:
            return found, True
        found.append(record)
        size += record.size + ROW * len(record.recipients)
    return found, False


async def list_messages(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """The newest messages that the caller may see, oldest of them first."""
    ledger = context.journal.state.ledger
    before = arguments.get("before")
    older: Iterable[MessageRecord] = (
        one
        for one in reversed(ledger.messages.values())
        if sees_message(context.caller, one)
    )
    if before is not None:
        if not sees_message(context.caller, known(ledger, before)):
            raise unknown(before)
        later = dropwhile(lambda one: one.envelope.id != before, older)
        older = islice(later, 1, None)
    records, more = page(older, arguments.get("limit", 100))
    return {"messages": [views.message(one) for one in reversed(records)], "more": more}


async def unread(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """The caller's unread messages, without taking any."""
    session = await context.caller.session()
    ledger = context.journal.state.ledger
    wanted = Wanted(
        types=frozenset(arguments.get("types", ())), sender=arguments.get("from")
    )
    after = arguments.get("after")
    records, more = unread_page(ledger, session.session_id, wanted, after)
    shapes = [to_json(as_received(one, session.session_id)) for one in records]
    return {"messages": shapes, "more": more}


def unread_page(
    ledger: Ledger, session_id: str, wanted: Wanted, after: str | None = None
) -> tuple[list[MessageRecord], bool]:
    """Some of a session's unread messages, and whether there are more.

    Args:
        ledger: Where they are.
        session_id: Whose.
        wanted: Only these.
        after: Only those that are to be read after this one, read or not.

    Raises:
        Refused: `MessageNotFound`: nothing is known of that one any more.
    """
    start = (-1, 0) if after is None else place(known(ledger, after))
    fitting = (
        ledger.messages[e.id] for e in ledger.inbox(session_id) if wanted.fits(e)
    )
    return page(record for record in fitting if place(record) > start)


def place(record: MessageRecord) -> tuple[int, int]:
    """Where a message stands in an inbox: what is less is read before it."""
    return PRIORITIES.index(record.envelope.priority), record.seq


def known(ledger: Ledger, message_id: str) -> MessageRecord:
    """A message that is still followed, or was not long ago.

    Raises:
        Refused: `MessageNotFound`.
    """
    record = ledger.messages.get(message_id)
    if record is None:
        raise unknown(message_id)
    return record


def unknown(message_id: str) -> Refused:
    return Refused(
        "MessageNotFound",
        f"nothing is known any more of a message {message_id[:80]!r}",
        hint="begin with the first page again",
    )
