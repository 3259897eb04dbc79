"""One running tree of actors: what belongs to all of it, and how it opens and closes.

No module-level state: several trees may run side by side. `open_kernel` owns the only
nursery above the root; leaving its block stops the tree in order, whatever the reason.
"""

from __future__ import annotations

import logging
import math
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import trio

from fugue_actors.kernel import ladder, observe, reports
from fugue_actors.kernel.alarms import Alarms
from fugue_actors.kernel.cell import Cell
from fugue_actors.kernel.deadletters import DeadLetters
from fugue_actors.kernel.envelope import Envelope
from fugue_actors.kernel.exits import Exit, leaves, lone
from fugue_actors.kernel.handling import Crash
from fugue_actors.kernel.ref import Ref
from fugue_actors.kernel.registry import Registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from fugue_actors.kernel.observe import ActorInfo, KernelSnapshot
    from fugue_actors.kernel.reports import Report
    from fugue_actors.kernel.spec import ChildSpec

logger = logging.getLogger(__name__)


class Kernel:
    """A running tree.

    Attributes:
        name: For people who run several.
        registry: Paths and tags.
        dead_letters: Messages that were accepted and never handled.
        root: Address of the root, whose path is `/`.
    """

    def __init__(
        self,
        root: ChildSpec,
        *,
        name: str = "",
        on_report: Callable[[Report], None] | None = None,
    ) -> None:
        self.name = name
        self.on_report = on_report
        self.registry = Registry()
        self.dead_letters = DeadLetters()
        self.alarms = Alarms()
        self.root = Ref(self, "/", root.id)
        self.cell = Cell(
            self.root,
            root,
            parent=None,
            forecast=lambda exit: False,
            on_finished=lambda cell: None,
        )
        self.rungs: set[trio.CancelScope] = set()
        self.is_hurried = False

    @property
    def exit(self) -> Exit | None:
        """How the root ended; `None` while it runs."""
        return self.cell.exit

    async def wait_closed(self) -> Exit:
        """Wait until the root has ended, because it was stopped or gave up."""
        await self.cell.finished.wait()
        assert self.cell.exit is not None
        return self.cell.exit

    async def wait_gone(self, ref: Ref) -> Exit | None:
        """Wait until `ref` is gone for good; its last exit, if it ever ran."""
        if ref.status == "gone":
            await trio.lowlevel.checkpoint()
        else:
            if ref.gone is None:
                ref.gone = trio.Event()
            await ref.gone.wait()
        return ref.last_exit

    def request_stop(self, reason: str) -> None:
        """Stop the tree in order; returns at once."""
        self.cell.request_stop(reason)

    def cancel(self, reason: str) -> None:
        """Stop the tree without waiting for handlers; clean-ups keep their time."""
        self.is_hurried = True
        for rung in self.rungs:
            rung.deadline = -math.inf
        self.cell.request_stop(reason)
        self.cell.cancel(reason)

    @contextmanager
    def hurrying(self, rung: trio.CancelScope) -> Iterator[None]:
        """Let `cancel` end the first rung of a ladder early."""
        if self.is_hurried:
            rung.deadline = -math.inf
        self.rungs.add(rung)
        try:
            yield
        finally:
            self.rungs.discard(rung)

    def crash(self, ref: Ref, error: BaseException) -> None:
        """Make the current incarnation of `ref` crash with `error` (for tests).

        A control message: it comes before anything queued, after what is in hand.

        Raises:
            ActorGone, ActorRestarting: Nobody is running there.
        """
        if ref.cell is None:
            raise ref.absence()
        ref.cell.mailbox.post(Envelope(Crash(error)))

    def snapshot(self) -> KernelSnapshot:
        """The whole tree as values, without asking an actor."""
        return observe.snapshot(self)

    def look(self) -> Iterator[ActorInfo]:
        """The tree's actors one by one, each as it is when its turn comes.

        For readers of large trees, who pause in between: what comes or goes meanwhile
        may be missing.
        """
        cell = self.cell
        return observe.walk(self.root, cell.spec, cell, trio.current_time())

    def dump(self) -> str:
        """The tree and where every task is waiting, as text for a log."""
        return observe.dump(self)

    def report(self, report: Report) -> None:
        """Log a report and hand it to the subscriber."""
        reports.log(report)
        if self.on_report is not None:
            try:
                self.on_report(report)
            except Exception:
                logger.exception("the subscriber of reports failed")


@asynccontextmanager
async def open_kernel(
    root: ChildSpec,
    *,
    name: str = "",
    on_report: Callable[[Report], None] | None = None,
) -> AsyncIterator[Kernel]:
    """Run a tree for the length of the block.

    Args:
        root: The spec of the root, usually a `supervisor(...)`.
        name: For people who run several.
        on_report: Called with each report, in the task of the actor it is about.

    Raises:
        Exception: Whatever an `on_start` in the tree raised, unwrapped.
    """
    kernel = Kernel(root, name=name, on_report=on_report)
    # Asks made while the tree stops still need their deadlines, cancelled or not.
    alarms_scope = trio.CancelScope(shield=True)
    mine: BaseException | None = None
    failure: BaseException | None = None
    try:
        async with trio.open_nursery() as services:
            services.start_soon(serve, kernel.alarms, alarms_scope)
            try:
                async with trio.open_nursery() as home:
                    await kernel.cell.begin(home)
                    try:
                        yield kernel
                    except BaseException as error:
                        mine = error
                        raise
                    finally:
                        with trio.CancelScope(shield=True):
                            await ladder.stop(kernel.cell, "its block was left")
            finally:
                alarms_scope.cancel(reason="the tree has ended")
    except BaseException as error:
        failure = error
    if failure is not None:
        raise settle(failure, mine)


async def serve(alarms: Alarms, scope: trio.CancelScope) -> None:
    """Run the alarms until `scope` is cancelled, whatever else is."""
    with scope:
        await alarms.run()


def settle(failure: BaseException, mine: BaseException | None) -> BaseException:
    """What leaves the block: its own exception if that is still on its way.

    The nurseries in between would turn it into a group, which its raiser never asked
    for; what else failed hangs on its context.
    """
    left = leaves(failure)
    if mine is None:
        return lone(left)
    own = leaves(mine)
    if not all(leaf in left for leaf in own):
        return lone(left)
    if others := [leaf for leaf in left if leaf not in own]:
        mine.__context__ = lone(others)
    return mine
