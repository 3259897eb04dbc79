"""Lines between and around panes, joined where they meet. PURE."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fugue_actors.protocol.tiling import Rectangle

LINES: Final = (
    " ╴╸╷┐┑╻┒┓╶─╾┌┬┭┎┰┱╺╼━┍┮┯┏┲┳╵┘┙│┤┥╽┧┪└┴┵├┼┽┟╁╅┕┶┷┝┾┿┢╆╈╹┚┛╿┦┩┃┨┫┖┸┹┞╀╃┠╂╉┗┺┻┡╄╇┣╊╋"
)
"""Characters by the weights of their arms, see `joint`."""
LIGHT: Final = 1
HEAVY: Final = 2


class Line(NamedTuple):
    """Some border cells in one line, from `x` on; `active` if they are the active pane's."""

    x: int
    y: int
    text: str
    active: bool


def joint(up: int, right: int, down: int, left: int) -> str:
    """The character whose arms have these weights: 0 none, `LIGHT` or `HEAVY`."""
    return LINES[27 * up + 9 * right + 3 * down + left]


def frame(area: Rectangle, *, heavy: bool = False) -> Iterator[tuple[int, int, str]]:
    """The lines of a box on the outermost cells of an area: column, line and text."""
    w = HEAVY if heavy else LIGHT
    flat, upright = joint(0, w, 0, w) * (area.columns - 2), joint(w, 0, w, 0)
    right, bottom = area.x + area.columns - 1, area.y + area.lines - 1
    yield area.x, area.y, joint(0, w, w, 0) + flat + joint(0, 0, w, w)
    for y in range(area.y + 1, bottom):
        yield area.x, y, upright
        yield right, y, upright
    yield area.x, bottom, joint(w, w, 0, 0) + flat + joint(w, 0, 0, w)


def borders(
    panes: Sequence[Rectangle],
    columns: int,
    lines: int,
    active: Rectangle | None = None,
    *,
    top: bool = False,
    heavy: bool = True,
) -> tuple[Line, ...]:
    """All that is between the panes of a window.

    Of two panes the line between them belongs half to the one and half to the other, else
    nobody could tell which is meant.

    Args:
        panes: Their areas, in reading order.
        columns, lines: The window's size.
        active: The area of the pane that has the focus.
        top: Whether there is a line above the window, at -1, for its panes' titles.
        heavy: Whether the active pane's border is drawn with heavy lines.
    """
    return drawn(tuple(panes), columns, lines, active, top, heavy)


@lru_cache(maxsize=64)
def drawn(
    panes: tuple[Rectangle, ...],
    columns: int,
    lines: int,
    active: Rectangle | None,
    top: bool,
    heavy: bool,
) -> tuple[Line, ...]:
    """The same, remembered."""
    first = -1 if top else 0
    cells = {(x, y) for y in range(first, lines) for x in range(columns)}
    for area in panes:
        cells -= inner(area)
    near = around(active) if active is not None else set()
    if active is not None and len(panes) == 2 and not top:
        near &= half(panes, panes.index(active) if active in panes else 0)
    weights = {
        cell: HEAVY if heavy and cell in near else LIGHT for cell in sorted(cells)
    }
    found: list[Line] = []
    for x, y in sorted(cells, key=lambda cell: (cell[1], cell[0])):
        line = Line(x, y, joint(*arms(weights, x, y)), (x, y) in near)
        last = found[-1] if found else None
        if last and (last.y, last.active, last.x + len(last.text)) == (
            y,
            line.active,
            x,
        ):
            found[-1] = last._replace(text=last.text + line.text)
        else:
            found.append(line)
    return tuple(found)


def arms(weights: dict[tuple[int, int], int], x: int, y: int) -> list[int]:
    """The weights of a border cell's arms; at the window's edge a line goes straight out."""
    own = weights[x, y]
    found = [
        min(own, weights.get(cell, 0))
        for cell in ((x, y - 1), (x + 1, y), (x, y + 1), (x - 1, y))
    ]
    if found.count(0) == 4:
        return [own, 0, own, 0]  # between two panes of one line
    if found.count(0) == 3:
        found[(found.index(max(found)) + 2) % 4] = max(found)
    return found


def inner(area: Rectangle) -> set[tuple[int, int]]:
    """The cells of an area."""
    return {
        (x, y)
        for y in range(area.y, area.y + area.lines)
        for x in range(area.x, area.x + area.columns)
    }


def around(area: Rectangle) -> set[tuple[int, int]]:
    """The cells next to an area, corners included."""
    left, right = area.x - 1, area.x + area.columns
    above, below = area.y - 1, area.y + area.lines
    flat = {(x, y) for x in range(left, right + 1) for y in (above, below)}
    return flat | {(x, y) for y in range(above, below + 1) for x in (left, right)}


def half(panes: Sequence[Rectangle], which: int) -> set[tuple[int, int]]:
    """Of the line between two panes, the half that belongs to the first or the second."""
    one, other = panes
    if one.y == other.y:
        x, middle = other.x - 1, one.y + one.lines // 2
        span = (one.y, middle) if which == 0 else (middle, one.y + one.lines)
        return {(x, y) for y in range(*span)}
    y, middle = other.y - 1, one.x + one.columns // 2
    span = (one.x, middle) if which == 0 else (middle, one.x + one.columns)
    return {(x, y) for x in range(*span)}
