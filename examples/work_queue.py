"""A work queue: each job goes to one worker, and to another one if that one dies.

The orchestrator starts three workers and sends jobs for whichever of them is free. A job
is only lent to the worker that takes it, until it answers. One worker is killed in the
middle of a job, and another one does it. Run it: `python examples/work_queue.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import trio
from playground import Agent, agent, playground

WORKER = [sys.executable, str(Path(__file__).resolve()), "worker"]
WORKERS = {"tag": "worker"}
JOBS = [12, 25, 7, 30, 18, 21]
HARD = 30


async def work() -> None:
    """A worker: takes one job at a time, which is its own only when it has answered."""
    async with agent() as me:
        while True:
            batch = await me.call("poll_messages", wait_seconds=30, max=1, ack="manual")
            for message in batch["messages"]:
                if message["type"] == "dismissed":
                    return
                await complete(me, message)


async def complete(me: Agent, message: dict[str, Any]) -> None:
    """Do a job and answer with its result, which acknowledges the job too."""
    number = message["payload"]["number"]
    if number == HARD:
        question = f"Shall I really do fibonacci({number})?"
        await me.call("ask", target={"orchestrator": True}, question=question)
    await me.call(
        "reply",
        message_id=message["id"],
        msg_type="done",
        payload={"number": number, "result": fibonacci(number)},
    )


def fibonacci(n: int) -> int:
    """The job."""
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


async def lead() -> None:
    """The orchestrator: starts the workers, hands out the jobs, collects results."""
    async with agent("--as", "lead") as me:
        await me.call("set_tags", add=["orchestrator"])
        for name in ("ann", "bob", "cyd"):
            await me.call("create_session", name=name, tags=["worker"], command=WORKER)
        for number in JOBS:
            job = {"msg_type": "job", "payload": {"number": number}}
            await me.send(WORKERS, deliver="one", **job)
        killed = ""
        results: dict[int, int] = {}
        async for message in me.messages():
            worker, payload = message["from"]["session_name"], message["payload"]
            if message["type"] == "done":
                results[payload["number"]] = payload["result"]
                print(f"{worker}: fibonacci({payload['number']}) = {payload['result']}")
            elif not killed:
                print(f"{worker} is killed in the middle of a job")
                await me.call("kill_session", session=worker)
                killed = worker
            else:
                print(f"{worker} has the job of {killed} now")
                await me.call("reply", message_id=message["id"], text="Yes.")
            if len(results) == len(JOBS):
                break
        assert results == {job: fibonacci(job) for job in JOBS}
        await me.send(WORKERS, msg_type="dismissed", payload={})
        print("all done")


if __name__ == "__main__":
    if sys.argv[1:] == ["worker"]:
        trio.run(work)
    else:
        with playground():
            trio.run(lead)
