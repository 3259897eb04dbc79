"""Throughput of a pane: `cat` of a file until the terminal has processed its end.

The same program measures itself in a pane of tmux and in one of ours, see
`pane_stopwatch.py`. Both are as large, and both are watched: ours by its daemon, tmux's
by a client in control mode in another session.
"""

from __future__ import annotations

import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import terminal_traffic
from daemonkit import running_home
from figures import MEGABYTES_PER_SECOND, Figure, Numbers
from first_output import tmux

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = {
    "plain": ("plain text", 1.5),
    "coloured": ("coloured log text", 1.5),
    "redraws": ("full-screen redraws", 0.4),
}
FIGURES = [
    figure
    for kind, (label, aim) in LABELS.items()
    for figure in (
        Figure(
            f"terminal.{kind}",
            label,
            MEGABYTES_PER_SECOND,
            peer=f"terminal.tmux_{kind}",
            ratio_aim=aim,
        ),
        Figure(f"terminal.tmux_{kind}", "  peer: tmux", MEGABYTES_PER_SECOND),
    )
]

STOPWATCH = Path(__file__).with_name("pane_stopwatch.py")


@cache
def traffic() -> tempfile.TemporaryDirectory[str]:
    """The files, written once a process and removed with it."""
    directory = tempfile.TemporaryDirectory(prefix="fugue-bench-")
    for kind in terminal_traffic.KINDS:
        terminal_traffic.write(kind, Path(directory.name) / kind)
    return directory


def rate(kind: str, run: Callable[[list[str]], object]) -> float:
    """Megabytes a second, as the stopwatch in a pane tells.

    Args:
        run: Runs a command in a new pane, and need not wait for it.
    """
    file = Path(traffic().name) / kind
    with tempfile.TemporaryDirectory(prefix="fg-") as directory:
        report = Path(directory) / "report"
        os.mkfifo(report)
        run([sys.executable, str(STOPWATCH), str(file), str(report)])
        seconds = float(report.read_text(encoding="ascii"))
    return file.stat().st_size / 1e6 / seconds


def measure() -> Numbers:
    """One run, ours and the peer in turn."""
    numbers: Numbers = {}
    size = {"columns": terminal_traffic.COLUMNS, "lines": terminal_traffic.LINES}
    with running_home() as home, home.control() as control, tmux() as peer:

        def ours(command: list[str]) -> None:
            control(
                "create_session",
                command=command,
                cwd=str(home.root),
                environment=home.environment,
                **size,
            )

        def theirs(command: list[str]) -> None:
            assert peer is not None
            width, height = size["columns"], size["lines"]
            words = " ".join(map(repr, command))
            peer(f"new-session -d -x {width} -y {height} {words}")

        if peer is not None:
            peer("set-option -g status off")
        for kind in LABELS:
            numbers[f"terminal.{kind}"] = rate(kind, ours)
            if peer is not None:
                numbers[f"terminal.tmux_{kind}"] = rate(kind, theirs)
    return numbers
