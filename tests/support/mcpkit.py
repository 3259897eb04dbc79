"""The official MCP client, connected to a real `fugue mcp`."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
import trio
from daemonkit import Home, Relay, wait_until
from mcp import Client, StdioServerParameters
from mcp.shared.message import SessionMessage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class ToolError(Exception):
    """A tool result that is an error."""

    def __init__(self, result: types.CallToolResult) -> None:
        self.shape: dict[str, Any] = result.structured_content or {}
        self.code = self.shape.get("code")
        super().__init__(str(self.shape or result.content))


class Agent:
    """A client with short names for what tests do."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call `fugue_<tool>`; returns the structured result."""
        result = await self.client.call_tool(f"fugue_{tool}", arguments)
        if result.is_error:
            raise ToolError(result)
        assert result.structured_content is not None
        return result.structured_content

    async def receive(
        self, *, count: int = 1, wait: float = 10
    ) -> list[dict[str, Any]]:
        """The next messages, waiting for them."""
        got: list[dict[str, Any]] = []
        with trio.fail_after(wait + 5):
            while len(got) < count:
                answer = await self.call(
                    "poll_messages", wait_seconds=wait, max=count - len(got)
                )
                got += answer["messages"]
                assert answer["messages"], f"only {len(got)} of {count} messages came"
        return got


def outside(home: Home, *arguments: str) -> StdioServerParameters:
    """`fugue mcp` as a client outside of every pane starts it."""
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "fugue_actors", "mcp", *arguments],
        cwd=home.root,
        env=home.environment,
    )


@asynccontextmanager
async def guest(
    home: Home, *arguments: str, mode: str = "legacy", **options: Any
) -> AsyncIterator[Agent]:
    """An outside client over the real shim."""
    async with Client(outside(home, *arguments), mode=mode, **options) as client:
        yield Agent(client)


@asynccontextmanager
async def pane_stream(
    relay: Relay, claims: dict[str, str] | None = None
) -> AsyncIterator[trio.SocketStream]:
    """The wire to a shim inside a relay's pane, with extra environment if given."""
    await trio.to_thread.run_sync(wait_until, relay.path.exists)
    stream = await trio.open_unix_socket(str(relay.path))
    async with stream:
        pairs = "\x1f".join(f"{k}={v}" for k, v in (claims or {}).items())
        await stream.send_all(pairs.encode() + b"\n")
        yield stream


@asynccontextmanager
async def transport(stream: trio.SocketStream) -> AsyncIterator[tuple[Any, Any]]:
    """A byte stream as a transport of the official client."""
    to_client, incoming = anyio.create_memory_object_stream[Any](16)
    outgoing, from_client = anyio.create_memory_object_stream[Any](16)

    async def read() -> None:
        buffer = b""
        async with to_client:
            async for data in stream:
                *lines, buffer = (buffer + data).split(b"\n")
                for line in lines:
                    message = types.jsonrpc_message_adapter.validate_json(
                        line, by_name=False
                    )
                    await to_client.send(SessionMessage(message))

    async def write() -> None:
        async with from_client:
            async for item in from_client:
                text = item.message.model_dump_json(by_alias=True, exclude_unset=True)
                try:
                    await stream.send_all(text.encode() + b"\n")
                except trio.BrokenResourceError:
                    return

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        nursery.start_soon(write)
        try:
            yield incoming, outgoing
        finally:
            nursery.cancel_scope.cancel()
            incoming.close()
            outgoing.close()


@asynccontextmanager
async def inside(
    relay: Relay,
    *,
    claims: dict[str, str] | None = None,
    mode: str = "legacy",
    **options: Any,
) -> AsyncIterator[Agent]:
    """A client inside a pane, over a real shim that is a child of its program."""
    async with pane_stream(relay, claims) as stream:
        async with Client(transport(stream), mode=mode, **options) as client:
            yield Agent(client)
