"""What comes from the outer terminal: keys, pastes, the mouse, focus, answers. PURE values.

`InputParser` in `inputs` makes them of bytes. Modifiers are bits: 1 shift, 2 alt, 4 control, as
in `terminal.keys`. Cells are counted from 0 at the top left.
"""

from __future__ import annotations

from typing import Literal

import attrs

KeyKind = Literal["press", "repeat", "release"]
MouseKind = Literal["press", "release", "move", "wheel"]
ReportKind = Literal[
    "attributes", "keyboard", "mode", "version", "colour", "clipboard", "size"
]

NO_BUTTON, LEFT, MIDDLE, RIGHT = range(4)
WHEEL_UP, WHEEL_DOWN, WHEEL_LEFT, WHEEL_RIGHT = range(4, 8)


@attrs.frozen
class Key:
    """A key was pressed.

    Attributes:
        name: As `terminal.keys` spells it, modifiers in the order `C-M-S-`: "a", "A",
            "C-c", "M-x", "Enter", "Space", "S-Tab", "C-S-Left". One key has one name.
        text: What it types; empty if it types nothing, as all keys with control or alt.
            Text that is no key, from an input method, is its own name.
        kind: Releases only come from a parser that was told to give them.
    """

    name: str
    text: str = ""
    kind: KeyKind = "press"


@attrs.frozen
class Paste:
    """Text was pasted.

    Attributes:
        text: All of it; its lines end in "\\n".
        cut: How many bytes at its end were left out, because it was too long.
    """

    text: str
    cut: int = 0


@attrs.frozen(kw_only=True)
class Mouse:
    """The mouse did something.

    Attributes:
        kind: "wheel" is one notch; "move" comes with the button that is held, if any.
        button: 0 none, 1 left, 2 middle, 3 right, 4 to 7 wheel up, down, left and right,
            8 to 11 others.
        x, y: Cell, counted from 0.
        modifiers: Bits.
        clicks: Of a press: how many there were at this cell, shortly after each other.
    """

    kind: MouseKind
    button: int
    x: int
    y: int
    modifiers: int = 0
    clicks: int = attrs.field(default=1, repr=False)


@attrs.frozen
class Focus:
    """The outer terminal's window got the keyboard, or lost it."""

    is_in: bool


@attrs.frozen(kw_only=True)
class Report:
    """The outer terminal answered a question.

    Attributes:
        kind: "attributes" (DA1: its numbers), "keyboard" (kitty's flags), "mode" (DECRPM:
            mode and state, 1 set, 2 reset, 0 unknown), "version" (XTVERSION: its text),
            "colour" (OSC 10, 11 or 12 in `numbers`, the colour in `text`), "clipboard"
            (OSC 52: what it holds), "size" (lines and columns).
        numbers, text: The answer.
    """

    kind: ReportKind
    numbers: tuple[int, ...] = ()
    text: str = ""


Event = Key | Paste | Mouse | Focus | Report
