"""What the first agents of a daemon meet: the daemon imports the MCP SDK for them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from daemonkit import Home, running_home, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_THE_WAY = '''
import os, pathlib, sys, time

class InTheWay:
    """Holds up the import of the SDK, or makes it fail, as files in a directory say."""

    def find_spec(self, name, path=None, target=None):
        room = pathlib.Path(os.environ["IN_THE_WAY"])
        if name == "mcp_types":
            (room / "begun").touch()
            while (room / "hold").exists():
                time.sleep(0.01)
            if (room / "fail").exists():
                raise ModuleNotFoundError("mcp_types has been removed")
        return None

sys.meta_path.insert(0, InTheWay())
'''
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "tool", "version": "1"},
    },
}


class Client:
    """A client of `mcp.sock` that has sent its handshake."""

    def __init__(self, home: Home) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(home.mcp_socket))
        self.socket.sendall(json.dumps(INITIALIZE).encode() + b"\n")
        self.file = self.socket.makefile("rb")

    def answer(self) -> dict[str, Any]:
        """What the daemon answers; empty if it has hung up."""
        answer: dict[str, Any] = json.loads(self.file.readline() or b"{}")
        return answer

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@contextlib.contextmanager
def clients(home: Home, count: int) -> Iterator[list[Client]]:
    """Clients that called at the same time."""
    with contextlib.ExitStack() as stack:
        made = []
        for _ in range(count):
            made.append(Client(home))
            stack.callback(made[-1].close)
        yield made


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """Where files say what becomes of the import."""
    (tmp_path / "sitecustomize.py").write_text(IN_THE_WAY, encoding="utf-8")
    return tmp_path


@pytest.fixture
def home(room: Path) -> Iterator[Home]:
    """A daemon that nobody has called yet."""
    path = os.pathsep.join([str(room), *filter(None, [os.environ.get("PYTHONPATH")])])
    with running_home(PYTHONPATH=path, IN_THE_WAY=str(room)) as home:
        try:
            yield home
        finally:
            (room / "hold").unlink(missing_ok=True)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_daemon_loads_the_sdk_for_its_first_agent_and_not_before(home: Home) -> None:
    """Asked of the running thing: its own files in memory."""
    assert home.daemon is not None
    maps = Path(f"/proc/{home.daemon.pid}/maps")
    with home.control() as control:
        control("status")
    assert "pydantic_core" not in maps.read_text(encoding="utf-8")
    with clients(home, 1) as (client,):
        assert client.answer()["result"]["serverInfo"]["name"] == "fugue"
    assert "pydantic_core" in maps.read_text(encoding="utf-8")


def test_all_who_call_while_it_is_loaded_are_served_and_nobody_else_waits(
    home: Home, room: Path
) -> None:
    """One of them leaves meanwhile; people's commands are answered all the time."""
    (room / "hold").touch()
    with clients(home, 5) as (leaving, *staying):
        wait_until((room / "begun").exists)
        with home.control() as control:
            control("status")
            leaving.close()
            control("status")
        (room / "hold").unlink()
        for client in staying:
            assert client.answer()["result"]["serverInfo"]["name"] == "fugue"
    assert home.tracebacks() == ""


def test_a_daemon_that_is_stopped_meanwhile_ends_in_order(
    home: Home, room: Path
) -> None:
    """As soon as the import is through: a thread in native code is not left behind."""
    assert home.daemon is not None
    (room / "hold").touch()
    with clients(home, 2) as (first, second):
        wait_until((room / "begun").exists)
        home.daemon.send_signal(signal.SIGTERM)
        wait_until(lambda: not home.control_socket.exists())
        (room / "hold").unlink()
        assert home.daemon.wait(30) == 0
        assert first.answer() == {}
        assert second.answer() == {}
    assert home.tracebacks() == ""


def test_a_client_is_told_that_the_sdk_cannot_be_loaded(home: Home, room: Path) -> None:
    """So is the log; others are not disturbed, and once it is mended all is well."""
    (room / "fail").touch()
    with clients(home, 2) as both:
        for client in both:
            answer = client.answer()
            assert answer["id"] == 1
            assert answer["error"]["data"]["code"] == "Unavailable"
            assert "mcp_types has been removed" in answer["error"]["message"]
    with home.control() as control:
        control("status")
    assert "the MCP SDK cannot be imported" in home.tracebacks()
    (room / "fail").unlink()
    with clients(home, 1) as (client,):
        assert client.answer()["result"]["serverInfo"]["name"] == "fugue"
