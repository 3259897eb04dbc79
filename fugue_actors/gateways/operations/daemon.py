"""Operations on the daemon itself, for people."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import trio

from fugue_actors.actors import fleet, session as sessions
from fugue_actors.errors import FugueError
from fugue_actors.gateways.authority import sees_session
from fugue_actors.gateways.operations import views
from fugue_actors.journal import writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fugue_actors.gateways.operations.context import Context
    from fugue_actors.journal import Journal
    from fugue_actors.kernel import ActorInfo, Kernel
    from fugue_actors.protocol.hosting import KillReport


async def status(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """How the daemon is."""
    state = context.journal.state
    wrong = {
        what: why
        for what, why in troubles(context.kernel, context.journal)
        if sees(context, what)
    }
    panes = [pane_id for pane_id in state.panes if sees(context, pane_id)]
    return {
        "pid": os.getpid(),
        "version": context.daemon.version,
        "home": context.daemon.home,
        "monitor": context.daemon.monitor_url(),
        "uptime": round(time.time() - context.daemon.started, 3),
        "condition": "degraded" if wrong else "ok",
        "degraded": list(wrong),
        "reasons": list(wrong.values()),
        "sessions": sum(sees_session(context.caller, one) for one in state.sessions),
        "panes": len(panes),
    }


def troubles(kernel: Kernel, journal: Journal) -> Iterator[tuple[str, str]]:
    """What is not as it should be: an actor's path or a pane's id, and why."""
    for actor in kernel.snapshot().actors:
        if actor.status == "restarting":
            yield actor.path, f"it is being started again: {actor.last_exit}"
    if journal.trouble is not None:
        yield writer.PATH, journal.trouble
    for pane in journal.state.panes.values():
        if pane.state == "lost" or pane.trouble is not None:
            yield pane.pane_id, pane.trouble or "its host has died"


async def tree(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """The supervision tree, read without asking any actor."""
    return {
        "actors": [
            actor_view(actor)
            for actor in context.kernel.snapshot().actors
            if sees(context, actor.path)
        ]
    }


def sees(context: Context, what: str) -> bool:
    """Whether the caller may know of an actor or a pane: with its session only."""
    pane = context.journal.state.panes.get(what)
    if pane is not None:
        return sees_session(context.caller, pane.session_id)
    owner = sessions.owner_of(what)
    return owner is None or sees_session(context.caller, owner)


def actor_view(actor: ActorInfo) -> dict[str, Any]:
    """One actor of the tree as JSON."""
    return views.without_none(
        path=actor.path,
        kind="actor" if actor.kind == "actor" else "supervisor",
        status=actor.status,
        incarnation=actor.incarnation,
        restart=actor.restart,
        restarts=actor.restarts,
        mailbox={
            "depth": actor.mailbox_depth,
            "peak": actor.mailbox_peak,
            "bound": actor.mailbox_bound,
        },
        handling=actor.message_type,
        waiting_on=actor.waiting_on,
        last_exit=actor.last_exit,
    )


async def stop(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """End the daemon, and with `kill` every program before it."""
    state = context.journal.state
    running = [p for p in state.panes.values() if p.state in ("starting", "running")]
    if not arguments.get("kill", False):
        context.daemon.stop()
        return stopped(left=len(running))
    failed: list[str] = []
    reports: list[KillReport] = []

    async def end(session_id: str) -> None:
        try:
            reports.extend(await fleet.end(context.fleet, session_id))
        except FugueError:
            failed.append(session_id)

    async with trio.open_nursery() as nursery:
        for session_id in {pane.session_id for pane in state.panes.values()}:
            nursery.start_soon(end, session_id)
    left = sum(p.session_id in failed for p in running)
    context.daemon.stop()
    return stopped(left=left, killed=len(running) - left, reports=reports)


def stopped(
    *, left: int, killed: int = 0, reports: Sequence[KillReport] = ()
) -> dict[str, Any]:
    """What became of programs, and what it took."""
    return {
        "left_running": left,
        "killed": killed,
        "forced": views.forced(reports),
        "survivors": views.survivors(reports),
    }


async def hand_over(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """End the daemon's tree for a successor that listens at a path."""
    context.daemon.hand_over(arguments["to"])
    return {"pid": os.getpid()}
