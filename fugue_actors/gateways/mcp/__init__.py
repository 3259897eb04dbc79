"""MCP: one gateway actor per connection on `mcp.sock`. Enter at `connection.py`."""

from __future__ import annotations

from fugue_actors.gateways.mcp.connection import McpConnection, refusal

__all__ = ["McpConnection", "refusal"]
