"""`fugue` as people run it: a process of its own, in a home of its own.

`ScriptedControl` is a daemon's control socket that answers as a test tells it; it
records what was asked. It is for what a real daemon never does, or not on demand.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from daemonkit import Control, Home, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FUGUE = [sys.executable, "-m", "fugue_actors"]
WITHIN = 100.0

Answer = dict[str, Any] | bytes | None
"""A result or error frame without its id, or None to hang up; or raw bytes, after which
it hangs up if they end in the middle of a line."""


class Cli:
    """Runs `fugue` in one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("FUGUE_")},
            "FUGUE_HOME": str(home),
        }

    def __call__(
        self, *arguments: str, stdin: str = "", cwd: Path | None = None, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [*FUGUE, *arguments],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            env=self.environment | extra,
            cwd=cwd or self.home,
            timeout=WITHIN,
            check=False,
        )

    def json(self, command: str, *arguments: str, **more: Any) -> Any:
        """What a command that succeeds prints as JSON."""
        done = self(command, "--json", *arguments, **more)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


class ScriptedControl:
    """A control socket whose answers are given by a function.

    Attributes:
        requests: Every request but `hello`, in order.
        hellos: What each connection said of itself.
    """

    def __init__(
        self, home: Path, answer: Callable[[str, Mapping[str, Any]], Answer]
    ) -> None:
        run = home / "run"
        run.mkdir(mode=0o700, exist_ok=True)
        self.answer = answer
        self.version = "0.1.0"
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.hellos: list[dict[str, Any]] = []
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(run / "control.sock"))
        self.listening.listen()
        self.thread = threading.Thread(target=self.accept)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listening.close()

    def accept(self) -> None:
        """Serve one connection after the other."""
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as lines:
                with contextlib.suppress(OSError):
                    for line in lines:
                        if not self.serve(connection, json.loads(line)):
                            break

    def serve(self, connection: socket.socket, frame: dict[str, Any]) -> bool:
        """Answer one request; False hangs up."""
        name, arguments = frame["request"], frame["args"]
        if name == "hello":
            self.hellos.append(arguments)
            answer: Answer = {"result": {"version": self.version, "pid": 4242}}
        else:
            self.requests.append((name, arguments))
            answer = self.answer(name, arguments)
        if answer is None:
            return False
        if isinstance(answer, bytes):
            connection.sendall(answer)
            return answer.endswith(b"\n")
        line = json.dumps({"id": frame["id"], **answer})
        connection.sendall(line.encode() + b"\n")
        return True


@contextlib.contextmanager
def empty_home() -> Iterator[Path]:
    """A directory with a short name, for sockets below it."""
    with tempfile.TemporaryDirectory(prefix="fg-", ignore_cleanup_errors=True) as root:
        yield Path(root).resolve()


@contextlib.contextmanager
def served(config: str = "") -> Iterator[Cli]:
    """`fugue` with a daemon, which is gone afterwards with all that it started."""
    with empty_home() as home:
        cli = Cli(home)
        (home / "config.toml").write_text(config, encoding="utf-8")
        assert cli("serve").returncode == 0
        yield cli
        end_all(cli)


@contextlib.contextmanager
def emptied(cli: Cli) -> Iterator[Control]:
    """A connection to the daemon that a file's tests share, from which all sessions are gone.

    A test that has killed the daemon gets the next one another.
    """
    try:
        control = Home(cli.home).control()
    except OSError:
        assert cli("serve").returncode == 0
        control = Home(cli.home).control()
    with control:
        for session in control("list_sessions")["sessions"]:
            control("kill_session", session=session["session_id"])
        wait_until(lambda: not control("list_sessions")["sessions"])
        yield control


# Reads lines and repeats each in capitals; says when it is ready.
ECHO = """
import sys
print('ready', flush=True)
for line in sys.stdin:
    print(line.strip().upper(), flush=True)
"""


def end_all(cli: Cli) -> None:
    """Stop the daemon and its programs; nothing may be left of them."""
    assert cli("stop", "--kill").returncode in {0, 3}
    wait_until(lambda: not Home(cli.home).processes())


def running(cli: Cli, name: str, *options: str) -> dict[str, str]:
    """A new session whose program has written `ready`."""
    made: dict[str, str] = cli.json(
        "new", name, *options, "--", sys.executable, "-c", ECHO
    )
    shows(cli, name, "ready")
    return made


def shows(cli: Cli, place: str, text: str) -> None:
    """Wait until a line of a screen is this text."""
    wait_until(lambda: text in cli("read", place).stdout.splitlines())


def pane(cli: Cli, name: str) -> dict[str, object]:
    """The one pane of a session, as `fugue ls` has it."""
    listing = cli.json("ls")["sessions"]
    [found] = [one for one in listing if one["session_name"] == name]
    [only] = found["panes"]
    return dict(only)


def session_names(cli: Cli) -> set[str]:
    """All sessions there are."""
    return {one["session_name"] for one in cli.json("ls")["sessions"]}
