"""What programs use of the machine: processor time and memory of all that a pane has started.

Reading `/proc` blocks, so `Meter.read` is for a thread.

Processor time is counted for whole families: that of living processes, that of the children
they have waited for, and that of orphans, whom the pane's host waits for. So a build that starts
thousands of short-lived processes shows, though none of them is ever seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import psutil

from fugue_actors.protocol.hosting import HostInfo
from fugue_actors.terminal import processes

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.frozen
class Usage:
    """What the programs of one pane use.

    Attributes:
        cpu: Processor time over the time since the reading before; 1.0 is one core.
        memory: Resident bytes; pages that several of its processes share count in each.
    """

    cpu: float
    memory: int


@attrs.frozen
class Reading:
    """One reading of one host: when, and how much processor time there was in all."""

    host: HostInfo
    at: float
    seconds: float


class Meter:
    """Remembers the readings before, so that there is something to compare with."""

    def __init__(self) -> None:
        self.readings: dict[str, Reading] = {}

    def read(self, hosts: Mapping[str, HostInfo], now: float) -> dict[str, Usage]:
        """What each pane's programs use; of a pane read for the first time no `cpu`.

        Args:
            hosts: The hosts of all panes whose programs run; those that are gone have
                no usage.
            now: Seconds, on any clock that only goes forward.
        """
        table = processes.table()
        children: dict[int, list[int]] = {}
        for process in table.values():
            children.setdefault(process.parent, []).append(process.pid)
        readings: dict[str, Reading] = {}
        usages: dict[str, Usage] = {}
        for pane_id, host in hosts.items():
            found = table.get(host.host_pid)
            if found is None or found.started != host.host_started:
                continue
            seconds, memory = measured(host.host_pid, children)
            readings[pane_id] = Reading(host, now, seconds)
            before = self.readings.get(pane_id)
            cpu = 0.0
            if before is not None and before.host == host and now > before.at:
                # Who ignores its children's ends loses their time.
                cpu = max(0.0, seconds - before.seconds) / (now - before.at)
            usages[pane_id] = Usage(round(cpu, 3), memory)
        self.readings = readings
        return usages


def measured(host: int, children: Mapping[int, list[int]]) -> tuple[float, int]:
    """Processor seconds and resident bytes of all that a host's program has started."""
    try:
        own = psutil.Process(host).cpu_times()
        seconds = own.children_user + own.children_system
    except psutil.Error:  # it has ended meanwhile
        return 0.0, 0
    memory = 0
    search, seen = list(children.get(host, ())), {host}
    while search:
        pid = search.pop()
        if pid in seen:  # a table read while it changes may have cycles
            continue
        seen.add(pid)
        search += children.get(pid, ())
        try:
            process = psutil.Process(pid)
            seconds += sum(process.cpu_times()[:4])
            memory += process.memory_info().rss
        except psutil.Error:
            continue
    return seconds, memory
