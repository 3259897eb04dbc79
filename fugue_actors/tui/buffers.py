"""The texts that were copied, to paste one of them. PURE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.drawing import PLAIN, Style
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui import tables
from fugue_actors.tui.defang import plain, plain_lines
from fugue_actors.tui.lists import Lister, Span
from fugue_actors.tui.modes import Close, Run
from fugue_actors.tui.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fugue_actors.drawing import Canvas, Cursor
    from fugue_actors.tui.modes import Action

HINT: Final = "Enter pastes   d forgets   / filters   q leaves"
DIM: Final = Style(dim=True)
LONGEST: Final = 500
LEAST_PREVIEW: Final = 4


@attrs.define(eq=False, kw_only=True)
class Buffers(Lister):
    """The list, newest first, and below it all of the chosen one.

    Attributes:
        state: Of the client.
    """

    state: State

    @classmethod
    def begun(cls, state: State) -> Buffers:
        """The list with the newest chosen."""
        return cls(state=state, name=tables.BUFFERS, hint=HINT, title="copied texts")

    def entries(self) -> Sequence[str]:
        """The numbers of those that fit the filter."""
        return [
            str(number)
            for number, text in enumerate(self.state.buffers)
            if self.fits(text)
        ]

    def spans(self, key: str, place: int) -> Sequence[Span]:
        """How long a text is, and how it begins."""
        text = self.state.buffers[int(key)]
        return (
            (f"({key}) ", DIM),
            (f"{len(text):>6} ", DIM),
            (plain(text, LONGEST), PLAIN),
        )

    def chosen(self, key: str) -> Iterable[Action]:
        """Paste it."""
        return (Close(), Run(f"paste-buffer -b {key}"))

    def perform(self, name: str, arguments: Sequence[str]) -> Iterable[Action]:
        """Forget one."""
        selected = self.listing.selected
        if name == "delete" and selected is not None:
            del self.state.buffers[int(selected)]
            self.refresh()
            if not self.state.buffers:
                return (Close(),)
        return ()

    def draw(self, canvas: Canvas, area: Rectangle) -> Cursor | None:
        """The list, and the text."""
        wanted = max(min(len(self.state.buffers) + 2, area.lines * 2 // 5), 4)
        free = area.lines - wanted
        if free < LEAST_PREVIEW:
            return super().draw(canvas, area)
        cursor = super().draw(canvas, Rectangle(area.x, area.y, area.columns, wanted))
        below = Rectangle(area.x, area.y + wanted, area.columns, free)
        canvas.box(below, DIM)
        selected = self.listing.selected
        lines = (
            [] if selected is None else plain_lines(self.state.buffers[int(selected)])
        )
        for y, line in enumerate(lines[: free - 2], start=below.y + 1):
            canvas.text(below.x + 1, y, line, PLAIN, below.columns - 2)
        return cursor
