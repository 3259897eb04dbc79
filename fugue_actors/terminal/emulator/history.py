"""Lines that scrolled off the top, kept compactly. PURE.

1. A history is a queue of blocks. A `Packed` block holds rows one by one, a raw block (see
   `linear.py`) the output that draws them.
2. Its limit counts lines, not rows: a long line that fills many rows is one.
3. Beside that it is bounded in bytes; the oldest rows go first.
4. Rows are as wide as the screen was when they were written. `last` gives them as wide as it is.
"""

from __future__ import annotations

import sys
from collections import deque
from itertools import chain, compress, islice
from operator import is_not
from typing import NamedTuple, Protocol

from fugue_actors.terminal.emulator.reflow import reflow
from fugue_actors.terminal.emulator.rows import Row, spell
from fugue_actors.terminal.emulator.styles import PLAIN, Style

LIMIT_BYTES = 16 * 1024 * 1024
ROW_BYTES = 256
"""Taken by a packed row beside its text, roughly."""
STYLE_BYTES = 64

BLOCK_ROWS = 256


class Line(NamedTuple):
    """One row of history.

    Attributes:
        glyphs: As in `Row`.
        styles: How many columns look how, in order; None if all is plain.
        marks: As in `Row`; None if there are none.
        odd, changed, wrapped: As in `Row`.
    """

    glyphs: str
    styles: tuple[tuple[int, Style], ...] | None = None
    marks: dict[int, str] | None = None
    odd: bool = False
    changed: int = 0
    wrapped: bool = False

    @property
    def text(self) -> str:
        """Its characters; blanks at the end only if the text goes on behind them."""
        text = spell(self.glyphs, self.marks or {}) if self.odd else self.glyphs
        return text if self.wrapped else text.rstrip(" ")

    @property
    def size(self) -> int:
        """Bytes it takes, roughly."""
        styles = len(self.styles) * STYLE_BYTES if self.styles else 0
        return len(self.glyphs) + styles + ROW_BYTES


def pack(row: Row) -> Line:
    """A row as history keeps it."""
    styles = None
    if row.styles.count(PLAIN) < len(row.styles):
        styles = compressed(row.styles)
    return Line(
        row.glyphs,
        styles,
        dict(row.marks) if row.marks else None,
        row.odd,
        row.changed,
        row.wrapped,
    )


def compressed(styles: list[Style]) -> tuple[tuple[int, Style], ...]:
    """How many columns look how, in order; at the speed of C, for many rows pass here."""
    count = len(styles)
    changes = map(is_not, styles, islice(styles, 1, None))
    starts = [0, *compress(range(1, count), changes)]
    return tuple(
        [
            (end - start, styles[start])
            for start, end in zip(starts, [*starts[1:], count], strict=True)
        ]
    )


def unpack(line: Line) -> Row:
    """A row as a screen needs it."""
    row = Row(line.glyphs, changed=line.changed)
    if line.styles is not None:
        row.styles = list(
            chain.from_iterable([style] * count for count, style in line.styles)
        )
    row.marks = dict(line.marks or {})
    row.odd = line.odd
    row.wrapped = line.wrapped
    return row


class Block(Protocol):
    """Some neighbouring rows.

    Attributes:
        columns: How wide the screen was.
        count: Lines that end in it.
        size: Bytes it takes, roughly; 0 once it is empty.
        moment: When the last of it was added.
        is_open: Whether its last line goes on in the next block.
    """

    columns: int
    count: int
    size: int
    moment: int

    @property
    def is_open(self) -> bool: ...

    def rows(self, least: int) -> list[Line]:
        """At least so many of its last rows, if there are."""

    def drop(self, lines: int) -> int:
        """Forget its first lines; when the youngest of them changed.

        If more are to go than end in it, all of it goes.
        """

    def pop(self) -> list[Line]:
        """Take rows out at its end: the last one, or those of the last line."""


class Packed:
    """A block of packed rows."""

    def __init__(self, columns: int) -> None:
        self.lines: deque[Line] = deque()
        self.columns = columns
        self.count = self.size = self.moment = 0

    @property
    def is_open(self) -> bool:
        """Whether its last line goes on."""
        return bool(self.lines) and self.lines[-1].wrapped

    def append(self, line: Line, moment: int) -> None:
        """Add a row."""
        self.lines.append(line)
        self.count += not line.wrapped
        self.size += line.size
        self.moment = moment

    def rows(self, least: int) -> list[Line]:
        """All of its rows; there are not many."""
        return list(self.lines)

    def drop(self, lines: int) -> int:
        """Forget rows at the front, to the end of the last of those lines."""
        youngest = 0
        while self.lines and lines > 0:
            line = self.lines.popleft()
            self.size -= line.size
            self.count -= not line.wrapped
            lines -= not line.wrapped
            youngest = max(youngest, line.changed)
        return youngest

    def pop(self) -> list[Line]:
        """Take the last row out."""
        line = self.lines.pop()
        self.size -= line.size
        self.count -= not line.wrapped
        return [line]


class History:
    """At most `limit` lines, oldest first.

    Attributes:
        limit, limit_bytes: How much is kept.
        columns: How wide the screen is.
        count: Lines that ended in it, those that were dropped not counted.
        size: Bytes it takes, roughly.
        lost: When the youngest of the lines that are gone changed; 0 if none is.
    """

    def __init__(self, limit: int, columns: int) -> None:
        self.blocks: deque[Block] = deque()
        self.sealed: Block | None = None
        self.limit = limit
        self.limit_bytes = LIMIT_BYTES
        self.columns = columns
        self.count = self.size = self.lost = 0

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
        block.append(line, moment)
        self.count += not line.wrapped
        self.size += line.size
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
