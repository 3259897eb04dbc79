"""What the examples share: a daemon that ends with them, and an agent's connection.

Nothing here is special to examples. `Agent` is all that a program needs to take part, and
`playground` is `fugue serve` and `fugue stop --kill` in a home of its own.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp import Client, StdioServerParameters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

FUGUE = [sys.executable, "-m", "fugue_actors"]


def fugue(*arguments: str) -> str:
    """Run a `fugue` command; returns what it printed."""
    done = subprocess.run([*FUGUE, *arguments], check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


@contextmanager
def playground() -> Iterator[Path]:
    """A daemon in a temporary home; it and all its programs end with the block."""
    for name in list(os.environ):
        if name.startswith("FUGUE"):  # we may run inside a pane of another daemon
            del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="fugue-") as directory:
        home = Path(directory).resolve()
        os.environ["FUGUE_HOME"] = str(home)
        fugue("serve")
        try:
            yield home
        finally:
            fugue("stop", "--kill")
            with (home / "run/daemon.lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # held until the daemon has ended


class ToolError(Exception):
    """A tool refused; `code` says why in one word."""

    def __init__(self, shape: dict[str, Any]) -> None:
        super().__init__(f"{shape['code']}: {shape['message']}")
        self.code = shape["code"]


class Agent:
    """One agent's connection, with short names for what the examples do."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call the tool `fugue_<tool>`."""
        result = await self.client.call_tool(f"fugue_{tool}", arguments)
        answer: dict[str, Any] = result.structured_content or {}
        if result.is_error:
            raise ToolError(answer)
        return answer

    async def send(self, target: dict[str, Any], **content: Any) -> list[str]:
        """Send a message; returns the names of those who have it now."""
        receipt = await self.call("send_orchestration", target=target, **content)
        return sorted(one["session_name"] for one in receipt["recipients"])

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """Messages as they come, for ever; asking again proves that we got the last."""
        while True:
            batch = await self.call("poll_messages", wait_seconds=30, max=1)
            for message in batch["messages"]:
                yield message


@asynccontextmanager
async def agent(*arguments: str) -> AsyncIterator[Agent]:
    """Connect as an agent does: `fugue mcp` is a child process that speaks on stdio."""
    server = StdioServerParameters(
        command=FUGUE[0],
        args=[*FUGUE[1:], "mcp", *arguments],
        env=dict(os.environ),
    )
    async with Client(server) as client:
        yield Agent(client)
