"""What it costs agents that people watch: messages beside fifty viewers of a flooding pane.

The same messages are timed five times in one run: beside the flood alone; with fifty viewers of
it on `control.sock`; with as many more that have stopped reading; with fifty viewers over
WebSockets; and beside the flood alone again, since a machine is not the same for long. They are
compared with the two times without viewers. Last, a keystroke into a pane where nothing else
happens, until a viewer has its echo.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import psutil
from daemonkit import running_home
from delivery import one
from figures import (
    MEGABYTES,
    MS,
    PER_SECOND,
    PERCENT,
    Figure,
    Numbers,
    latencies,
)
from rawclient import RawClient, in_pane
from viewers import READ_BYTES, Door, subscribed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemonkit import Control, Home

VIEWERS = 50
ALONE = "watching.alone"
FLAT_SECONDS = 20.0
FIGURES = [
    Figure(
        "watching.p50",
        f"send to waiting poll, {VIEWERS} viewers on control.sock, p50",
        MS,
        peer=f"{ALONE}.p50",
        ratio_aim=2.0,
    ),
    Figure("watching.p99", "the same, p99", MS, peer=f"{ALONE}.p99"),
    Figure(
        "watching.stuck.p50",
        f"with {VIEWERS} more that do not read, p50",
        MS,
        peer=f"{ALONE}.p50",
        ratio_aim=2.0,
    ),
    Figure("watching.stuck.p99", "the same, p99", MS, peer=f"{ALONE}.p99"),
    Figure(
        "watching.web.p50",
        f"with {VIEWERS} viewers over WebSockets instead, p50",
        MS,
        peer=f"{ALONE}.p50",
        ratio_aim=2.0,
    ),
    Figure("watching.web.p99", "the same, p99", MS, peer=f"{ALONE}.p99"),
    Figure(f"{ALONE}.p50", "  peer: beside the flood alone, p50", MS),
    Figure(f"{ALONE}.p99", "  peer: the same, p99", MS),
    Figure("watching.frames", "frames that each viewer gets, control.sock", PER_SECOND),
    Figure("watching.stuck.frames", "beside those that do not read", PER_SECOND),
    Figure("watching.web.frames", "over a WebSocket", PER_SECOND),
    Figure("watching.alone.cpu", "the daemon's processor time, no viewers", PERCENT),
    Figure("watching.cpu", "with viewers on control.sock", PERCENT),
    Figure("watching.web.cpu", "with viewers over WebSockets", PERCENT),
    Figure(
        "watching.added", "memory that connecting all of them adds (RSS)", MEGABYTES
    ),
    Figure(
        "watching.grown",
        f"memory that {FLAT_SECONDS:g} s of watching add then",
        MEGABYTES,
    ),
    Figure("watching.echo.p50", "keystroke to a viewer's frame, quiet pane, p50", MS),
    Figure("watching.echo.p99", "the same, p99", MS),
]

COUNT = 150
WARM_UP = 20
KEYS = 100
KEY_PAUSE = 0.05
"""Between keys: nobody types faster than this."""
FLOOD = [
    "sh",
    "-c",
    "while :; do i=$((i+1)); printf '\\033[32mok\\033[0m %070d\\r\\n' $i; done",
]
QUIET = ["sh", "-c", "stty raw -echo; exec cat"]


class Crowd:
    """Viewers in a process of their own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def frames(self) -> int:
        """Frames that all of them have taken so far."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        return int(json.loads(self.process.stdout.readline())["frames"])


@contextmanager
def crowd(door: str, pane: str) -> Iterator[Crowd]:
    """So many viewers of a pane, who all have its screen."""
    program = str(Path(__file__).with_name("viewers.py"))
    process = subprocess.Popen(
        [sys.executable, program, door, pane, str(VIEWERS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        yield Crowd(process)
    finally:
        process.send_signal(signal.SIGCONT)
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@attrs.define
class Beside:
    """Messages that were timed beside something: their seconds, and what went on."""

    seconds: list[float]
    frames: float
    cpu: float


@attrs.define
class Agents:
    """Two agents that send each other messages, and the daemon between them."""

    daemon: psutil.Process
    sender: RawClient
    receiver: RawClient

    def talk(self, viewers: Crowd | None = None) -> Beside:
        """Time messages, and what viewers get and the daemon uses meanwhile."""
        began = time.perf_counter()
        frames = 0 if viewers is None else viewers.frames()
        used = self.used()
        seconds = [one(self.sender, self.receiver)[0] for _ in range(COUNT)]
        passed = time.perf_counter() - began
        used = self.used() - used
        frames = 0 if viewers is None else viewers.frames() - frames
        return Beside(seconds, frames / VIEWERS / passed, used / passed * 100)

    def used(self) -> float:
        """The daemon's processor time so far."""
        return sum(self.daemon.cpu_times()[:2])

    @property
    def memory(self) -> float:
        """The daemon's resident memory, in megabytes."""
        return int(self.daemon.memory_info().rss) / 1e6


def measure() -> Numbers:
    """One run."""
    with running_home() as home, home.control() as control:
        assert home.daemon is not None
        flood, quiet = (opened(home, control, each) for each in (FLOOD, QUIET))
        web = (
            f"ws://{address(control)}#{control('token_new', role='observer')['token']}"
        )
        ann, bob = home.relay("ann"), home.relay("bob")
        with in_pane(ann) as sender, in_pane(bob) as receiver:
            agents = Agents(psutil.Process(home.daemon.pid), sender, receiver)
            for _ in range(WARM_UP):
                one(sender, receiver)
            alone = agents.talk()
            before = agents.memory
            with crowd(str(home.control_socket), flood) as viewers:
                watched = agents.talk(viewers)
                with crowd(str(home.control_socket), flood) as stuck:
                    stuck.process.send_signal(signal.SIGSTOP)
                    beside_stuck = agents.talk(viewers)
            with crowd(web, flood) as viewers:
                connected = agents.memory
                beside_web = agents.talk(viewers)
                time.sleep(FLAT_SECONDS)
                grown = agents.memory - connected
            again = agents.talk()
        echoes = echoed(home, control, quiet)
    return {
        **latencies("watching", watched.seconds),
        **latencies("watching.stuck", beside_stuck.seconds),
        **latencies("watching.web", beside_web.seconds),
        **latencies(ALONE, alone.seconds + again.seconds),
        **latencies("watching.echo", echoes),
        "watching.frames": watched.frames,
        "watching.stuck.frames": beside_stuck.frames,
        "watching.web.frames": beside_web.frames,
        "watching.alone.cpu": (alone.cpu + again.cpu) / 2,
        "watching.cpu": watched.cpu,
        "watching.web.cpu": beside_web.cpu,
        "watching.added": connected - before,
        "watching.grown": grown,
    }


def opened(home: Home, control: Control, command: list[str]) -> str:
    """A new pane that runs a program; its id."""
    made = control(
        "create_session",
        command=command,
        cwd=str(home.root),
        environment=home.environment,
    )
    return str(made["pane_id"])


def address(control: Control) -> str:
    """Host and port of the monitor."""
    url = str(control("status")["monitor"])
    return url.removeprefix("http://").rstrip("/")


def echoed(home: Home, control: Control, pane: str) -> list[float]:
    """The seconds from each keystroke to its frame."""
    viewer = subscribed(str(home.control_socket), pane)
    seconds = []
    for number in range(WARM_UP + KEYS):
        time.sleep(KEY_PAUSE)
        letter = chr(0x100 + number)
        began = time.perf_counter()
        control.send("send_input", pane=pane, text=letter)
        wait_shows(viewer, letter)
        seconds.append(time.perf_counter() - began)
        control.receive()
    viewer.connected.close()
    return seconds[WARM_UP:]


def wait_shows(viewer: Door, letter: str) -> None:
    """Take frames until one shows a letter."""
    shown = letter.encode()
    while True:
        frames = viewer.take(viewer.connected.recv(READ_BYTES))
        if any(shown in frame for frame in frames):
            return
