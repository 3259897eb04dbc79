"""The real Claude Code, used by a person who is attached to its session."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import trio
from agentkit import FUGUE, eventually
from outerkit import OuterTerminal
from scripted_model import Reply, ScriptedModel

if TYPE_CHECKING:
    from pathlib import Path

    from agentkit import Stage

pytestmark = [pytest.mark.real, pytest.mark.slow]

PROMPT = "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}"
SCRIPT = {"say hello": [Reply("Hello from the model.")]}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_claude_is_used_through_attach(
    claude: Path, stage: Stage, size: tuple[int, int]
) -> None:
    """Its picture is drawn, what is typed reaches its prompt, its answer is shown."""
    with ScriptedModel(SCRIPT) as model, OuterTerminal(*size) as terminal:
        await stage.start(
            "ann", os.fspath(claude), **stage.agent_environment(model.url_for("ann"))
        )

        async def is_ready() -> bool:
            return PROMPT in await stage.screen("ann")

        await eventually(is_ready)

        def use() -> None:
            terminal.run([*FUGUE, "attach", "ann"], stage.environment)
            terminal.wait_shows(PROMPT)
            terminal.press("say hello")
            terminal.wait_shows("say hello")
            terminal.press("\r")
            terminal.wait_shows("Hello from the model.")
            terminal.press("\x02d")
            assert terminal.wait_ended() == 0
            assert not terminal.damage()

        await trio.to_thread.run_sync(use)
        assert "Hello from the model." in await stage.screen("ann")
