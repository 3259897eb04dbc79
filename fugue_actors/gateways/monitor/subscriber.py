"""The task that tells one client what it subscribes to, as fast as the client takes it.

Frames are made when they can be sent, never before. The first change after a quiet time
goes at once, what comes then is put together until the next turn; but what follows on the
client's own doing, such as the echo of a key, waits for no turn. What is costly to make
is made beforehand in slices, so that a thousand documents hold up nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from fugue_actors.gateways.monitor.subscription import Subscription
from fugue_actors.gateways.sight import SCREENS
from fugue_actors.gateways.wire import WireClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fugue_actors.gateways.monitor.choice import Choice
    from fugue_actors.gateways.monitor.feed import Feed
    from fugue_actors.gateways.monitor.source import Source
    from fugue_actors.gateways.monitor.subscription import Plan
    from fugue_actors.gateways.sight import Sight
    from fugue_actors.gateways.wire import Wire

SLICE_BYTES: Final = 16 * 1024
"""Of documents that are made between two checkpoints: a millisecond or two."""
MOST_ROUNDS: Final = 20
TAKEN_WITHIN: Final = 30.0
"""Seconds after which a client that takes no frame is given up."""
EVENTS_A_TURN: Final = 20
"""Frames of the log, before other things have their turn again."""


class Subscriber:
    """See the module's docstring.

    Args:
        wire: Where frames go.
        feed: Where documents come from.
        hang_up: Called with a reason when the client does not take what it asked for.
    """

    def __init__(
        self, wire: Wire, feed: Feed, *, hang_up: Callable[[str], None]
    ) -> None:
        self.wire = wire
        self.feed = feed
        self.hang_up = hang_up
        self.sources = [make(self.wake) for make in feed.sources]
        self.subscription: Subscription | None = None
        self.is_begun = False
        self.woken = trio.Event()

    # ---- what the client asks for

    def prepare(self, sight: Sight, choice: Choice) -> Subscription | None:
        """Note what changes from now on for a client that has just subscribed.

        Nothing is sent before `begin`, which is for when it has its answer.

        Returns:
            Its new subscription; None if it has one already, which `begin` will change.
        """
        if self.subscription is not None:
            return None
        self.subscription = Subscription(self.feed, sight, choice, on_due=self.wake)
        self.feed.add(self.subscription)
        return self.subscription

    def begin(self, choice: Choice) -> None:
        """The client knows that what comes is what it has subscribed to."""
        if self.subscription is None:
            return  # it has unsubscribed meanwhile
        self.is_begun = True
        self.subscription.change(choice)
        self.feed.tell_audience()
        for source in self.sources:
            source.choose(
                self.subscription.visible if SCREENS in choice.kinds else None
            )
        self.wake()

    def end(self) -> None:
        """Tell the client no more; calling this twice is harmless."""
        if self.subscription is not None:
            self.feed.remove(self.subscription)
            self.subscription = None
            self.is_begun = False
            for source in self.sources:
                source.choose(None)

    def expect(self, pane_id: str) -> None:
        """The client does something to a pane: tell it soon what comes of it."""
        if self.is_begun:
            for source in self.sources:
                source.expect(pane_id)

    def wake(self) -> None:
        """There may be something to tell."""
        self.woken.set()

    @property
    def is_due(self) -> bool:
        """Whether there is something to tell."""
        return (
            self.is_begun
            and self.subscription is not None
            and (self.subscription.is_due or any(one.is_due for one in self.sources))
        )

    # ---- telling it

    async def run(self) -> None:
        """Tell the client until it is gone."""
        try:
            while True:
                while not self.is_due:
                    self.woken = trio.Event()
                    await self.woken.wait()
                began = trio.current_time()
                subscription = self.subscription
                assert subscription is not None
                await self.turn(subscription)
                await self.rest(began + 1 / subscription.choice.rate)
        except WireClosed:
            return
        finally:
            self.end()

    async def rest(self, until: float) -> None:
        """Tell nothing but what is urgent for a while."""
        await trio.lowlevel.checkpoint()
        while (now := trio.current_time()) < until:
            subscription = self.subscription
            urgent = [one for one in self.sources if one.is_urgent]
            if urgent and self.is_begun and subscription is not None:
                await self.tell(subscription, {one: one.take_urgent for one in urgent})
                continue
            self.woken = trio.Event()
            with trio.move_on_after(until - now):
                await self.woken.wait()

    async def tell(
        self,
        subscription: Subscription,
        pieces: Mapping[Source, Callable[[], bytes | None]],
    ) -> None:
        """Tell what some sources have, each in a frame."""
        for source, take in pieces.items():
            piece = take()
            if piece is not None:
                head = f'{{"seq":{subscription.stamp()},"{source.name}":'
                await self.send(head.encode() + piece + b"}")

    async def turn(self, subscription: Subscription) -> None:
        """Tell what is to be told now."""
        plan = await self.make_ready(subscription)
        if self.subscription is not subscription:
            return
        if subscription.lagged is not None:
            for source in self.sources:
                source.start_over()
        for frame in subscription.take(plan):
            await self.send(frame)
        due = [one for one in self.sources if one.is_due]
        await self.tell(subscription, {one: one.take for one in due})
        for _ in range(EVENTS_A_TURN):
            events = subscription.take_events()
            if events is None:
                break
            await self.send(events)

    async def make_ready(self, subscription: Subscription) -> Plan | None:
        """Have nearly all texts at hand that the next frame needs.

        While some are made others may change: those are made again, as often as it takes
        within reason. The few that are left are made with the frame.

        Returns:
            What that frame says, if it was found out in this very step.
        """
        for _ in range(MOST_ROUNDS):
            made, is_enough = 0, True
            plan = subscription.plan()
            for collection, key in subscription.missing(plan):
                made += subscription.make(collection, key)
                if made > SLICE_BYTES:
                    made, is_enough = 0, False
                    await trio.lowlevel.checkpoint()
                    if self.subscription is not subscription:
                        return None  # the client wants no more
            if is_enough:
                return plan
        return None

    async def send(self, frame: bytes) -> None:
        """Send one frame.

        Raises:
            WireClosed: The client is gone, or takes nothing any more.
        """
        with trio.move_on_after(TAKEN_WITHIN) as scope:
            await self.wire.send(frame)
        if scope.cancelled_caught:
            self.hang_up(f"the client took no frame for {TAKEN_WITHIN:g} s")
            raise WireClosed
