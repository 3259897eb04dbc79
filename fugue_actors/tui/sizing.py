"""Whose size a window has: that of the client that used it last. Pure.

A client that takes part (`size = "latest"`) gives a window its own size when it goes there,
when its terminal changes size, and with the first key after somebody else has given the
window another one. One that does not, sees what fits. What its terminal tells by itself,
such as an answer or that it has lost the focus, is no use of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fugue_actors.protocol.tiling import BORDER, SMALLEST
from fugue_actors.tui.events import Key, Mouse, Paste
from fugue_actors.tui.modes import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fugue_actors.tui.state import Size, State

RESIZING: Final = "resize_window"


def is_use(event: object) -> bool:
    """Whether an event of the terminal is somebody at work in it.

    Answers may come at any time, and so may the focus: it goes when somebody turns to
    another terminal, which is to have its size.
    """
    if isinstance(event, Mouse):
        return event.kind != "move"
    return isinstance(event, Key | Paste)


def wanted_size(state: State) -> Request | None:
    """The request for this client's size, when its window is to have it and has not.

    While it is asked for it is not asked for again, unless the window or the terminal has
    another size by then. Where its panes need more than there is room for, it gets what they
    need.
    """
    window, session_id, area = state.window, state.session_id, state.area
    if window is None or session_id is None:
        return None
    if state.settings.size != "latest" or state.settings.is_read_only:
        return None
    least = minimum(window["layout"])
    wanted = max(least[0], area.columns), max(least[1], area.lines)
    present = window["columns"], window["lines"]
    if wanted == present:
        state.asked_sizes.pop(window["window_id"], None)
        return None
    if state.asked_sizes.get(window["window_id"]) == (present, wanted):
        return None
    state.asked_sizes[window["window_id"]] = present, wanted
    return Request(
        name=RESIZING,
        args={
            "session": session_id,
            "window": window["window_id"],
            "columns": wanted[0],
            "lines": wanted[1],
        },
        is_quiet=True,
        lane=f"size {window['window_id']}",
    )


def answered(state: State, request: Request) -> None:
    """Take in that a window has got a size, or could not: the next key may ask again.

    Somebody else may give it back the very size it had, and be gone before the next key.
    """
    state.asked_sizes.pop(request.args["window"], None)


def minimum(tree: Mapping[str, Any]) -> Size:
    """Columns and lines below which a window's panes cannot be drawn."""
    parts = [minimum(part["layout"]) for part in tree.get("splits", ())]
    if not parts:
        return SMALLEST
    columns, lines = zip(*parts, strict=True)
    borders = BORDER * (len(parts) - 1)
    if tree["direction"] == "vertical":
        return sum(columns) + borders, max(lines)
    return max(columns), sum(lines) + borders


def pan(state: State) -> tuple[int, int]:
    """The first column and line of a window that are shown, where it is too large.

    It moves only as far as the cursor of the client's pane needs to be seen.
    """
    window, area = state.window, state.area
    if window is None:
        return 0, 0
    x = y = 0
    for place in window["panes"]:
        screen = state.model.screens.get(place["pane_id"])
        if place["pane_id"] == state.pane_id:
            x, y = place["x"], place["y"]
            if screen is not None and "cursor" in screen.head:
                x += screen.head["cursor"]["x"]
                y += screen.head["cursor"]["y"]
    before = state.offsets.get(window["window_id"], (0, 0))
    return (
        slid(before[0], x, area.columns, window["columns"]),
        slid(before[1], y, area.lines, window["lines"]),
    )


def slid(offset: int, point: int, room: int, total: int) -> int:
    """The offset nearest to this one at which a point is within the room."""
    offset = min(max(offset, point - room + 1), point)
    return min(max(offset, 0), max(0, total - room))
