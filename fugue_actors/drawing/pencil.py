"""What draws on the outer terminal: it knows where that draws next, and how. PURE.

Of a column one can only be sure after text of which every terminal thinks alike. After all
else, and at the right edge, the next thing drawn is placed by its column.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from fugue_actors.drawing.sgr import Dialect, blank, is_erasable
from fugue_actors.terminal.characters import NARROW, WIDE
from fugue_actors.terminal.styles import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.terminal.styles import Style

PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
"""Characters whose width is a matter of fonts."""
WIDE_SIGNS: Final = re.compile("[\u3000-\u301b\uff01-\uff60]")
"""Punctuation between wide characters, and letters as wide as they are."""
Kind = Literal["sure", "wide", "odd"]

BLANKS: Final = re.compile(" {10,}")
"""Blanks that are longer than what erases them."""
END_BLANKS: Final = 4
"""Blanks at a row's end that are longer than what erases to its end."""


class Pencil:
    """Collects what is to be sent.

    Args:
        columns: Of the terminal.
        dialect: What it understands.
        erases_colour: Whether it erases with the background of its style.

    Attributes:
        out: What is to be sent.
        x, y: Where the terminal draws next; None if that is not sure.
        style: How it does; None if that is not known.
    """

    def __init__(self, columns: int, dialect: Dialect, *, erases_colour: bool) -> None:
        self.columns = columns
        self.dialect = dialect
        self.erases_colour = erases_colour
        self.out: list[str] = []
        self.forget()

    def forget(self) -> None:
        """Somebody else has drawn."""
        self.x: int | None = None
        self.y: int | None = None
        self.style: Style | None = None

    def take(self) -> str:
        """What is to be sent, once."""
        text = "".join(self.out)
        self.out.clear()
        return text

    # Cells

    def draw(self, y: int, start: int, glyphs: list[str], style: Style) -> None:
        """Draw neighbouring cells of one style."""
        text = "".join(glyphs)
        if len(text) == len(glyphs) and is_sure(text):
            self.draw_sure(y, start, text, style)
            return
        x = start
        for kind, part in pieces(glyphs):
            if kind == "sure":
                self.draw_sure(y, x, "".join(part), style)
            elif kind == "wide":
                self.move(x, y)
                self.restyle(style)
                self.out.append("".join(part))
                self.x = None
            else:
                self.draw_odd(y, x, part, style)
            x += len(part)

    def draw_sure(self, y: int, x: int, text: str, style: Style) -> None:
        """Draw narrow text, and long blanks in it by erasing."""
        if "          " not in text and not (
            x + len(text) == self.columns and text.endswith("    ")
        ):
            self.write(y, x, text, style)
            return
        position = 0
        for match in BLANKS.finditer(text):
            if match.start() > position:
                self.write(y, x + position, text[position : match.start()], style)
            self.wipe(y, x + match.start(), match.end() - match.start(), style)
            position = match.end()
        rest = text[position:]
        if x + len(text) == self.columns:
            words = rest.rstrip(" ")
            blanks = len(rest) - len(words)
            if blanks >= END_BLANKS:
                if words:
                    self.write(y, x + position, words, style)
                self.wipe(y, self.columns - blanks, blanks, style)
                return
        if rest:
            self.write(y, x + position, rest, style)

    def draw_odd(self, y: int, x: int, cell: list[str], style: Style) -> None:
        """Draw one character that some terminals think wider or narrower than others."""
        if len(cell) == 2:
            self.wipe(y, x, 2, style, at_once=True)
        self.move(x, y)
        self.restyle(style)
        self.out.append(cell[0])
        self.x = None

    # Steps

    def write(self, y: int, x: int, text: str, style: Style) -> None:
        """Write narrow text."""
        self.move(x, y)
        if style is not self.style and (
            text.strip(" ") or self.style is None or blank(self.style) != blank(style)
        ):
            self.restyle(style)
        self.out.append(text)
        x += len(text)
        self.x = x if x < self.columns else None

    def wipe(
        self, y: int, x: int, count: int, style: Style, *, at_once: bool = False
    ) -> None:
        """Blank some cells.

        Args:
            at_once: Whether the style is needed right away, for what is drawn on them.
        """
        if not is_erasable(style, in_colour=self.erases_colour):
            self.write(y, x, " " * count, style)
            return
        self.move(x, y)
        if at_once or self.style is None or blank(self.style) != blank(style):
            self.restyle(style if at_once else blank(style))
        is_end = x + count == self.columns
        self.out.append("\x1b[K" if is_end else f"\x1b[{count}X")

    def scroll(self, top: int, bottom: int, by: int) -> None:
        """Move the rows from `top` up to `bottom` up, or down if `by` is negative.

        By deleting or inserting lines within margins, which older terminals know, too.
        """
        self.restyle(PLAIN)
        how = f"{by}M" if by > 0 else f"{-by}L"
        self.out.append(f"\x1b[{top + 1};{bottom}r\x1b[{top + 1}H\x1b[{how}\x1b[r")
        self.x = self.y = 0

    def move(self, x: int, y: int) -> None:
        """Go somewhere."""
        if y != self.y:
            if x == 0 and self.y is not None and y == self.y + 1:
                self.out.append("\r\n")
            else:
                line = f"{y + 1}" if x or y else ""
                self.out.append(f"\x1b[{line};{x + 1}H" if x else f"\x1b[{line}H")
        elif x != self.x:
            self.out.append(self.across(x))
        self.x, self.y = x, y

    def across(self, x: int) -> str:
        """The shortest way to another column."""
        if x == 0:
            return "\r"
        ways = [f"\x1b[{x + 1}G"]
        if self.x is not None:
            steps = x - self.x
            if steps > 0:
                ways.append("\x1b[C" if steps == 1 else f"\x1b[{steps}C")
            else:
                ways.append("\b" * -steps)
        return min(ways, key=len)

    def restyle(self, style: Style) -> None:
        """Draw in another style from now on."""
        if style is not self.style:
            self.out.append(self.dialect.change(self.style, style))
            self.style = style


def pieces(glyphs: list[str]) -> Iterator[tuple[Kind, list[str]]]:
    """Whole characters in groups that are drawn alike; odd ones one by one."""
    position, end = 0, len(glyphs)
    while position < end:
        start, kind = position, kind_of(glyphs[position])
        position += 1
        while position < end and (
            glyphs[position] == "" or (kind == kind_of(glyphs[position]) != "odd")
        ):
            position += 1
        yield kind, glyphs[start:position]


def kind_of(cell: str) -> Kind:
    """How sure one can be of the width of a character."""
    if len(cell) > 1:
        return "odd"
    if is_sure(cell):
        return "sure"
    return "wide" if WIDE.match(cell) or WIDE_SIGNS.match(cell) else "odd"


def is_sure(text: str) -> bool:
    """Whether every terminal knows that a text is narrow."""
    return text.isascii() or (
        NARROW.fullmatch(text) is not None and not PRIVATE.search(text)
    )
