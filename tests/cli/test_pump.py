"""The shim's loop where a race decides: here its parts are arranged one by one."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING

import trio
from shimkit import notification

from fugue_actors.cli import pump
from fugue_actors.cli.relay import Relay

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def test_lines_go_on_when_the_daemon_took_all_that_was_in_their_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is left to be written, and no event would ever wake the loop."""
    stdin, client = os.pipe()
    reader, stdout = os.pipe()
    monkeypatch.setattr(pump, "STDIN", stdin)
    monkeypatch.setattr(pump, "STDOUT", stdout)
    line = json.dumps(notification("notifications/message", data="x" * 1000)).encode()
    lines = 2 * pump.HIGH_WATER_BYTES // len(line)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(tmp_path / "sock"))
        listener.listen()
        loop = pump.Pump(Relay(b"hello", 0.0), listener.getsockname(), None)
        loop.connect(0.0)
        link = loop.link
        assert link is not None
        # So large a buffer takes a whole round of lines at once, and unread.
        link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1024 * 1024)
        loop.client_lines.feed((line + b"\n") * lines)
        daemon, _ = listener.accept()
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(daemon))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, loop.run)
            received = bytearray()
            try:
                with trio.fail_after(60):
                    while received.count(b"\n") < lines + 1:
                        received += await stream.receive_some()
            finally:  # this ends the loop, whatever state it is in
                os.close(client)
                daemon.close()
    assert received.splitlines() == [b"hello", *[line] * lines]
    for descriptor in (stdin, stdout, reader):
        os.close(descriptor)
    link.close()
