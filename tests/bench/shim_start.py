"""What `fugue mcp` costs before its first answer, and while it runs.

The floor is the interpreter itself: the same Python that runs nothing, and one that
waits for its standard input.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
from daemonkit import running_home
from figures import MEGABYTES, MS, Figure, Numbers, middle_ms
from rawclient import server, shim

if TYPE_CHECKING:
    from daemonkit import Home

FIGURES = [
    Figure(
        "start.shim",
        "`fugue mcp`, from exec to the answer to initialize",
        MS,
        aim=60.0,
        peer="start.python",
    ),
    Figure("start.python", "  floor: `python -c pass`, from exec to its end", MS),
    Figure(
        "start.pss",
        "`fugue mcp` after the handshake, proportional (PSS)",
        MEGABYTES,
        aim=12.0,
        peer="start.python_pss",
    ),
    Figure(
        "start.rss",
        "the same, resident (RSS)",
        MEGABYTES,
        aim=12.0,
        peer="start.python_rss",
    ),
    Figure("start.python_pss", "  floor: an idle `python`, PSS", MEGABYTES),
    Figure("start.python_rss", "  floor: the same, RSS", MEGABYTES),
]

COUNT = 15
WARM_UP = 2
NOTHING = [sys.executable, "-c", "pass"]
IDLE = [
    sys.executable,
    "-c",
    "import sys; print('{\"result\": {}}', flush=True); sys.stdin.read()",
]


def start(home: Home, number: int) -> tuple[float, tuple[float, float]]:
    """One start: the seconds it takes, and its memory then."""
    began = time.perf_counter()
    with shim(home, f"start-{number}") as (process, client):
        client.handshake()
        seconds = time.perf_counter() - began
        client.call("fugue_whoami")
        return seconds, memory(process.pid)


def start_nothing(home: Home) -> float:
    """The seconds in which the interpreter starts and ends."""
    began = time.perf_counter()
    subprocess.run(NOTHING, cwd=home.root, env=home.environment, check=True)
    return time.perf_counter() - began


def memory(pid: int) -> tuple[float, float]:
    """PSS and RSS of a process, in megabytes; PSS is 0 where the system has none."""
    info = psutil.Process(pid).memory_full_info()
    return getattr(info, "pss", 0) / 1e6, info.rss / 1e6


def measure() -> Numbers:
    """One run."""
    ours, floor, sizes = [], [], []
    with running_home() as home:
        for number in range(WARM_UP + COUNT):
            seconds, size = start(home, number)
            floor.append(start_nothing(home))
            ours.append(seconds)
            sizes.append(size)
        with server(IDLE, cwd=home.root, environment=home.environment) as (idle, out):
            out.receive()
            idle_pss, idle_rss = memory(idle.pid)
    return {
        "start.shim": middle_ms(ours[WARM_UP:]),
        "start.python": middle_ms(floor[WARM_UP:]),
        "start.pss": statistics.median(pss for pss, _ in sizes),
        "start.rss": statistics.median(rss for _, rss in sizes),
        "start.python_pss": idle_pss,
        "start.python_rss": idle_rss,
    }
