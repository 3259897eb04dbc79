"""Asking a world's fleet for sessions and guests, and looking at what is left of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fugue_actors.actors import fleet
from fugue_actors.errors import FugueError

if TYPE_CHECKING:
    from actorkit import World

    from fugue_actors.kernel import Ref
    from fugue_actors.protocol.values import Pane, Session


async def create(world: World, name: str | None = None, **more: Any) -> Pane:
    """Have a session created that runs a shell, but for what is said otherwise."""
    asked = {"cwd": "/", "name": name, "argv": ("sh",), **more}
    return await fleet.create(world.fleet, fleet.CreateSession(**asked))


async def guest(
    world: World,
    holder: Ref | None,
    name: str | None = None,
    *,
    client: str = "tool",
    origin: str = "1:1.0",
) -> Session:
    """Have a guest session opened for a connection."""
    return await fleet.open_guest(
        world.fleet,
        fleet.OpenGuest(
            holder=holder, name=name, client=client, cwd="/", origin=origin
        ),
    )


async def outcome_of(work: Any) -> Any:
    """What a call gave, or the code it was refused with."""
    try:
        return await work
    except FugueError as error:
        return error.code


def names(world: World) -> list[str]:
    """The names of all sessions."""
    return sorted(world.journal.state.names)


def is_clean(world: World) -> bool:
    """Whether nothing of any session is left anywhere."""
    state = world.journal.state
    left = [ref for ref in world.kernel.registry.refs if ref.startswith("/sessions/")]
    return not (
        left or state.sessions or state.panes or state.names or world.machine.living
    )
