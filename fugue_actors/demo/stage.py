"""The demo's scene: a home of its own, a repository, a daemon, four panes.

1. Everything lives below one temporary directory, which is also the `FUGUE_HOME` of
   every process here; so what is left of them can be found, and nothing else is meant.
2. Signals only set a flag (`Interruption`), which is looked at between steps. So no
   process is ever started without being remembered, and `clear` always runs whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil

from fugue_actors.cli.client import ControlClient
from fugue_actors.cli.reach import start_and_wait
from fugue_actors.demo import cast
from fugue_actors.demo.verify import Evidence
from fugue_actors.errors import FugueError, Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE_SECONDS = 20.0
GONE_SECONDS = 5.0
LOOK_SECONDS = 0.05
COLUMNS, LINES = 100, 30
HISTORY_LINES = 1000


class InterruptedDemo(Unavailable):
    """Somebody asked for the end."""


class Interruption:
    """Notes that a signal came, from entering to leaving."""

    def __init__(self) -> None:
        self.came = False
        self.before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in SIGNALS:
            self.before[number] = signal.signal(number, self.note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def note(self, number: int, frame: FrameType | None) -> None:
        """The signal handler: only a flag."""
        self.came = True

    def has_come(self) -> bool:
        """Whether to give up."""
        return self.came

    def check(self) -> None:
        """Go on only if nobody asked for the end.

        Raises:
            InterruptedDemo: Somebody did.
        """
        if self.came:
            raise InterruptedDemo("the demo was interrupted")


class Stage:
    """One demo's scene; build it up step by step, and `clear` it whatever happened."""

    def __init__(self, interruption: Interruption, *, is_kept: bool) -> None:
        self.interruption = interruption
        self.is_kept = is_kept
        self.home = make_home()
        self.reports = self.home / "reports"
        self.trees = {"": self.home / "project"} | {
            tree: self.home / f"project-{tree}" for tree in cast.TREES
        }
        self.daemon: subprocess.Popen[bytes] | None = None
        self.control: ControlClient | None = None
        self.created: dict[str, str] = {}

    def build(self) -> None:
        """Make the repository, start the daemon and the programs in their panes.

        Raises:
            FugueError: Something of this does not work here; it says what.
        """
        move_into(self.home)
        self.reports.mkdir()
        self.make_repository()
        self.interruption.check()
        self.daemon = start_and_wait(give_up=self.interruption.has_come)
        self.control = ControlClient.connect(client="fugue demo", act_as="demo")
        for part in cast.PARTS:
            self.interruption.check()
            self.open_session(part)

    def make_repository(self) -> None:
        """A repository with a main worktree and one more for each team."""
        main = self.trees[""]
        main.mkdir()
        git(main, "init", "--quiet", "--initial-branch=main")
        for name, text in cast.FILES.items():
            (main / name).write_text(text, encoding="utf-8")
        git(main, "add", ".")
        git(main, "commit", "--quiet", "--message=Begin")
        for tree in cast.TREES:
            self.interruption.check()
            git(main, "worktree", "add", "--quiet", "-b", tree, str(self.trees[tree]))

    def open_session(self, part: cast.Part) -> None:
        """A session whose pane runs the agent; only its name says which it is."""
        flags = {cast.STAY: self.is_kept, cast.HANDSHAKE: part.is_handshaking}
        made = self.request(
            "create_session",
            {
                "name": part.name,
                "command": [
                    *(sys.executable, "-P", "-m", cast.AGENT_MODULE, str(self.reports)),
                    *(flag for flag, wanted in flags.items() if wanted),
                ],
                "cwd": str(self.trees[part.tree or ""]),
                "environment": dict(os.environ),
                "columns": COLUMNS,
                "lines": LINES,
            },
        )
        self.created[part.name] = made["session_id"]

    def request(
        self, name: str, arguments: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Ask the daemon of this scene."""
        assert self.control is not None
        return self.control.request(name, arguments, patience=PATIENCE_SECONDS)

    def sessions(self) -> dict[str, dict[str, Any]]:
        """The agents' sessions by name."""
        listing = self.request("list_sessions")["sessions"]
        return {
            session["session_name"]: session
            for session in listing
            if session["session_name"] in self.created
        }

    def messages(self) -> list[dict[str, Any]]:
        """The ledger, oldest first."""
        found: list[dict[str, Any]] = self.request("messages")["messages"]
        return found

    def is_over(self, sessions: Mapping[str, Mapping[str, Any]]) -> bool:
        """Whether all agents are through, or one of them failed."""
        panes = [pane for one in sessions.values() for pane in one["panes"]]
        ended = [pane for pane in panes if pane["state"] in {"exited", "lost"}]
        if any((pane["exit"] or {}).get("code") != 0 for pane in ended):
            return True
        if self.is_kept:
            return all((self.reports / f"{name}.json").exists() for name in sessions)
        return len(ended) == len(cast.PARTS)

    def evidence(self) -> Evidence:
        """What all witnesses say."""
        screens = {}
        for name in self.created:
            screen = self.request(
                "read_pane", {"session": name, "history": HISTORY_LINES}
            )
            lines = [*screen.get("history", ()), *screen["text"]]
            screens[name] = [line.rstrip() for line in lines if line.strip()]
        return Evidence(
            created=self.created,
            sessions=self.sessions(),
            messages=self.messages(),
            reports={
                path.stem: json.loads(path.read_text(encoding="utf-8"))
                for path in sorted(self.reports.glob("*.json"))
            },
            screens=screens,
            trees={name: str(path) for name, path in self.trees.items()},
            is_kept=self.is_kept,
        )

    def clear(self) -> list[int]:
        """End everything that was started here, and remove the directory.

        Returns:
            Processes that the daemon left behind and that had to be killed here.
        """
        if self.control is not None:
            # It may be gone, or hang; both are dealt with next.
            with contextlib.suppress(FugueError):
                self.request("stop", {"kill": True})
            self.control.close()
        if self.daemon is not None:
            end_daemon(self.daemon)
        left = end_survivors(self.home)
        shutil.rmtree(self.home, ignore_errors=True)
        return left


def make_home() -> Path:
    """A directory for everything.

    Raises:
        Refused: There is no room for one.
    """
    try:
        return Path(tempfile.mkdtemp(prefix="fugue-demo-")).resolve()
    except OSError as error:
        raise Refused(
            "Unavailable",
            f"the demo cannot make a directory: {error.strerror}: {error.filename}",
            hint="set TMPDIR to a directory with room",
        ) from error


def move_into(home: Path) -> None:
    """Make this process, and all it starts, part of the scene.

    Whatever names another daemon or repository is forgotten, so that the demo is the
    same inside a pane and inside a git hook.
    """
    for name in list(os.environ):
        if name.startswith(("FUGUE", "GIT_")):
            del os.environ[name]
    os.environ["FUGUE_HOME"] = str(home)


def git(directory: Path, *arguments: str) -> None:
    """Run git without the user's settings.

    Raises:
        Refused: It is not there, or it failed.
    """
    settings = {
        "user.name": "fugue demo",
        "user.email": "demo@localhost",
        "core.hooksPath": os.devnull,
    }
    options = [word for pair in settings.items() for word in ("-c", "=".join(pair))]
    nothing = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    try:
        subprocess.run(
            ["git", *options, *arguments],
            cwd=directory,
            env=os.environ | nothing,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
    except FileNotFoundError as error:
        raise Refused(
            "Unavailable", "the demo needs git, which is not here", hint="install git"
        ) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip() or "no reason given"
        raise Refused("Unavailable", f"git {arguments[0]} failed: {said}") from error


def end_daemon(process: subprocess.Popen[bytes]) -> None:
    """Wait for the daemon to end, and insist."""
    for insist in (process.terminate, process.kill):
        try:
            process.wait(timeout=GONE_SECONDS)
        except subprocess.TimeoutExpired:
            insist()
    process.wait()


def end_survivors(home: Path) -> list[int]:
    """Wait until nothing of this scene runs any more; kill what does not go.

    Returns:
        The processes that had to be killed.
    """
    deadline = clock() + GONE_SECONDS
    while left := survivors(home):
        if clock() > deadline:
            for process in left:
                kill(process)
            return [process.pid for process in left]
        pause(LOOK_SECONDS)
    return []


def survivors(home: Path) -> list[psutil.Process]:
    """Processes of this user that were started in this scene."""
    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            if process.environ().get("FUGUE_HOME") == str(home):
                found.append(process)
        except psutil.Error:
            continue  # gone, dead, or somebody else's
    return found


def kill(process: psutil.Process) -> None:
    """Kill a process that may just have gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def clock() -> float:
    """Seconds, for deadlines."""
    return time.monotonic()  # noqa: TID251 - synchronous


def pause(seconds: float) -> None:
    """Wait; a signal is noted meanwhile."""
    time.sleep(seconds)  # noqa: TID251 - synchronous
