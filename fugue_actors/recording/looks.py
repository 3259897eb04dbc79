"""How styles are drawn outside of a terminal: colours that can be read, in two themes. Pure.

The colours are those of the monitor page. A program does not know on what its text will
stand: what could hardly be read is moved towards black or white until it can.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from fugue_actors.terminal.styles import Style

LEAST_CONTRAST: Final = 4.5
"""That text must have, as WCAG 2 asks for at level AA."""
DIM: Final = 0.6
HEXADECIMAL: Final = re.compile(r"[0-9a-f]{6}", re.IGNORECASE)
DRAWING: Final = re.compile(
    "[\\s\u2500-\u259f\u2800-\u28ff\ue0a0-\ue0d7\U0001fb00-\U0001fbff]*"
)
LINE_STYLES: Final = {
    "double": "double",
    "curly": "wavy",
    "dotted": "dotted",
    "dashed": "dashed",
}


@attrs.frozen(kw_only=True)
class Palette:
    """The colours of a theme, six hexadecimal digits each; `names` as in `Style.fg`."""

    text: str
    background: str
    cursor: str
    names: dict[str, str] = attrs.field(hash=False)


DARK: Final = Palette(
    text="d8dfe0",
    background="0b0f11",
    cursor="e6eeef",
    names={
        "black": "2b303b",
        "red": "f0727c",
        "green": "8fcb74",
        "yellow": "e3bd6b",
        "blue": "6fb1f5",
        "magenta": "cf93ec",
        "cyan": "5cc5cf",
        "white": "c5cad5",
        "brightblack": "8790a3",
        "brightred": "ff9099",
        "brightgreen": "aee394",
        "brightyellow": "f7d68d",
        "brightblue": "96c8ff",
        "brightmagenta": "e2b3f8",
        "brightcyan": "86dfe8",
        "brightwhite": "f7f9fc",
    },
)
LIGHT: Final = Palette(
    text="1f2629",
    background="fdfcf9",
    cursor="1f2629",
    names={
        "black": "23272f",
        "red": "b3202c",
        "green": "2c7022",
        "yellow": "7d5800",
        "blue": "1a5fb4",
        "magenta": "8a3aa8",
        "cyan": "0d6e78",
        "white": "cfd3da",
        "brightblack": "646b78",
        "brightred": "c4303b",
        "brightgreen": "2f7d24",
        "brightyellow": "8f6500",
        "brightblue": "2a6fc9",
        "brightmagenta": "9b47bb",
        "brightcyan": "0f7b86",
        "brightwhite": "eef0f3",
    },
)


@attrs.frozen
class Look:
    """How a run is drawn.

    Attributes:
        colour: Of the text, as `#rrggbb`.
        background: The same; None for that of the screen.
    """

    colour: str
    background: str | None


@lru_cache(8192)
def look(style: Style, palette: Palette, *, is_drawing: bool = False) -> Look:
    """How a style is drawn in a theme.

    Args:
        style: The style.
        palette: The theme's colours.
        is_drawing: Whether its text is a picture made of blocks and lines, whose colours
            are what it says.
    """
    colour = digits(style.fg, palette, palette.text)
    background = digits(style.bg, palette, palette.background)
    if style.reverse:
        colour, background = background, colour
    if style.dim:
        colour = mix(background, colour, DIM)
    # What has the colour of its background is hidden on purpose.
    if not is_drawing and colour != background:
        colour = readable(colour, background)
    if style.invisible:
        colour = background
    behind = None if background == palette.background else f"#{background}"
    return Look(f"#{colour}", behind)


def is_drawing(text: str) -> bool:
    """Whether a text is a picture made of blocks and lines."""
    return DRAWING.fullmatch(text) is not None


def lines_of(style: Style) -> str:
    """The lines of a style as CSS `text-decoration`; empty for none."""
    lines = [
        name
        for name, is_there in (
            ("underline", style.underline),
            ("overline", style.overline),
            ("line-through", style.strike),
        )
        if is_there
    ]
    kind = LINE_STYLES.get(style.underline_style) if style.underline else None
    return " ".join([*lines, kind] if lines and kind else lines)


def digits(name: str, palette: Palette, otherwise: str) -> str:
    """A colour as six hexadecimal digits."""
    if name in palette.names:
        return palette.names[name]
    return name.lower() if HEXADECIMAL.fullmatch(name) else otherwise


def readable(colour: str, background: str) -> str:
    """A colour of the same hue that can be read on a background."""
    if contrast(colour, background) >= LEAST_CONTRAST:
        return colour
    is_light_better = contrast("ffffff", background) > contrast("000000", background)
    goal = "ffffff" if is_light_better else "000000"
    for tenth in range(1, 10):
        moved = mix(colour, goal, tenth / 10)
        if contrast(moved, background) >= LEAST_CONTRAST:
            return moved
    return goal


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """How light a colour is, from 0 to 1."""
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (value / 255 for value in channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mix(start: str, goal: str, part: float) -> str:
    """A colour between two others; 0 is the first."""
    pairs = zip(channels(start), channels(goal), strict=True)
    return "".join(f"{round(one + (other - one) * part):02x}" for one, other in pairs)


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, up to 255 each."""
    return int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:6], 16)
