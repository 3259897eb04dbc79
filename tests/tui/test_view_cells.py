"""The picture on a terminal, the cursor in it, and the status line at any width."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from modelkit import model_of
from tilings import window_documents

from fugue_actors.client.model import Screen
from fugue_actors.drawing import Canvas, Cursor, Painter
from fugue_actors.terminal.emulator import Emulator
from fugue_actors.tui import sizing, view
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.state import State

SIZES = st.tuples(st.integers(1, 90), st.integers(1, 40))
STATUS = st.sampled_from(["bottom", "top", "off"])


def mark_of(pane_id: str) -> str:
    """The character of which a pane's screen is full."""
    return chr(ord("a") + int(pane_id[1:]) % 26)


def client_of(window: Any, columns: int, lines: int, **given_: Any) -> State:
    """A client of one window, each of whose panes is full of a character of its own."""
    model = model_of(("ann", [["a"]]))
    layout: Any = model.layouts["s-ann"]
    layout["windows"], layout["pane_id"] = [window], window["pane_id"]
    template: Any = model.panes["pa"]
    for area in window["panes"]:
        pane_id = area["pane_id"]
        model.panes[pane_id] = {**template, "pane_id": pane_id}
        head: Any = {
            "columns": area["columns"],
            "lines": area["lines"],
            "cursor": {"x": 0, "y": 0, "visible": True, "shape": "default"},
        }
        row: Any = [{"text": mark_of(pane_id) * area["columns"]}]
        model.screens[pane_id] = Screen(head, [row] * area["lines"])
    state = State(model, Settings(**given_), columns=columns, lines=lines)
    state.settle()
    return state


def drawn(state: State) -> tuple[Canvas, Cursor | None]:
    """The picture of a state."""
    canvas = Canvas(state.columns, state.lines)
    if state.window is not None:
        state.offsets[state.window["window_id"]] = sizing.pan(state)
    return canvas, view.draw(state, canvas)


@given(window_documents(), SIZES, STATUS)
def test_the_cursor_is_in_the_client_s_pane_and_on_the_screen(
    window: Any, size: tuple[int, int], place: str
) -> None:
    """Whatever part of the window is shown: it is moved until one sees the cursor."""
    state = client_of(window, *size, status=place)
    _, cursor = drawn(state)
    assert cursor is not None
    room, (dx, dy) = state.area, state.offset_of(window)
    assert room.x <= cursor.x < room.x + room.columns
    assert room.y <= cursor.y < room.y + room.lines
    area = state.area_at(cursor.x - room.x + dx, cursor.y - room.y + dy)
    assert area is not None
    assert area["pane_id"] == state.pane_id


@given(window_documents(), SIZES)
def test_a_terminal_shows_the_picture_that_was_drawn(
    window: Any, size: tuple[int, int]
) -> None:
    """Painted from nothing, in our own emulator."""
    columns, lines = max(2, size[0]), size[1]
    state = client_of(window, columns, lines)
    canvas, cursor = drawn(state)
    emulator = Emulator(columns, lines)
    emulator.feed(Painter(columns, lines).paint(canvas, cursor))
    shown = [row.text.ljust(columns) for row in emulator.rows]
    assert shown == canvas.shown


@pytest.mark.parametrize("columns", [2, 20, 41, 80, 200])
def test_the_status_line_is_one_line_at_any_width(columns: int) -> None:
    """What does not fit is cut, and what others named cannot break out of it."""
    model = model_of(("ann\x1b[31m", [["a"], ["b"], ["c"]]))
    state = State(model, Settings(), columns=columns, lines=5)
    state.clock = "12:34"
    canvas, _ = drawn(state)
    assert len(canvas.shown[4]) == columns
    assert "\x1b" not in canvas.shown[4]
    if columns >= 41:
        assert canvas.shown[4].endswith("12:34 ")
        assert "0:win0*" in canvas.shown[4]


def test_who_needs_somebody_is_counted_and_marked() -> None:
    """A person sees it without looking for it."""
    model = model_of(("ann", [["a"], ["b"]]), ("bob", [["c"]]))
    model.states["s-ann"]["attention"] = [
        {"reason": "blocked", "text": "may I?", "pane_id": "pb"}
    ]
    model.states["s-bob"]["unread"] = 3
    state = State(model, Settings(), columns=80, lines=5)
    canvas, _ = drawn(state)
    assert "0:win0* 1:win1!" in canvas.shown[4]
    assert "⚑1" in canvas.shown[4]
    assert "✉3" in canvas.shown[4]
