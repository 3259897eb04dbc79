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
WORKERS_WAIT_SECONDS = 11.0
"""A little more than trio's worker threads wait for more work."""
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
        "footprint.idle",
        f"processor time of {PANES} idle pane hosts",
        PERCENT,
        aim=0.001,
    ),
    Figure("footprint.cpu", "the same with daemon and zygote", PERCENT),
    Figure("footprint.wakeups", "wake-ups of all of them", PER_SECOND),
]


def tasks(pids: list[int]) -> list[Path]:
    """The kernel's directories of every thread of some processes."""
    return [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]


def nanoseconds(pids: list[int]) -> dict[Path, int]:
    """Processor time of each thread so far."""
    return {
        task: int((task / "schedstat").read_text(encoding="ascii").split()[0])
        for task in tasks(pids)
    }


def sleeps(pids: list[int]) -> dict[Path, int]:
    """How often each thread went to sleep so far; it was woken as often."""
    count = {}
    for task in tasks(pids):
        for line in (task / "status").read_text(encoding="ascii").splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                count[task] = int(line.split()[1])
    return count


def grown(before: dict[Path, int], after: dict[Path, int]) -> int:
    """By how much; idle threads that ended meanwhile took their past with them."""
    return sum(after[task] - before.get(task, 0) for task in after)


def activity(hosts: list[int], others: list[int]) -> Numbers:
    """What some processes do while nobody asks anything of them."""
    began = time.perf_counter()
    before = [nanoseconds(hosts), nanoseconds(others)]
    slept_before = sleeps(hosts + others)
    assert all(before[0].values()), "this kernel does not count processor time"
    time.sleep(IDLE_SECONDS)
    after = [nanoseconds(hosts), nanoseconds(others)]
    slept_after = sleeps(hosts + others)
    seconds = time.perf_counter() - began
    used = [grown(*pair) for pair in zip(before, after, strict=True)]
    return {
        "footprint.idle": used[0] / 1e9 / seconds * 100,
        "footprint.cpu": sum(used) / 1e9 / seconds * 100,
        "footprint.wakeups": grown(slept_before, slept_after) / seconds,
    }


def settle(daemon: psutil.Process) -> None:
    """Wait until the daemon's worker threads, who wait for more work, have given up."""
    threads = daemon.num_threads()
    unchanged = 0.0
    while unchanged < WORKERS_WAIT_SECONDS:
        time.sleep(SETTLE_SECONDS)
        unchanged += SETTLE_SECONDS
        if daemon.num_threads() != threads:
            threads, unchanged = daemon.num_threads(), 0.0


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
        settle(daemon)
        pss, rss = memory(daemon.pid)
        sizes = [host.memory_full_info() for host in hosts]
        zygote_pss, _ = memory(zygote.pid)
        idle = activity([host.pid for host in hosts], [daemon.pid, zygote.pid])
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
