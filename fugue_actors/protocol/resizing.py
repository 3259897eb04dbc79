"""Sizes that somebody asks for: of a window, of a pane, of a pane's share. Pure.

A layout that comes out of here can be drawn, and what was asked for is what it shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.errors import Refused
from fugue_actors.protocol.arranging import known_pane
from fugue_actors.protocol.layout import Split
from fugue_actors.protocol.tiling import (
    BORDER,
    LARGEST,
    Rectangle,
    minimum,
    part_sizes,
    smallest,
    tiles,
    whole,
)
from fugue_actors.protocol.trees import holding, with_part
from fugue_actors.protocol.windows import known_window, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fugue_actors.protocol.layout import Direction, Layout, Node, Window
    from fugue_actors.protocol.neighbours import Side

SIDES: Final[tuple[tuple[Side, Side], ...]] = (("left", "right"), ("up", "down"))
SMALLEST_SHARE: Final = 0.1
LARGEST_SHARE: Final = 0.9


def resized(layout: Layout, window_id: str, columns: int, lines: int) -> Layout:
    """The layout with a window of another size.

    Raises:
        Refused: `InvalidArgument`; its panes need more, or there can be no such window.
    """
    window = known_window(layout, window_id)
    need = minimum(window.root)
    for what, wanted, least, most in (
        ("columns", columns, need[0], LARGEST[0]),
        ("lines", lines, need[1], LARGEST[1]),
    ):
        if not least <= wanted <= most:
            raise refusal(f"the window cannot have {wanted} {what}", least, most)
    return replaced(layout, attrs.evolve(window, columns=columns, lines=lines))


def with_extent(
    layout: Layout, pane_id: str, direction: Direction, cells: int
) -> Layout:
    """The layout in which a pane has so many columns (`vertical`) or lines.

    It takes them from its neighbours in that direction, which share what is left in
    their ratios. Where it has none, its window changes its size.

    Raises:
        Refused: `PaneNotFound`; `InvalidArgument` with the `least` and `most` there can
            be.
    """
    window = known_pane(layout, pane_id)
    path = way_to(window, pane_id, direction)
    if path:
        return with_cells(layout, window, path, cells)
    layout = replaced(layout, attrs.evolve(window, zoomed=None))
    if direction == "vertical":
        return resized(layout, window.window_id, cells, window.lines)
    return resized(layout, window.window_id, window.columns, cells)


def with_share(
    layout: Layout,
    pane_id: str,
    direction: Direction | None,
    change: Callable[[float], float],
) -> Layout:
    """The layout in which a pane has another share of the split it stands in.

    Args:
        layout: Before.
        pane_id: Which pane.
        direction: Of the split; None for the innermost one.
        change: From the share it has to the one it is to have; it gets what comes
            nearest, between a tenth and nine tenths, and leaves room for the others.

    Raises:
        Refused: `PaneNotFound`; `InvalidArgument` when it stands in no such split.
    """
    window = known_pane(layout, pane_id)
    path = way_to(window, pane_id, direction)
    if not path:
        raise shares_with_no_other(pane_id, direction)
    inner = path[-1]
    share = change(inner.split.parts[inner.place].ratio)
    share = min(max(share, SMALLEST_SHARE), LARGEST_SHARE)
    least, most = inner.bounds
    cells = min(max(round(share * inner.room), least), most)
    return with_cells(layout, window, path, cells)


def with_border_moved(
    layout: Layout, pane_id: str, towards: Side, cells: int, edge: Side | None = None
) -> Layout:
    """The layout in which a border of a pane has moved by so many cells.

    It goes as far as there is room, so that a key can be held down: panes in its way
    shrink one after the other to the least that they need.

    Args:
        layout: Before.
        pane_id: Which pane.
        towards: Where to.
        cells: How far.
        edge: The border that the pane has on this side, whatever else it borders on; one
            that somebody has hold of. None for that of the innermost split: to the
            right of the pane or below it, or the other one if the pane is the last. If
            that goes right or down, panes on the other side make room at the end.

    Raises:
        Refused: `PaneNotFound`; `InvalidArgument` if there is no such border.
    """
    window = known_pane(layout, pane_id)
    direction: Direction = "vertical" if towards in ("left", "right") else "horizontal"
    path = way_to(window, pane_id, direction)
    if not path:
        raise shares_with_no_other(pane_id, direction)
    if edge is None:
        border = min(path[-1].place, len(path[-1].split.parts) - 2)
    else:
        path, border = way_to_edge(path, pane_id, edge, direction)
    step = path[-1]
    sizes, least = part_sizes(step.split, step.area), smallest(step.split)
    before, after = range(border - 1, -1, -1), range(border + 1, len(sizes))
    if towards in ("right", "down"):
        grows, shrink = border, (*after, *(before if edge is None else ()))
    else:
        grows, shrink = border + 1, (border, *before)
    for part in shrink:
        taken = min(cells, sizes[part] - least[part])
        sizes[part] -= taken
        sizes[grows] += taken
        cells -= taken
    if sizes == part_sizes(step.split, step.area):
        return layout
    return with_node(layout, window, path, with_sizes(step, sizes))


@attrs.frozen
class Step:
    """One split on the way to a pane: how large it is, and which part to go into."""

    split: Split
    area: Rectangle
    place: int

    @property
    def room(self) -> int:
        """The cells that its parts share."""
        return sum(part_sizes(self.split, self.area))

    @property
    def bounds(self) -> tuple[int, int]:
        """The fewest and the most cells that the part can have."""
        least = smallest(self.split)
        return least[self.place], self.room - sum(least) + least[self.place]


def way_to(window: Window, pane_id: str, direction: Direction | None) -> list[Step]:
    """The splits from the outermost to the innermost one of this direction."""
    path: list[Step] = []
    end = 0
    node, area = window.root, whole(window)
    while isinstance(node, Split):
        step = Step(node, area, holding(node, pane_id))
        path.append(step)
        if direction in (None, node.direction):
            end = len(path)
        size = part_sizes(node, area)[step.place]
        if node.direction == "vertical":
            area = attrs.evolve(area, columns=size)
        else:
            area = attrs.evolve(area, lines=size)
        node = node.parts[step.place].node
    return path[:end]


def with_border_at(layout: Layout, pane_id: str, edge: Side, at: int) -> Layout:
    """The layout in which a border of a pane is elsewhere, or as near as there is room.

    Args:
        layout: Before.
        pane_id: Which pane.
        edge: On which side of it the border is.
        at: The column or line of the window in which it is to be, counted from 0.

    Raises:
        Refused: `PaneNotFound`; `InvalidArgument` if there is no such border.
    """
    area = tiles(known_pane(layout, pane_id))[pane_id]
    present = {
        "left": area.x - BORDER,
        "right": area.x + area.columns,
        "up": area.y - BORDER,
        "down": area.y + area.lines,
    }
    back, forth = SIDES[edge in ("up", "down")]
    towards = forth if at >= present[edge] else back
    return with_border_moved(
        layout, pane_id, towards, abs(at - present[edge]), edge=edge
    )


def way_to_edge(
    path: list[Step], pane_id: str, edge: Side, direction: Direction
) -> tuple[list[Step], int]:
    """The way to the split whose border is on one side of a pane, and which it is."""
    for end in range(len(path), 0, -1):
        step = path[end - 1]
        border = step.place - (edge in ("left", "up"))
        if step.split.direction != direction:
            continue
        if 0 <= border < len(step.split.parts) - 1:
            return path[:end], border
    raise Refused("InvalidArgument", f"pane {pane_id} has no border there: {edge}")


def with_cells(layout: Layout, window: Window, path: list[Step], cells: int) -> Layout:
    """The layout in which the part at the end of a way has just so many cells."""
    inner = path[-1]
    least, most = inner.bounds
    if not least <= cells <= most:
        what = "columns" if inner.split.direction == "vertical" else "lines"
        raise refusal(f"the pane cannot have {cells} {what}", least, most)
    return with_node(layout, window, path, with_part_size(inner, cells))


def with_node(layout: Layout, window: Window, path: list[Step], node: Node) -> Layout:
    """The layout with something else in the place of the split at the end of a way."""
    for step in reversed(path[:-1]):
        node = with_part(step.split, step.place, node)
    return replaced(layout, attrs.evolve(window, root=node))


def with_part_size(step: Step, cells: int) -> Split:
    """A split whose part has so many cells; the others share what is left."""
    parts, room = step.split.parts, step.room
    others = [each for i, each in enumerate(parts) if i != step.place]
    span = room - cells + BORDER * (len(others) - 1)
    rest = attrs.evolve(step.split, parts=tuple(others))
    sizes = part_sizes(rest, Rectangle(0, 0, span, span))
    sizes.insert(step.place, cells)
    return with_sizes(step, sizes)


def with_sizes(step: Step, sizes: Sequence[int]) -> Split:
    """A split whose parts have just so many cells."""
    sized = zip(step.split.parts, sizes, strict=True)
    return attrs.evolve(
        step.split,
        parts=tuple(attrs.evolve(part, ratio=size / step.room) for part, size in sized),
    )


def shares_with_no_other(pane_id: str, direction: Direction | None) -> Refused:
    return Refused(
        "InvalidArgument",
        f"pane {pane_id} shares its room with no other"
        + ("" if direction is None else f" in a {direction} split"),
        hint="give columns and lines to change the size of its window",
    )


def refusal(what: str, least: int, most: int) -> Refused:
    return Refused(
        "InvalidArgument",
        f"{what}: from {least} to {most} are possible",
        data={"least": least, "most": most},
    )
