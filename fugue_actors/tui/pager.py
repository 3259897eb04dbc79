"""A text that is longer than a line, over the window: what a verb has printed. PURE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.drawing import Style
from fugue_actors.tui import tables
from fugue_actors.tui.defang import plain_lines
from fugue_actors.tui.lists import Lister, Span
from fugue_actors.tui.modes import Close, Copy, Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Self

    from fugue_actors.tui.modes import Action

HINT: Final = "/ shows only lines with a text   y copies the line, Y all   q leaves"
PLAIN: Final = Style()


@attrs.define(eq=False, kw_only=True)
class Pager(Lister):
    """Lines of text to look through.

    Attributes:
        lines: The text, fit to be shown.
        narrowed: The filter that was looked for last, and what it has found.
    """

    lines: list[str]
    narrowed: tuple[str, tuple[str, ...]] | None = None

    @classmethod
    def of_text(cls, title: str, text: str) -> Self:
        """A pager for a text from anywhere."""
        return cls(title=title, lines=plain_lines(text), name=tables.PAGER, hint=HINT)

    def entries(self) -> Sequence[str]:
        """The numbers of the lines that have what the filter wants."""
        if self.narrowed is None or self.narrowed[0] != self.filter.text:
            fitting = tuple(
                str(number)
                for number, line in enumerate(self.lines)
                if not self.filter.text or self.fits(line)
            )
            self.narrowed = (self.filter.text, fitting)
        return self.narrowed[1]

    def spans(self, key: str, place: int) -> Sequence[Span]:
        """A line of the text."""
        return ((self.lines[int(key)], PLAIN),)

    def perform(self, name: str, arguments: Sequence[str]) -> Iterable[Action]:
        """Copying."""
        selected = self.listing.selected
        if name == "copy-line" and selected is not None:
            return (Copy(self.lines[int(selected)]), Notice("copied a line"))
        if name == "copy-all":
            return (Copy("\n".join(self.lines)), Notice("copied all"), Close())
        return ()
