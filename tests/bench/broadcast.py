"""One broadcast to 1,000 sessions, from the call to its answer with every recipient.

When the answer is there the message lies in 1,000 inboxes; nobody polls meanwhile.
"""

from __future__ import annotations

import time

from daemonkit import Home, running_home
from figures import MS, Figure, Numbers, middle_ms
from rawclient import RawClient, shim

FIGURES = [
    Figure(
        "broadcast.call",
        "fugue_broadcast to 1,000 sessions over `fugue mcp`",
        MS,
        aim=150.0,
    ),
    Figure("broadcast.worst", "the slowest of a run", MS),
    Figure("broadcast.guests", "1,000 named guests, each on a new connection", MS),
]

SESSIONS = 1_000
COUNT = 15
WARM_UP = 2
SETTINGS = """
[messages]
broadcasts_per_minute = 60000
broadcast_burst = 1000
"""


def invite(home: Home) -> float:
    """Open the guest sessions; the seconds it takes."""
    began = time.perf_counter()
    for number in range(SESSIONS):
        with home.control(**{"as": f"guest-{number}"}) as control:
            control("whoami")
    return time.perf_counter() - began


def one(client: RawClient) -> float:
    """The seconds one broadcast takes."""
    began = time.perf_counter()
    sent = client.call("fugue_broadcast", message="the build is green", scope="server")
    seconds = time.perf_counter() - began
    assert sent["delivered_count"] == SESSIONS, sent["delivered_count"]
    return seconds


def measure() -> Numbers:
    """One run."""
    with running_home(SETTINGS) as home:
        invited = invite(home)
        with shim(home, "speaker") as (_, client):
            client.handshake()
            seconds = [one(client) for _ in range(WARM_UP + COUNT)][WARM_UP:]
    return {
        "broadcast.call": middle_ms(seconds),
        "broadcast.worst": max(seconds) * 1e3,
        "broadcast.guests": invited * 1e3,
    }
