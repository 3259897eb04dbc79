"""Layouts: whatever is done to one, it can be drawn, and every pane is in it once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import attrs
import pytest
from hypothesis import given, strategies as st

from fugue_actors.errors import Refused
from fugue_actors.protocol import arranging, presets, resizing, tiling, windows
from fugue_actors.protocol.codec import from_json, to_json
from fugue_actors.protocol.layout import Layout, Leaf, Part, Split, Window, leaves
from fugue_actors.protocol.neighbours import Side

if TYPE_CHECKING:
    from fugue_actors.protocol.layout import Node

DIRECTIONS = st.sampled_from(["vertical", "horizontal"])
RATIOS = st.floats(min_value=0.1, max_value=0.9)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "split",
                "close",
                "cells",
                "share",
                "size",
                "focus",
                "swap",
                "move",
                "break",
                "extend",
                "open",
                "zoom",
                "border",
                "edge",
                "preset",
                "rotate",
                "number",
                "swap windows",
            ]
        ),
        st.integers(min_value=0, max_value=99),
        st.integers(min_value=0, max_value=99),
        DIRECTIONS,
        RATIOS,
    ),
    max_size=30,
)


def step(layout: Layout, number: int, how: tuple[Any, ...]) -> Layout:
    """The layout after one change, or as it was if that is refused."""
    kind, first, second, direction, ratio = how
    panes = layout.pane_ids
    if kind == "open" or not panes:
        return arranging.with_pane(layout, f"p{number}", 20 + first, 5 + second)
    one, other = panes[first % len(panes)], panes[second % len(panes)]
    window = layout.windows[first % len(layout.windows)]
    sides = get_args(Side)
    changes = {
        "zoom": lambda: arranging.zoomed(layout, one, (None, True, False)[second % 3]),
        "border": lambda: resizing.with_border_moved(
            layout, one, sides[first % 4], 1 + second
        ),
        "edge": lambda: resizing.with_border_at(layout, one, sides[first % 4], second),
        "preset": lambda: presets.arranged(
            layout, window.window_id, (*presets.PRESETS, "next")[second % 6], ratio
        ),
        "rotate": lambda: windows.rotated(
            layout, window.window_id, back=bool(second % 2)
        ),
        "number": lambda: windows.at_number(
            layout, window.window_id, second % 8, insert=bool(first % 2)
        ),
        "swap windows": lambda: windows.swapped_windows(
            layout,
            window.window_id,
            layout.windows[second % len(layout.windows)].window_id,
        ),
        "split": lambda: arranging.split(
            layout, one, f"p{number}", direction, ratio, focus=bool(second % 2)
        ),
        "close": lambda: arranging.without_pane(layout, one),
        "cells": lambda: resizing.with_extent(layout, one, direction, second),
        "share": lambda: resizing.with_share(
            layout, one, direction, lambda share: share + ratio - 0.5
        ),
        "size": lambda: resizing.resized(layout, window.window_id, first + 1, second),
        "focus": lambda: arranging.focused(layout, one),
        "swap": lambda: arranging.swapped(layout, one, other),
        "move": lambda: arranging.moved(layout, one, other, direction, ratio),
        "break": lambda: arranging.broken_out(layout, one),
        "extend": lambda: arranging.extended(
            layout, window.window_id, Leaf(pane_id=f"p{number}")
        ),
    }
    try:
        return changes[kind]()
    except Refused:
        return layout


def grown(steps: list[tuple[Any, ...]]) -> Layout:
    layout = Layout()
    for number, how in enumerate(steps):
        layout = step(layout, number, how)
    return layout


LAYOUTS = STEPS.map(grown)


def check_sound(layout: Layout) -> None:
    """All that holds of every layout."""
    panes = layout.pane_ids
    assert len(set(panes)) == len(panes)
    ids = [window.window_id for window in layout.windows]
    assert len(set(ids)) == len(ids)
    assert layout.focus in ids or (layout.focus is None and not ids)
    numbers = [window.number for window in layout.windows]
    assert numbers == sorted(set(numbers))
    assert all(0 <= number <= windows.LARGEST_NUMBER for number in numbers)
    for window in layout.windows:
        assert window.focus in window.pane_ids
        assert window.zoomed in (None, window.focus)
        assert window.zoomed is None or len(window.pane_ids) > 1
        check_normal(window.root)
        check_tiles(window)


def check_normal(node: Node) -> None:
    if isinstance(node, Leaf):
        return
    assert len(node.parts) >= 2
    assert sum(part.ratio for part in node.parts) == pytest.approx(1)
    for part in node.parts:
        assert part.ratio > 0
        inner = part.node
        assert not (isinstance(inner, Split) and inner.direction == node.direction)
        check_normal(inner)


def check_tiles(window: Window) -> None:
    """Panes and lines between them fill the window, and nothing lies on anything."""
    if window.zoomed is not None:
        area = tiling.Rectangle(0, 0, *size(window))
        assert tiling.rectangles(window) == {window.zoomed: area}
    rows = [0] * window.lines  # a bit for each cell that somebody has
    for area in tiling.tiles(window).values():
        assert area.columns >= tiling.SMALLEST[0]
        assert area.lines >= tiling.SMALLEST[1]
        assert area.y >= 0
        assert area.x + area.columns <= window.columns
        cells = ((1 << area.columns) - 1) << area.x
        for y in range(area.y, area.y + area.lines):
            assert not rows[y] & cells
            rows[y] |= cells
    covered = sum(map(int.bit_count, rows))
    assert covered
    borders = border_cells(window.root, tiling.Rectangle(0, 0, *size(window)))
    assert covered + borders == window.columns * window.lines


def border_cells(node: Node, area: tiling.Rectangle) -> int:
    """How many cells the lines of a tree take."""
    if isinstance(node, Leaf):
        return 0
    total = 0
    for part, cells in zip(node.parts, tiling.part_sizes(node, area), strict=True):
        if node.direction == "vertical":
            total += border_cells(part.node, attrs.evolve(area, columns=cells))
        else:
            total += border_cells(part.node, attrs.evolve(area, lines=cells))
    across = area.lines if node.direction == "vertical" else area.columns
    return total + across * (len(node.parts) - 1)


def size(window: Window) -> tuple[int, int]:
    return window.columns, window.lines


@given(STEPS)
def test_whatever_is_done_a_layout_can_be_drawn(steps: list[tuple[Any, ...]]) -> None:
    """Areas fill each window exactly, none is too small, each pane has one."""
    layout = Layout()
    for number, how in enumerate(steps):
        layout = step(layout, number, how)
        check_sound(layout)


@given(LAYOUTS)
def test_a_layout_survives_the_trip_through_json(layout: Layout) -> None:
    """It is written into the roster and read by the next daemon, digit for digit."""
    assert from_json(json.loads(json.dumps(to_json(layout))), Layout) == layout


@given(LAYOUTS, st.integers(min_value=0), DIRECTIONS, RATIOS)
def test_a_split_concerns_one_pane_and_its_close_gives_the_room_back(
    layout: Layout, which: int, direction: Any, ratio: float
) -> None:
    """All other panes stay as they are; the split one has its old size again."""
    if not layout.pane_ids:
        return
    pane = layout.pane_ids[which % len(layout.pane_ids)]
    window = layout.window_of(pane)
    assert window is not None
    before = tiling.tiles(window)
    try:
        split = arranging.split(layout, pane, "new", direction, ratio)
    except Refused:
        return
    back = arranging.without_pane(split, "new")
    assert back.pane_ids == layout.pane_ids
    if window.pane_ids == (pane,):
        assert tiling.rectangles(back.window_of(pane)) == before  # type: ignore[arg-type]


@given(LAYOUTS, st.integers(min_value=0), DIRECTIONS, st.integers(1, 120))
def test_a_pane_gets_just_the_cells_it_was_promised_or_a_refusal(
    layout: Layout, which: int, direction: Any, cells: int
) -> None:
    """And a refusal names bounds that are true: both can be had."""
    if not layout.pane_ids:
        return
    pane = layout.pane_ids[which % len(layout.pane_ids)]
    try:
        after = resizing.with_extent(layout, pane, direction, cells)
    except Refused as refused:
        bounds = (refused.data or {})["least"], (refused.data or {})["most"]
        assert not bounds[0] <= cells <= bounds[1]
        for bound in bounds:
            assert extent(layout_with(layout, pane, direction, bound), pane, direction)
        return
    check_sound(after)
    assert extent(after, pane, direction) == cells


def layout_with(layout: Layout, pane: str, direction: Any, cells: int) -> Layout:
    return resizing.with_extent(layout, pane, direction, cells)


def extent(layout: Layout, pane: str, direction: str) -> int:
    window = layout.window_of(pane)
    assert window is not None
    area = tiling.tiles(window)[pane]
    return area.columns if direction == "vertical" else area.lines


@given(LAYOUTS)
def test_closing_pane_after_pane_ends_with_nothing(layout: Layout) -> None:
    """No empty window is left over, and the focus always has somewhere to be."""
    while layout.pane_ids:
        layout = arranging.without_pane(layout, layout.focused_pane or "")
        check_sound(layout)
    assert layout == Layout()


@st.composite
def wild_nodes(draw: Any, depth: int = 3) -> Node:
    """Any tree that the codec would read, sane or not."""
    if depth == 0 or draw(st.booleans()):
        return Leaf(pane_id=draw(st.sampled_from(["p1", "p2", "p3", "ghost"])))
    parts = draw(
        st.lists(
            st.builds(
                Part,
                ratio=st.floats(),
                node=wild_nodes(depth=depth - 1),  # type: ignore[call-arg]
            ),
            max_size=4,
        )
    )
    return Split(direction=draw(DIRECTIONS), parts=tuple(parts))


WILD = st.builds(
    Layout,
    windows=st.lists(
        st.builds(
            Window,
            window_id=st.sampled_from(["w1", "w2"]),
            columns=st.integers(-5, 2000),
            lines=st.integers(-5, 2000),
            focus=st.sampled_from(["p1", "ghost"]),
            root=wild_nodes(),
            name=st.none(),
            number=st.integers(-2, 1005),
            zoomed=st.sampled_from(["p1", "ghost", None]),
            preset=st.none(),
        ),
        max_size=4,
    ).map(tuple),
    focus=st.sampled_from(["w1", "w9", None]),
)


@given(WILD, st.sets(st.sampled_from(["p1", "p2", "p3"])))
def test_anything_written_down_becomes_a_layout_of_just_the_panes_there_are(
    wild: Layout, panes: set[str]
) -> None:
    """A roster may be old, or cut off between two events; no pane is lost by it."""
    layout = arranging.consistent(wild, dict.fromkeys(panes, (80, 24)))
    assert set(layout.pane_ids) == panes
    check_sound(layout)


@given(LAYOUTS)
def test_a_layout_that_is_as_it_must_be_is_left_alone(layout: Layout) -> None:
    """Reading the roster changes nothing that a person arranged."""
    panes = dict.fromkeys(layout.pane_ids, (80, 24))
    again = arranging.consistent(layout, panes)
    assert again.pane_ids == layout.pane_ids
    assert again.focus == layout.focus
    for old, new in zip(layout.windows, again.windows, strict=True):
        assert tiling.tiles(new) == tiling.tiles(old)
        assert (new.number, new.zoomed) == (old.number, old.zoomed)


# ---- what the words mean


def drawn(layout: Layout) -> dict[str, tuple[int, int, int, int]]:
    """Every pane's place."""
    return {
        pane: attrs.astuple(area)
        for window in layout.windows
        for pane, area in tiling.rectangles(window).items()
    }


ONE = arranging.with_pane(Layout(), "p1", 81, 25)


def test_vertical_is_side_by_side_and_horizontal_one_above_the_other() -> None:
    """One definition; the new pane is to the right, or below."""
    beside = arranging.split(ONE, "p1", "p2", "vertical", 0.5)
    assert drawn(beside) == {"p1": (0, 0, 40, 25), "p2": (41, 0, 40, 25)}
    below = arranging.split(ONE, "p1", "p2", "horizontal", 0.5)
    assert drawn(below) == {"p1": (0, 0, 81, 12), "p2": (0, 13, 81, 12)}


def test_the_ratio_is_what_the_old_pane_keeps() -> None:
    """The rest, less one line between them, is the new pane's."""
    assert drawn(arranging.split(ONE, "p1", "p2", "vertical", 0.7)) == {
        "p1": (0, 0, 56, 25),
        "p2": (57, 0, 24, 25),
    }


def test_a_third_pane_in_the_same_direction_takes_only_from_the_one_that_is_split() -> (
    None
):
    """Side by side, three are one split of three, not two nested ones."""
    three = arranging.split(
        arranging.split(ONE, "p1", "p2", "vertical", 0.5), "p1", "p3", "vertical", 0.5
    )
    (window,) = three.windows
    assert isinstance(window.root, Split)
    assert [part.ratio for part in window.root.parts] == [0.25, 0.25, 0.5]
    assert three.pane_ids == ("p1", "p3", "p2")


def test_a_window_that_is_full_cannot_be_split() -> None:
    """The refusal says so; nothing smaller than a terminal can be is ever made."""
    layout = arranging.with_pane(Layout(), "p0", 8, 1)
    for new in ("p1", "p2"):
        layout = arranging.split(layout, "p0", new, "vertical", 0.5)
    with pytest.raises(Refused, match="no room") as refused:
        arranging.split(layout, "p0", "px", "vertical", 0.5)
    assert refused.value.code == "InvalidArgument"
    assert sorted(area[2] for area in drawn(layout).values()) == [2, 2, 2]
    with pytest.raises(Refused, match="no room"):
        arranging.split(layout, "p0", "px", "horizontal", 0.5)


def test_the_focus_goes_to_the_next_pane_when_its_own_is_closed() -> None:
    """And from the last one back to the one before; so do windows."""
    layout = arranging.split(ONE, "p1", "p2", "vertical", 0.5)
    layout = arranging.split(layout, "p2", "p3", "vertical", 0.5)
    layout = arranging.focused(layout, "p2")
    layout = arranging.without_pane(layout, "p2")
    assert layout.focused_pane == "p3"
    assert arranging.without_pane(layout, "p3").focused_pane == "p1"
    other = arranging.focused(arranging.with_pane(layout, "p9", 80, 24), "p9")
    assert arranging.without_pane(other, "p9").focused_pane == "p3"


def test_a_pane_alone_in_its_window_takes_the_window_along() -> None:
    """`fugue resize` of a plain session resizes its window."""
    layout = resizing.with_extent(ONE, "p1", "vertical", 120)
    assert drawn(resizing.with_extent(layout, "p1", "horizontal", 40)) == {
        "p1": (0, 0, 120, 40)
    }


def test_a_nested_pane_is_sized_by_the_innermost_split_in_that_direction() -> None:
    """Its columns are those of the whole column it stands in."""
    layout = arranging.split(ONE, "p1", "p2", "vertical", 0.5)
    layout = arranging.split(layout, "p2", "p3", "horizontal", 0.5)
    layout = resizing.with_extent(layout, "p3", "vertical", 20)
    layout = resizing.with_extent(layout, "p3", "horizontal", 5)
    assert drawn(layout) == {
        "p1": (0, 0, 60, 25),
        "p2": (61, 0, 20, 19),
        "p3": (61, 20, 20, 5),
    }


def test_of_nested_splits_in_one_direction_the_inner_one_is_meant() -> None:
    """The outer columns stay where they are; a refusal names what is left for it."""
    layout = arranging.split(ONE, "p1", "p2", "vertical", 0.5)
    layout = arranging.split(layout, "p2", "p3", "horizontal", 0.5)
    layout = arranging.split(layout, "p3", "p4", "vertical", 0.5)
    after = drawn(resizing.with_extent(layout, "p4", "vertical", 9))
    assert after["p1"] == drawn(layout)["p1"]
    assert (after["p3"][2], after["p4"][2]) == (30, 9)
    with pytest.raises(Refused, match="from 2 to 37 are possible"):
        resizing.with_extent(layout, "p4", "vertical", 38)
    assert drawn(resizing.with_extent(layout, "p4", "vertical", 37))["p3"][2] == 2


def test_a_share_stays_within_a_tenth_and_nine_tenths() -> None:
    """Whoever leans on a key never squeezes the neighbour out of sight."""
    layout = arranging.split(ONE, "p1", "p2", "vertical", 0.5)
    wide = resizing.with_share(layout, "p1", None, lambda _: 5.0)
    assert drawn(wide)["p1"][2] == 72
    narrow = resizing.with_share(layout, "p1", "vertical", lambda share: share - 1)
    assert drawn(narrow)["p1"][2] == 8
    with pytest.raises(Refused, match="no other in a horizontal split"):
        resizing.with_share(layout, "p1", "horizontal", lambda share: share)


def test_swapped_panes_change_places_and_the_focus_stays_where_it_was() -> None:
    """The eye rests on a place; across windows as well."""
    layout = arranging.split(ONE, "p1", "p2", "vertical", 0.7)
    layout = arranging.with_pane(layout, "p3", 80, 24)
    swapped = arranging.swapped(layout, "p1", "p3")
    assert swapped.pane_ids == ("p3", "p2", "p1")
    assert [window.focus for window in swapped.windows] == ["p3", "p1"]


def test_a_pane_moves_beside_another_or_into_a_window_of_its_own() -> None:
    """An emptied window is gone; one as large as the old is made."""
    layout = arranging.with_pane(ONE, "p2", 80, 24)
    joined = arranging.moved(layout, "p2", "p1", "horizontal", 0.5)
    assert [window.pane_ids for window in joined.windows] == [("p1", "p2")]
    apart = arranging.broken_out(joined, "p1")
    assert [window.pane_ids for window in apart.windows] == [("p2",), ("p1",)]
    assert {(w.columns, w.lines) for w in apart.windows} == {(81, 25)}
    assert len({w.window_id for w in apart.windows}) == 2
    with pytest.raises(Refused, match="beside itself"):
        arranging.moved(layout, "p2", "p2", "vertical", 0.5)


@pytest.mark.parametrize(
    "change",
    [
        lambda: arranging.split(ONE, "px", "p2", "vertical", 0.5),
        lambda: arranging.focused(ONE, "px"),
        lambda: arranging.swapped(ONE, "p1", "px"),
        lambda: arranging.moved(ONE, "p1", "px", "vertical", 0.5),
        lambda: resizing.with_extent(ONE, "px", "vertical", 9),
    ],
    ids=["split", "focus", "swap", "move", "size"],
)
def test_a_pane_that_is_not_there_is_said_so(change: Any) -> None:
    """Never a silent success."""
    with pytest.raises(Refused) as refused:
        change()
    assert refused.value.code == "PaneNotFound"


def test_a_window_is_extended_in_its_right_half() -> None:
    """Beside all that it shows, whatever that is; what does not fit is refused."""
    layout = arranging.split(ONE, "p1", "p2", "horizontal", 0.5)
    two = arranging.extended(layout, "w1", Leaf(pane_id="p3"))
    assert drawn(two) == {
        "p1": (0, 0, 40, 12),
        "p2": (0, 13, 40, 12),
        "p3": (41, 0, 40, 25),
    }
    three = arranging.extended(two, "w1", Leaf(pane_id="p4"))
    check_sound(three)
    assert drawn(three)["p4"] == (42, 0, 39, 25)
    with pytest.raises(Refused, match="no window 'w9'"):
        arranging.extended(layout, "w9", Leaf(pane_id="p3"))
    small = resizing.resized(layout, "w1", 4, 25)
    with pytest.raises(Refused, match="no room in window w1"):
        arranging.extended(small, "w1", Leaf(pane_id="p3"))


def test_reading_order_is_left_to_right_and_top_to_bottom() -> None:
    """Lists of panes are in the order in which one reads the screen."""
    layout = arranging.split(ONE, "p1", "p2", "vertical", 0.5)
    layout = arranging.split(layout, "p1", "p3", "horizontal", 0.5)
    (window,) = layout.windows
    assert list(leaves(window.root)) == ["p1", "p3", "p2"]
