"""The real Claude Code works with fugue the way its users set it up."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from agentkit import FUGUE, eventually
from scripted_model import Reply, ScriptedModel

if TYPE_CHECKING:
    from pathlib import Path

    from agentkit import Stage

pytestmark = [pytest.mark.real, pytest.mark.slow]

PROMPT = "Please join in."
POLL = {"wait_seconds": 30}
SCRIPT = {
    "join in": [
        Reply(tools=(("fugue_whoami", {}),)),
        Reply(tools=(("fugue_report_status", {"status": "working"}),)),
        Reply("Nothing yet?", tools=(("fugue_poll_messages", POLL),)),
        Reply("I have read it."),
    ]
}
SERVERS = {
    "mcpServers": {
        "fugue": {"type": "stdio", "command": FUGUE[0], "args": [*FUGUE[1:], "mcp"]}
    }
}


async def test_claude_lists_the_server_as_connected(claude: Path, stage: Stage) -> None:
    """The first thing its users see; the server starts the daemon it needs."""
    added = os.fspath(claude), "mcp", "add", "fugue", "--", *FUGUE, "mcp"
    await stage.run(*added)
    listed = await stage.run(os.fspath(claude), "mcp", "list")
    line = next(line for line in listed.splitlines() if line.startswith("fugue:"))
    assert line.endswith("✔ Connected")


@pytest.mark.parametrize("mode", ["interactive", "print"])
async def test_claude_in_a_pane_completes_a_conversation(
    claude: Path, stage: Stage, mode: str
) -> None:
    """It learns who it is, reports, and is woken from its poll by a message."""
    with ScriptedModel(SCRIPT) as model:
        await stage.fugue("new", "boss", "--tag", "orchestrator", "--", "cat")
        made = await stage.start(
            "ann",
            os.fspath(claude),
            *(["-p"] if mode == "print" else []),
            PROMPT,
            "--strict-mcp-config",
            f"--mcp-config={json.dumps(SERVERS)}",
            "--allowedTools=mcp__fugue",
            **stage.agent_environment(model.url_for("ann")),
        )

        async def has_reported() -> bool:
            return any(request.step == 2 for request in model.requests_of("ann"))

        await eventually(has_reported)
        assert (await stage.session("ann"))["status"]["status"] == "working"
        sent = await stage.fugue("send", "ann", "Carry on with the tests.")
        assert sent["delivered_count"] == 1

        async def has_finished() -> bool:
            return "I have read it." in await stage.screen("ann")

        await eventually(has_finished)
        if mode == "print":

            async def exit_status() -> Any:
                return (await stage.session("ann"))["panes"][0]["exit"]

            assert (await eventually(exit_status))["code"] == 0

        told, reported, read = [
            (tool, json.loads(text))
            for request in model.requests_of("ann")
            for tool, text in request.results
            if tool.startswith("mcp__fugue__")
        ]
        assert told[0] == "mcp__fugue__fugue_whoami"
        assert told[1]["session_id"] == made["session_id"]
        assert told[1]["pane_id"] == made["pane_id"]
        assert told[1]["attested"] == "process"
        assert reported[0] == "mcp__fugue__fugue_report_status"
        assert reported[1]["recipients"][0]["session_name"] == "boss"
        assert (await stage.session("boss"))["unread"] == 1
        assert read[0] == "mcp__fugue__fugue_poll_messages"
        (envelope,) = read[1]["messages"]
        assert envelope["id"] == sent["message_id"]
        assert envelope["payload"] == {"text": "Carry on with the tests."}
