"""Texts for the tests of copy mode, machines that walk through them, and a plain model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from fugue_actors.tui.copying.commands import give
from fugue_actors.tui.copying.lines import Line, Place
from fugue_actors.tui.copying.machine import Machine
from fugue_actors.tui.copying.text import Missing, Text
from fugue_actors.tui.copying.words import BLANK, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fugue_actors.tui.copying.machine import Keys, Outcome

GLYPHS = "aaabB_ ,.({)}0é漢한👍"
"""Letters, blanks, separators, brackets, and what is two columns wide."""

lines = st.lists(st.text(GLYPHS, max_size=24), min_size=1, max_size=12)


def machine(
    given: Sequence[str],
    place: tuple[int, int] = (0, 0),
    *,
    columns: int = 10,
    rows: int = 4,
    keys: Keys = "vi",
    bottom: int = 0,
) -> Machine:
    """A machine in a text that is known as a whole."""
    text = Text.of(given, bottom=bottom)
    return Machine(text, Place(*place), columns=columns, lines=rows, keys=keys)


def patiently(
    walker: Machine, whole: Sequence[str], name: str, *arguments: str, count: int = 1
) -> list[Outcome]:
    """Do a command as attach does: with the lines loaded that turn out to be missing."""
    while True:
        try:
            return give(walker, name, arguments, count=count)
        except Missing as missing:
            walker.text.keep(missing.number, Line(whole[missing.number]))


class Flat:
    """A text as one string of cells, with line ends between: the plain model."""

    def __init__(self, text: Text) -> None:
        self.cells: list[str] = []
        self.places: list[Place] = []
        for number in range(text.end):
            for cell, glyph in enumerate([*text.line(number).cells, "\n"]):
                self.cells.append(glyph)
                self.places.append(Place(number, cell))

    def at(self, place: Place) -> int:
        """Where in the string a place is."""
        return self.places.index(place)

    def kinds(self, separators: str) -> list[int]:
        """What each cell is."""
        return [kind_of(glyph, separators) for glyph in self.cells]

    def starts(self, separators: str) -> list[int]:
        """Where words begin."""
        kinds = self.kinds(separators)
        return [
            at
            for at, kind in enumerate(kinds)
            if kind != BLANK and (not at or kinds[at - 1] != kind)
        ]

    def ends(self, separators: str) -> list[int]:
        """The last cell of each word."""
        kinds = self.kinds(separators)
        following = [*kinds[1:], BLANK]
        return [
            at for at, kind in enumerate(kinds) if kind not in (BLANK, following[at])
        ]
