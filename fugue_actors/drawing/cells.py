"""Texts and rows of runs as cells: what stands in each column. PURE.

1. A cell is a character with what joins it; the second column of a wide one is `""`.
2. Widths and joins are those of the emulator, so a row is as wide here as it is there.
3. No cell has in it what a terminal would obey, or what turns the direction of text around:
   texts come from strangers.
4. No cell joins the one before it: half a flag, a colour of skin without somebody who has it
   and an open join are replaced or dropped.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fugue_actors.terminal.characters import (
    EMOJI_PRESENTATION,
    NARROW,
    WIDE,
    ZERO_WIDTH_JOINER,
    is_indicator,
    is_modifier,
    joins,
    widens,
    width,
)
from fugue_actors.terminal.styles import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fugue_actors.protocol.monitor import RunDocument

CLUSTER_LIMIT: Final = 16
"""Most code points of one cell; what joins it beyond that is dropped."""
ELLIPSIS: Final = "\u2026"
UNKNOWN: Final = "\ufffd"
INVISIBLE: Final = frozenset(
    "\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067"
    "\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\ufeff\ufff9\ufffa\ufffb"
)
"""What has no look of its own, but changes where or in which direction text is."""
ROWS_LIMIT: Final = 4096


class Cells(NamedTuple):
    """Columns next to each other, each with its text and its style."""

    glyphs: list[str]
    styles: list[Style]


def spell(text: str) -> list[str]:
    """The cells of a text."""
    if NARROW.fullmatch(text):
        return list(text)
    cells: list[str] = []
    position = 0
    while position < len(text):
        if match := NARROW.match(text, position):
            cells += match[0]
            position = match.end()
        elif match := WIDE.match(text, position):
            for character in match[0]:
                cells += (character, "")
            position = match.end()
        else:
            add(cells, shown(text[position]))
            position += 1
    for x, cell in enumerate(cells):
        if len(cell) > 1 or is_indicator(cell):
            tidy(cells, x)
    return cells


def add(cells: list[str], character: str) -> None:
    """Put one more character behind some cells, or with the last of them."""
    if not character:
        return
    columns = width(character)
    if cells:
        place = len(cells) - (1 if cells[-1] else 2)
        base, marks = cells[place][0], cells[place][1:]
        if not columns or joins(character, base, marks):
            if len(marks) >= CLUSTER_LIMIT - 1:
                return
            is_wider = (width(base) == 1 and columns > 0) or (
                character == EMOJI_PRESENTATION and not marks and widens(base)
            )
            if is_wider and cells[-1]:
                cells.append("")
            cells[place] += character
            return
    if is_modifier(character):
        cells += ("\u2592", "\u2592")
    elif columns:
        cells += (character, "") if columns == 2 else (character,)


def shown(character: str) -> str:
    """What is shown for a character; empty for nothing."""
    if character in INVISIBLE:
        return ""
    if character in "\t\n":
        return " "
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return UNKNOWN if 0x80 <= code < 0xA0 or 0xD800 <= code < 0xE000 else character


def tidy(cells: list[str], x: int) -> None:
    """Have a cell join nothing: half a flag becomes its letter, and no join is left open."""
    cell = cells[x]
    if is_indicator(cell[0]) and not (len(cell) > 1 and is_indicator(cell[1])):
        cells[x] = chr(ord("A") + ord(cell[0]) - 0x1F1E6)
        if cells[x + 1 : x + 2] == [""]:
            cells[x + 1] = " "
    else:
        cells[x] = cell.rstrip(ZERO_WIDTH_JOINER)


def columns_of(text: str) -> int:
    """How many columns a text takes."""
    return len(text) if NARROW.fullmatch(text) else len(spell(text))


def shortened(cells: list[str], columns: int) -> list[str]:
    """The cells if they fit, else as many as do, the last of them an ellipsis."""
    if len(cells) <= columns:
        return cells
    if columns <= 0:
        return []
    kept = cells[: columns - 1]
    if cells[columns - 1] == "" and kept:
        kept[-1] = " "
    return [*kept, ELLIPSIS]


# ---- rows of runs


def row_cells(row: Iterable[RunDocument]) -> Cells:
    """The cells of a row as the monitor protocol has it."""
    cells = Cells([], [])
    for run in row:
        glyphs = spell(run["text"])
        cells.glyphs.extend(glyphs)
        cells.styles.extend([style_of(run)] * len(glyphs))
    return cells


def style_of(run: Mapping[str, Any]) -> Style:
    """How a run looks."""
    if len(run) == 1:
        return PLAIN
    return known_style(tuple([field for field in run.items() if field[0] != "text"]))


@lru_cache(maxsize=4096)
def known_style(fields: tuple[tuple[str, Any], ...]) -> Style:
    """The style with these fields; one that is not known is skipped."""
    known = {name: value for name, value in fields if name in Style._fields}
    return Style(**known)


class Remembered:
    """A row that was drawn, its cells, and the part of them that was wanted last.

    Attributes:
        row: Kept, so that no other object gets its identity.
        cells: All of them.
        start, columns: Which part.
        part: Exactly so many columns, blank where the row has nothing.
    """

    __slots__ = ("cells", "columns", "part", "row", "start")

    def __init__(self, row: Sequence[RunDocument]) -> None:
        self.row = row
        self.cells = row_cells(row)
        self.start = self.columns = -1
        self.part = Cells([], [])

    def cut(self, start: int, columns: int) -> Cells:
        """Some columns of the row; wide characters at the edges are whole or blank."""
        if start != self.start or columns != self.columns:
            self.start, self.columns = start, columns
            self.part = part_of(self.cells, start, columns)
        return self.part


def part_of(cells: Cells, start: int, columns: int) -> Cells:
    """Some columns of a row, blank where it has nothing."""
    end = start + columns
    glyphs, styles = cells.glyphs[start:end], cells.styles[start:end]
    missing = columns - len(glyphs)
    if missing:
        glyphs += [" "] * missing
        styles += [PLAIN] * missing
    elif cells.glyphs[end : end + 1] == [""]:
        glyphs[-1] = " "
    if glyphs[0] == "":
        glyphs[0] = " "
    return Cells(glyphs, styles)


class RowCache:
    """Rows that were drawn lately.

    A row is known by which object it is: a client's model puts another in the place of one
    that has changed. So whoever draws rows must not change them.
    """

    def __init__(self) -> None:
        self.recent: dict[int, Remembered] = {}
        self.older: dict[int, Remembered] = {}

    def cut(self, row: Sequence[RunDocument], start: int, columns: int) -> Cells:
        """At least one column of a row, from `start` on; the lists are the cache's own."""
        key = id(row)
        entry = self.recent.get(key)
        if entry is None:
            entry = self.older.get(key) or Remembered(row)
            if len(self.recent) >= ROWS_LIMIT:
                self.turn()
            self.recent[key] = entry
        return entry.cut(start, columns)

    def turn(self) -> None:
        """A new picture begins: forget what was not in the last one."""
        self.recent, self.older = {}, self.recent
