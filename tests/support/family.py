"""A family of real processes, grown from a plan: pane hosts, programs, what they start.

As a program it carries out the plan in the environment variable FAMILY, a list of steps.
Each process takes the first step and hands the rest to the process it starts:

    {"do": "start", ...}  start the next process and wait for it; see `start`
    {"do": "connect"}     connect to the socket in FAMILY_SOCKET, stay until it closes
    {"do": "serve", "at": path}   for each connection to `path`, start the next process
    {"do": "order", "at": path}   connect to `path`, stay until it closes
    {"do": "stay"}        stay until killed
    {"do": "host"}        be a pane's host; the rest is the plan of its program

As a module it offers `Pane`, a host and its program.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pty
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

Step = dict[str, Any]

PR_SET_NAME = 15
STDIO = {
    "inherit": {},
    "pipes": {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE},
    "null": dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL),
}


def start(
    rest: list[Step],
    *,
    words: tuple[str, ...] = (),
    script: str = __file__,
    shell: str = "",
    options: tuple[str, ...] = (),
    binary: str = "",
    session: bool = False,
    stdio: str = "inherit",
    environment: dict[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start the process that takes the next step.

    Args:
        rest: The steps left.
        words: Its arguments.
        script: This file under another name.
        shell: A command line for `sh -c`, in which {} stands for it.
        options: What else the shell is given.
        binary: What is executed in place of the first argument.
        session: Whether it leads a session of its own.
        stdio: Whether it gets our terminal, pipes of its own, or nothing.
        environment: More variables.
    """
    argv = [sys.executable, script, *words]
    if shell:
        argv = ["/bin/sh", *options, "-c", shell.format(shlex.join(argv))]
    return subprocess.Popen(
        argv,
        executable=binary or None,
        start_new_session=session,
        env=os.environ | {"FAMILY": json.dumps(rest)} | (environment or {}),
        **STDIO[stdio],  # type: ignore[call-overload]  # chosen by name
    )


def main() -> None:
    step, *rest = json.loads(os.environ["FAMILY"])
    match step.pop("do"):
        case "start":
            is_left_behind = step.pop("leave", False)
            sets_sid_late = step.pop("setsid_late", False)
            child = start(rest, **step)
            if is_left_behind:
                os._exit(0)
            if sets_sid_late:
                os.setsid()
                assert child.stdin is not None
                child.stdin.close()
            child.wait()
        case "connect":
            connect(os.environ["FAMILY_SOCKET"], **step)
        case "serve":
            serve(step.pop("at"), rest, step)
        case "order":
            connect(step["at"])
        case "host":
            host(rest)
    if os.environ.pop("FAMILY_STAYS", None):
        signal.pause()


def connect(path: str, *, once: str = "", name: str = "") -> None:
    """Connect and stay.

    Args:
        path: Of the socket.
        once: What to wait for first: `orphaned`, or `told` by the end of stdin.
        name: What to be called in the process table.
    """
    if name:
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode(), 0, 0, 0)
    if once == "told":
        sys.stdin.read()
    while once == "orphaned" and os.getppid() != int(os.environ["FAMILY_HOST"]):
        time.sleep(0.001)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.recv(1)


def serve(path: str, rest: list[Step], step: Step) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{path}.new")
        listener.listen()
        Path(f"{path}.new").rename(path)  # whoever sees it can connect
        served = []
        while True:
            served.append((listener.accept(), start(rest, **step)))


def host(plan: list[Step]) -> None:
    """Be a subreaper with a program in a terminal, until stdin ends."""
    from fugue_actors.terminal import processes

    processes.become_subreaper("family-host")
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(
            FAMILY=json.dumps(plan), FAMILY_HOST=str(os.getppid()), FAMILY_STAYS="1"
        )
        os.execv(sys.executable, [sys.executable, __file__])

    def reap(*_: object) -> None:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass

    signal.signal(signal.SIGCHLD, reap)
    reap()
    sys.stdout.write(f"{pid}\n")
    sys.stdout.flush()
    sys.stdin.read()
    tty = processes.device_number(os.ttyname(terminal))
    while found := processes.family(processes.table(), host=os.getpid(), tty=tty):
        for each in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        time.sleep(0.001)


def wait_for(fact: Callable[[], bool]) -> None:
    """Wait for something that another process does, a minute at most."""
    deadline = time.monotonic() + 60
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.001)


class Pane:
    """A host and its program, which follows a plan. Ends all of them on exit."""

    def __init__(self, path: Path, plan: list[Step], **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            env=os.environ
            | {"FAMILY": json.dumps([{"do": "host"}, *plan])}
            | {"FAMILY_SOCKET": str(path)}
            | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        self.program = int(self.process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


if __name__ == "__main__":
    main()
