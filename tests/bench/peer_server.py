"""The peer of `fugue mcp`: the SDK's own stdio server with one trivial tool.

Its answer has the size and the shape of ours, so the difference is what lies between.
"""

from __future__ import annotations

import json
from typing import Any

import anyio
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

ANSWER = {
    "session_id": "00000000-0000-4000-8000-000000000000",
    "session_name": "peer",
    "attested": "guest",
    "tags": [],
    "cwd": "/tmp/peer",
    "unread": 0,
}


async def list_tools(ctx: Any, params: Any) -> types.ListToolsResult:
    """The one tool."""
    tool = types.Tool(
        name="whoami",
        input_schema={"type": "object", "properties": {}},
        output_schema={"type": "object"},
    )
    return types.ListToolsResult(tools=[tool])


async def call_tool(
    ctx: Any, params: types.CallToolRequestParams
) -> types.CallToolResult:
    """Always the same answer."""
    text = types.TextContent(type="text", text=json.dumps(ANSWER))
    return types.CallToolResult(content=[text], structured_content=ANSWER)


async def main() -> None:
    """Serve until the client hangs up."""
    server = Server("peer", on_list_tools=list_tools, on_call_tool=call_tool)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(main)
