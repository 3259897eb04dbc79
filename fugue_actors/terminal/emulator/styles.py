"""How a cell looks: styles, and SGR, which changes them. PURE."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import pyte.graphics

COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


class Style(NamedTuple):
    """Fields as in `protocol.hosting.StyledRun`."""

    fg: str = "default"
    bg: str = "default"
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    reverse: bool = False
    blink: bool = False
    invisible: bool = False


PLAIN = Style()

SWITCHES: dict[int, dict[str, Any]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    5: {"blink": True},
    6: {"blink": True},
    7: {"reverse": True},
    8: {"invisible": True},
    9: {"strike": True},
    21: {"underline": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    25: {"blink": False},
    27: {"reverse": False},
    28: {"invisible": False},
    29: {"strike": False},
}

SIMPLE_COLOURS: dict[int, dict[str, Any]] = {
    39: {"fg": "default"},
    49: {"bg": "default"},
}
for offset, name in enumerate(COLOURS):
    SIMPLE_COLOURS[30 + offset] = {"fg": name}
    SIMPLE_COLOURS[40 + offset] = {"bg": name}
    SIMPLE_COLOURS[90 + offset] = {"fg": f"bright{name}"}
    SIMPLE_COLOURS[100 + offset] = {"bg": f"bright{name}"}

EXTENDED = {38: "fg", 48: "bg", 58: None}
"""Colours with arguments; that of underlines is consumed and ignored."""


@lru_cache(maxsize=2048)
def restyle(style: Style, parameters: str) -> Style:
    """The style after SGR with these parameters.

    Both forms of arguments are understood, `38;5;1` and `38:5:1`, and unknown
    parameters are skipped with the subparameters that belong to them.
    """
    groups = [group.split(":") for group in parameters.split(";")]
    position = 0
    while position < len(groups):
        code, *arguments = (number(item) for item in groups[position])
        position += 1
        if code == 0:
            style = PLAIN
        elif code == 4 and arguments:
            style = style._replace(underline=arguments[0] != 0)
        elif code in SWITCHES:
            style = style._replace(**SWITCHES[code])
        elif code in SIMPLE_COLOURS:
            style = style._replace(**SIMPLE_COLOURS[code])
        elif code in EXTENDED:
            if not arguments:
                rest = [number(group[0]) for group in groups[position : position + 4]]
                arguments = rest[: {2: 4, 5: 2}.get(rest[0] if rest else 0, 1)]
                position += len(arguments)
            elif arguments[0] == 2 and len(arguments) > 4:
                del arguments[1]  # the colon form names a colour space first
            colour, field = extended_colour(arguments), EXTENDED[code]
            if colour is not None and field is not None:
                change: dict[str, Any] = {field: colour}
                style = style._replace(**change)
    return PLAIN if style == PLAIN else style


def number(text: str) -> int:
    """A parameter's value; missing is 0."""
    return int(text[:6]) if text else 0


def extended_colour(arguments: list[int]) -> str | None:
    """The colour that the arguments of 38 or 48 name, if any."""
    match arguments:
        case [5, index, *_] if index < 8:
            return COLOURS[index]
        case [5, index, *_] if index < 16:
            return f"bright{COLOURS[index - 8]}"
        case [5, index, *_] if index < 256:
            return str(pyte.graphics.FG_BG_256[index])
        case [2, red, green, blue, *_] if max(red, green, blue) < 256:
            return f"{red:02x}{green:02x}{blue:02x}"
    return None
