"""A client of the outer terminal, for tests: writes down what happens to it, and obeys keys.

Usage: `outerclient.py LOG [--alone] [--patient]`. Each line of the log is one event, or one of
`client PID`, `guardian PID`, `in`, `tick`. Keys: q leaves with status 7, z suspends, x raises, m and n
have the mouse told or not, M moves too, f floods the terminal, d draws, t sets a title,
c copies, e ends without tidying up. A patient one waits for the terminal's last answer as long as
that takes.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path
from typing import TextIO

import trio

from fugue_actors.tui import guard, outer as outer_terminal
from fugue_actors.tui.events import Key

FLOOD = b"\x1b[31m" + b"x" * 1024


def main() -> None:
    """Run until told to leave."""
    with Path(sys.argv[1]).open("a", encoding="utf-8", buffering=1) as log:
        sys.exit(work(log))


def work(log: TextIO) -> int:
    """Run with or without a guardian; returns the status."""
    if "--patient" in sys.argv:
        outer_terminal.FAREWELL_PATIENCE = 60.0
    lifeline = None
    if "--alone" not in sys.argv:
        lifeline = guard.stand()
        print("guardian", os.getppid(), file=log)
    print("client", os.getpid(), file=log)
    return trio.run(serve, lifeline, log)


async def serve(lifeline: guard.Lifeline | None, log: TextIO) -> int:
    """Take the terminal, and do what keys say."""
    with outer_terminal.open_outer(lifeline) as outer:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outer.run)
            print("in", file=log)
            status = await obey(outer, nursery, log)
            nursery.cancel_scope.cancel()
    return status


async def obey(outer: outer_terminal.Outer, nursery: trio.Nursery, log: TextIO) -> int:
    """Until it is time to leave."""
    stops = count(1)
    while True:
        for event in await outer.events():
            print(event, file=log)
            if isinstance(event, outer_terminal.Leave):
                return 3
            if not isinstance(event, Key):
                continue
            match event.name:
                case "q":
                    return 7
                case "z":
                    outer.suspend()
                    print("back", next(stops), file=log)
                case "x":
                    raise RuntimeError("as it was told")
                case "e":
                    os._exit(9)
                case "m" | "n" | "M":
                    outer.use_mouse(event.name != "n", moves=event.name == "M")
                case "t":
                    outer.set_title("one\x1b title")
                case "c":
                    print("copied", outer.copy("text"), file=log)
                    print("copied", outer.copy("x" * 1024 * 1025), file=log)
                case "d":
                    outer.paint(b"\x1b[Hdrawn\x1b[?25l\x1b[3 q\x1b[31m\x1b[?2026h")
                case "f":
                    for _ in range(6 * 1024):
                        outer.paint(FLOOD)
                    nursery.start_soon(tick, outer, log)


async def tick(outer: outer_terminal.Outer, log: TextIO) -> None:
    """Show that the loop goes on while the terminal takes nothing."""
    for _ in range(3):
        await trio.sleep(0.01)
        print("tick", outer.is_behind, file=log)
    await outer.wait_written()
    print("written", file=log)


if __name__ == "__main__":
    main()
