"""What a pane's program leaves running when its host died, and the end of it.

The host's death hangs up the terminal, and most programs end with that. One that does
not is nobody's any more: nobody reads what it writes, and if it is started again there
are two. Found are the members of its POSIX session; what has left that session could be
anybody, for instance a daemon that was started from within the pane.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import trio

from fugue_actors.terminal import processes
from fugue_actors.terminal.ending import TICK, Ending

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.protocol.hosting import HostInfo, KillReport
    from fugue_actors.terminal.processes import Process

GRACE = 1.0
NO_TERMINAL = -2  # nobody's


def find(hosted: HostInfo) -> list[Process]:
    """The processes of a program's session, whose leader the program was."""
    table = processes.table()
    leader = table.get(hosted.program_pid)
    if leader is not None and leader.started != hosted.program_started:
        return []  # its pid is another's by now
    return [one for one in table.values() if session_of(one.pid) == hosted.program_pid]


def session_of(pid: int) -> int:
    """A process's session; 0 if it is gone or not to be asked."""
    try:
        return os.getsid(pid)
    except OSError:
        return 0


async def end(hosted: HostInfo, *, grace: float = GRACE) -> KillReport:
    """End what is left of a program whose host is gone; what that took.

    Args:
        hosted: Who they were.
        grace: Seconds from SIGHUP to SIGKILL.
    """
    return await end_found(lambda: find(hosted), grace=grace)


async def end_with_host(hosted: HostInfo, *, grace: float = GRACE) -> KillReport:
    """Kill a host that does not answer, and end all that descends from it.

    The host itself is not in the report, as in the one that it would have made.
    """
    wards = below(processes.table(), hosted.host_pid)
    send(hosted.host_pid, signal.SIGKILL)

    def living() -> list[Process]:
        table = processes.table()
        wards.update({one.pid: one for one in find(hosted)})
        for ward in tuple(wards):
            wards.update(below(table, ward))
        return [
            one
            for one in wards.values()
            if (now := table.get(one.pid)) is not None
            and now.started == one.started
            and not now.zombie
        ]

    return await end_found(living, grace=grace)


def below(table: dict[int, Process], pid: int) -> dict[int, Process]:
    """All descendants of a process, by pid."""
    return processes.family(table, host=pid, tty=NO_TERMINAL)


async def end_found(find: Callable[[], list[Process]], *, grace: float) -> KillReport:
    """End whoever is found, until nobody is."""
    ending = Ending(send, now=trio.current_time(), grace=grace)
    # No event tells of processes that are not our children.
    while ending.look(find(), now=trio.current_time()) is not None:  # noqa: ASYNC110
        await trio.sleep(TICK)
    return ending.report(None)


def send(pid: int, number: int) -> None:
    """Signal somebody who may be gone, or out of reach; the next look tells."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return
