"""What it costs agents that people watch: messages beside fifty viewers of a flooding pane.

The same messages are timed four times in one run: beside the flood alone, with fifty viewers
of it, with fifty more that have stopped reading, and with the flood alone again, since the
machine is not the same for long. The ratio is to the two without viewers. Last, a keystroke
into a pane where nothing else happens, until a viewer has its echo.
"""

from __future__ import annotations

import json
import signal
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from daemonkit import running_home
from delivery import one
from figures import MEGABYTES, MS, PER_SECOND, PERCENT, Figure, Numbers, percentile
from rawclient import RawClient, in_pane
from viewers import subscribed

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from daemonkit import Control, Home

VIEWERS = 50
FIGURES = [
    Figure(
        "watching.p50",
        f"send to waiting poll, {VIEWERS} viewers, p50",
        MS,
        peer="watching.alone.p50",
        ratio_aim=2.0,
    ),
    Figure("watching.p99", "the same, p99", MS, peer="watching.alone.p99"),
    Figure(
        "watching.stuck.p50",
        f"with {VIEWERS} more that do not read, p50",
        MS,
        peer="watching.alone.p50",
        ratio_aim=2.0,
    ),
    Figure("watching.stuck.p99", "the same, p99", MS, peer="watching.alone.p99"),
    Figure("watching.alone.p50", "  peer: beside the flood alone, p50", MS),
    Figure("watching.alone.p99", "  peer: the same, p99", MS),
    Figure("watching.frames", "frames that each viewer gets", PER_SECOND),
    Figure(
        "watching.stuck.frames", "the same, beside those that do not read", PER_SECOND
    ),
    Figure("watching.cpu", "daemon, processor time with viewers", PERCENT),
    Figure(
        "watching.grown", "resident memory that watching adds to the daemon", MEGABYTES
    ),
    Figure("watching.echo.p50", "keystroke to a viewer's frame, quiet pane, p50", MS),
    Figure("watching.echo.p99", "the same, p99", MS),
]

COUNT = 200
WARM_UP = 20
KEYS = 100
PAUSE = 0.05
"""Between keys: nobody types faster than this."""
FLOOD = ["sh", "-c", "exec yes \"$(printf '\\033[32mok\\033[0m %0100d' 1)\""]
NUMBERED = [
    "sh",
    "-c",
    "while :; do i=$((i+1)); printf '\\033[32mok\\033[0m %0100d\\r\\n' $i; done",
]


class Crowd:
    """Viewers in a process of their own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def taken(self) -> tuple[int, int]:
        """Frames and bytes of all of them so far."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        shape = json.loads(self.process.stdout.readline())
        return shape["frames"], shape["bytes"]


@contextmanager
def crowd(home: Home, pane: str) -> Iterator[Crowd]:
    """So many viewers of a pane, who all have its screen."""
    process = subprocess.Popen(
        [
            sys.executable,
            str(Path(__file__).with_name("viewers.py")),
            str(home.control_socket),
            pane,
            str(VIEWERS),
        ],
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


def messages(sender: RawClient, receiver: RawClient) -> list[float]:
    """The seconds each of some messages takes."""
    return [one(sender, receiver)[0] for _ in range(COUNT)]


def echoes(home: Home, control: Control, pane: str) -> list[float]:
    """The seconds from each keystroke to its frame."""
    viewer = subscribed(str(home.control_socket), pane)
    viewer.setblocking(True)
    seconds = []
    try:
        for number in range(WARM_UP + KEYS):
            time.sleep(PAUSE)
            letter = chr(0x100 + number)
            began = time.perf_counter()
            control.send("send_input", pane=pane, text=letter)
            wait_shows(viewer, letter)
            seconds.append(time.perf_counter() - began)
            control.receive()
    finally:
        viewer.close()
    return seconds[WARM_UP:]


def wait_shows(viewer: socket.socket, letter: str) -> None:
    """Take frames until one shows a letter."""
    data = b""
    while letter.encode() not in data:
        data += viewer.recv(65536)


def measure() -> Numbers:
    """One run."""
    with running_home() as home, home.control() as control:
        assert home.daemon is not None
        daemon = psutil.Process(home.daemon.pid)
        flood, quiet = (
            control(
                "create_session",
                command=command,
                cwd=str(home.root),
                environment=home.environment,
            )["pane_id"]
            for command in (NUMBERED, ["sh", "-c", "stty raw -echo; exec cat"])
        )
        ann, bob = home.relay("ann"), home.relay("bob")
        with in_pane(ann) as sender, in_pane(bob) as receiver:
            for _ in range(WARM_UP):
                one(sender, receiver)
            alone = messages(sender, receiver)
            before = daemon.memory_info().rss
            with crowd(home, flood) as viewers:
                watched, frames, cpu = beside(daemon, viewers, sender, receiver)
                with crowd(home, flood) as stuck:
                    stuck.process.send_signal(signal.SIGSTOP)
                    others = beside(daemon, viewers, sender, receiver)
                    grown = daemon.memory_info().rss - before
            alone += messages(sender, receiver)
        seconds = echoes(home, control, quiet)
    numbers: Numbers = {
        "watching.frames": frames,
        "watching.stuck.frames": others[1],
        "watching.cpu": cpu,
        "watching.grown": grown / 1e6,
    }
    for name, taken in (
        ("watching", watched),
        ("watching.stuck", others[0]),
        ("watching.alone", alone),
        ("watching.echo", seconds),
    ):
        numbers[f"{name}.p50"] = statistics.median(taken) * 1e3
        numbers[f"{name}.p99"] = percentile(taken, 0.99) * 1e3
    return numbers


def beside(
    daemon: psutil.Process, viewers: Crowd, sender: RawClient, receiver: RawClient
) -> tuple[list[float], float, float]:
    """Messages beside viewers: their seconds, frames a second of each, percent of a CPU."""
    began, frames = time.perf_counter(), viewers.taken()[0]
    used = sum(daemon.cpu_times()[:2])
    seconds = messages(sender, receiver)
    passed = time.perf_counter() - began
    used = sum(daemon.cpu_times()[:2]) - used
    frames = viewers.taken()[0] - frames
    return seconds, frames / VIEWERS / passed, used / passed * 100
