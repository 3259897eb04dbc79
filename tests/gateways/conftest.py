"""A tree with connections in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from actorkit import open_world, patient
from gatewaykit import Gate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    """Where connections come in."""
    with trio.fail_after(10_000):
        async with open_world() as world:
            gate = Gate(world)
            yield gate
            for end in gate.ends:
                await trio.aclose_forcefully(end)


@pytest.fixture
def patient_clock() -> MockClock:
    """Time that passes only when a test says so; see `actorkit.patient`."""
    return patient()
