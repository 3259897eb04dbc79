"""`fugue attach` in real tmux, which has opinions of its own about what it is sent."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from clikit import FUGUE, Cli, empty_home
from daemonkit import Home, wait_until
from deskkit import is_alive
from tmuxroom import Room

from fugue_actors.terminal.characters import width

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]

COLOURS = str(Path(__file__).parents[1] / "support" / "manycolours.py")
SIZES = [(80, 24), (132, 43), (61, 17), (200, 50)]


@pytest.fixture(scope="module")
def cli() -> Iterator[Cli]:
    """`fugue` with a daemon that the tests of this module share."""
    with empty_home() as home:
        cli = Cli(home)
        (home / "config.toml").write_text('[terminal]\nshell = "/bin/sh"\n', "utf-8")
        assert cli("serve").returncode == 0
        yield cli
        cli("stop", "--kill")
        wait_until(lambda: not Home(home).processes())


class Desk:
    """A shell in tmux, in which somebody attaches."""

    def __init__(self, cli: Cli) -> None:
        self.control = Home(cli.home).control()
        self.room = Room(
            f"env -u TMUX FUGUE_HOME={shlex.quote(str(cli.home))} LANG=C.UTF-8 "
            "PS1='shell> ' bash --norc --noprofile"
        )

    def begin(self) -> None:
        """Wait for the shell, and remember how all is."""
        self.wait_shell()
        self.settings, self.flags = self.room.settings, self.room.flags

    def attach(self, name: str) -> None:
        """Attach to a session, and wait for its picture."""
        self.room.type(f"{shlex.join(FUGUE)} attach {name}")
        self.room.wait(lambda: f" {name} │ " in self.room.text)

    def wait_shell(self) -> None:
        """Wait for the shell's prompt."""
        self.room.wait(lambda: self.room.text.rstrip().endswith("shell>"))

    def check_sane(self) -> None:
        """The terminal is as it was before anybody attached."""
        self.room.wait(lambda: self.room.flags == self.flags)
        self.room.wait(lambda: self.room.settings == self.settings)

    def clients(self) -> list[int]:
        """The client and its guardian, children first."""
        shell = int(self.room.ask("pane_pid"))
        guardian = children(shell)[0]
        return [*children(guardian), guardian]


def children(pid: int) -> list[int]:
    """Processes that one has started."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in path.read_text(encoding="ascii").split()]


@pytest.fixture
def desk(cli: Cli) -> Iterator[Desk]:
    """A shell in tmux."""
    desk = Desk(cli)
    try:
        desk.begin()
        yield desk
    finally:
        desk.room.close()
        desk.control.close()


def cells(line: str, columns: int) -> list[str]:
    """A line column by column, with nothing behind a wide character."""
    found: list[str] = []
    for character in line:
        cell_width = width(character)
        if not cell_width and found:
            found[-1 if found[-1] else -2] += character
        else:
            found += [character, *[""] * (cell_width - 1)]
    return [*found, *[" "] * (columns - len(found))][:columns]


def shown(desk: Desk, area: dict[str, Any]) -> list[str]:
    """What tmux has where a pane stands."""
    right = area["x"] + area["columns"]
    rows = desk.room.text.split("\n")[area["y"] : area["y"] + area["lines"]]
    return ["".join(cells(row, right)[area["x"] :]).rstrip() for row in rows]


def filled(lines: list[str], count: int) -> list[str]:
    """Lines with empty ones behind them."""
    return [line.rstrip() for line in [*lines, *[""] * (count - len(lines))]]


def is_right(desk: Desk, name: str, columns: int, lines: int) -> bool:
    """Whether tmux shows the panes of a session, in this size, as their hosts have them."""
    (window,) = desk.control("get_layout", session=name)["windows"]
    if (window["columns"], window["lines"]) != (columns, lines - 1):
        return False
    return all(
        filled(shown(desk, area), area["lines"])
        == filled(
            desk.control("read_pane", pane=area["pane_id"])["text"], area["lines"]
        )
        for area in window["panes"]
    )


def test_tmux_shows_what_the_panes_have_at_any_size(cli: Cli, desk: Desk) -> None:
    """Colours, wide characters and lines that are too long, beside and above each other."""
    program = (sys.executable, COLOURS)
    cli.json("new", "sizes", "--", *program)
    cli.json("split", "sizes", "--", *program)
    cli.json("split", "sizes", "--below", "--", *program)
    desk.attach("sizes")
    chosen = random.Random(6)
    more = [(chosen.randrange(30, 180), chosen.randrange(12, 50)) for _ in range(4)]
    for columns, lines in (*SIZES, *more):
        desk.room.run("resize-window", "-x", str(columns), "-y", str(lines))
        desk.room.wait(lambda at=(columns, lines): is_right(desk, "sizes", *at))
    desk.room.run("resize-window", "-x", "132", "-y", "60")
    desk.room.wait(lambda: is_right(desk, "sizes", 132, 60))
    desk.room.keys("C-b", "d")
    desk.room.wait(lambda: "[detached (from session " in desk.room.text)
    desk.check_sane()
    assert "plain text" not in desk.room.run("capture-pane", "-p", "-S", "-")
    cli("kill", "sizes")


@pytest.mark.parametrize("who", [0, 1], ids=["client", "guardian"])
def test_a_killed_client_leaves_a_shell_that_can_attach_again(
    cli: Cli, desk: Desk, who: int
) -> None:
    """Nothing of what runs in the panes ends with it."""
    cli.json("new", f"killed-{who}", "--", "sh", "-c", "echo still here; exec cat")
    desk.attach(f"killed-{who}")
    both = desk.clients()
    os.kill(both[who], signal.SIGKILL)
    desk.room.wait(lambda: not any(map(is_alive, both)))
    desk.room.type("clear")
    desk.wait_shell()
    desk.check_sane()
    desk.attach(f"killed-{who}")
    desk.room.wait(lambda: desk.room.text.startswith("still here"))
    desk.room.keys("C-b", "d")
    desk.wait_shell()
    desk.check_sane()


def test_a_client_may_be_put_aside(cli: Cli, desk: Desk) -> None:
    """`suspend-client` gives the shell back, and `fg` the picture; ctrl+z is the program's."""
    cli.json("new", "aside", "--", "sh", "-c", "echo still here; exec cat -v")
    desk.attach("aside")
    desk.room.keys("C-b", ":")
    desk.room.type("suspend-client")
    desk.room.wait(lambda: "Stopped" in desk.room.text)
    desk.check_sane()
    desk.room.type("clear; fg")
    desk.room.wait(lambda: desk.room.text.startswith("still here"))
    desk.room.wait(lambda: " aside │ " in desk.room.text)
    desk.room.keys("C-b", "d")
    desk.room.wait(lambda: "[detached (from session " in desk.room.text)
    desk.check_sane()


def test_a_terminal_that_cannot_be_drawn_on_is_refused(desk: Desk) -> None:
    """Before anything is changed of it, with what to do about it."""
    desk.room.type(f"TERM=dumb {shlex.join(FUGUE)} attach nobody")
    desk.room.wait(lambda: "with TERM=dumb" in " ".join(desk.room.text.split()))
    assert "set TERM to what" in " ".join(desk.room.text.split())
    desk.check_sane()
