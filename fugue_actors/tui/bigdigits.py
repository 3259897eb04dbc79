"""The numbers of panes and the clock, in digits that are seen from afar. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.drawing import Style
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui.events import Key
from fugue_actors.tui.modes import Close, Run
from fugue_actors.tui.quiet import Quiet
from fugue_actors.tui.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.drawing import Canvas, Cursor
    from fugue_actors.tui.events import Event
    from fugue_actors.tui.modes import Action

SHAPES: Final = {
    "0": ("███", "█ █", "█ █", "█ █", "███"),
    "1": (" █ ", "██ ", " █ ", " █ ", "███"),
    "2": ("███", "  █", "███", "█  ", "███"),
    "3": ("███", "  █", "███", "  █", "███"),
    "4": ("█ █", "█ █", "███", "  █", "  █"),
    "5": ("███", "█  ", "███", "  █", "███"),
    "6": ("███", "█  ", "███", "█ █", "███"),
    "7": ("███", "  █", "  █", "  █", "  █"),
    "8": ("███", "█ █", "███", "█ █", "███"),
    "9": ("███", "█ █", "███", "  █", "███"),
    ":": ("   ", " █ ", "   ", " █ ", "   "),
}
LINES: Final = 5
ACTIVE: Final = Style(fg="red")
OTHER: Final = Style(fg="blue")
SHOWN_SECONDS: Final = 1.5


def draw_large(canvas: Canvas, area: Rectangle, text: str, style: Style) -> None:
    """Draw digits in the middle of an area, or in usual size where there is no room."""
    width = 4 * len(text) - 1
    if width > area.columns or area.lines < LINES:
        x = area.x + max(0, (area.columns - len(text)) // 2)
        canvas.text(x, area.y + area.lines // 2, text, style, area.columns)
        return
    x = area.x + (area.columns - width) // 2
    y = area.y + (area.lines - LINES) // 2
    for line in range(LINES):
        row = " ".join(SHAPES[digit][line] for digit in text)
        canvas.text(x, y + line, row, style, width)


@attrs.define(eq=False, kw_only=True)
class PaneNumbers(Quiet):
    """Shows the number of each pane, and goes to the one whose number is pressed."""

    state: State

    def __attrs_post_init__(self) -> None:
        self.place, self.takes_all, self.expires = "over", True, SHOWN_SECONDS

    def key(self, event: Event) -> Iterable[Action]:
        """A number goes there; everything else only ends it."""
        if not isinstance(event, Key):
            return
        yield Close()
        if event.name.isdecimal() and int(event.name) < len(self.state.areas):
            yield Run(f"select-pane -t :.{event.name}")

    def draw(self, canvas: Canvas, area: Rectangle) -> Cursor | None:
        """Draw the numbers over the panes."""
        window = self.state.window
        if window is None:
            return None
        dx, dy = self.state.offset_of(window)
        for number, pane in enumerate(window["panes"]):
            place = Rectangle(
                area.x + pane["x"] - dx,
                area.y + pane["y"] - dy,
                pane["columns"],
                pane["lines"],
            )
            style = ACTIVE if pane["pane_id"] == self.state.pane_id else OTHER
            draw_large(canvas, place, str(number), style)
            size = f"{pane['columns']}x{pane['lines']}"
            if len(size) < place.columns:
                canvas.text(
                    place.x + place.columns - len(size), place.y, size, style, len(size)
                )
        return None


@attrs.define(eq=False, kw_only=True)
class Clock(Quiet):
    """Shows the time in place of a pane."""

    state: State

    def __attrs_post_init__(self) -> None:
        self.place, self.takes_all = "pane", True

    def key(self, event: Event) -> Iterable[Action]:
        """Any key ends it."""
        if isinstance(event, Key):
            yield Close()

    def draw(self, canvas: Canvas, area: Rectangle) -> Cursor | None:
        """Draw the time."""
        canvas.fill(area)
        draw_large(canvas, area, self.state.clock, OTHER)
        return None
