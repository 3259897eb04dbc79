"""What a session, window or pane shows, drawn smaller than it is. PURE.

A window keeps its arrangement: each pane has its share of the room, and shows the part of
its screen where the cursor is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fugue_actors.drawing import Style, borders
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui.defang import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fugue_actors.client.model import Screen
    from fugue_actors.drawing import Canvas
    from fugue_actors.protocol.monitor import AreaDocument, WindowDocument
    from fugue_actors.tui.branches import Branch
    from fugue_actors.tui.state import State

FRAME: Final = Style(dim=True)
ACTIVE: Final = Style(fg="green")


def draw(
    canvas: Canvas, area: Rectangle, state: State, branch: Branch | None
) -> tuple[str, ...]:
    """Draw what a branch shows into a frame; returns the panes it needs for that."""
    title = "" if branch is None else plain(branch.name)
    canvas.box(area, FRAME, title)
    inside = Rectangle(area.x + 1, area.y + 1, area.columns - 2, area.lines - 2)
    if branch is None or inside.columns <= 0 or inside.lines <= 0:
        return ()
    window = window_of(state, branch)
    if branch.kind == "pane" or window is None:
        pane_ids = branch.pane_ids[:1]
        for pane_id in pane_ids:
            draw_screen(canvas, inside, state.model.screens.get(pane_id))
        return pane_ids
    return draw_window(canvas, inside, state, window)


def window_of(state: State, branch: Branch) -> WindowDocument | None:
    """The window that is shown for a branch: of a session the one the client was in."""
    if branch.kind == "session":
        return state.window_in(branch.session_id)
    for window in state.windows_of(branch.session_id):
        if window["window_id"] == branch.key:
            return window
    return None


def draw_window(
    canvas: Canvas, area: Rectangle, state: State, window: WindowDocument
) -> tuple[str, ...]:
    """Draw the panes of a window with their borders."""
    own = state.pane_in(window)
    shown: Sequence[AreaDocument] = window["panes"]
    places = scaled(shown, (window["columns"], window["lines"]), area)
    if not places:
        return draw_alone(
            canvas, area, state, [one for one in shown if one["pane_id"] == own]
        )
    rectangles = [moved(one, -area.x, -area.y) for one in places.values()]
    active = places.get(own or "")
    lines = borders(
        rectangles,
        min(window["columns"], area.columns),
        min(window["lines"], area.lines),
        None if active is None else moved(active, -area.x, -area.y),
        heavy=False,
    )
    canvas.put_borders(area, lines, FRAME, ACTIVE)
    for pane_id, place in places.items():
        draw_screen(canvas, place, state.model.screens.get(pane_id))
    return tuple(places)


def draw_alone(
    canvas: Canvas, area: Rectangle, state: State, shown: Sequence[AreaDocument]
) -> tuple[str, ...]:
    """Draw one pane of a window over all of it."""
    for one in shown:
        draw_screen(canvas, area, state.model.screens.get(one["pane_id"]))
    return tuple(one["pane_id"] for one in shown)


def draw_screen(canvas: Canvas, area: Rectangle, screen: Screen | None) -> None:
    """Draw the part of a screen where its cursor is."""
    if screen is None:
        return
    lines, columns = len(screen.rows), screen.head.get("columns", 0)
    cursor: Mapping[str, Any] = screen.head.get("cursor") or {}
    dy = first_in_view(cursor.get("y", 0), lines, area.lines)
    dx = first_in_view(cursor.get("x", 0), columns, area.columns)
    if not cursor.get("visible", True):
        dx = 0
    canvas.put_rows(area, screen.rows, dx, dy)


def first_in_view(wanted: int, total: int, room: int) -> int:
    """The first line or column of which the wanted one is in view, and no room unused."""
    return max(min(wanted - room + 1, total - room), 0)


def scaled(
    areas: Sequence[AreaDocument], size: tuple[int, int], room: Rectangle
) -> Mapping[str, Rectangle]:
    """Where panes stand when their window has less room; none if one has no cell left.

    Args:
        areas: Where they stand in their window.
        size: Its columns and lines.
        room: Where the window is to be drawn. A smaller one is drawn as it is.
    """
    columns, lines = min(size[0], room.columns), min(size[1], room.lines)
    found: dict[str, Rectangle] = {}
    for area in areas:
        left, right = edges(area["x"], area["columns"], size[0], columns)
        top, bottom = edges(area["y"], area["lines"], size[1], lines)
        if left >= right or top >= bottom:
            return {}
        found[area["pane_id"]] = Rectangle(
            room.x + left, room.y + top, right - left, bottom - top
        )
    return found


def edges(start: int, length: int, total: int, room: int) -> tuple[int, int]:
    """The first cell and the one behind the last, in a smaller room; borders keep one."""
    end = start + length
    first = 0 if start == 0 else (start - 1) * room // total + 1
    last = room if end >= total else end * room // total
    return first, last


def moved(area: Rectangle, x: int, y: int) -> Rectangle:
    """The same area elsewhere."""
    return Rectangle(area.x + x, area.y + y, area.columns, area.lines)
