"""The mirrors of all panes that somebody watches: one for each, shared by its viewers.

`Mirrors` is a plain object beside the actors, like the journal, so that viewers outlive
whatever feeds them. Its actor has each mirror fed by its pane's actor, whichever of its
incarnations there is. A mirror begins with its first viewer and ends with its last: while
nobody watches, no host is asked for anything.

Viewers are told of a change in rounds, and the next reading waits for twice as long as a
round took: whatever the number of viewers and however busy the daemon, telling them takes
a third of the time at most, and they get fewer frames instead. All readings of all panes
keep a pace of their own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import trio

from fugue_actors.actors import panes, session as sessions
from fugue_actors.actors.mirror import Mirror
from fugue_actors.actors.pace import READS_PER_SECOND, Pace
from fugue_actors.errors import Unavailable
from fugue_actors.gateways.monitor.rounds import Rounds
from fugue_actors.kernel import Actor, Backoff, ChildSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.protocol.values import Pane

ASK_AGAIN: Final = 0.1
"""Seconds until a pane's actor is asked again that would not feed a mirror."""
REST: Final = 2.0
"""How many times as long as a round a mirror is left alone after it."""


class View:
    """What one client sees of one pane. Made by `Mirrors.watch`; to be closed.

    Attributes:
        key: The pane's id as JSON.
        known: The version that the client has; 0 for nothing.
        rate: How often a second the client wants to hear.
    """

    def __init__(
        self, shared: Shared, on_change: Callable[[], None], rate: int
    ) -> None:
        self.shared = shared
        self.rate = rate
        self.on_change = on_change
        self.key = json.dumps(shared.pane.pane_id).encode()
        self.known = 0

    def take(self) -> bytes | None:
        """What is new since it was last called: a JSON object in UTF-8, or nothing.

        The first is the whole screen. Whoever takes it has to send it: later ones tell
        only what changed since, until `forget`.
        """
        mirror = self.shared.mirror
        part = mirror.since(self.known)
        self.known = mirror.version
        return part

    def tell(self) -> None:
        """There is something new, unless nobody watches here any more."""
        if self in self.shared.views:
            self.on_change()

    def forget(self) -> None:
        """The client has lost what it knew: the next is the whole screen again."""
        self.known = 0
        if self.shared.mirror.version:
            self.on_change()

    def set_rate(self, rate: int) -> None:
        """The client wants to hear so often a second from now on."""
        self.rate = rate
        self.shared.hurry()

    def hurry(self) -> None:
        """What changes next is to be known at once."""
        self.shared.mirror.timing.hurry()

    def close(self) -> None:
        """Nobody watches here any more; once is enough."""
        self.shared.leave(self)


class Shared:
    """One mirror, and who watches it."""

    def __init__(
        self, pane: Pane, mirrors: Mirrors, on_unwatched: Callable[[], None]
    ) -> None:
        self.pane = pane
        self.rounds = mirrors.rounds
        self.mirror = Mirror(self.tell, mirrors.pace)
        self.views: dict[View, None] = {}
        self.on_unwatched = on_unwatched
        self.unwatched = trio.Event()

    def tell(self) -> None:
        """There is something new for everybody."""
        self.mirror.timing.hold()
        self.rounds.begin([view.tell for view in self.views], self.rest)

    def rest(self, seconds: float) -> None:
        """A round is over that took so long."""
        self.mirror.timing.release(REST * seconds)

    def hurry(self) -> None:
        """Have the screen read as often as the quickest viewer wants to hear of it."""
        self.mirror.timing.set_period(1 / max(view.rate for view in self.views))

    def leave(self, view: View) -> None:
        """One viewer less."""
        if view in self.views:
            del self.views[view]
            if self.views:
                self.hurry()
            else:
                self.unwatched.set()
                self.on_unwatched()


class Mirrors:
    """See the module's docstring.

    Attributes:
        shared: The mirrors by pane.
        fresh: Those that nobody feeds yet.
        came: Set when there is one more.
        rounds: Those in which viewers are told.
        pace: That of all readings.
    """

    def __init__(self) -> None:
        self.shared: dict[str, Shared] = {}
        self.fresh: list[Shared] = []
        self.came = trio.Event()
        self.rounds = Rounds()
        self.pace = Pace()

    def watch(
        self,
        pane: Pane,
        on_change: Callable[[], None],
        rate: int = READS_PER_SECOND,
    ) -> View:
        """Begin to watch a pane.

        Args:
            pane: The pane's record.
            on_change: Called whenever `take` has something, from here too if it has
                already; must neither block nor raise, nor begin or end a view.
            rate: How often a second the viewer wants to hear.
        """
        shared = self.shared.get(pane.pane_id)
        if shared is None:
            shared = Shared(pane, self, lambda: self.drop(pane.pane_id))
            self.shared[pane.pane_id] = shared
            self.fresh.append(shared)
            self.came.set()
        view = View(shared, on_change, rate)
        shared.views[view] = None
        shared.hurry()
        if shared.mirror.version:
            on_change()
        return view

    def drop(self, pane_id: str) -> None:
        """Nobody watches that pane any more."""
        del self.shared[pane_id]


class MirrorsActor(Actor):
    """Has each mirror fed for as long as it is watched."""

    def __init__(self, mirrors: Mirrors) -> None:
        self.mirrors = mirrors

    async def on_start(self) -> None:
        """Begin with the mirrors that an incarnation before this one had."""
        self.mirrors.fresh = list(self.mirrors.shared.values())
        self.nursery.start_soon(self.run)
        self.nursery.start_soon(self.mirrors.rounds.run)

    async def handle(self, message: Any) -> None:
        """Nobody asks it anything."""

    async def run(self) -> None:
        """Look after each mirror in a task of its own."""
        while True:
            self.mirrors.came = trio.Event()
            while self.mirrors.fresh:
                self.nursery.start_soon(self.keep, self.mirrors.fresh.pop())
            await self.mirrors.came.wait()

    async def keep(self, shared: Shared) -> None:
        """Have a mirror fed until nobody watches it."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.have_fed, shared)
            await shared.unwatched.wait()
            nursery.cancel_scope.cancel("nobody watches any more")

    async def have_fed(self, shared: Shared) -> None:
        """By the pane's actor, however often that begins anew."""
        path = sessions.pane_path(shared.pane)
        while True:
            ref = await self.kernel.registry.wait_for(path)
            try:
                await panes.feed(ref, shared.mirror)
            except Unavailable:  # it crashed, or is closed, or has too much to do
                await trio.sleep(ASK_AGAIN)


def spec(mirrors: Mirrors) -> ChildSpec:
    """The actor that has the mirrors fed."""
    return ChildSpec(
        id="mirrors",
        factory=lambda: MirrorsActor(mirrors),
        backoff=Backoff(initial=0.1, maximum=30.0),
    )
