"""Agents and people wait for panes and sessions, through every layer of a real daemon."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
import trio
from mcpkit import Agent, ToolError, guest

if TYPE_CHECKING:
    from daemonkit import Home

pytestmark = pytest.mark.real

SCRIPT = """
import sys
print('ready', flush=True)
for line in sys.stdin:
    word = line.strip()
    if word == 'die':
        sys.exit(7)
    print('got', word.upper(), flush=True)
"""


async def program(agent: Agent, name: str) -> str:
    """A session that answers what it is told; its pane."""
    made = await agent.call(
        "create_session", name=name, command=[sys.executable, "-c", SCRIPT]
    )
    await agent.call("wait_for", session=name, text="^ready$")
    pane: str = made["pane_id"]
    return pane


async def refusal(agent: Agent, tool: str, **arguments: Any) -> dict[str, Any]:
    """The error that a call gives."""
    with pytest.raises(ToolError) as error:
        await agent.call(tool, **arguments)
    return error.value.shape


async def test_an_agent_types_and_waits_for_the_answer(home: Home) -> None:
    """The echo of what it typed is not the answer, and old answers are none either."""
    async with guest(home) as agent:
        pane = await program(agent, "oracle")
        for word in ("one", "two", "three"):
            typed = await agent.call("send_input", pane=pane, text=word, submit=True)
            found = await agent.call(
                "wait_for", pane=pane, text=f"(?i)({word})", since=typed["next"]
            )
            assert (found["met"], found["line"]) == ("text", f"got {word.upper()}")
            assert found["groups"] == [word.upper()]
        await agent.call("send_input", pane=pane, text="die", submit=True)
        ended = await agent.call("wait_for", pane=pane, exit=True)
        assert ended["exit"]["code"] == 7
        never = await refusal(agent, "wait_for", pane=pane, text="never")
        assert never["code"] == "PaneExited"
        assert never["data"]["code"] == 7


async def test_a_time_out_says_what_the_pane_shows_instead(home: Home) -> None:
    """So that an agent need not look before it decides."""
    async with guest(home) as agent:
        pane = await program(agent, "slow")
        late = await refusal(agent, "wait_for", pane=pane, text="never", timeout=0.1)
        assert late["code"] == "Timeout"
        assert late["data"]["text"] == ["ready"]
        quiet = await agent.call("wait_for", pane=pane, quiet_ms=50)
        assert quiet["waited"] >= 0.05


async def test_a_wait_for_two_things_or_none_is_refused(home: Home) -> None:
    """Nobody could say which of them was meant."""
    async with guest(home) as agent:
        pane = await program(agent, "which")
        for wanted in ({}, {"text": "a", "exit": True}, {"exit": False}):
            shape = await refusal(agent, "wait_for", pane=pane, **wanted)
            assert shape["code"] == "InvalidArgument"


async def test_a_session_that_reports_is_waited_for_and_one_that_ends_is_told(
    home: Home,
) -> None:
    """What it says of itself counts; a report that was made before counts at once."""
    async with guest(home, "--as", "worker") as worker, guest(home) as boss:
        await worker.call("whoami")
        outcomes: list[dict[str, Any]] = []

        async def wait() -> None:
            outcomes.append(await boss.call("wait_for", session="worker", state="idle"))

        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(wait)
                await refusal(worker, "report_status", status="working")
                await refusal(worker, "report_status", status="idle", message="bored")
        assert outcomes[0]["session_name"] == "worker"
        assert outcomes[0]["status"]["message"] == "bored"
        again = await boss.call("wait_for", session="worker", state="idle", timeout=0)
        assert again["met"] == "state"
        late = await refusal(
            boss, "wait_for", session="worker", state="error", timeout=0
        )
        assert late["code"] == "Timeout"
        assert "'idle'" in late["message"]


async def test_a_state_that_no_program_can_report_any_more_is_not_waited_for(
    home: Home,
) -> None:
    """The agent has ended, and nothing starts it again."""
    async with guest(home) as agent:
        pane = await program(agent, "mortal")
        shapes: list[dict[str, Any]] = []

        async def wait() -> None:
            shapes.append(
                await refusal(agent, "wait_for", session="mortal", state="complete")
            )

        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(wait)
                await agent.call("send_input", pane=pane, text="die", submit=True)
        assert shapes[0]["code"] == "PaneExited"
        assert "last reported nothing" in shapes[0]["message"]


async def test_a_wait_that_its_client_cancels_is_forgotten_everywhere(
    home: Home,
) -> None:
    """More of them than a pane may have at a time, and still there is room."""
    async with guest(home) as agent:
        pane = await program(agent, "patience")
        for _ in range(3):
            with trio.move_on_after(0.3):
                async with trio.open_nursery() as nursery:
                    for _ in range(20):
                        nursery.start_soon(
                            lambda: agent.call("wait_for", pane=pane, text="never")
                        )
        assert (await agent.call("wait_for", pane=pane, text="ready"))[
            "line"
        ] == "ready"


async def test_a_client_that_asked_for_progress_hears_that_a_wait_goes_on(
    home: Home,
) -> None:
    """Else it may give up before the answer comes."""
    told: list[str | None] = []

    async def on_progress(
        progress: float, total: float | None, message: str | None
    ) -> None:
        told.append(message)

    async with guest(home) as agent:
        pane = await program(agent, "progress")
        await agent.client.call_tool(
            "fugue_wait_for",
            {"pane": pane, "text": "never", "timeout": 6},
            progress_callback=on_progress,
        )
    assert told == ["waiting for text"]
