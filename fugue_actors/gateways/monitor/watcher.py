"""The watcher: looks at the supervision tree while somebody wants to see it.

No event tells of actors, so it looks once a second, a slice at a time. It asks no actor
and changes nothing. Without a subscriber it waits, and forgets what it has seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import trio

from fugue_actors.actors import session as sessions
from fugue_actors.gateways.operations.daemon import actor_view
from fugue_actors.kernel import Actor, Backoff, ChildSpec

if TYPE_CHECKING:
    from fugue_actors.gateways.monitor.feed import Feed
    from fugue_actors.kernel import ActorInfo

KIND: Final = "actors"
LOOK_SECONDS: Final = 1.0
SLICE: Final = 100
"""Actors that are looked at between two checkpoints: about a millisecond."""


def spec(feed: Feed) -> ChildSpec:
    """The watcher, as a child of the gateways."""
    return ChildSpec(
        id="watcher",
        factory=lambda: TreeWatcher(feed),
        backoff=Backoff(initial=0.1, maximum=5.0),
    )


class TreeWatcher(Actor):
    """See the module's docstring."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.known: dict[str, tuple[ActorInfo, dict[str, Any]]] = {}

    async def on_start(self) -> None:
        """Begin to look."""
        self.nursery.start_soon(self.keep_looking)

    async def handle(self, message: object) -> None:
        """Nobody asks it anything."""

    async def keep_looking(self) -> None:
        """Look again and again."""
        while True:
            await self.feed.wait_wanted(KIND)
            while self.feed.is_wanted(KIND):
                await self.look()
                await trio.sleep(LOOK_SECONDS)
            # Whoever comes next must not take for true what was the case long ago.
            self.known.clear()
            self.feed.publish(KIND, {})

    async def look(self) -> None:
        """Look once at every actor, and publish what there is."""
        found: dict[str, tuple[ActorInfo, dict[str, Any]]] = {}
        for number, actor in enumerate(self.kernel.look(), 1):
            before = self.known.get(actor.path)
            if before is None or before[0] != actor:
                before = actor, document(actor)
            found[actor.path] = before
            if number % SLICE == 0:
                await trio.lowlevel.checkpoint()
        self.known = found
        self.feed.publish(KIND, {path: shape for path, (_, shape) in found.items()})


def document(actor: ActorInfo) -> dict[str, Any]:
    """An actor as a client sees it, with the session that it belongs to."""
    shape = actor_view(actor)
    owner = sessions.owner_of(actor.path)
    if owner is not None:
        shape["session_id"] = owner
    return shape
