"""What is seen as one character: a code point with all that joins it. PURE.

The rules are the emulator's, so that a prompt shows a text as a pane does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.drawing import columns_of
from fugue_actors.terminal.characters import NARROW, joins, width

if TYPE_CHECKING:
    from collections.abc import Sequence


def characters_of(text: str) -> list[str]:
    """A text as a list of what is seen as one character each; joined it is the text."""
    if NARROW.fullmatch(text):
        return list(text)
    found: list[str] = []
    for mark in text:
        if found and found[-1] != "\n" and is_joined(mark, found[-1]):
            found[-1] += mark
        else:
            found.append(mark)
    return found


def is_joined(mark: str, character: str) -> bool:
    """Whether a code point is part of the character before it."""
    if mark == "\n":
        return False
    return width(mark) == 0 or joins(mark, character[0], character[1:])


def part_in_view(characters: Sequence[str], first: int, columns: int) -> str:
    """What of a line is in view.

    Args:
        characters: The line.
        first: The column at which the view begins.
        columns: How many it has. Half a wide character is a blank.
    """
    shown: list[str] = []
    column = 0
    for character in characters:
        count = columns_of(character)
        start, column = column, column + count
        if column <= first:
            continue
        if start < first or column > first + columns:
            shown.append(" " * (min(column, first + columns) - max(start, first)))
        else:
            shown.append(character)
        if column >= first + columns:
            break
    return "".join(shown)
