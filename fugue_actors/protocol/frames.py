"""Newline framing with a size limit: bytes in any split to whole lines, and back.

One `LineFramer` serves one direction of one connection. It does no I/O and holds at most
`limit` bytes. A line that outgrows the limit is dropped up to its newline and reported once,
in its place, so that the reader may answer it with an error and go on, or hang up.
"""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Overlong:
    """Stands in the place of a line that was longer than the limit.

    Attributes:
        limit_bytes: The limit it exceeded.
    """

    limit_bytes: int


class LineFramer:
    """Collects bytes and gives back the lines they complete, without the newline.

    Args:
        limit_bytes: Longest line accepted, its newline not counted.
    """

    def __init__(self, *, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.parts: list[bytes] = []
        self.pending_bytes = 0
        self.is_skipping = False

    def feed(self, data: bytes) -> list[bytes | Overlong]:
        """Take in the next bytes of the stream.

        Returns:
            The lines completed by `data`, in order. `Overlong` stands for one that
            grew beyond the limit; it comes as soon as that is known.
        """
        frames: list[bytes | Overlong] = []
        *ends, rest = data.split(b"\n")
        for end in ends:
            self.append(end, frames)
            if self.is_skipping:
                self.is_skipping = False
            else:
                frames.append(b"".join(self.parts))
            self.parts.clear()
            self.pending_bytes = 0
        if rest:
            self.append(rest, frames)
        return frames

    def append(self, part: bytes, frames: list[bytes | Overlong]) -> None:
        """Add to the unfinished line, or give it up when that makes it too long."""
        if self.is_skipping:
            return
        self.parts.append(part)
        self.pending_bytes += len(part)
        if self.pending_bytes > self.limit_bytes:
            frames.append(Overlong(limit_bytes=self.limit_bytes))
            self.parts.clear()
            self.pending_bytes = 0
            self.is_skipping = True
