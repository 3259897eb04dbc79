"""What programs copy, all the way to the clipboard of the outer terminal."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from clikit import FUGUE, Cli, empty_home
from daemonkit import Home, wait_until
from outerkit import OuterTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

PREFIX = "\x02"
CONFIG = """
[terminal]
shell = "/bin/sh"
clipboard = "keep"
[attach]
set_clipboard = "on"
"""


@pytest.fixture
def cli() -> Iterator[Cli]:
    """`fugue` with a daemon and clients that pass on what programs copy."""
    with empty_home() as home:
        cli = Cli(home)
        cli.environment["PS1"] = "ready> "
        (home / "config.toml").write_text(CONFIG, encoding="utf-8")
        assert cli("serve").returncode == 0
        yield cli
        cli("stop", "--kill")
        wait_until(lambda: not Home(home).processes())


def copying(text: str) -> str:
    """A command that copies a text, and says so in a word that is not in it."""
    coded = base64.b64encode(text.encode()).decode()
    return f"printf '\\033]52;c;{coded}\\a'; echo $((40+2)) {len(text)}"


def test_a_program_copies_for_whoever_types_there_and_no_other_does(cli: Cli) -> None:
    """The text is also there to be pasted in another pane."""
    cli.json("new", "ann", "--", "sh")
    pane = cli.json("layout", "ann")["pane_id"]
    with OuterTerminal(80, 24) as terminal:
        emulator = terminal.emulator
        terminal.run([*FUGUE, "attach", "ann"], cli.environment)
        terminal.wait_shows("ready>")
        terminal.press(f"{copying('mine é')}\r")
        terminal.wait(lambda: emulator.clipboard == "mine é", "it is copied")
        assert emulator.copies == 1
        terminal.press(f'{PREFIX}"')
        terminal.wait(lambda: terminal.shows("──"), "a second pane")
        terminal.press("echo $((70+7))\r")
        terminal.wait_shows("77")
        ended = cli("type", pane, copying("not yours"), "--submit", "--wait", "20")
        assert ended.returncode == 0
        terminal.wait_shows("42 9")
        terminal.press(f"{copying('mine again')}\r")
        terminal.wait(lambda: emulator.clipboard == "mine again", "it is copied")
        assert emulator.copies == 2
        terminal.press(f"{PREFIX}]")
        terminal.wait_shows("> mine again")
        terminal.press(f"{PREFIX}d")
        assert terminal.wait_ended() == 0
        assert terminal.damage() == []
