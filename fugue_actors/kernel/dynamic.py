"""A supervisor whose children come and go on request.

One for one; children stop in parallel, each with its own time. A child that does not
come back is forgotten, so its id is free again. Stopping one child does not keep the
others' requests waiting.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import trio

from fugue_actors.errors import Refused
from fugue_actors.kernel import ladder
from fugue_actors.kernel.faults import AlreadyStarted, SpecError
from fugue_actors.kernel.fixed import check_backoff
from fugue_actors.kernel.keeper import Keeper
from fugue_actors.kernel.spec import (
    NO_BACKOFF,
    AutoShutdown,
    Backoff,
    ChildSpec,
    Intensity,
    Restart,
)

if TYPE_CHECKING:
    from fugue_actors.kernel.cell import Cell
    from fugue_actors.kernel.exits import Exit
    from fugue_actors.kernel.parent import Child
    from fugue_actors.kernel.reply import Reply


class DynamicSupervisor(Keeper):
    """Starts children when asked, up to `max_children`."""

    kind: ClassVar[str] = "dynamic"

    def __init__(
        self,
        *,
        max_children: float,
        intensity: Intensity | None,
        auto_shutdown: AutoShutdown,
    ) -> None:
        super().__init__(intensity=intensity, auto_shutdown=auto_shutdown)
        self.max_children = max_children

    async def start(self, spec: ChildSpec) -> Any:
        """Start a child in this task: nothing of the asker's context reaches it."""
        child = await self.reckoned(spec.id)
        if child is not None:
            raise AlreadyStarted(child.ref)
        if len(self.children) >= self.max_children:
            raise Refused(
                "Busy", f"{self.ref.path} has {len(self.children)} children, its most"
            )
        if self.window.limit.is_none:
            try:
                check_backoff(self.ref.path, spec)
            except SpecError as error:
                raise Refused("InvalidArgument", error.message) from error
        child = self.adopt(spec)
        try:
            await self.launch(child)
        except BaseException as error:
            self.leave(child)
            if not isinstance(error, Exception):
                raise
            return self.answer_failure(error)
        return child.ref

    def leave(self, child: Child) -> None:
        """Forget it, whatever its kind."""
        super().leave(child)
        self.children.pop(child.spec.id, None)

    async def stop_child(self, child: Child, reason: str) -> Any:
        """Stop it in a helper task, so that others need not wait for its clean-up."""
        if child.cell is None:
            return await super().stop_child(child, reason)
        child.state = "stopping"
        current = self._cell.current
        asked = current is not None and current.reply is not None
        self.nursery.start_soon(
            self.stop_apart,
            child,
            child.cell,
            reason or f"{self.ref.path} was asked to stop it",
            self.defer() if asked else None,
        )
        return None

    async def restart_child(self, child: Child) -> Any:
        """Refuse while it is being stopped for somebody else."""
        if child.state == "stopping":
            raise Refused("Busy", f"{child.ref.path} is being stopped")
        return await super().restart_child(child)

    async def stop_apart(
        self, child: Child, cell: Cell, reason: str, reply: Reply[Exit | None] | None
    ) -> None:
        """The helper: the whole ladder, then the answer."""
        exit = await ladder.stop(cell, reason)
        if child.cell is cell:
            child.cell = None
            self.leave(child)
        if reply is not None:
            reply.resolve(exit)

    async def end_all(self, reason: str, *, coming_back: bool) -> None:
        """Stop all at the same time."""
        async with trio.open_nursery() as nursery:
            for child in self.children.values():
                if child.cell is not None:
                    nursery.start_soon(ladder.stop, child.cell, reason)
        for child in self.children.values():
            child.cell = None


def dynamic_supervisor(
    id: str,
    *,
    max_children: float = math.inf,
    intensity: Intensity | None = None,
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER,
    restart: Restart = Restart.PERMANENT,
    shutdown: float = math.inf,
    backoff: Backoff = NO_BACKOFF,
    significant: bool = False,
) -> ChildSpec:
    """The spec of a supervisor that starts children on request.

    Args:
        id: Path segment.
        max_children: A start beyond that is refused with `Busy`.
        intensity: 3 in 5 s unless given; `Intensity.none()` takes only children with a
            backoff.
        auto_shutdown: Whether it ends when significant children have.
        restart: As in `ChildSpec`, like all that follow.
        shutdown: Infinity, since its children have limits of their own.
        backoff: Delays between its restarts.
        significant: Its end counts for its own supervisor's `auto_shutdown`.

    Raises:
        SpecError: The parts contradict each other.
    """
    if not max_children >= 1:
        raise SpecError(f"{id}: max_children must be at least 1")
    if auto_shutdown is not AutoShutdown.NEVER and restart is Restart.PERMANENT:
        raise SpecError(f"{id}: would restart after its auto-shutdown")
    return ChildSpec(
        id=id,
        factory=partial(
            DynamicSupervisor,
            max_children=max_children,
            intensity=intensity,
            auto_shutdown=auto_shutdown,
        ),
        restart=restart,
        shutdown=shutdown,
        start_within=math.inf,
        backoff=backoff,
        significant=significant,
    )
