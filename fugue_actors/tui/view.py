"""What a client shows, drawn onto a canvas. Pure: the same state gives the same picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.drawing import PLAIN, Cursor, Style, borders, columns_of
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui import status, titles
from fugue_actors.tui.keyboard import is_over

if TYPE_CHECKING:
    from fugue_actors.drawing import Canvas
    from fugue_actors.protocol.monitor import AreaDocument, PaneDocument
    from fugue_actors.tui.state import State

ACTIVE_BORDER: Final = Style(fg="green")
OUTSIDE: Final = Style(dim=True)
OVER: Final = Style(fg="black", bg="yellow")
GONE: Final = Style(fg="brightwhite", bg="red", bold=True)


def draw(state: State, canvas: Canvas) -> Cursor | None:
    """Draw everything; returns where the cursor is."""
    canvas.clear()
    overlay = state.overlay
    cursor = None
    if overlay is None or overlay.place == "over":
        cursor = draw_window(state, canvas)
    if overlay is not None:
        cursor = overlay.draw(canvas, state.area)
    if state.outage is not None:
        draw_outage(state, canvas)
        cursor = None
    line = state.status_line
    if line is not None:
        status.draw(state, canvas, line)
    if state.line is not None:
        at = canvas.lines - 1 if line is None else line
        cursor = state.line.draw(canvas, Rectangle(0, at, canvas.columns, 1))
    return cursor


def draw_window(state: State, canvas: Canvas) -> Cursor | None:
    """Draw the panes of the client's window, and what is between and around them."""
    window, room = state.window, state.area
    if window is None:
        centred(canvas, room, "there is nothing here yet", PLAIN)
        return None
    dx, dy = state.offset_of(window)
    x, y = room.x - dx, room.y - dy
    cursor = None
    for area in window["panes"]:
        place = Rectangle(x + area["x"], y + area["y"], area["columns"], area["lines"])
        found = draw_pane(state, canvas, area, place)
        if area["pane_id"] == state.pane_id:
            cursor = found
    draw_borders(state, canvas)
    if state.has_titles:
        titles.draw(state, canvas)
        right = window["columns"] - dx + 1
        rest = Rectangle(room.x + right, room.y - 1, room.columns - right, 1)
        canvas.fill(rest, "·", OUTSIDE)
    draw_outside(canvas, room, window["columns"] - dx, window["lines"] - dy)
    draw_notice(state, canvas)
    if cursor is None or not within(room, cursor):
        return None
    return cursor


def draw_pane(
    state: State, canvas: Canvas, area: AreaDocument, place: Rectangle
) -> Cursor | None:
    """Draw one pane, or the mode that has taken it over; returns its cursor."""
    pane_id = area["pane_id"]
    mode = state.pane_modes.get(pane_id)
    if mode is not None:
        return mode.draw(canvas, place)
    screen = state.model.screens.get(pane_id)
    if screen is None:
        return None
    canvas.put_rows(place, screen.rows)
    pane = state.model.panes.get(pane_id)
    if pane is not None and is_over(pane["state"]):
        below = place.y + place.lines - 1
        canvas.field(place.x, below, place.columns, f" {ending(pane)}", OVER)
        return None
    cursor = screen.head.get("cursor")
    if cursor is None:
        return None
    return Cursor(
        place.x + min(cursor["x"], place.columns - 1),
        place.y + min(cursor["y"], place.lines - 1),
        cursor["visible"],
        cursor["shape"],
    )


def ending(pane: PaneDocument) -> str:
    """How a program ended, and what one can do."""
    left = pane["exit"]
    if pane["state"] == "lost" or left is None:
        return "lost with its terminal · Enter closes the pane"
    how = f"signal {left['signal']}" if left["signal"] else f"code {left['code']}"
    return f"ended with {how} · Enter closes the pane"


def draw_borders(state: State, canvas: Canvas) -> None:
    """Draw the lines between the panes, and where a window ends before the screen does."""
    window = state.window
    if window is None:
        return
    areas = {
        area["pane_id"]: Rectangle(area["x"], area["y"], area["columns"], area["lines"])
        for area in window["panes"]
    }
    dx, dy = state.offset_of(window)
    room = state.area
    lines = borders(
        [*areas.values()],
        window["columns"] + (window["columns"] - dx < room.columns),
        window["lines"] + (window["lines"] - dy < room.lines),
        areas.get(state.pane_id or ""),
        top=state.has_titles,
    )
    canvas.put_borders(room, lines, PLAIN, ACTIVE_BORDER, dx, dy)


def draw_outside(canvas: Canvas, room: Rectangle, columns: int, lines: int) -> None:
    """Draw dots beyond the line that ends a window smaller than the screen."""
    x, y = columns + 1, lines + 1
    rest = Rectangle(room.x + x, room.y, room.columns - x, room.lines)
    canvas.fill(rest, "·", OUTSIDE)
    rest = Rectangle(room.x, room.y + y, room.columns, room.lines - y)
    canvas.fill(rest, "·", OUTSIDE)


def draw_notice(state: State, canvas: Canvas) -> None:
    """Say in a pane what the status line says about it, at its top right."""
    window, shown, room = state.window, state.shown, state.area
    if window is None or shown is None:
        return
    dx, dy = state.offset_of(window)
    for area in window["panes"]:
        if area["pane_id"] != shown.pane_id:
            continue
        left = max(area["x"] - dx, 0)
        right = min(area["x"] - dx + area["columns"], room.columns)
        y = max(area["y"] - dy, 0)
        text = f" {shown.text} "
        width = min(columns_of(text), right - left)
        if width > 0 and y < min(area["y"] - dy + area["lines"], room.lines):
            style = status.WRONG if shown.is_error else status.TOLD
            canvas.text(room.x + right - width, room.y + y, text, style, width)


def draw_outage(state: State, canvas: Canvas) -> None:
    """Say that what is shown is not what is the case."""
    canvas.restyle(state.area, dim=True)
    keys = f"{state.settings.prefix} d leaves"
    text = f" the daemon is gone; keys are refused until it is back · {keys} "
    if len(text) > state.area.columns:
        text = f" the daemon is gone · {keys} "
    centred(canvas, state.area, text, GONE)


def centred(canvas: Canvas, room: Rectangle, text: str, style: Style) -> None:
    """A line in the middle of an area."""
    width = min(len(text), room.columns)
    x = room.x + (room.columns - width) // 2
    canvas.text(x, room.y + room.lines // 2, text, style, width)


def within(room: Rectangle, cursor: Cursor) -> bool:
    """Whether the cursor is in an area."""
    return (
        room.x <= cursor.x < room.x + room.columns
        and room.y <= cursor.y < room.y + room.lines
    )
