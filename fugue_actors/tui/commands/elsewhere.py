"""Commands that tmux has and attach has not: what does the same here. PURE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS: Final = (
    "options are in config.toml [attach]; bind and unbind change keys at once"
)
TREE: Final = "prefix w shows all windows and panes"

INSTEAD: Final[Mapping[str, str]] = {
    **dict.fromkeys(("set", "set-option", "setw", "set-window-option"), OPTIONS),
    **dict.fromkeys(("show", "show-options", "source", "source-file"), OPTIONS),
    **dict.fromkeys(("list-windows", "lsw", "list-panes", "lsp"), TREE),
    **dict.fromkeys(
        ("find-window", "findw"), "prefix w shows all windows, and / in it finds one"
    ),
    "kill-server": "stop ends the daemon, and detach leaves it running",
    **dict.fromkeys(
        ("capture-pane", "capturep"), "read prints what a pane shows, prefix [ copies"
    ),
    **dict.fromkeys(("pipe-pane", "pipep"), "record keeps what a pane shows"),
    **dict.fromkeys(
        ("run-shell", "if-shell"), "split-window and new-window run commands"
    ),
}
"""By name and alias."""
