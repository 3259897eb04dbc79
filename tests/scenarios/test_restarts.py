"""Restart policies with real programs, hosts that are killed, and daemons that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from daemonkit import Home, has_ended, running_home, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

# Writes how often it ran, and goes on until there is a file that says how to end.
SCRIPT = """
n=$(cat runs 2>/dev/null || echo 0); n=$((n + 1)); echo $n > runs; echo run $n
while [ ! -e go-$n ]; do sleep 0.02; done; exit $(cat go-$n)
"""


@pytest.fixture
def home() -> Iterator[Home]:
    """A daemon of this test's own."""
    with running_home() as home:
        yield home


def create(home: Home, policy: str, script: str = SCRIPT) -> None:
    with home.control() as control:
        control(
            "create_session",
            name="ann",
            cwd=str(home.root),
            command=["sh", "-c", script],
            restart=policy,
        )


def end_run(home: Home, number: int, code: int) -> None:
    """Let a run of the program end."""
    path = home.root / f"go-{number}"
    path.with_suffix(".new").write_text(f"{code}\n", encoding="utf-8")
    path.with_suffix(".new").replace(path)


def pane(home: Home) -> dict[str, Any]:
    with home.control() as control:
        found: dict[str, Any] = control("list_panes", session="ann")["panes"][0]
    return found


def is_in_run(home: Home, number: int) -> bool:
    """Whether the program runs for this time, and the daemon knows it."""
    here = pane(home)
    if here["state"] != "running" or here["restarts"] != number - 1:
        return False
    with home.control() as control:
        return f"run {number}" in control("read_pane", session="ann")["text"]


def host_of(home: Home) -> psutil.Process:
    return psutil.Process(pane(home)["pid"]).parent()


def test_a_cursor_of_the_run_before_shows_all_of_this_one_and_says_what_is_lost(
    home: Home,
) -> None:
    """However little the run before wrote: nothing is passed over in silence."""
    create(home, "always", "seq 1 300; " + SCRIPT)
    with home.control() as control:
        wait_until(lambda: is_in_run(home, 1))
        control("send_input", session="ann", text="x", submit=True)
        before = control("read_pane", session="ann", since=0)
        assert not before["lost"]
        end_run(home, 1, 0)
        wait_until(lambda: is_in_run(home, 2))
        for cursor in (1, 60, before["next"]):
            now = control("read_pane", session="ann", since=cursor)
            assert now["lost"]
            assert now["text"][:2] == ["1", "2"]
            assert "run 2" in now["text"]
        again = control("read_pane", session="ann", since=now["next"])
        assert (again["text"], again["lost"]) == ([], False)
        everything = control("read_pane", session="ann", since=0)
        assert not everything["lost"]
        assert everything["text"][:2] == ["1", "2"]
        found = control("wait_for", session="ann", text="^run 2", since=60, timeout=10)
        assert found["line"] == "run 2"


def test_a_program_comes_back_under_its_policy_until_it_succeeds(home: Home) -> None:
    """By its own exit and with a killed host; only its own pane is touched."""
    create(home, "on-failure")
    with home.control() as control:
        control("create_session", name="bob", command=["cat"])
    first = pane(home)
    end_run(home, 1, 3)
    wait_until(lambda: is_in_run(home, 2))
    assert pane(home)["last_exit"] == {"code": 3, "signal": None}
    host_of(home).kill()
    wait_until(lambda: is_in_run(home, 3))
    assert pane(home)["pane_id"] == first["pane_id"]
    assert pane(home)["pid"] != first["pid"]
    end_run(home, 3, 0)
    wait_until(lambda: pane(home)["state"] == "exited")
    assert pane(home)["exit"] == {"code": 0, "signal": None}
    assert (home.root / "runs").read_text(encoding="utf-8").strip() == "3"
    with home.control() as control:
        assert control("list_panes", session="bob")["panes"][0]["restarts"] == 0
        assert control("status")["condition"] == "ok"


def test_without_a_policy_a_dead_host_is_reported_and_costs_only_its_pane(
    home: Home,
) -> None:
    """The pane is lost, its program hung up, the daemon degraded, the rest as before."""
    create(home, "never")
    with home.control() as control:
        control("create_session", name="bob", command=["cat"])
        program = psutil.Process(pane(home)["pid"])
        host_of(home).kill()
        wait_until(lambda: pane(home)["state"] == "lost")
        wait_until(lambda: has_ended(program))
        assert control("status")["condition"] == "degraded"
        control("send_input", session="bob", text="still here", submit=True)
        wait_until(lambda: "still here" in control("read_pane", session="bob")["text"])


def test_a_program_that_outlives_its_host_is_ended_before_it_is_started_again(
    home: Home,
) -> None:
    """Two of one agent in one directory would be worse than none."""
    create(home, "on-failure", "trap '' HUP TERM\n" + SCRIPT)
    first = psutil.Process(pane(home)["pid"])
    wait_until(lambda: is_in_run(home, 1))
    host_of(home).kill()
    wait_until(lambda: is_in_run(home, 2))
    assert has_ended(first)
    assert "by force" in home.log.read_text(encoding="utf-8")


@pytest.mark.parametrize("moment", ["before the end", "in the pause"])
def test_a_restart_that_is_due_outlives_the_daemon(home: Home, moment: str) -> None:
    """The next daemon finds the policy, the count, and what has to be done."""
    create(home, "on-failure")
    end_run(home, 1, 1)
    wait_until(lambda: is_in_run(home, 2))
    program = psutil.Process(pane(home)["pid"])
    assert home.daemon is not None
    if moment == "in the pause":
        end_run(home, 2, 1)
        wait_until(lambda: pane(home)["state"] == "restarting")
    home.daemon.kill()
    home.daemon.wait(60)
    end_run(home, 2, 1)
    wait_until(lambda: not program.is_running())
    home.start()
    wait_until(lambda: is_in_run(home, 3))
    assert (home.root / "runs").read_text(encoding="utf-8").strip() == "3"


def test_a_host_that_died_without_a_daemon_is_reported_by_the_next(home: Home) -> None:
    """No agent vanishes from the list without a word."""
    create(home, "never")
    host = host_of(home)
    assert home.daemon is not None
    home.daemon.kill()
    home.daemon.wait(60)
    host.kill()
    wait_until(lambda: has_ended(host))
    home.start()
    wait_until(lambda: pane(home)["state"] == "lost")
    with home.control() as control:
        assert control("kill_session", session="ann")["session_name"] == "ann"


def test_the_command_line_sets_the_policy_and_shows_what_came_of_it(
    home: Home,
) -> None:
    """`fugue new --restart`, and the state in `fugue ls`."""

    def fugue(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "fugue_actors", *arguments],
            env=home.environment,
            cwd=home.root,
            capture_output=True,
            encoding="utf-8",
            check=True,
            timeout=60,
        ).stdout

    fugue("new", "ann", "--restart", "always", "--", "sh", "-c", SCRIPT)
    os.kill(pane(home)["pid"], signal.SIGKILL)
    wait_until(lambda: is_in_run(home, 2))
    assert "running (1 restart, last signal SIGKILL)" in fugue("ls")
    assert fugue("kill", "ann").startswith("ann ended, with ")
