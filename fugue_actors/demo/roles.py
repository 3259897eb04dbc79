"""What the demo's agents do. Everything they do follows from a message that came."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trio

from fugue_actors.demo import cast
from fugue_actors.demo.agent import say

if TYPE_CHECKING:
    from fugue_actors.demo.agent import Agent
    from fugue_actors.demo.cast import Part

LOOK_SECONDS = 0.05
DISMISSED = "dismissed"
HELP_RESPONSE = "help_response"
NOTE = "note"


async def tag_oneself(agent: Agent, part: Part) -> None:
    """Tag this session, and look what came of it."""
    await agent.call("set_tags", add=list(part.tags))
    tags = (await agent.call("get_tags"))["tags"]
    agent.notes["tags"] = tags
    say(f"my tags are {', '.join(tags)}")


async def lead(agent: Agent, part: Part) -> None:
    """Hand out the tasks, answer questions, announce, ask around, dismiss."""
    await workers_are_there(agent)
    await assign(agent)
    working: set[str] = set()
    helped: set[str] = set()
    done: set[str] = set()
    answered: set[str] = set()
    gone: set[str] = set()
    everybody = {worker.name for worker in cast.WORKERS}
    inquiry: str | None = None
    async for message in agent.messages():
        sender = message["from"]["session_name"]
        match message["type"], message["payload"]:
            case "help_request", _:
                await answer_help(agent, message)
                helped.add(sender)
            case "task_complete", {"success": True}:
                done.add(sender)
            case "status_update", {"status": status}:
                if inquiry is not None and message.get("in_reply_to") == inquiry:
                    answered.add(sender)
                elif status == "working":
                    working.add(sender)
                elif status == "complete":
                    gone.add(sender)
        if inquiry is None and working == everybody and helped:
            inquiry = await announce(agent)
        if done == answered == everybody and DISMISSED not in agent.notes:
            receipt = await agent.send(
                {"tag": cast.WORKER}, msg_type=DISMISSED, payload={"thanks": True}
            )
            agent.notes[DISMISSED] = receipt["message_id"]
        if gone == everybody:
            break
    # Any further request proves to the daemon that the last messages arrived.
    await agent.call("get_tags")


async def workers_are_there(agent: Agent) -> None:
    """Wait until all workers have tagged themselves."""
    wanted = {worker.name: set(worker.tags) for worker in cast.WORKERS}
    while True:
        listing = await agent.call("list_sessions", tag=cast.WORKER)
        tags = {one["session_name"]: set(one["tags"]) for one in listing["sessions"]}
        if all(tags.get(name, set()) >= needed for name, needed in wanted.items()):
            say(f"my workers are {', '.join(sorted(tags))}")
            return
        await trio.sleep(LOOK_SECONDS)


async def assign(agent: Agent) -> None:
    """One task for each skill; whoever has it is found by its tag."""
    agent.notes["tasks"] = {}
    for worker in cast.WORKERS:
        task = str(uuid.uuid4())
        # Agents write targets as objects and as JSON strings; both mean the same.
        target = {"tag": worker.skill}
        await agent.send(
            json.dumps(target) if worker.is_handshaking else target,
            message={
                "task_assignment": {
                    "task_id": task,
                    "description": f"Measure {worker.file}.",
                    "files": [worker.file],
                }
            },
        )
        agent.notes["tasks"][task] = worker.file


async def answer_help(agent: Agent, question: dict[str, Any]) -> None:
    """Answer a worker that asked for help."""
    await agent.send(
        {"session": question["from"]["session_id"]},
        msg_type=HELP_RESPONSE,
        payload={"text": cast.HELP_ANSWER},
        in_reply_to=question["id"],
    )


async def announce(agent: Agent) -> str:
    """Tell everybody, tell one worktree, and ask all workers how they are.

    Returns:
        The id of the question.
    """
    agent.keep(await agent.call("broadcast", message=cast.ANNOUNCEMENT))
    sessions = (await agent.call("list_sessions", tag=cast.WORKER))["sessions"]
    [tree] = {
        one["worktree"] for one in sessions if one["session_name"] == cast.NEIGHBOURS[0]
    }
    await agent.send(
        {"worktree": tree}, msg_type=NOTE, payload={"text": cast.WORKTREE_NOTE}
    )
    receipt = await agent.send({"tag": cast.WORKER}, message={"sync_request": True})
    inquiry: str = receipt["message_id"]
    return inquiry


async def work(agent: Agent, part: Part) -> None:
    """Take a task, ask if something is unclear, do it, until dismissed."""
    status = "idle"
    task: dict[str, Any] = {}
    async for message in agent.messages():
        match message["type"]:
            case "task_assignment":
                task, status = message["payload"], "working"
                agent.keep(
                    await agent.call(
                        "report_status", status=status, message=task["description"]
                    )
                )
                if part.asks is not None:
                    agent.keep(await agent.call("request_help", context=part.asks))
                else:
                    await complete(agent, task)
                    status = "idle"
            case "help_response":
                if part.tells is not None:
                    await agent.send(
                        {"session": part.tells},
                        msg_type=NOTE,
                        payload={"text": cast.HINT},
                    )
                await complete(agent, task)
                status = "idle"
            case "sync_request":
                await answer_sync(agent, message, status)
            case "dismissed":
                break
    agent.keep(await agent.call("report_status", status="complete"))


async def complete(agent: Agent, task: dict[str, Any]) -> None:
    """Do a task, and tell the orchestrator its result."""
    [file] = task["files"]
    text = await trio.Path(file).read_text(encoding="utf-8")
    summary = cast.summary(file, text)
    await agent.send(
        {"orchestrator": True},
        message={
            "task_complete": {
                "task_id": task["task_id"],
                "success": True,
                "summary": summary,
            }
        },
    )
    say(f"done in {Path.cwd().name}: {summary}")


async def answer_sync(agent: Agent, question: dict[str, Any], status: str) -> None:
    """Say how this agent is, to whoever asked."""
    await agent.send(
        {"session": question["from"]["session_id"]},
        message={"status_update": {"status": status}},
        in_reply_to=question["id"],
    )


async def chat(agent: Agent) -> None:
    """Stay, show what comes, and answer those who ask how this agent is."""
    async for message in agent.messages():
        if message["type"] == "sync_request":
            await answer_sync(agent, message, "idle")
