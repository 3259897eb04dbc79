"""The sampler: reads what programs use and write while somebody wants to know.

It reads the processes in a thread and asks the panes' actors how much was written; no
pane host is woken for it. Without a subscriber it waits, and forgets what it has read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import trio

from fugue_actors.actors import panes, session as sessions
from fugue_actors.errors import Unavailable
from fugue_actors.gateways.monitor.meter import Meter
from fugue_actors.kernel import Actor, Backoff, ChildSpec

if TYPE_CHECKING:
    from fugue_actors.gateways.monitor.feed import Feed
    from fugue_actors.protocol.values import Pane

KIND: Final = "resources"
SAMPLE_SECONDS: Final = 2.0
FIRST_SECONDS: Final = 0.5
"""Between the first two readings: there is nothing to show before the second."""


def spec(feed: Feed) -> ChildSpec:
    """The sampler, as a child of the gateways."""
    return ChildSpec(
        id="sampler",
        factory=lambda: Sampler(feed),
        backoff=Backoff(initial=0.1, maximum=30.0),
    )


class Sampler(Actor):
    """See the module's docstring.

    Attributes:
        written: When each pane was asked last, and how much had been written.
    """

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.meter = Meter()
        self.written: dict[str, tuple[float, int]] = {}

    async def on_start(self) -> None:
        """Begin to sample."""
        self.nursery.start_soon(self.keep_sampling)

    async def handle(self, message: object) -> None:
        """Nobody asks it anything."""

    async def keep_sampling(self) -> None:
        """Sample as long as somebody subscribes, again and again."""
        while True:
            await self.feed.wait_wanted(KIND)
            await self.sample()
            await trio.sleep(FIRST_SECONDS)
            while self.feed.is_wanted(KIND):
                self.feed.publish(KIND, await self.sample())
                await trio.sleep(SAMPLE_SECONDS)
            self.feed.publish(KIND, {})
            self.meter, self.written = Meter(), {}

    async def sample(self) -> dict[str, dict[str, Any]]:
        """What each pane uses and writes, since the sample before."""
        running = {
            pane.pane_id: pane
            for pane in self.feed.state.panes.values()
            if pane.hosted is not None and pane.state == "running"
        }
        hosts = {
            pane_id: pane.hosted
            for pane_id, pane in running.items()
            if pane.hosted is not None
        }
        usages = await trio.to_thread.run_sync(
            self.meter.read, hosts, trio.current_time()
        )
        rates = await self.rates(running)
        return {
            pane_id: {
                "pane_id": pane_id,
                "session_id": running[pane_id].session_id,
                "cpu": usage.cpu,
                "memory": usage.memory,
                "output": rates.get(pane_id, 0),
            }
            for pane_id, usage in usages.items()
        }

    async def rates(self, running: dict[str, Pane]) -> dict[str, int]:
        """How many bytes a second each pane's program writes."""
        written: dict[str, tuple[float, int]] = {}
        rates: dict[str, int] = {}
        for pane_id, pane in running.items():
            ref = self.kernel.registry.whereis(sessions.pane_path(pane))
            if ref is None:
                continue
            try:
                count = await panes.count_output(ref)
            except Unavailable:  # it begins anew, or is closed just now
                continue
            now = trio.current_time()
            written[pane_id] = now, count
            if pane_id in self.written:
                before, known = self.written[pane_id]
                rates[pane_id] = max(0, round((count - known) / (now - before)))
        self.written = written
        return rates
