"""What a pane host needs to know of processes, on Linux and macOS.

Linux answers from `/proc` and `prctl`, macOS from `libproc`; both through the standard
library, since psutil would cost every host memory. Nothing here signals or reaps anybody.

A process is known by its pid *and* its start time (`started`), an opaque number that only
equality makes sense of: a reused pid has another.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

IS_LINUX: bool = sys.platform == "linux"
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36
PROC_PIDTBSDINFO = 3
BSDINFO = struct.Struct("=12I16s32s5IiQQ")
SOL_LOCAL = 0
LOCAL_PEERCRED = 1


class HasOptions(Protocol):
    """A socket, of the standard library or of trio."""

    def getsockopt(self, level: int, option: int, size: int, /) -> bytes:
        """The value of an option."""


@attrs.frozen(kw_only=True)
class Process:
    """A process.

    Attributes:
        started: See the module.
        tty: Device number of its controlling terminal, 0 or -1 if it has none.
        command: Its short name.
        zombie: Whether it has ended and nobody has collected its status yet.
    """

    pid: int
    parent: int
    started: float
    tty: int
    command: str
    zombie: bool = False


def library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def become_subreaper(name: str) -> None:
    """Name this process, and adopt what its descendants leave behind (Linux only).

    Neither is inherited by fork; orphans come back as children of the caller, who
    must reap them.
    """
    rename(name)
    if IS_LINUX and library().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def rename(name: str) -> None:
    """Name this process as `ps` shows it (Linux only)."""
    if IS_LINUX:
        library().prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def terminal_name(master: int) -> str:
    """Path of the terminal whose master side is given."""
    ptsname = library().ptsname
    ptsname.restype = ctypes.c_char_p
    name: bytes | None = ptsname(master)
    if name is None:
        raise OSError(ctypes.get_errno(), "ptsname")
    return name.decode()


def device_number(path: str) -> int:
    """A terminal's device number, as `Process.tty` gives it."""
    device = Path(path).stat().st_rdev
    if IS_LINUX:  # /proc packs it otherwise than stat does
        major, minor = os.major(device), os.minor(device)
        return (minor & 0xFF) | (major << 8) | ((minor & ~0xFF) << 12)
    return device


def peer_uid(connection: HasOptions) -> int:
    """The user at the other end of a Unix socket, as the kernel attests it."""
    if IS_LINUX:
        data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int(struct.unpack("=iII", data)[1])
    data = connection.getsockopt(SOL_LOCAL, LOCAL_PEERCRED, 76)
    return int(struct.unpack_from("=II", data)[1])


def inspect(pid: int) -> Process:
    """One process.

    Raises:
        ProcessLookupError: It has ended.
    """
    if IS_LINUX:
        return inspect_linux(pid)
    return inspect_macos(pid)


def inspect_linux(pid: int) -> Process:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError) as error:
        raise ProcessLookupError(f"no process {pid}") from error
    # The command is in parentheses and may contain any of " ()".
    command, _, rest = stat[stat.index("(") + 1 :].rpartition(")")
    state, parent, _group, _session, tty, *others = rest.split()
    return Process(
        pid=pid,
        parent=int(parent),
        started=float(others[14]),
        tty=int(tty),
        command=command,
        zombie=state in "ZX",
    )


def inspect_macos(pid: int) -> Process:
    buffer = ctypes.create_string_buffer(BSDINFO.size)
    size = library().proc_pidinfo(
        pid, PROC_PIDTBSDINFO, ctypes.c_uint64(0), buffer, BSDINFO.size
    )
    if size != BSDINFO.size:
        raise ProcessLookupError(f"no process {pid}")  # zombies included
    fields = BSDINFO.unpack(buffer.raw)
    return Process(
        pid=pid,
        parent=fields[4],
        started=fields[-2] + fields[-1] / 1e6,
        tty=ctypes.c_int32(fields[17]).value,
        command=fields[12].split(b"\0")[0].decode("utf-8", "replace"),
    )


def started(pid: int) -> float:
    """When a process started.

    Raises:
        ProcessLookupError: It has ended.
    """
    return inspect(pid).started


def working_directory(pid: int) -> str:
    """Where a process is; empty if that cannot be known."""
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return ""  # it has ended, or this is no Linux


def pids() -> Iterable[int]:
    if IS_LINUX:
        return [
            int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()
        ]
    libproc = library()
    room = libproc.proc_listallpids(None, 0) + 64
    buffer = (ctypes.c_int * room)()
    found = libproc.proc_listallpids(buffer, ctypes.sizeof(buffer))
    return list(buffer[:found])


def table() -> dict[int, Process]:
    """All living processes that one may look at, by pid."""
    processes = {}
    for pid in pids():
        try:
            process = inspect(pid)
        except (ProcessLookupError, PermissionError):
            continue
        if not process.zombie:
            processes[pid] = process
    return processes


def family(
    processes: Mapping[int, Process], *, host: int, tty: int
) -> dict[int, Process]:
    """What a pane's program has started and is still there.

    These are the host's descendants (orphans among them, since it is a subreaper) and
    all who have the pane's terminal, for systems where orphans cannot be traced. The
    device number cannot be reused while the host holds the terminal open.
    """
    children: dict[int, list[int]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process.pid)
    found = {pid: process for pid, process in processes.items() if process.tty == tty}
    search, seen = [host], {host}
    while search:
        for pid in children.get(search.pop(), ()):
            if pid not in seen:  # a table read while it changes may have cycles
                seen.add(pid)
                search.append(pid)
                found[pid] = processes[pid]
    found.pop(host, None)
    return found
