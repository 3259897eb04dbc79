"""Colours for terminals that have fewer of them. PURE.

A colour is a name ("red", "brightblue"), six hexadecimal digits, or "default". What is none of
these is taken for "default".
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from fugue_actors.terminal.styles import COLOURS

TRUE_COLOUR: Final = 1 << 24
"""A depth: how many colours a terminal has. The others are 256, 16, 8 and 0."""

NAMES: Final = (*COLOURS, *(f"bright{name}" for name in COLOURS))
DIGITS: Final = re.compile("[0-9a-fA-F]{6}")
STEPS: Final = (0x00, 0x5F, 0x87, 0xAF, 0xD7, 0xFF)
"""Intensities in the cube of colours 16 to 231."""

Colour = tuple[int, int, int]

SIXTEEN: Final[tuple[Colour, ...]] = (
    (0x00, 0x00, 0x00),
    (0xCD, 0x00, 0x00),
    (0x00, 0xCD, 0x00),
    (0xCD, 0xCD, 0x00),
    (0x00, 0x00, 0xEE),
    (0xCD, 0x00, 0xCD),
    (0x00, 0xCD, 0xCD),
    (0xE5, 0xE5, 0xE5),
    (0x7F, 0x7F, 0x7F),
    (0xFF, 0x00, 0x00),
    (0x00, 0xFF, 0x00),
    (0xFF, 0xFF, 0x00),
    (0x5C, 0x5C, 0xFF),
    (0xFF, 0x00, 0xFF),
    (0x00, 0xFF, 0xFF),
    (0xFF, 0xFF, 0xFF),
)
"""What the named colours usually are: those of xterm."""


def palette() -> list[Colour]:
    """The 240 colours from 16 on: a cube, and then greys."""
    cube = [(red, green, blue) for red in STEPS for green in STEPS for blue in STEPS]
    return cube + [(grey, grey, grey) for grey in range(8, 248, 10)]


PALETTE: Final = palette()
PLACES: Final = {
    "{:02x}{:02x}{:02x}".format(*colour): 16 + place
    for place, colour in reversed(list(enumerate(PALETTE)))
}
"""Numbers of the colours that are exactly in the palette."""


@lru_cache(maxsize=4096)
def codes(colour: str, base: int, depth: int) -> str:
    """The parameters of SGR that choose a colour; empty for the default.

    Args:
        base: 30 for the text, 40 for what is behind it.
        depth: How many colours the terminal has.
    """
    kind = reduced(colour, depth)
    if isinstance(kind, tuple):
        return "{};2;{};{};{}".format(base + 8, *kind)
    if kind is None:
        return ""
    if kind < 8:
        return str(base + kind)
    return str(base + 52 + kind) if kind < 16 else f"{base + 8};5;{kind}"


@lru_cache(maxsize=4096)
def line_codes(colour: str, depth: int) -> str:
    """The parameters that choose the colour of an underline; empty for the default.

    The form with colons, which terminals that know no such colour skip as a whole.
    """
    kind = reduced(colour, depth)
    if isinstance(kind, tuple):
        return "58:2::{}:{}:{}".format(*kind)
    return "" if kind is None else f"58:5:{kind}"


@lru_cache(maxsize=4096)
def reduced(colour: str, depth: int) -> int | Colour | None:
    """The nearest that a terminal has: a number, red and green and blue, or None.

    What is exactly in the palette is given by its number: this is shorter, and most
    likely how the program that drew it chose it.
    """
    if depth < 8:
        return None
    if colour in NAMES:
        return NAMES.index(colour) % min(16, depth)
    if not DIGITS.fullmatch(colour):
        return None
    wanted = (int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16))
    if depth < 256:
        return nearest(wanted, SIXTEEN[:depth])
    exact = PLACES.get(colour.lower())
    if exact is not None:
        return exact
    return wanted if depth >= TRUE_COLOUR else 16 + nearest(wanted, PALETTE)


def nearest(wanted: Colour, offered: list[Colour] | tuple[Colour, ...]) -> int:
    """Which of some colours looks most like one; the eye minds green most, blue least."""
    red, green, blue = wanted

    def distance(place: int) -> int:
        other = offered[place]
        return (
            3 * (other[0] - red) ** 2
            + 4 * (other[1] - green) ** 2
            + 2 * (other[2] - blue) ** 2
        )

    return min(range(len(offered)), key=distance)
