"""The inbox as a resource, with change notifications in both protocol eras.

Reading it takes nothing out: messages are received with `fugue_poll_messages`. An update
says "look"; several changes may make one update.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import mcp_types as types
import trio
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    ResourceUpdated,
)

from fugue_actors.actors.inbox import Wanted
from fugue_actors.errors import Refused
from fugue_actors.gateways.operations.looking import unread_page
from fugue_actors.journal.messages import as_received
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.events import (
    DeliveryEnded,
    MessageJoined,
    MessagesConsumed,
    MessageSent,
    MessagesReturned,
    Recorded,
    SessionClosed,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp.server.session import ServerSession

    from fugue_actors.journal import Journal

INBOX: Final = "fugue://inbox"
DESCRIBED: Final = types.Resource(
    uri=INBOX,
    name="inbox",
    title="Your inbox",
    description="Your unread messages. Reading this takes nothing out; "
    "fugue_poll_messages does.",
    mime_type="application/json",
)
CHANGES = (
    MessageSent
    | MessageJoined
    | MessagesConsumed
    | MessagesReturned
    | DeliveryEnded
    | SessionClosed  # another's, whose work for one of several comes back
)


class InboxResource:
    """One connection's view of its own inbox.

    Args:
        journal: Where the inbox is.
        session_id: Gives the connection's session, once it is known; `Refused` if that
            has ended.
    """

    def __init__(
        self, journal: Journal, session_id: Callable[[], Awaitable[str]]
    ) -> None:
        self.journal = journal
        self.session_id = session_id
        self.bus = InMemorySubscriptionBus()
        self.listen = ListenHandler(self.bus, max_subscriptions=16)
        self.subscriber: ServerSession | None = None
        self.changed = trio.Event()

    async def read(self) -> types.ReadResourceResult:
        """The unread messages as JSON; only the first if they are many, or large."""
        session_id = await self.session_id()
        records, more = unread_page(self.journal.state.ledger, session_id, Wanted())
        messages = [to_json(as_received(record, session_id)) for record in records]
        shape = {"messages": messages, "more": more}
        return types.ReadResourceResult(
            contents=[
                types.TextResourceContents(
                    uri=INBOX,
                    mime_type="application/json",
                    text=json.dumps(shape, ensure_ascii=False),
                )
            ]
        )

    def notice(self, recorded: Recorded) -> None:
        """Called by the journal for what concerns the session."""
        if isinstance(recorded.event, CHANGES):
            self.changed.set()

    async def announce(self) -> None:
        """Tell subscribers of every era that the inbox changed, for ever.

        That of a session which ended before this begins does not change any more.
        """
        try:
            session_id = await self.session_id()
        except Refused:
            return
        stop = self.journal.listen(self.notice, session_id=session_id)
        try:
            while True:
                await self.changed.wait()
                self.changed = trio.Event()
                await self.bus.publish(ResourceUpdated(uri=INBOX))
                if self.subscriber is not None:
                    await self.subscriber.send_resource_updated(INBOX)
        finally:
            stop()
