"""The daemon ends and another one begins; the agents go on.

A worker counts in its pane. The daemon is stopped and a new one started in its place.
The program never notices: same process, same session, and its MCP connection, which
`fugue mcp` takes up again by itself. Run it: `python examples/daemon_restart.py`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import trio
from playground import ToolError, agent, fugue, playground

WORKER = [sys.executable, str(Path(__file__).resolve()), "worker"]


async def work() -> None:
    """The worker: answers each question with who it is, over one connection."""
    async with agent() as me:
        while True:
            try:
                who = await me.call("whoami")
                batch = await me.call("poll_messages", wait_seconds=30)
            except ToolError as error:
                if error.code != "Unavailable":
                    raise
                await trio.sleep(0.1)  # between two daemons
                continue
            for message in batch["messages"]:
                if message["type"] == "dismissed":
                    return
                await me.send(
                    {"session": message["from"]["session_name"]},
                    msg_type="answer",
                    payload={"session_id": who["session_id"], "pid": os.getpid()},
                )


async def ask_ann() -> dict[str, object]:
    """Ask the worker who it is."""
    async with agent("--as", "lead") as me:
        await me.send({"session": "ann"}, msg_type="question", payload={})
        async for message in me.messages():
            answer: dict[str, object] = message["payload"]
            return answer
    raise AssertionError("messages never end")


async def main() -> None:
    """Ask the worker before and after."""
    fugue("new", "ann", "--", *WORKER)
    before = await ask_ann()
    print("before:", before)
    print(fugue("stop").strip())
    fugue("serve")
    after = await ask_ann()
    print("after: ", after)
    assert after == before
    listing = json.loads(fugue("ls", "--json"))
    print("sessions:", [one["session_name"] for one in listing["sessions"]])


if __name__ == "__main__":
    if sys.argv[1:] == ["worker"]:
        trio.run(work)
    else:
        with playground():
            trio.run(main)
