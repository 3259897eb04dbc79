"""A paste under way: text, until its end is marked. PURE."""

from __future__ import annotations

import codecs
import re

from fugue_actors.tui.events import Paste

PASTE_LIMIT_BYTES = 1_000_000
"""Longest paste: with its marks it is no more than a pane's program can be sent at once."""
PASTE_BEGIN, PASTE_END = b"\x1b[200~", b"\x1b[201~"
LINE_ENDS = re.compile("\r\n?")
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")


class Pasting:
    """What has come of a paste.

    Attributes:
        held: Bytes not given yet.
        is_quiet: Whether nothing more has come for a while.
        is_over: Whether what follows is not part of it any more.
    """

    def __init__(self) -> None:
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.held = bytearray()
        self.cut = 0
        self.is_quiet = self.is_over = False

    def take(self, data: bytes) -> tuple[int, Paste | None]:
        """Go on with it.

        Returns:
            How many of the bytes were part of it, its end mark included, and all of it if
            that has come. If it had gone quiet a key with control ends it without that.
        """
        if self.is_quiet and is_key_with_control(data):
            self.is_over = True
            return 0, None
        end = data.find(PASTE_END)
        last = end if end >= 0 else len(data) - begun(data, PASTE_END)
        self.hold(data[:last])
        if end < 0:
            return last, None
        self.is_over = True
        return last + len(PASTE_END), self.give(is_whole=True)

    def hold(self, data: bytes) -> None:
        """Keep more of it, unless it is too long."""
        room = PASTE_LIMIT_BYTES - len(self.held)
        self.held += data[:room]
        self.cut += len(data[room:])
        self.is_quiet = self.is_quiet and not data

    def give(self, *, is_whole: bool = False) -> Paste:
        """What has come and was not given yet."""
        text = self.decoder.decode(bytes(self.held), is_whole)
        given = Paste(LINE_ENDS.sub("\n", text), self.cut)
        self.held, self.cut = bytearray(), 0
        return given


def is_key_with_control(data: bytes) -> bool:
    """Whether what begins so is nothing that a paste contains, nor its end."""
    if data[:1] == b"\x1b":
        return not (PASTE_END.startswith(data) or data.startswith(PASTE_END))
    return CONTROLS.match(data) is not None


def begun(data: bytes, mark: bytes) -> int:
    """How many bytes at the end may be the beginning of a mark."""
    for length in range(min(len(mark) - 1, len(data)), 0, -1):
        if data.endswith(mark[:length]):
            return length
    return 0
