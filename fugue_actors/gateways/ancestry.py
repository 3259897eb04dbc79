"""The process table, as far as identity asks it: ancestors, and what a process runs.

Reading takes a while and processes come and go, so a line of ancestors is read twice and
counts only if both readings agree: then nobody on it ended in between, and no pid on it
was given to somebody else. Nothing here decides who anybody is.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import attrs
import psutil

from fugue_actors.terminal import processes

if TYPE_CHECKING:
    from collections.abc import Callable

IS_LINUX = sys.platform == "linux"
ATTEMPTS = 4
LONGEST_LINE = 256
STDIN, STDOUT = 0, 1
NAMELESS = ("pipe:[", "socket:[")


@attrs.frozen(kw_only=True)
class Relative:
    """A process on somebody's line of ancestors.

    Attributes:
        pid: The process, together with `started` for ever.
        parent: Its living parent; 0 at the top of what can be seen.
        started: When it started, as `terminal.processes` tells.
        session: Pid of the leader of its POSIX session.
        tty: Device number of its controlling terminal, 0 or -1 without one.
        command: Its short name, which it may have chosen itself.
    """

    pid: int
    parent: int
    started: float
    session: int
    tty: int
    command: str

    @property
    def key(self) -> tuple[int, float]:
        """What tells it from every other process there ever was."""
        return self.pid, self.started

    @property
    def has_terminal(self) -> bool:
        """Whether a terminal controls it."""
        return self.tty not in (0, -1)


def look(pid: int) -> Relative | None:
    """One living process; None if it has ended or hides itself."""
    try:
        process = processes.inspect(pid)
        session = os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None
    if process.zombie:
        return None
    return Relative(
        pid=pid,
        parent=process.parent,
        started=process.started,
        session=session,
        tty=process.tty,
        command=process.command,
    )


def lineage(
    pid: int,
    until: Callable[[Relative], bool],
    *,
    look: Callable[[int], Relative | None] = look,
) -> tuple[Relative, ...] | None:
    """A process and its ancestors, up to the first that `until` accepts, else to the top.

    Args:
        pid: The process.
        until: Where to stop.
        look: Reads the process table.

    Returns:
        The process itself first; None if the line cannot be read as a whole, because
        its members keep changing, hide themselves, or are too many.
    """
    for _ in range(ATTEMPTS):
        line = read_line(pid, until, look)
        if line is not None and line == read_line(pid, until, look):
            return line
    return None


def read_line(
    pid: int,
    until: Callable[[Relative], bool],
    look: Callable[[int], Relative | None],
) -> tuple[Relative, ...] | None:
    line: list[Relative] = []
    while len(line) < LONGEST_LINE:
        relative = look(pid)
        # A parent that is younger than its child is somebody else with its pid.
        if relative is None or (line and relative.started > line[-1].started):
            return None
        line.append(relative)
        if relative.parent == 0 or until(relative):
            return tuple(line)
        pid = relative.parent
    return None


def started_of(pid: int) -> float | None:
    """When a living process started; None if it has ended or hides itself."""
    relative = look(pid)
    return None if relative is None else relative.started


def arguments_of(pid: int) -> tuple[str, ...]:
    """A process's command line, which it can change; empty if it cannot be read."""
    try:
        return tuple(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ()


def executable_of(pid: int) -> str:
    """Name of the file that a process executes; empty if it cannot be read."""
    try:
        path = psutil.Process(pid).exe()
    except psutil.Error:
        return ""
    return PurePath(path.removesuffix(" (deleted)")).name


def conversation_of(pid: int) -> tuple[str, str] | None:
    """The nameless pipes or sockets that are a process's stdin and stdout.

    Returns:
        Two names that other processes show for the same pipes and no others; None if
        either is something else, or cannot be read (off Linux always).
    """
    if not IS_LINUX:
        return None
    try:
        ends = [
            str(Path(f"/proc/{pid}/fd/{end}").readlink()) for end in (STDIN, STDOUT)
        ]
    except OSError:
        return None
    if not all(end.startswith(NAMELESS) for end in ends):
        return None
    return ends[0], ends[1]
