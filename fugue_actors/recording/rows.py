"""Rows of recorded pictures: runs of text that look the same, each row kept once. Pure."""

from __future__ import annotations

from typing import Final

import attrs

from fugue_actors.drawing.cells import spell
from fugue_actors.terminal.styles import PLAIN, Style

Runs = tuple[tuple[str, Style], ...]
"""A row from the left; what is behind the last run is blank."""
BLANK: Final = 0
"""The number of the row that shows nothing."""


@attrs.define(eq=False)
class Rows:
    """Rows by number, each of them once: most pictures differ in few."""

    known: list[Runs] = attrs.Factory(lambda: [()])
    numbers: dict[Runs, int] = attrs.Factory(lambda: {(): BLANK})

    def number(self, runs: Runs) -> int:
        """The number of a row, which is kept from now on."""
        found = self.numbers.get(runs)
        if found is None:
            found = self.numbers[runs] = len(self.known)
            self.known.append(runs)
        return found

    def __getitem__(self, number: int) -> Runs:
        return self.known[number]

    def __len__(self) -> int:
        return len(self.known)


def text_of(runs: Runs) -> str:
    """What a row says."""
    return "".join(text for text, _ in runs)


def cells_of(runs: Runs) -> list[tuple[str, Style]]:
    """A row column by column; the second column of a wide character is empty."""
    return [(cell, style) for text, style in runs for cell in spell(text)]


def runs_of(cells: list[tuple[str, Style]]) -> Runs:
    """Cells as runs again; plain blanks at the end are left out."""
    end = len(cells)
    while end and cells[end - 1] == (" ", PLAIN):
        end -= 1
    runs: list[tuple[str, Style]] = []
    for text, style in cells[:end]:
        if runs and runs[-1][1] == style:
            runs[-1] = runs[-1][0] + text, style
        else:
            runs.append((text, style))
    return tuple(runs)
