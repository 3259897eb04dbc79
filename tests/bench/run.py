"""Speed and memory of fugue, next to their aims and their peers: `nox -s bench`.

Each bench is measured once a run, with a daemon of its own; the table shows the median
of the runs. Nothing here is a gate: a busy machine measures itself. Leave it alone
while this runs, and look at the load that is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import adoption
import attached
import broadcast
import daemon_start
import delivery
import durable
import first_output
import footprint
import kernel_speed
import keystroke_echo
import mcp_calls
import mcp_sends
import message_memory
import page
import redraw
import report
import shim_start
import terminal_speed
import watching
from figures import Summary, summarize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figures import Numbers

BENCHES = {
    "kernel": ("Kernel, one sender and one receiver", kernel_speed),
    "calls": ("One MCP call", mcp_calls),
    "delivery": ("A message between two agents", delivery),
    "durable": ("Messages that are kept, without gateways", durable),
    "sends": ("The same from agents, over MCP", mcp_sends),
    "memory": ("A million messages", message_memory),
    "start": ("The MCP server of one agent", shim_start),
    "daemon": ("A daemon's start, and its first agent", daemon_start),
    "output": ("A new session, a new pane", first_output),
    "broadcast": ("A broadcast", broadcast),
    "terminal": ("A pane of 200 x 50, `cat` until all is processed", terminal_speed),
    "echo": ("A keystroke, while another pane floods", keystroke_echo),
    "attach": ("A person who is attached", attached),
    "watching": ("Agents that are watched", watching),
    "adoption": ("`kill -9` of the daemon", adoption),
    "redraw": ("A picture of 200 x 50 with four panes", redraw),
    "page": ("The web page in Chromium", page),
    "footprint": ("Lying idle", footprint),
}

LIMIT_SECONDS = 300
"""No bench takes so long; one that does hangs."""


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="default: 5")
    parser.add_argument(
        "--only", action="append", choices=BENCHES, help="may be given several times"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="the same as data")
    return parser.parse_args(arguments)


def measured(names: list[str], runs: int) -> list[Numbers]:
    """All numbers of all runs; the progress goes to standard error."""
    results: list[Numbers] = []
    for run in range(1, runs + 1):
        numbers: Numbers = {}
        for name in names:
            began = time.perf_counter()
            with limited(LIMIT_SECONDS):
                numbers |= BENCHES[name][1].measure()
            seconds = time.perf_counter() - began
            print(f"run {run}/{runs}: {name}, {seconds:.1f} s", file=sys.stderr)
        results.append(numbers)
    return results


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """End what hangs, so that it takes its processes with it.

    Raises:
        TimeoutError: In the block, wherever it is.
    """

    def give_up(*_: object) -> None:
        raise TimeoutError(f"this bench hangs: nothing after {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def main() -> None:
    """Measure and print."""
    options = parsed(sys.argv[1:])
    names = [name for name in BENCHES if name in (options.only or BENCHES)]
    # Set by some containers, it would make every process here compile its modules anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    load = os.getloadavg()[0]
    results = measured(names, options.runs)
    machine = report.machine()
    machine["load"] = [round(load, 2), round(os.getloadavg()[0], 2)]
    sections: list[tuple[str, list[Summary]]] = [
        (BENCHES[name][0], summarize(BENCHES[name][1].FIGURES, results))
        for name in names
    ]
    print(report.table(sections))
    print()
    print(report.conditions(machine, options.runs))
    if options.json is not None:
        shape = {
            "machine": machine,
            "runs": options.runs,
            "figures": [
                each.shape() for _, summaries in sections for each in summaries
            ],
        }
        options.json.write_text(json.dumps(shape, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
