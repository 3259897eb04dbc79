"""Where one client is, and what it shows: its own, apart from what is the case. Pure.

The daemon's focus only says where a client begins. From then on each has its own session,
window and pane, and remembers where it was before. Nothing here is told when something
ends: every answer is looked up in the model, so what is gone is not found any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from fugue_actors.client.model import Model
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui.bindings import Bindings
from fugue_actors.tui.events import Mouse
from fugue_actors.tui.history import History
from fugue_actors.tui.modes import Mode
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.vocabulary import Verbs

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from fugue_actors.protocol.monitor import (
        AreaDocument,
        LayoutDocument,
        PaneDocument,
        SessionDocument,
        WindowDocument,
    )

ROOT: Final = "root"
PREFIX: Final = "prefix"
MOST_BUFFERS: Final = 50
LINES_FOR_TITLES: Final = 5

Size = tuple[int, int]
"""Columns and lines."""
Edge = Literal["right", "below"]


@attrs.frozen
class Drag:
    """A border that the mouse holds: that of a pane, at its right or below it."""

    pane_id: str
    edge: Edge


@attrs.frozen
class Held:
    """What the mouse did last over a pane, with its position counted from there."""

    pane_id: str
    mouse: Mouse


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


@attrs.define
class Shown:
    """What the status line says for a while.

    Attributes:
        text: One line.
        is_error: Whether something did not go as it should.
        until: The time at which it goes; None if it stays until a key.
    """

    text: str
    is_error: bool = False
    until: float | None = None


@attrs.define
class Outage:
    """The daemon cannot be reached.

    Attributes:
        why: In a few words.
        attempts: How often it has been tried since.
    """

    why: str
    attempts: int = 0


@attrs.define(eq=False)
class State:
    """See the module's docstring.

    Attributes:
        model: What is the case, as the daemon tells it.
        settings: What the user has configured.
        bindings: What keys do.
        columns: Of the outer terminal.
        lines: Of the outer terminal.
        sessions: Where this client was, by session id.
        windows: Where it was in each session, by window id.
        panes: Where it was in each window, by pane id.
        wish: A pane to go to as soon as there is a place for it.
        table: The key table of the next key: `root`, or `prefix` after the prefix.
        repeat_until: Until when a key of the prefix table that repeats needs no prefix.
        pane_modes: What has taken over a pane, by its id.
        overlay: What has taken over the window.
        line: What has taken over the status line.
        shown: What the status line says for a while.
        said: What it said, the latest last.
        buffers: Texts that were copied, the latest first.
        history: What was typed at prompts, here and in other clients.
        verbs: Those of the command line.
        name: Who this client is to others, once the daemon has said so.
        outage: Why the picture is not what is the case; None while it is.
        offsets: Of each window that is larger than the screen: its first column and line.
        asked_sizes: What size each window had, and which one was asked for.
        drag: The border that the mouse holds.
        held: Where the mouse's button went down in a pane, while it is down.
        status_spots: What a click in the status line runs: from where, to where, what.
        clock: What the status line has for a clock.
        operator_id: This client, as the daemon calls who controls a pane.
        is_focused: Whether the outer terminal has the focus.
    """

    model: Model
    settings: Settings
    bindings: Bindings = attrs.field(
        default=attrs.Factory(lambda self: Bindings(self.settings), takes_self=True)
    )
    columns: int = 80
    lines: int = 24
    sessions: Trail = attrs.Factory(Trail)
    windows: dict[str, Trail] = attrs.Factory(dict)
    panes: dict[str, Trail] = attrs.Factory(dict)
    wish: str | None = None
    table: str = ROOT
    repeat_until: float = 0.0
    pane_modes: dict[str, Mode] = attrs.Factory(dict)
    overlay: Mode | None = None
    line: Mode | None = None
    shown: Shown | None = None
    said: list[str] = attrs.Factory(list)
    buffers: list[str] = attrs.Factory(list)
    history: History = attrs.Factory(History)
    verbs: Verbs = attrs.Factory(Verbs)
    name: str | None = None
    outage: Outage | None = None
    offsets: dict[str, tuple[int, int]] = attrs.Factory(dict)
    asked_sizes: dict[str, tuple[Size, Size]] = attrs.Factory(dict)
    drag: Drag | None = None
    held: Held | None = None
    status_spots: list[tuple[int, int, str]] = attrs.Factory(list)
    clock: str = ""
    operator_id: str | None = None
    is_focused: bool = True

    # ---- where it is

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
        return window.get("tiles", window["panes"])

    def name_of(self, window: WindowDocument) -> str:
        """What a window is called; without a name, by what runs in it."""
        if window["name"]:
            return window["name"]
        pane = self.model.panes.get(self.pane_in(window) or "")
        return "" if pane is None else program_of(pane)

    def trail_of(self, session_id: str | None) -> Trail:
        """Where it was in a session."""
        return self.windows.get(session_id or "", Trail())

    @property
    def other_operator(self) -> str | None:
        """Who types into this client's pane, if it is somebody else."""
        control: Any = None if self.pane is None else self.pane.get("control")
        if control is None or control["operator_id"] == self.operator_id:
            return None
        return str(control["operator"])

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
        for pane_id in self.pane_modes.keys() - self.model.panes.keys():
            del self.pane_modes[pane_id]
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

    # ---- what it shows

    @property
    def area(self) -> Rectangle:
        """The part of the screen in which the window is shown."""
        taken = 0 if self.status_line is None else 1
        top = taken if self.status_line == 0 else 0
        above = 1 if self.has_titles else 0
        return Rectangle(0, top + above, self.columns, self.lines - taken - above)

    @property
    def has_titles(self) -> bool:
        """Whether there is a line above the window, for its panes' titles."""
        return self.settings.titles == "top" and self.lines >= LINES_FOR_TITLES

    @property
    def status_line(self) -> int | None:
        """The line of the status; None if it is off."""
        if self.settings.status == "off" or self.lines < 2:
            return None
        return 0 if self.settings.status == "top" else self.lines - 1

    @property
    def areas(self) -> list[AreaDocument]:
        """The panes that are shown, and where they stand in their window."""
        return [] if self.window is None else self.window["panes"]

    def area_at(self, x: int, y: int) -> AreaDocument | None:
        """The pane at a cell of the window."""
        for area in self.areas:
            right, below = area["x"] + area["columns"], area["y"] + area["lines"]
            if area["x"] <= x < right and area["y"] <= y < below:
                return area
        return None

    def offset_of(self, window: WindowDocument) -> Size:
        """The first column and line of a window that are shown."""
        return self.offsets.get(window["window_id"], (0, 0))

    @property
    def visible(self) -> tuple[str, ...]:
        """The panes whose screens are to be known."""
        watched = [area["pane_id"] for area in self.areas]
        for mode in (self.overlay, self.line):
            watched += [] if mode is None else mode.watches
        return tuple(dict.fromkeys(watched))

    @property
    def mode(self) -> Mode | None:
        """What has the keys; None if the pane has them."""
        return self.line or self.overlay or self.pane_modes.get(self.pane_id or "")

    def modes(self) -> Iterator[Mode]:
        """Everything that has taken over something."""
        yield from self.pane_modes.values()
        for mode in (self.overlay, self.line):
            if mode is not None:
                yield mode

    def close(self, mode: Mode) -> None:
        """End a mode, if it has not ended yet."""
        if self.line is mode:
            self.line = None
        if self.overlay is mode:
            self.overlay = None
        for pane_id, each in list(self.pane_modes.items()):
            if each is mode:
                del self.pane_modes[pane_id]

    def keep_buffer(self, text: str) -> None:
        """Have a text as the newest buffer."""
        self.buffers = [text, *self.buffers][:MOST_BUFFERS]


def program_of(pane: PaneDocument) -> str:
    """A short name for what runs in a pane."""
    words = pane["command"].split()
    return pane["name"] or (words[0].rpartition("/")[2] if words else "")


def nth(ids: list[str], number: int) -> str | None:
    """One of them, if there are so many."""
    return ids[number] if len(ids) > number else None
