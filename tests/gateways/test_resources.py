"""The inbox as a resource, apart from any connection."""

from __future__ import annotations

import trio

from fugue_actors.errors import Refused
from fugue_actors.gateways.mcp.resources import InboxResource
from fugue_actors.journal import Journal


async def test_a_session_that_has_ended_already_has_nothing_to_announce() -> None:
    """Killed in the moment it was greeted; its connection lives on and is told so."""

    async def session_id() -> str:
        raise Refused("SessionNotFound", "your session has ended")

    with trio.fail_after(60):
        await InboxResource(Journal(), session_id).announce()
