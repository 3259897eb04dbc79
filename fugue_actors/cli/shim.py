"""`fugue mcp`: the MCP server that an agent's configuration names.

It carries lines between the agent (stdin, stdout) and the daemon (`mcp.sock`) and
outlives restarts of the daemon. It knows nothing of tools and sessions. Here is how it
starts; `pump` moves the bytes, and `relay` holds the rules.

One of these runs for as long as each agent does, hence the standard library only, and
not all of that: `typing`, `pathlib` and `subprocess` cost a megabyte each.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import time

from fugue_actors import __version__, places
from fugue_actors.cli.jsonrpc import encode, notification
from fugue_actors.cli.pump import STDIN, STDOUT, Pump
from fugue_actors.cli.relay import Relay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

USAGE = """\
usage: fugue mcp [--as NAME] [--token-file FILE]

Serves MCP on stdin and stdout for one agent. It is not for typing: an agent starts it,
e.g. Claude Code after `claude mcp add fugue -- fugue mcp`.

  --as NAME          the session's name, for an agent that runs outside fugue's panes
  --token-file FILE  a pane's secret, for an agent whose processes fugue cannot see
                     (in a container); default: the environment's FUGUE_TOKEN

Environment: FUGUE_SOCKET names the daemon's socket. Without it the daemon of
FUGUE_HOME is used, or of the pane we run in, or of this user; outside of panes it is
started if there is none.
"""

TOKEN_LIMIT_BYTES = 4096


class MisuseError(Exception):
    """This cannot run as it was called; the text says why and what to do."""

    def __init__(self, problem: str, status: int) -> None:
        super().__init__(problem)
        self.status = status


def main(arguments: list[str]) -> int:
    """Run `fugue mcp` with these arguments; returns the exit status."""
    if not {"-h", "--help"}.isdisjoint(arguments):
        return show_usage()
    try:
        hello = introduction(*parsed(arguments))
        path, start = daemon_socket()
        check_descriptors()
    except MisuseError as error:
        print(f"fugue mcp: {error}", file=sys.stderr)
        return error.status
    for number in (signal.SIGTERM, signal.SIGINT):
        # Nothing here is worth unwinding, and the kernel closes what is open.
        signal.signal(number, lambda *_: os._exit(0))
    Pump(Relay(hello, time.monotonic()), path, start).run()
    return 0


def show_usage() -> int:
    """Print how to use this; returns the exit status."""
    try:
        print(USAGE, end="", flush=True)
    except OSError as error:
        print(f"fugue mcp: cannot print the help: {error.strerror}", file=sys.stderr)
        os._exit(1)  # without a second attempt to write what is left
    return 0


def parsed(arguments: list[str]) -> tuple[str | None, str | None]:
    """The values of `--as` and `--token-file`.

    Raises:
        MisuseError: Anything else was given.
    """
    given: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        option, equals, value = rest.pop(0).partition("=")
        if option not in ("--as", "--token-file"):
            raise MisuseError(f"unknown argument {option!r}; see `fugue mcp --help`", 2)
        if not equals and rest:
            value = rest.pop(0)
        if not value:
            raise MisuseError(f"{option} needs a value; see `fugue mcp --help`", 2)
        given[option] = value
    return given.get("--as"), given.get("--token-file")


def introduction(name: str | None, token_file: str | None) -> bytes:
    """The line that opens each connection: who we say we are.

    The daemon decides who we are. The token is written here and nowhere else.
    """
    token = os.environ.get("FUGUE_TOKEN")
    if token_file is not None:
        token = read_token(token_file)
    params = {
        "client": "fugue mcp",
        "version": __version__,
        "name": name,
        "token": token,
        "pane": os.environ.get("FUGUE_PANE_ID"),
    }
    said = {key: value for key, value in params.items() if value}
    return encode(notification("notifications/fugue/hello", said))


def read_token(path: str) -> str:
    """The secret in a file.

    Raises:
        MisuseError: The file cannot be read, or holds no token.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            token = os.read(descriptor, TOKEN_LIMIT_BYTES).decode("ascii").strip()
        finally:
            os.close(descriptor)
    except OSError as error:
        problem = f"cannot read the token file {path}: {error.strerror}"
        raise MisuseError(problem, 1) from error
    except UnicodeDecodeError:
        token = ""  # and no word of what it was
    if not token:
        raise MisuseError(f"the token file {path} holds no token", 1)
    return token


def daemon_socket() -> tuple[str, Callable[[], None] | None]:
    """The daemon's socket, and how to start a daemon where we may.

    Raises:
        MisuseError: The path does not fit into a socket address.
    """
    named = os.environ.get("FUGUE_SOCKET")
    if named is None and "FUGUE_HOME" not in os.environ:
        from fugue_actors.cli.ancestors import socket_of_pane

        named = socket_of_pane()
    path = named or f"{places.runtime_dir()}/{places.MCP_SOCKET}"
    if problem := places.problem_with_socket(path):
        raise MisuseError(problem, 1)
    if named or os.environ.get("FUGUE_PANE_ID"):
        return path, None
    return path, start_detached


def check_descriptors() -> None:
    """Make sure that no socket of ours becomes stdin or stdout.

    Raises:
        MisuseError: One of them is closed.
    """
    try:
        os.fstat(STDIN), os.fstat(STDOUT)
    except OSError as error:
        problem = "stdin and stdout must be open: an agent speaks MCP on them"
        raise MisuseError(problem, 2) from error


def start_detached() -> None:
    """Start a daemon that belongs to nobody here, and do not wait for it.

    Some agents end all descendants of an MCP server together with it, so the daemon
    is started by a child of ours that ends at once.

    Raises:
        OSError: No process could be made, or the daemon's log not be written.
    """
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        if status:
            raise OSError(errno.EIO, "its log or its process cannot be made")
        return
    status = 1
    try:
        from fugue_actors.cli.launch import start_daemon

        start_daemon()
        status = 0
    finally:
        os._exit(status)
