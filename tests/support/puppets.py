"""Actors for the kernel's tests: they do what their messages say.

A `Puppet` runs the function inside a `Do` as if it were written in its handler, and
keeps everything else in `seen`. A `Stage` makes specs of puppets that write their starts
and ends into one common log.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import attrs
import trio

from fugue_actors.kernel import Actor, ChildSpec, Exit, Ref, Request, supervisor


@attrs.frozen
class Do(Request[Any]):
    """Call `action` with the actor, await the result if need be, answer with it."""

    action: Callable[[Any], Any]


class Puppet(Actor):
    """Does what a `Do` says; keeps other messages.

    Args:
        on_start, on_stop: Run in place of the methods.
    """

    def __init__(
        self,
        on_start: Callable[[Any], Any] | None = None,
        on_stop: Callable[[Any, Exit], Any] | None = None,
    ) -> None:
        self.seen: list[object] = []
        self.start_action = on_start
        self.stop_action = on_stop

    async def on_start(self) -> None:
        if self.start_action is not None:
            await settle(self.start_action(self))

    async def handle(self, message: object) -> object:
        if isinstance(message, Do):
            return await settle(message.action(self))
        self.seen.append(message)
        return None

    async def on_stop(self, exit: Exit) -> None:
        if self.stop_action is not None:
            await settle(self.stop_action(self, exit))


async def settle(result: Any) -> Any:
    """Await what is awaitable."""
    return await result if inspect.isawaitable(result) else result


class Stage:
    """Specs of puppets with a common log.

    Attributes:
        log: `+a` when `a` is ready, `-a` when it has cleaned up.
        failing: Ids whose next starts fail, with how many of them.
    """

    def __init__(self) -> None:
        self.log: list[str] = []
        self.failing: dict[str, int] = {}

    def child(self, id: str, **spec: Any) -> ChildSpec:
        """The spec of a puppet that logs."""

        def start(puppet: Puppet) -> None:
            if self.failing.get(id, 0) > 0:
                self.failing[id] -= 1
                self.log.append(f"!{id}")
                raise OSError(f"{id} cannot start")
            self.log.append(f"+{id}")

        def stop(puppet: Puppet, exit: Exit) -> None:
            self.log.append(f"-{id}")

        return ChildSpec(id=id, factory=lambda: Puppet(start, stop), **spec)

    def take(self) -> list[str]:
        """The log since the last look."""
        seen, self.log = self.log, []
        return seen


def puppet(id: str = "a", **given: Any) -> ChildSpec:
    """The spec of one puppet; `on_start` and `on_stop` go to it, the rest to the spec."""
    actions = {key: given.pop(key) for key in ("on_start", "on_stop") if key in given}
    return ChildSpec(id=id, factory=lambda: Puppet(**actions), **given)


def tree(*children: ChildSpec, **options: Any) -> ChildSpec:
    """The spec of a root supervisor."""
    return supervisor("root", children, **options)


def crash(puppet: Puppet) -> None:
    """An action: a bug in the handler."""
    raise ZeroDivisionError("a bug in a handler")


async def hang(puppet: Puppet) -> None:
    """An action: never end."""
    await trio.sleep_forever()


def nap(seconds: float) -> Callable[[Any], Any]:
    """An action: take so long."""

    async def action(puppet: Puppet) -> None:
        await trio.sleep(seconds)

    return action


async def seen(ref: Ref) -> list[Any]:
    """What a puppet has kept so far."""
    return list(await ref.ask(Do(lambda me: me.seen)))


class Latch:
    """An action that shows when a handler is inside it and lets the test end it."""

    def __init__(self) -> None:
        self.entered = trio.Event()
        self.leave = trio.Event()

    async def __call__(self, puppet: Puppet) -> str:
        self.entered.set()
        await self.leave.wait()
        return "left"
