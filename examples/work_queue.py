"""A work queue: an orchestrator hands jobs to whichever worker is free.

The orchestrator starts two workers in panes of their own and asks everybody tagged
`worker` how they are. Whoever is idle gets the next job, and another one after each
result. Run it: `python examples/work_queue.py`.
"""

from __future__ import annotations

import sys
import uuid
from pathlib import Path

import trio
from playground import Agent, agent, playground

WORKER = [sys.executable, str(Path(__file__).resolve()), "worker"]
JOBS = [12, 25, 7, 30, 18, 21]
SYNC = {"sync_request": True}


async def work() -> None:
    """A worker: tells that it is idle when asked, and does what it is given."""
    async with agent() as me:
        await me.call("set_tags", add=["worker"])
        async for message in me.messages():
            match message["type"]:
                case "sync_request":
                    await me.call("report_status", status="idle")
                case "task_assignment":
                    await me.call("report_status", status="working")
                    await complete(me, message["payload"])
                case "dismissed":
                    return


async def complete(me: Agent, task: dict[str, str]) -> None:
    """Do one job and send the result to the orchestrator."""
    result = fibonacci(int(task["description"]))
    done = {"task_id": task["task_id"], "success": True, "summary": str(result)}
    await me.send({"orchestrator": True}, message={"task_complete": done})


def fibonacci(n: int) -> int:
    """The job."""
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


async def lead() -> None:
    """The orchestrator: starts the workers, hands out the jobs, collects results."""
    async with agent("--as", "lead") as me:
        await me.call("set_tags", add=["orchestrator"])
        for name in ("ann", "bob"):
            await me.call(
                "create_session",
                name=name,
                tags=["worker"],
                command=WORKER,
            )
        print("asked", await me.send({"tag": "worker"}, message=SYNC))
        waiting = list(JOBS)
        given: dict[str, int] = {}
        results: dict[int, int] = {}
        async for message in me.messages():
            worker = message["from"]["session_name"]
            payload = message["payload"]
            if message["type"] == "task_complete":
                job = given[payload["task_id"]]
                results[job] = int(payload["summary"])
                print(f"{worker}: fibonacci({job}) = {results[job]}")
            elif payload.get("status") != "idle":
                continue
            if waiting:
                task_id, job = str(uuid.uuid4()), waiting.pop(0)
                given[task_id] = job
                task = {"task_id": task_id, "description": str(job), "files": []}
                await me.send({"session": worker}, message={"task_assignment": task})
            if len(results) == len(JOBS):
                break
        await me.send({"tag": "worker"}, msg_type="dismissed", payload={})
        assert results == {job: fibonacci(job) for job in JOBS}
        print("all done")


if __name__ == "__main__":
    if sys.argv[1:] == ["worker"]:
        trio.run(work)
    else:
        with playground():
            trio.run(lead)
