"""The daemon itself, started and ended from a shell."""

from __future__ import annotations

import fcntl
import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psutil
import pytest
from clikit import Cli, empty_home, end_all, pane, running, session_names, shows
from daemonkit import Home, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real


@pytest.fixture
def fresh() -> Iterator[Cli]:
    """`fugue` in a home of its own; whatever it started is gone in the end."""
    with empty_home() as home:
        cli = Cli(home)
        yield cli
        end_all(cli)


def test_serve_returns_when_the_daemon_answers(fresh: Cli) -> None:
    """It names the process and the socket, and the very next command is served."""
    served = fresh.json("serve")
    status = fresh.json("status")
    assert status["pid"] == served["pid"]
    assert served["socket"] == str(fresh.home / "run" / "control.sock")
    assert status["condition"] == "ok"
    assert status["home"] == str(fresh.home)
    assert {"version", "uptime", "sessions", "panes"} <= set(status)


def test_a_second_daemon_in_a_home_is_refused_with_the_first_one_s_pid(
    fresh: Cli,
) -> None:
    """In the background and in the foreground; the first goes on."""
    pid = fresh.json("serve")["pid"]
    for flags in ((), ("--foreground",)):
        done = fresh("serve", *flags)
        assert done.returncode == 1
        assert str(pid) in done.stderr
        assert "Traceback" not in done.stderr
    assert fresh.json("status")["pid"] == pid


def test_a_home_that_cannot_be_written_is_one_line(fresh: Cli) -> None:
    """Not even root can make a directory there."""
    for command in (("serve",), ("new", "ada"), ("serve", "--foreground")):
        done = fresh(*command, FUGUE_HOME="/proc/fugue")
        assert done.returncode == 1
        assert "/proc/fugue" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_settings_with_an_unknown_key_stop_the_start_with_one_line(fresh: Cli) -> None:
    """The daemon is a process of its own, and yet its word reaches whoever started it."""
    (fresh.home / "config.toml").write_text("[terminal]\ncolour = 1\n", "utf-8")
    done = fresh("serve")
    assert done.returncode == 1
    assert "terminal.colour" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_commands_that_need_a_daemon_start_one(fresh: Cli) -> None:
    """`new` is often the first command that anybody types."""
    fresh.json("new", "ada", "--", "sleep", "60")
    assert fresh.json("status")["sessions"] >= 1


def test_two_commands_that_start_it_at_once_share_one_daemon(fresh: Cli) -> None:
    """One of them loses the race for the lock and uses the winner's daemon."""
    with ThreadPoolExecutor() as pool:
        made = list(
            pool.map(
                lambda name: fresh("new", name, "--", "sleep", "60"), ["ada", "ben"]
            )
        )
    assert [done.returncode for done in made] == [0, 0], made
    assert {"ada", "ben"} <= session_names(fresh)


def started_by(cli: Cli, name: str) -> list[str]:
    """The names of all processes below a session's pane host."""
    host = psutil.Process(pane(cli, name)["pid"]).parent()
    assert host is not None
    return sorted(one.name() for one in host.children(recursive=True))


def test_kill_and_stop_say_what_only_force_ended(fresh: Cli) -> None:
    """What detached itself and ignores signals is found, ended and named."""
    script = "trap '' HUP TERM; (setsid sleep 1000 &); echo ready; sleep 1000"
    for name in ("ada", "bob"):
        fresh("new", name, "--", "sh", "-c", script)
        shows(fresh, name, "ready")
        wait_until(
            lambda name=name: started_by(fresh, name) == ["sh", "sleep", "sleep"]
        )
    killed = fresh("kill", "ada").stdout
    assert killed.startswith("ada ended, with 3 processes; 3 by SIGKILL: ")
    assert killed.count("sleep (") == 2
    stopped = fresh("stop", "--kill").stdout
    assert stopped.startswith("daemon stopped; 1 program ended; 3 by SIGKILL: ")
    wait_until(lambda: not Home(fresh.home).processes())


def test_a_home_given_as_a_relative_path_is_one_home(fresh: Cli) -> None:
    """The daemon runs in another directory, and must not look for it from there."""
    (fresh.home / "inner").mkdir()
    served = fresh("serve", FUGUE_HOME="inner")
    assert served.returncode == 0, served.stderr
    inner = Cli(fresh.home / "inner")
    assert inner.json("status")["home"] == str(inner.home)
    end_all(inner)


def test_stop_leaves_programs_to_the_next_daemon(fresh: Cli) -> None:
    """It says how many; with --kill they end, and nothing is left."""
    running(fresh, "ada")
    pid = pane(fresh, "ada")["pid"]
    nothing = {"forced": [], "survivors": []}
    assert fresh.json("stop") == {"left_running": 1, "killed": 0, **nothing}
    assert psutil.pid_exists(pid)
    fresh("serve")
    assert pane(fresh, "ada")["pid"] == pid
    assert fresh.json("stop", "--kill") == {"left_running": 0, "killed": 1, **nothing}
    assert not psutil.pid_exists(pid)
    assert fresh("stop").returncode == 3


def test_stop_knows_of_programs_whose_daemon_is_gone(fresh: Cli) -> None:
    """It says that they are left, and with --kill ends them although no daemon runs."""
    running(fresh, "ada")
    pid = pane(fresh, "ada")["pid"]
    fresh("stop")
    stopped = fresh("stop")
    assert stopped.returncode == 3
    assert "an earlier one left 1 pane" in stopped.stderr
    assert "`fugue stop --kill` ends it" in stopped.stderr
    assert psutil.pid_exists(pid)
    killed = fresh("stop", "--kill")
    assert (killed.returncode, killed.stdout) == (
        0,
        "daemon stopped; 1 program ended\n",
    )
    assert not psutil.pid_exists(pid)
    again = fresh("stop", "--kill")
    assert again.returncode == 3
    assert "earlier" not in again.stderr
    wait_until(lambda: not Home(fresh.home).processes())


def test_a_killed_daemon_leaves_a_socket_that_doctor_finds_and_serve_replaces(
    fresh: Cli,
) -> None:
    """A crash must not need any cleaning up by hand."""
    os.kill(fresh.json("serve")["pid"], signal.SIGKILL)
    wait_until(lambda: fresh("ls").returncode == 3)
    done = fresh("doctor", "--json")
    assert done.returncode == 1
    [daemon] = [c for c in json.loads(done.stdout)["checks"] if c["name"] == "daemon"]
    assert (daemon["state"], daemon["fix"]) == ("problem", "fugue serve")
    assert fresh("serve").returncode == 0
    assert fresh("doctor").returncode == 0


def test_stop_returns_when_the_daemon_has_let_go_of_its_home(fresh: Cli) -> None:
    """So that `fugue stop && fugue serve` never finds the home still taken."""
    fresh("serve")
    lock = os.open(fresh.home / "run" / "daemon.lock", os.O_RDONLY)
    with pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert fresh("stop").returncode == 0
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(lock)
