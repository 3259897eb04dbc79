"""What commands say of where the client is: `#S`, `#{pane_title}` and others. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.tui.state import State

SHORT: Final = {
    "D": "pane_id",
    "I": "window_index",
    "P": "pane_index",
    "S": "session_name",
    "T": "pane_title",
    "W": "window_name",
}
FORM: Final = re.compile(r"#\{([a-z_]+)\}|#([A-Z#])")


def expand(text: str, state: State) -> str:
    """A text with what it asks for; what is not known is left as it is."""

    def value(found: re.Match[str]) -> str:
        if found[2] == "#":
            return "#"
        reader = VALUES.get(found[1] or SHORT.get(found[2], ""))
        return found[0] if reader is None else reader(state)

    return FORM.sub(value, text)


def session_name(state: State) -> str:
    return "" if state.session is None else state.session["session_name"]


def window_name(state: State) -> str:
    return "" if state.window is None else state.name_of(state.window)


def window_index(state: State) -> str:
    return "" if state.window is None else str(state.window["number"])


def pane_id(state: State) -> str:
    return state.pane_id or ""


def pane_index(state: State) -> str:
    ids = [area["pane_id"] for area in state.areas]
    return str(ids.index(state.pane_id)) if state.pane_id in ids else ""


def pane_title(state: State) -> str:
    return "" if state.pane is None else state.pane["title"]


def pane_width(state: State) -> str:
    return "" if state.pane is None else str(state.pane["columns"])


def pane_height(state: State) -> str:
    return "" if state.pane is None else str(state.pane["lines"])


def pane_current_path(state: State) -> str:
    return "" if state.pane is None else state.pane["cwd"]


VALUES: Final[dict[str, Callable[[State], str]]] = {
    reader.__name__: reader
    for reader in (
        session_name,
        window_name,
        window_index,
        pane_id,
        pane_index,
        pane_title,
        pane_width,
        pane_height,
        pane_current_path,
    )
}
