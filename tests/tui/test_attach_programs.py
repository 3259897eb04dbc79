"""What a person does in the outer terminal, as the programs in panes get it."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from clikit import FUGUE, Cli, empty_home
from daemonkit import Home, wait_until
from outerkit import OuterTerminal

from fugue_actors.tui.pasting import PASTE_LIMIT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

PREFIX = "\x02"
ECHO = str(Path(__file__).parents[1] / "support" / "keyecho.py")
WHEEL_DOWN = "\x1b[<65;5;5M"


@pytest.fixture(scope="module")
def cli() -> Iterator[Cli]:
    """`fugue` with a daemon that the tests of this module share."""
    with empty_home() as home:
        cli = Cli(home)
        assert cli("serve").returncode == 0
        yield cli
        cli("stop", "--kill")
        wait_until(lambda: not Home(home).processes())


@contextmanager
def attached(cli: Cli, name: str, *command: str) -> Iterator[OuterTerminal]:
    """A client that looks at a program."""
    cli.json("new", name, "--", *command)
    with OuterTerminal(80, 24) as terminal:
        terminal.run([*FUGUE, "attach", name], cli.environment)
        terminal.wait(lambda: terminal.emulator.modes.mouse, "asks for the mouse")
        yield terminal
        terminal.press(f"{PREFIX}d")
        assert terminal.wait_ended() == 0
        assert terminal.damage() == []
    cli("kill", name)


def click(x: int, y: int, button: int = 0) -> str:
    """A button pressed and let go in a cell of the outer terminal, counted from 0."""
    return f"\x1b[<{button};{x + 1};{y + 1}M\x1b[<{button};{x + 1};{y + 1}m"


def cursor(terminal: OuterTerminal) -> tuple[int, int]:
    """Where the outer terminal's cursor is."""
    place = terminal.emulator.cursor
    return place.x, place.y


def needs(program: str) -> pytest.MarkDecorator:
    """Skips where a program is not installed."""
    return pytest.mark.skipif(
        shutil.which(program) is None, reason=f"{program} is not installed"
    )


@pytest.fixture
def numbers(tmp_path: Path) -> str:
    """A file with numbered lines."""
    path = tmp_path / "numbers"
    path.write_text("".join(f"line {at}\n" for at in range(1, 201)), encoding="utf-8")
    return str(path)


@needs("vim")
def test_vim_gets_the_mouse_wherever_its_pane_is(cli: Cli, numbers: str) -> None:
    """Places are counted from the pane's own corner; a drag selects, the wheel scrolls."""
    vim = ("vim", "-Nu", "NONE", "-i", "NONE", "-n", "-c", "set mouse=a showmode")
    with attached(cli, "vim", *vim, numbers) as terminal:
        terminal.wait_shows("line 20")
        terminal.press(click(3, 7))
        terminal.wait(lambda: cursor(terminal) == (3, 7), "the cursor is there")
        terminal.press(f"{PREFIX}%")
        terminal.wait(lambda: cursor(terminal)[0] > 40, "the new pane has the keys")
        terminal.press(f"{PREFIX}{{")  # vim is at the right now
        terminal.wait(lambda: terminal.text[3].endswith("line 4"), "vim is there")
        left = terminal.text[3].index("line 4")
        assert left > 40
        terminal.press(click(left + 2, 3))
        terminal.wait(lambda: cursor(terminal) == (left + 2, 3), "the cursor is there")
        terminal.press(f"\x1b[<0;{left + 1};3M")
        terminal.wait(lambda: cursor(terminal) == (left, 2), "the button is down")
        terminal.press(f"\x1b[<32;{left + 3};5M")
        terminal.wait_shows("-- VISUAL --")
        terminal.press(f"\x1b[<0;{left + 3};5m\x1b")  # what followed would be with alt
        terminal.wait(lambda: not terminal.shows("-- VISUAL --"), "nothing is selected")
        terminal.press(f"\x1b[<65;{left + 3};5M")
        terminal.wait(lambda: terminal.text[0].endswith("line 4"), "vim has scrolled")


@needs("vim")
def test_a_paste_is_a_paste_to_vim(cli: Cli, numbers: str) -> None:
    """Typed line by line each would be indented more than the one before."""
    vim = ("vim", "-Nu", "NONE", "-i", "NONE", "-n", "-c", "set autoindent paste&")
    with attached(cli, "paste", *vim) as terminal:
        terminal.wait(lambda: terminal.text[1:3] == ["~", "~"], "vim is there")
        terminal.press("i\x1b[200~  one\r  two\r  three\x1b[201~")
        terminal.wait_shows("  three")
        assert terminal.text[:3] == ["  one", "  two", "  three"]


COUNT = """
import os, tty
tty.setraw(0)
os.write(1, b"\\x1b[?2004hlistening\\r\\n")
read = 0
while True:
    read += len(os.read(0, 65536))
    os.write(1, b"\\rgot %d" % read)
"""


def test_the_longest_paste_arrives_whole_and_what_is_cut_is_told(cli: Cli) -> None:
    """No bound on the way is smaller than that of the parser."""
    with attached(cli, "long", sys.executable, "-c", COUNT) as terminal:
        terminal.wait_shows("listening")
        terminal.press("\x1b[200~" + "x" * (PASTE_LIMIT_BYTES + 7) + "\x1b[201~")
        terminal.wait_shows("its last 7 bytes are left out")  # for some seconds
        terminal.wait_shows(f"got {PASTE_LIMIT_BYTES + len('?[200~?[201~')}")


@needs("less")
def test_the_wheel_scrolls_a_pager_and_not_the_pane(cli: Cli, numbers: str) -> None:
    """Programs that have the whole screen and no mouse get arrow keys."""
    with attached(cli, "less", "less", numbers) as terminal:
        terminal.wait_shows("line 20")
        terminal.press(WHEEL_DOWN)
        terminal.wait(lambda: terminal.text[0] == "line 4", "it has scrolled")


def test_keys_are_told_as_the_program_asked(cli: Cli) -> None:
    """Whatever the outer terminal sends, one that asked for nothing gets keys as of old."""
    with attached(cli, "old", sys.executable, ECHO, "") as terminal:
        terminal.wait_shows("listening")
        for sent, got in (
            ("\x1b[99;5u", "b'\\x03'"),
            ("\x1b[13;2u", "b'\\r'"),
            ("\x1b[120;3u", "b'\\x1bx'"),
            ("\x1b[1;5C", "b'\\x1b[1;5C'"),
            ("\x1bOA", "b'\\x1b[A'"),
            ("\x1b[27u", "b'\\x1b'"),
            ("é", "b'\\xc3\\xa9'"),
            ("\x1b[200~a\rb\x1b[201~", "b'a\\rb'"),
        ):
            terminal.press(sent)
            terminal.wait_shows(got)


def test_keys_that_cannot_be_mistaken_reach_who_asked_for_them(cli: Cli) -> None:
    """Shift with Enter is a new line to agents, and ctrl+i no tab."""
    modes = "^[>1u^[?1h^[?2004h"
    with attached(cli, "kitty", sys.executable, ECHO, modes) as terminal:
        terminal.wait_shows("listening")
        for sent, got in (
            ("\x1b[13;2u", "b'\\x1b[13;2u'"),
            ("\x1b[105;5u", "b'\\x1b[105;5u'"),
            ("\x1b[27;6;9~", "b'\\x1b[9;6u'"),
            ("\x1b[99;5u", "b'\\x1b[99;5u'"),
            ("\x1b[200~a\rb\x1b[201~", "b'\\x1b[200~a\\rb\\x1b[201~'"),
        ):
            terminal.press(sent)
            terminal.wait_shows(got)


def test_focus_is_told_of_the_pane_that_has_the_keys(cli: Cli) -> None:
    """Going to another pane is losing it, as going to another window of the desktop is."""
    with attached(cli, "focus", sys.executable, ECHO, "^[?1004h") as terminal:
        terminal.wait_shows("listening")
        terminal.press("\x1b[O")
        terminal.wait_shows("[O'")
        terminal.press("\x1b[I")
        terminal.wait_shows("[I'")
        terminal.press(f"{PREFIX}%")
        terminal.wait(
            lambda: sum("[O'" in line for line in terminal.text) == 2, "lost again"
        )


def test_a_program_that_wants_every_move_gets_them_from_its_own_corner(
    cli: Cli,
) -> None:
    """The outer terminal is asked for moves only while such a program is shown."""
    with attached(cli, "moves", sys.executable, ECHO, "^[?1003h^[?1006h") as terminal:
        terminal.wait(lambda: terminal.emulator.modes.mouse_mode == 1003, "asks for it")
        terminal.press("\x1b[<35;7;5M")
        terminal.wait_shows("b'\\x1b[<35;7;5M'")
        terminal.press(f"{PREFIX}c")
        terminal.wait(lambda: terminal.emulator.modes.mouse_mode == 1002, "no longer")


def test_the_bell_of_a_program_in_view_is_heard(cli: Cli) -> None:
    """Agents ring when they are done; somebody who looks elsewhere must hear it."""
    rings = 'read line; printf "\\a"; read line'
    with attached(cli, "bell", "sh", "-c", f"echo listening; {rings}") as terminal:
        terminal.wait_shows("listening")
        assert terminal.emulator.bells == 0
        terminal.press("\r")
        terminal.wait(lambda: terminal.emulator.bells == 1, "the bell rings")


def test_a_bell_out_of_view_is_heard_and_marks_its_window(cli: Cli) -> None:
    """Until somebody looks; who has left for another window must not miss it."""
    rings = 'read line; printf "\\a"; read line'
    with attached(cli, "away", "sh", "-c", f"echo listening; {rings}") as terminal:
        terminal.wait_shows("listening")
        pane = cli.json("layout", "away")["pane_id"]
        terminal.press(f"{PREFIX}c")
        terminal.wait_shows("0:sh- 1:")
        assert terminal.emulator.bells == 0
        assert cli("type", pane, "--key", "Enter").returncode == 0
        terminal.wait(lambda: terminal.emulator.bells == 1, "the bell rings")
        terminal.wait_shows("0:sh-! 1:")
        terminal.press(f"{PREFIX}l")
        terminal.wait_shows("0:sh* 1:")
        terminal.press(f"{PREFIX}l")
        terminal.wait_shows("0:sh- 1:")
