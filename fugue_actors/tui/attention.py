"""Who needs a person, and what is unread. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.tui.whereabouts import tiles_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.client import Model
    from fugue_actors.tui.state import State


def panes_in_need(model: Model) -> Iterator[str]:
    """The panes at which somebody should look, by sessions and as they stand there.

    Those that a zoomed one hides are among them. A session that needs somebody and does
    not say where is looked at where its focus is.
    """
    names = {key: each["session_name"] for key, each in model.sessions.items()}
    for session_id in sorted(names, key=names.__getitem__):
        state = model.states.get(session_id)
        layout = model.layouts.get(session_id)
        if state is None or layout is None or not state["attention"]:
            continue
        wanted = {reason.get("pane_id") for reason in state["attention"]}
        if None in wanted:
            wanted.add(layout["pane_id"])
        for window in layout["windows"]:
            for area in tiles_of(window):
                if area["pane_id"] in wanted:
                    yield area["pane_id"]


def next_in_need(state: State) -> str | None:
    """The pane at which to look next, after the one that is looked at now."""
    panes = list(panes_in_need(state.model))
    if not panes:
        return None
    if state.pane_id in panes:
        return panes[(panes.index(state.pane_id) + 1) % len(panes)]
    return panes[0]


def windows_in_need(model: Model, session_id: str) -> set[str]:
    """The windows of a session in which a pane needs somebody."""
    layout = model.layouts.get(session_id)
    needy = set(panes_in_need(model))
    return {
        window["window_id"]
        for window in ([] if layout is None else layout["windows"])
        if any(area["pane_id"] in needy for area in tiles_of(window))
    }


def windows_rung(state: State) -> set[str]:
    """The windows of the session in view in which a pane has rung since one was there."""
    return {
        window["window_id"]
        for window in state.windows_of(state.session_id)
        if window is not state.window
        and any(tile["pane_id"] in state.rung for tile in tiles_of(window))
    }


def why(model: Model, pane_id: str) -> str | None:
    """Why somebody should look at a pane, in a line."""
    pane = model.panes.get(pane_id)
    state = model.states.get("" if pane is None else pane["session_id"])
    if state is None:
        return None
    for reason in state["attention"]:
        if reason.get("pane_id") in (None, pane_id):
            return reason["text"] or reason["reason"].replace("_", " ")
    return None


def count(model: Model) -> int:
    """How many sessions need somebody."""
    return sum(bool(each["attention"]) for each in model.states.values())


def unread(model: Model) -> int:
    """How many messages wait in the inboxes of all sessions."""
    return sum(each["unread"] for each in model.states.values())
