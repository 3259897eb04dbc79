"""Where one client is: its own session, window and pane, apart from what is the case. Pure.

The daemon's focus only says where a client begins. From then on each has its own place, and
remembers where it was before. Nothing here is told when something ends: every answer is
looked up in the model, so what is gone is not found any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fugue_actors.client.model import Model

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from fugue_actors.protocol.monitor import (
        AreaDocument,
        LayoutDocument,
        PaneDocument,
        SessionDocument,
        WindowDocument,
    )


class Trail:
    """Ids in the order in which somebody was there, the latest first."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def visit(self, place: str) -> None:
        """Be there now."""
        if self.ids[:1] != [place]:
            self.ids = [place, *(each for each in self.ids if each != place)]

    def among(self, known: Container[str]) -> list[str]:
        """Those that there still are, the latest first."""
        return [each for each in self.ids if each in known]


@attrs.define(eq=False)
class Whereabouts:
    """See the module's docstring.

    Attributes:
        model: What is the case, as the daemon tells it.
        sessions: Where this client was, by session id.
        windows: Where it was in each session, by window id.
        panes: Where it was in each window, by pane id.
        wish: A pane to go to as soon as there is a place for it.
    """

    model: Model
    sessions: Trail = attrs.field(factory=Trail, init=False)
    windows: dict[str, Trail] = attrs.field(factory=dict, init=False)
    panes: dict[str, Trail] = attrs.field(factory=dict, init=False)
    wish: str | None = attrs.field(default=None, init=False)

    @property
    def session_id(self) -> str | None:
        """The session this client shows; None if there is none with a pane."""
        found = self.sessions.among(self.model.sessions)
        return next(iter(found), None) or next(self.session_ids(), None)

    @property
    def session(self) -> SessionDocument | None:
        """The session this client shows."""
        return self.model.sessions.get(self.session_id or "")

    @property
    def last_session_id(self) -> str | None:
        """The session it showed before, if it is still there."""
        return nth(self.sessions.among(self.model.sessions), 1)

    def session_ids(self) -> Iterator[str]:
        """Sessions that have something to show, by name."""
        known = self.model.sessions
        for session_id in sorted(known, key=lambda each: known[each]["session_name"]):
            if self.windows_of(session_id):
                yield session_id

    def layout_of(self, session_id: str | None) -> LayoutDocument | None:
        """How a session is arranged."""
        return self.model.layouts.get(session_id or "")

    def windows_of(self, session_id: str | None) -> list[WindowDocument]:
        """A session's windows, in order."""
        layout = self.layout_of(session_id)
        return [] if layout is None else layout["windows"]

    def window_in(self, session_id: str | None) -> WindowDocument | None:
        """The window at which this client looks when it looks at a session."""
        windows = self.windows_of(session_id)
        by_id = {window["window_id"]: window for window in windows}
        for window_id in self.trail_of(session_id).among(by_id):
            return by_id[window_id]
        focused = (window for window in windows if window["focused"])
        return next(focused, None) or next(iter(windows), None)

    @property
    def window(self) -> WindowDocument | None:
        """The window this client shows."""
        return self.window_in(self.session_id)

    @property
    def last_window_id(self) -> str | None:
        """The window of this session that it showed before."""
        known = {window["window_id"] for window in self.windows_of(self.session_id)}
        current = None if self.window is None else self.window["window_id"]
        trail = self.trail_of(self.session_id).among(known)
        return next((each for each in trail if each != current), None)

    def pane_in(self, window: WindowDocument | None) -> str | None:
        """The pane that is this client's in a window."""
        if window is None:
            return None
        known = {area["pane_id"] for area in window["panes"]}
        trail = self.panes.get(window["window_id"], Trail()).among(known)
        default = window["pane_id"]
        if default not in known and window["panes"]:
            default = window["panes"][0]["pane_id"]
        return next(iter(trail), default)

    @property
    def pane_id(self) -> str | None:
        """The pane that gets what is typed."""
        return self.pane_in(self.window)

    @property
    def pane(self) -> PaneDocument | None:
        """The pane that gets what is typed."""
        return self.model.panes.get(self.pane_id or "")

    @property
    def last_pane_id(self) -> str | None:
        """The pane of this window that was this client's before."""
        if (window := self.window) is None:
            return None
        known = {area["pane_id"] for area in self.tiles_of(window)}
        trail = self.panes.get(window["window_id"], Trail()).among(known)
        return next((each for each in trail if each != self.pane_id), None)

    def tiles_of(self, window: WindowDocument) -> list[AreaDocument]:
        """Where all panes of a window stand, also those that a zoomed one hides."""
        return tiles_of(window)

    def name_of(self, window: WindowDocument) -> str:
        """What a window is called; without a name, by what runs in it."""
        if window["name"]:
            return window["name"]
        pane = self.model.panes.get(self.pane_in(window) or "")
        return "" if pane is None else program_of(pane)

    def trail_of(self, session_id: str | None) -> Trail:
        """Where it was in a session."""
        return self.windows.get(session_id or "", Trail())

    # ---- going elsewhere

    def go_to_session(self, session_id: str) -> None:
        """Show a session, where this client was in it last."""
        self.wish = None
        self.remember()
        self.sessions.visit(session_id)
        self.remember()

    def go_to_window(self, session_id: str, window_id: str) -> None:
        """Show a window, with the pane that was this client's in it."""
        self.wish = None
        self.remember()
        self.sessions.visit(session_id)
        self.windows.setdefault(session_id, Trail()).visit(window_id)
        self.remember()

    def go_to_pane(self, pane_id: str) -> bool:
        """Show a pane, wherever it is.

        False if it is not shown anywhere yet, because it is new or another one is zoomed;
        then it will be as soon as it can be.
        """
        for session_id in self.model.layouts:
            for window in self.windows_of(session_id):
                if pane_id in (area["pane_id"] for area in window["panes"]):
                    self.remember()
                    trail = self.panes.setdefault(window["window_id"], Trail())
                    trail.visit(pane_id)
                    self.go_to_window(session_id, window["window_id"])
                    return True
        self.wish = pane_id
        return False

    def settle(self) -> None:
        """Take in that the model has changed: what is gone, and what was waited for."""
        if self.wish is not None:
            self.go_to_pane(self.wish)
        self.remember()

    def remember(self) -> None:
        """Keep where this client is, also where it never chose to be."""
        session_id, window = self.session_id, self.window
        if session_id is None:
            return
        self.sessions.visit(session_id)
        if window is None:
            return
        self.windows.setdefault(session_id, Trail()).visit(window["window_id"])
        if (pane_id := self.pane_in(window)) is not None:
            self.panes.setdefault(window["window_id"], Trail()).visit(pane_id)


def tiles_of(window: WindowDocument) -> list[AreaDocument]:
    """Where all panes of a window stand, also those that a zoomed one hides."""
    return window.get("tiles", window["panes"])


def program_of(pane: PaneDocument) -> str:
    """A short name for what runs in a pane."""
    words = pane["command"].split()
    return pane["name"] or (words[0].rpartition("/")[2] if words else "")


def nth(ids: list[str], number: int) -> str | None:
    """One of them, if there are so many."""
    return ids[number] if len(ids) > number else None
