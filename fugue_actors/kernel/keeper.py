"""A parent that keeps its children running, by the restart table and its intensity.

1. An exit of an incarnation that is no longer the child's current one changes nothing.
2. One exit is one entry in the restart window, however many siblings it takes down.
3. A restart that fails to start is tried again through a message to oneself, so that
   a stop, or any other request, gets in between.
4. A restart delay is a timer: the supervisor goes on meanwhile.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

import attrs
import trio

from fugue_actors.errors import Refused
from fugue_actors.kernel.exits import Normal, Stopped
from fugue_actors.kernel.faults import NoSuchChild
from fugue_actors.kernel.intensity import RestartWindow
from fugue_actors.kernel.parent import Child, ChildExited, Parent
from fugue_actors.kernel.spec import AutoShutdown, ChildSpec, Intensity, Restart
from fugue_actors.kernel.supervision import (
    ChildInfo,
    ListChildren,
    RestartChild,
    StartChild,
    StopChild,
)

if TYPE_CHECKING:
    from fugue_actors.kernel.cell import Cell
    from fugue_actors.kernel.exits import Exit

INTENSITY = Intensity(3, 5.0)
ROOT_INTENSITY = Intensity(5, 60.0)


@attrs.frozen(eq=False)
class Retry:
    """Control message: start a child that waits, with those that wait for it."""

    child: Child


class Keeper(Parent):
    """A supervisor without a policy on who starts when."""

    def __init__(
        self,
        *,
        intensity: Intensity | None = None,
        auto_shutdown: AutoShutdown = AutoShutdown.NEVER,
    ) -> None:
        super().__init__()
        self.intensity = intensity
        self.auto_shutdown = auto_shutdown
        self.window = RestartWindow(intensity or INTENSITY)

    async def on_start(self) -> None:
        """Count restarts as the place in the tree demands."""
        if self.intensity is None and self.parent is None:
            self.window = RestartWindow(ROOT_INTENSITY)
        await super().on_start()

    async def handle(self, message: Any) -> Any:
        """Answer requests; reckon with exits."""
        match message:
            case ChildExited(child=child, cell=cell):
                await self.child_exited(child, cell)
            case Retry(child=child):
                await self.start_group(child)
            case StartChild(spec=spec):
                return await self.start(spec)
            case StopChild(id=id, reason=reason):
                return await self.stop_child(self.find(id), reason)
            case RestartChild(id=id):
                return await self.restart_child(self.find(id))
            case ListChildren():
                return self.infos()
            case _:
                kind = type(message).__name__
                raise Refused(
                    "InvalidArgument", f"{self.ref.path} supervises; it takes no {kind}"
                )
        return None

    def group(self, child: Child) -> list[Child]:
        """The children that share the fate of `child`, itself included, in order."""
        return [child]

    @abc.abstractmethod
    async def start(self, spec: ChildSpec) -> Any:
        """Answer `StartChild`."""

    # Exits and restarts

    async def child_exited(self, child: Child, cell: Cell) -> None:
        """An incarnation ended that nobody here asked to end."""
        if child.cell is not cell or child.state == "stopping":
            return
        assert cell.exit is not None
        child.cell = None
        if not child.spec.restart.wants(cell.exit):
            self.leave(child)
            self.consider_auto_shutdown(child)
            return
        child.state = "restarting"
        backoff = child.spec.backoff
        if trio.current_time() - child.ready_at >= backoff.reset_after:
            child.failures = 0
        delay = await self.count(child)
        if delay == 0:
            await self.start_group(child)

    async def count(self, child: Child) -> float | None:
        """Count an end of `child` and take its group down.

        Returns:
            0 to start the group at once, a delay that was scheduled, or `None` if the
            supervisor gives up.
        """
        if not self.window.push(trio.current_time()):
            limit = self.window.limit
            reason = (
                f"{child.ref.path} ended too often: more than"
                f" {limit.max_restarts} restarts in {limit.period:g} s"
            )
            self._cell.end_self(Stopped(reason), context="intensity")
            return None
        delay = child.spec.backoff.delay(child.failures)
        child.failures += 1
        await self.take_down(child)
        if delay > 0:
            self.schedule(child, delay)
        return delay

    async def take_down(self, child: Child) -> None:
        """Stop the siblings that share the fate of `child`, in reverse."""
        for sibling in reversed(self.group(child)):
            if sibling is child or sibling.state == "stopped":
                continue
            ended = sibling.cell is not None and sibling.cell.exit
            if ended and not sibling.spec.restart.wants(ended):
                await self.end(sibling, f"{child.ref.path} restarts")
                self.leave(sibling)
                continue
            back = self.returns(sibling)
            await self.end(sibling, f"{child.ref.path} restarts", coming_back=back)
            if back:
                sibling.state = "restarting"
            else:
                self.leave(sibling)

    async def start_group(self, child: Child) -> None:
        """Start what waits in the group of `child`, in order."""
        for member in self.group(child):
            if member.state != "restarting":
                continue
            self.forget_retry(member)
            try:
                await self.launch(member)
            except Exception:
                await self.launch_failed(member)
                return

    async def launch_failed(self, child: Child) -> None:
        """A restart did not come up: count it, and try again by way of the mailbox."""
        if self._cell.stop_reason is None and await self.count(child) == 0:
            self.schedule(child, 0.0)

    def schedule(self, child: Child, delay: float) -> None:
        """Try the group of `child` again in `delay` seconds."""
        child.retry = self.after(delay, Retry(child))

    def consider_auto_shutdown(self, child: Child) -> None:
        """A child ended for good: is that the end of the supervisor, too?"""
        if not child.spec.significant:
            return
        alive = any(
            other.spec.significant and other.state != "stopped"
            for other in self.children.values()
        )
        if self.auto_shutdown is AutoShutdown.ANY_SIGNIFICANT or (
            self.auto_shutdown is AutoShutdown.ALL_SIGNIFICANT and not alive
        ):
            self._cell.end_self(
                Normal(f"{child.ref.path} ended, which was significant")
            )

    # Requests

    def find(self, id: str) -> Child:
        """The child of this id."""
        child = self.children.get(id)
        if child is None:
            raise NoSuchChild(self.ref.path, id)
        return child

    def infos(self) -> tuple[ChildInfo, ...]:
        """All children in start order, as values."""
        return tuple(
            ChildInfo(id=id, ref=child.ref, state=child.state, spec=child.spec)
            for id, child in self.children.items()
        )

    async def reckoned(self, id: str) -> Child | None:
        """The child of this id, after reckoning with an end still under way."""
        child = self.children.get(id)
        if child is not None and child.state == "running":
            cell = child.cell
            if cell is not None and cell.exit is not None:
                await cell.finished.wait()
                await self.child_exited(child, cell)
        return self.children.get(id)

    async def stop_child(self, child: Child, reason: str) -> Exit | None:
        """Answer `StopChild`."""
        heads = child.retry is not None
        exit = await self.end(child, reason or f"{self.ref.path} was asked to stop it")
        if heads:
            self.pass_on(child)
        self.leave(child)
        return exit

    def pass_on(self, child: Child) -> None:
        """It will not restart, but others wait for that: let the next one head them."""
        for member in self.group(child):
            if member is not child and member.state == "restarting":
                self.schedule(member, 0.0)
                return

    async def restart_child(self, child: Child) -> Any:
        """Answer `RestartChild`."""
        was_stopped = child.state == "stopped"
        heads = child.retry is not None
        await self.end(child, "asked to restart", coming_back=True)
        try:
            await self.launch(child)
        except Exception as error:
            if was_stopped or child.spec.restart is Restart.TEMPORARY:
                self.leave(child)
            else:
                await self.launch_failed(child)
            return self.answer_failure(error)
        if heads:
            self.pass_on(child)
        return child.ref

    def answer_failure(self, error: Exception) -> None:
        """Give the asker what a child's start raised; this supervisor lives on."""
        current = self._cell.current
        if current is not None and current.reply is not None:
            self.defer().fail(error)
