"""Which command lines are those of daemons that serve several panes."""

from __future__ import annotations

import shlex

import pytest

from fugue_actors.gateways.sharers import SHARED_DAEMONS


@pytest.mark.parametrize(
    ("argv", "is_shared"),
    [
        (["codex", "app-server"], True),
        (["/home/u/.codex/packages/bin/codex", "app-server", "--listen", "x"], True),
        (["node", "/usr/lib/node_modules/codex/bin/codex.js", "app-server"], True),
        (["codex", "-c", "model=x", "app-server"], True),
        (["codex"], False),
        (["codex", "--no-daemon"], False),
        (["codex", "explain app-server to me"], False),
        (["codex", "exec", "what does codex app-server do"], False),
        (["codex", "app-server-proxy"], False),
        (["mycodex", "app-server"], False),
        (["fugue", "mcp"], False),
        ([], False),
    ],
)
def test_codex_app_server_is_known_and_talk_of_it_is_not(
    argv: list[str], is_shared: bool
) -> None:
    """It runs MCP children of all panes; an agent that was asked about it does not."""
    words = shlex.join(argv)
    assert any(pattern.search(words) for pattern in SHARED_DAEMONS) == is_shared
