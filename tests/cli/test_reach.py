"""Reaching the daemon while somebody else starts it: nobody is turned away for that.

The other daemon is played by the test: it holds the home's lock and listens late.
"""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from clikit import FUGUE, Cli, ScriptedControl, empty_home
from daemonkit import wait_until

from fugue_actors import home as homes
from fugue_actors.cli import reach
from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

MADE = {"session_id": "s", "session_name": "ada", "pane_id": "p", "pid": 1}


@pytest.fixture
def starting() -> Iterator[tuple[Cli, ExitStack]]:
    """A home whose lock is held by a daemon that does not listen yet."""
    with empty_home() as root:
        homes.prepare(root / "run", root / "state")
        lock = homes.Lock.take(root / "run")
        lock.sign()
        with ExitStack() as held:
            held.callback(lock.close)
            yield Cli(root), held


def new_session(cli: Cli) -> subprocess.Popen[str]:
    """A command that needs a daemon, once its own daemon has been turned away."""
    command = subprocess.Popen(
        [*FUGUE, "new", "ada", "--json", "--", "sleep", "60"],
        env=cli.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    log = cli.home / "state" / "daemon.log"
    wait_until(lambda: log.exists() and "runs already" in log.read_text("utf-8"))
    return command


def test_a_daemon_that_somebody_else_is_starting_is_waited_for(
    starting: tuple[Cli, ExitStack],
) -> None:
    """It holds the lock long before it listens, and on a busy machine very long."""
    cli, _ = starting
    with new_session(cli) as command:
        with ScriptedControl(cli.home, lambda _, __: {"result": MADE}):
            output, errors = command.communicate(timeout=60)
    assert (command.returncode, errors) == (0, "")
    assert '"ada"' in output


def test_a_daemon_that_fails_to_start_is_replaced_by_whoever_waited_for_it(
    starting: tuple[Cli, ExitStack],
) -> None:
    """The lock is free again, so it is the waiting one's turn."""
    cli, held = starting
    with new_session(cli) as command:
        held.close()
        output, errors = command.communicate(timeout=60)
    try:
        assert (command.returncode, errors) == (0, "")
        assert '"ada"' in output
    finally:
        assert cli("stop", "--kill").returncode == 0


def test_a_daemon_that_never_listens_is_not_waited_for_forever(
    starting: tuple[Cli, ExitStack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while the refusal is told as it is, with the process to look at."""
    cli, _ = starting
    monkeypatch.setattr(reach, "OTHERS_START_SECONDS", 0.5)
    monkeypatch.setenv("FUGUE_HOME", str(cli.home))
    with pytest.raises(Refused, match="runs already") as refused:
        reach.reach_daemon("test")
    assert refused.value.code == "Unavailable"
    assert refused.value.data is not None
    assert refused.value.data["cause"] == homes.TAKEN
