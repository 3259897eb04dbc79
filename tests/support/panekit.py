"""A pane whose program runs on a fake host, and calls that are made beside a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio

from fugue_actors.actors import panes
from fugue_actors.actors.arbiter import Writer
from fugue_actors.errors import FugueError

if TYPE_CHECKING:
    from actorkit import World
    from fakehost import FakeHost

    from fugue_actors.kernel import Ref
    from fugue_actors.protocol.values import Session

AT_ONCE = Writer(kind="person")


class Open:
    """A session with a pane whose program runs."""

    def __init__(self, world: World, session: Session, pane: Ref) -> None:
        self.world = world
        self.session = session
        self.pane = pane
        self.host: FakeHost = world.host()

    async def type(
        self, text: str | None = None, *keys: str, submit: bool = False
    ) -> int:
        typed = await panes.type_into(
            self.pane, text=text, keys=keys, submit=submit, writer=AT_ONCE
        )
        return typed.bytes


async def outcome_of(work: Any) -> Any:
    """What a call gave, or the error it raised."""
    try:
        return await work
    except FugueError as error:
        return error


class Later:
    """A call in a task of its own."""

    def __init__(self, nursery: trio.Nursery, work: Any) -> None:
        self.outcome: Any = None
        self.over_at: float | None = None
        nursery.start_soon(self.run, work)

    async def run(self, work: Any) -> None:
        self.outcome = await outcome_of(work)
        self.over_at = trio.current_time()
