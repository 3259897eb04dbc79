"""The arrangements of panes that tmux has, under its names. Pure.

tmux names them by how the panes follow each other: in `even-horizontal` they stand in a
row from left to right, which is a `vertical` split in all other words of fugue, and in
`main-vertical` the others stand in a column beside the main one.
"""

from __future__ import annotations

from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING, Final, Literal, get_args

import attrs

from fugue_actors.errors import Refused
from fugue_actors.protocol.arranging import with_root
from fugue_actors.protocol.layout import Leaf, Part, Preset
from fugue_actors.protocol.trees import joined
from fugue_actors.protocol.windows import known_window, replaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fugue_actors.protocol.layout import Direction, Layout, Node, Window

PRESETS: Final[tuple[Preset, ...]] = get_args(Preset)
"""In the order in which they follow each other."""
MAIN: Final = 0.5
"""The share of the main pane, unless another is asked for."""

Turn = Literal["next", "previous"]


def arranged(
    layout: Layout, window_id: str, preset: Preset | Turn, main: float = MAIN
) -> Layout:
    """The layout in which a window's panes are arranged in a usual way.

    Args:
        layout: Before.
        window_id: Which window.
        preset: Which way; or the one that comes `next` to, or is `previous` to, the one
            that it was given last, of those for which there is room.
        main: The share of the main pane, where there is one.

    Raises:
        Refused: `WindowNotFound`; `InvalidArgument` when there is no room.
    """
    window = known_window(layout, window_id)
    if preset == "next" or preset == "previous":
        *earlier, last = in_turn(window.preset, preset)
        for candidate in earlier:
            with suppress(Refused):
                return with_preset(layout, window, candidate, main)
        preset = last
    return with_preset(layout, window, preset, main)


def in_turn(last: Preset | None, turn: Turn) -> tuple[Preset, ...]:
    """The arrangements to be tried, the best first."""
    ring = PRESETS if turn == "next" else PRESETS[::-1]
    start = 0 if last is None else ring.index(last) + 1
    return ring[start:] + ring[:start]


def with_preset(
    layout: Layout, window: Window, preset: Preset, main: float = MAIN
) -> Layout:
    changed = with_root(layout, window, tree(preset, window.pane_ids, main))
    window = known_window(changed, window.window_id)
    return replaced(changed, attrs.evolve(window, preset=preset, zoomed=None))


def tree(preset: Preset, panes: Sequence[str], main: float = MAIN) -> Node:
    """Panes, at least one, in one of the arrangements; the first is the main one."""
    match preset:
        case "even-horizontal":
            return in_line("vertical", panes)
        case "even-vertical":
            return in_line("horizontal", panes)
        case "main-horizontal":
            return beside_main("horizontal", panes, main)
        case "main-vertical":
            return beside_main("vertical", panes, main)
        case "tiled":
            return tiled(panes)


def in_line(direction: Direction, panes: Sequence[str]) -> Node:
    """All of the same size."""
    return split(direction, [(1.0, Leaf(pane_id=pane)) for pane in panes])


def beside_main(direction: Direction, panes: Sequence[str], main: float) -> Node:
    """The first to the left or at the top, all others in a line across."""
    first, *others = panes
    if not others:
        return Leaf(pane_id=first)
    across: Direction = "horizontal" if direction == "vertical" else "vertical"
    rest = in_line(across, others)
    return split(direction, [(main, Leaf(pane_id=first)), (1 - main, rest)])


def tiled(panes: Sequence[str]) -> Node:
    """In rows of equal length; the last pane has what the last row lacks."""
    rows = columns = 1
    while rows * columns < len(panes):
        rows += 1
        if rows * columns < len(panes):
            columns += 1
    return split(
        "horizontal",
        [
            (1.0, row(panes[start : start + columns], columns))
            for start in range(0, ceil(len(panes) / columns) * columns, columns)
        ],
    )


def row(panes: Sequence[str], columns: int) -> Node:
    """One row; its panes stand below those of the row above."""
    *front, last = panes
    lacking = columns - len(panes)
    return split(
        "vertical",
        [
            *((1.0, Leaf(pane_id=pane)) for pane in front),
            (1.0 + lacking, Leaf(pane_id=last)),
        ],
    )


def split(direction: Direction, parts: Sequence[tuple[float, Node]]) -> Node:
    node = joined(direction, (Part(ratio=ratio, node=node) for ratio, node in parts))
    assert node is not None
    return node
