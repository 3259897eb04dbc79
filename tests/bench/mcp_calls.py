"""What one MCP call costs, over the shim and without it, next to the SDK's own server.

All servers are connected at once and called in turn, block by block, so that a busy
moment of the machine hits each of them.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import trio
from daemonkit import Home, running_home
from figures import MS, Figure, Numbers, latencies, middle_ms
from mcp import Client, StdioServerParameters
from mcpkit import outside
from rawclient import RawClient, on_socket, server, shim

PEER = [sys.executable, str(Path(__file__).with_name("peer_server.py"))]
TOOLS = {"shim": "fugue_whoami", "socket": "fugue_whoami", "peer": "whoami"}
FIGURES = [
    Figure(
        "calls.shim.p50",
        "fugue_whoami over `fugue mcp`, p50",
        MS,
        aim=1.5,
        peer="calls.peer.p50",
    ),
    Figure("calls.shim.p99", "the same, p99", MS, peer="calls.peer.p99"),
    Figure("calls.socket.p50", "straight at mcp.sock, p50", MS, peer="calls.peer.p50"),
    Figure("calls.socket.p99", "the same, p99", MS, peer="calls.peer.p99"),
    Figure("calls.peer.p50", "  peer: the SDK's stdio server, p50", MS),
    Figure("calls.peer.p99", "  peer: the same, p99", MS),
    Figure(
        "calls.client.p50",
        "with the official client over `fugue mcp`, p50",
        MS,
        peer="calls.client_peer.p50",
    ),
    Figure(
        "calls.client_peer.p50",
        "  peer: official client, the SDK's stdio server, p50",
        MS,
    ),
]

BLOCKS = 5
BLOCK = 200
WARM_UP = 100
CLIENT_CALLS = 200


def raw(home: Home) -> Numbers:
    """Calls of a client that costs next to nothing."""
    taken: dict[str, list[float]] = {name: [] for name in TOOLS}
    with ExitStack() as stack:
        _, over_shim = stack.enter_context(shim(home, "bench"))
        _, peer = stack.enter_context(
            server(PEER, cwd=home.root, environment=home.environment)
        )
        straight = stack.enter_context(on_socket(home.mcp_socket))
        clients: dict[str, RawClient] = {
            "shim": over_shim,
            "socket": straight,
            "peer": peer,
        }
        for name in ("shim", "peer"):
            clients[name].handshake()
        for name, client in clients.items():
            for _ in range(WARM_UP):
                client.timed_call(TOOLS[name])
        for _ in range(BLOCKS):
            for name, client in clients.items():
                tool = TOOLS[name]
                taken[name] += [client.timed_call(tool) for _ in range(BLOCK)]
    numbers: Numbers = {}
    for name, seconds in taken.items():
        numbers |= latencies(f"calls.{name}", seconds)
    return numbers


async def official(parameters: StdioServerParameters, tool: str) -> float:
    """The median call of the official client, in milliseconds."""
    seconds = []
    async with Client(parameters, mode="legacy") as client:
        for number in range(WARM_UP + CLIENT_CALLS):
            began = time.perf_counter()
            result = await client.call_tool(tool, {})
            if number >= WARM_UP:
                seconds.append(time.perf_counter() - began)
            assert not result.is_error, result
    return middle_ms(seconds)


def measure() -> Numbers:
    """One run."""
    with running_home() as home:
        numbers = raw(home)
        ours = outside(home, "--as", "official")
        numbers["calls.client.p50"] = trio.run(official, ours, "fugue_whoami")
    with tempfile.TemporaryDirectory() as cwd:
        peer = StdioServerParameters(command=PEER[0], args=PEER[1:], cwd=cwd)
        numbers["calls.client_peer.p50"] = trio.run(official, peer, "whoami")
    return numbers
