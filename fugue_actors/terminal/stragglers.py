"""What a pane's program leaves running when its host died, and the end of it.

The host's death hangs up the terminal, and most programs end with that. One that does
not is nobody's any more: nobody reads what it writes, and if it is started again there
are two. Found are the members of its POSIX session; what has left that session could be
anybody, for instance a daemon that was started from within the pane.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import trio

from fugue_actors.terminal import processes
from fugue_actors.terminal.ending import TICK, Ending

if TYPE_CHECKING:
    from fugue_actors.protocol.hosting import HostInfo, KillReport
    from fugue_actors.terminal.processes import Process

GRACE = 1.0


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
    ending = Ending(send, now=trio.current_time(), grace=grace)
    # No event tells of processes that are not our children.
    while ending.look(find(hosted), now=trio.current_time()) is not None:  # noqa: ASYNC110
        await trio.sleep(TICK)
    return ending.report(None)


def send(pid: int, number: int) -> None:
    """Signal somebody who may be gone, or out of reach; the next look tells."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return
