"""How many messages a second one actor takes from one sender.

The peers are what one would write by hand on trio: a memory channel of the same size,
and for an ask an event that comes with the request, under a deadline as each ask has.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from statistics import median

import attrs
import trio
from figures import PER_SECOND, Figure, Numbers

from fugue_actors.kernel import (
    Actor,
    ChildSpec,
    Kernel,
    Ref,
    Request,
    open_kernel,
    supervisor,
)

TELLS = "kernel.channel"
ASKS = "kernel.round_trip"
FIGURES = [
    Figure("kernel.tell", "tell, from a task", PER_SECOND, peer=TELLS),
    Figure("kernel.actor_tell", "tell, actor to actor", PER_SECOND, peer=TELLS),
    Figure(TELLS, "  peer: send on a trio memory channel", PER_SECOND),
    Figure("kernel.ask", "ask, from a task", PER_SECOND, peer=ASKS),
    Figure("kernel.actor_ask", "ask, actor to actor", PER_SECOND, peer=ASKS),
    Figure(ASKS, "  peer: channel and trio event, with deadline", PER_SECOND),
]

COUNT = 4_000
ROUNDS = 6
WARM_UP = 1
WITHIN = 5.0


@attrs.frozen(kw_only=True)
class Echo(Request[int]):
    """Answered with its number."""

    number: int


@attrs.frozen(kw_only=True)
class Time(Request[float]):
    """Send so many messages; answered with the seconds it took."""

    send: Callable[[Ref, int], Awaitable[None]]
    count: int


class Receiver(Actor):
    """Takes what comes."""

    async def handle(self, message: object) -> int | None:
        """Answer an ask, forget a tell."""
        return message.number if isinstance(message, Echo) else None


class Sender(Actor):
    """Sends from within a handler, as the actors of a daemon do."""

    async def handle(self, message: Time) -> float:
        """Send, and tell how long it took."""
        return await timed(message, self.kernel.registry.resolve(RECEIVER))


RECEIVER = "/receivers/receiver"
SENDER = "/senders/sender"


async def tell(receiver: Ref, count: int) -> None:
    """So many tells, all handled when this returns."""
    for number in range(count):
        await receiver.tell(number)
    await receiver.ask(Echo(number=0), within=WITHIN)


async def ask(receiver: Ref, count: int) -> None:
    """So many asks, one after the other."""
    message = Echo(number=1)
    for _ in range(count):
        await receiver.ask(message, within=WITHIN)


async def timed(message: Time, receiver: Ref) -> float:
    """The seconds that the sends of a `Time` take."""
    began = time.perf_counter()
    await message.send(receiver, message.count)
    return time.perf_counter() - began


async def channel(count: int) -> float:
    """The seconds that so many sends take, all received."""
    into, out = trio.open_memory_channel[int](256)
    began = time.perf_counter()

    async def receive() -> None:
        async for _ in out:
            pass

    async with trio.open_nursery() as nursery:
        nursery.start_soon(receive)
        async with into:
            for number in range(count):
                await into.send(number)
    return time.perf_counter() - began


async def round_trips(count: int) -> float:
    """The seconds that so many hand-made asks take."""
    into, out = trio.open_memory_channel[list[object]](256)

    async def answer() -> None:
        async for request in out:
            answered, number = request
            request.append(number)
            assert isinstance(answered, trio.Event)
            answered.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer)
        began = time.perf_counter()
        async with into:
            for _ in range(count):
                with trio.fail_after(WITHIN):
                    answered = trio.Event()
                    await into.send([answered, 1])
                    await answered.wait()
        return time.perf_counter() - began


async def one_round(kernel: Kernel) -> Numbers:
    """Ours and the peers in turn."""
    receiver = kernel.registry.resolve(RECEIVER)
    sender = kernel.registry.resolve(SENDER)
    numbers: Numbers = {}
    for name, send in (("tell", tell), ("ask", ask)):
        request = Time(send=send, count=COUNT)
        numbers[f"kernel.{name}"] = COUNT / await timed(request, receiver)
        seconds = await sender.ask(request, within=60.0)
        numbers[f"kernel.actor_{name}"] = COUNT / seconds
    numbers[TELLS] = COUNT / await channel(COUNT)
    numbers[ASKS] = COUNT / await round_trips(COUNT)
    return numbers


async def measured(kernel: Kernel) -> Numbers:
    """The medians of some rounds."""
    rounds = [await one_round(kernel) for _ in range(WARM_UP + ROUNDS)][WARM_UP:]
    return {key: median(each[key] for each in rounds) for key in rounds[0]}


def measure() -> Numbers:
    """One run."""

    async def run() -> Numbers:
        tree = supervisor(
            "root",
            children=[
                supervisor(
                    "receivers", children=[ChildSpec(id="receiver", factory=Receiver)]
                ),
                supervisor(
                    "senders", children=[ChildSpec(id="sender", factory=Sender)]
                ),
            ],
        )
        async with open_kernel(tree) as kernel:
            return await measured(kernel)

    return trio.run(run)
