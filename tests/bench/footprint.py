"""What lies idle costs: memory of daemon, zygote and pane hosts, and processor time.

Linux only; elsewhere it measures nothing. Processor time is the scheduler's own count
in nanoseconds, because the usual one has steps of a hundredth of a second.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import psutil
from daemonkit import Home, running_home
from figures import MEGABYTES, PER_SECOND, PERCENT, Figure, Numbers
from shim_start import memory

PANES = 50
IDLE_SECONDS = 4.0
SETTLE_SECONDS = 1.0
FIGURES = [
    Figure("footprint.daemon", "daemon without panes, RSS", MEGABYTES),
    Figure("footprint.daemon_50", f"daemon with {PANES} idle panes, RSS", MEGABYTES),
    Figure("footprint.daemon_pss_50", "the same, PSS", MEGABYTES),
    Figure("footprint.zygote", "zygote, PSS", MEGABYTES),
    Figure(
        "footprint.host", f"one of {PANES} idle pane hosts, PSS", MEGABYTES, aim=6.0
    ),
    Figure("footprint.host_own", "the same, its own pages only (USS)", MEGABYTES),
    Figure("footprint.host_rss", "the same, RSS", MEGABYTES),
    Figure(
        "footprint.cpu",
        f"processor time of all of it with {PANES} idle panes",
        PERCENT,
        aim=0.01,
    ),
    Figure("footprint.wakeups", "wake-ups of all of it", PER_SECOND),
]


def tasks(pids: list[int]) -> list[Path]:
    """The kernel's directories of every thread of some processes."""
    return [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]


def nanoseconds(pids: list[int]) -> int:
    """Processor time so far."""
    files = (task / "schedstat" for task in tasks(pids))
    return sum(int(file.read_text(encoding="ascii").split()[0]) for file in files)


def sleeps(pids: list[int]) -> int:
    """How often a thread went to sleep so far; each was woken as often."""
    count = 0
    for task in tasks(pids):
        for line in (task / "status").read_text(encoding="ascii").splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                count += int(line.split()[1])
    return count


def activity(pids: list[int]) -> Numbers:
    """What some processes do while nobody asks anything of them."""
    began = time.perf_counter()
    spent, slept = nanoseconds(pids), sleeps(pids)
    assert spent, "this kernel does not count processor time"
    time.sleep(IDLE_SECONDS)
    spent, slept = nanoseconds(pids) - spent, sleeps(pids) - slept
    seconds = time.perf_counter() - began
    return {
        "footprint.cpu": spent / 1e9 / seconds * 100,
        "footprint.wakeups": slept / seconds,
    }


def zygote_of(daemon: psutil.Process) -> psutil.Process:
    """The process that pane hosts are forked from."""
    (zygote,) = (
        child
        for child in daemon.children()
        if "fugue_actors.terminal.zygote" in child.cmdline()
    )
    return zygote


def open_panes(home: Home) -> list[psutil.Process]:
    """The hosts of so many idle panes."""
    with home.control() as control:
        for number in range(PANES):
            control(
                "create_session",
                name=f"idle-{number}",
                command=["cat"],
                cwd=str(home.root),
                environment=home.environment,
            )
        panes = control("list_panes")["panes"]
    hosts = [psutil.Process(pane["pid"]).parent() for pane in panes]
    assert len(hosts) == PANES
    return [host for host in hosts if host is not None]


def measure() -> Numbers:
    """One run."""
    if sys.platform != "linux":
        return {}
    with running_home() as home:
        assert home.daemon is not None
        daemon = psutil.Process(home.daemon.pid)
        time.sleep(SETTLE_SECONDS)
        _, empty_rss = memory(daemon.pid)
        hosts = open_panes(home)
        zygote = zygote_of(daemon)
        time.sleep(SETTLE_SECONDS)
        pss, rss = memory(daemon.pid)
        sizes = [host.memory_full_info() for host in hosts]
        zygote_pss, _ = memory(zygote.pid)
        idle = activity([daemon.pid, zygote.pid, *(host.pid for host in hosts)])
    return {
        "footprint.daemon": empty_rss,
        "footprint.daemon_50": rss,
        "footprint.daemon_pss_50": pss,
        "footprint.zygote": zygote_pss,
        "footprint.host": statistics.median(size.pss for size in sizes) / 1e6,
        "footprint.host_own": statistics.median(size.uss for size in sizes) / 1e6,
        "footprint.host_rss": statistics.median(size.rss for size in sizes) / 1e6,
        **idle,
    }
