"""The SDK's low-level server for one connection: its tools, and the inbox as a resource.

Only `sdk` imports this, in a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mcp_types as types
import trio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.shared.exceptions import MCPError

from fugue_actors.errors import FugueError
from fugue_actors.gateways.mcp import tools
from fugue_actors.gateways.mcp.framing import Incoming, Outgoing
from fugue_actors.gateways.mcp.instructions import INSTRUCTIONS
from fugue_actors.gateways.mcp.progress import while_telling
from fugue_actors.gateways.mcp.resources import DESCRIBED, INBOX, InboxResource
from fugue_actors.gateways.operations import ArgumentsRejected, carry_out
from fugue_actors.protocol.errors import error_json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.gateways.mcp.connection import McpConnection
    from fugue_actors.protocol.frames import Overlong

RequestContext = ServerRequestContext[Any, Any]


async def serve(
    connection: McpConnection,
    source: AsyncIterator[bytes | Overlong],
    first: list[bytes | Overlong],
) -> None:
    """Serve a client until it leaves.

    Args:
        connection: The client's connection; its writer runs.
        source: The client's lines.
        first: Those that were read already.
    """
    incoming = Incoming(
        connection.lines,
        source,
        first,
        on_request=connection.on_request,
        on_unanswered=connection.give_back,
        on_cancelled=connection.on_cancelled,
    )
    outgoing = Outgoing(
        connection.lines,
        incoming,
        on_answer=connection.on_answer,
        on_handed_over=connection.claims.handed_over,
    )
    handlers = Handlers(connection)
    server = handlers.server()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(handlers.inbox.announce)
        await server.run(
            incoming,
            outgoing,
            server.create_initialization_options(
                NotificationOptions(tools_changed=True)
            ),
        )
        nursery.cancel_scope.cancel("the client left")


class Handlers:
    """What the server does for one client.

    Args:
        connection: Knows who it is, and what it has claimed.
    """

    def __init__(self, connection: McpConnection) -> None:
        self.connection = connection
        self.inbox = InboxResource(connection.journal, connection.session_id)

    def server(self) -> Server[Any]:
        server: Server[Any] = Server(
            "fugue",
            version=self.connection.daemon.version,
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

    async def introduce(
        self, ctx: RequestContext, call_next: CallNext
    ) -> HandlerResult:
        """Open a guest's session with its first request: now it has said its name."""
        if ctx.request_id is not None and not self.connection.known.is_set():
            self.connection.caller.client = client_name(ctx)
            refusal = await self.connection.open_session()
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
        context = self.connection.context(self.connection.caller, ctx.request_id)
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
