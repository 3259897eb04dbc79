"""Processes that left their pane, or serve several: they are nobody's agent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from daemonkit import RELAY, Relay
from mcpkit import inside

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Team
    from daemonkit import Home

pytestmark = pytest.mark.real

# A program that stays, beside a relay that made a session of its own: as an agent's
# background server does, which every pane of its kind then shares.
DETACHED = 'setsid "$1" "$2" "$3" & exec cat'
# The same, but its parent is gone: only the pane's host still has it.
ORPHANED = '(setsid "$1" "$2" "$3" &) ; exec cat'


def sharer(home: Home, name: str, script: str, path: Path) -> Relay:
    with home.control() as control:
        made = control(
            "create_session",
            name=name,
            command=["sh", "-c", script, "sh", sys.executable, str(RELAY), str(path)],
            environment=home.environment,
        )
    return Relay(path, made)


def own_variables(home: Home, relay: Relay) -> dict[str, str]:
    """What fugue put into a pane's environment, its token included."""
    environment = home.environment_of_pane(relay.pane_id)
    return {k: v for k, v in environment.items() if k.startswith("FUGUE_")}


@pytest.mark.parametrize("script", [DETACHED, ORPHANED], ids=["detached", "orphaned"])
async def test_the_child_of_a_daemon_that_panes_share_is_mistaken_for_neither(
    home: Home, team: Team, script: str, request: pytest.FixtureRequest
) -> None:
    """It has a pane's whole environment, token included, and still is only a guest."""
    name = request.node.callspec.id
    shared = sharer(home, name, script, home.root / f"{name}.relay")
    for claims in ({}, own_variables(home, team.boss)):
        async with inside(shared, claims=claims) as child:
            me = await child.call("whoami")
            assert me["attested"] == "guest"
            assert me["session_name"] not in (name, "boss")
            assert me["hint"]
            assert me["tags"] == []
    with home.control() as control:
        control("kill_session", session=name)
    assert not home.processes_with(shared.path)


async def test_a_pane_inside_a_pane_is_itself(home: Home, team: Team) -> None:
    """An agent that starts an agent by tool: the child is a session of its own."""
    path = home.root / "nested.relay"
    async with inside(team.boss) as boss:
        made: dict[str, Any] = await boss.call(
            "create_session",
            name="nested",
            command=[sys.executable, str(RELAY), str(path)],
        )
    async with inside(Relay(path, made)) as nested:
        me = await nested.call("whoami")
        assert me["session_name"] == "nested"
        assert me["parent"] == team.boss.session_id
        sent = await nested.call("request_help", context="where am I?")
        assert [row["session_name"] for row in sent["recipients"]] == ["boss"]
    with home.control() as control:
        control("kill_session", session="nested")
