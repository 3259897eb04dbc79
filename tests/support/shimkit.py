"""`fugue mcp` as a real process, between a scripted client and a scripted daemon.

Both peers are the other end of a wire and nothing more: what the shim does is seen in
the lines that reach them. Every wait has a limit, so that a silent shim fails a test.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

FUGUE = [sys.executable, "-m", "fugue_actors"]
PATIENCE_SECONDS = 60.0
AGREED = "2025-11-25"


class Wire:
    """Newline-framed JSON in both directions."""

    def __init__(
        self, sends: trio.abc.SendStream, receives: trio.abc.ReceiveStream
    ) -> None:
        self.sends = sends
        self.receives = receives
        self.unread = bytearray()

    async def say(self, *messages: Any) -> None:
        """Write messages, each in a line of its own, in one go."""
        await self.write(
            b"".join(json.dumps(said).encode() + b"\n" for said in messages)
        )

    async def write(self, data: bytes) -> None:
        """Write bytes as they are."""
        with trio.fail_after(PATIENCE_SECONDS):
            await self.sends.send_all(data)

    async def hear(self) -> Any:
        """The next message; None when the peer has hung up."""
        line = await self.read_line()
        return None if line is None else json.loads(line)

    async def read_line(self) -> bytes | None:
        """The next line with its newline; None when the peer has hung up."""
        with trio.fail_after(PATIENCE_SECONDS):
            while b"\n" not in self.unread:
                try:
                    data = await self.receives.receive_some()
                except trio.BrokenResourceError:
                    data = b""
                if not data:
                    assert not self.unread, "the peer hung up in the middle of a line"
                    return None
                self.unread += data
        line, _, rest = self.unread.partition(b"\n")
        self.unread = rest
        return bytes(line) + b"\n"

    async def close(self) -> None:
        """Hang up."""
        await trio.aclose_forcefully(self.sends)
        await trio.aclose_forcefully(self.receives)


class FakeDaemon:
    """Listens where the daemon would, while it is `up`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.listener: trio.SocketListener | None = None
        self.wires: list[Wire] = []
        self.hello: dict[str, Any] = {}

    async def up(self) -> None:
        """Start to listen."""
        listener = trio.socket.socket(trio.socket.AF_UNIX)
        await listener.bind(os.fspath(self.path))
        listener.listen()
        self.listener = trio.SocketListener(listener)

    async def accept(self) -> Wire:
        """The next connection, its introduction read off and kept in `hello`."""
        assert self.listener is not None
        with trio.fail_after(PATIENCE_SECONDS):
            stream = await self.listener.accept()
        wire = Wire(stream, stream)
        self.wires.append(wire)
        hello = await wire.hear()
        assert hello["method"] == "notifications/fugue/hello"
        self.hello = hello["params"]
        return wire

    async def down(self) -> None:
        """Stop listening and hang up everywhere, as a daemon that was killed."""
        if self.listener is not None:
            await self.listener.aclose()
            self.path.unlink()
            self.listener = None
        for wire in self.wires:
            await wire.close()
        self.wires.clear()


class Shim(Wire):
    """The client's end: a running `fugue mcp`."""

    def __init__(self, process: trio.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        super().__init__(process.stdin, process.stdout)
        self.process = process

    async def ended(self) -> int:
        """Its exit status, once it has ended by itself."""
        with trio.fail_after(PATIENCE_SECONDS):
            return await self.process.wait()

    async def errors(self) -> str:
        """All it wrote on stderr; only after it ended."""
        assert self.process.stderr is not None
        with trio.fail_after(PATIENCE_SECONDS):
            return b"".join([part async for part in self.process.stderr]).decode()


def environment(**more: str) -> dict[str, str]:
    """This process's environment, without what would name another daemon."""
    clean = {key: value for key, value in os.environ.items() if key[:5] != "FUGUE"}
    return clean | more


@contextlib.asynccontextmanager
async def running_shim(*arguments: str, env: Mapping[str, str]) -> AsyncIterator[Shim]:
    """Run `fugue mcp` until the test is done with it."""
    process = await trio.lowlevel.open_process(
        [*FUGUE, "mcp", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env,
    )
    try:
        yield Shim(process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        with trio.CancelScope(shield=True):
            await process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                assert stream is not None
                await trio.aclose_forcefully(stream)


@contextlib.asynccontextmanager
async def staged(
    *arguments: str, is_up: bool = True, **env: str
) -> AsyncIterator[tuple[FakeDaemon, Shim]]:
    """A fake daemon, listening or not, and a shim that is told where it is."""
    with tempfile.TemporaryDirectory(prefix="fugue-") as home:
        daemon = FakeDaemon(Path(home) / "mcp.sock")
        if is_up:
            await daemon.up()
        given = environment(FUGUE_SOCKET=os.fspath(daemon.path), **env)
        async with running_shim(*arguments, env=given) as shim:
            try:
                yield daemon, shim
            finally:
                await daemon.down()


def request(number: int | str, method: str, **params: Any) -> dict[str, Any]:
    """A JSON-RPC request."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def notification(method: str, **params: Any) -> dict[str, Any]:
    """A JSON-RPC notification."""
    message = {"jsonrpc": "2.0", "method": method}
    return message | {"params": params} if params else message


def answer(number: int | str, **result: Any) -> dict[str, Any]:
    """A JSON-RPC answer with a result."""
    return {"jsonrpc": "2.0", "id": number, "result": result}


def call(number: int | str, tool: str = "fugue_whoami") -> dict[str, Any]:
    """A tool call of the older protocol."""
    return request(number, "tools/call", name=tool, arguments={})


INITIALIZE = request(
    0,
    "initialize",
    protocolVersion="2099-01-01",
    capabilities={},
    clientInfo={"name": "test", "version": "1"},
)
INITIALIZED = notification("notifications/initialized")
WELCOME = {
    "protocolVersion": AGREED,
    "capabilities": {},
    "serverInfo": {"name": "fake"},
}


async def shake_hands(daemon: FakeDaemon, shim: Shim) -> Wire:
    """The older protocol's opening; the daemon's end of the connection."""
    wire = await daemon.accept()
    await shim.say(INITIALIZE)
    assert await wire.hear() == INITIALIZE
    await wire.say(answer(0, **WELCOME))
    assert await shim.hear() == answer(0, **WELCOME)
    await shim.say(INITIALIZED)
    assert await wire.hear() == INITIALIZED
    return wire


async def take_up(wire: Wire) -> None:
    """Answer a replayed handshake as a daemon that is content with it."""
    replayed = await wire.hear()
    assert replayed["method"] == "initialize"
    await wire.say(answer(replayed["id"], **WELCOME))
    assert await wire.hear() == INITIALIZED


def refusal(message: dict[str, Any]) -> dict[str, Any]:
    """The error in fugue's own form that an answer carries, wherever it stands."""
    if "error" in message:
        return dict(message["error"]["data"])
    result = message["result"]
    assert result["isError"] is True
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    return dict(result["structuredContent"])
