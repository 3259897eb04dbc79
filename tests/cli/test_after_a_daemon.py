"""Commands after a daemon has gone: what it left is taken up, and waits go on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from clikit import FUGUE, Cli, ScriptedControl, empty_home
from daemonkit import Home, wait_until

from fugue_actors import home as homes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.real

MET = {"met": "text", "waited": 0.1, "pane_id": "p", "next": 9, "line": "done"}


@pytest.fixture
def cli() -> Iterator[Cli]:
    """A home of the test's own, in which nothing is left at its end."""
    with empty_home() as root:
        cli = Cli(root)
        yield cli
        assert cli("stop", "--kill").returncode in {0, 3}
        wait_until(lambda: not Home(root).processes())


@pytest.fixture
def held() -> Iterator[tuple[Cli, ExitStack]]:
    """A home whose lock the test holds, as a daemon that takes over does."""
    with empty_home() as root:
        homes.prepare(root / "run", root / "state")
        lock = homes.Lock.take(root / "run")
        lock.sign()
        with ExitStack() as holding:
            holding.callback(lock.close)
            yield Cli(root), holding


def begin(cli: Cli, *arguments: str) -> subprocess.Popen[str]:
    """A command that is not waited for."""
    return subprocess.Popen(
        [*FUGUE, *arguments],
        env=cli.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def test_programs_of_a_daemon_that_was_killed_are_taken_up_by_the_next_command(
    cli: Cli,
) -> None:
    """People look at their agents after a crash; they need not know what to start."""
    cli.json("new", "ada", "--", "sh", "-c", "echo here; exec cat")
    killed = cli.json("status")["pid"]
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not homes.is_locked(cli.home / "run"))
    assert cli("status").returncode == 3
    [session] = cli.json("ls")["sessions"]
    assert (session["session_name"], session["panes"][0]["state"]) == ("ada", "running")
    assert cli.json("status")["pid"] != killed
    assert cli("read", "ada").stdout == "here\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("ls",),
        ("tree",),
        ("read", "ada"),
        ("wait", "ada", "--exit"),
        ("inbox",),
        ("kill", "ada"),
        ("layout", "ada"),
    ],
)
def test_where_nothing_is_left_no_daemon_is_started_to_say_so(
    cli: Cli, arguments: tuple[str, ...]
) -> None:
    """A look does not leave a process behind."""
    done = cli(*arguments)
    assert (done.returncode, done.stdout) == (3, "")
    assert "no daemon runs here" in done.stderr
    assert not Home(cli.home).processes()


def test_a_daemon_that_is_taking_over_is_waited_for(
    held: tuple[Cli, ExitStack],
) -> None:
    """For a moment of `serve --replace` nobody answers; scripts must not notice."""
    cli, _ = held
    path = cli.home / "run" / "control.sock"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(path))
        old.listen()
        command = begin(cli, "ls", "--json")
        old.settimeout(60)
        old.accept()[0].close()  # it came, and found a daemon that goes
        path.unlink()
    with command, ScriptedControl(cli.home, lambda _, __: {"result": {"sessions": []}}):
        output, errors = command.communicate(timeout=60)
    assert (command.returncode, errors) == (0, "")
    assert json.loads(output) == {"sessions": []}


def test_a_wait_goes_on_with_the_daemon_that_takes_over(
    held: tuple[Cli, ExitStack],
) -> None:
    """With the same cursor and the time that is left, so nothing is missed or doubled."""
    cli, _ = held
    asked: list[Mapping[str, Any]] = []

    def answer(name: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        if name == "list_panes":
            return {"result": {"panes": []}}
        asked.append(arguments)
        return None if len(asked) < 3 else {"result": MET}

    with ScriptedControl(cli.home, answer):
        done = cli("wait", "ada", "--text", "done", "--since", "7", "--timeout", "50")
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")
    assert [each["since"] for each in asked] == [7, 7, 7]
    times = [each["timeout"] for each in asked]
    assert 50 >= times[0] > times[1] > times[2] > 0


def test_a_wait_whose_daemon_nobody_follows_says_how_to_go_on(
    held: tuple[Cli, ExitStack],
) -> None:
    """A daemon that was stopped was stopped; no wait starts another."""
    cli, holding = held

    def answer(name: str, _: object) -> dict[str, Any] | None:
        if name == "list_panes":
            return {"result": {"panes": []}}
        holding.close()
        return None

    with ScriptedControl(cli.home, answer):
        done = cli("wait", "ada", "--text", "done")
    assert done.returncode == 1
    assert "went away before it answered wait_for" in done.stderr
    assert "ask again, with the same --since" in done.stderr


def test_a_wait_outlives_the_replacement_of_a_real_daemon(cli: Cli) -> None:
    """What is written after it is found by the new one."""
    cli.json("new", "ada", "--", "cat")
    waiting = begin(cli, "wait", "ada", "--text", "^over$", "--timeout", "60")
    with waiting:
        wait_until(lambda: connections(cli) > 1)
        assert cli("serve", "--replace").returncode == 0
        assert cli("type", "ada", "over", "--submit").returncode == 0
        output, errors = waiting.communicate(timeout=60)
    assert (waiting.returncode, output, errors) == (0, "over\n", "")


def connections(cli: Cli) -> int:
    """How many commands a daemon serves, the one that asks included."""
    actors = cli.json("tree")["actors"]
    return sum("/control/connections/" in actor["path"] for actor in actors)
