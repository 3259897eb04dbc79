"""What surrounds a command may be wrong in many ways: each is said in one line.

Environment, descriptors, encodings and files in the way; with the right exit code, and
never as a bug or with a traceback.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest
from clikit import FUGUE, Cli, empty_home

from fugue_actors.actors.content import STATUSES
from fugue_actors.cli.commands.waiting import STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real


@pytest.fixture
def cli() -> Iterator[Cli]:
    """`fugue` in an empty home; a daemon that it starts is stopped."""
    with empty_home() as home:
        cli = Cli(home)
        yield cli
        assert cli("stop", "--kill").returncode in {0, 3}


@pytest.fixture(scope="module")
def served() -> Iterator[Cli]:
    """A home with a daemon and one session."""
    with empty_home() as home:
        cli = Cli(home)
        cli.json("new", "ada", "--cwd", "/", "--", "sleep", "600")
        yield cli
        assert cli("stop", "--kill").returncode == 0


def refusal(done: subprocess.CompletedProcess[str], *, status: int = 1) -> str:
    """The one line of a command that was refused."""
    assert done.returncode == status, done
    [line] = done.stderr.splitlines()
    assert "a bug in fugue" not in line
    return line


def redirected(
    cli: Cli, command: str, redirection: str
) -> subprocess.CompletedProcess[str]:
    """A command with some of its streams closed or full."""
    return subprocess.run(
        ["sh", "-c", f"exec {shlex.join(FUGUE)} {command} {redirection}"],
        env=cli.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


# ---- the environment


@pytest.mark.parametrize("flags", [(), ("--foreground",)])
def test_a_log_level_that_does_not_exist_is_refused(
    cli: Cli, flags: tuple[str, ...]
) -> None:
    """With those that do, for a daemon in the background too."""
    line = refusal(cli("serve", *flags, FUGUE_LOG="nonsense"))
    assert "FUGUE_LOG is 'NONSENSE'" in line
    assert "DEBUG, INFO, WARNING, ERROR" in line


def test_an_empty_log_level_is_none(cli: Cli) -> None:
    """As with every variable that somebody cleared."""
    assert cli("serve", FUGUE_LOG="").returncode == 0


def test_a_user_without_a_home_directory_is_told_what_to_set(cli: Cli) -> None:
    """No directory is made wherever the command happens to run."""
    line = refusal(cli("serve", HOME="relative", FUGUE_HOME="", XDG_STATE_HOME=""))
    assert "'relative', which is not an absolute path; set HOME" in line
    assert list(cli.home.iterdir()) == []


# ---- files in the way


@pytest.mark.parametrize("name", ["mcp.sock", "control.sock"])
@pytest.mark.parametrize("kind", ["directory", "file", "link"])
def test_what_stands_in_a_sockets_place_is_named_and_stays(
    cli: Cli, name: str, kind: str
) -> None:
    """It may be somebody's work, and whoever put it there can take it away."""
    place = cli.home / "run" / name
    place.parent.mkdir()
    if kind == "directory":
        place.mkdir()
    elif kind == "file":
        place.write_text("precious", "utf-8")
    else:
        place.symlink_to("/dev/null")
    line = refusal(cli("serve"))
    assert str(place) in line
    assert "is no socket" in line
    assert os.path.lexists(place)


# ---- streams


@pytest.mark.parametrize("command", ["ls --json", "--version", "--help", "doctor"])
@pytest.mark.parametrize("redirection", [">&-", ">/dev/full", ">&- <&-"])
def test_output_that_cannot_be_written_is_a_failure(
    served: Cli, command: str, redirection: str
) -> None:
    """A script must not take it for an empty answer."""
    line = redirected(served, command, redirection)
    assert "output cannot be written" in refusal(line)


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "2>&- <&-"])
@pytest.mark.parametrize(
    ("command", "status"), [("ls", 0), ("nonsense", 2), ("read nobody", 1)]
)
def test_errors_that_cannot_be_written_change_nothing_else(
    served: Cli, command: str, status: int, redirection: str
) -> None:
    """They never land in the output, and the exit code is what it would be."""
    done = redirected(served, command, redirection)
    assert done.returncode == status
    assert done.stderr == ""
    assert (done.stdout == "") == (status != 0)


@pytest.mark.parametrize("redirection", [">&- 2>&-", "<&- >&- 2>&-"])
def test_a_daemon_starts_also_where_every_stream_is_closed(
    cli: Cli, redirection: str
) -> None:
    """As by a service manager; none of its sockets becomes anybody's stdout."""
    assert redirected(cli, "serve", redirection).returncode == 1  # nowhere to say so
    assert cli("status").returncode == 0


def test_a_message_stays_unread_where_stdout_is_closed(served: Cli) -> None:
    """Nobody can have seen it."""
    served("inbox", "--as", "closed")
    served("send", "closed", "precious", "--as", "writer")
    assert redirected(served, "inbox --as closed", ">&-").returncode == 1
    [message] = served.json("inbox", "--as", "closed")["messages"]
    assert message["payload"] == {"text": "precious"}


def test_the_help_of_the_shim_fails_in_one_line_too(served: Cli) -> None:
    """It does not pass through click."""
    done = redirected(served, "mcp --help", ">/dev/full")
    assert refusal(done).startswith("fugue mcp: cannot print the help")


# ---- encodings


def test_what_a_terminal_cannot_show_is_written_in_another_way(served: Cli) -> None:
    """ASCII terminals exist, and file names that are no text."""
    place = served.home / "gr\u00fcn\udcff"
    place.mkdir()
    served.json("new", "odd", "--cwd", str(place), "--", "sleep", "600")
    done = served("ls", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "gr\\xfcn" in done.stdout
    listing = json.loads(served("ls", "--json", PYTHONIOENCODING="utf-8").stdout)
    [odd] = [one for one in listing["sessions"] if one["session_name"] == "odd"]
    assert odd["cwd"] == str(place)
    assert served("kill", "odd").returncode == 0


@pytest.mark.parametrize(
    "command",
    ["read", "kill", "tag", "send hello", "new", "inbox --as"],
)
def test_an_argument_that_is_no_text_is_shown_and_refused(
    served: Cli, command: str
) -> None:
    """Every byte but NUL can stand in an argument."""
    name, *rest = command.split()
    text = ["hi"] if name == "send" else []
    rest = [] if name == "send" else rest
    done = served(name, *rest, "\udcff", *text)
    assert "\\udcff" in refusal(done)


@pytest.mark.parametrize(
    "size", ["0x0", "1x9", "9x0", "x", "80x", "-1x5", "1001x9", "80X24"]
)
def test_a_size_that_no_terminal_has_is_wrong_usage(served: Cli, size: str) -> None:
    """With the bounds, before anything is started."""
    done = served("new", "sized", "--size", size)
    assert done.returncode == 2
    assert "from 2x1 to 1000x1000" in done.stderr


def test_the_smallest_terminal_that_a_pane_can_have_can_be_asked_for(
    served: Cli,
) -> None:
    """The bounds that the message names are those of the daemon, of new and resize."""
    made = served.json("new", "tiny", "--size", "2x1", "--", "cat")
    for size in ("5x5", "2x1", "1000x1000"):
        assert served("resize", made["pane_id"], size).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["wait", "x", "--state", "foo"], "waiting_for_input"),
        (["read", "x", "--history", "99999999"], "10000"),
    ],
)
def test_a_value_that_the_daemon_would_refuse_is_wrong_usage(
    served: Cli, arguments: list[str], named: str
) -> None:
    """In the command line's own words, not in those of a schema."""
    done = served(*arguments)
    assert done.returncode == 2
    assert named in done.stderr
    assert "--" in done.stderr


def test_the_states_to_wait_for_are_those_that_agents_report() -> None:
    """The command keeps a copy, for it must not load the daemon's modules."""
    assert STATES == STATUSES


def test_a_user_whose_home_is_meant_must_exist(served: Cli) -> None:
    """`worktree:~nobody-of-this-name` is a mistake, not a crash."""
    done = served("send", "worktree:~nobody-of-this-name/x", "hi")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
