"""A supervisor with fixed children and a strategy.

Children start one after the other in the order of their specs, each ready before the
next, and stop in reverse. Which strategy is right follows from state that comes from one
particular *run* of a sibling, not from who talks to whom: an address survives restarts.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from fugue_actors.errors import Refused
from fugue_actors.kernel.faults import AlreadyStarted, SpecError
from fugue_actors.kernel.keeper import Keeper
from fugue_actors.kernel.shielding import cleanup
from fugue_actors.kernel.spec import (
    NO_BACKOFF,
    AutoShutdown,
    Backoff,
    ChildSpec,
    Intensity,
    Restart,
    Strategy,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.kernel.parent import Child
    from fugue_actors.kernel.ref import Ref


class Supervisor(Keeper):
    """Keeps its children running by one of three strategies."""

    kind: ClassVar[str] = "supervisor"
    keeps_addresses: ClassVar[bool] = True

    def __init__(
        self,
        *,
        specs: tuple[ChildSpec, ...],
        strategy: Strategy,
        intensity: Intensity | None,
        auto_shutdown: AutoShutdown,
    ) -> None:
        super().__init__(intensity=intensity, auto_shutdown=auto_shutdown)
        self.specs = specs
        self.strategy = strategy

    async def on_start(self) -> None:
        """Start the children in order; if one fails, stop the earlier in reverse."""
        await super().on_start()
        try:
            for spec in self.specs:
                await self.launch(self.adopt(spec))
        except BaseException:
            with cleanup(math.inf):
                comes_back = self.ref.incarnation > 0
                await self.end_all("a sibling did not start", coming_back=comes_back)
            for child in self.children.values():
                if not comes_back or not self.returns(child):
                    self.kernel.registry.forget(child.ref)
            raise

    def group(self, child: Child) -> list[Child]:
        """Those of the same fate, by the strategy."""
        if self.strategy is Strategy.ONE_FOR_ONE:
            return [child]
        everybody = list(self.children.values())
        if self.strategy is Strategy.REST_FOR_ONE:
            return everybody[everybody.index(child) :]
        return everybody

    async def start(self, spec: ChildSpec) -> Ref:
        """Refuse: these children are fixed."""
        child = await self.reckoned(spec.id)
        if child is not None and child.state != "stopped":
            raise AlreadyStarted(child.ref)
        raise Refused(
            "InvalidArgument",
            f"{self.ref.path} has fixed children",
            hint="restart_child starts one that was stopped",
        )

    async def end_all(self, reason: str, *, coming_back: bool) -> None:
        """Stop the children in reverse, each with its own time."""
        for child in reversed(self.children.values()):
            back = coming_back and self.returns(child)
            if await self.end(child, reason, coming_back=back) is not None and back:
                child.state = "restarting"


def supervisor(
    id: str,
    children: Iterable[ChildSpec] = (),
    *,
    strategy: Strategy = Strategy.ONE_FOR_ONE,
    intensity: Intensity | None = None,
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER,
    restart: Restart = Restart.PERMANENT,
    shutdown: float = math.inf,
    start_within: float = math.inf,
    backoff: Backoff = NO_BACKOFF,
    significant: bool = False,
) -> ChildSpec:
    """The spec of a supervisor with these children.

    Args:
        id: Path segment.
        children: In start order.
        strategy: Who else restarts when one does.
        intensity: 3 in 5 s unless given; 5 in 60 s for the root of a tree.
        auto_shutdown: Whether it ends when significant children have.
        restart: As in `ChildSpec`, like all that follow.
        shutdown: Infinity, since its children have limits of their own.
        start_within: Likewise.
        backoff: Delays between its restarts.
        significant: Its end counts for its own supervisor's `auto_shutdown`.

    Raises:
        SpecError: The parts contradict each other.
    """
    specs = tuple(children)
    ids = [spec.id for spec in specs]
    if len(set(ids)) < len(ids):
        raise SpecError(f"{id}: two children have the same id")
    if auto_shutdown is not AutoShutdown.NEVER and restart is Restart.PERMANENT:
        raise SpecError(f"{id}: would restart after its auto-shutdown")
    if intensity is not None and intensity.is_none:
        for spec in specs:
            check_backoff(id, spec)
    return ChildSpec(
        id=id,
        factory=partial(
            Supervisor,
            specs=specs,
            strategy=strategy,
            intensity=intensity,
            auto_shutdown=auto_shutdown,
        ),
        restart=restart,
        shutdown=shutdown,
        start_within=start_within,
        backoff=backoff,
        significant=significant,
    )


def check_backoff(supervisor: str, spec: ChildSpec) -> None:
    """Without a restart limit only a backoff keeps a bug from burning a core.

    Raises:
        SpecError: The child restarts, and at once.
    """
    if spec.restart is not Restart.TEMPORARY and spec.backoff.is_none:
        raise SpecError(
            f"{supervisor} never gives up, so its child {spec.id} needs a backoff"
        )
