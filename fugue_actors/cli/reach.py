"""Reaching the daemon, and starting it first where a command needs one.

Some commands always need one (`reach_daemon`); others only if programs run that an earlier
daemon started and only another one can reach (`reach_programs`).

A daemon that is started gets a pipe and writes one line to it: `ready`, or `error` and
what is wrong, as JSON.
"""

from __future__ import annotations

import json
import os
import select
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fugue_actors import home, places
from fugue_actors.cli import launch
from fugue_actors.cli.client import ControlClient
from fugue_actors.cli.exits import NoDaemon
from fugue_actors.errors import FugueError, Refused, Unavailable
from fugue_actors.protocol.errors import error_from_json

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping

READY: Final = "ready"
REFUSING: Final = "error "
START_SECONDS: Final = 30.0
OTHERS_START_SECONDS: Final = 30.0
SUCCESSOR_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.1
RETRY_SECONDS: Final = 0.02
END_SECONDS: Final = 5.0


def reach_daemon(client: str, *, act_as: str | None = None) -> ControlClient:
    """Connect to the daemon, and start it first when none runs.

    Somebody else may be starting or replacing it at the same time, and then that one is
    waited for.

    Raises:
        NoDaemon: It does not run and ended while it started.
        FugueError: It said why it cannot start, or another one starts and does not
            listen within `OTHERS_START_SECONDS`.
    """
    deadline = 0.0
    taken: FugueError | None = None
    while True:
        try:
            return ControlClient.connect(client=client, act_as=act_as)
        except NoDaemon:
            pass
        if taken is not None and time.monotonic() > deadline:
            raise taken
        if taken is not None and home.is_locked(Path(places.runtime_dir())):
            time.sleep(RETRY_SECONDS)
            continue
        try:
            start_and_wait()
        except FugueError as error:
            if (error.data or {}).get("cause") != home.TAKEN:
                raise
            if taken is None:
                deadline = time.monotonic() + OTHERS_START_SECONDS
            taken = error


def reach_programs(client: str, *, act_as: str | None = None) -> ControlClient:
    """Connect to the daemon; start one if an earlier one has left programs.

    Raises:
        NoDaemon: None runs, and nothing is left to be taken up.
        FugueError: None can be started.
    """
    try:
        return ControlClient.connect(client=client, act_as=act_as)
    except NoDaemon:
        successor = reach_successor(client, act_as=act_as)
        if successor is not None:
            return successor
        if is_held() or not hosts_left():
            raise
    return reach_daemon(client, act_as=act_as)


def reach_successor(client: str, *, act_as: str | None = None) -> ControlClient | None:
    """Connect to the daemon that is starting, or taking over from one that went away.

    None if none does, which holds as soon as nobody holds the home's lock.
    """
    deadline = time.monotonic() + SUCCESSOR_SECONDS
    while is_held() and time.monotonic() < deadline:
        try:
            return ControlClient.connect(client=client, act_as=act_as)
        except NoDaemon:
            time.sleep(RETRY_SECONDS)
    return None


def is_held() -> bool:
    """Whether a daemon has this home, ready or not."""
    try:
        return home.is_locked(Path(places.runtime_dir()))
    except OSError:
        return False  # what is wrong there is said by whoever needs it


def hosts_left() -> int:
    """How many panes there are whose hosts listen, whether a daemon runs or not."""
    sockets = list(Path(places.runtime_dir(), places.PANES).glob("*.sock"))
    if not sockets:
        return 0
    from fugue_actors.journal import cards

    return sum(cards.listener_of(path) is not None for path in sockets)


def start_and_wait(
    *,
    replace: bool = False,
    environment: Mapping[str, str] | None = None,
    give_up: Callable[[], bool] = lambda: False,
) -> subprocess.Popen[bytes]:
    """Start a daemon and wait until it is ready.

    Args:
        replace: Whether it takes over from the daemon that runs.
        environment: Its environment; by default the caller's own.
        give_up: Asked about ten times a second; True ends the daemon and the wait.

    Returns:
        Its process, which outlives this one.

    Raises:
        Refused: It said why it cannot start.
        NoDaemon: It ended without saying why.
        Unavailable: It was not ready in time, or `give_up` said so.
    """
    listening, telling = os.pipe()
    with os.fdopen(listening, "rb", buffering=0) as ready:
        try:
            process = launch.start_daemon(
                ready_fd=telling, replace=replace, environment=environment
            )
        except OSError as error:
            raise Refused(
                "Unavailable",
                f"the daemon cannot be started: {error.strerror}: {error.filename}",
                hint="mend that, or set FUGUE_HOME to a directory of yours",
            ) from error
        finally:
            os.close(telling)
        try:
            said = first_line(ready.fileno(), give_up)
            if said != READY:
                raise refusal(said)
        except BaseException:
            end(process)
            raise
    return process


def first_line(descriptor: int, give_up: Callable[[], bool]) -> str:
    """What the daemon says first; empty if it ended without a word.

    Raises:
        Unavailable: It said nothing in time, or the caller gave up.
    """
    said = b""
    deadline = time.monotonic() + START_SECONDS
    while b"\n" not in said:
        if give_up():
            raise Unavailable("starting the daemon was interrupted")
        if time.monotonic() > deadline:
            raise Unavailable(
                f"the daemon was not ready within {START_SECONDS:g} s",
                hint=f"its log is {launch.log_path()}",
            )
        if select.select([descriptor], [], [], LOOK_SECONDS)[0]:
            part = os.read(descriptor, 4096)
            if not part:
                break
            said += part
    return said.partition(b"\n")[0].decode(errors="replace").strip()


def refusal(said: str) -> FugueError:
    """The error of a daemon that did not start."""
    if said.startswith(REFUSING):
        return error_from_json(json.loads(said.removeprefix(REFUSING)))
    log = Path(launch.log_path())
    lines = log.read_text("utf-8", errors="replace").strip().splitlines()
    why = f": {lines[-1].strip()}" if lines else ""
    return NoDaemon(f"the daemon ended while it started{why}", hint=f"its log is {log}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a daemon that never got ready; it has no programs yet."""
    from subprocess import TimeoutExpired

    process.terminate()
    try:
        process.wait(timeout=END_SECONDS)
    except TimeoutExpired:
        process.kill()
        process.wait()
