"""The address of an actor: how everybody else talks to it.

1. A `Ref` outlives incarnations: it is `running`, `restarting` or `gone`, and gone is
   final.
2. Whatever is sent is queued or raises; nothing is lost without somebody being told.
3. An ask ends: with the answer, a failure, its deadline, or the end of its callee.
4. A handler that asks is an edge in the graph of who waits for whom. An edge that would
   close a ring is refused before anything is sent.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Literal, TypeVar

import trio

from fugue_actors.errors import (
    ActorGone,
    ActorRestarting,
    AskTimeout,
    FugueError,
    MailboxFull,
)
from fugue_actors.kernel.context import current_cell, handler
from fugue_actors.kernel.envelope import Envelope
from fugue_actors.kernel.faults import AskCycle
from fugue_actors.kernel.reply import Reply, Request

if TYPE_CHECKING:
    from fugue_actors.kernel.cell import Cell
    from fugue_actors.kernel.exits import Exit
    from fugue_actors.kernel.tree import Kernel

R = TypeVar("R")

Status = Literal["running", "restarting", "gone"]

traces = itertools.count(1)


def ring(me: Cell, target: Cell) -> list[str] | None:
    """The paths of the ring that `me` waiting for `target` would close, if any."""
    paths = [me.ref.path]
    seen: set[Cell] = set()
    node: Cell | None = target
    while node is not None and node not in seen:
        seen.add(node)
        paths.append(node.ref.path)
        if node is me:
            return paths
        node = node.waiting_on
    return None


class Ref:
    """A stable address. Made by the kernel, compared by identity.

    Attributes:
        path: `/sessions/<id>/panes/<id>`.
        id: Last segment of the path.
        kind: `actor`, or what kind of supervisor it is.
        status: `restarting` also covers the time before it was ready at first.
        incarnation: Number of the last run that became ready, 0 before the first.
        runs: Number of the last run that was begun.
        restarts: How often it has come back.
        last_exit: How the last incarnation that ended did so.
    """

    __slots__ = (
        "__weakref__",
        "cell",
        "gone",
        "id",
        "incarnation",
        "kernel",
        "kind",
        "last_exit",
        "path",
        "restarts",
        "runs",
        "status",
    )

    def __init__(self, kernel: Kernel, path: str, id: str) -> None:
        self.kernel = kernel
        self.path = path
        self.id = id
        self.kind = "actor"
        self.status: Status = "restarting"
        self.runs = 0
        self.incarnation = 0
        self.restarts = 0
        self.last_exit: Exit | None = None
        self.cell: Cell | None = None
        self.gone: trio.Event | None = None

    def __repr__(self) -> str:
        return f"<Ref {self.path}#{self.incarnation} {self.status}>"

    def absence(self) -> FugueError:
        """What a sender gets while nobody is running here."""
        if self.status == "gone":
            return ActorGone(f"{self.path} is gone and will not come back")
        return ActorRestarting(
            f"{self.path} is restarting", hint="try again in a moment"
        )

    def envelope(self, message: object) -> Envelope:
        """A tell from whoever is running now."""
        sender = current_cell.get()
        if sender is None:
            return Envelope(message, None, None, math.inf, next(traces))
        current = sender.current
        if current is None or sender.task is not trio.lowlevel.current_task():
            return Envelope(message, None, sender.ref, math.inf, next(traces))
        return Envelope(message, None, sender.ref, math.inf, current.trace)

    async def tell(self, message: object) -> None:
        """Queue `message`, waiting for room where the mailbox says so.

        Raises:
            ActorGone, ActorRestarting: Nobody is running here.
            ActorCrashed: It crashed while this waited for room.
            MailboxFull: The mailbox refuses more, or waiting would close a ring.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        cell = self.cell
        if cell is None:
            raise self.absence()
        envelope = self.envelope(message)
        if cell.mailbox.offer(envelope):
            await trio.lowlevel.cancel_shielded_checkpoint()
            return
        me = handler()
        if me is None:
            await cell.mailbox.wait_for_room(envelope)
            return
        if paths := ring(me, cell):
            raise MailboxFull(
                f"{self.path} is full and waits for this actor: {' -> '.join(paths)}"
            )
        me.waiting_on = cell
        try:
            await cell.mailbox.wait_for_room(envelope)
        finally:
            me.waiting_on = None

    def tell_nowait(self, message: object) -> None:
        """Like `tell`, but raises `trio.WouldBlock` where that would wait."""
        if self.cell is None:
            raise self.absence()
        self.cell.mailbox.put_nowait(self.envelope(message))

    def tell_or_drop(self, message: object) -> None:
        """Send telemetry: what cannot be queued now is counted and dropped."""
        if self.cell is None:
            self.kernel.dead_letters.add(self.path, message, self.status)
            return
        try:
            self.cell.mailbox.put_nowait(self.envelope(message))
        except (MailboxFull, trio.WouldBlock):
            self.cell.mailbox.dropped += 1
        except FugueError as error:
            self.kernel.dead_letters.add(self.path, message, type(error).__name__)

    async def ask(self, message: Request[R], *, within: float = 5.0) -> R:
        """Send a request and wait for its reply, `within` seconds in all.

        Inside a handler that itself answers an ask, the shorter of the two limits
        counts.

        Raises:
            AskTimeout: No answer in time; the work may still be under way.
            ActorGone, ActorRestarting: Nobody is running here (any more).
            ActorCrashed: It crashed before it answered.
            MailboxFull: The mailbox refuses more.
            AskCycle: The answer could never come, since its giver waits for this actor.
            Refused: The actor's own refusal.
        """
        cell = self.cell
        if cell is None:
            raise self.absence()
        now = trio.current_time()
        deadline = now + within
        sender = current_cell.get()
        me: Cell | None = None
        trace = 0
        if sender is not None and sender.task is trio.lowlevel.current_task():
            me = sender
            if paths := ring(me, cell):
                raise AskCycle(" -> ".join(paths))
            if me.current is not None:
                trace = me.current.trace
                deadline = min(deadline, me.current.deadline)
        if deadline <= now:
            await trio.lowlevel.checkpoint()
            raise self.late(message)
        reply: Reply[R] = Reply(deadline)
        envelope = Envelope(
            message,
            reply,
            None if sender is None else sender.ref,
            deadline,
            trace or next(traces),
        )
        if not cell.mailbox.offer(envelope):
            cell.mailbox.park(envelope)
        if deadline != math.inf:
            self.kernel.alarms.set(deadline, reply)
        if me is not None:
            me.waiting_on = cell
        try:
            return await reply.wait()
        except BaseException:
            cell.mailbox.unpark(envelope)
            if reply.is_late:
                raise self.late(message) from None
            raise
        finally:
            if me is not None:
                me.waiting_on = None

    def late(self, message: object) -> AskTimeout:
        """What an asker gets who waited long enough."""
        return AskTimeout(
            f"{self.path} did not answer {type(message).__name__} in time"
        )
