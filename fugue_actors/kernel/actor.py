"""What people subclass: behaviour and state, one message at a time.

An actor object is one incarnation. Nobody else touches its state; whoever wants
something sends a message to its `ref`. Everything here is called in the actor's own
task or in one of its helper tasks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import trio

from fugue_actors.errors import KernelBug
from fugue_actors.kernel.exits import Normal
from fugue_actors.kernel.ref import traces
from fugue_actors.kernel.timers import Timer

if TYPE_CHECKING:
    from fugue_actors.kernel.cell import Cell
    from fugue_actors.kernel.exits import Exit
    from fugue_actors.kernel.ref import Ref
    from fugue_actors.kernel.reply import Reply
    from fugue_actors.kernel.tree import Kernel
    from fugue_actors.kernel.watches import Watch


class Actor:
    """Base of all behaviour classes.

    Attributes:
        ref: Its own address.
        kernel: The tree it lives in.
        parent: Its supervisor's address; `None` for the root.
        nursery: For helper tasks. They are not the actor: they tell it what they find.
            An exception in one crashes the actor; when the actor ends they are
            cancelled, and have ended before `on_stop`.
    """

    kind: ClassVar[str] = "actor"
    has_children: ClassVar[bool] = False

    ref: Ref
    kernel: Kernel
    parent: Ref | None
    nursery: trio.Nursery
    _cell: Cell

    async def on_start(self) -> None:
        """Become ready. Short; must not ask the parent, who waits for this."""

    async def handle(self, message: Any) -> Any:
        """Do what a message says; the return value answers an ask.

        Raises:
            Refused: The request is invalid or not allowed now; the actor lives on.
        """
        raise KernelBug(f"{type(self).__name__} does not handle {type(message)!r}")

    async def on_stop(self, exit: Exit) -> None:
        """Clean up; shielded by the kernel, but not for longer than the spec says."""

    @property
    def sender(self) -> Ref | None:
        """Who sent the current message, if it came from an actor."""
        current = self._cell.current
        return None if current is None else current.sender

    def defer(self) -> Reply[Any]:
        """Keep the reply cell of the current ask and answer it later.

        What `handle` returns is then ignored. The kernel answers the cell when the
        actor ends first.

        Raises:
            KernelBug: The current message is no ask, or this is a helper task.
        """
        return self._cell.defer()

    def after(self, delay: float, message: object) -> Timer:
        """Get `message` as a control message in `delay` seconds."""
        cell = self._cell
        current = cell.current
        trace = next(traces) if current is None else current.trace
        timer = Timer(cell, message, trace)
        self.kernel.alarms.set(trio.current_time() + delay, timer)
        return timer

    def stop(self, reason: str = "") -> None:
        """End after the current message, or now if there is none: a normal exit."""
        self._cell.end_self(Normal(reason))

    def watch(self, ref: Ref) -> Watch:
        """Get one `Down` when the current incarnation of `ref` ends.

        At once if it has ended already.
        """
        return self._cell.watch(ref)

    def unwatch(self, watch: Watch) -> None:
        """Get no `Down` from this watch any more."""
        watch.cancel()
