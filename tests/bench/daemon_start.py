"""What a daemon costs until it is ready, and what the first agent waits for.

The first handshake brings the MCP SDK into the daemon, the second finds it there.
"""

from __future__ import annotations

import time

import psutil
from daemonkit import Home, running_home
from figures import MEGABYTES, MS, Figure, Numbers
from rawclient import on_socket
from shim_start import memory

FIGURES = [
    Figure("daemon.ready", "`fugue serve`, from exec until it is ready", MS),
    Figure("daemon.processor", "the same, processor time", MS),
    Figure("daemon.rss", "resident then (RSS)", MEGABYTES),
    Figure("daemon.first", "the first agent's handshake at mcp.sock", MS),
    Figure("daemon.second", "the second agent's", MS),
    Figure("daemon.rss_agents", "resident with two agents (RSS)", MEGABYTES),
]


def handshake(home: Home) -> float:
    """The seconds from connecting to the answer to initialize."""
    began = time.perf_counter()
    with on_socket(home.mcp_socket):
        return time.perf_counter() - began


def measure() -> Numbers:
    """One run."""
    began = time.perf_counter()
    with running_home() as home:
        ready = time.perf_counter() - began
        assert home.daemon is not None
        times = psutil.Process(home.daemon.pid).cpu_times()
        _, alone = memory(home.daemon.pid)
        first, second = handshake(home), handshake(home)
        _, visited = memory(home.daemon.pid)
    return {
        "daemon.ready": ready * 1e3,
        "daemon.processor": (times.user + times.system) * 1e3,
        "daemon.rss": alone,
        "daemon.first": first * 1e3,
        "daemon.second": second * 1e3,
        "daemon.rss_agents": visited,
    }
