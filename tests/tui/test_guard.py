"""Who guards the terminal: whatever is killed or stopped, the shell gets it as it was.

In real tmux with real shells, which have opinions of their own about terminals and jobs.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from deskkit import client, is_alive, state_of
from tmuxroom import Room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]

SHELLS = ["bash --norc --noprofile", "sh"]
BASH = SHELLS[0]


class Scene:
    """A client in a shell, and how all was before it came."""

    def __init__(self, shell: str, log: Path) -> None:
        self.log = log
        log.touch()
        self.room = Room(f"env PS1='ready> ' ENV= {shell}")

    def begin(self) -> None:
        """Start the client, and wait until it has the terminal."""
        self.wait_prompt()
        self.settings, self.flags = self.room.settings, self.room.flags
        self.room.type(f"{shlex.join(client(self.log))}; echo status $?")
        self.wait_line("in")
        self.room.wait(lambda: self.room.ask("alternate_on") == "1")
        self.room.wait(lambda: self.room.ask("mouse_any_flag") == "1")

    @property
    def lines(self) -> list[str]:
        """What the client wrote down."""
        return self.log.read_text(encoding="utf-8").splitlines()

    def pid(self, who: str) -> int:
        """The number of the client, or of its guardian."""
        return next(
            int(line.split()[1]) for line in self.lines if line.startswith(f"{who} ")
        )

    def wait_line(self, line: str) -> None:
        """Wait until the client has written down something."""
        self.room.wait(lambda: line in self.lines)

    def wait_prompt(self) -> None:
        """Wait until the shell waits for a command."""
        self.room.wait(lambda: self.room.text.strip().endswith("ready>"))

    def wait_gone(self) -> None:
        """Wait until neither client nor guardian is there."""
        pids = [self.pid("client"), self.pid("guardian")]
        self.room.wait(lambda: not any(map(is_alive, pids)))

    def check_as_before(self) -> None:
        """All of the terminal is as it was."""
        self.room.wait(lambda: self.room.flags == self.flags)
        self.room.wait(lambda: self.room.settings == self.settings)


@pytest.fixture(params=SHELLS, ids=["bash", "sh"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """A client in each kind of shell."""
    yield from begun(Scene(request.param, tmp_path / "log"))


@pytest.fixture
def bash(tmp_path: Path) -> Iterator[Scene]:
    """A client in a shell with jobs."""
    yield from begun(Scene(BASH, tmp_path / "log"))


def begun(scene: Scene) -> Iterator[Scene]:
    """A scene with its client; the tmux ends even if that does not come."""
    try:
        scene.begin()
        yield scene
    finally:
        scene.room.close()


def test_a_client_that_leaves_takes_its_guardian_along(scene: Scene) -> None:
    """Its status is the job's, and nobody is left."""
    scene.room.keys("q")
    scene.room.wait(lambda: "status 7" in scene.room.text)
    scene.wait_gone()
    scene.check_as_before()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_killed_client_leaves_a_sane_terminal(
    scene: Scene, number: signal.Signals
) -> None:
    """What cannot be caught is tidied up by the guardian, which says what happened."""
    scene.room.keys("d")
    os.kill(scene.pid("client"), number)
    scene.room.wait(lambda: f"status {128 + number}" in scene.room.text)
    assert f"{number.name} ended this client" in scene.room.text
    scene.wait_gone()
    scene.check_as_before()


def test_a_client_that_ends_without_tidying_up_is_tidied_up_after(scene: Scene) -> None:
    """Even if nobody killed it."""
    scene.room.keys("e")
    scene.room.wait(lambda: "status 9" in scene.room.text)
    scene.wait_gone()
    scene.check_as_before()


def test_a_client_whose_guardian_is_killed_tidies_up_and_ends(scene: Scene) -> None:
    """The shell has the terminal again by then, so settings of its own are left alone."""
    os.kill(scene.pid("guardian"), signal.SIGKILL)
    scene.wait_gone()
    assert "Leave(reason='its guardian was killed')" in scene.lines
    scene.room.keys("Enter")
    scene.wait_prompt()
    scene.room.type("echo sane as $((40 + 2))")
    scene.room.wait(lambda: "sane as 42" in scene.room.text)
    flags = {**scene.room.flags, "pane_title": scene.flags["pane_title"]}
    assert flags == scene.flags
    scene.room.wait(lambda: scene.room.settings == scene.settings)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_to_the_guardian_reach_the_client(
    bash: Scene, number: signal.Signals
) -> None:
    """Whoever signals the job by its number means the client."""
    os.kill(bash.pid("guardian"), number)
    bash.wait_line(f"Leave(reason='{number.name} came')")
    bash.wait_gone()
    bash.check_as_before()


def test_a_suspended_client_comes_back(bash: Scene) -> None:
    """The shell has its terminal in between, and its job control works."""
    for times in range(2):
        bash.room.keys("z")
        bash.room.wait(lambda: "Stopped" in bash.room.text)
        bash.wait_prompt()
        bash.check_as_before()
        bash.room.type("clear; fg")
        bash.room.wait(lambda: bash.room.ask("mouse_any_flag", "alternate_on") == "1 1")
        bash.wait_line(f"back {1 + times}")
    bash.room.keys("q")
    bash.wait_gone()
    bash.check_as_before()


@pytest.mark.parametrize(
    ("who", "number"),
    [
        ("client", signal.SIGTSTP),
        ("client", signal.SIGSTOP),
        ("guardian", signal.SIGTSTP),
    ],
)
def test_a_client_that_is_stopped_from_elsewhere_gives_the_terminal_back(
    bash: Scene, who: str, number: signal.Signals
) -> None:
    """The shell cannot use a raw terminal; both go on together."""
    os.kill(bash.pid(who), number)
    bash.room.wait(lambda: "Stopped" in bash.room.text)
    bash.check_as_before()
    bash.room.type("fg")
    bash.room.wait(lambda: bash.room.ask("mouse_any_flag", "alternate_on") == "1 1")
    bash.wait_line("Repaint()")
    bash.room.keys("q")
    bash.wait_gone()
    bash.check_as_before()


def test_a_client_in_the_background_waits_for_its_terminal(tmp_path: Path) -> None:
    """As every program does that a shell has not given the terminal to."""
    log = tmp_path / "log"
    log.touch()
    room = Room(f"env PS1='ready> ' {BASH}")
    try:
        room.wait(lambda: room.text.strip().endswith("ready>"))
        before = room.flags
        room.type(f"{shlex.join(client(log))} &")
        room.wait(lambda: "guardian" in log.read_text(encoding="utf-8"))
        (line,) = log.read_text(encoding="utf-8").splitlines()[:1]
        room.wait(lambda: state_of(int(line.split()[1])) == "T")
        room.type("jobs")
        room.wait(lambda: "Stopped" in room.text)
        assert room.flags == before
        room.type("fg")
        room.wait(lambda: "in" in log.read_text(encoding="utf-8").splitlines())
        room.wait(lambda: room.ask("alternate_on") == "1")
        room.keys("q")
        room.wait(lambda: room.flags == before)
    finally:
        room.close()


def test_a_client_killed_while_it_is_stopped_leaves_nobody(bash: Scene) -> None:
    """`kill %1` after ctrl+z."""
    bash.room.keys("z")
    bash.room.wait(lambda: "Stopped" in bash.room.text)
    bash.wait_prompt()
    bash.room.type("kill -9 %1")
    bash.wait_gone()
    bash.check_as_before()
