"""Golden screens: what `fugue attach` shows in a real tmux at several sizes.

The pictures are in `golden/`, one file each, with the time as `--:--`. One that is to be
other is deleted, and written anew by the run that misses it, which fails.
"""

from __future__ import annotations

import json
import re
import shlex
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from clikit import FUGUE, Cli, empty_home
from daemonkit import Home, wait_until
from tmuxroom import Room

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

GOLDEN = Path(__file__).with_name("golden")
TEXT = r"plain \033[1;31mred\033[m 漢字 ─ é\n"
PANES = {
    "direction": "vertical",
    "splits": [
        {"ratio": 0.5, "layout": {"pane": {"command": ["sh", "-c", "seq 60; cat"]}}},
        {
            "ratio": 0.5,
            "layout": {
                "direction": "horizontal",
                "splits": [
                    {
                        "ratio": 0.4,
                        "layout": {"pane": {"command": ["sh", "-c", "exit 3"]}},
                    },
                    {
                        "ratio": 0.6,
                        "layout": {
                            "pane": {"command": ["sh", "-c", f"printf '{TEXT}'; cat"]}
                        },
                    },
                ],
            },
        },
    ],
}


@pytest.fixture(scope="module")
def cli() -> Iterator[Cli]:
    """A daemon with a session of two windows, the second one with three panes."""
    with empty_home() as home:
        cli = Cli(home)
        assert cli("serve").returncode == 0
        cli.json("new", "ann", "--", "cat")
        layout = {"windows": [{"name": "work", "layout": PANES}]}
        cli.json("layout", "ann", "--build", "-", stdin=json.dumps(layout))
        yield cli
        cli("stop", "--kill")
        wait_until(lambda: not Home(home).processes())


@contextmanager
def attached(cli: Cli, columns: int, lines: int) -> Iterator[Room]:
    """A client in a tmux of some size, at the second window."""
    client = shlex.join(
        ["env", "-u", "TMUX", f"FUGUE_HOME={cli.home}", *FUGUE, "attach", "ann"]
    )
    room = Room(f"{client}; exec sh", columns=columns, lines=lines)
    try:
        room.wait(lambda: "ann │" in room.text)
        room.keys("C-b", "0")
        room.wait(lambda: "0:cat*" in room.text)
        room.keys("C-b", "1")
        room.wait(lambda: "1:work*" in room.text and "漢字" in room.text)
        room.wait(lambda: window_size(cli) == (columns, lines - 1))
        yield room
    finally:
        room.close()


def window_size(cli: Cli) -> tuple[int, int]:
    """Columns and lines of the second window."""
    window: dict[str, Any] = cli.json("layout", "ann")["windows"][1]
    return window["columns"], window["lines"]


def picture(room: Room) -> str:
    """What the tmux shows, without the time."""
    lines = [line.rstrip() for line in room.text.split("\n")]
    return re.sub(r"\b\d\d:\d\d$", "--:--", "\n".join(lines).rstrip("\n")) + "\n"


def hold(room: Room, name: str) -> None:
    """The tmux shows the golden picture of this name, after a while at the latest."""
    file = GOLDEN / f"{name}.txt"
    if not file.exists():
        room.wait(lambda: "60" in room.text)
        file.write_text(picture(room), encoding="utf-8")
        pytest.fail(f"there was no {file}: look at it")
    golden = file.read_text(encoding="utf-8")
    try:
        room.wait(lambda: picture(room) == golden)
    except AssertionError:
        assert picture(room) == golden


@pytest.mark.parametrize(("columns", "lines"), [(50, 12), (80, 24), (132, 43)])
def test_panes_stand_as_the_daemon_says_at_any_size(
    cli: Cli, columns: int, lines: int
) -> None:
    """With what is wide, what has ended, and whose border is whose."""
    with attached(cli, columns, lines) as room:
        hold(room, f"panes-{columns}x{lines}")


@pytest.mark.parametrize(
    ("columns", "lines"), [(40, 10), (50, 12), (80, 24), (200, 50)]
)
def test_the_tree_shows_what_one_would_go_to(
    cli: Cli, columns: int, lines: int
) -> None:
    """A list above, and the chosen one's panes below."""
    with attached(cli, columns, lines) as room:
        room.keys("C-b", "w")
        room.wait(lambda: "session, by name" in room.text)
        hold(room, f"tree-{columns}x{lines}")


def test_a_zoomed_pane_has_the_window_and_says_so(cli: Cli) -> None:
    """And gives it back."""
    with attached(cli, 80, 24) as room:
        room.keys("C-b", "z")
        room.wait(lambda: "1:work*!Z" in room.text)
        hold(room, "zoomed-80x24")
        room.keys("C-b", "z")
        room.wait(lambda: "1:work*! " in room.text and "漢字" in room.text)


@pytest.mark.parametrize(("columns", "lines"), [(40, 10), (80, 24)])
def test_the_prompt_shows_what_a_word_could_be(
    cli: Cli, columns: int, lines: int
) -> None:
    """Above the line, with what it would mean."""
    with attached(cli, columns, lines) as room:
        room.keys("C-b", "0")
        room.wait(lambda: "0:cat*" in room.text)
        room.keys("C-b", ":")
        room.run("send-keys", "-l", "send --pri")
        room.wait(lambda: " --priority" in room.text)
        hold(room, f"menu-{columns}x{lines}")
        room.keys("Tab")
        room.wait(lambda: ":send --priority" in room.text)
        room.run("send-keys", "-l", "h")
        room.wait(lambda: "high" in room.text)
        hold(room, f"menu-of-values-{columns}x{lines}")


def test_the_list_of_keys_says_what_they_do(cli: Cli) -> None:
    """Narrowed to what one looks for."""
    with attached(cli, 80, 24) as room:
        room.keys("C-b", "?")
        room.run("send-keys", "-l", "/rename-session")
        room.wait(lambda: "/rename-session" in room.text)
        hold(room, "keys-80x24")
