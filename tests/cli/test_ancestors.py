"""The pane's socket, found through the processes above one that was told nothing."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import trio
from shimkit import FUGUE, FakeDaemon, environment, request

from fugue_actors.cli import ancestors

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="other systems do not show a process's environment"
)

ASK = "from fugue_actors.cli.ancestors import socket_of_pane; print(socket_of_pane())"
BARE = ["env", "-u", "FUGUE_SOCKET"]


def said(*argv: str, **variables: str) -> str:
    """What a program prints."""
    done = subprocess.run(
        argv,
        env=environment(**variables),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def below(*argv: str) -> list[str]:
    """A command line that runs another one as a child, and waits for it."""
    return ["sh", "-c", f"{shlex.join(argv)}; exit $?"]


def test_the_nearest_ancestor_that_has_it_names_the_socket() -> None:
    """A pane within a pane belongs to the inner one's daemon."""
    inner = below(*BARE, *below(sys.executable, "-c", ASK))
    assert said(*inner, FUGUE_SOCKET="/inner.sock") == "/inner.sock"
    nested = below("env", "FUGUE_SOCKET=/inner.sock", *inner)
    assert said(*nested, FUGUE_SOCKET="/outer.sock") == "/inner.sock"


def test_the_own_environment_does_not_count() -> None:
    """Whoever looks here has looked there before."""
    found = said(sys.executable, "-c", ASK, FUGUE_SOCKET="/own.sock")
    assert found == str(ancestors.socket_of_pane())


def test_a_variable_with_a_longer_name_is_another_one() -> None:
    """FUGUE_SOCKET_OLD=/x is no FUGUE_SOCKET."""
    command = below(sys.executable, "-c", ASK)
    found = said(*command, FUGUE_SOCKET_OLD="/x", OLD_FUGUE_SOCKET="/y")
    assert found == str(ancestors.socket_of_pane())


def test_a_process_that_is_gone_has_neither_environment_nor_parent() -> None:
    """It may end while one looks."""
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    assert ancestors.read(gone.pid, "environ") == b""
    assert ancestors.parent_of(gone.pid) == 0
    assert ancestors.parent_of(os.getpid()) == os.getppid()


async def test_the_shim_reaches_the_pane_s_daemon_without_being_told_where(
    tmp_path: Path,
) -> None:
    """Some agents hand their MCP servers HOME and PATH, and nothing else."""
    daemon = FakeDaemon(tmp_path / "mcp.sock")
    await daemon.up()
    shim = await trio.lowlevel.open_process(
        below(*BARE, "-u", "FUGUE_HOME", *FUGUE, "mcp"),
        env=environment(FUGUE_SOCKET=str(daemon.path), FUGUE_HOME=str(tmp_path / "no")),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    assert shim.stdin is not None
    try:
        with trio.fail_after(30):
            wire = await daemon.accept()
            line = json.dumps(request(1, "tools/list")).encode() + b"\n"
            await shim.stdin.send_all(line)
            assert (await wire.hear())["method"] == "tools/list"
            await shim.stdin.aclose()
            assert await shim.wait() == 0
    finally:
        await daemon.down()
