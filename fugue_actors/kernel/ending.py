"""The end of an incarnation: who is told what, and in which order.

`conclude` is the exit step: synchronous, and once. After it nobody waits for this
incarnation and no name leads to it. `finish` is the last act of its task.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fugue_actors.errors import ActorCrashed, ActorGone, ActorRestarting
from fugue_actors.kernel.exits import (
    PASSING,
    Crashed,
    Killed,
    causes,
    classify,
    leaves,
    lone,
)
from fugue_actors.kernel.reports import ExitReport

if TYPE_CHECKING:
    from fugue_actors.errors import FugueError
    from fugue_actors.kernel.cell import Cell
    from fugue_actors.kernel.exits import Exit


def refusal(cell: Cell) -> FugueError:
    """What a sender gets from a mailbox that takes no more."""
    path = cell.ref.path
    if isinstance(cell.exit, Crashed | Killed):
        error = ActorCrashed(f"{path}#{cell.incarnation} {cell.exit}")
        if isinstance(cell.exit, Crashed):
            error.__cause__ = cell.exit.error
        return error
    if cell.will_return():
        return ActorRestarting(f"{path} is restarting", hint="try again in a moment")
    return ActorGone(f"{path} is stopping")


def refuse_messages(cell: Cell, *, drain: bool = False) -> None:
    """Shut the mailbox; askers are told, tells become dead letters."""
    for envelope in cell.mailbox.close(partial(refusal, cell), drain=drain):
        if envelope.reply is not None:
            envelope.reply.break_off(refusal(cell))
        else:
            why = "stopping" if cell.exit is None else type(cell.exit).__name__
            cell.kernel.dead_letters.add(cell.ref.path, envelope.message, why.lower())


def verdict(cell: Cell, errors: list[BaseException]) -> Exit:
    """How it ended, as far as is known now."""
    return classify(
        errors, killed=cell.killed, stop_reason=cell.stop_reason, wish=cell.wish
    )


def conclude(cell: Cell, exit: Exit) -> None:
    """The exit step: after it nobody waits for this incarnation. No checkpoint."""
    if cell.exit is not None:
        return
    cell.exit = exit
    if cell.stop_reason is not None and isinstance(exit, Crashed | Killed):
        cell.context = "shutdown_error"
    refuse_messages(cell)
    for reply in list(cell.deferred):
        reply.break_off(refusal(cell))
    cell.kernel.registry.detach(cell)
    for watch in list(cell.watching):
        watch.cancel()
    watches, cell.watches = cell.watches, set()
    for watch in watches:
        watch.end(exit)


def finish(cell: Cell, errors: list[BaseException]) -> None:
    """The task is at its end: report, or fail the start."""
    exit = cell.exit or verdict(cell, errors)
    if not cell.started:
        cell.context = "start_error"
    conclude(cell, exit)
    real = causes(errors)
    cell.kernel.report(
        ExitReport(
            path=cell.ref.path,
            incarnation=cell.incarnation,
            supervisor=None if cell.parent is None else cell.parent.ref.path,
            context=cell.context,
            exit=exit,
            spec=cell.spec.summary(),
            further=tuple(further(real, exit)),
            is_traced=cell.traced is None or cell.traced not in real,
        )
    )
    cell.finished.set()
    passing = [error for error in real if isinstance(error, PASSING)]
    if cell.started and passing:
        # Not for the supervisor to answer: it will be cancelled on the way out.
        if cell.parent is not None:
            cell.parent.traced = passing[0]
        raise lone(passing)
    if cell.started:
        cell.on_finished(cell)
    elif real:
        raise lone(real)
    else:
        raise errors[0]


def further(errors: list[BaseException], exit: Exit) -> list[BaseException]:
    """What else went wrong besides that which `exit` names."""
    named = leaves(exit.error) if isinstance(exit, Crashed) else []
    return [error for error in errors if error not in named]
