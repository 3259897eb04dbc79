"""`fugue serve`, `stop` and `status`: the daemon itself."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fugue_actors import home, places
from fugue_actors.cli import render
from fugue_actors.cli.client import ControlClient
from fugue_actors.cli.exits import NoDaemon
from fugue_actors.cli.options import command
from fugue_actors.cli.reach import hosts_left, reach_daemon, start_and_wait
from fugue_actors.errors import FugueError, Refused

if TYPE_CHECKING:
    import subprocess

STOP_SECONDS = 60.0
BACK_SECONDS = 10.0
LOOK_SECONDS = 0.005


@command("serve")
@click.option("--foreground", is_flag=True, help="Stay here, and log to stderr.")
@click.option(
    "--replace", is_flag=True, help="Take over from the daemon that runs, if one does."
)
@click.option("--ready-fd", type=click.IntRange(min=3), hidden=True)
def serve(
    *, foreground: bool, replace: bool, ready_fd: int | None, as_json: bool
) -> int | None:
    """Start the daemon, and return when it is ready.

    It goes on in the background until `fugue stop`, with one daemon per home. Other
    commands that need it start it themselves.

    With --replace a daemon that runs is upgraded in place: programs, agents and
    connections of `fugue mcp` go on. If the new one cannot start, the old one stays.
    """
    if foreground:
        from fugue_actors import daemon

        return daemon.main(ready_fd, replace=replace)
    running = running_daemon()
    if running is not None and not replace:
        raise Refused(
            "Unavailable",
            f"a daemon already runs here, with process id {running}",
            hint="`fugue serve --replace` starts another in its place, `fugue stop` "
            "ends it; another FUGUE_HOME gives room for another",
            data={"pid": running},
        )
    process = start_instead_of(running)
    # It is meant to outlive this command, so nobody waits for it here.
    started = {
        "pid": process.pid,
        "socket": places.control_socket(),
        "replaced": running,
    }
    if as_json:
        render.show_json(started)
    elif running is None:
        print(f"daemon {started['pid']} listens on {started['socket']}")
    else:
        print(f"daemon {started['pid']} has taken over from {running}")
    return None


def running_daemon() -> int | None:
    """The process id of this home's daemon; its own lock decides a race."""
    try:
        with ControlClient.connect(client="fugue serve") as daemon:
            return daemon.daemon_pid
    except NoDaemon:
        return None


def start_instead_of(running: int | None) -> subprocess.Popen[bytes]:
    """Start a daemon, which takes over from the one that runs.

    Raises:
        FugueError: It cannot start; the hint says which other one runs now.
    """
    if running is None:
        return start_and_wait()
    try:
        return start_and_wait(replace=True)
    except FugueError as error:
        deadline = time.monotonic() + BACK_SECONDS
        while (found := running_daemon()) is None and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        if found is not None and found != running:
            hint = f"another daemon, process {found}, runs in place of {running}"
        else:
            stays = "does not answer any more" if found is None else "goes on"
            hint = f"the daemon before it, process {running}, {stays}"
        error.hint = hint if error.hint is None else f"{error.hint}; {hint}"
        raise


@command("stop")
@click.option("--kill", is_flag=True, help="End the programs in the panes too.")
def stop(*, kill: bool, as_json: bool) -> None:
    """Stop the daemon.

    Programs go on in their panes, and the next daemon takes them up again; with
    --kill they are ended first, also if only an earlier daemon's programs are left.
    """
    with reach_to_stop(kill=kill) as daemon:
        outcome = daemon.request("stop", {"kill": kill}, patience=STOP_SECONDS)
        daemon.wait_closed(patience=STOP_SECONDS)
        wait_released(daemon.daemon_pid)
    if as_json:
        render.show_json(outcome)
        return
    left, killed = outcome.get("left_running", 0), outcome.get("killed", 0)
    parts = ["daemon stopped"]
    if killed:
        parts.append(f"{render.counted(killed, 'program')} ended")
    by_force = render.by_force(outcome.get("forced", []), outcome.get("survivors", []))
    if by_force:
        parts.append(by_force)
    if left:
        parts.append(
            f"{render.counted(left, 'program')} left running for the next daemon"
        )
    print("; ".join(parts))


def reach_to_stop(*, kill: bool) -> ControlClient:
    """Connect to the daemon, or to a new one if programs are left that shall end.

    Raises:
        NoDaemon: None runs; the hint tells what an earlier one has left.
        FugueError: None can be started.
    """
    try:
        return ControlClient.connect(client="fugue stop")
    except NoDaemon as error:
        left = hosts_left()
        if left and home.is_locked(Path(places.runtime_dir())):
            raise  # a daemon has them, and cannot be reached
        if left and kill:
            return reach_daemon("fugue stop")
        if left:
            error.hint = (
                f"an earlier one left {render.counted(left, 'pane')}: `fugue serve` "
                "takes up what is left, `fugue stop --kill` ends it"
            )
        raise


def wait_released(pid: int) -> None:
    """Wait until this daemon has let go of its home, so that another may have it."""
    lock = Path(places.runtime_dir()) / home.LOCK
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        try:
            descriptor = os.open(lock, os.O_RDONLY)
        except FileNotFoundError:
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if os.pread(descriptor, 32, 0).strip() != str(pid).encode():
                return
        finally:
            os.close(descriptor)
        time.sleep(LOOK_SECONDS)


@command("status")
def status(*, as_json: bool) -> None:
    """Say how the daemon is; exit code 3 if there is none."""
    with ControlClient.connect(client="fugue status") as daemon:
        state = daemon.request("status")
    if as_json:
        render.show_json(state)
        return
    render.show_table(
        ("daemon", "version", "condition", "up", "sessions", "panes", "home"),
        [
            (
                state["pid"],
                state["version"],
                state["condition"],
                render.duration(state["uptime"]),
                state["sessions"],
                state["panes"],
                state["home"] or "default",
            )
        ],
    )
    if state.get("monitor"):
        print(f"monitor: {state['monitor']}")
    for what, why in zip(state["degraded"], state.get("reasons", ()), strict=False):
        print(f"{what}: {why}")
