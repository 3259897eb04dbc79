"""Copy mode as people have it: `fugue attach` in a real tmux, above real programs."""

from __future__ import annotations

import shlex
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from clikit import FUGUE, Cli, emptied, served
from tmuxroom import Room

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

PREFIX = "C-b"
CONFIG = '[attach]\nmode_keys = "vi"\n'


@pytest.fixture(scope="module")
def shared() -> Iterator[Cli]:
    """`fugue` with a daemon that the tests of this module share."""
    with served(CONFIG) as cli:
        cli.environment["PS1"] = "ready> "
        yield cli


@pytest.fixture
def cli(shared: Cli) -> Cli:
    """It, with a daemon that has no session."""
    with emptied(shared):
        return shared


class Desk(Room):
    """A tmux with a client in it, and its newest buffer."""

    def shows(self, text: str) -> bool:
        """Whether something is on the screen."""
        return text in self.text

    def wait_shows(self, text: str) -> None:
        """Wait until something is on the screen."""
        self.wait(lambda: self.shows(text))

    @property
    def buffer(self) -> str:
        """What tmux was told to keep, by OSC 52."""
        return self.run("show-buffer")

    def wait_copied(self, text: str) -> None:
        """Wait until tmux has it."""
        self.wait(lambda: self.run("list-buffers") and self.buffer == text)

    def mouse(self, button: int, x: int, y: int, *, is_down: bool = True) -> None:
        """The mouse at a cell, counted from 0, as terminals tell it."""
        final = "M" if is_down else "m"
        self.run("send-keys", "-l", f"\x1b[<{button};{x + 1};{y + 1}{final}")


@contextmanager
def attached(cli: Cli, *command: str) -> Iterator[Desk]:
    """A client that shows a session with a program, for the length of the block."""
    cli.json("new", "ann", "--size", "80x23", "--", *command)
    environment = [f"{key}={cli.environment[key]}" for key in ("FUGUE_HOME", "PS1")]
    client = shlex.join(["env", *environment, *FUGUE, "attach", "ann"])
    desk = Desk(f"{client}; exec sh")
    try:
        desk.run("set-option", "-g", "set-clipboard", "on")
        desk.wait_shows("ann │")
        yield desk
        assert not desk.shows("Traceback")
    finally:
        desk.close()


def test_text_of_a_long_history_is_found_and_copied_to_the_outer_terminal(
    cli: Cli,
) -> None:
    """Five thousand lines: to the top, a search down, lines, and out by OSC 52."""
    with attached(cli, "sh", "-c", "seq 1 5000; exec cat") as desk:
        desk.wait_shows("5000")
        desk.keys(PREFIX, "[")
        desk.wait_shows("[0/4978]")
        desk.keys("g")
        desk.wait_shows("[4978/4978]")
        desk.keys("/", *"^43.1", "Enter")
        desk.wait_shows("(1/10)")
        desk.keys("n")
        desk.wait_shows("(2/10)")
        desk.keys("V", "2", "j", "y")
        desk.wait_copied("4311\n4312\n4313\n")
        desk.wait_shows("copied 3 lines")
        desk.keys(PREFIX, "]")
        desk.wait_shows("4313\n4311\n4312\n4313")  # the terminal's echo, and cat's


def test_what_the_program_writes_meanwhile_moves_nothing(cli: Cli) -> None:
    """A program that goes on writing cannot be followed and read at once."""
    program = "seq 1 100; read x; seq 101 9000; exec cat"
    with attached(cli, "sh", "-c", program) as desk:
        desk.wait_shows("100")
        desk.keys(PREFIX, "PageUp")
        desk.wait(lambda: is_page(desk, 58))
        assert cli("type", "ann", "--key", "Enter").returncode == 0
        assert cli("wait", "ann", "--text", "^9000$", "--timeout", "50").returncode == 0
        desk.keys("k", "j", "C-e")
        desk.wait_shows("[20/78]")
        desk.keys("C-y")
        desk.wait(lambda: is_page(desk, 58))
        desk.keys("r", "G")
        desk.wait_shows("9000")
        desk.keys("q")
        desk.wait(lambda: not desk.shows("/8978]"))


def is_page(desk: Desk, first: int) -> bool:
    """Whether all of a page of numbers is on the screen, below where in the history it is."""
    top, *others = [line.split() for line in desk.text.splitlines()[:-1]]
    below = [[str(first + at)] for at in range(1, 23)]
    return top == [str(first), "[21/78]"] and others == below


def test_the_mouse_scrolls_selects_and_copies(cli: Cli) -> None:
    """Without a key: wheel up and down again, a drag, a double click."""
    with attached(cli, "sh", "-c", "seq -f 'a word-%g' 1 100; exec cat") as desk:
        desk.wait_shows("word-100")
        for _ in range(2):
            desk.mouse(64, 3, 3)
        desk.wait_shows("[10/78]")
        for _ in range(2):
            desk.mouse(65, 3, 3)
        desk.wait(lambda: not desk.shows("/78]"))
        desk.mouse(0, 2, 1)
        desk.mouse(32, 5, 1)
        desk.mouse(32, 2, 2)
        desk.mouse(0, 2, 2, is_down=False)
        desk.wait_copied("word-80\na w")
        desk.wait_shows("copied 2 lines")
        desk.run("send-keys", "-l", "\x1b[<0;4;5M\x1b[<0;4;5m" * 2)  # both at once
        desk.wait_copied("word")


def test_full_screen_programs_are_looked_at_like_others(cli: Cli, tmp_path) -> None:
    """In less one copies what it shows, and above it is what was there before."""
    page = tmp_path / "page"
    page.write_text(
        "".join(f"page {number}\n" for number in range(500)), encoding="utf-8"
    )
    less = f"echo before; exec less {shlex.quote(str(page))}"
    with attached(cli, "sh", "-c", less) as desk:
        desk.wait_shows("page 21")
        desk.keys(PREFIX, "[")
        desk.wait_shows("[0/0]")
        desk.keys("H", "j", "v", "$", "y")
        desk.wait_copied("page 1")
        desk.keys("G")
        desk.wait_shows("page 499")


def test_vim_is_looked_at_and_pasted_into(cli: Cli) -> None:
    """What vim shows can be copied without vim, and comes back as one paste."""
    if shutil.which("vim") is None:
        pytest.skip("there is no vim here")
    with attached(cli, "vim", "-Nu", "NONE", "-i", "NONE") as desk:
        desk.wait_shows("VIM - Vi IMproved")
        desk.keys("i", *"if x:", "Enter")
        desk.run("send-keys", "-l", "    pass")
        desk.wait_shows("    pass")
        desk.wait_shows("-- INSERT --")
        desk.keys("Escape")  # what follows at once would be a key with alt
        desk.wait(lambda: not desk.shows("-- INSERT --"))
        desk.keys(PREFIX, "[")
        desk.wait_shows("[0/0]")
        desk.keys("H", "V", "j", "y")
        desk.wait_copied("if x:\n    pass\n")
        desk.keys(*":set autoindent", "Enter", "G", "o")
        desk.wait_shows("-- INSERT --")
        desk.keys(PREFIX, "]")
        desk.wait(
            lambda: desk.text.startswith("if x:\n    pass\n    if x:\n    pass\n")
        )


def test_a_narrow_window_breaks_lines_and_copies_them_whole(cli: Cli) -> None:
    """Wide characters included; the place stays when the window gets another size."""
    program = "printf '%s\\n' one-$(seq -s- 1 40) 漢字漢字漢字; seq 1 60; exec cat"
    with attached(cli, "sh", "-c", program) as desk:
        desk.wait_shows("60")
        desk.keys(PREFIX, "[")
        desk.wait_shows("[0/")
        desk.keys("?", *"one", "Enter")
        desk.wait_shows("one-1-2")
        desk.run("resize-window", "-x", "30", "-y", "12")
        desk.wait_shows("(1/1)")
        desk.wait(lambda: "one-1-2" in desk.text and "18-19\n" not in desk.text)
        desk.keys("V", "j", "j", "j", "j", "y")
        line = "one-" + "-".join(map(str, range(1, 41)))
        desk.wait_copied(f"{line}\n漢字漢字漢字\n")
