"""Viewers of real panes: floods, other sizes, other daemons, and the screen stays true."""

from __future__ import annotations

import json
import random
import signal
import socket
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import drawing
import pytest
from daemonkit import Control, Home, running_home, wait_until
from screenkit import Fold

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

PROGRAM = Path(drawing.__file__)
KIND = "resources"
ANSWERS = 3
"""Lines that come at once: to the greeting, to the subscription, and what is the case."""


@pytest.fixture
def home() -> Iterator[Home]:
    """A daemon of this test's own."""
    with running_home() as home:
        yield home


class Viewer:
    """A client that watches all screens in a thread, and comes back when it is cut off."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.folds: dict[str, Fold] = {}
        self.times: list[float] = []
        self.is_over = False
        self.connected: socket.socket | None = None
        self.thread = threading.Thread(target=self.run)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.is_over = True
        if self.connected is not None:
            self.connected.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)

    def run(self) -> None:
        while not self.is_over:
            try:
                with socket.socket(socket.AF_UNIX) as connected:
                    connected.connect(str(self.home.control_socket))
                    self.connected = connected
                    self.watch(connected)
            except OSError:
                time.sleep(0.05)  # the next daemon does not listen yet

    def watch(self, connected: socket.socket) -> None:
        """One connection, until its end."""
        arguments = {"kinds": ["screens"], "screens": "all"}
        for number, (name, args) in enumerate(
            [("hello", {"client": "test"}), ("subscribe", arguments)]
        ):
            frame: dict[str, Any] = {"id": number, "request": name, "args": args}
            connected.sendall(json.dumps(frame).encode() + b"\n")
        with connected.makefile("rb") as file:
            for line in file:
                self.times.append(time.monotonic())
                for pane, screen in json.loads(line).get("screens", {}).items():
                    self.folds.setdefault(pane, Fold()).apply(screen)

    def shows(self, truth: dict[str, Any]) -> bool:
        """Whether this is what it knows of a pane."""
        fold = self.folds.get(truth["pane_id"])
        if fold is None or "cursor" not in fold.fields:
            return False
        cursor = fold.fields["cursor"]
        return (
            [fold.fields["columns"], fold.fields["lines"]]
            == [truth["columns"], truth["lines"]]
            and fold.rows == truth["rows"]
            and {"x": cursor["x"], "y": cursor["y"]} == truth["cursor"]
            and cursor["shape"] == truth["cursor_shape"]
            and fold.fields["alternate"] == truth["alternate"]
        )


def open_drawing(control: Control, home: Home, name: str) -> str:
    """A pane that draws; its id."""
    made = control(
        "create_session",
        name=name,
        command=[sys.executable, str(PROGRAM)],
        cwd=str(home.root),
        environment=home.environment,
    )
    control("wait_for", pane=made["pane_id"], text="^ready$")
    return str(made["pane_id"])


def draw(home: Home, session: str, pane: str, choose: random.Random) -> None:
    """Have a pane draw all kinds of things, in several sizes."""
    with home.control() as control:
        for _ in range(12):
            letters = "".join(choose.choices("abcfslmn", k=choose.randrange(1, 15)))
            control("send_input", pane=pane, text=letters, paste=False)
            if choose.random() < 0.3:
                columns, lines = choose.randrange(40, 150), choose.randrange(5, 50)
                control("resize_window", session=session, columns=columns, lines=lines)
            time.sleep(choose.random() / 30)


def check(home: Home, panes: dict[str, str], viewers: list[Viewer]) -> None:
    """When all is drawn, everybody has what the daemon reads."""
    with home.control() as control:
        for pane in panes.values():
            cursor = control("read_pane", pane=pane)["next"]
            control("send_input", pane=pane, text="e", paste=False)
            control("wait_for", pane=pane, text=r"^the end \d+$", since=cursor)
            truth = control("read_pane", pane=pane, styled=True)
            for viewer in viewers:
                wait_until(partial(viewer.shows, truth))


def test_every_viewer_has_the_true_screen_whatever_happens(home: Home) -> None:
    """Floods and sizes, another daemon in the place of this one, and one that was killed."""
    choose = random.Random(1)
    with home.control() as control:
        panes = {name: open_drawing(control, home, name) for name in ("ann", "bob")}
    with Viewer(home) as one, Viewer(home) as two:
        for name, pane in panes.items():
            draw(home, name, pane, choose)
        check(home, panes, [one, two])
        old = home.daemon
        assert old is not None
        home.start("--replace")
        assert old.wait(60) == 0
        for name, pane in panes.items():
            draw(home, name, pane, choose)
        check(home, panes, [one, two])
        assert home.daemon is not None
        home.daemon.send_signal(signal.SIGKILL)
        home.daemon.wait(60)
        home.start()
        for name, pane in panes.items():
            draw(home, name, pane, choose)
        check(home, panes, [one, two])


def test_a_flood_is_told_at_most_thirty_times_a_second(home: Home) -> None:
    """However fast a program writes, a viewer gets what people can see.

    What comes late may come all at once, so all that has come is counted since the beginning.
    """
    began = time.monotonic()
    with home.control() as control, Viewer(home) as viewer:
        control(
            "create_session",
            command=["sh", "-c", "while :; do i=$((i+1)); echo line $i; done"],
            cwd=str(home.root),
            environment=home.environment,
        )
        wait_until(lambda: len(viewer.times) > 60)
    for number, at in enumerate(viewer.times[ANSWERS:]):
        assert at - began >= number / 30


def test_who_asks_for_resources_is_told_what_programs_use(home: Home) -> None:
    """Processor time, memory and output of each pane, and nothing once it is gone."""
    found: dict[str, dict[str, Any]] = {}
    with home.control() as control, home.control() as viewer:
        busy = control(
            "create_session",
            name="busy",
            command=["sh", "-c", "while :; do echo working; done"],
            cwd=str(home.root),
            environment=home.environment,
        )
        idle = control(
            "create_session",
            name="idle",
            command=["cat"],
            cwd=str(home.root),
            environment=home.environment,
        )
        viewer("subscribe", kinds=["resources"])

        def take() -> None:
            frame = json.loads(viewer.file.readline())
            found.update(frame.get("snapshot", frame.get("put", {})).get(KIND, {}))
            for pane in frame.get("drop", {}).get(KIND, []):
                del found[pane]

        def are_measured() -> bool:
            """Whether one has worked for a while, and the other has rested from its start."""
            first, second = (found.get(made["pane_id"]) for made in (busy, idle))
            if first is None or second is None:
                return False
            is_busy = first["cpu"] > 0 and first["output"] > 1000
            return is_busy and second["cpu"] == 0

        while not are_measured():
            take()
        first, second = found[busy["pane_id"]], found[idle["pane_id"]]
        assert set(first) == {"pane_id", "session_id", "cpu", "memory", "output"}
        assert first["session_id"] == busy["session_id"]
        assert first["cpu"] < 3
        assert second["output"] == 0
        assert second["memory"] > 100_000
        control("kill_session", session="busy")
        while busy["pane_id"] in found:
            take()
        assert list(found) == [idle["pane_id"]]
