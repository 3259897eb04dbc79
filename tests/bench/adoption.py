"""From `kill -9` of a daemon with idle panes until a new one has adopted all of them.

The new daemon is started at once, so its own start is part of the time. A pane counts as
adopted when its screen can be read through the new daemon.
"""

from __future__ import annotations

import time

from daemonkit import running_home
from figures import MS, Figure, Numbers
from footprint import PANES, open_panes

FIGURES = [
    Figure("adoption.all", f"until {PANES} panes are adopted and read", MS, aim=2000.0),
    Figure(
        "adoption.start",
        "of which until the new daemon is ready",
        MS,
        peer="adoption.empty",
    ),
    Figure("adoption.empty", "  floor: start of a daemon in an empty home", MS),
]


def measure() -> Numbers:
    """One run."""
    began = time.perf_counter()
    with running_home() as home:
        empty = time.perf_counter() - began
        open_panes(home)
        with home.control() as control:
            before = {pane["pane_id"] for pane in control("list_panes")["panes"]}
        assert home.daemon is not None
        began = time.perf_counter()
        home.daemon.kill()
        home.daemon.wait()
        home.start()
        ready = time.perf_counter()
        with home.control() as control:
            panes = control("list_panes")["panes"]
            for pane in panes:
                control("read_pane", pane=pane["pane_id"])
            ended = time.perf_counter()
        assert {pane["pane_id"] for pane in panes} == before
        assert {pane["state"] for pane in panes} == {"running"}
    return {
        "adoption.all": (ended - began) * 1e3,
        "adoption.start": (ready - began) * 1e3,
        "adoption.empty": empty * 1e3,
    }
