"""Who on a line of ancestors may serve several panes, and so is no pane's agent.

Between a peer and its pane's program there may stand

1. a known shared daemon, by its command line, even the peer itself;
2. a process that has no terminal and is in another session than its parent: it (or who
   started it) made a session of its own, to be detached from the pane, as daemons do.

Agents detach what they start, too, so these are no sharers: the peer itself (some start
each MCP child so), and what merely stands in front of it, which is

a. for `fugue mcp`, whoever has the same nameless pipes as stdin and stdout: the MCP
   conversation runs past it, so it cannot be the one that talks (`uvx`, `npx`, scripts).
   A server that runs MCP children gives each of them pipes of its own;
b. a shell that runs one command line (`sh -c ...`), with nothing but shells and runners
   such as `timeout` between it and the peer: hooks and shell tools. A server is no shell,
   and one that a shell started stands between the shell and the peer.

What a detached program in another language calls `fugue` from is none of these, and its
peer a guest: rather that than one pane's agent speaking for another's. Command lines and
executables can be forged, but only to gain the identity of a program that is one's
ancestor, which every plain child of it has.
"""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from fugue_actors.gateways.ancestry import (
    Relative,
    arguments_of,
    conversation_of,
    executable_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARED_DAEMONS: Final = (
    # Codex's app server: one for all terminals of a CODEX_HOME.
    re.compile(r"(?:^|/)codex(?:\.js)?(?: [^ ']+)* app-server(?: |$)"),
)
"""Command lines, quoted as for a shell, of programs that serve several panes."""

SHELLS: Final = frozenset(
    {"sh", "ash", "bash", "dash", "fish", "ksh", "mksh", "yash", "zsh"}
)
RUNNERS: Final = frozenset({"timeout", "uv", "uvx"})
BUSYBOX: Final = "busybox"
LONGEST_COMMAND: Final = 4096  # characters compared; a longer one could take for ever


def find_sharer(
    line: Sequence[Relative], shared_daemons: Sequence[re.Pattern[str]]
) -> Relative | None:
    """Who, from the peer (first) up to below the program (last), may serve other panes."""
    for place, (process, parent) in enumerate(pairwise(line)):
        words = shlex.join(arguments_of(process.pid))[:LONGEST_COMMAND]
        if any(pattern.search(words) for pattern in shared_daemons):
            return process
        is_detached = process.session != parent.session and not process.has_terminal
        if place and is_detached and not is_front(line[: place + 1]):
            return process
    return None


def is_front(line: Sequence[Relative]) -> bool:
    """Whether a detached process (last) merely stands in front of the peer (first)."""
    peer, detached = line[0], line[-1]
    if is_mcp_child(peer):
        conversation = conversation_of(peer.pid)
        if conversation is not None and conversation == conversation_of(detached.pid):
            return True
    return runs_one_command(detached) and all(is_transparent(one) for one in line[1:])


def is_mcp_child(process: Relative) -> bool:
    """Whether its command line is that of `fugue mcp`, however it is started."""
    return any(
        word == "mcp" and PurePath(command).name in ("fugue", "fugue_actors")
        for command, word in pairwise(arguments_of(process.pid))
    )


def runs_one_command(process: Relative) -> bool:
    """Whether it is a shell that was given one command line (`sh -c ...`)."""
    if not is_shell(process):
        return False
    words = iter(arguments_of(process.pid)[1:])
    for word in words:
        if not word.startswith(("-", "+")):
            return False
        if word.startswith("--"):
            continue
        if word.startswith("-") and "c" in word:
            return True
        if word.endswith(("o", "O")):
            next(words, None)  # the name of the option that is set
    return False


def is_transparent(process: Relative) -> bool:
    """Whether it only does what it was told by whoever started it."""
    return is_shell(process) or executable_of(process.pid) in RUNNERS


def is_shell(process: Relative) -> bool:
    name = executable_of(process.pid)
    if name == BUSYBOX:
        name = PurePath(next(iter(arguments_of(process.pid)), "")).name
    return name in SHELLS
