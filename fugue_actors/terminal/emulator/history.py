"""Lines that scrolled off the top, kept compactly. PURE.

1. A history is a queue of blocks. A block holds rows one by one (`packed.py`), or the output that
   draws them (`linear.py`).
2. Its limit counts lines, not rows: a long line that fills many rows is one.
3. Beside that it is bounded in bytes, more of them if it is to hold many lines; the oldest
   rows go first.
4. Rows are as wide as the screen was when they were written. `last` gives them as wide as it is.
"""

from __future__ import annotations

import sys
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING

from fugue_actors.terminal.emulator.packed import Line, Packed, pack, unpack
from fugue_actors.terminal.emulator.reflow import reflow

if TYPE_CHECKING:
    from fugue_actors.terminal.emulator.packed import Block
    from fugue_actors.terminal.emulator.rows import Row

LIMIT_BYTES = 16 * 1024 * 1024
MOST_BYTES = 40 * 1024 * 1024
LINE_BYTES = 400
"""What a usual line may take at most."""
BLOCK_ROWS = 256


class History:
    """At most `limit` lines, oldest first.

    Attributes:
        limit, limit_bytes: How much is kept.
        columns: How wide the screen is.
        count: Lines that ended in it, those that were dropped not counted.
        dropped: How many of the oldest lines are gone.
        size: Bytes it takes, roughly.
        lost: When the youngest of the lines that are gone changed; 0 if none is.
    """

    def __init__(self, limit: int, columns: int) -> None:
        self.blocks: deque[Block] = deque()
        self.sealed: Block | None = None
        self.limit = limit
        self.limit_bytes = min(MOST_BYTES, max(LIMIT_BYTES, limit * LINE_BYTES))
        self.columns = columns
        self.count = self.size = self.lost = self.dropped = 0

    # Adding

    def append(self, row: Row, moment: int) -> None:
        """Keep a row."""
        self.append_line(pack(row), moment)

    def append_line(self, line: Line, moment: int) -> None:
        """Keep a packed row."""
        block = self.blocks[-1] if self.blocks else None
        if (
            not isinstance(block, Packed)
            or block.columns != self.columns
            or len(block.lines) >= BLOCK_ROWS
            or block is self.sealed
        ):
            block = Packed(self.columns)
            self.blocks.append(block)
        size = line.size
        block.append(line, size, moment)
        self.count += not line.wrapped
        self.size += size
        self.keep_bounds()

    def append_block(self, block: Block) -> None:
        """Keep many lines at once."""
        self.blocks.append(block)
        self.count += block.count
        self.size += block.size
        self.keep_bounds()

    def seal(self) -> None:
        """What is here by now was cleared from the screen: `pop` shall not bring it back."""
        self.sealed = self.blocks[-1] if self.blocks else None

    # Forgetting

    def keep_bounds(self) -> None:
        """Forget the oldest lines if they are too many or too much."""
        while self.count > self.limit:
            self.drop(self.count - self.limit)
        while self.size > self.limit_bytes and len(self.blocks) > 1:
            self.drop(self.blocks[0].count + 1)

    def drop(self, lines: int) -> None:
        """Forget the first lines, as far as they end in the first block."""
        block = self.blocks[0]
        count, size = block.count, block.size
        self.lost = max(self.lost, block.drop(lines))
        self.dropped += count - block.count
        self.count += block.count - count
        self.size += block.size - size
        if not block.size:
            self.blocks.popleft()

    def clear(self) -> None:
        """Forget everything."""
        while self.blocks:
            self.drop(self.blocks[0].count + 1)
        self.sealed = None

    def pop(self, *, beyond_seal: bool = False) -> list[Line]:
        """Take the last rows back: one, or those of one line; none if there are none."""
        if not self.blocks or (self.blocks[-1] is self.sealed and not beyond_seal):
            return []
        is_foreign = self.blocks[-1].columns != self.columns
        lines = self.pop_block()
        if is_foreign:
            while self.blocks and self.blocks[-1].is_open:
                lines[:0] = self.pop_block()
            return rewrap(lines, self.columns)
        return lines

    def pop_block(self) -> list[Line]:
        """Take rows out at the end of the last block."""
        block = self.blocks[-1]
        count, size = block.count, block.size
        lines = block.pop()
        self.count += block.count - count
        self.size += block.size - size
        if not block.size:
            self.blocks.pop()
            if block is self.sealed:
                self.seal()
        return lines

    # Reading

    @property
    def lines(self) -> list[Line]:
        """All of its rows."""
        return self.last(sys.maxsize)

    def last(self, count: int) -> list[Line]:
        """The youngest rows, oldest of them first; no more is drawn than that takes."""
        groups: list[list[Line]] = []
        missing = count
        is_foreign = False
        for block in reversed(self.blocks):
            if missing <= 0 and not block.is_open:
                break
            rows = block.rows(missing)
            is_foreign = block.columns != self.columns or (is_foreign and block.is_open)
            if is_foreign and block.is_open and groups:
                missing += len(groups[-1])
                rows += groups.pop()
            if is_foreign:
                rows = rewrap(rows, self.columns)
            groups.append(rows)
            missing -= len(rows)
        gathered = list(chain.from_iterable(reversed(groups)))
        return gathered[max(0, len(gathered) - max(0, count)) :]

    def between(self, first: int, end: int) -> list[Line]:
        """The rows of lines by their numbers, as wide as they were written.

        Lines are counted from the first that ever ended in it. What goes on on the screen
        has the number after the last of those.
        """
        rows: list[Line] = []
        number = self.dropped
        for block in self.blocks:
            if number >= end:
                break
            if number + block.count >= first:
                rows += block.between(max(0, first - number), end - number)
            number += block.count
        return rows

    def since(self, cursor: int) -> list[Line]:
        """The rows that were added after a cursor, and some before: whole lines.

        They are as wide as they were written, which makes no difference to who joins them.
        """
        groups: list[list[Line]] = []
        for block in reversed(self.blocks):
            if block.moment <= cursor and not block.is_open:
                break
            groups.append(block.rows(sys.maxsize))
        return list(chain.from_iterable(reversed(groups)))


def rewrap(lines: list[Line], columns: int) -> list[Line]:
    """Lines that were written on a screen of another width as this one shows them."""
    return [pack(row) for row in reflow([unpack(line) for line in lines], columns)]
