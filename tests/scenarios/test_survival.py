"""`kill -9` of the daemon in mid-flood, again and again: nothing is lost by it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import psutil
import pytest
from daemonkit import Control, Home, has_ended, running_home, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

PROGRAM = Path(__file__).parents[1] / "support" / "numbered.py"
PANES = int(os.environ.get("FUGUE_TEST_PANES", "20"))
KILLS = int(os.environ.get("FUGUE_TEST_KILLS", "10"))
MOST_HISTORY = 10_000


@pytest.fixture
def home() -> Iterator[Home]:
    """A daemon of this test's own, whose panes keep all that is written."""
    with running_home("[terminal]\nhistory_lines = 1000000\n") as home:
        yield home


@attrs.define(eq=False)
class Stream:
    """What one pane has shown so far, put together from reads since a cursor."""

    pane_id: str
    go: Path
    status: int
    program: psutil.Process
    lines: list[str] = attrs.Factory(list)
    cursor: int = 0
    is_told: bool = False

    def read(self, control: Control) -> None:
        """Take what is new; a line that was read half-finished comes again."""
        answer = control("read_pane", pane=self.pane_id, since=self.cursor)
        assert not answer["lost"]
        new = answer["text"]
        if new and self.lines and new[0].startswith(self.lines[-1]):
            self.lines.pop()
        self.lines += new
        self.cursor = answer["next"]

    def tell_to_end(self) -> None:
        """From now on the program may end."""
        self.is_told = True
        self.go.touch()

    def check(self) -> None:
        """Every line once and in order, down to the one that counts them."""
        written = len(self.lines) - 1
        assert self.lines[:-1] == [f"line {n:07}" for n in range(written)]
        assert self.lines[-1] == f"wrote {written} lines"

    def check_whole_history(self, control: Control) -> None:
        """Screen and the end of history say the same as the reads did."""
        answer = control("read_pane", pane=self.pane_id, history=MOST_HISTORY)
        shown = [*answer["history"], *answer["text"]]
        while not shown[-1]:
            shown.pop()
        assert shown == self.lines[-len(shown) :]
        assert len(shown) >= min(len(self.lines), MOST_HISTORY)


def started(home: Home, control: Control, number: int) -> Stream:
    go = home.root / f"go-{number}"
    made = control(
        "create_session",
        name=f"s{number}",
        tags=[f"t{number}"],
        cwd=str(home.root),
        command=[sys.executable, "-S", "-E", str(PROGRAM), str(go), str(number)],
    )
    (pane,) = control("list_panes", session=f"s{number}")["panes"]
    return Stream(made["pane_id"], go, number, psutil.Process(pane["pid"]))


def kill_in_the_middle(home: Home, streams: list[Stream], pause: float) -> None:
    """SIGKILL while the daemon reads some panes and is about to read others."""
    assert home.daemon is not None
    with home.control() as control:
        for stream in streams:
            stream.read(control)
        for number, stream in enumerate(streams, 1000):
            arguments = {"pane": stream.pane_id, "since": stream.cursor}
            frame = {"id": number, "request": "read_pane", "args": arguments}
            control.socket.sendall(json.dumps(frame).encode() + b"\n")
        time.sleep(pause)
        home.daemon.send_signal(signal.SIGKILL)
        home.daemon.wait(60)


def everybody(streams: list[Stream]) -> list[psutil.Process]:
    """The programs and their hosts."""
    programs = [stream.program for stream in streams]
    return programs + [program.parent() for program in programs]


def test_ten_kills_in_mid_flood_cost_no_program_no_byte_and_no_exit_status(
    home: Home,
) -> None:
    """In each round one program ends while there is no daemon, the rest at the end."""
    chance = random.Random(7)
    with home.control() as control:
        streams = [started(home, control, number) for number in range(PANES)]
    processes = everybody(streams)
    for round in range(KILLS):
        some = chance.sample(streams, PANES // 2)
        # In every third round the new daemon is killed before anybody has asked it.
        if round % 3 != 2:
            kill_in_the_middle(home, some, chance.uniform(0, 0.02))
        else:
            kill_in_the_middle(home, [], 0)
        if round < PANES:
            streams[round].tell_to_end()
            wait_until(lambda ended=streams[round].program: not ended.is_running())
        home.start()
        living = [stream for stream in streams if not stream.is_told]
        assert all(stream.program.is_running() for stream in living)
    for stream in streams:
        stream.tell_to_end()
    with home.control() as control:

        def exits() -> dict[str, int | None]:
            panes = control("list_panes")["panes"]
            return {p["pane_id"]: p["exit"] and p["exit"]["code"] for p in panes}

        expected = {stream.pane_id: stream.status for stream in streams}
        wait_until(lambda: exits() == expected, within=60)
        for stream in streams:
            stream.read(control)
            stream.check()
            stream.check_whole_history(control)
        sessions = {
            s["session_name"]: (s["tags"], s["cwd"])
            for s in control("list_sessions")["sessions"]
            if s["kind"] == "pane"
        }
        assert sessions == {f"s{n}": ([f"t{n}"], str(home.root)) for n in range(PANES)}
        assert control("stop", kill=True)["left_running"] == 0
    assert home.daemon is not None
    home.daemon.wait(60)
    wait_until(lambda: all(map(has_ended, processes)))
    wait_until(lambda: not home.processes())
    assert not list((home.run / "panes").iterdir())


def create_many(home: Home, stem: str, answered: set[str]) -> None:
    """Create sessions until the daemon is no more; note those that were answered."""
    with contextlib.suppress(OSError), home.control() as control:
        for number in range(100):
            name = f"{stem}-{number}"
            control("create_session", name=name, command=["cat"])
            answered.add(name)


def programs(home: Home) -> dict[str, int]:
    """The program of each session that the daemon knows of."""
    with home.control() as control:
        panes = control("list_panes")["panes"]
    assert {pane["state"] for pane in panes} <= {"running"}
    return {pane["session_name"]: pane["pid"] for pane in panes}


def test_no_program_is_unknown_that_was_being_started_when_the_daemon_died(
    home: Home,
) -> None:
    """Whoever got an answer finds the session, and nothing runs that nobody lists."""
    chance = random.Random(7)
    answered: set[str] = set()
    for round in range(max(3, KILLS // 3)):
        threads = [
            threading.Thread(target=create_many, args=(home, f"r{round}t{n}", answered))
            for n in range(3)
        ]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(0, 0.15))
        assert home.daemon is not None
        home.daemon.kill()
        home.daemon.wait(60)
        for thread in threads:
            thread.join()
        home.start()
        assert answered <= programs(home).keys()

        def cats() -> set[int]:
            return {one.pid for one in home.processes() if one.name() == "cat"}

        # A host that was never told to stay is still ending, perhaps.
        wait_until(lambda: cats() == set(programs(home).values()))


def test_replacing_the_daemon_in_mid_flood_costs_nothing_either(home: Home) -> None:
    """What reads are under way is answered or refused, and every line comes once."""
    with home.control() as control:
        streams = [started(home, control, number) for number in range(8)]
    for _ in range(3):
        old = home.daemon
        assert old is not None
        with home.control() as control:
            for stream in streams:
                stream.read(control)
            home.start("--replace")
        assert old.wait(60) == 0
    for stream in streams:
        assert stream.program.is_running()
        stream.tell_to_end()
    with home.control() as control:
        for stream in streams:
            wait_until(
                lambda stream=stream: control(
                    "list_panes", session=f"s{stream.status}"
                )["panes"][0]["exit"]
            )
            stream.read(control)
            stream.check()
