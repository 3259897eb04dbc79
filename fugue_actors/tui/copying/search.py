"""What is searched for, and where it is. Pure.

A pattern is a regular expression or a plain text. Without a capital letter in it case makes
no difference. Lines are searched one by one, each once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fugue_actors.tui.copying.lines import Place, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fugue_actors.tui.copying.text import Text

ESCAPED: Final = re.compile(r"\\.")
SPECIAL: Final = re.compile(r"[][.^$*+?{}\\|()]")


def compiled(pattern: str, *, is_plain: bool) -> re.Pattern[str] | None:
    """A pattern to search with; None if it is no regular expression."""
    letters = pattern if is_plain else ESCAPED.sub("", pattern)
    flags = re.NOFLAG if any(map(str.isupper, letters)) else re.IGNORECASE
    try:
        return re.compile(re.escape(pattern) if is_plain else pattern, flags)
    except (re.error, OverflowError, RecursionError):
        return None


class Search:
    """A search.

    Args:
        pattern: What was typed.
        is_plain: Whether that is a text, and not a regular expression.
        is_forward: Which way it goes.

    Attributes:
        is_wrong: Whether it is no regular expression; then it is taken as a text.
        found: Where it is, by line, as far as that was looked at.
    """

    def __init__(self, pattern: str, *, is_plain: bool, is_forward: bool) -> None:
        self.pattern = pattern
        self.is_plain = is_plain
        self.is_forward = is_forward
        expression = compiled(pattern, is_plain=is_plain)
        self.is_wrong = expression is None
        self.expression = expression or re.compile(re.escape(pattern), re.IGNORECASE)
        self.is_folded = bool(self.expression.flags & re.IGNORECASE)
        is_literal = is_plain or self.is_wrong or not SPECIAL.search(pattern)
        self.literal = pattern if is_literal and pattern.isascii() else ""
        if self.is_folded:
            self.literal = self.literal.lower()
        self.found: dict[int, Sequence[Row]] = {}

    def matches(self, text: Text, number: int, *, towards: int = 1) -> Sequence[Row]:
        """The cells of each place in a line where it is."""
        found = self.found.get(number)
        if found is None:
            line = text.line(number, towards=towards)
            found = ()
            if self.may_be_in(line.text):
                found = tuple(
                    line.cells_between(*match.span())
                    for match in self.expression.finditer(line.text)
                    if match.end() > match.start()
                )
            self.found[number] = found
        return found

    def may_be_in(self, text: str) -> bool:
        """Whether it may be in a line; most are ruled out by the quickest means there is."""
        if self.literal and text.isascii():
            return self.literal in (text.lower() if self.is_folded else text)
        return self.expression.search(text) is not None

    def next(self, text: Text, place: Place, *, is_forward: bool) -> Place | None:
        """The nearest place where it is, beyond this one; around the end if need be.

        Returns:
            The place, which may be the same again; None if there is none at all.
        """
        towards = 1 if is_forward else -1
        here = self.starts(text, place.line, towards)
        known = self.found
        beyond = [at for at in here if (at - place.cell) * towards > 0]
        if beyond:
            return Place(place.line, beyond[0])
        for number in self.round(text, place.line, towards):
            if known.get(number) == ():
                continue
            starts = self.starts(text, number, towards)
            if starts:
                return Place(number, starts[0])
        return Place(place.line, here[0]) if here else None

    def starts(self, text: Text, number: int, towards: int) -> list[int]:
        """The first cells of its matches in a line, in the order they are met."""
        return [row.start for row in self.matches(text, number, towards=towards)][
            ::towards
        ]

    @staticmethod
    def round(text: Text, number: int, towards: int) -> Iterator[int]:
        """All other lines in the order they are met."""
        if towards > 0:
            yield from range(number + 1, text.end)
            yield from range(text.oldest, number)
        else:
            yield from range(number - 1, text.oldest - 1, -1)
            yield from range(text.last, number, -1)

    def count(self, text: Text) -> int | None:
        """How many there are in all; None while not every line is known."""
        if len(text.lines) < text.end - text.oldest:
            return None
        known = self.found
        for number in range(text.oldest, text.end):
            if number not in known:
                self.matches(text, number)
        return sum(map(len, known.values()))

    def position(self, text: Text, place: Place) -> int | None:
        """Which of all the one at a place is, counted from 1; None if there is none.

        They must have been counted.
        """
        here = [row.start for row in self.matches(text, place.line)]
        if place.cell not in here:
            return None
        known = self.found
        count = sum(len(known[number]) for number in range(text.oldest, place.line))
        return count + here.index(place.cell) + 1
