"""Lines of boxes and borders as strokes, so that they meet whatever a font makes of them. Pure."""

from __future__ import annotations

import re
from typing import Final

from fugue_actors.drawing.boxes import HEAVY, LIGHT, LINES

CELL: Final = (8.4, 17)
"""Columns and lines in pixels, for letters of 14 pixels."""
STROKES: Final = {LIGHT: 1, HEAVY: 2.5}
SEAM: Final = 0.2
"""Pixels that rounding can put between two lines that meet."""
ARMS: Final[dict[str, tuple[int, int, int, int]]] = {
    character: (place // 27, place // 9 % 3, place // 3 % 3, place % 3)
    for place, character in enumerate(LINES)
    if place
} | {
    "╭": (0, LIGHT, LIGHT, 0),
    "╮": (0, 0, LIGHT, LIGHT),
    "╰": (LIGHT, LIGHT, 0, 0),
    "╯": (LIGHT, 0, 0, LIGHT),
}
"""What lines are made of: the weights of their arms up, right, down and left."""
STRAIGHT: Final = re.compile(f"[{''.join(ARMS)}]+|[^{''.join(ARMS)}]+")


def strokes(x: float, y: float, text: str, colour: str) -> str:
    """Lines of boxes and borders in SVG.

    Args:
        x, y: Where the top left of the first cell is, in pixels.
        text: Characters of `ARMS`.
        colour: As SVG says it.
    """
    paths: dict[int, str] = {}
    width, height = CELL
    for place, character in enumerate(text):
        up, right, down, left = ARMS[character]
        across = x + place * width
        middle, centre = across + width / 2, y + height / 2
        for weight, path in (
            (left, f"M{number(across)} {number(centre)}h{number(width / 2)}"),
            (right, f"M{number(middle)} {number(centre)}h{number(width / 2)}"),
            (up, f"M{number(middle)} {number(centre - height / 2)}v{height / 2}"),
            (down, f"M{number(middle)} {number(centre)}v{height / 2}"),
        ):
            if weight:
                paths[weight] = paths.get(weight, "") + path
    return "".join(
        f'<path d="{joined(path)}" stroke="{colour}" stroke-width="{STROKES[weight]}"/>'
        for weight, path in paths.items()
    )


def joined(path: str) -> str:
    """A path of which lines that go on into each other are one."""
    found: list[tuple[float, float, float]] = []
    rest = []
    for part in path.split("M")[1:]:
        if "h" not in part:
            rest.append(f"M{part}")
            continue
        place, _, length = part.partition("h")
        left, top = (float(one) for one in place.split())
        last = found[-1] if found else None
        if last and last[1] == top and abs(last[0] + last[2] - left) < SEAM:
            found[-1] = last[0], top, left + float(length) - last[0]
        else:
            found.append((left, top, float(length)))
    lines = [f"M{number(x)} {number(y)}h{number(length)}" for x, y, length in found]
    return "".join([*lines, *rest])


def number(value: float) -> str:
    """A coordinate."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
