"""Progress notifications come while a request is under way, and never after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio

from fugue_actors.errors import Refused
from fugue_actors.gateways.mcp.progress import while_telling
from fugue_actors.gateways.operations.context import Progress

if TYPE_CHECKING:
    from trio.testing import MockClock


class Client:
    """The end of a request's session that progress is told to."""

    def __init__(self) -> None:
        self.told: list[tuple[float, str | None]] = []

    async def report_progress(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> None:
        self.told.append((progress, message))
        await trio.lowlevel.checkpoint()


class Deaf(Client):
    """One that does not read what it is told."""

    async def report_progress(self, *_: Any, **__: Any) -> None:
        await trio.sleep_forever()


async def test_a_long_request_is_told_of_and_a_short_one_is_not(
    autojump_clock: MockClock,
) -> None:
    """Every five seconds, with what it is doing at that time."""
    client, progress = Client(), Progress()

    async def work() -> int:
        await trio.sleep(6)
        progress.message = "almost done"
        await trio.sleep(6)
        return 42

    assert await while_telling(client, progress, work()) == 42  # type: ignore[arg-type]
    assert client.told == [(5.0, "still under way"), (10.0, "almost done")]
    await trio.sleep(60)
    assert len(client.told) == 2


async def test_a_refusal_comes_out_as_it_is(autojump_clock: MockClock) -> None:
    """Not in a group, which nobody would recognise."""

    async def work() -> int:
        await trio.sleep(1)
        raise Refused("Timeout", "too late")

    with pytest.raises(Refused, match="too late"):
        await while_telling(Client(), Progress(), work())  # type: ignore[arg-type]


async def test_a_client_that_does_not_read_holds_nothing_up(
    autojump_clock: MockClock,
) -> None:
    """Neither the request nor its end."""

    async def work() -> int:
        await trio.sleep(30)
        return 1

    with trio.fail_after(31):
        await while_telling(Deaf(), Progress(), work())  # type: ignore[arg-type]
