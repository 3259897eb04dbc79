"""What a real program writes to its terminal while keys are typed, recorded once.

Our emulator shows the screen meanwhile and answers the program's queries, so a step can
wait for what it should lead to. What was recorded can be fed to any terminal then.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING

import attrs
from terminalcases import Step

from fugue_actors.terminal.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WITHIN = 60.0
"""Seconds in which a step must show what it waits for."""

START = 'exec "$@" <"$0" >"$0" 2>&1'
"""The first to open a terminal in a session of its own has it as its own."""


@attrs.frozen
class Act:
    """What is done to a program.

    Attributes:
        does: Keys to type, or a new size.
        shows: A pattern that the screen matches thereafter; None waits for the end.
    """

    does: str | tuple[int, int]
    shows: str | None


@attrs.frozen(kw_only=True)
class Recording:
    """Everything that was written, in order.

    Attributes:
        steps: Output and new sizes, as in `terminalcases.Stream`.
        marks: How many steps there were after each act.
    """

    steps: tuple[Step, ...]
    marks: tuple[int, ...]


def recorded(
    argv: Sequence[str],
    acts: Sequence[Act],
    *,
    cwd: Path,
    environment: dict[str, str],
    size: tuple[int, int],
) -> Recording:
    """Run a program and do things to it.

    Args:
        argv: The program.
        acts: The first one's keys are typed at once, whatever it shows.
        cwd: Where it runs.
        environment: What it finds besides PATH, HOME and the terminal's type.
        size: Of its terminal.
    """
    terminal, device = os.openpty()
    steps: list[Step] = []
    marks = []
    emulator = Emulator(*size)
    resize(terminal, size)
    process = subprocess.Popen(
        ["sh", "-c", START, os.ttyname(device), *argv],
        cwd=cwd,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(cwd),
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            **environment,
        },
        stdin=device,
        stdout=device,
        stderr=device,
        start_new_session=True,
    )
    os.close(device)
    try:
        for act in acts:
            if isinstance(act.does, tuple):
                emulator.resize(*act.does)
                steps.append(act.does)
                resize(terminal, act.does)
            else:
                os.write(terminal, act.does.encode())
            follow(terminal, emulator, steps, act.shows)
            marks.append(len(steps))
        process.wait(WITHIN)
    finally:
        os.close(terminal)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(WITHIN)
    return Recording(steps=tuple(steps), marks=tuple(marks))


def follow(
    terminal: int, emulator: Emulator, steps: list[Step], shows: str | None
) -> None:
    """Record until something came and the screen matches a pattern, or all is over."""
    end = time.monotonic() + WITHIN
    has_come = False
    while (
        not has_come
        or shows is None
        or not re.search(shows, text(emulator), re.MULTILINE)
    ):
        left = max(0, end - time.monotonic())
        if not select.select([terminal], [], [], left)[0]:
            raise TimeoutError(f"no {shows!r} on the screen:\n{text(emulator)}")
        try:
            data = os.read(terminal, 65536)
        except OSError:  # nobody has the other side open any more
            data = b""
        if not data:
            assert shows is None, f"ended without {shows!r}:\n{text(emulator)}"
            return
        has_come = True
        steps.append(data)
        emulator.feed(data)
        if replies := emulator.take_replies():
            os.write(terminal, replies)


def resize(terminal: int, size: tuple[int, int]) -> None:
    """Tell the program a new size."""
    columns, lines = size
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))


def text(emulator: Emulator) -> str:
    """The screen."""
    return "\n".join(row.text for row in emulator.rows)
