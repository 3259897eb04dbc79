"""Lines that scrolled off the top, kept compactly. PURE."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from fugue_actors.terminal.emulator.styles import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.terminal.emulator.cells import Row


class Line(NamedTuple):
    """One line of history.

    Attributes:
        text: Its characters, plain blanks at the end removed.
        styles: How many characters look how, in order; None if all is plain.
        changed, wrapped: As in `Row`.
    """

    text: str
    styles: tuple[tuple[int, Style], ...] | None
    changed: int
    wrapped: bool


class History:
    """At most `limit` lines, oldest first.

    Attributes:
        lost: When the youngest of the lines that are gone changed; 0 if none is.
    """

    def __init__(self, limit: int) -> None:
        self.lines: deque[Line] = deque()
        self.limit = limit
        self.lost = 0

    def append(self, row: Row) -> None:
        """Keep a row."""
        styles = None
        if [cell.style for cell in row].count(PLAIN) < len(row):
            runs = row.runs()
            text = "".join(text for text, _ in runs)
            styles = tuple((len(text), style) for text, style in runs)
        else:
            text = row.text
        self.lines.append(Line(text, styles, row.changed, row.wrapped))
        if len(self.lines) > self.limit:
            self.lose(self.lines.popleft())

    def clear(self) -> None:
        """Forget everything."""
        for line in self.lines:
            self.lose(line)
        self.lines.clear()

    def lose(self, line: Line) -> None:
        """Remember what a reader may have missed."""
        self.lost = max(self.lost, line.changed)

    def last(self, count: int) -> Iterator[Line]:
        """The youngest lines, oldest of them first."""
        return islice(self.lines, max(0, len(self.lines) - max(0, count)), None)
