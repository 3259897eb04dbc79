"""What connections of every protocol have in common: one client, one actor.

The actor serves its client in a task of its own and ends with it; whatever the client
had claimed and not proved goes back, because the sessions watch this actor.
"""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

import trio

from fugue_actors.actors import inbox, session as sessions
from fugue_actors.errors import FugueError
from fugue_actors.gateways.claims import Claims
from fugue_actors.gateways.lines import LineStream
from fugue_actors.gateways.operations import Context
from fugue_actors.kernel import Actor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from fugue_actors.gateways.caller import Caller
    from fugue_actors.gateways.identity import Peer
    from fugue_actors.gateways.operations.context import DaemonInfo
    from fugue_actors.gateways.wire import Wire
    from fugue_actors.journal import Journal
    from fugue_actors.kernel import Ref

logger = logging.getLogger(__name__)

# A message body may have 256 KiB, and JSON can escape each byte of it as six.
LONGEST_LINE_BYTES = 4 * 1024 * 1024
MOST_IN_FLIGHT = 64


class Connection(Actor):
    """Base of the connections' actors.

    Args:
        stream: The connection.
        peer: The process at its other end.
        journal: What is the case.
        daemon: The daemon itself.

    Attributes:
        lines: What carries the client's frames: lines, unless whoever serves the client
            puts another wire in its place before the first is read.
    """

    def __init__(
        self,
        stream: trio.SocketStream,
        peer: Peer,
        *,
        journal: Journal,
        daemon: DaemonInfo,
    ) -> None:
        self.stream = stream
        self.peer = peer
        self.journal = journal
        self.daemon = daemon
        self.lines: Wire = LineStream(stream, limit_bytes=LONGEST_LINE_BYTES)
        self.claims = Claims()

    async def on_start(self) -> None:
        """Begin to serve."""
        self.nursery.start_soon(self.serve_and_stop)

    async def on_stop(self, exit: object) -> None:
        """Hang up."""
        await trio.aclose_forcefully(self.stream)

    async def handle(self, message: object) -> None:
        """Nobody asks a connection anything."""

    async def serve_and_stop(self) -> None:
        """Serve, then end with the client."""
        await self.serve()
        self.stop("the client left")

    async def serve(self) -> None:
        """One client, from its first line to its last."""
        raise NotImplementedError

    async def prove(self) -> None:
        """A request arrived: its client got the answers that left before it."""
        for session_id, ids in self.claims.proof(self.lines.position).items():
            await self.confirm(session_id, ids)

    async def confirm(self, session_id: str, ids: tuple[str, ...]) -> None:
        """A client has these messages."""
        error = await self.settle(inbox.confirm_messages, session_id, ids)
        if error is not None and error.code != "SessionNotFound":
            self.claims.unproved(session_id, ids)

    async def give_back(self, request: Hashable) -> None:
        """The answer to a request will not be written; nor will it be asked for."""
        claim = self.claims.unwritten(request)
        if claim is not None:
            unseen = functools.partial(inbox.return_messages, seen=False)
            await self.settle(unseen, *claim)

    async def take_back(self, session_id: str, ids: tuple[str, ...]) -> None:
        """An answer was written, but its client had cancelled the request."""
        seen = functools.partial(inbox.return_messages, seen=True)
        await self.settle(seen, session_id, ids)

    async def settle(
        self,
        what: Callable[[Ref, tuple[str, ...]], Awaitable[None]],
        session_id: str,
        ids: tuple[str, ...],
    ) -> FugueError | None:
        """Tell a session what became of claimed messages; returns why not, if not."""
        try:
            await what(sessions.resolve(self.kernel.registry, session_id), ids)
        except FugueError as error:
            # They stay claimed, and go back when this connection ends.
            logger.info("messages stay claimed: %s", error.message)
            return error
        return None

    def context(self, caller: Caller, request: Hashable) -> Context:
        """The surroundings of one of the client's requests."""

        def claim(
            session_id: str, message_ids: tuple[str, ...], *, by_hand: bool = False
        ) -> None:
            self.claims.note(request, session_id, message_ids, by_hand=by_hand)

        return Context(
            caller=caller,
            holder=self.ref,
            kernel=self.kernel,
            journal=self.journal,
            daemon=self.daemon,
            claim=claim,
        )
