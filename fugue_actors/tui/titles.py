"""Titles of panes, in the lines above them: which one it is, and what is the matter. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.drawing import PLAIN, Style
from fugue_actors.tui import attention, recordings
from fugue_actors.tui.handover import typist
from fugue_actors.tui.keyboard import is_over
from fugue_actors.tui.whereabouts import program_of

if TYPE_CHECKING:
    from fugue_actors.drawing import Canvas
    from fugue_actors.protocol.monitor import PaneDocument
    from fugue_actors.tui.state import State

OWN: Final = Style(fg="green", bold=True)
QUIET: Final = Style(dim=True)
NEEDY: Final = Style(fg="black", bg="yellow")

Span = tuple[str, Style]


def draw(state: State, canvas: Canvas) -> None:
    """Write the titles of the panes that are shown over their borders."""
    window, room = state.window, state.area
    if window is None:
        return
    dx, dy = state.offset_of(window)
    needy = set(attention.panes_in_need(state.model))
    for number, area in enumerate(window["panes"]):
        y = area["y"] - dy - 1
        if not -1 <= y < room.lines:
            continue
        pane = state.model.panes.get(area["pane_id"])
        if pane is None:
            continue
        x = max(area["x"] - dx, 0)
        right = min(area["x"] - dx + area["columns"], room.columns)
        spans = spans_of(state, pane, number, is_needy=area["pane_id"] in needy)
        if right - x > 4:
            canvas.spans(room.x + x + 1, room.y + y, spans, right - x - 2)


def spans_of(
    state: State, pane: PaneDocument, number: int, *, is_needy: bool
) -> list[Span]:
    """What the title of a pane says, the most important first."""
    is_own = pane["pane_id"] == state.pane_id
    spans = [(f" {number} {program_of(pane)} ", OWN if is_own else PLAIN)]
    if is_needy:
        reason = attention.why(state.model, pane["pane_id"]) or "needs somebody"
        spans.append((f" ⚑ {reason} ", NEEDY))
    control = pane.get("control")
    if control is not None and control["operator_id"] != state.operator_id:
        spans.append((f" {typist(state, control['operator'])} types here ", NEEDY))
    if recordings.is_pane_recorded(state, pane["pane_id"]):
        spans.append((recordings.MARK, recordings.RECORDED))
    if is_over(pane["state"]):
        spans.append((" over ", QUIET))
    elif pane["title"] and pane["title"] != program_of(pane):
        spans.append((f" {pane['title']} ", QUIET))
    return spans
