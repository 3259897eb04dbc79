"""`fugue tree`: the live supervision tree."""

from __future__ import annotations

from typing import Any

from fugue_actors.cli import render
from fugue_actors.cli.options import command
from fugue_actors.cli.reach import reach_programs


@command("tree")
def tree(*, as_json: bool) -> None:
    """Show the live supervision tree: each actor's state, restarts and mailbox."""
    with reach_programs("fugue tree") as daemon:
        snapshot = daemon.request("tree")
        listing = {} if as_json else daemon.request("list_sessions")
    if as_json:
        render.show_json(snapshot)
        return
    names = {one["session_id"]: one["session_name"] for one in listing["sessions"]}
    actors = sorted(snapshot["actors"], key=lambda actor: parts(actor["path"]))
    shallowest = min((len(parts(actor["path"])) for actor in actors), default=0)
    render.show_tree(
        "fugue",
        [
            (
                len(parts(actor["path"])) - shallowest,
                label(actor["path"], names),
                remark(actor),
            )
            for actor in actors
        ],
    )


def parts(path: str) -> list[str]:
    """The names on the way from the root to an actor."""
    return [name for name in path.split("/") if name]


def label(path: str, names: dict[str, str]) -> str:
    """An actor's id, and the session's name beside it if it is one's."""
    last = (parts(path) or ["/"])[-1]
    return f"{last} ({names[last]})" if last in names else last


def remark(actor: dict[str, Any]) -> str:
    """What deserves a word about one actor."""
    words = [str(actor["status"])]
    if actor["restarts"]:
        words.append(render.counted(actor["restarts"], "restart"))
    mailbox = actor.get("mailbox")
    if mailbox and mailbox["depth"]:
        words.append(f"{mailbox['depth']} of {mailbox['bound']} waiting")
    if actor.get("handling"):
        words.append(f"handling {actor['handling']}")
    if actor.get("last_exit"):
        words.append(f"last exit: {actor['last_exit']}")
    return ", ".join(words)
