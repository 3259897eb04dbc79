"""Which pane is to the left, to the right, above or below another. Pure.

The rule is that of tmux: panes are neighbours where their edges touch, the left edge of
all is the neighbour of the right one, and of several the one that was used last is meant.
Who used what is known to a client, so it says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fugue_actors.protocol.tiling import BORDER, Rectangle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Side = Literal["left", "right", "up", "down"]


def neighbour(
    areas: Mapping[str, Rectangle],
    pane_id: str,
    side: Side,
    recent: Sequence[str] = (),
) -> str | None:
    """The pane beside another; None if it has no neighbour but itself.

    Args:
        areas: Where the panes of a window are, `tiling.tiles` of it, in reading order.
        pane_id: One of them.
        side: Where to look; beyond the edge of the window one comes in on the other side.
        recent: Panes in the order in which they were used, the last one first. Of those
            that it does not name, the first in reading order comes first.
    """
    mine = areas[pane_id]
    found = [
        each
        for each, area in areas.items()
        if each != pane_id
        and touches(area, mine, side, areas)
        and overlaps(area, mine, side)
    ]
    places = {each: place for place, each in reversed(list(enumerate(recent)))}
    return min(found, key=lambda each: places.get(each, len(places)), default=None)


def touches(
    area: Rectangle, mine: Rectangle, side: Side, areas: Mapping[str, Rectangle]
) -> bool:
    """Whether an area begins or ends where another one does, with a line in between."""
    start, end = along(area, side)
    my_start, my_end = along(mine, side)
    if side in ("left", "up"):
        edge = my_start - BORDER
        return end == (farthest(areas, side) if edge < 0 else edge)
    edge = my_end + BORDER
    return start == (0 if edge > farthest(areas, side) else edge)


def overlaps(area: Rectangle, mine: Rectangle, side: Side) -> bool:
    """Whether two areas share a line or a column, or one begins beside a border."""
    across: Side = "up" if side in ("left", "right") else "left"
    start, end = along(area, across)
    my_start, my_end = along(mine, across)
    return start <= my_end and my_start < end


def along(area: Rectangle, side: Side) -> tuple[int, int]:
    """Where an area begins, and where it has ended, to the sides or up and down."""
    if side in ("left", "right"):
        return area.x, area.x + area.columns
    return area.y, area.y + area.lines


def farthest(areas: Mapping[str, Rectangle], side: Side) -> int:
    """Where the last of the areas has ended."""
    return max(along(area, side)[1] for area in areas.values())
