"""A real daemon in a home of its own, driven through its public doors.

`Home` starts and ends a daemon, speaks its control protocol, and finds every process
that belongs to the home, so that a test can prove that none is left.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVE = [sys.executable, "-m", "fugue_actors", "serve", "--foreground"]
RELAY = Path(__file__).with_name("pane_relay.py")
START_WITHIN = 60.0
CALL_WITHIN = 60.0
BEGINS_RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:)", re.MULTILINE)


class ControlError(Exception):
    """A coded error of the control protocol."""

    def __init__(self, shape: dict[str, Any]) -> None:
        super().__init__(f"{shape['code']}: {shape['message']}")
        self.code = shape["code"]
        self.shape = shape


class Control:
    """One control connection."""

    def __init__(self, path: Path, **hello: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(CALL_WITHIN)
        self.file = self.socket.makefile("rb")
        self.number = 0
        try:
            self.socket.connect(str(path))
            self("hello", client="test", **hello)
        except BaseException:
            self.close()
            raise

    def __call__(self, name: str, /, **args: Any) -> dict[str, Any]:
        self.send(name, **args)
        return self.receive()

    def send(self, name: str, /, **args: Any) -> None:
        """Ask; the answer is for `receive`."""
        self.number += 1
        frame = {"id": self.number, "request": name, "args": args}
        self.socket.sendall(json.dumps(frame).encode() + b"\n")

    def receive(self) -> dict[str, Any]:
        """The answer to what was asked last."""
        line = self.file.readline()
        if not line:
            raise ConnectionError("the daemon hung up")
        answer = json.loads(line)
        assert answer["id"] == self.number
        if "error" in answer:
            raise ControlError(answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    def close(self) -> None:
        self.file.close()
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class Home:
    """A `FUGUE_HOME` with at most one daemon."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.run = root / "run"
        self.mcp_socket = self.run / "mcp.sock"
        self.control_socket = self.run / "control.sock"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("FUGUE_")},
            "FUGUE_HOME": str(root),
        }
        self.daemon: subprocess.Popen[bytes] | None = None
        self.log = root / "daemon.log"

    def start(self, *options: str) -> None:
        """Start the daemon and wait until it is ready."""
        ready, ready_child = os.pipe()
        with self.log.open("ab") as log:
            self.daemon = subprocess.Popen(
                [*SERVE, "--ready-fd", str(ready_child), *options],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[ready_child],
                start_new_session=True,
            )
        os.close(ready_child)
        with os.fdopen(ready, "rb") as file:
            told, _, _ = select.select([file], [], [], START_WITHIN)
            line = file.readline() if told else b""
        assert line == b"ready\n", (line, self.log.read_text(encoding="utf-8"))

    def control(self, **hello: str) -> Control:
        """A new control connection."""
        return Control(self.control_socket, **hello)

    def tracebacks(self) -> str:
        """What every daemon of this home logged with a traceback: bugs and crashes."""
        records = re.split(BEGINS_RECORD, self.log.read_text(encoding="utf-8"))
        return "".join(record for record in records if "Traceback" in record)

    def end(self) -> None:
        """Kill every program, then the daemon; nothing may be left."""
        if self.daemon is not None and self.daemon.poll() is None:
            with contextlib.suppress(OSError, ControlError), self.control() as control:
                control("stop", kill=True)
            try:
                self.daemon.wait(20)
            except subprocess.TimeoutExpired:
                self.daemon.send_signal(signal.SIGKILL)
                self.daemon.wait(10)
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def processes(self) -> list[psutil.Process]:
        """Every process whose environment names this home."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                if process.environ().get("FUGUE_HOME") == str(self.root):
                    found.append(process)
        return found

    def environment_of_pane(self, pane_id: str) -> dict[str, str]:
        """A pane's environment, read as any process of the user could."""
        for process in self.processes():
            with contextlib.suppress(psutil.Error, OSError):
                environment = process.environ()
                if environment.get("FUGUE_PANE_ID") == pane_id:
                    return environment
        raise AssertionError(f"no process of pane {pane_id}")

    def processes_with(self, argument: Path) -> list[psutil.Process]:
        """Those of them whose command line has this argument."""
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.Error, OSError):
                if str(argument) in process.cmdline():
                    found.append(process)
        return found

    # ---- what tests do all the time

    def relay(self, name: str, *, cwd: Path | None = None, **more: Any) -> Relay:
        """A session whose program hands out `fugue mcp` children to the test."""
        path = self.root / f"{name}.relay"
        with self.control() as control:
            made = control(
                "create_session",
                name=name,
                command=[sys.executable, str(RELAY), str(path)],
                cwd=str(cwd or self.root),
                environment=self.environment,
                **more,
            )
        return Relay(path, made)


class Relay:
    """A pane whose program starts one MCP server child for each connection."""

    def __init__(self, path: Path, made: dict[str, str]) -> None:
        self.path = path
        self.session_id = made["session_id"]
        self.session_name = made["session_name"]
        self.pane_id = made["pane_id"]


def has_ended(process: psutil.Process) -> bool:
    """Whether a process is gone, or its status waits for this machine's init."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE and process.ppid() == 1
    except psutil.NoSuchProcess:
        return True


def wait_until(condition: Any, *, within: float = 60.0) -> Any:
    """Wait for an observable fact of another process; returns it."""
    end = time.monotonic() + within
    while True:
        fact = condition()
        if fact:
            return fact
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} s: {condition}")
        time.sleep(0.02)


@contextlib.contextmanager
def running_home(settings: str = "", **environment: str) -> Iterator[Home]:
    """A daemon in a short-named home of its own, with this `config.toml`.

    Args:
        settings: What is in the file.
        environment: What it has besides ours.
    """
    with tempfile.TemporaryDirectory(prefix="fg-", ignore_cleanup_errors=True) as root:
        home = Home(Path(root).resolve())
        home.environment |= environment
        (home.root / "config.toml").write_text(settings, encoding="utf-8")
        try:
            home.start()
            yield home
        finally:
            home.end()
