"""Which lines to ask the daemon for, one page after the other. Pure.

At most one page is under way. What somebody waits for comes first, then how the lines
look that are shown and those around, then what a search has not seen yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fugue_actors.tui.copying.lines import Line
from fugue_actors.tui.modes import Request

if TYPE_CHECKING:
    from fugue_actors.tui.copying.text import Missing, Text

FIRST_PAGE: Final = 300
STYLED_PAGE: Final = 200
PLAIN_PAGE: Final = 500
"""Lines asked for at once: a page is read within a few milliseconds wherever it passes."""


class Loader:
    """Asks for the lines of one pane.

    Attributes:
        under_way: The request whose answer has not come.
    """

    def __init__(self, pane_id: str) -> None:
        self.pane_id = pane_id
        self.under_way: Request | None = None

    def begin(self, lines: int) -> Request:
        """Ask for the last lines, among them those of a screen of so many."""
        count = min(PLAIN_PAGE, lines + FIRST_PAGE)
        return self.ask(None, count, styled=True)

    def ask(self, first: int | None, count: int, *, styled: bool) -> Request:
        """Ask for lines."""
        return Request(
            name="read_lines",
            args={
                "pane": self.pane_id,
                "first": first,
                "count": count,
                "styled": styled,
            },
            is_quiet=True,
        )

    def missing(self, text: Text, missing: Missing, *, many: bool) -> Request:
        """Ask for a line, and for more in the direction in which its reader goes.

        Args:
            text: Where it is missing.
            missing: Which.
            many: Whether its reader will go far, and only reads.
        """
        size = PLAIN_PAGE if many else STYLED_PAGE
        number = missing.number
        if missing.towards < 0:
            gap = text.gap(number - size + 1, number + 1, size, upwards=True)
        else:
            gap = text.gap(number, number + size, size)
        return self.ask(gap.start, len(gap), styled=not many)

    def looks(self, text: Text, first: int, last: int) -> Request | None:
        """Ask how lines look that are shown, and some around them; None if it is known."""
        wanted = [
            number
            for number in range(max(first, text.oldest), min(last + 1, text.end))
            if is_plain(text.lines.get(number))
        ]
        if not wanted:
            return None
        size = STYLED_PAGE
        start = max(text.oldest, min(wanted[0], (wanted[0] + wanted[-1] - size) // 2))
        return self.ask(start, min(size, text.end - start), styled=True)

    def rest(self, text: Text) -> Request | None:
        """Ask for lines that nobody has read yet, the youngest first; None if all are known."""
        if len(text.lines) >= text.end - text.oldest:
            return None
        gap = text.gap(text.oldest, text.end, PLAIN_PAGE, upwards=True)
        return self.ask(gap.start, len(gap), styled=False)

    def take(self, text: Text, asked: Request, page: dict[str, Any]) -> None:
        """Take a page in; lines that were asked for and are not in it are gone."""
        self.under_way = None
        text.put(page["first"], page)
        first, count = asked.args["first"], asked.args["count"]
        numbers = range(max(first, text.oldest), min(first + count, text.end))
        for number in numbers:
            line = text.lines.setdefault(number, Line("", ()))
            if line.runs is None and asked.args["styled"]:
                line.runs = line.as_runs  # it has changed since, or nobody can tell


def is_plain(line: Line | None) -> bool:
    """Whether it is not known how a line looks."""
    return line is None or line.runs is None
