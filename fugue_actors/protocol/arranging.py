"""Changes of a layout: each takes one and gives the one that follows. Pure.

What cannot be done raises `Refused` and says why; a layout that comes out of here can
always be drawn: every window is at least as big as its panes need at their smallest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fugue_actors.errors import Refused
from fugue_actors.protocol.layout import Layout, Leaf, Part, Split, Window, leaves
from fugue_actors.protocol.tiling import LARGEST, minimum
from fugue_actors.protocol.trees import grafted, joined, pruned, renamed, sound
from fugue_actors.protocol.windows import (
    following,
    known_window,
    own_window,
    replaced,
    with_window,
    without_window,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fugue_actors.protocol.layout import Direction, Node


def with_pane(layout: Layout, pane_id: str, columns: int, lines: int) -> Layout:
    """The layout with this pane in it: where it is, else in a window of its own."""
    if layout.window_of(pane_id) is not None:
        return layout
    return with_window(layout, own_window(layout, pane_id, columns, lines))


def without_pane(layout: Layout, pane_id: str) -> Layout:
    """The layout without a pane; its siblings share its room in their ratios.

    The focus of its window goes to the pane that comes after it, else to the one before;
    a window without panes is gone, and its focus goes the same way.
    """
    window = layout.window_of(pane_id)
    if window is None:
        return layout
    root = pruned(window.root, pane_id)
    if root is not None:
        focus = window.focus
        if focus == pane_id:
            focus = following(window.pane_ids, pane_id)
        return replaced(layout, attrs.evolve(window, root=root, focus=focus))
    return without_window(layout, window)


def split(
    layout: Layout,
    pane_id: str,
    new: str,
    direction: Direction,
    ratio: float,
    *,
    focus: bool = False,
) -> Layout:
    """The layout with a new pane to the right of another, or below it.

    Args:
        layout: Before.
        pane_id: The pane that makes room.
        new: The new pane.
        direction: `vertical`: to its right; `horizontal`: below it.
        ratio: The share of its room that the old pane keeps.
        focus: Whether the new pane gets the focus of its window.

    Raises:
        Refused: `PaneNotFound`; `InvalidArgument` when there is no room for both.
    """
    window = known_pane(layout, pane_id)
    both = Split(
        direction=direction,
        parts=(
            Part(ratio=ratio, node=Leaf(pane_id=pane_id)),
            Part(ratio=1 - ratio, node=Leaf(pane_id=new)),
        ),
    )
    with_both = with_root(layout, window, grafted(window.root, pane_id, both))
    return focused_in_window(with_both, new) if focus else with_both


def extended(layout: Layout, window_id: str, node: Node) -> Layout:
    """The layout in which a window shows something more, in its right half.

    Raises:
        Refused: `InvalidArgument`; there is no such window, or no room in it.
    """
    window = known_window(layout, window_id)
    both = joined(
        "vertical",
        (Part(ratio=0.5, node=window.root), Part(ratio=0.5, node=node)),
    )
    assert both is not None
    return with_root(layout, window, both)


def with_root(layout: Layout, window: Window, root: Node) -> Layout:
    """The layout in which a window shows another tree.

    Raises:
        Refused: `InvalidArgument`; it does not fit in.
    """
    least = minimum(root)
    if least[0] > window.columns or least[1] > window.lines:
        raise Refused(
            "InvalidArgument",
            f"there is no room in window {window.window_id}, which has "
            f"{window.columns}x{window.lines} cells",
            hint="close a pane, make the window larger, or use another window",
        )
    return replaced(layout, attrs.evolve(window, root=root))


def zoomed(layout: Layout, pane_id: str, on: bool | None = None) -> Layout:
    """The layout in which a pane is shown in full, alone, or beside the others again.

    It gets the focus of its window. One that is alone there is shown in full anyway.

    Args:
        layout: Before.
        pane_id: Which pane.
        on: Whether it is to be zoomed; None for the opposite of how its window is now.

    Raises:
        Refused: `PaneNotFound`.
    """
    window = known_pane(layout, pane_id)
    if not (window.zoomed is None if on is None else on):
        return replaced(layout, attrs.evolve(window, zoomed=None))
    if isinstance(window.root, Leaf):
        return layout
    return replaced(layout, attrs.evolve(window, focus=pane_id, zoomed=pane_id))


def moved(
    layout: Layout, pane_id: str, beside: str, direction: Direction, ratio: float
) -> Layout:
    """The layout with a pane taken from its place and put beside another.

    Raises:
        Refused: `PaneNotFound`; `InvalidArgument` when there is no room, or both are
            the same pane.
    """
    known_pane(layout, pane_id)
    if pane_id == beside:
        raise Refused("InvalidArgument", "a pane cannot be put beside itself")
    return split(without_pane(layout, pane_id), beside, pane_id, direction, ratio)


def broken_out(layout: Layout, pane_id: str) -> Layout:
    """The layout with a pane in a window of its own, as large as the one it was in.

    Raises:
        Refused: `PaneNotFound`.
    """
    window = known_pane(layout, pane_id)
    if isinstance(window.root, Leaf):
        return layout
    rest = without_pane(layout, pane_id)
    own = own_window(rest, pane_id, window.columns, window.lines)
    return with_window(rest, own)


def swapped(layout: Layout, one: str, other: str) -> Layout:
    """The layout with two panes in each other's place; the focus stays with the place.

    Raises:
        Refused: `PaneNotFound`.
    """
    names = {one: other, other: one}
    for window in {
        each.window_id: each for each in (known_pane(layout, p) for p in names)
    }.values():
        layout = replaced(
            layout,
            attrs.evolve(
                window,
                root=renamed(window.root, names),
                focus=names.get(window.focus, window.focus),
            ),
        )
    return layout


def focused(layout: Layout, pane_id: str) -> Layout:
    """The layout with the focus on a pane, and on its window.

    Raises:
        Refused: `PaneNotFound`.
    """
    window = known_pane(layout, pane_id)
    return attrs.evolve(focused_in_window(layout, pane_id), focus=window.window_id)


def focused_in_window(layout: Layout, pane_id: str) -> Layout:
    window = known_pane(layout, pane_id)
    return replaced(layout, attrs.evolve(window, focus=pane_id))


def known_pane(layout: Layout, pane_id: str) -> Window:
    window = layout.window_of(pane_id)
    if window is None:
        raise Refused("PaneNotFound", f"pane {pane_id} is not in this session's layout")
    return window


# ---- as it must be


def consistent(layout: Layout, panes: Mapping[str, tuple[int, int]]) -> Layout:
    """The layout that comes next to this one and shows exactly these panes, each once.

    Whatever was written down, by whomever, comes out as a layout that can be drawn:
    unknown panes are left out, ratios are put right, windows are made large enough, and
    panes without a place get a window of their own.

    Args:
        layout: What it should look like.
        panes: The size of each pane's terminal.
    """
    seen: set[str] = set()
    result = Layout()
    ids: set[str] = set()
    for window in sorted(layout.windows, key=lambda each: each.number < 0):
        root = sound(window.root, set(panes) - seen)
        if root is None or window.window_id in ids:
            continue
        ids.add(window.window_id)
        seen |= set(leaves(root))
        least = minimum(root)
        own = tuple(leaves(root))
        focus = window.focus if window.focus in own else own[0]
        is_zoomed = window.zoomed == focus and len(own) > 1
        result = with_window(
            result,
            attrs.evolve(
                window,
                root=root,
                columns=max(least[0], min(window.columns, LARGEST[0])),
                lines=max(least[1], min(window.lines, LARGEST[1])),
                focus=focus,
                zoomed=focus if is_zoomed else None,
            ),
            focus=window.window_id == layout.focus,
        )
    for pane_id, (columns, lines) in panes.items():
        result = with_pane(result, pane_id, columns, lines)
    return result
