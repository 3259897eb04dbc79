"""Starting the daemon as a process of its own; who starts it may wait for it or not.

It runs `fugue serve --foreground` in a session of its own, with its output in the state
directory. Standard library only, and little of it before it is needed: the shim loads
this module, and every agent pays for what the shim loads.
"""
# ruff: noqa: PTH103 - pathlib would double what this module costs to import

from __future__ import annotations

import os
import sys

from fugue_actors import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

LOG = "daemon.log"

# -P keeps the current directory, which may be an agent's, off the import path.
PROGRAM = (sys.executable, "-P", "-m", "fugue_actors")


def start_daemon(
    *,
    ready_fd: int | None = None,
    replace: bool = False,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a daemon, without waiting for it.

    Args:
        ready_fd: A descriptor on which it says that it is ready, or what is wrong.
        replace: Whether it takes over from the daemon that runs.
        environment: Its environment; by default the caller's own.

    Returns:
        Its process, which outlives this one.

    Raises:
        OSError: Its log cannot be written, or the process not be made.
    """
    import subprocess

    given = dict(os.environ if environment is None else environment)
    if home := given.get("FUGUE_HOME"):
        given["FUGUE_HOME"] = os.path.abspath(home)  # noqa: PTH100 - as above
    options = [] if ready_fd is None else ["--ready-fd", str(ready_fd)]
    if replace:
        options.append("--replace")
    output = open_log()
    try:
        return subprocess.Popen(
            [*PROGRAM, "serve", "--foreground", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=given,
            pass_fds=() if ready_fd is None else (ready_fd,),
            start_new_session=True,
        )
    finally:
        os.close(output)


def log_path() -> str:
    """Where the output of a daemon goes that was started from here."""
    return f"{places.state_dir()}/{LOG}"


def open_log() -> int:
    """The log, opened for appending; only its user may read it."""
    path = log_path()
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH120
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
