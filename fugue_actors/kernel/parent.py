"""What fixed and dynamic supervisors have in common.

1. Children report exits as values; an exit of an incarnation that is no longer the
   child's current one changes nothing.
2. One exit is one entry in the restart window, however many siblings it takes down.
3. A restart that fails to start is tried again through a message to oneself, so that
   a stop, or any other request, gets in between.
4. All ends of children go through `ladder.stop`.

Subclasses say who starts when, who shares a fate, and how all are stopped.
"""

from __future__ import annotations

import abc
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import attrs
import trio

from fugue_actors.errors import Refused
from fugue_actors.kernel import ladder
from fugue_actors.kernel.actor import Actor
from fugue_actors.kernel.cell import Cell
from fugue_actors.kernel.exits import Normal, Stopped, causes
from fugue_actors.kernel.faults import AlreadyStarted, NoSuchChild
from fugue_actors.kernel.intensity import RestartWindow
from fugue_actors.kernel.mailbox import Envelope
from fugue_actors.kernel.ref import Ref
from fugue_actors.kernel.spec import AutoShutdown, ChildSpec, Intensity, Restart
from fugue_actors.kernel.supervision import (
    ChildInfo,
    ListChildren,
    RestartChild,
    StartChild,
    StopChild,
)
from fugue_actors.kernel.timers import Timer

if TYPE_CHECKING:
    from fugue_actors.kernel.exits import Exit

INTENSITY = Intensity(3, 5.0)
ROOT_INTENSITY = Intensity(5, 60.0)

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


@attrs.frozen(eq=False)
class Retry:
    """Control message: start a child that waits, with those that wait for it."""

    child: Child


class Parent(Actor, abc.ABC):
    """A supervisor without a policy on who starts when."""

    has_children: ClassVar[bool] = True
    keeps_addresses: ClassVar[bool] = False

    def __init__(
        self,
        *,
        intensity: Intensity | None = None,
        auto_shutdown: AutoShutdown = AutoShutdown.NEVER,
    ) -> None:
        self.intensity = intensity
        self.auto_shutdown = auto_shutdown
        self.children: dict[str, Child] = {}
        self.window = RestartWindow(intensity or INTENSITY)

    # What subclasses decide

    def group(self, child: Child) -> list[Child]:
        """The children that share the fate of `child`, itself included, in order."""
        return [child]

    @abc.abstractmethod
    async def start(self, spec: ChildSpec) -> Any:
        """Answer `StartChild`."""

    @abc.abstractmethod
    async def end_all(self, reason: str, *, coming_back: bool) -> None:
        """Stop all children that have an incarnation."""

    # Life

    async def on_start(self) -> None:
        """Count restarts as the place in the tree demands."""
        if self.intensity is None and self.parent is None:
            self.window = RestartWindow(ROOT_INTENSITY)
        self._cell.on_stop_request = self.abort_launch

    async def handle(self, message: Any) -> Any:
        """Answer requests; reckon with exits."""
        match message:
            case ChildExited(child=child, cell=cell):
                await self.child_exited(child, cell)
            case Retry(child=child):
                child.retry = None
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

    # Children

    def returns(self, child: Child) -> bool:
        """Whether a restart of its supervisor brings this child back."""
        return child.spec.restart is not Restart.TEMPORARY

    def forecast(self, child: Child, exit: Exit) -> bool:
        """Whether a child that ended by itself with `exit` will come back."""
        cell = self._cell
        if cell.exit or cell.wish or cell.stop_reason is not None:
            return self.keeps_addresses and self.returns(child) and cell.will_return()
        return child.spec.restart.wants(exit)

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

    def adopt(self, spec: ChildSpec) -> Child:
        """A record for a new child; its address may date from an earlier run."""
        path = f"{self.ref.path.rstrip('/')}/{spec.id}"
        ref = self.kernel.registry.whereis(path) or Ref(self.kernel, path, spec.id)
        child = self.children[spec.id] = Child(spec, ref)
        return child

    async def launch(self, child: Child) -> None:
        """Start one incarnation of `child` and wait until it is ready."""
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
        child.state = "stopping"
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

    def forget_retry(self, child: Child) -> None:
        """Cancel a pending restart."""
        if child.retry is not None:
            child.retry.cancel()
            child.retry = None

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

    async def reckoned(self, id: str) -> Child | None:
        """The child of this id, after reckoning with an end still under way."""
        child = self.children.get(id)
        if child is not None and child.state == "running":
            cell = child.cell
            if cell is not None and cell.exit is not None:
                await cell.finished.wait()
                await self.child_exited(child, cell)
        return self.children.get(id)

    def taken(self, child: Child) -> AlreadyStarted:
        """What somebody gets who wants to start what is there."""
        return AlreadyStarted(child.ref)

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
