"""Every example runs as its docstring says, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from daemonkit import running_home, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
WATCHER = "watch.py"  # it needs a daemon and runs until it is ended
SCRIPTS = sorted(
    path.name
    for path in EXAMPLES.glob("*.py")
    if path.name not in ("playground.py", WATCHER)
)
LONGEST_SECONDS = 120
MOST_LINES = 100


@pytest.fixture
def room() -> Iterator[Path]:
    """Where an example makes its home; short, as a socket's path has to be."""
    with tempfile.TemporaryDirectory(prefix="fg-") as directory:
        yield Path(directory).resolve()


def of_this_room(room: Path) -> list[psutil.Process]:
    """Every process whose `FUGUE_HOME` is below the room."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            home = process.environ().get("FUGUE_HOME", "")
            if process.status() != psutil.STATUS_ZOMBIE and home.startswith(str(room)):
                found.append(process)
    return found


@pytest.mark.real
@pytest.mark.parametrize("script", SCRIPTS)
def test_an_example_succeeds_and_leaves_nothing_behind(script: str, room: Path) -> None:
    """The docs include these files, so what they show has to work."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / script)],
        env={**os.environ, "TMPDIR": str(room)},
        cwd=room,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout
    assert list(room.iterdir()) == []
    wait_until(lambda: not of_this_room(room))


def test_there_are_short_examples() -> None:
    """Three at least, each short enough to be read in one go."""
    assert len(SCRIPTS) >= 3
    for path in EXAMPLES.glob("*.py"):
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines < MOST_LINES, f"{path.name} has {lines} lines"


@pytest.mark.real
def test_the_watcher_shows_who_is_there_and_how_they_are() -> None:
    """Thirty lines without a library of ours are all that it takes to watch."""
    with running_home("[monitor]\nport = 0\n") as home:
        with home.control() as control:
            control("create_session", name="ann", command=["cat"])
            made = control("token_new", role="observer")
            page = control("status")["monitor"]
        with subprocess.Popen(
            [sys.executable, str(EXAMPLES / WATCHER), f"{page}#token={made['token']}"],
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ) as watcher:
            try:
                assert watcher.stdout is not None
                assert watcher.stdout.readline().split() == ["ann", "-", "0", "unread"]
                with home.control() as control:
                    control(
                        "send_orchestration",
                        target={"session": "ann"},
                        msg_type="note",
                        payload={},
                    )
                told = iter(watcher.stdout.readline, "")
                assert any(line.split()[:3] == ["ann", "-", "1"] for line in told)
            finally:
                watcher.kill()


@pytest.mark.parametrize("script", [*SCRIPTS, WATCHER])
def test_an_example_says_how_it_is_run(script: str) -> None:
    """Its docstring is what people read first."""
    text = (EXAMPLES / script).read_text(encoding="utf-8")
    assert f"Run it: `python examples/{script}" in text.replace("\n", " ")
