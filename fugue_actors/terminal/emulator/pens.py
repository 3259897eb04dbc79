"""What SGR does to styles. PURE."""

from __future__ import annotations

from typing import Any, ClassVar

import pyte.graphics

from fugue_actors.terminal.styles import COLOURS, PLAIN, UNDERLINES, Style

SWITCHES: dict[int, dict[str, Any]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True, "underline_style": "single"},
    5: {"blink": True},
    6: {"blink": True},
    7: {"reverse": True},
    8: {"invisible": True},
    9: {"strike": True},
    21: {"underline": True, "underline_style": "double"},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False, "underline_style": "single"},
    25: {"blink": False},
    27: {"reverse": False},
    28: {"invisible": False},
    29: {"strike": False},
    53: {"overline": True},
    55: {"overline": False},
}

SIMPLE_COLOURS: dict[int, dict[str, Any]] = {
    39: {"fg": "default"},
    49: {"bg": "default"},
    59: {"underline_colour": "default"},
}
for offset, name in enumerate(COLOURS):
    SIMPLE_COLOURS[30 + offset] = {"fg": name}
    SIMPLE_COLOURS[40 + offset] = {"bg": name}
    SIMPLE_COLOURS[90 + offset] = {"fg": f"bright{name}"}
    SIMPLE_COLOURS[100 + offset] = {"bg": f"bright{name}"}

EXTENDED = {38: "fg", 48: "bg", 58: "underline_colour"}
"""Colours with arguments."""

TRANSITIONS_LIMIT = 4096


class Pen:
    """A style with what SGR made of it before: looked up by whole sequences. Shared.

    Attributes:
        style: How it draws.
        erased: What it erases with: of its style only the background.
        after: Pens after sequences that were met.
    """

    __slots__ = ("after", "erased", "style")

    pens: ClassVar[dict[Style, Pen]] = {}
    transitions: ClassVar[int] = 0

    def __init__(self, style: Style) -> None:
        self.style = style
        self.erased = PLAIN if style.bg == "default" else Style(bg=style.bg)
        self.after: dict[str, Pen] = {}

    @classmethod
    def of(cls, style: Style) -> Pen:
        """The pen of a style."""
        pen = cls.pens.get(style)
        if pen is None:
            pen = cls.pens[style] = Pen(style)
        return pen

    def learn(self, sequence: str, parameters: str | None) -> Pen:
        """The pen after a sequence not met before; None as parameters changes nothing.

        All is forgotten when it becomes too much; pens in use go on.
        """
        if Pen.transitions >= TRANSITIONS_LIMIT:
            for pen in Pen.pens.values():
                pen.after.clear()
            Pen.pens.clear()
            Pen.pens[PLAIN] = PLAIN_PEN
            Pen.transitions = 0
        Pen.transitions += 1
        pen = self if parameters is None else Pen.of(restyle(self.style, parameters))
        self.after[sequence] = pen
        return pen


PLAIN_PEN = Pen.of(PLAIN)


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
        if code == 4 and arguments:
            if arguments[0] < len(UNDERLINES):
                kind = UNDERLINES[arguments[0]]
                style = style._replace(
                    underline=bool(kind), underline_style=kind or "single"
                )
        elif arguments and code not in EXTENDED:
            continue
        elif code == 0:
            style = PLAIN
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
            colour = extended_colour(arguments)
            if colour is not None:
                change: dict[str, Any] = {EXTENDED[code]: colour}
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
