"""Text cut into cells, by the rules of the terminal that drew it. Pure."""

from __future__ import annotations

from fugue_actors.terminal.characters import (
    EMOJI_PRESENTATION,
    NARROW,
    joins,
    widens,
    width,
)


def is_narrow(text: str) -> bool:
    """Whether each character is known to be a cell of one column."""
    return not text or NARROW.fullmatch(text) is not None


def clusters(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The cells of a text, and how many columns each takes: one or two."""
    cells: list[str] = []
    widths: list[int] = []
    for character in text:
        taken = width(character)
        base, marks = (cells[-1][0], cells[-1][1:]) if cells else (" ", "")
        if cells and (not taken or joins(character, base, marks)):
            is_emoji = character == EMOJI_PRESENTATION and not marks and widens(base)
            if is_emoji or (taken and widths[-1] == 1):
                widths[-1] = 2
            cells[-1] += character
        else:
            cells.append(character)
            widths.append(taken or 1)
    return tuple(cells), tuple(widths)
