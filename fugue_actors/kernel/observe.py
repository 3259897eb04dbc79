"""Looking at a tree from outside: synchronous, and without asking any actor.

So it works while actors hang, start, or end. Only types of messages are shown, never
their bodies. The loop watcher is an option: it costs about a quarter of the message rate.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import attrs
import trio

from fugue_actors.kernel.context import current_cell
from fugue_actors.kernel.parent import Parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fugue_actors.kernel.cell import Cell
    from fugue_actors.kernel.ref import Ref
    from fugue_actors.kernel.spec import ChildSpec
    from fugue_actors.kernel.tree import Kernel

SLOW_STEP = 0.020


@attrs.frozen(kw_only=True)
class ActorInfo:
    """One actor; plain values only. Times are seconds of the tree's own clock.

    Attributes:
        path: Of the address.
        kind: `actor`, `supervisor` or `dynamic`.
        incarnation: Number of the current or last run; 0 if none was ever ready.
        status: `starting`, `running`, `stopping`, `restarting` or `gone`.
        restart: Restart policy.
        mailbox_depth: User messages that wait.
        mailbox_peak: Most that ever waited in this incarnation.
        mailbox_bound: Most that may wait.
        mailbox_waiting: Senders that wait for room.
        mailbox_dropped: Messages its overflow policy threw away.
        oldest_age: How long the oldest message has been waiting.
        message_type: Type of the message in its hands.
        message_since: When it took that message.
        waiting_on: Path of the actor its own task waits for.
        restarts: How often the address came back.
        last_exit: How the incarnation before ended.
    """

    path: str
    kind: str
    incarnation: int
    status: Literal["starting", "running", "stopping", "restarting", "gone"]
    restart: str
    mailbox_depth: int
    mailbox_peak: int
    mailbox_bound: int
    mailbox_waiting: int
    mailbox_dropped: int
    oldest_age: float | None
    message_type: str | None
    message_since: float | None
    waiting_on: str | None
    restarts: int
    last_exit: str | None


@attrs.frozen(kw_only=True)
class KernelSnapshot:
    """A whole tree at one instant, parents before children, siblings in start order."""

    name: str
    time: float
    actors: tuple[ActorInfo, ...]
    dead_letters: int

    def find(self, path: str) -> ActorInfo | None:
        """The actor at `path`, if it is in the tree."""
        for actor in self.actors:
            if actor.path == path:
                return actor
        return None


def snapshot(kernel: Kernel) -> KernelSnapshot:
    """See `Kernel.snapshot`."""
    now = trio.current_time()
    return KernelSnapshot(
        name=kernel.name,
        time=now,
        actors=tuple(walk(kernel.root, kernel.cell.spec, kernel.cell, now)),
        dead_letters=kernel.dead_letters.total,
    )


def walk(
    ref: Ref, spec: ChildSpec, cell: Cell | None, now: float
) -> Iterator[ActorInfo]:
    """An actor, then its children."""
    yield describe(ref, spec, cell, now)
    if cell is not None and isinstance(cell.actor, Parent):
        for child in tuple(cell.actor.children.values()):  # a reader may pause
            yield from walk(child.ref, child.spec, child.cell, now)


def describe(ref: Ref, spec: ChildSpec, cell: Cell | None, now: float) -> ActorInfo:
    """One actor as values."""
    box = None if cell is None else cell.mailbox.statistics()
    current = None if cell is None else cell.current
    waiting_on = None if cell is None else cell.waiting_on
    return ActorInfo(
        path=ref.path,
        kind=ref.kind if cell is None else cell.kind,
        incarnation=ref.incarnation if cell is None else cell.incarnation,
        status=status(ref, cell),
        restart=spec.restart.value,
        mailbox_depth=0 if box is None else box.depth,
        mailbox_peak=0 if box is None else box.peak,
        mailbox_bound=spec.mailbox.bound,
        mailbox_waiting=0 if box is None else box.waiting,
        mailbox_dropped=0 if box is None else box.dropped,
        oldest_age=None if box is None or box.oldest is None else now - box.oldest,
        message_type=None if current is None else type(current.message).__name__,
        message_since=None if cell is None or current is None else cell.current_since,
        waiting_on=None if waiting_on is None else waiting_on.ref.path,
        restarts=ref.restarts,
        last_exit=None if ref.last_exit is None else str(ref.last_exit),
    )


def status(
    ref: Ref, cell: Cell | None
) -> Literal["starting", "running", "stopping", "restarting", "gone"]:
    """What the actor is doing, finer than what its address says."""
    if cell is None or cell.exit is not None:
        return ref.status
    if cell.stop_reason is not None or cell.wish is not None:
        return "stopping"
    return "running" if cell.started else "starting"


def render(shot: KernelSnapshot) -> str:
    """A snapshot as an indented tree, one actor a line."""
    lines = []
    for actor in shot.actors:
        depth = 0 if actor.path == "/" else actor.path.count("/")
        name = actor.path.rsplit("/", 1)[-1] or "/"
        line = f"{'  ' * depth}{name}#{actor.incarnation} {actor.status}"
        line += f" {actor.mailbox_depth}/{actor.mailbox_bound}"
        if actor.message_type is not None and actor.message_since is not None:
            line += f" {actor.message_type} {shot.time - actor.message_since:.3f}s"
        if actor.waiting_on is not None:
            line += f" -> {actor.waiting_on}"
        lines.append(line)
    return "\n".join(lines)


def dump(kernel: Kernel) -> str:
    """See `Kernel.dump`."""
    root = trio.lowlevel.current_root_task()
    stacks = (
        []
        if root is None
        else [stack for task in tasks(root) for stack in awaits(task)]
    )
    return "\n".join([render(snapshot(kernel)), "", *stacks])


def tasks(task: trio.lowlevel.Task) -> Iterator[trio.lowlevel.Task]:
    """A task and all below it."""
    yield task
    for nursery in task.child_nurseries:
        for child in nursery.child_tasks:
            yield from tasks(child)


def awaits(task: trio.lowlevel.Task) -> Iterator[str]:
    """The name of a task, then where it waits, outermost first."""
    yield f"task {task.name} of {owner(task)}"
    for frame, line in task.iter_await_frames():
        code = frame.f_code
        yield f"  {code.co_filename}:{line} {code.co_name}"


def owner(task: trio.lowlevel.Task) -> str:
    """The path of the actor a task works for, or the task's own name."""
    cell = task.context.get(current_cell)
    return task.name if cell is None else cell.ref.path


class LoopWatcher(trio.abc.Instrument):
    """Names the actor whose single step blocks everybody else.

    Args:
        threshold: Seconds a step may take.
        on_slow: Called with the actor's path (helper tasks count as their actor; a
            task of no actor has its own name) and the seconds it took.
        clock: Real seconds; a step that blocks does so whatever the trio clock says.
    """

    def __init__(
        self,
        on_slow: Callable[[str, float], None],
        threshold: float = SLOW_STEP,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.on_slow = on_slow
        self.threshold = threshold
        self.clock = clock
        self.began = clock()

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """A task gets its turn."""
        self.began = self.clock()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """It gave the turn back."""
        took = self.clock() - self.began
        if took > self.threshold:
            self.on_slow(owner(task), took)


@contextmanager
def watch_loop(
    on_slow: Callable[[str, float], None],
    threshold: float = SLOW_STEP,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[None]:
    """Watch the running loop for the length of the block."""
    watcher = LoopWatcher(on_slow, threshold, clock)
    trio.lowlevel.add_instrument(watcher)
    try:
        yield
    finally:
        trio.lowlevel.remove_instrument(watcher)
