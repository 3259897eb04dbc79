"""How a cell looks. PURE."""

from __future__ import annotations

from typing import Final, NamedTuple

COLOURS: Final = (
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
)
"""Names of the first eight colours; with `bright` before them, of the next eight."""

UNDERLINES: Final = ("", "single", "double", "curly", "dotted", "dashed")
"""Those of `4:n`; the first is none."""


class Style(NamedTuple):
    """Fields as in `protocol.hosting.StyledRun`."""

    fg: str = "default"
    bg: str = "default"
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    underline_style: str = "single"
    underline_colour: str = "default"
    overline: bool = False
    strike: bool = False
    reverse: bool = False
    blink: bool = False
    invisible: bool = False


PLAIN: Final = Style()
