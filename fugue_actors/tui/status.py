"""The status line: where the client is, what is the matter, who needs somebody. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.drawing import Style, columns_of
from fugue_actors.tui import attention, recordings
from fugue_actors.tui.handover import typist
from fugue_actors.tui.state import PREFIX

if TYPE_CHECKING:
    from fugue_actors.drawing import Canvas
    from fugue_actors.tui.state import State

Span = tuple[str, Style]

BAR: Final = Style(fg="black", bg="green")
CURRENT: Final = BAR._replace(bold=True, reverse=True)
NEEDY: Final = Style(fg="black", bg="yellow")
TOLD: Final = Style(fg="black", bg="yellow")
WRONG: Final = Style(fg="brightwhite", bg="red", bold=True)
LEAST_ROOM: Final = 10
"""Columns below which the right end is left out."""
SEPARATOR: Final = " │ "


def draw(state: State, canvas: Canvas, line: int) -> None:
    """Draw the status line.

    What is at its right end stays whole as long as there is room for it; names of windows
    are cut where there is none. A notice takes the place of the names.
    """
    room = room_left(state)
    right = summary(state) if room < canvas.columns else []
    canvas.field(0, line, canvas.columns, "", BAR)
    if state.shown is not None:
        style = WRONG if state.shown.is_error else TOLD
        canvas.field(0, line, room, f" {state.shown.text}", style)
        state.status_spots = []
    else:
        canvas.spans(0, line, places(state, room), room)
    canvas.spans(room, line, right)


def room_left(state: State) -> int:
    """Columns that are left of what stands at the right end; all where that has no room."""
    room = state.columns - sum(columns_of(text) for text, _ in summary(state))
    return room if room >= LEAST_ROOM else state.columns


def title(state: State) -> str:
    """A name for the outer terminal's window."""
    session, window = state.session, state.window
    if session is None or window is None:
        return "fugue"
    needy = attention.count(state.model)
    mark = f"({needy}) " if needy else ""
    return f"{mark}{session['session_name']}: {state.name_of(window)}"


def places(state: State, room: int) -> list[Span]:
    """The session and its windows; keeps where each stands, for the mouse."""
    session = state.session
    name = "no session" if session is None else session["session_name"]
    spans = [(f" {name}", BAR), (SEPARATOR, BAR)]
    state.status_spots = [(0, columns_of(name) + 2, "choose-tree -s")]
    if session is None:
        return spans
    needy = attention.windows_in_need(state.model, session["session_id"])
    needy |= attention.windows_rung(state)
    current = None if state.window is None else state.window["window_id"]
    x = sum(columns_of(text) for text, _ in spans)
    for window in state.windows_of(session["session_id"]):
        window_id = window["window_id"]
        number = window["number"]
        marks = "*" if window_id == current else ""
        marks = marks or ("-" if window_id == state.last_window_id else "")
        marks += "!" if window_id in needy else ""
        marks += "Z" if window.get("zoomed") else ""
        text = f"{number}:{state.name_of(window)}{marks}"
        style = CURRENT if window_id == current else BAR
        style = NEEDY if window_id in needy and window_id != current else style
        spans += [(text, style), (" ", BAR)]
        state.status_spots.append(
            (x, x + columns_of(text), f"select-window -t :{number}")
        )
        x += columns_of(text) + 1
    return spans


def summary(state: State) -> list[Span]:
    """Who types here, what is recorded, who needs somebody, what is unread, the time."""
    spans: list[Span] = []
    if state.table == PREFIX:
        spans.append((f" {state.settings.prefix} ", CURRENT))
    operator = state.other_operator
    is_said = state.shown is not None and state.shown.pane_id == state.pane_id
    if operator is not None and not is_said:
        spans.append((f" {typist(state, operator)} types here ", NEEDY))
    if recordings.is_recorded(state):
        spans.append((recordings.MARK, recordings.RECORDED))
    if needy := attention.count(state.model):
        spans.append((f" ⚑{needy} ", NEEDY))
    if unread := attention.unread(state.model):
        spans.append((f" ✉{unread} ", BAR))
    if state.settings.is_read_only:
        spans.append((" read-only ", BAR))
    spans.append((f" {state.clock} ", BAR))
    return spans
