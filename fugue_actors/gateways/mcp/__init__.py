"""MCP: one gateway actor per connection on `mcp.sock`. Enter at `connection.py`.

What is decided before the first answer stands on nothing but this package: who calls
(`connection`), what it says of itself and how it is turned away (`words`). All else
(`server`, `tools`, `resources`, `framing`, `progress`) stands on the MCP SDK. That is half
a second and half of the daemon's memory, so `sdk` imports it for the first who calls.
"""

from __future__ import annotations

from fugue_actors.gateways.mcp.connection import McpConnection
from fugue_actors.gateways.mcp.sdk import Sdk
from fugue_actors.gateways.mcp.words import refusal

__all__ = ["McpConnection", "Sdk", "refusal"]
