"""How many messages a second agents send, each answered when the disk has it for certain.

One, ten and a hundred connections straight at `mcp.sock`, each with one request under way.
All clients run in this one process, so that it is measured as well.
"""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING

import trio
from daemonkit import Home, running_home
from faultkit import Wire
from figures import PER_SECOND, Figure, Numbers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

COUNTS = (1, 10, 100)
FIGURES = [
    Figure(
        f"sends.mcp_{count}", f"fugue_send_orchestration, {count} at once", PER_SECOND
    )
    for count in COUNTS
]

SECONDS = 3.0
WARM_UP_SECONDS = 0.5
STATUS = {"status": "working", "message": "all tests pass on the branch; please look"}
SETTINGS = """
[messages]
inbox_messages = 1000000
sends_per_minute = 0
conversation_per_minute = 0
"""


async def rate(count: int, send: Callable[[int], Awaitable[object]]) -> float:
    """How often a second `send` returns, if so many do nothing else."""
    begin = time.perf_counter() + WARM_UP_SECONDS
    end = begin + SECONDS
    done = 0

    async def one(number: int) -> None:
        nonlocal done
        while (now := time.perf_counter()) < end:
            await send(number)
            done += now >= begin

    async with trio.open_nursery() as nursery:
        for number in range(count):
            nursery.start_soon(one, number)
    return done / (time.perf_counter() - begin)


async def over_mcp(home: Home, count: int) -> float:
    """Each sender on a connection of its own, to one session each."""
    wires = []
    for number in range(count):
        for name in (f"to-{count}-{number}", f"from-{count}-{number}"):
            stream = await trio.open_unix_socket(str(home.mcp_socket))
            wire = Wire(stream, Random(0), 0)
            await wire.introduce(name)
            await wire.greet()
            await wire.call("whoami")
            if name.startswith("to"):
                await stream.aclose()
        wires.append(wire)

    async def send(number: int) -> None:
        target = {"session": f"to-{count}-{number}"}
        await wires[number].call(
            "send_orchestration", target=target, message={"status_update": STATUS}
        )

    result = await rate(count, send)
    for wire in wires:
        await wire.stream.aclose()
    return result


def measure() -> Numbers:
    """One run."""
    with running_home(SETTINGS) as home:
        return {
            f"sends.mcp_{count}": trio.run(over_mcp, home, count) for count in COUNTS
        }
