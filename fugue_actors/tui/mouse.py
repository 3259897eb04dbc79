"""What the mouse does. Pure.

A click goes to the pane under it, or to the window or session in the status line; a border
is dragged; the wheel scrolls back. A program that asked for the mouse gets what happens in
its pane, unless shift is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.terminal.keys import SHIFT
from fugue_actors.tui.events import LEFT, NO_BUTTON, WHEEL_DOWN, WHEEL_UP
from fugue_actors.tui.modes import Close, Request, Run, Type
from fugue_actors.tui.state import Drag, Held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.protocol.monitor import AreaDocument
    from fugue_actors.tui.events import Mouse
    from fugue_actors.tui.modes import Action, Mode
    from fugue_actors.tui.state import State

DRAGS: Final = 1002
ALL_MOVES: Final = 1003
"""Modes of the mouse in which programs are told of moves."""
CLICK_SECONDS: Final = 0.4
"""How soon a click has to follow to be the second one."""


def handle(state: State, mouse: Mouse) -> Iterator[Action]:
    """What is to happen when the mouse did something."""
    if state.line is not None:
        return
    if state.drag is not None and mouse.kind in ("move", "release"):
        yield from dragged(state, state.drag, mouse)
        return
    if mouse.kind == "move" and mouse.button == NO_BUTTON:
        state.held = None  # it was let go where nobody was told
    if state.held is not None and mouse.kind in ("move", "release"):
        yield from pulled(state, state.held, mouse)
        return
    if mouse.y == state.status_line:
        yield from on_status(state, mouse)
        return
    if state.overlay is not None:
        there = attrs.evolve(mouse, y=mouse.y - state.area.y)
        yield from to_mode(state.overlay, there)
        return
    x, y = in_window(state, mouse)
    area = state.area_at(x, y)
    if area is None:
        if mouse.kind == "press" and mouse.button == LEFT:
            below = state.area_at(x, y + 1) if y == -1 else None
            if below is not None:  # its title, in the line above the window
                state.go_to_pane(below["pane_id"])
            else:
                state.drag = border_at(state, x, y)
        return
    yield from on_pane(state, area, attrs.evolve(mouse, x=x, y=y))


def in_window(state: State, mouse: Mouse) -> tuple[int, int]:
    """The cell of the window at which the mouse is."""
    window = state.window
    dx, dy = (0, 0) if window is None else state.offset_of(window)
    return mouse.x - state.area.x + dx, mouse.y - state.area.y + dy


def to_mode(mode: Mode, mouse: Mouse) -> Iterator[Action]:
    """Give the mouse, counted from its top left, to a mode; it need not have the keys."""
    for action in mode.key(mouse):
        if isinstance(action, Close):
            yield Close(action.mode or mode)
        elif isinstance(action, Request):
            yield attrs.evolve(action, asker=action.asker or mode)
        else:
            yield action


def on_pane(state: State, area: AreaDocument, mouse: Mouse) -> Iterator[Action]:
    """Over a pane, or a mode in it."""
    pane_id = area["pane_id"]
    if mouse.kind == "press" and pane_id != state.pane_id:
        state.go_to_pane(pane_id)
    mode = state.pane_modes.get(pane_id)
    there = attrs.evolve(mouse, x=mouse.x - area["x"], y=mouse.y - area["y"])
    if mode is not None:
        if mouse.kind == "press" and mouse.button == LEFT:
            state.held = Held(pane_id, there)
        yield from to_mode(mode, there)
        return
    if is_wanted(state, pane_id, mouse) and not mouse.modifiers & SHIFT:
        yield Type(pane_id=pane_id, mouse=there)
    elif mouse.kind == "wheel" and mouse.button == WHEEL_UP:
        state.go_to_pane(pane_id)
        state.held = Held(pane_id, there)
        yield Run("copy-mode -eM")
        state.held = None
    elif mouse.kind == "press" and mouse.button == LEFT:
        state.held = Held(pane_id, there)
        if mouse.clicks > 1:
            yield Run("copy-mode -M")


def pulled(state: State, held: Held, mouse: Mouse) -> Iterator[Action]:
    """The mouse has moved with its button down, or let it go: wherever that was."""
    x, y = in_window(state, mouse)
    area = next((each for each in state.areas if each["pane_id"] == held.pane_id), None)
    if mouse.kind == "release" or area is None:
        state.held = None
    if area is None:
        return
    mode = state.pane_modes.get(held.pane_id)
    if mode is None and mouse.kind == "move" and mouse.button == LEFT:
        state.held = held
        yield Run("copy-mode -M")
        mode = state.pane_modes.get(held.pane_id)
    if mode is not None:
        there = attrs.evolve(mouse, x=x - area["x"], y=y - area["y"])
        yield from to_mode(mode, there)


class Clicks:
    """Counts clicks at one cell, shortly after each other."""

    def __init__(self) -> None:
        self.last: Mouse | None = None
        self.until = 0.0

    def counted(self, mouse: Mouse, now: float) -> Mouse:
        """The same event; a press says which click it is, the first, second or third."""
        if mouse.kind != "press":
            return mouse
        last = self.last
        is_again = (
            last is not None
            and now < self.until
            and (last.x, last.y, last.button) == (mouse.x, mouse.y, mouse.button)
        )
        count = last.clicks % 3 + 1 if is_again and last is not None else 1
        self.last = attrs.evolve(mouse, clicks=count)
        self.until = now + CLICK_SECONDS
        return self.last


def is_wanted(state: State, pane_id: str, mouse: Mouse) -> bool:
    """Whether a pane's program asked to be told of this, or the wheel is keys to it."""
    modes = modes_of(state, pane_id)
    wanted = modes.get("mouse_mode", 0)
    if mouse.kind == "wheel" and modes.get("alternate_scroll"):
        return True
    if mouse.kind == "move":
        return wanted == ALL_MOVES or (wanted == DRAGS and mouse.button != NO_BUTTON)
    return bool(wanted)


def modes_of(state: State, pane_id: str) -> dict[str, Any]:
    """What a pane's program asked of its terminal."""
    screen = state.model.screens.get(pane_id)
    return {} if screen is None else screen.head.get("modes", {})


def wants_moves(state: State) -> bool:
    """Whether a program that is shown wants all moves of the mouse."""
    return any(
        modes_of(state, area["pane_id"]).get("mouse_mode") == ALL_MOVES
        for area in state.areas
    )


# ---- borders


def border_at(state: State, x: int, y: int) -> Drag | None:
    """The border at a cell of the window: of the pane at its left, or above it."""
    for area in state.areas:
        right, below = area["x"] + area["columns"], area["y"] + area["lines"]
        if x == right and area["y"] <= y < below:
            return Drag(area["pane_id"], "right")
        if y == below and area["x"] <= x < right:
            return Drag(area["pane_id"], "below")
    return None


def dragged(state: State, drag: Drag, mouse: Mouse) -> Iterator[Action]:
    """The mouse has moved with a border, or let it go."""
    if mouse.kind == "release":
        state.drag = None
    x, y = in_window(state, mouse)
    for area in state.areas:
        if area["pane_id"] != drag.pane_id:
            continue
        is_right = drag.edge == "right"
        at = max(0, x if is_right else y)
        present = area["x"] + area["columns"] if is_right else area["y"] + area["lines"]
        if at != present:
            edge = "right" if is_right else "down"
            args = {"pane": drag.pane_id, "edge": edge, "at": at}
            yield Request(name="resize_pane", args=args, is_quiet=True, lane="drag")


# ---- the status line


def on_status(state: State, mouse: Mouse) -> Iterator[Action]:
    """Over the status line."""
    if mouse.kind == "wheel" and mouse.button in (WHEEL_UP, WHEEL_DOWN):
        yield Run("previous-window" if mouse.button == WHEEL_UP else "next-window")
    if mouse.kind == "press" and mouse.button == LEFT:
        for start, end, command in state.status_spots:
            if start <= mouse.x < end:
                yield Run(command)
                return
