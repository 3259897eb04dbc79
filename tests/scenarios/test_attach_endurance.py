"""Attached again and again: whatever ends, the terminal is a shell's again and nothing stays.

The client, its guardian and the daemon are killed at random, the window is resized, people
detach; `FUGUE_TEST_ATTACHES` says how often, for `nox -s chaos`.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest
from daemonkit import has_ended, running_home, wait_until
from outerkit import OuterTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemonkit import Home

pytestmark = [pytest.mark.real, pytest.mark.slow]

ATTACH = [sys.executable, "-m", "fugue_actors", "attach", "work"]
CYCLES = int(os.environ.get("FUGUE_TEST_ATTACHES", "6"))
RESIZES = CYCLES // 2
SIZES = [(80, 24), (200, 50), (40, 10), (132, 43), (20, 5), (300, 80)]
DETACH = "\x02d"


@contextmanager
def working_home() -> Iterator[Home]:
    """A home with a session of two panes: one echoes, one writes all the time."""
    with running_home() as home, home.control() as control:
        made = control(
            "create_session",
            name="work",
            command=["sh", "-c", "echo ready-to-echo; exec cat"],
            cwd=str(home.root),
            environment=home.environment,
        )
        control(
            "split_pane",
            pane=made["pane_id"],
            direction="horizontal",
            command=["sh", "-c", "while :; do date -u; sleep 0.05; done"],
        )
        control("wait_for", pane=made["pane_id"], text="ready-to-echo")
        yield home


def clients(home: Home) -> list[psutil.Process]:
    """Every process of a client."""
    return [one for one in home.processes() if "attach" in command_of(one)]


def command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def attached(terminal: OuterTerminal, home: Home) -> None:
    """Attach, and see that it is there."""
    terminal.run(ATTACH, home.environment)
    terminal.wait_shows("UTC")


def all_is_well(terminal: OuterTerminal, home: Home) -> None:
    """Nobody is left, and the terminal is as it was."""
    terminal.wait(lambda: not clients(home), "no process is left")
    terminal.wait(lambda: not terminal.damage(), "the terminal is sane")


def test_a_client_ends_well_however_it_ends() -> None:
    """By its keys, by signals, and killed: either of its two processes."""
    with working_home() as home, OuterTerminal() as terminal:
        attached(terminal, home)
        terminal.press(DETACH)
        assert terminal.wait_ended() == 0
        all_is_well(terminal, home)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            for which in (0, -1):
                attached(terminal, home)
                pair = sorted(clients(home), key=lambda one: one.create_time())
                assert len(pair) == 2
                pair[which].send_signal(number)
                terminal.wait_ended()
                all_is_well(terminal, home)


def test_the_client_waits_for_a_daemon_that_was_killed() -> None:
    """It says so, and goes on with the next: what is typed then arrives."""
    with working_home() as home, OuterTerminal() as terminal:
        attached(terminal, home)
        for word in ("first", "second"):
            assert home.daemon is not None
            home.daemon.kill()
            home.daemon.wait()
            terminal.wait_shows("daemon")
            home.start()
            terminal.wait(lambda: not terminal.shows("daemon"), "it is back")
            terminal.press(f"the {word} word\r")
            terminal.wait_shows(f"the {word} word")
        terminal.press(DETACH)
        assert terminal.wait_ended() == 0
        all_is_well(terminal, home)


def test_attached_again_and_again() -> None:
    """Detached, resized, killed at random: each time all is well."""
    seed = random.randrange(1_000_000)
    dice = random.Random(seed)
    with working_home() as home, OuterTerminal() as terminal:
        before = len(home.processes())
        for cycle in range(CYCLES):
            terminal.resize(*dice.choice(SIZES[:4]))
            attached(terminal, home)
            for _ in range(dice.randrange(3)):
                terminal.resize(*dice.choice(SIZES))
            terminal.resize(80, 24)
            match dice.choice(("detach", "detach", "client", "guardian", "daemon")):
                case "client":
                    newest(home)[-1].kill()
                case "guardian":
                    newest(home)[0].kill()
                case "daemon":
                    assert home.daemon is not None
                    home.daemon.kill()
                    home.daemon.wait()
                    terminal.wait_shows("daemon")
                    home.start()
                    terminal.wait(lambda: not terminal.shows("daemon"), "it is back")
                    terminal.press(f"cycle {cycle}\r")
                    terminal.wait_shows(f"cycle {cycle}")
                    terminal.press(DETACH)
                case _:
                    terminal.press(DETACH)
            terminal.wait_ended()
            all_is_well(terminal, home)
        wait_until(lambda: len(home.processes()) <= before)
        assert not home.tracebacks()


def newest(home: Home) -> list[psutil.Process]:
    """The processes of the client, the one that was there first first."""
    return sorted(clients(home), key=lambda one: (one.create_time(), one.pid))


def test_a_picture_fits_whatever_the_size() -> None:
    """Resized at random with all sizes there are: what it shows in the end is right."""
    dice = random.Random(7)
    with working_home() as home, OuterTerminal() as terminal:
        attached(terminal, home)
        for _ in range(RESIZES):
            terminal.resize(dice.randrange(5, 250), dice.randrange(2, 80))
            if dice.random() < 0.5:
                terminal.read()
        terminal.resize(100, 30)
        terminal.press("typed\r")
        terminal.wait(lambda: sum("typed" in one for one in terminal.text) == 2)
        assert len(clients(home)) == 2
        assert not any(has_ended(one) for one in clients(home))
        terminal.press(DETACH)
        assert terminal.wait_ended() == 0
        all_is_well(terminal, home)
