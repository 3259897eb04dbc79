"""From the request for a session or pane to the first output that can be read back.

Both sides are asked on one standing connection, and read until the output is there: we
on the control socket, tmux in its control mode.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from daemonkit import Control, Home, running_home
from figures import MS, Figure, Numbers, middle_ms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

FIGURES = [
    Figure(
        "output.first",
        "create_session to its output in read_pane",
        MS,
        aim=40.0,
        peer="output.tmux",
    ),
    Figure("output.created", "create_session until it answers", MS),
    Figure(
        "output.pane",
        "split_pane to the new pane's output in read_pane",
        MS,
        peer="output.tmux",
        ratio_aim=3.0,
    ),
    Figure("output.tmux", "  peer: tmux new-window to capture-pane", MS),
]

COUNT = 15
WARM_UP = 2
PROGRAM = ["sh", "-c", "echo x; cat"]
WITHIN = 20.0


def ours(home: Home, control: Control) -> tuple[float, float]:
    """The seconds until the session was made, and until its output was there."""
    began = time.perf_counter()
    made = control(
        "create_session",
        command=PROGRAM,
        cwd=str(home.root),
        environment=home.environment,
    )
    created = time.perf_counter() - began
    while "x" not in control("read_pane", pane=made["pane_id"])["text"]:
        assert time.perf_counter() - began < WITHIN
    seconds = time.perf_counter() - began
    control("kill_session", session=made["session_id"])
    return created, seconds


def new_pane(home: Home, control: Control, beside: str) -> float:
    """The seconds until a new pane's output was there."""
    began = time.perf_counter()
    made = control("split_pane", pane=beside, command=PROGRAM, cwd=str(home.root))
    while "x" not in control("read_pane", pane=made["pane_id"])["text"]:
        assert time.perf_counter() - began < WITHIN
    seconds = time.perf_counter() - began
    control("close_pane", pane=made["pane_id"])
    return seconds


class Tmux:
    """A tmux server of our own, in control mode."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.commands: IO[str] = process.stdin
        self.answers: IO[str] = process.stdout
        self.block()

    def __call__(self, command: str) -> list[str]:
        """Run a command; the lines of its answer."""
        self.send(command)
        return self.block()

    def send(self, command: str) -> None:
        """Run a command; its answer is the next `block`."""
        self.commands.write(command + "\n")
        self.commands.flush()

    def wait_output(self, pane: str, text: str) -> None:
        """Until a pane of the session that is watched writes some text."""
        for line in self.answers:
            word, _, rest = line.partition(" ")
            if word == "%output" and rest.startswith(f"{pane} ") and text in rest:
                return
        raise ConnectionError("tmux hung up")

    def block(self) -> list[str]:
        """The next answer; what tmux tells unasked is skipped."""
        lines: list[str] | None = None
        for line in self.answers:
            word = line.split(" ", 1)[0].strip()
            if word == "%begin":
                lines = []
            elif word in ("%end", "%error") and lines is not None:
                assert word == "%end", lines
                return lines
            elif lines is not None:
                lines.append(line.rstrip("\n"))
        raise ConnectionError("tmux hung up")

    def new_window(self) -> float:
        """The seconds until a new window's output was there."""
        began = time.perf_counter()
        (window,) = self("new-window -d -P -F '#{pane_id}' \"sh -c 'echo x; cat'\"")
        while "x" not in self(f"capture-pane -p -t {window}"):
            assert time.perf_counter() - began < WITHIN
        seconds = time.perf_counter() - began
        self(f"kill-pane -t {window}")
        return seconds


@contextmanager
def tmux() -> Iterator[Tmux | None]:
    """A server that ends with the block; None where there is no tmux."""
    program = shutil.which("tmux")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="fg-") as directory:
        server = [program, "-S", str(Path(directory) / "tmux"), "-f", "/dev/null"]
        process = subprocess.Popen(
            [*server, "-C", "new-session", "-x", "80", "-y", "24", "cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={"PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "LANG": "C.UTF-8"},
        )
        try:
            yield Tmux(process)
        finally:
            subprocess.run([*server, "kill-server"], check=True)
            process.communicate(timeout=10)


def measure() -> Numbers:
    """One run, ours and the peer in turn."""
    made, seen, panes, theirs = [], [], [], []
    with running_home() as home, home.control() as control, tmux() as peer:
        first = control(
            "create_session",
            command=PROGRAM,
            cwd=str(home.root),
            environment=home.environment,
        )
        for number in range(WARM_UP + COUNT):
            created, seconds = ours(home, control)
            pane = new_pane(home, control, first["pane_id"])
            other = None if peer is None else peer.new_window()
            if number < WARM_UP:
                continue
            made.append(created)
            seen.append(seconds)
            panes.append(pane)
            if other is not None:
                theirs.append(other)
    numbers = {
        "output.first": middle_ms(seen),
        "output.created": middle_ms(made),
        "output.pane": middle_ms(panes),
    }
    if theirs:
        numbers["output.tmux"] = middle_ms(theirs)
    return numbers
