"""The environment a pane's program starts with. Pure.

The ids in it inform the program; nobody is ever believed because of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# What would bind a child to an outer multiplexer or agent. Credentials stay: a nested
# agent needs its API key.
FOREIGN = re.compile(
    r"TMUX|TMUX_PANE|STY|WINDOW|ZELLIJ(_.*)?|WEZTERM_PANE|KITTY_WINDOW_ID|TERM_PROGRAM"
    r"|TERM_PROGRAM_VERSION|CLAUDECODE|CLAUDE_PROJECT_DIR|CLAUDE_CODE_(SESSION_ID"
    r"|ENTRYPOINT|CHILD_SESSION|SSE_PORT)|AI_AGENT|CODEX_SANDBOX.*|CODEX_THREAD_ID"
    r"|GEMINI_CLI|COLUMNS|LINES|FUGUE(_.*)?"
)


def pane_environment(
    base: Mapping[str, str],
    extra: Mapping[str, str],
    *,
    session_id: str,
    session_name: str,
    pane_id: str,
    token: str,
    socket: str,
    home: str | None,
) -> dict[str, str]:
    """What a pane's program gets: `base` cleaned, `extra`, then fugue's own.

    Args:
        base: The environment of whoever asked for the pane.
        extra: What the user set for it; cannot override fugue's own names.
        session_id: The pane's session.
        session_name: Its name when the pane was made.
        pane_id: The pane.
        token: The pane's secret, for programs that reach the daemon from a sandbox.
        socket: Path of `mcp.sock`.
        home: `FUGUE_HOME` of the daemon, if it has one.
    """
    environment = {k: v for k, v in base.items() if not FOREIGN.fullmatch(k)}
    environment.update(extra)
    environment.update(
        TERM="xterm-256color",
        COLORTERM="truecolor",
        FUGUE="1",
        FUGUE_SOCKET=socket,
        FUGUE_SESSION_ID=session_id,
        FUGUE_SESSION_NAME=session_name,
        FUGUE_PANE_ID=pane_id,
        FUGUE_TOKEN=token,
    )
    environment.pop("FUGUE_HOME", None)
    if home is not None:
        environment["FUGUE_HOME"] = home
    return environment
