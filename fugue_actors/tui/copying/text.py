"""The lines that copy mode looks at, as far as they are known here. Pure.

Lines are numbered as the pane's host numbers them: what scrolls off keeps its number, so a
place stays where it is whatever the program writes. Those that the screen showed when copy
mode began are known from the start and stay as they were; older ones are asked for when
somebody needs them: whoever does finds `Missing` raised, and does it again when they came.

What a line says is kept once it is known, how it looks only of so many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fugue_actors.tui.copying.lines import Line, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

STYLED_LINES: Final = 4_000
"""Of so many lines it is kept how they look, more or less."""


class Missing(Exception):  # noqa: N818 - a condition
    """A line is needed that is not known yet."""

    def __init__(self, number: int, *, towards: int = 1) -> None:
        super().__init__(number)
        self.number = number
        self.towards = towards


class Text:
    """See the module's docstring.

    Attributes:
        oldest: Number of the first line there is.
        bottom: Number of the line in which the screen begins.
        end: The number after the last.
        lines: By number, those that are known.
    """

    def __init__(self, *, oldest: int = 0, bottom: int = 0, end: int = 0) -> None:
        self.oldest = oldest
        self.bottom = bottom
        self.end = end
        self.lines: dict[int, Line] = {}
        self.styled = 0

    @classmethod
    def of(cls, lines: Iterable[str], *, bottom: int = 0) -> Text:
        """A text that is known as a whole."""
        text = cls(bottom=bottom)
        text.lines = {number: Line(each, None) for number, each in enumerate(lines)}
        text.end = len(text.lines)
        return text

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.end - 1

    @property
    def history(self) -> int:
        """How many lines have scrolled off."""
        return self.bottom - self.oldest

    def line(self, number: int, *, towards: int = 1) -> Line:
        """A line.

        Args:
            number: Which, from `oldest` to before `end`.
            towards: Which way its reader goes on: 1 down, -1 up.

        Raises:
            Missing: It is not known yet.
        """
        found = self.lines.get(number)
        if found is None:
            raise Missing(number, towards=towards)
        return found

    def clamped(self, place: Place) -> Place:
        """The nearest place there is; its line must be known if it is one."""
        number = min(max(place.line, self.oldest), self.last)
        if number != place.line:
            return Place(number, 0)
        return Place(number, min(place.cell, len(self.line(number))))

    # ---- what comes

    def begin(self, answer: Mapping[str, Any]) -> None:
        """Take the first page in: it has the lines of the screen."""
        self.oldest, self.bottom = answer["oldest"], answer["screen"]
        self.end = answer["end"]
        self.put(answer["first"], answer)

    def put(self, first: int, page: Mapping[str, Any]) -> None:
        """Take a page of lines in, without changing those of the screen.

        Args:
            first: Number of its first line.
            page: Has them as `rows` or as `text`, and says which is the `oldest` by now:
                what was older and is not known here is gone.
        """
        known: Sequence[Line]
        if "rows" in page:
            known = [Line.styled(runs) for runs in page["rows"]]
        else:
            known = [Line(text) for text in page["text"]]
        for number, line in enumerate(known, first):
            self.keep(number, line)
        for number in range(self.oldest, min(page["oldest"], self.end)):
            self.lines.setdefault(number, Line("", ()))

    def keep(self, number: int, line: Line) -> None:
        """Know a line, unless more is known of it already, or it is none of these."""
        before = self.lines.get(number)
        if before is not None and (before.runs is not None or line.runs is None):
            return
        if self.oldest <= number < self.end:
            self.lines[number] = line
            self.styled += line.runs is not None

    def forget_looks(self, around: int) -> None:
        """Forget how lines look that are far from one, if those are too many.

        What the screen showed could not be had again.
        """
        if self.styled <= STYLED_LINES:
            return
        self.styled = 0
        for number, line in self.lines.items():
            if line.runs is not None and number < self.bottom:
                if abs(number - around) > STYLED_LINES // 4:
                    line.runs = None
                else:
                    self.styled += 1

    def gap(self, start: int, end: int, most: int, *, upwards: bool = False) -> range:
        """Lines in a part of the text that are not known: neighbours, at most so many.

        Empty if all are known. The first there are, or with `upwards` the last.
        """
        numbers = range(max(start, self.oldest), min(end, self.end))
        if upwards:
            last = next((n for n in reversed(numbers) if n not in self.lines), None)
            if last is None:
                return range(0)
            first = last
            while first > numbers.start and last - first + 1 < most:
                if first - 1 in self.lines:
                    break
                first -= 1
            return range(first, last + 1)
        first = next((n for n in numbers if n not in self.lines), -1)
        if first < 0:
            return range(0)
        last = first
        while last + 1 < numbers.stop and last - first + 1 < most:
            if last + 1 in self.lines:
                break
            last += 1
        return range(first, last + 1)
