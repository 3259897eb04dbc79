"""The checks of `fugue doctor`: what is the case here, and what mends it.

Each check looks and changes nothing. A `problem` keeps fugue from working; a `note` is
worth knowing.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from fugue_actors import __version__, places
from fugue_actors.cli import launch
from fugue_actors.cli.client import ControlClient, peer_uid
from fugue_actors.cli.exits import NoDaemon
from fugue_actors.errors import FugueError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Codex gives its MCP servers no more of the environment than they are listed to get.
PASSED_ON: Final = ["FUGUE_SOCKET", "FUGUE_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME"]
AGENTS: Final = ("claude", "codex", "gemini")
VERSION_SECONDS: Final = 15.0
ROOM_BYTES: Final = 100 * 1024 * 1024
PRIVATE: Final = 0o077
PANE_ID: Final = "p" + "0" * 10


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    state: Literal["ok", "note", "problem"]
    evidence: str
    fix: str | None = None


def all_checks() -> Iterator[Check]:
    """Every check, in the order in which one thing needs another."""
    yield python()
    yield git()
    yield directory("runtime directory", places.runtime_dir())
    yield directory("state directory", places.state_dir())
    yield room(places.state_dir())
    yield socket_paths()
    yield peer_credentials()
    yield daemon()
    yield leftovers()
    yield from agents()


def python() -> Check:
    """The interpreter that runs this."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("python", "ok", f"{version} at {sys.executable}")


def git() -> Check:
    """Sessions know their repository and worktree through git's own files."""
    path = shutil.which("git")
    if path is None:
        return Check("git", "problem", "not found", "install git")
    return Check("git", "ok", version_of([path]).evidence)


def directory(name: str, path: str) -> Check:
    """A directory of ours: private, and writable."""
    place = Path(path)
    try:
        found = place.lstat()
    except FileNotFoundError:
        return ancestor(name, place)
    except OSError as error:
        return Check(name, "problem", f"{path}: {error.strerror}", "set FUGUE_HOME")
    if not stat.S_ISDIR(found.st_mode):
        return Check(name, "problem", f"{path} is not a directory", f"remove {path}")
    if found.st_uid != os.getuid():
        owner = f"{path} belongs to user {found.st_uid}"
        return Check(name, "problem", owner, "set FUGUE_HOME to a directory of yours")
    if found.st_mode & PRIVATE:
        mode = f"{path} has mode {stat.S_IMODE(found.st_mode):04o}"
        return Check(name, "problem", mode, f"chmod 700 {shlex.quote(path)}")
    if not os.access(place, os.W_OK | os.X_OK):
        return Check(name, "problem", f"{path} is not writable", "set FUGUE_HOME")
    return Check(name, "ok", path)


def ancestor(name: str, place: Path) -> Check:
    """A directory that the daemon has yet to make."""
    nearest = next(parent for parent in place.parents if parent.exists())
    if os.access(nearest, os.W_OK | os.X_OK):
        return Check(name, "ok", f"{place} will be made")
    return Check(
        name,
        "problem",
        f"{place} cannot be made: {nearest} is not writable",
        "set FUGUE_HOME to a directory of yours",
    )


def room(path: str) -> Check:
    """Space for the journal."""
    nearest = next(p for p in (Path(path), *Path(path).parents) if p.exists())
    free = shutil.disk_usage(nearest).free
    evidence = f"{free / 1e9:.1f} GB free at {nearest}"
    if free < ROOM_BYTES:
        return Check("disk", "problem", evidence, "make room, or set FUGUE_HOME")
    return Check("disk", "ok", evidence)


def socket_paths() -> Check:
    """Whether the longest of our socket names fits into a socket address."""
    pane = f"{places.runtime_dir()}/panes/{PANE_ID}.sock"
    longest = max(pane, f"{places.runtime_dir()}/{places.CONTROL_SOCKET}", key=len)
    if problem := places.problem_with_socket(longest):
        return Check("socket paths", "problem", problem, places.SHORTER)
    length = len(os.fsencode(longest))
    limit = places.SOCKET_PATH_LIMIT_BYTES
    return Check("socket paths", "ok", f"{length} of {limit} bytes")


def peer_credentials() -> Check:
    """Whether the kernel says who is on the other end of a socket."""
    if sys.platform != "linux":
        return Check("peer credentials", "note", f"not checked on {sys.platform}")
    left, right = socket.socketpair(socket.AF_UNIX)
    with left, right:
        uid = peer_uid(left, "")
    if uid == os.getuid():
        return Check("peer credentials", "ok", f"the kernel says user {uid}")
    return Check(
        "peer credentials",
        "problem",
        f"the kernel says user {uid}, but this is user {os.getuid()}",
        "run the daemon and its clients in one user namespace",
    )


def daemon() -> Check:
    """A round trip to the daemon of this home."""
    path = Path(places.runtime_dir()) / places.CONTROL_SOCKET
    if not path.exists():
        return Check("daemon", "note", "not running; it starts when needed")
    try:
        with ControlClient.connect(client="fugue doctor") as client:
            state = client.request("status")
    except NoDaemon as error:
        return Check("daemon", "problem", error.message, "fugue serve")
    except FugueError as error:
        return Check("daemon", "problem", error.message, error.hint)
    evidence = f"pid {state['pid']}, version {state['version']}, {state['condition']}"
    if state["version"] != __version__:
        mismatch = f"{evidence}; this command is {__version__}"
        return Check("daemon", "problem", mismatch, "fugue serve --replace")
    if reasons := state.get("reasons"):
        evidence += f": {reasons[0]}"
    if state["condition"] != "ok":
        see = f"see `fugue tree` and {launch.log_path()}"
        return Check("daemon", "problem", evidence, see)
    return Check("daemon", "ok", evidence)


def leftovers() -> Check:
    """Sockets of pane hosts that are no more."""
    panes = Path(places.runtime_dir()) / "panes"
    sockets = sorted(str(path) for path in panes.glob("*.sock"))
    alive = listening_paths()
    if alive is None:
        return Check("leftovers", "note", f"{len(sockets)} pane sockets, not checked")
    stale = [path for path in sockets if path not in alive]
    if stale:
        return Check(
            "leftovers",
            "problem",
            f"{len(stale)} sockets of panes that are no more",
            shlex.join(["rm", *stale]),
        )
    return Check("leftovers", "ok", f"none; {len(sockets)} panes live")


def listening_paths() -> set[str] | None:
    """Paths somebody listens on; a look, where connecting would be noticed."""
    try:
        table = Path("/proc/net/unix").read_text("utf-8", errors="surrogateescape")
    except OSError:
        return None
    rows = (line.split(maxsplit=7) for line in table.splitlines()[1:])
    accepting = "00010000"
    return {row[7] for row in rows if len(row) == 8 and row[3] == accepting}


def agents() -> Iterator[Check]:
    """The agents that are installed, and how each is told about fugue."""
    for name in AGENTS:
        path = shutil.which(name)
        if path is None:
            yield Check(name, "note", "not installed")
            continue
        found = version_of([path])
        yield Check(name, found.state, found.evidence, registration(name))


def version_of(program: list[str]) -> Check:
    """What a program says of its version."""
    try:
        done = subprocess.run(
            [*program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=VERSION_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check(program[0], "problem", f"{program[0]} does not run: {error}")
    said = done.stdout.decode(errors="replace").strip().splitlines()
    return Check(program[0], "ok", f"{said[0] if said else '?'} at {program[0]}")


def server_command() -> list[str]:
    """The command an agent's configuration should name, with absolute paths."""
    installed = Path(sysconfig.get_path("scripts")) / "fugue"
    return [str(installed), "mcp"] if installed.exists() else [*launch.PROGRAM, "mcp"]


def registration(agent: str) -> str:
    """The command line that tells an agent about fugue."""
    program, *arguments = server_command()
    match agent:
        case "claude":
            return shlex.join(
                ["claude", "mcp", "add", "fugue", "--", program, *arguments]
            )
        case "codex":
            settings = [
                f"mcp_servers.fugue.command={json.dumps(program)}",
                f"mcp_servers.fugue.args={json.dumps(arguments)}",
                f"mcp_servers.fugue.env_vars={json.dumps(PASSED_ON)}",
            ]
            return shlex.join(
                ["codex", *(word for s in settings for word in ("-c", s))]
            )
        case _:
            return shlex.join([agent, "mcp", "add", "fugue", program, "--", *arguments])
