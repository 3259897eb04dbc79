"""A picture of the whole terminal, made of cells. PURE.

1. Whatever is drawn is cut at the canvas's edges; nothing here raises because of a place.
2. A wide character is whole or it is a blank: what cuts through one, blanks its other half.
3. What is drawn later lies on top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fugue_actors.drawing.boxes import frame
from fugue_actors.drawing.cells import Cells, RowCache, shortened, spell
from fugue_actors.terminal.styles import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fugue_actors.drawing.boxes import Line
    from fugue_actors.protocol.monitor import RunDocument
    from fugue_actors.protocol.tiling import Rectangle

Align = Literal["left", "right", "centre"]


class Canvas:
    """One picture. Draw each anew after `clear`, which costs little: rows are remembered.

    Args:
        columns, lines: Size in cells.

    Attributes:
        glyphs, styles: What is in each cell, by line and column.
    """

    def __init__(self, columns: int, lines: int) -> None:
        self.rows = RowCache()
        self.resize(columns, lines)

    def resize(self, columns: int, lines: int) -> None:
        """Another size, all blank."""
        self.columns, self.lines = columns, lines
        self.clear()

    def clear(self) -> None:
        """All blank."""
        self.rows.turn()
        self.glyphs = [[" "] * self.columns for _ in range(self.lines)]
        self.styles = [[PLAIN] * self.columns for _ in range(self.lines)]

    # Screens of panes

    def put_rows(
        self,
        area: Rectangle,
        rows: Sequence[Sequence[RunDocument]],
        dx: int = 0,
        dy: int = 0,
    ) -> None:
        """Draw rows of runs, blank where they have nothing; lines without a row stay.

        Args:
            area: Where.
            rows: From top to bottom. They must not be changed afterwards: which has
                changed is told by which object it is.
            dx, dy: The column and the row that are at the area's top left.
        """
        left, right = max(area.x, 0), min(area.x + area.columns, self.columns)
        if left >= right:
            return
        start = dx + left - area.x
        top = max(area.y, 0, area.y - dy)
        bottom = min(area.y + area.lines, self.lines, area.y - dy + len(rows))
        for y in range(top, bottom):
            row = rows[dy + y - area.y]
            self.lay(left, y, *self.rows.cut(row, start, right - left))

    # Texts

    def text(
        self, x: int, y: int, text: str, style: Style = PLAIN, width: int | None = None
    ) -> int:
        """Draw a text on one line; returns how many columns it takes.

        Args:
            text: Whatever it is, nothing in it moves the cursor or changes the terminal.
            width: Columns that it may take, by default all to the canvas's edge. What
                does not fit ends with an ellipsis.
        """
        return self.spans(x, y, [(text, style)], width)

    def spans(
        self,
        x: int,
        y: int,
        spans: Iterable[tuple[str, Style]],
        width: int | None = None,
    ) -> int:
        """Draw texts in styles one after the other; else like `text`."""
        glyphs: list[str] = []
        styles: list[Style] = []
        for text, style in spans:
            cells = spell(text)
            glyphs += cells
            styles += [style] * len(cells)
        room = self.columns - x if width is None else width
        glyphs = shortened(glyphs, room)
        self.put(x, y, Cells(glyphs, styles[: len(glyphs)]))
        return len(glyphs)

    def field(
        self,
        x: int,
        y: int,
        width: int,
        text: str,
        style: Style = PLAIN,
        align: Align = "left",
    ) -> None:
        """Draw a text in a field that is blank where the text is not."""
        glyphs = shortened(spell(text), width)
        free = max(0, width - len(glyphs))
        before = {"left": 0, "right": free, "centre": free // 2}[align]
        glyphs = [" "] * before + glyphs + [" "] * (free - before)
        self.put(x, y, Cells(glyphs, [style] * len(glyphs)))

    # Areas

    def fill(self, area: Rectangle, character: str = " ", style: Style = PLAIN) -> None:
        """Fill an area with a narrow character."""
        for y in range(max(area.y, 0), min(area.y + area.lines, self.lines)):
            count = area.columns
            self.put(area.x, y, Cells([character] * count, [style] * count))

    def restyle(self, area: Rectangle, **changes: Any) -> None:
        """Change fields of the styles in an area: `restyle(area, reverse=True)`."""
        changed: dict[Style, Style] = {}
        left, right = max(area.x, 0), min(area.x + area.columns, self.columns)
        if left >= right:
            return
        for y in range(max(area.y, 0), min(area.y + area.lines, self.lines)):
            glyphs, styles = self.glyphs[y], self.styles[y]
            # A wide character has one style: it changes if its first half is inside.
            start = left + 1 if glyphs[left] == "" else left
            end = right + 1 if right < self.columns and glyphs[right] == "" else right
            for x in range(start, end):
                style = styles[x]
                if style not in changed:
                    changed[style] = style._replace(**changes)
                styles[x] = changed[style]

    def box(
        self,
        area: Rectangle,
        style: Style = PLAIN,
        title: str = "",
        *,
        inside: Style = PLAIN,
        heavy: bool = False,
    ) -> None:
        """Draw a frame around an area, on its outermost cells, and blank what is in it."""
        if area.columns < 2 or area.lines < 2:
            return
        self.fill(area, " ", inside)
        for x, y, text in frame(area, heavy=heavy):
            self.text(x, y, text, style, len(text))
        if title and area.columns > 6:
            self.text(area.x + 2, area.y, f" {title} ", style, area.columns - 4)

    def put_borders(
        self,
        area: Rectangle,
        borders: Iterable[Line],
        style: Style = PLAIN,
        active: Style = PLAIN,
        dx: int = 0,
        dy: int = 0,
    ) -> None:
        """Draw the lines between a window's panes.

        Args:
            area: Where the window is; a line above it is drawn above the area.
            borders: See `boxes.borders`.
            style, active: How they look, and how those of the active pane do.
            dx, dy: The column and the line of the window at the area's top left.
        """
        for line in borders:
            y = line.y - dy
            if not (0 <= y < area.lines or (line.y == -1 and dy == 0)):
                continue
            start, x = max(0, dx - line.x), max(line.x - dx, 0)
            text = line.text[start : start + max(0, area.columns - x)]
            looks = [active if line.active else style] * len(text)
            self.put(area.x + x, area.y + y, Cells(list(text), looks))

    # Cells

    def put(self, x: int, y: int, cells: Cells) -> None:
        """Draw cells; what is beyond the edges is cut off."""
        if not 0 <= y < self.lines:
            return
        glyphs, styles = cells
        left, right = max(x, 0), min(x + len(glyphs), self.columns)
        if left >= right:
            return
        if left > x or right < x + len(glyphs):
            start, end = left - x, right - x
            is_cut = end < len(glyphs) and glyphs[end] == ""
            glyphs, styles = glyphs[start:end], styles[start:end]
            if is_cut:
                glyphs[-1] = " "
            if glyphs[0] == "":
                glyphs[0] = " "
        self.lay(left, y, glyphs, styles)

    def lay(self, x: int, y: int, glyphs: list[str], styles: list[Style]) -> None:
        """Draw whole cells that are inside."""
        row, end = self.glyphs[y], x + len(glyphs)
        if row[x] == "":
            row[x - 1] = " "
        if end < self.columns and row[end] == "":
            row[end] = " "
        row[x:end] = glyphs
        self.styles[y][x:end] = styles

    # Looking at it

    @property
    def shown(self) -> list[str]:
        """The lines as plain text."""
        return ["".join(row) for row in self.glyphs]
