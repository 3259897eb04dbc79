"""Rows that have moved up or down as they are: a terminal can move them itself. PURE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fugue_actors.drawing.cells import Cells

LEAST: Final = 4
"""So many rows more must be spared than have to be drawn again, or it does not pay."""


TRIES: Final = 12
"""Most rows of which it is looked up where they were."""


class Shift(NamedTuple):
    """The rows from `top` up to `bottom` move up by some, or down if that is negative.

    What moves beyond them is lost, and what they leave behind is blank.
    """

    top: int
    bottom: int
    by: int


def shift(
    before: Sequence[Cells], after: Sequence[Cells], changed: Sequence[int]
) -> Shift | None:
    """How to move rows so that fewer have to be drawn; None if it does not pay.

    Args:
        before, after: The rows as they are shown, and as they are to be.
        changed: Which of them differ.
    """
    best, most, known, tries = None, LEAST - 1, -1, TRIES
    for y in changed:
        if y <= known or is_blank(after[y]):
            continue
        if not tries:
            break
        tries -= 1
        for origin in range(len(before)):
            if before[origin] != after[y] or origin == y:
                continue
            length = alike(before, origin, after, y)
            found = moved(y, length, origin - y)
            gain = spared(before, after, found)
            if gain > most:
                best, most = found, gain
                known = y + length - 1  # these rows would only say the same
    return best


def alike(before: Sequence[Cells], origin: int, after: Sequence[Cells], y: int) -> int:
    """How many rows from `y` on are those that were from `origin` on."""
    most = len(before) - max(origin, y)
    length = 1
    while length < most and before[origin + length] == after[y + length]:
        length += 1
    return length


def moved(y: int, length: int, by: int) -> Shift:
    """What brings so many rows to `y` from `by` rows below, or above if it is negative."""
    return Shift(min(y, y + by), max(y, y + by) + length, by)


def spared(before: Sequence[Cells], after: Sequence[Cells], found: Shift) -> int:
    """How many rows fewer have to be drawn than without moving any."""
    top, bottom, by = found
    gain = 0
    for y in range(top, bottom):
        gain += before[y] != after[y]
        stays = top <= y + by < bottom
        gain -= before[y + by] != after[y] if stays else not is_blank(after[y])
    return gain


def is_blank(row: Cells) -> bool:
    """Whether there is no text in a row."""
    return not "".join(row.glyphs).strip(" ")
