"""How keys are to be told to the program: flags of the kitty protocol, in a stack. PURE."""

from __future__ import annotations

KNOWN_FLAGS = 1
"""What is known of the protocol: unambiguous escape codes."""
DEPTH_LIMIT = 16


class Keyboard:
    """The flags of one screen; programs that end without tidying up leave the other's alone."""

    def __init__(self) -> None:
        self.stack = [0]

    @property
    def flags(self) -> int:
        """Those in force."""
        return self.stack[-1]

    def put(self, flags: int, how: int) -> None:
        """Set exactly these (1), these too (2), or all but these (3)."""
        flags &= KNOWN_FLAGS
        if how == 1:
            self.stack[-1] = flags
        elif how == 2:
            self.stack[-1] |= flags
        elif how == 3:
            self.stack[-1] &= ~flags

    def push(self, flags: int) -> None:
        """Remember those in force, and set others."""
        self.stack.append(flags & KNOWN_FLAGS)
        del self.stack[:-DEPTH_LIMIT]

    def pop(self, count: int) -> None:
        """Go back to those remembered; none if there are no more."""
        del self.stack[-min(count, len(self.stack)) :]
        if not self.stack:
            self.stack.append(0)
