"""Tell those who work in one git worktree, then ask everybody how they are.

Three workers sit in two worktrees of one repository. An announcement to a worktree
reaches only those in it; a `sync_request` to a tag is answered by each with its status.
Run it: `python examples/worktree_news.py`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import trio
from playground import agent, playground

WORKER = [sys.executable, str(Path(__file__).resolve()), "worker"]
GIT = ["git", "-c", "user.name=example", "-c", "user.email=example@localhost"]
WORKERS = {"ann": "api", "bob": "api", "cleo": "web"}


async def work() -> None:
    """A worker: keeps what it hears and tells when asked."""
    async with agent() as me:
        heard: list[str] = []
        async for message in me.messages():
            match message["type"]:
                case "broadcast":
                    heard.append(message["payload"]["message"])
                case "sync_request":
                    status = {"status": "idle", "message": f"heard {heard}"}
                    await me.send(
                        {"session": message["from"]["session_name"]},
                        message={"status_update": status},
                        in_reply_to=message["id"],
                    )
                case "dismissed":
                    return


async def lead(project: Path) -> None:
    """Starts the workers, tells the news, and collects who heard it."""
    async with agent("--as", "lead") as me:
        for name, tree in WORKERS.items():
            await me.call(
                "create_session",
                name=name,
                tags=["worker"],
                cwd=str(project.with_name(tree)),
                command=WORKER,
            )
        news = {"broadcast": {"message": "the schema changed"}}
        told = await me.send({"worktree": str(project.with_name("api"))}, message=news)
        print("told those in the worktree api:", ", ".join(told))
        asked = await me.send({"tag": "worker"}, message={"sync_request": True})
        answers: dict[str, str] = {}
        async for message in me.messages():
            answers[message["from"]["session_name"]] = message["payload"]["message"]
            if len(answers) == len(asked):
                break
        for name, answer in sorted(answers.items()):
            print(f"{name} in {WORKERS[name]}: {answer}")
        await me.send({"tag": "worker"}, msg_type="dismissed", payload={})
        knows = {name for name, answer in answers.items() if "schema" in answer}
        assert knows == {"ann", "bob"}


def repository(home: Path) -> Path:
    """A repository with a worktree for each part of it."""
    project = home / "shop"
    subprocess.run([*GIT, "init", "--quiet", str(project)], check=True)
    commit = [*GIT, "commit", "--quiet", "--allow-empty", "--message=Begin"]
    subprocess.run(commit, cwd=project, check=True)
    for tree in sorted(set(WORKERS.values())):
        add = [*GIT, "worktree", "add", "--quiet", "-b", tree, f"../{tree}"]
        subprocess.run(add, cwd=project, check=True)
    return project


if __name__ == "__main__":
    if sys.argv[1:] == ["worker"]:
        trio.run(work)
    else:
        with playground() as home:
            trio.run(lead, repository(home))
