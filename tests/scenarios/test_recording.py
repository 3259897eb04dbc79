"""Recordings with real daemons and programs, from the command line to the last picture."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from daemonkit import ControlError, Home, running_home, wait_until

from fugue_actors.recording import cast
from fugue_actors.recording.reel import develop
from fugue_actors.recording.rows import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

COUNTING = """
import sys, time
number = 0
while True:
    number += 1
    print(f"count {number} ", end="\\r" if number % 3 else "\\n", flush=True)
    time.sleep(0.01)
"""


@pytest.fixture
def home() -> Iterator[Home]:
    """A daemon of this test's own."""
    with running_home("[record]\nmin_free_megabytes = 0\n") as home:
        yield home


def kill_daemon(home: Home) -> None:
    """`kill -9`."""
    assert home.daemon is not None
    home.daemon.send_signal(signal.SIGKILL)
    home.daemon.wait(60)


def record(home: Home, **what: str) -> dict[str, Any]:
    """Begin a recording."""
    with home.control() as control:
        return control("record_start", **what)


def pictures(file: str) -> list[str]:
    """The pictures of a recording as texts."""
    reading = cast.read(Path(file).read_bytes().splitlines())
    reel = develop(reading.header, reading)
    assert reading.skipped <= 1  # what is being written
    return [
        "\n".join(text_of(reel.rows[number]) for number in frame.rows)
        for frame in reel.frames
    ]


def kinds(file: str) -> list[str]:
    """What happened, by kind."""
    reading = cast.read(Path(file).read_bytes().splitlines())
    return [json.loads(one.data)["kind"] for one in reading if one.code == "e"]


def create(home: Home, name: str, program: str) -> str:
    """A session that runs a program in Python; its pane."""
    with home.control() as control:
        made = control(
            "create_session", name=name, command=[sys.executable, "-c", program]
        )
    pane: str = made["pane_id"]
    return pane


def test_a_recording_goes_on_with_the_next_daemon_after_kill_9(home: Home) -> None:
    """In mid-flood, three times: every picture before counts, and gaps are marked."""
    create(home, "ann", COUNTING)
    made = record(home, session="ann")
    file = made["file"]

    def wait_longer_than(count: int) -> None:
        wait_until(lambda: len(pictures(file)) > count)

    wait_longer_than(5)
    before: list[str] = []
    for number in range(3):
        kill_daemon(home)
        found = pictures(file)
        kept = before[:-1]  # of the last one only the beginning may have been seen
        assert found[: len(kept)] == kept
        before = found
        home.start()
        wait_longer_than(len(before) + 5)
        assert kinds(file) == ["gap"] * (number + 1)
    with home.control() as control:
        (listed,) = control("recordings")["recordings"]
        assert (listed["state"], listed["recording_id"]) == (
            "running",
            made["recording_id"],
        )
        (ended,) = control("record_stop", session="ann")["recordings"]
    assert (ended["state"], ended["reason"]) == ("ended", "it was stopped")
    assert kinds(made["file"])[-1] == "end"
    assert home.tracebacks() == ""


def test_nobody_but_people_at_the_machine_says_where_a_recording_goes(
    home: Home, tmp_path: Path
) -> None:
    """A file at any place of its user's is more than an operator of the network gets."""
    create(home, "ann", "input()")
    made = record(home, session="ann", output=str(tmp_path / "here.cast"))
    assert made["file"] == str(tmp_path / "here.cast")
    assert wait_until((tmp_path / "here.cast").exists)
    with home.control() as control, pytest.raises(ControlError) as refused:
        control("record_start", session="ann", output="there.cast")
    assert refused.value.code == "InvalidArgument"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({}, "nothing is named"), ({"session": "nobody"}, "nobody")],
)
def test_what_cannot_be_recorded_is_refused(
    home: Home, arguments: dict[str, str], message: str
) -> None:
    """With what would be possible."""
    with home.control() as control, pytest.raises(ControlError, match=message):
        control("record_start", **arguments)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("title", "half a pair \ud83d"),
        ("title", "a\0b"),
        ("output", "{}/a\0b.cast"),
        ("output", "{}/half \udc80.cast"),
    ],
)
def test_texts_that_no_file_can_have_are_refused(
    home: Home, tmp_path: Path, name: str, text: str
) -> None:
    """And crash nobody: neither who starts recordings, nor the journal."""
    create(home, "ann", "input()")
    arguments = {name: text.format(tmp_path)}
    with home.control() as control, pytest.raises(ControlError, match=name) as refused:
        control("record_start", session="ann", **arguments)
    assert refused.value.code == "InvalidArgument"
    assert list(tmp_path.iterdir()) == []
    assert record(home, session="ann")["state"] == "running"
    assert home.tracebacks() == ""


def test_a_pane_is_recorded_by_its_name_and_ends_with_it(home: Home) -> None:
    """Its program's end is told, too."""
    pane = create(home, "ann", "print('hello'); input()")
    made = record(home, pane=pane, title="one pane")
    wait_until(lambda: "hello" in "".join(pictures(made["file"])))
    header = cast.header_of(Path(made["file"]).read_bytes().split(b"\n")[0])
    assert (header.title, header.about["pane_id"]) == ("one pane", pane)
    with home.control() as control:
        control("send_input", pane=pane, keys=["Enter"])
        wait_until(lambda: "program" in kinds(made["file"]))
        control("kill_session", session="ann")

        def ended() -> list[dict[str, Any]]:
            listed: list[dict[str, Any]] = control("recordings")["recordings"]
            return [one for one in listed if one["state"] == "ended"]

        (one,) = wait_until(ended)
    assert one["reason"] == "what it showed is closed"
    assert kinds(made["file"]) == ["program", "end"]
