"""How big everything is: a tree of splits laid onto a grid of cells. Pure.

Between two parts of a split lies a line of one cell that belongs to neither; nothing
else is taken from the panes. The same numbers size the terminals and place them on a
client's screen, so that what is drawn and what a program believes never differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.protocol.layout import Leaf
from fugue_actors.protocol.words import COLUMNS_LIMIT, LINES_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fugue_actors.protocol.layout import Direction, Node, Split, Window

SMALLEST: Final = (2, 1)
"""Columns and lines of the smallest terminal there can be; the largest is below."""
LARGEST: Final = (COLUMNS_LIMIT, LINES_LIMIT)
BORDER: Final = 1


@attrs.frozen
class Rectangle:
    """An area of cells, counted from the window's top left."""

    x: int
    y: int
    columns: int
    lines: int


def rectangles(window: Window) -> dict[str, Rectangle]:
    """Where each pane that a window shows is, in reading order: the zoomed one, or all."""
    if window.zoomed is not None:
        return {window.zoomed: whole(window)}
    return tiles(window)


def tiles(window: Window) -> dict[str, Rectangle]:
    """Where each pane of a window is while none of them is zoomed, in reading order."""
    return tile(window.root, whole(window))


def whole(window: Window) -> Rectangle:
    """All of a window."""
    return Rectangle(0, 0, window.columns, window.lines)


def tile(node: Node, area: Rectangle) -> dict[str, Rectangle]:
    """Where each pane of a tree is within an area that is at least its `minimum`."""
    if isinstance(node, Leaf):
        return {node.pane_id: area}
    placed: dict[str, Rectangle] = {}
    x, y = area.x, area.y
    for part, size in zip(node.parts, part_sizes(node, area), strict=True):
        if node.direction == "vertical":
            placed |= tile(part.node, Rectangle(x, y, size, area.lines))
            x += size + BORDER
        else:
            placed |= tile(part.node, Rectangle(x, y, area.columns, size))
            y += size + BORDER
    return placed


def part_sizes(split: Split, area: Rectangle) -> list[int]:
    """How many cells each part has in its split's direction."""
    room = area.columns if split.direction == "vertical" else area.lines
    return shares(
        room - BORDER * (len(split.parts) - 1),
        [part.ratio for part in split.parts],
        smallest(split),
    )


def smallest(split: Split) -> list[int]:
    """How many cells each part needs in its split's direction."""
    return [extent(part.node, split.direction) for part in split.parts]


def extent(node: Node, direction: Direction) -> int:
    """How many columns (`vertical`) or lines (`horizontal`) a tree needs."""
    if isinstance(node, Leaf):
        return SMALLEST[0] if direction == "vertical" else SMALLEST[1]
    needs = [extent(part.node, direction) for part in node.parts]
    if node.direction != direction:
        return max(needs)
    return sum(needs) + BORDER * (len(needs) - 1)


def minimum(node: Node) -> tuple[int, int]:
    """Columns and lines below which a tree cannot be drawn."""
    return extent(node, "vertical"), extent(node, "horizontal")


def shares(total: int, ratios: Sequence[float], least: Sequence[int]) -> list[int]:
    """Whole numbers in these ratios that add up to `total`, none below its least.

    `total` is at least the sum of the least. Whoever would get less than it needs gets
    just that, and the others share the rest in their ratios.
    """
    sizes = list(least)
    free = list(range(len(ratios)))
    while True:
        rest = total - sum(sizes[i] for i in range(len(sizes)) if i not in free)
        weight = sum(ratios[i] for i in free)
        seen, edge = 0.0, 0
        for i in free:
            seen += ratios[i]
            end = round(rest * seen / weight)
            sizes[i], edge = end - edge, end
        short = [i for i in free if sizes[i] < least[i]]
        if not short:
            return sizes
        for i in short:
            sizes[i] = least[i]
            free.remove(i)
