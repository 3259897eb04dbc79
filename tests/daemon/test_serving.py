"""The daemon as a process: what it says to whoever starts it, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import attrs
import psutil
import pytest
from clikit import Cli, empty_home
from daemonkit import SERVE, wait_until

from fugue_actors import daemon, home as homes, logs
from fugue_actors.errors import Refused
from fugue_actors.terminal.descriptors import ENOUGH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

real = pytest.mark.real
PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
STATUS = b'{"id":1,"request":"status"}\n'
WAIT_AT_DOOR = 32


@attrs.define(eq=False)
class Served:
    """A daemon's process, and the first line that it said when it started."""

    process: subprocess.Popen[bytes]
    said: bytes

    def ended(self) -> int:
        """Its exit status."""
        return self.process.wait(60)


@contextmanager
def serving(cli: Cli, *, hears: bool = True, limit: str = "true") -> Iterator[Served]:
    """A daemon in the foreground, with or without anybody who waits for its word.

    Args:
        cli: Its home.
        hears: Whether anybody waits.
        limit: What the shell does that it is started from.
    """
    ready, telling = os.pipe()
    with (cli.home / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *("sh", "-c", limit + '; exec "$@"', "sh"),
                *(*SERVE, "--ready-fd", str(telling)),
            ],
            env=cli.environment,
            stdout=log,
            stderr=log,
            pass_fds=[telling],
        )
    os.close(telling)
    with os.fdopen(ready, "rb") as file:
        said = file.readline() if hears else b""
    try:
        yield Served(process, said)
    finally:
        process.kill()
        process.wait(60)


@pytest.fixture
def cli() -> Iterator[Cli]:
    with empty_home() as home:
        yield Cli(home)


@real
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(cli: Cli, number: signal.Signals) -> None:
    """Exit status 0, no socket left, and the home is free."""
    with serving(cli) as daemon:
        assert daemon.said == b"ready\n"
        daemon.process.send_signal(number)
        assert daemon.ended() == 0
    assert not list((cli.home / "run").glob("*.sock"))
    assert not homes.is_locked(cli.home / "run")
    assert b"Traceback" not in (cli.home / "log").read_bytes()


@real
def test_stop_ends_it_with_status_0(cli: Cli) -> None:
    """Whoever waits for the process sees that all was well."""
    with serving(cli) as daemon:
        assert cli("stop").returncode == 0
        assert daemon.ended() == 0


@real
def test_what_keeps_it_from_starting_is_told_with_its_code(cli: Cli) -> None:
    """As JSON to whoever started it, as a line in its log, and with status 1."""
    (cli.home / "config.toml").write_text("[terminal]\ncolour = 1\n", "utf-8")
    with serving(cli) as daemon:
        word, _, shape = daemon.said.decode().partition(" ")
        assert word == "error"
        error = json.loads(shape)
        assert error["code"] == "InvalidArgument"
        assert "terminal.colour" in error["message"]
        assert daemon.ended() == 1
    [line] = (cli.home / "log").read_text("utf-8").splitlines()
    assert line.startswith("fugue: ")
    assert "terminal.colour" in line


@real
def test_a_second_one_says_why_not_in_a_way_that_programs_recognise(cli: Cli) -> None:
    """They wait for the first instead."""
    with serving(cli) as first, serving(cli) as second:
        error = json.loads(second.said.decode().partition(" ")[2])
        assert error["data"] == {"cause": homes.TAKEN, "pid": first.process.pid}
        assert second.ended() == 1
        assert cli.json("status")["pid"] == first.process.pid


@real
def test_it_serves_also_if_nobody_waits_for_its_word(cli: Cli) -> None:
    """Whoever started it may have been interrupted."""
    with serving(cli, hears=False) as daemon:
        wait_until(lambda: cli("status").returncode == 0, within=60)
        assert daemon.process.poll() is None


# ---- its parts


@pytest.mark.parametrize(
    ("given", "level"),
    [(None, "INFO"), ("", "INFO"), ("debug", "DEBUG"), ("Warning", "WARNING")],
)
def test_the_log_level_is_read_in_any_case(
    monkeypatch: pytest.MonkeyPatch, given: str | None, level: str
) -> None:
    """And is INFO unless somebody says otherwise."""
    if given is None:
        monkeypatch.delenv("FUGUE_LOG", raising=False)
    else:
        monkeypatch.setenv("FUGUE_LOG", given)
    assert logs.level_asked() == level


@pytest.mark.parametrize("given", ["loud", "NOTSET", "10", " info"])
def test_what_is_no_log_level_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """A daemon that logs nothing would be found out too late."""
    monkeypatch.setenv("FUGUE_LOG", given)
    with pytest.raises(Refused, match="that is no level") as refused:
        logs.level_asked()
    assert refused.value.code == "InvalidArgument"


def test_a_starter_hears_the_first_word_only(tmp_path: Path) -> None:
    """The descriptor is closed then, and may be somebody else's."""
    ready, telling = os.pipe()
    starter = daemon.Starter(telling)
    starter.tell(b"ready\n")
    starter.tell(b"error again\n")
    with os.fdopen(ready, "rb") as file:
        assert file.read() == b"ready\n"
    daemon.Starter(None).tell(b"to nobody\n")


def test_a_starter_that_has_left_is_no_trouble() -> None:
    """Its end of the pipe is closed."""
    ready, telling = os.pipe()
    os.close(ready)
    daemon.Starter(telling).tell(b"ready\n")
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(telling)


def test_a_generation_is_later_than_any_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the clock went back, or if nothing is known of those before."""
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    assert daemon.later_generation(0) == 1_000_000
    assert daemon.later_generation(5_000_000) == 5_000_001


def come_in(stack: ExitStack, cli: Cli, door: str) -> socket.socket:
    """A new connection."""
    made = stack.enter_context(socket.socket(socket.AF_UNIX))
    made.settimeout(60)
    made.connect(str(cli.home / "run" / door))
    return made


def listeners(cli: Cli) -> list[int]:
    """How often each door was opened."""
    actors = cli.json("tree")["actors"]
    return [a["incarnation"] for a in actors if a["path"].endswith("/listener")]


@real
def test_it_may_open_more_files_than_its_programs(cli: Cli) -> None:
    """A few hundred agents take more than the usual limit; programs get the user's."""
    with serving(cli, limit="ulimit -Sn 200") as served:
        soft, hard = psutil.Process(served.process.pid).rlimit(psutil.RLIMIT_NOFILE)
        assert soft == min(hard, ENOUGH)
        cli.json("new", "ann", "--", "sh", "-c", "ulimit -Sn; ulimit -Hn; cat")
        wait_until(lambda: cli("read", "ann").stdout.splitlines() == ["200", str(hard)])
        assert cli("stop", "--kill").returncode == 0


@real
def test_running_out_of_descriptors_disconnects_nobody(cli: Cli) -> None:
    """The door crashed, and soon all that it had let in was gone."""
    with ExitStack() as stack:
        served = stack.enter_context(serving(cli, limit="ulimit -n 80"))
        first = come_in(stack, cli, "mcp.sock")
        first.sendall(PING)
        assert first.recv(65536)
        others = [come_in(stack, cli, "mcp.sock") for _ in range(100)]
        log = cli.home / "log"
        wait_until(lambda: log.read_text("utf-8").count("no descriptor left") > 3)
        first.sendall(PING)
        assert first.recv(65536)
        for other in others:
            other.close()
        wait_until(lambda: cli("status").returncode == 0, within=60)
        assert listeners(cli) == [1, 1, 1]
        assert cli("stop").returncode == 0
        assert served.ended() == 0


@real
def test_a_client_too_many_is_told_so_and_by_its_own_protocol(cli: Cli) -> None:
    """Agents hear JSON-RPC; whoever types `fugue stop` is not told that none runs."""
    with ExitStack() as stack:
        stack.enter_context(serving(cli, limit="ulimit -n 2000"))

        def fill(name: str, request: bytes) -> socket.socket:
            """Who comes in after as many as may: one after the other, as many as can wait at once."""
            for number in range(1, daemon.MAX_CONNECTIONS + 1):
                made = come_in(stack, cli, name)
                if number % WAIT_AT_DOOR == 0:
                    made.sendall(request)
                    assert "error" not in json.loads(made.recv(65536))
            return come_in(stack, cli, name)

        word = json.loads(fill("mcp.sock", PING).recv(65536))
        assert word["error"]["data"]["code"] == "Busy"
        assert (word["jsonrpc"], word["id"]) == ("2.0", None)
        word = json.loads(fill("control.sock", STATUS).recv(65536))
        assert (word["error"]["code"], word["id"]) == ("Busy", None)
        done = cli("stop")
        assert done.returncode == 1
        assert "as many connections as it serves" in done.stderr
