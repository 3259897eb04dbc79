"""The daemon of the pane we run in, for clients that hand us no environment.

Some agents start their MCP servers with little more than HOME and PATH. The pane's own
variables are still with the processes above us, and of one's own user they can be read.
What is found says only where to knock: who we are is for the daemon to decide.

Standard library only, and of it only `os`, as in all that the shim loads.
"""
# ruff: noqa: PTH123 - pathlib would double what this module costs to import

from __future__ import annotations

import os

DEEPEST = 64
VARIABLE = b"FUGUE_SOCKET="


def socket_of_pane() -> str | None:
    """`FUGUE_SOCKET` of the nearest ancestor that has it; None outside of panes.

    Linux only: elsewhere the agent's configuration has to pass the variable on.
    """
    pid = os.getppid()
    for _ in range(DEEPEST):
        if pid <= 1:
            return None
        for entry in read(pid, "environ").split(b"\0"):
            if entry.startswith(VARIABLE):
                return os.fsdecode(entry[len(VARIABLE) :])
        pid = parent_of(pid)
    return None


def parent_of(pid: int) -> int:
    """The parent of a process; 0 if it is gone."""
    # The name before it stands in brackets and may hold anything.
    fields = read(pid, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if len(fields) > 1 else 0


def read(pid: int, name: str) -> bytes:
    """A file of a process, empty if it is gone or not ours to read."""
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return file.read()
    except OSError:
        return b""
