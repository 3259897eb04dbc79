"""One MCP connection: an actor that serves the SDK's low-level server to one client.

Its identity is decided before the first answer and never again. Requests run
concurrently; when the client leaves, what is under way is cancelled and what it had
claimed but not proved goes back to its inbox.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
import trio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.shared.exceptions import MCPError

from fugue_actors.errors import FugueError
from fugue_actors.gateways.access import of_agent
from fugue_actors.gateways.connection import Connection
from fugue_actors.gateways.greeting import greet
from fugue_actors.gateways.mcp import tools
from fugue_actors.gateways.mcp.framing import BUSY, Incoming, Outgoing
from fugue_actors.gateways.mcp.instructions import INSTRUCTIONS
from fugue_actors.gateways.mcp.progress import while_telling
from fugue_actors.gateways.mcp.resources import DESCRIBED, INBOX, InboxResource
from fugue_actors.gateways.operations import ArgumentsRejected, carry_out
from fugue_actors.protocol.errors import error_json
from fugue_actors.protocol.frames import Overlong

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.gateways.claims import Claim
    from fugue_actors.gateways.identity import Peer
    from fugue_actors.gateways.operations.context import DaemonInfo
    from fugue_actors.journal import Journal

HELLO: Final = "notifications/fugue/hello"

RequestContext = ServerRequestContext[Any, Any]


class McpConnection(Connection):
    """See the module's docstring."""

    def __init__(
        self,
        stream: trio.SocketStream,
        peer: Peer,
        *,
        journal: Journal,
        daemon: DaemonInfo,
    ) -> None:
        super().__init__(stream, peer, journal=journal, daemon=daemon)
        self.known = trio.Event()
        self.inbox = InboxResource(journal, self.session_id)

    async def session_id(self) -> str:
        """The caller's session, once it is known."""
        await self.known.wait()
        return (await self.caller.session()).session_id

    async def serve(self) -> None:
        """One client, from its first line to its last."""
        # One iterator for the whole connection: it holds lines that came together.
        source = self.lines.lines()
        first = await self.first_lines(source)
        if first:
            incoming = Incoming(
                self.lines,
                source,
                first,
                on_request=self.on_request,
                on_unanswered=self.give_back,
                on_cancelled=self.on_cancelled,
            )
            server = self.server()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.lines.write)
                nursery.start_soon(self.inbox.announce)
                await server.run(
                    incoming,
                    Outgoing(
                        self.lines,
                        incoming,
                        on_answer=self.on_answer,
                        on_handed_over=self.claims.handed_over,
                    ),
                    server.create_initialization_options(
                        NotificationOptions(tools_changed=True)
                    ),
                )
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

    def server(self) -> Server[Any]:
        server: Server[Any] = Server(
            "fugue",
            version=self.daemon.version,
            title="fugue",
            instructions=INSTRUCTIONS,
            on_list_tools=self.list_tools,
            on_call_tool=self.call_tool,
            on_list_resources=self.list_resources,
            on_read_resource=self.read_resource,
            on_subscribe_resource=self.subscribe,
            on_unsubscribe_resource=self.unsubscribe,
            on_subscriptions_listen=self.inbox.listen,
        )
        server.middleware.append(self.introduce)
        return server

    def on_request(self, request: types.RequestId) -> None:
        """Every request proves something, and waits for none of it."""
        proven = self.claims.proof(self.lines.position)
        for session_id, ids in proven.items():
            self.nursery.start_soon(self.confirm, session_id, ids)

    def on_answer(self, request: types.RequestId) -> None:
        """An answer to a cancelled request is written in vain."""
        self.take_back_soon(self.claims.written(request))

    def on_cancelled(self, request: types.RequestId, *, is_under_way: bool) -> None:
        """What crossed with a cancellation was not received, whatever comes next."""
        self.take_back_soon(self.claims.withdrawn(request, is_under_way=is_under_way))

    def take_back_soon(self, claim: Claim | None) -> None:
        if claim is not None:
            self.nursery.start_soon(self.take_back, *claim)

    # ---- the protocol

    async def introduce(
        self, ctx: RequestContext, call_next: CallNext
    ) -> HandlerResult:
        """Open a guest's session with its first request: now it has said its name."""
        if ctx.request_id is not None and not self.known.is_set():
            self.caller.client = client_name(ctx)
            refusal = await self.open_session()
            if refusal is not None:
                raise protocol_error(refusal)
        return await call_next(ctx)

    async def list_tools(
        self, ctx: RequestContext, params: Any
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=list(tools.DESCRIBED))

    async def call_tool(
        self, ctx: RequestContext, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        operation = tools.TOOLS.get(params.name)
        if operation is None:
            raise MCPError(
                types.INVALID_PARAMS,
                f"unknown tool {params.name!r}",
                {"code": "InvalidArgument", "tools": sorted(tools.TOOLS)},
            )
        context = self.context(self.caller, ctx.request_id)
        try:
            shape = await while_telling(
                ctx.session,
                context.progress,
                carry_out(
                    context, operation, dict(params.arguments or {}), as_tool=True
                ),
            )
        except ArgumentsRejected as error:
            raise protocol_error(error) from error
        except FugueError as error:
            return tools.failed(error)
        return tools.succeeded(shape)

    async def list_resources(
        self, ctx: RequestContext, params: Any
    ) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=[DESCRIBED])

    async def read_resource(
        self, ctx: RequestContext, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        check_uri(str(params.uri))
        try:
            return await self.inbox.read()
        except FugueError as error:
            raise protocol_error(error) from error

    async def subscribe(
        self, ctx: RequestContext, params: types.SubscribeRequestParams
    ) -> types.EmptyResult:
        check_uri(str(params.uri))
        self.inbox.subscriber = ctx.session
        return types.EmptyResult()

    async def unsubscribe(
        self, ctx: RequestContext, params: types.UnsubscribeRequestParams
    ) -> types.EmptyResult:
        check_uri(str(params.uri))
        self.inbox.subscriber = None
        return types.EmptyResult()


def greeting(line: bytes | Overlong) -> dict[str, Any]:
    """What `fugue mcp` says of itself in its first line; empty for any other line."""
    if isinstance(line, Overlong) or HELLO.encode() not in line:
        return {}
    try:
        shape = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(shape, dict) or shape.get("method") != HELLO:
        return {}
    params = shape.get("params") or {}
    if not isinstance(params, dict):
        return {}
    said = {k: v for k, v in params.items() if isinstance(v, str)}
    return {"client": "fugue mcp", **said}


def refusal(error: FugueError) -> bytes:
    """What a client is told that is turned away: an error that answers no request."""
    shape = {"code": BUSY, "message": error.message, "data": error_json(error)}
    return json.dumps({"jsonrpc": "2.0", "id": None, "error": shape}).encode() + b"\n"


def client_name(ctx: RequestContext) -> str:
    """What the client calls itself: in its handshake, or with each request."""
    handshake = (ctx.params or {}).get("clientInfo")
    name = handshake.get("name") if isinstance(handshake, dict) else None
    if isinstance(name, str):
        return name
    known = ctx.session.client_params
    return "guest" if known is None else known.client_info.name


def check_uri(uri: str) -> None:
    """Refuse a resource that does not exist."""
    if uri != INBOX:
        raise MCPError(
            types.INVALID_PARAMS,
            f"there is no resource {uri!r}",
            {"code": "InvalidArgument", "resources": [INBOX]},
        )


def protocol_error(error: FugueError) -> MCPError:
    """A refusal as a JSON-RPC error, for what is no tool's result."""
    return MCPError(types.INVALID_PARAMS, error.message, error_json(error))
