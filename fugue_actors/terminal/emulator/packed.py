"""Rows as history keeps them, and the blocks that it is made of. PURE."""

from __future__ import annotations

from collections import deque
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol

from fugue_actors.terminal.emulator.rows import Row, spell
from fugue_actors.terminal.styles import PLAIN

if TYPE_CHECKING:
    from fugue_actors.terminal.styles import Style

ROW_BYTES = 256
"""Taken by a packed row beside its text, roughly."""
STYLE_BYTES = 64


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
    return Line(
        row.glyphs,
        compressed(row.styles),
        dict(row.marks) if row.marks else None,
        row.odd,
        row.changed,
        row.wrapped,
    )


def compressed(styles: list[Style]) -> tuple[tuple[int, Style], ...] | None:
    """How many columns look how, in order; None if all is plain."""
    if not styles or (
        styles[0] is styles[-1] is PLAIN and styles.count(PLAIN) == len(styles)
    ):
        return None
    runs: list[tuple[int, Style]] = []
    count, last = 0, styles[0]
    for style in styles:
        if style is last:
            count += 1
        else:
            runs.append((count, last))
            count, last = 1, style
    runs.append((count, last))
    return tuple(runs)


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

    def between(self, start: int, end: int) -> list[Line]:
        """The rows of some of its lines, counted from 0.

        What goes on in the next block counts as one more line.
        """

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

    def append(self, line: Line, size: int, moment: int) -> None:
        """Add a row that takes so many bytes."""
        self.lines.append(line)
        self.count += not line.wrapped
        self.size += size
        self.moment = moment

    def rows(self, least: int) -> list[Line]:
        """All of its rows; there are not many."""
        return list(self.lines)

    def between(self, start: int, end: int) -> list[Line]:
        """The rows of some of its lines."""
        found, number = [], 0
        for line in self.lines:
            if number >= end:
                break
            if number >= start:
                found.append(line)
            number += not line.wrapped
        return found

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
