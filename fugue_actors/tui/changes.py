"""What attach changes of the outer terminal, and how each of it is undone. PURE."""

from __future__ import annotations

import attrs

DESCRIBE = b"\x1b[c"
ASK = b"\x1b[?u" + DESCRIBE
"""Which flags of the kitty protocol are on. All know the second question, so its answer says
that there will be none to the first."""
KITTY_FLAGS = 1 | 4
"""Keys that cannot be mistaken, and which character shift makes of one."""


@attrs.frozen
class Mode:
    """Something that is changed of the terminal, and how to undo it."""

    on: bytes
    off: bytes


TITLE = Mode(b"\x1b[22;0t", b"\x1b[23;0t")
CLEAR = b"\x1b[m\x1b[H\x1b[2J"
"""Before leaving the alternate screen: of one that has been resized, tmux keeps in its history
what does not fit into the other one."""
ALTERNATE = Mode(b"\x1b[?1049h", b"\x1b[?1049l")
LOOKS = Mode(b"", b"\x1b[?2026l\x1b[m\x1b[?7h\x1b[0 q\x1b[?25h")
"""What pictures change."""
PASTES = Mode(b"\x1b[?2004h", b"\x1b[?2004l")
FOCUS = Mode(b"\x1b[?1004h", b"\x1b[?1004l")
KITTY = Mode(b"\x1b[>%du" % KITTY_FLAGS, b"\x1b[<u")
OTHER_KEYS = Mode(b"\x1b[>4;1m", b"\x1b[>4m")
"""xterm's own way to tell keys apart, for terminals without the kitty protocol."""
MOUSE_OFF = b"\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l"
MOUSE: dict[bool, Mode] = {
    False: Mode(b"\x1b[?1003l\x1b[?1000h\x1b[?1002h\x1b[?1006h", MOUSE_OFF),
    True: Mode(b"\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h", MOUSE_OFF),
}
"""By whether moves without a button are wanted."""
