"""All that one client knows besides the model: where it is, who has its keys, what it says.

Pure, and its own: nothing of it is known to the daemon or to other clients, but for what
`presence` tells.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui.bindings import Bindings
from fugue_actors.tui.events import Mouse
from fugue_actors.tui.history import History
from fugue_actors.tui.modes import Mode
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.vocabulary import Verbs
from fugue_actors.tui.whereabouts import Whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.protocol.monitor import (
        AreaDocument,
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


@attrs.define
class Shown:
    """What the status line says for a while.

    Attributes:
        text: One line.
        is_error: Whether something did not go as it should.
        until: The time at which it goes; None if it stays until a key.
        pane_id: The pane that it is about, which says it as well.
    """

    text: str
    is_error: bool = False
    until: float | None = None
    pane_id: str | None = None


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
class State(Whereabouts):
    """See the module's docstring.

    Attributes:
        settings: What the user has configured.
        bindings: What keys do.
        columns: Of the outer terminal.
        lines: Of the outer terminal.
        table: The key table of the next key: `root`, or `prefix` after the prefix.
        repeat_until: Until when a key of the prefix table that repeats needs no prefix.
        deaf_until: Until when keys are dropped that were meant for what is gone.
        is_deaf_until_pause: Whether each of them prolongs that.
        refused_at: When the daemon was last not there to take what was typed.
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
        asked_sizes: What size each window had, and which one is asked for.
        drag: The border that the mouse holds.
        held: Where the mouse's button went down in a pane, while it is down.
        status_spots: What a click in the status line runs: from where, to where, what.
        clock: What the status line has for a clock.
        operator_id: This client, as the daemon calls who controls a pane.
        is_focused: Whether the outer terminal has the focus.
        rung: The panes that have rung since their window was in view.
    """

    settings: Settings
    bindings: Bindings = attrs.field(
        default=attrs.Factory(lambda self: Bindings(self.settings), takes_self=True)
    )
    columns: int = 80
    lines: int = 24
    table: str = ROOT
    repeat_until: float = 0.0
    deaf_until: float = 0.0
    is_deaf_until_pause: bool = False
    refused_at: float = -math.inf
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
    rung: set[str] = attrs.Factory(set)

    # ---- who types

    @property
    def other_operator(self) -> str | None:
        """Who types into this client's pane, if it is somebody else; see `handover`."""
        control: Any = None if self.pane is None else self.pane.get("control")
        if control is None or control["operator_id"] == self.operator_id:
            return None
        return str(control["operator"])

    def settle(self) -> None:
        """Take in that the model has changed; modes of panes that are gone end."""
        super().settle()
        for pane_id in self.pane_modes.keys() - self.model.panes.keys():
            del self.pane_modes[pane_id]
        self.rung &= self.model.panes.keys()

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
