"""An actor that has children: it starts them, ends them, and outlives them.

1. Children report exits as values, in messages to their parent.
2. All ends of children go through `ladder.stop`, on every way out.
3. An address is kept as long as its actor may come back, and is gone after that.

What to do about an exit is the business of `keeper`; in which order to start and to
stop is that of the two kinds of supervisors.
"""

from __future__ import annotations

import abc
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

import attrs
import trio

from fugue_actors.kernel import ladder
from fugue_actors.kernel.actor import Actor
from fugue_actors.kernel.cell import Cell
from fugue_actors.kernel.envelope import Envelope
from fugue_actors.kernel.exits import causes
from fugue_actors.kernel.faults import StartAborted
from fugue_actors.kernel.ref import Ref
from fugue_actors.kernel.spec import ChildSpec, Restart
from fugue_actors.kernel.timers import Timer

if TYPE_CHECKING:
    from fugue_actors.kernel.exits import Exit

State = Literal["starting", "running", "stopping", "restarting", "stopped"]


@attrs.define(eq=False)
class Child:
    """What a supervisor knows of one child.

    Attributes:
        cell: Its current incarnation, until that has been reckoned with.
        failures: Ends in a row, for the backoff.
        ready_at: When the current incarnation became ready (trio seconds).
        retry: The pending restart of this child and of the group it heads.
    """

    spec: ChildSpec
    ref: Ref
    cell: Cell | None = None
    state: State = "starting"
    failures: int = 0
    ready_at: float = 0.0
    retry: Timer | None = None


@attrs.frozen(eq=False)
class ChildExited:
    """Control message: an incarnation of a child has ended and cleaned up."""

    child: Child
    cell: Cell


class Parent(Actor, abc.ABC):
    """Owns children; has no opinion on when they start, end or come back."""

    has_children: ClassVar[bool] = True
    keeps_addresses: ClassVar[bool] = False

    def __init__(self) -> None:
        self.children: dict[str, Child] = {}

    async def on_start(self) -> None:
        """Be told when this supervisor is to stop."""
        self._cell.on_stop_request = self.abort_launch

    async def on_stop(self, exit: Exit) -> None:
        """Stop the children, whatever the way this supervisor ends."""
        back = self.keeps_addresses and self._cell.will_return()
        try:
            await self.end_all(f"{self.ref.path} ends: {exit}", coming_back=back)
        except BaseException:
            self.kill_all(coming_back=back)
            raise
        finally:
            for child in self.children.values():
                waits = child.state == "restarting" and self.returns(child)
                if child.cell is None and not (back and waits):
                    self.kernel.registry.forget(child.ref)

    def kill_all(self, *, coming_back: bool) -> None:
        """The time of this supervisor is up, so is that of its children."""
        for child in self.children.values():
            if child.cell is not None:
                child.cell.coming_back = coming_back and self.returns(child)
                child.cell.kill(f"{self.ref.path} was killed")

    def returns(self, child: Child) -> bool:
        """Whether a restart of its supervisor brings this child back."""
        return child.spec.restart is not Restart.TEMPORARY

    def forecast(self, child: Child, exit: Exit) -> bool:
        """Whether a child that ended by itself with `exit` will come back."""
        cell = self._cell
        if cell.exit or cell.wish or cell.stop_reason is not None:
            return self.keeps_addresses and self.returns(child) and cell.will_return()
        return child.spec.restart.wants(exit)

    def adopt(self, spec: ChildSpec) -> Child:
        """A record for a new child; its address may date from an earlier run."""
        path = f"{self.ref.path.rstrip('/')}/{spec.id}"
        ref = self.kernel.registry.whereis(path) or Ref(self.kernel, path, spec.id)
        child = self.children[spec.id] = Child(spec, ref)
        return child

    async def launch(self, child: Child) -> None:
        """Start one incarnation of `child` and wait until it is ready.

        Raises:
            StartAborted: This supervisor is to stop, so nobody needs the start.
            StartTimeout: It was not ready in time.
            Exception: Whatever its `on_start` raised.
        """
        if self._cell.stop_reason is not None:
            raise StartAborted(f"{self.ref.path} is stopping")
        if child.ref.status == "gone":
            renewed = Ref(self.kernel, child.ref.path, child.ref.id)
            renewed.runs = child.ref.runs
            child.ref = renewed
        child.cell = cell = Cell(
            child.ref,
            child.spec,
            parent=self._cell,
            forecast=partial(self.forecast, child),
            on_finished=partial(self.post_exit, child),
        )
        child.state = "starting"
        assert self._cell.children_nursery is not None
        self._cell.waiting_on = cell
        try:
            await cell.begin(self._cell.children_nursery)
        except BaseException as error:
            child.cell = None
            child.state = "restarting"
            if causes([error]):
                error.add_note(f"while starting {child.ref.path}")
                self._cell.traced = error
            raise
        finally:
            self._cell.waiting_on = None
        child.state = "running"
        child.ready_at = trio.current_time()

    def abort_launch(self) -> None:
        """A stop was requested: do not wait for a start that is under way."""
        for child in self.children.values():
            if child.state == "starting" and child.cell is not None:
                child.cell.abort_start(f"{self.ref.path} stops")

    def post_exit(self, child: Child, cell: Cell) -> None:
        """Tell oneself of an exit (called in the child's task)."""
        self._cell.mailbox.post(Envelope(ChildExited(child, cell)))

    async def end(
        self, child: Child, reason: str, *, coming_back: bool = False
    ) -> Exit | None:
        """Stop the current incarnation, if there is one, and wait for its end."""
        self.forget_retry(child)
        if child.cell is None:
            return None
        self._cell.waiting_on = child.cell
        try:
            exit = await ladder.stop(child.cell, reason, coming_back=coming_back)
        finally:
            self._cell.waiting_on = None
        child.cell = None
        return exit

    def leave(self, child: Child) -> None:
        """The child ended and does not come back; keep its spec if it may be asked."""
        self.forget_retry(child)
        child.state = "stopped"
        if child.spec.restart is Restart.TEMPORARY:
            self.children.pop(child.spec.id, None)
        self.kernel.registry.forget(child.ref)

    def forget_retry(self, child: Child) -> None:
        """Cancel a pending restart."""
        if child.retry is not None:
            child.retry.cancel()
            child.retry = None

    @abc.abstractmethod
    async def end_all(self, reason: str, *, coming_back: bool) -> None:
        """Stop all children that have an incarnation."""
