"""`fugue control`, and typing where a person types; against a real daemon."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from clikit import FUGUE, Cli, empty_home
from daemonkit import Home, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def cli() -> Iterator[Cli]:
    """`fugue` with a daemon that the tests of this module share."""
    with empty_home() as home:
        cli = Cli(home)
        assert cli("serve").returncode == 0
        yield cli
        assert cli("stop", "--kill").returncode == 0
        wait_until(lambda: not Home(home).processes())


@pytest.fixture
def pane(cli: Cli, request: pytest.FixtureRequest) -> str:
    """The session of a `cat` that is this test's own."""
    name = request.node.name.replace("_", "-")[-40:].strip("-")
    cli.json("new", name, "--", "cat")
    return str(name)


@contextlib.contextmanager
def held(cli: Cli, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`fugue control --take`, as long as the block lasts."""
    process = subprocess.Popen(
        [*FUGUE, "control", *arguments, "--take"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=cli.environment,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("you control pane ")
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_control_is_held_until_it_is_interrupted_and_all_can_see_whose_it_is(
    cli: Cli, pane: str
) -> None:
    """By the name of the person, and as JSON for programs."""
    assert cli("control", pane).stdout.startswith("nobody controls pane ")
    with held(cli, pane) as process:
        assert " controls pane " in cli("control", pane).stdout
        shown = cli.json("control", pane)
        assert (shown["control"]["exclusive"], shown["draft"]) == (False, False)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    wait_until(lambda: cli.json("control", pane)["control"] is None)


def test_a_locked_pane_takes_nothing_from_others(cli: Cli, pane: str) -> None:
    """The refusal names who has it and what can be done."""
    with held(cli, pane, "--exclusive"):
        assert ", alone, since " in cli("control", pane).stdout
        done = cli("type", pane, "hello")
        assert done.returncode == 1
        assert "controls pane" in done.stderr
        assert "--take" in done.stderr
    wait_until(lambda: cli.json("control", pane)["control"] is None)
    assert cli("type", pane, "hello").returncode == 0


def test_whoever_loses_control_is_told_to_whom(cli: Cli, pane: str) -> None:
    """Taking over is explicit, and so is being taken over."""
    with held(cli, pane) as first, held(cli, pane):
        _, said = first.communicate(timeout=60)
        assert first.returncode == 1
        assert " took it" in said
    with held(cli, pane) as third:
        assert cli("control", pane, "--release").returncode == 0
        _, said = third.communicate(timeout=60)
        assert third.returncode == 1
        assert "control of pane" in said


def test_what_is_typed_where_a_person_types_waits_or_fails_and_gives_way_by_a_word(
    cli: Cli, pane: str
) -> None:
    """Nothing is added to what the person has begun until they say so."""
    with Home(cli.home).control() as person:
        person("send_input", session=pane, text="half", live=True)
        done = cli("type", pane, "more", "--wait", "0")
        assert done.returncode == 1
        # On a busy machine the person has rested already, and the line stands there.
        assert re.search(r"a person (types|has begun to type)", done.stderr)
        done = cli("control", pane, "--yield")
        assert "controls pane" in done.stderr
        person("release_control", session=pane)
    assert "somebody has begun to type there" in cli("control", pane).stdout
    done = cli("type", pane, "more", "--wait", "3", "--json")
    assert '"reason": "draft"' in done.stderr
    assert cli("control", pane, "--yield").stdout.startswith(
        "agents may write in pane "
    )
    assert cli("type", pane, "more", "--submit").returncode == 0
    assert cli("wait", pane, "--text", "^halfmore$", "--timeout", "60").returncode == 0


@pytest.mark.parametrize(
    "options", [("--exclusive",), ("--take", "--release"), ("--take", "--yield")]
)
def test_what_does_not_go_together_is_wrong_usage(
    cli: Cli, options: tuple[str, ...]
) -> None:
    """It is seen before the daemon is asked."""
    assert cli("control", "ada", *options).returncode == 2
