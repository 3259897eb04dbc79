"""Running a program to its end in a pane of its own, for somebody who waits for it.

The pane is a draft of its session: no layout shows it, and the session's actor ends it
when it ends itself; what a killed daemon left is ended by the next one. It also ends when
its time is up, and as soon as nobody waits any more, whether the asker was cancelled or
its connection broke. The answer is given when nothing of the run is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import trio

from fugue_actors.actors import panes
from fugue_actors.errors import FugueError, Refused
from fugue_actors.kernel import Ref, Reply, Request
from fugue_actors.protocol.hosting import ProgramExit, ScreenSnapshot, WaitFor
from fugue_actors.protocol.values import Pane

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.actors.session import SessionActor

CLOSE_GRACE = 1.0


@attrs.frozen(kw_only=True)
class Ran:
    """What became of a run.

    Attributes:
        exit: How the program ended; None if that is not known.
        timed_out: It was ended because its time was up.
        given_up: It was ended because its asker wanted no more of it.
        duration: Seconds it ran.
        screen: Its terminal at the end; `new` is all that it wrote.
    """

    exit: ProgramExit | None
    timed_out: bool
    given_up: bool
    duration: float
    screen: ScreenSnapshot


@attrs.frozen(kw_only=True)
class RunPane(Request[Ran]):
    """Run a pane's program to its end.

    Attributes:
        pane: The record, a draft that `is_run`.
        within: Seconds it may take.
        limit: Most characters of its output.
        given_up: Set by an asker who wants it ended, and what it wrote until then.
    """

    pane: Pane = attrs.field(repr=False)
    within: float
    limit: int
    given_up: trio.Event = attrs.field(factory=trio.Event, eq=False, repr=False)


async def run(session: Ref, request: RunPane) -> Ran:
    """Run a program in a session; returns when nothing of it is left.

    Raises:
        Refused: It could not be started, or its pane was closed by somebody else.
        Unavailable: Its host died.
    """
    return await session.ask(request, within=float("inf"))


async def carry_out(actor: SessionActor, reply: Reply[Ran], request: RunPane) -> None:
    """Run until the end, or until nobody waits for it; leave nothing behind."""
    outcome: list[Ran | FugueError] = []
    try:
        # Not to be left half done: a start is either undone or goes on.
        ref = await actor.opener.start_pane(request.pane)
        await panes.running(ref)
    except FugueError as error:
        outcome.append(error)
    else:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_out, ref, request, outcome, nursery)
            await reply.wait_closed()
            nursery.cancel_scope.cancel("nobody waits any more")
    is_closed = request.pane.pane_id not in actor.journal.state.panes
    await actor.opener.undo(request.pane)
    match outcome:
        case [Ran() as ran]:
            reply.resolve(ran)
        case [FugueError() as failure]:
            reply.fail(closed_meanwhile(request.pane) if is_closed else failure)


async def run_out(
    pane: Ref,
    request: RunPane,
    outcome: list[Ran | FugueError],
    nursery: trio.Nursery,
) -> None:
    """Wait for a program's end and read what it wrote; then end the nursery."""
    try:
        outcome.append(await ended(pane, request, nursery))
    except FugueError as error:
        outcome.append(error)
    nursery.cancel_scope.cancel("it is over")


async def call_after(event: trio.Event, cancel: Callable[[str], None]) -> None:
    """Cancel a wait when something has happened."""
    await event.wait()
    cancel("its asker gave it up")


async def ended(pane: Ref, request: RunPane, nursery: trio.Nursery) -> Ran:
    """What became of a program, which is ended when its time is up or it is given up."""
    began = trio.current_time()
    exit_status: ProgramExit | None = None
    with trio.move_on_after(request.within) as limit:
        nursery.start_soon(call_after, request.given_up, limit.cancel)
        exit_status = (await panes.wait_for(pane, WaitFor(exit=True))).exit
    duration = trio.current_time() - began
    screen = await panes.read(pane, since=0, limit=request.limit)
    if limit.cancelled_caught:
        exit_status = (await panes.close(pane, grace=CLOSE_GRACE)).exit
    return Ran(
        exit=exit_status,
        timed_out=limit.cancelled_caught and not request.given_up.is_set(),
        given_up=limit.cancelled_caught and request.given_up.is_set(),
        duration=duration,
        screen=screen,
    )


async def end_all(actor: SessionActor) -> None:
    """End the runs of a session whose actor ends, and with it whoever waits for them."""
    async with trio.open_nursery() as nursery:
        for pane in actor.journal.state.panes_of(actor.session_id):
            if pane.is_run:
                nursery.start_soon(actor.opener.undo, pane)


def closed_meanwhile(pane: Pane) -> Refused:
    return Refused("PaneNotFound", f"pane {pane.pane_id} was closed while it ran")
