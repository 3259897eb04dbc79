"""A worker is stuck, asks for help, and goes on with the answer.

`fugue_request_help` goes to the worker's orchestrator: the nearest one among those who
started it. The answer carries `in_reply_to`, so the worker knows which question it
belongs to. Run it: `python examples/ask_for_help.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import trio
from playground import agent, playground

WORKER = [sys.executable, str(Path(__file__).resolve()), "worker"]
QUESTION = "Shall I delete the old table, or keep it?"
ANSWER = "Keep it; rename it to orders_old."


async def work() -> None:
    """The worker: asks, waits for the answer to that question, reports."""
    async with agent() as me:
        await me.call("report_status", status="blocked", message="need a decision")
        asked = await me.call("request_help", context=QUESTION)
        async for message in me.messages():
            if message.get("in_reply_to") == asked["message_id"]:
                break
        advice = message["payload"].get("text", "nothing")
        await me.call("report_status", status="complete", message=f"did: {advice}")


async def lead() -> None:
    """The orchestrator: starts the worker, answers, waits until it is done."""
    async with agent("--as", "lead") as me:
        await me.call("set_tags", add=["orchestrator"])
        await me.call(
            "create_session",
            name="ann",
            command=WORKER,
        )
        async for message in me.messages():
            sender, payload = message["from"], message["payload"]
            print(f"{sender['session_name']} ({sender['attested']}): {payload}")
            if message["type"] == "help_request":
                await me.send(
                    {"session": sender["session_name"]},
                    msg_type="help_response",
                    payload={"text": ANSWER},
                    in_reply_to=message["id"],
                )
            elif payload["status"] == "complete":
                assert payload["message"] == f"did: {ANSWER}"
                return


if __name__ == "__main__":
    if sys.argv[1:] == ["worker"]:
        trio.run(work)
    else:
        with playground():
            trio.run(lead)
