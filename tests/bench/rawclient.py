"""An MCP client that costs next to nothing: one JSON line out, one line in.

What it measures is the server and the way to it. Calls are answered in order here, so a
client has one request under way at a time, except between `send` and `receive`.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from daemonkit import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from daemonkit import Home, Relay

FUGUE = str(Path(sys.executable).with_name("fugue"))
"""The command as an agent's configuration names it."""

PROTOCOL = "2025-06-18"


class RawClient:
    """A client on a pair of byte streams that were just opened.

    Args:
        reader: Where the server's lines come from.
        writer: Where ours go.
    """

    def __init__(self, reader: BinaryIO, writer: BinaryIO) -> None:
        self.reader = reader
        self.writer = writer
        self.number = 0

    def handshake(self) -> dict[str, Any]:
        """Initialize the connection; returns the server's answer."""
        answer = self.request(
            "initialize",
            protocolVersion=PROTOCOL,
            capabilities={},
            clientInfo={"name": "bench", "version": "1"},
        )
        self.write({"method": "notifications/initialized"})
        return answer

    def request(self, method: str, **params: Any) -> dict[str, Any]:
        """One request and its answer."""
        self.send(method, **params)
        return self.receive()

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """One tool call; returns its structured result."""
        self.send_call(tool, **arguments)
        return self.receive_result()

    def timed_call(self, tool: str, **arguments: Any) -> float:
        """The seconds one tool call takes."""
        began = time.perf_counter()
        self.send_call(tool, **arguments)
        line = self.reader.readline()
        seconds = time.perf_counter() - began
        result_of(line)
        return seconds

    def send(self, method: str, **params: Any) -> None:
        """Write a request."""
        self.number += 1
        self.write({"id": self.number, "method": method, "params": params})

    def send_call(self, tool: str, **arguments: Any) -> None:
        """Write a tool call."""
        self.send("tools/call", name=tool, arguments=arguments)

    def write(self, message: Mapping[str, Any]) -> None:
        """Write any message."""
        self.writer.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.writer.flush()

    def receive(self) -> dict[str, Any]:
        """The next answer's result."""
        return answer_of(self.reader.readline())

    def receive_result(self) -> dict[str, Any]:
        """The next answer's structured result."""
        return result_of(self.reader.readline())


def answer_of(line: bytes) -> dict[str, Any]:
    """The result in a line; anything else ends the bench."""
    if not line:
        raise ConnectionError("the server hung up")
    message = json.loads(line)
    if "result" not in message:
        raise ConnectionError(f"not an answer: {line!r}")
    result: dict[str, Any] = message["result"]
    return result


def result_of(line: bytes) -> dict[str, Any]:
    """The structured result in a line; a refusal ends the bench."""
    result = answer_of(line)
    if result.get("isError"):
        raise ConnectionError(f"refused: {result}")
    structured: dict[str, Any] = result["structuredContent"]
    return structured


@contextlib.contextmanager
def server(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], RawClient]]:
    """A stdio server of ours for the length of the block, not yet greeted."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=cwd,
        env=environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process, RawClient(process.stdout, process.stdin)
    finally:
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@contextlib.contextmanager
def shim(home: Home, name: str) -> Iterator[tuple[subprocess.Popen[bytes], RawClient]]:
    """`fugue mcp` outside of every pane, not yet greeted."""
    command = [FUGUE, "mcp", "--as", name]
    with server(command, cwd=home.root, environment=home.environment) as both:
        yield both


@contextlib.contextmanager
def on_socket(path: Path) -> Iterator[RawClient]:
    """A greeted client straight at a daemon's socket, without a shim between."""
    with connected(path) as stream, stream.makefile("rwb") as file:
        client = RawClient(file, file)
        client.handshake()
        yield client


@contextlib.contextmanager
def in_pane(relay: Relay) -> Iterator[RawClient]:
    """A greeted client whose shim is a child of a pane's program."""
    wait_until(relay.path.exists)
    with connected(relay.path) as stream, stream.makefile("rwb") as file:
        stream.sendall(b"\n")
        client = RawClient(file, file)
        client.handshake()
        yield client


def connected(path: Path) -> socket.socket:
    """A connection to a Unix socket; nothing on it may take longer than a minute."""
    stream = socket.socket(socket.AF_UNIX)
    stream.settimeout(60)
    stream.connect(os.fspath(path))
    return stream
