"""Attached to four panes: from a key to its echo, next to tmux in the same terminal.

Both clients run in a pseudo-terminal of 200 x 50 that we hold the other end of, with the
same four panes: one that echoes, and three that lie idle; then once more with `yes` in one
of them. Each key is another letter, so that an echo cannot be taken for an earlier one, and
the time is that until the letter is in what the client has written.
"""

from __future__ import annotations

import os
import select
import shutil
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

import psutil
from daemonkit import running_home
from figures import MS, PERCENT, Figure, Numbers, latencies, middle_ms
from footprint import grown, nanoseconds
from ptyprocess import PtyProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemonkit import Home

FIGURES = [
    Figure(
        "attach.echo.p50",
        "key to echo in `fugue attach`, p50",
        MS,
        peer="attach.tmux.p50",
    ),
    Figure("attach.echo.p99", "the same, p99", MS, peer="attach.tmux.p99"),
    Figure("attach.behind", "the same, p50, more than in tmux", MS, aim=5.0),
    Figure("attach.tmux.p50", "  peer: in `tmux attach`, p50", MS),
    Figure("attach.tmux.p99", "  peer: the same, p99", MS),
    Figure(
        "attach.flood.p50",
        "key to echo beside a pane that floods, p50",
        MS,
        peer="attach.tmux_flood.p50",
    ),
    Figure(
        "attach.flood.p99",
        "the same, p99",
        MS,
        aim=30.0,
        peer="attach.tmux_flood.p99",
    ),
    Figure("attach.tmux_flood.p50", "  peer: in tmux, p50", MS),
    Figure("attach.tmux_flood.p99", "  peer: the same, p99", MS),
    Figure(
        "attach.start",
        "`fugue attach`, from exec to the panes' contents",
        MS,
        aim=250.0,
        peer="attach.tmux_start",
    ),
    Figure("attach.tmux_start", "  peer: `tmux attach`", MS),
    Figure("attach.idle", "processor time of the idle client", PERCENT, aim=0.05),
]

COLUMNS, LINES = 200, 50
COUNT, WARM_UP, STARTS = 200, 20, 9
LETTERS = [chr(0x100 + number) for number in range(WARM_UP + COUNT)]
PAUSE = 0.03
"""Between keys: nobody types faster than this."""
WITHIN = 20.0
IDLE_SECONDS = 5.0
SETTLE_SECONDS = 2.0
READY, LAST = "ready-to-echo", "last-of-four"
ECHO = ["sh", "-c", f"stty raw -echo; printf {READY}; exec cat"]
IDLE = ["cat"]
LAST_IDLE = ["sh", "-c", f"printf {LAST}; exec cat"]
FLOOD = ["sh", "-c", "exec yes \"$(printf '\\033[32mok\\033[0m %080d' 1)\""]


class Terminal:
    """The other end of a client's terminal."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.began = time.perf_counter()
        self.client = PtyProcess.spawn(
            command, env=environment, dimensions=(LINES, COLUMNS)
        )
        self.seen = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.client.terminate(force=True)
        self.client.close()

    def press(self, text: str) -> None:
        """Press keys."""
        os.write(self.client.fd, text.encode())

    def wait_for(self, text: str) -> float:
        """Read until the client has written this; returns when that was."""
        wanted, deadline = text.encode(), time.perf_counter() + WITHIN
        while wanted not in self.seen:
            assert self.read(deadline), f"{text!r} never came: {self.seen[-2000:]!r}"
        at = time.perf_counter()
        self.seen = b""
        return at

    def read_for(self, seconds: float) -> None:
        """Read whatever comes, and forget it."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline and self.read(deadline):
            self.seen = b""

    def read(self, deadline: float) -> bool:
        """Read once; False if nothing came until then."""
        patience = max(0.0, deadline - time.perf_counter())
        if not select.select([self.client.fd], [], [], patience)[0]:
            return False
        # What is cut is looked at together with what comes next.
        self.seen = self.seen[-4096:] + os.read(self.client.fd, 65_536)
        return True

    def echoes(self) -> list[float]:
        """The seconds that each key takes."""
        taken = []
        for letter in LETTERS:
            self.read_for(PAUSE)
            began = time.perf_counter()
            self.press(letter)
            taken.append(self.wait_for(letter) - began)
        return taken[WARM_UP:]


def attach(command: list[str], environment: dict[str, str]) -> Terminal:
    """A client that shows all panes, each of them once."""
    terminal = Terminal(command, environment)
    terminal.wait_for(LAST)
    return terminal


def started(command: list[str], environment: dict[str, str]) -> float:
    """The seconds from exec until the last pane's contents are there."""
    with Terminal(command, environment) as terminal:
        return terminal.wait_for(LAST) - terminal.began


def quiet(client: Terminal) -> float:
    """The share of a processor that a client and its children use while nothing happens."""
    client.read_for(SETTLE_SECONDS)
    process = psutil.Process(client.client.pid)
    pids = [process.pid, *(child.pid for child in process.children(recursive=True))]
    before, began = nanoseconds(pids), time.perf_counter()
    client.read_for(IDLE_SECONDS)
    seconds = time.perf_counter() - began
    return grown(before, nanoseconds(pids)) / 1e9 / seconds * 100


# ---- ours


def ours(flooded: bool) -> Numbers:
    """The figures of `fugue attach`."""
    with running_home() as home:
        first = panes_of(home, flooded=flooded)
        environment = {**home.environment, "TERM": "xterm-256color"}
        environment.pop("TMUX", None)
        command = [str(Path(sys.executable).with_name("fugue")), "attach", "four"]
        with attach(command, environment) as client:
            client.read_for(SETTLE_SECONDS)
            if flooded:
                return latencies("attach.flood", client.echoes())
            numbers = latencies("attach.echo", client.echoes())
            if sys.platform == "linux":
                numbers["attach.idle"] = quiet(client)
        starts = [started(command, environment) for _ in range(STARTS)]
    assert first
    return numbers | {"attach.start": middle_ms(starts)}


def panes_of(home: Home, *, flooded: bool) -> str:
    """A session of four panes; returns the id of the one that echoes, which has the focus."""
    with home.control() as control:
        first = control(
            "create_session",
            name="four",
            command=ECHO,
            cwd=str(home.root),
            environment=home.environment,
            columns=COLUMNS,
            lines=LINES - 1,
        )["pane_id"]
        right = control("split_pane", pane=first, command=FLOOD if flooded else IDLE)
        for pane, command in ((first, IDLE), (right["pane_id"], LAST_IDLE)):
            control("split_pane", pane=pane, direction="horizontal", command=command)
        control("wait_for", pane=first, text=READY)
    return str(first)


# ---- theirs


def theirs(flooded: bool) -> Numbers:
    """The figures of `tmux attach`."""
    with tmux_of(flooded=flooded) as found:
        if found is None:
            return {}
        command, environment = found
        with attach(command, environment) as client:
            client.read_for(SETTLE_SECONDS)
            if flooded:
                return latencies("attach.tmux_flood", client.echoes())
            numbers = latencies("attach.tmux", client.echoes())
        starts = [started(command, environment) for _ in range(STARTS)]
    return numbers | {"attach.tmux_start": middle_ms(starts)}


@contextmanager
def tmux_of(*, flooded: bool) -> Iterator[tuple[list[str], dict[str, str]] | None]:
    """The command that attaches to a session of four panes, and its environment."""
    program = shutil.which("tmux")
    if program is None:
        yield None
        return
    with TemporaryDirectory(prefix="fg-") as directory:
        server = [program, "-u", "-S", str(Path(directory) / "tmux"), "-f", "/dev/null"]
        environment = {
            "PATH": os.environ["PATH"],
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
        }

        def run(*arguments: str) -> None:
            PtyProcess.spawn([*server, *arguments], env=environment).wait()

        size = ["-x", str(COLUMNS), "-y", str(LINES)]
        run("new-session", "-d", *size, *ECHO)
        run("split-window", "-d", "-h", "-t", ":.0", *(FLOOD if flooded else IDLE))
        run("split-window", "-d", "-v", "-t", ":.0", *IDLE)
        run("split-window", "-d", "-v", "-t", ":.2", *LAST_IDLE)
        run("select-pane", "-t", ":.0")
        try:
            yield [*server, "attach"], environment
        finally:
            run("kill-server")


def measure() -> Numbers:
    """One run, ours and the peer in turn."""
    numbers = ours(flooded=False) | theirs(flooded=False)
    numbers |= ours(flooded=True) | theirs(flooded=True)
    if "attach.tmux.p50" in numbers:
        behind = numbers["attach.echo.p50"] - numbers["attach.tmux.p50"]
        numbers["attach.behind"] = behind
    return numbers
