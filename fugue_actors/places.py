"""Where a daemon's files live: sockets, state and configuration.

`FUGUE_HOME` moves all three, so that several daemons live side by side; without it the
XDG directories are used. Only names are computed here: nothing is created or opened,
and the answers follow the environment at the time of the call.

Standard library only, and of it only `os`: the shim imports this module, and
every agent pays for what the shim loads.
"""
# ruff: noqa: PTH100, PTH111 - pathlib would double what this module costs to import

from __future__ import annotations

import os
import sys

SOCKET_PATH_LIMIT_BYTES = 107 if sys.platform == "linux" else 103
"""The longest path that fits into a Unix socket address, without its final NUL."""

MCP_SOCKET, CONTROL_SOCKET = "mcp.sock", "control.sock"
PANES = "panes"
"""Where pane hosts have their sockets, within the runtime directory."""
RECORDINGS = "recordings"
"""Where recordings are kept, within the state directory."""
MONITOR_PORT = "monitor-port.json"
"""Which port the monitor had last, within the state directory."""
SHORTER = "set FUGUE_HOME to a shorter directory"


def fugue_home() -> str | None:
    """`FUGUE_HOME` as an absolute path, or None when it is unset or empty."""
    value = os.environ.get("FUGUE_HOME")
    return os.path.abspath(value) if value else None


def runtime_dir() -> str:
    """Directory of the sockets and pane hosts; private to the user, mode 0700."""
    if home := fugue_home():
        return f"{home}/run"
    if base := xdg_dir("XDG_RUNTIME_DIR"):
        return f"{base}/fugue"
    return f"/tmp/fugue-{os.getuid()}"  # noqa: S108 - its user checks owner and mode


def state_dir() -> str:
    """Directory of the journal, the logs and the captures; mode 0700."""
    if home := fugue_home():
        return f"{home}/state"
    base = xdg_dir("XDG_STATE_HOME") or in_user_home(".local/state")
    return f"{base}/fugue"


def config_file() -> str:
    """The user's configuration file; it need not exist."""
    if home := fugue_home():
        return f"{home}/config.toml"
    base = xdg_dir("XDG_CONFIG_HOME") or in_user_home(".config")
    return f"{base}/fugue/config.toml"


def mcp_socket() -> str:
    """The socket that `fugue mcp` connects to.

    Raises:
        Refused: The path is too long for a socket address.
    """
    return checked(f"{runtime_dir()}/{MCP_SOCKET}")


def control_socket() -> str:
    """The socket of the command line.

    Raises:
        Refused: The path is too long for a socket address.
    """
    return checked(f"{runtime_dir()}/{CONTROL_SOCKET}")


def checked(path: str) -> str:
    """The same path, once it is known to fit into a socket address.

    Raises:
        Refused: It is longer than `SOCKET_PATH_LIMIT_BYTES`.
    """
    if problem := problem_with_socket(path):
        from fugue_actors.errors import Refused

        raise Refused("InvalidArgument", problem)
    return path


def problem_with_socket(path: str) -> str | None:
    """Why this path cannot name a socket, or None if it can."""
    length = len(os.fsencode(path))
    if length <= SOCKET_PATH_LIMIT_BYTES:
        return None
    return (
        f"the socket path {path} has {length} bytes and a socket address holds only "
        f"{SOCKET_PATH_LIMIT_BYTES}: {SHORTER}"
    )


def in_user_home(name: str) -> str:
    """A directory of the user's own.

    Raises:
        Refused: The user has none: `HOME` says nothing, or nothing absolute.
    """
    home = os.path.expanduser("~")
    if home.startswith("/"):
        return f"{home.rstrip('/')}/{name}"
    from fugue_actors.errors import Refused

    raise Refused(
        "InvalidArgument",
        f"the home directory is {home!r}, which is not an absolute path",
        hint="set HOME, or FUGUE_HOME, to a directory that you can write to",
    )


def xdg_dir(variable: str) -> str | None:
    """An XDG base directory; relative values are ignored, as its standard says."""
    value = os.environ.get(variable, "")
    return value.rstrip("/") or None if value.startswith("/") else None
