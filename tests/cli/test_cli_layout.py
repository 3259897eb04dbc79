"""`fugue split`, `layout`, `window`, `zoom`, `rename` and the like against a real daemon."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest
from clikit import Cli, empty_home
from daemonkit import Home, wait_until

from fugue_actors.cli.commands import windows
from fugue_actors.protocol import presets

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def served() -> Iterator[Cli]:
    """`fugue` with a daemon that the tests of this module share."""
    with empty_home() as home:
        cli = Cli(home)
        assert cli("serve").returncode == 0
        yield cli
        assert cli("stop", "--kill").returncode == 0
        wait_until(lambda: not Home(cli.home).processes())


def new(cli: Cli, name: str) -> str:
    """A session of 81 by 25; its pane."""
    made = cli.json("new", name, "--size", "81x25", "--", "sh")
    return str(made["pane_id"])


def test_a_split_stands_beside_or_below_and_runs_its_command(served: Cli) -> None:
    """With a name, a directory and variables of its own."""
    new(served, "split")
    where = served.home / "place"
    where.mkdir()
    made = served.json(
        *("split", "split", "--below", "--ratio", "0.75", "--name", "log", "--focus"),
        *("--cwd", "place", "--env", "WORD=hello", "--restart", "always", "--"),
        *("sh", "-c", "echo $WORD; pwd; cat"),
    )
    assert (made["y"], made["lines"], made["focused"]) == (19, 6, True)
    (session,) = served.json("ls")["sessions"]
    assert session["panes"][1]["restart"] == "always"
    wait_until(
        lambda: served("read", "split:log").stdout.splitlines() == ["hello", str(where)]
    )
    assert served("read", "split").stdout == served("read", "split:log").stdout
    plain = served("split", made["pane_id"], "--", "sh")
    assert plain.stdout.endswith(", 40x6\n")


def test_a_layout_is_shown_as_a_table(served: Cli) -> None:
    """One line a pane: which window, where, how large, and who has the focus."""
    first = new(served, "shown")
    second = served.json("split", "shown", "--name", "side", "--", "cat")["pane_id"]
    assert served("focus", "shown:side").returncode == 0
    lines = served("layout", "shown").stdout.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["0", first, "0,0", "40x25", "running", "sh"],
        ["0", second, "side", "41,0", "40x25", "*", "running", "cat"],
    ]
    shown = served.json("layout", "shown")
    assert shown["pane_id"] == second


def test_a_layout_is_built_from_a_file_or_from_stdin(served: Cli) -> None:
    """The ids of its panes come back one a line."""
    new(served, "built")
    plan = {
        "direction": "horizontal",
        "splits": [{"layout": {"pane": {"command": "cat"}}}] * 2,
    }
    (served.home / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    from_file = served("layout", "built", "--build", "plan.json")
    assert len(from_file.stdout.splitlines()) == 2
    from_stdin = served.json("layout", "built", "--build", "-", stdin=json.dumps(plan))
    assert from_stdin["pane_count"] == 2
    assert len(served.json("layout", "built")["windows"]) == 3
    missing = served("layout", "built", "--build", "nothing.json")
    assert (missing.returncode, "nothing.json" in missing.stderr) == (2, True)
    wrong = served("layout", "built", "--build", "-", stdin="{}")
    assert wrong.returncode == 1
    assert "layout has neither pane nor splits" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_panes_are_closed_and_the_last_takes_its_session_along(served: Cli) -> None:
    """Each is tried; one that is not there makes the exit code 1."""
    first = new(served, "closed")
    second = served.json("split", "closed", "--", "cat")["pane_id"]
    done = served("close", "closed:nobody", second)
    assert done.returncode == 1
    assert done.stdout == f"{second} closed\n"
    assert "nobody" in done.stderr
    done = served("close", first)
    assert done.returncode == 0
    assert done.stdout == f"{first} closed, and with it session closed\n"
    names = [session["session_name"] for session in served.json("ls")["sessions"]]
    assert "closed" not in names


@pytest.mark.parametrize(
    "arguments",
    [
        ("split", "x", "--ratio", "nan"),
        ("inbox", "--wait", "inf"),
        ("wait", "x", "--text", "y", "--timeout", "nan"),
        ("run", "--timeout", "nan", "--", "true"),
    ],
)
def test_what_is_no_finite_number_is_an_error_of_usage(
    served: Cli, arguments: tuple[str, ...]
) -> None:
    """No range holds NaN off."""
    outcome = served(*arguments)
    assert outcome.returncode == 2
    assert "is no finite number" in outcome.stderr


def asked(cli: Cli, verb: str, *arguments: str) -> Any:
    """What a verb of `fugue window` prints as JSON."""
    done = cli("window", verb, "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_windows_are_opened_named_arranged_and_closed(served: Cli) -> None:
    """Every verb of `fugue window`, each on a window named in another way."""
    first = new(served, "wins")
    opened = served("window", "new", "wins", "--name", "logs", "--focus", "--", "cat")
    assert opened.stdout.startswith("window 1, pane p")
    pane = served.json("split", "wins", "--", "cat")["pane_id"]
    made = asked(
        *(served, "new", "wins", "--cwd", ".", "--env", "A=1"),
        *("--restart", "always", "--", "cat"),
    )
    assert made["window_number"] == 2
    assert served("window", "focus", "wins:logs").returncode == 0
    arranged = asked(served, "arrange", "wins", "main-horizontal", "--main", "0.8")
    assert [area["y"] for area in arranged["windows"][1]["panes"]] == [0, 20]
    turned = asked(served, "rotate", "wins:1", "--back")
    assert turned["windows"][1]["panes"][0]["pane_id"] == pane
    sized = asked(served, "resize", "wins:logs", "60x20")
    assert [window["columns"] for window in sized["windows"]] == [81, 60, 81]
    named = asked(served, "rename", f"wins:{made['window_id']}", "tests")
    assert named["windows"][2]["name"] == "tests"
    assert served("window", "swap", "wins:0", "tests").returncode == 0
    assert served("window", "move", "wins:tests", "1", "--insert").returncode == 0
    taken = served("window", "move", "wins:tests", "2")
    assert (taken.returncode, "has the number 2" in taken.stderr) == (1, True)
    shown = [line.split()[:2] for line in served("layout", "wins").stdout.splitlines()]
    assert [row[0] for row in shown[1:]] == ["1:tests", "2:logs", "2:logs", "3"]
    assert shown[4][1] == first
    closed = served("window", "close", "wins:9", "wins:tests", "wins:logs")
    assert (closed.returncode, "'9'" in closed.stderr) == (1, True)
    assert closed.stdout.startswith(f"{made['window_id']} closed\n")
    last = served("window", "close", "wins:3")
    assert last.stdout.endswith("closed, and with it session wins\n")


def test_a_zoomed_pane_is_shown_as_large_as_its_window(served: Cli) -> None:
    """And the others as hidden; --on and --off say what is wanted."""
    first = new(served, "zoomed")
    second = served.json("split", "zoomed", "--", "cat")["pane_id"]
    assert served("zoom", second).stdout == f"pane {second}, 81x25\n"
    assert served.json("zoom", second, "--on")["zoomed"] is True
    lines = served("layout", "zoomed").stdout.splitlines()
    assert [line.split()[:4] for line in lines[1:]] == [
        ["0", first, "hidden", "40x25"],
        ["0", second, "0,0", "81x25"],
    ]
    assert served("zoom", first, "--off").stdout == f"pane {first}, 40x25\n"


def test_a_pane_is_moved_and_swapped(served: Cli) -> None:
    """Out into a window of its own, back beside another, and into each other's place."""
    first = new(served, "moved")
    second = served.json("split", "moved", "--name", "side", "--", "cat")["pane_id"]
    assert served("move", "moved:side").stdout == f"pane {second}, 81x25\n"
    back = served.json(
        *("move", "moved:side", "--beside", first, "--below"),
        *("--ratio", "0.75", "--focus"),
    )
    assert (back["y"], back["lines"], back["focused"]) == (19, 6, True)
    assert served("swap", "moved:side", first).stdout == f"pane {second}, 81x18\n"


def test_a_session_is_renamed(served: Cli) -> None:
    """It is found under its new name, and no longer under the old one."""
    new(served, "old-name")
    assert served("rename", "old-name", "new-name").stdout == ""
    assert served.json("rename", "new-name", "newer")["previous_name"] == "new-name"
    assert served("layout", "old-name").returncode == 1
    assert served("layout", "newer").returncode == 0
    refused = served("rename", "newer", "not good")
    assert (refused.returncode, "session name" in refused.stderr) == (1, True)


def test_the_arrangements_that_can_be_typed_are_those_there_are() -> None:
    """The command line names them itself, since it loads nothing of the layout."""
    assert (*presets.PRESETS, *get_args(presets.Turn)) == windows.PRESETS
