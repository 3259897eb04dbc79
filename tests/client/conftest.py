"""A tree with connections in memory, and typed clients at their other ends."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import attrs
import pytest
import trio
from actorkit import open_world
from gatewaykit import Gate, stream_pair

from fugue_actors.client.client import Client, greeted
from fugue_actors.client.wires import LineWire
from fugue_actors.gateways.control import ControlConnection
from fugue_actors.kernel import Ref

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@attrs.define(eq=False)
class Office:
    """Where clients connect.

    Attributes:
        gate: The daemon's side.
        last: The actor of the newest connection.
    """

    gate: Gate
    last: Ref | None = None

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """A client that was greeted."""
        ours, theirs = stream_pair()
        _, self.last = await self.gate.connect(ControlConnection, (ours, theirs))
        async with greeted(LineWire(ours), name="grace") as client:
            yield client


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """Where clients connect."""
    with trio.fail_after(10_000):
        async with open_world() as world:
            gate = Gate(world)
            yield Office(gate)
            for end in gate.ends:
                await trio.aclose_forcefully(end)
