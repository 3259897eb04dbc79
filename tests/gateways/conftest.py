"""A tree with connections in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from actorkit import open_world, patient
from gatedjournal import GatedJournal
from gatewaykit import Gate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock


@pytest.fixture
def journal() -> GatedJournal:
    """Where things are recorded: at once, unless a test says otherwise."""
    return GatedJournal()


@pytest.fixture
async def gate(journal: GatedJournal) -> AsyncIterator[Gate]:
    """Where connections come in."""
    with trio.fail_after(10_000):
        async with open_world(journal=journal) as world:
            gate = Gate(world)
            yield gate
            for end in gate.ends:
                await trio.aclose_forcefully(end)


@pytest.fixture
def patient_clock() -> MockClock:
    """Time that passes only when a test says so; see `actorkit.patient`."""
    return patient()
