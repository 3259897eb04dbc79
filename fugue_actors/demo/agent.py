"""The program in each pane of the demo: an MCP client, as a coding agent is one.

It reaches the daemon only through `fugue mcp` on stdio and asks it who it is; nothing on
its command line tells. What it says goes to its screen, what it learnt into a report:
`python -m fugue_actors.demo.agent REPORTS [--stay] [--handshake]`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trio
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from fugue_actors.cli.exits import one_line
from fugue_actors.cli.launch import PROGRAM
from fugue_actors.demo import cast
from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

WAIT_SECONDS = 20
CALL_SECONDS = 60


class Agent:
    """One agent's connection to the others.

    Attributes:
        me: What `fugue_whoami` said.
        received: The messages that came, in order.
        sent: The receipts of what it sent, in order.
        notes: What else goes into its report.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.me: dict[str, Any] = {}
        self.received: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.notes: dict[str, Any] = {"protocol": client.protocol_version}

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool.

        Raises:
            Refused: The tool's own error.
        """
        answer = await self.client.call_tool(f"fugue_{tool}", arguments)
        content: dict[str, Any] = answer.structured_content or {}
        if answer.is_error:
            raise Refused(
                content.get("code", "Internal"), content.get("message", str(answer))
            )
        return content

    async def send(self, target: object, **content: Any) -> dict[str, Any]:
        """Send a message; `content` is `message`, or `msg_type` and `payload`."""
        return self.keep(
            await self.call("send_orchestration", target=target, **content)
        )

    def keep(self, receipt: dict[str, Any]) -> dict[str, Any]:
        """Remember a receipt."""
        self.sent.append(receipt)
        return receipt

    async def introduce(self) -> None:
        """Find out who this is."""
        self.me = await self.call("whoami")
        say(f"I am {self.me['session_name']}, attested: {self.me['attested']}")

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """What comes in, for as long as anybody asks."""
        while True:
            batch = await self.call("poll_messages", wait_seconds=WAIT_SECONDS)
            for message in batch["messages"]:
                self.received.append(message)
                sender = message["from"]["session_name"]
                said = json.dumps(message["payload"], ensure_ascii=False)
                say(f"{sender} says {message['type']}: {said}")
                yield message

    def write_report(self, directory: Path) -> None:
        """Leave behind what it learnt; whole, or not at all."""
        name = self.me["session_name"]
        report = {
            "whoami": self.me,
            "received": [message["id"] for message in self.received],
            "sent": self.sent,
            **self.notes,
        }
        draft = directory / f"{name}.draft"
        draft.write_text(json.dumps(report), encoding="utf-8")
        draft.rename(directory / f"{name}.json")


def say(text: str) -> None:
    """Show a line on this pane's screen."""
    sys.stdout.write(one_line(text) + "\n")
    sys.stdout.flush()


async def act(reports: Path, flags: Collection[str]) -> None:
    """Play the part that belongs to this session's name."""
    from fugue_actors.demo import roles

    server = StdioServerParameters(
        command=PROGRAM[0], args=[*PROGRAM[1:], "mcp"], env=dict(os.environ)
    )
    async with Client(
        server,
        mode="legacy" if cast.HANDSHAKE in flags else "auto",
        read_timeout_seconds=CALL_SECONDS,
    ) as client:
        agent = Agent(client)
        await agent.introduce()
        part = cast.part_of(agent.me["session_name"])
        await roles.tag_oneself(agent, part)
        await (roles.lead if part.name == cast.LEAD else roles.work)(agent, part)
        agent.write_report(reports)
        say("done")
        if cast.STAY in flags:
            await roles.chat(agent)


def main() -> None:
    """Run the agent of this pane."""
    reports, *flags = sys.argv[1:]
    trio.run(act, Path(reports), flags)


if __name__ == "__main__":
    main()
