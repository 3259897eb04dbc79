"""The mouse and focus as the bytes that a program asked for. PURE.

What it did not ask for is left out, and so are places beyond what its encoding can say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.terminal.keys import encode_key

if TYPE_CHECKING:
    from fugue_actors.protocol.hosting import Modes, MouseAction, TypeInput

PRESSES, CLICKS, DRAGS, MOVES = 9, 1000, 1002, 1003
"""Modes of the mouse, each of which tells more than the one before."""
AS_TEXT, SGR, URXVT = 1005, 1006, 1015
"""Encodings besides the oldest."""

WHEEL_UP, WHEEL_DOWN, FIRST_OTHER = 4, 5, 8
WHEEL_LINES = 3
"""How many arrow keys one notch is."""
MODIFIER_BITS = {1: 4, 2: 8, 4: 16}
"""Modifiers by the bits of ours."""
MOTION = 32
RELEASED = 3
"""The button that encodings other than SGR give for any release."""
BYTE_LIMIT, TEXT_LIMIT = 223, 2015
"""Columns and lines that the oldest encoding can say, and that of mode 1005."""


def encode(typed: TypeInput, modes: Modes) -> bytes:
    """What a terminal sends a program with these modes for mouse and focus."""
    told = b"".join(encode_mouse(action, modes) for action in typed.mouse)
    if typed.focus is not None and modes.focus_events:
        told += b"\x1b[I" if typed.focus else b"\x1b[O"
    return told


def encode_mouse(action: MouseAction, modes: Modes) -> bytes:
    """What one action comes to; nothing if the program does not want to know."""
    if modes.alternate_scroll:
        return arrows(action, modes)
    if not is_wanted(action, modes.mouse_mode):
        return b""
    bits = 0 if modes.mouse_mode == PRESSES else modifier_bits(action)
    if action.kind == "move":
        bits |= MOTION
    is_release = action.kind == "release"
    button = button_bits(action.button)
    x, y = action.x + 1, action.y + 1
    if modes.mouse_encoding == SGR:
        return f"\x1b[<{bits | button};{x};{y}{'m' if is_release else 'M'}".encode()
    bits |= RELEASED if is_release else button
    if modes.mouse_encoding == URXVT:
        return f"\x1b[{32 + bits};{x};{y}M".encode()
    if modes.mouse_encoding == AS_TEXT:
        if max(x, y) > TEXT_LIMIT:
            return b""
        return f"\x1b[M{32 + bits:c}{32 + x:c}{32 + y:c}".encode()
    if max(x, y) > BYTE_LIMIT:
        return b""
    return b"\x1b[M" + bytes((32 + bits, 32 + x, 32 + y))


def is_wanted(action: MouseAction, mode: int) -> bool:
    """Whether a program in a mode of the mouse is told of something."""
    if action.kind == "move":
        return mode == MOVES or (mode == DRAGS and action.button > 0)
    if mode == PRESSES:
        return action.kind == "press" and action.button < WHEEL_UP
    return mode in (CLICKS, DRAGS, MOVES) and action.button > 0


def button_bits(button: int) -> int:
    """A button as encodings number them."""
    if button == 0:
        return RELEASED
    if button < WHEEL_UP:
        return button - 1
    if button < FIRST_OTHER:
        return 64 + button - WHEEL_UP
    return 128 + button - FIRST_OTHER


def modifier_bits(action: MouseAction) -> int:
    """Modifiers as encodings number them."""
    return sum(bit for ours, bit in MODIFIER_BITS.items() if action.modifiers & ours)


def arrows(action: MouseAction, modes: Modes) -> bytes:
    """The wheel as arrow keys."""
    names = {WHEEL_UP: "Up", WHEEL_DOWN: "Down"}
    if action.kind != "wheel" or action.button not in names:
        return b""
    return encode_key(names[action.button], modes) * WHEEL_LINES
