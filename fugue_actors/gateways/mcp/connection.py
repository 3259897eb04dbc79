"""One MCP connection: an actor that serves one client, once it knows who that is.

Its identity is decided before the first answer and never again. Requests run
concurrently; when the client leaves, what is under way is cancelled and what it had
claimed but not proved goes back to its inbox. The protocol itself is in `server.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from fugue_actors.errors import FugueError, Unavailable
from fugue_actors.gateways.access import of_agent
from fugue_actors.gateways.connection import Connection
from fugue_actors.gateways.greeting import greet
from fugue_actors.gateways.mcp.words import asked, greeting, refusal
from fugue_actors.gateways.wire import WireClosed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable

    from fugue_actors.gateways.caller import Caller
    from fugue_actors.gateways.claims import Claim
    from fugue_actors.gateways.identity import Peer
    from fugue_actors.gateways.mcp.sdk import Sdk
    from fugue_actors.gateways.operations.context import DaemonInfo
    from fugue_actors.journal import Journal
    from fugue_actors.protocol.frames import Overlong


class McpConnection(Connection):
    """See the module's docstring.

    Args:
        stream: The connection.
        peer: The process at its other end.
        journal: What is the case.
        daemon: The daemon itself.
        sdk: Gives what serves the client; the same for all connections.

    Attributes:
        caller: Who calls, from the first line on.
        known: Set when the caller is a session that can be addressed.
    """

    caller: Caller

    def __init__(
        self,
        stream: trio.SocketStream,
        peer: Peer,
        *,
        journal: Journal,
        daemon: DaemonInfo,
        sdk: Sdk,
    ) -> None:
        super().__init__(stream, peer, journal=journal, daemon=daemon)
        self.sdk = sdk
        self.known = trio.Event()

    async def session_id(self) -> str:
        """The caller's session, once it is known."""
        await self.known.wait()
        return (await self.caller.session()).session_id

    async def serve(self) -> None:
        """One client, from its first line to its last."""
        # One iterator for the whole connection: it holds lines that came together.
        source = self.lines.lines()
        first = await self.first_lines(source)
        if not first:
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.lines.write)
            try:
                serve = await self.sdk.server()
            except Unavailable as error:
                await self.refuse_all(source, first, error)
            else:
                await serve(self, source, first)
            nursery.cancel_scope.cancel("the client left")

    async def first_lines(
        self, source: AsyncIterator[bytes | Overlong]
    ) -> list[bytes | Overlong]:
        """Find out who calls; returns what is left of what was read for it.

        `fugue mcp` says a word about itself first; other clients need not.
        """
        async for line in source:
            hello = greeting(line)
            self.caller = await greet(
                self.peer,
                kernel=self.kernel,
                journal=self.journal,
                holder=self.ref,
                token=hello.get("token"),
                name=hello.get("name"),
                access_of=of_agent,
            )
            if self.caller.name is not None or self.caller.session_id is not None:
                # If this is refused, the first request says why.
                await self.open_session()
            return [line] if not hello else [b""]
        return []

    async def open_session(self) -> FugueError | None:
        """Become a session that can be addressed; returns why not, if not."""
        try:
            await self.caller.session()
        except FugueError as error:
            return error
        self.known.set()
        return None

    async def refuse_all(
        self,
        source: AsyncIterator[bytes | Overlong],
        first: list[bytes | Overlong],
        error: Unavailable,
    ) -> None:
        """Answer each request with why it cannot be served.

        A hang-up would tell the client nothing.
        """
        try:
            for line in first:
                await self.refuse(line, error)
            async for line in source:
                await self.refuse(line, error)
        except WireClosed:
            return

    async def refuse(self, line: bytes | Overlong, error: Unavailable) -> None:
        request = asked(line)
        if request is not None:
            await self.lines.send(refusal(error, request).removesuffix(b"\n"))

    def on_request(self, request: Hashable) -> None:
        """Every request proves something, and waits for none of it."""
        proven = self.claims.proof(self.lines.position)
        for session_id, ids in proven.items():
            self.nursery.start_soon(self.confirm, session_id, ids)

    def on_answer(self, request: Hashable) -> None:
        """An answer to a cancelled request is written in vain."""
        self.take_back_soon(self.claims.written(request))

    def on_cancelled(self, request: Hashable, *, is_under_way: bool) -> None:
        """What crossed with a cancellation was not received, whatever comes next."""
        self.take_back_soon(self.claims.withdrawn(request, is_under_way=is_under_way))

    def take_back_soon(self, claim: Claim | None) -> None:
        if claim is not None:
            self.nursery.start_soon(self.take_back, *claim)
