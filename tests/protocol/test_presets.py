"""The arrangements of tmux, and the way from a pane to the one beside it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from layouts import arranged, picture, showing

from fugue_actors.errors import Refused
from fugue_actors.protocol import arranging, presets, resizing, tiling
from fugue_actors.protocol.layout import Layout, Leaf, Part, Split
from fugue_actors.protocol.neighbours import neighbour
from fugue_actors.protocol.tiling import Rectangle

PICTURES = {
    "even-horizontal": [
        "aa.bb.cc.dd",
        "aa.bb.cc.dd",
        "aa.bb.cc.dd",
        "aa.bb.cc.dd",
        "aa.bb.cc.dd",
    ],
    "even-vertical": [
        "aaaaaaaaaaa",
        "...........",
        "bbbbbbbbbbb",
        "...........",
        "ccccccccccc",
    ],
    "main-horizontal": [
        "aaaaaaaaaaa",
        "aaaaaaaaaaa",
        "...........",
        "bbb.ccc.ddd",
        "bbb.ccc.ddd",
    ],
    "main-vertical": [
        "aaaaa.bbbbb",
        "aaaaa......",
        "aaaaa.ccccc",
        "aaaaa......",
        "aaaaa.ddddd",
    ],
    "tiled": [
        "aaaaa.bbbbb",
        "aaaaa.bbbbb",
        "...........",
        "ccccc.ddddd",
        "ccccc.ddddd",
    ],
}


def drawn(layout: Layout) -> list[str]:
    return picture(layout.windows[0])


@pytest.mark.parametrize("preset", presets.PRESETS)
def test_an_arrangement_looks_as_it_does_in_tmux(preset: Any) -> None:
    """tmux's even-horizontal is panes in a row, whatever horizontal means elsewhere."""
    panes = "abc" if preset == "even-vertical" else "abcd"
    layout = presets.arranged(arranged("tiled", panes), "w", preset)
    assert drawn(layout) == PICTURES[preset]


@pytest.mark.parametrize(
    ("count", "rows"),
    [
        (1, ["a"]),
        (2, ["a", "b"]),
        (3, ["ab", "c"]),
        (5, ["ab", "cd", "e"]),
        (7, ["abc", "def", "g"]),
        (8, ["abc", "def", "gh"]),
        (9, ["abc", "def", "ghi"]),
    ],
)
def test_tiles_fill_row_after_row(count: int, rows: list[str]) -> None:
    """The last pane has the room that the last row has left, below those above."""
    panes = "abcdefghi"[:count]
    layout = arranged("tiled", panes, columns=35, lines=35)
    areas = tiling.tiles(layout.windows[0])
    tops = sorted({area.y for area in areas.values()})
    found = ["".join(p for p in panes if areas[p].y == top) for top in tops]
    assert found == rows
    assert {areas[row[-1]].x + areas[row[-1]].columns for row in rows} == {35}
    assert {areas[row[0]].x for row in rows} == {0}
    if count == 8:
        assert areas["h"].x == areas["e"].x


def test_the_main_pane_has_the_share_that_is_asked_for() -> None:
    """Half of the room unless said otherwise."""
    layout = arranged("tiled", "abc")
    wide = presets.arranged(layout, "w", "main-vertical", 0.7)
    assert drawn(wide)[0] == "aaaaaaa.bbb"


def test_arrangements_follow_each_other_and_begin_again() -> None:
    """After the last one comes the first; the way back is the same."""
    layout = arranged("tiled", "abcd", columns=40, lines=20)
    seen = []
    for _ in range(6):
        layout = presets.arranged(layout, "w", "next")
        seen.append(layout.windows[0].preset)
    assert seen == [*presets.PRESETS, "even-horizontal"]
    layout = presets.arranged(layout, "w", "previous")
    assert layout.windows[0].preset == "tiled"


def test_the_next_arrangement_is_one_for_which_there_is_room() -> None:
    """Whoever leans on the key is not stopped by the one that does not fit."""
    layout = arranged("even-horizontal", "abcd", columns=11, lines=3)
    with pytest.raises(Refused, match="no room"):
        presets.arranged(layout, "w", "even-vertical")
    layout = presets.arranged(layout, "w", "even-horizontal")
    layout = presets.arranged(layout, "w", "next")
    assert layout.windows[0].preset == "main-horizontal"
    narrow = resizing.resized(arranged("even-horizontal", "abcd"), "w", 11, 1)
    for _ in range(3):
        narrow = presets.arranged(narrow, "w", "next")
        assert narrow.windows[0].preset == "even-horizontal"


def test_an_arrangement_changes_no_order_and_no_focus() -> None:
    """Only places and sizes."""
    layout = arranging.focused(arranged("tiled", "abcde", columns=60, lines=20), "c")
    for preset in presets.PRESETS:
        layout = presets.arranged(layout, "w", preset)
        assert layout.pane_ids == tuple("abcde")
        assert layout.focused_pane == "c"


# ---- neighbours


def split(direction: Any, *parts: Any) -> Any:
    """Parts of the same size; a letter is a pane."""
    nodes = (Leaf(pane_id=p) if isinstance(p, str) else p for p in parts)
    made = tuple(Part(ratio=1 / len(parts), node=node) for node in nodes)
    return Split(direction=direction, parts=made)


ROW = split("vertical", "a", split("horizontal", "b", "c"), "d")
AREAS = tiling.tiles(showing(ROW, 23, 11).windows[0])


@pytest.mark.parametrize(
    ("pane", "side", "expected"),
    [
        ("a", "right", "b"),
        ("b", "left", "a"),
        ("c", "left", "a"),
        ("b", "down", "c"),
        ("c", "up", "b"),
        ("b", "right", "d"),
        ("d", "left", "b"),
        ("a", "left", "d"),
        ("d", "right", "a"),
        ("b", "up", "c"),
        ("a", "up", None),
        ("a", "down", None),
    ],
)
def test_a_neighbour_is_where_the_edges_touch(
    pane: str, side: Any, expected: str | None
) -> None:
    """Beyond the edge of the window one comes in on the other side."""
    assert neighbour(AREAS, pane, side) == expected


def test_of_several_neighbours_the_one_used_last_is_meant() -> None:
    """So there and back again leads to where one was."""
    assert neighbour(AREAS, "a", "right", ["a", "c", "b"]) == "c"
    assert neighbour(AREAS, "a", "right", ["a", "d"]) == "b"
    assert neighbour(AREAS, "d", "left", ["c"]) == "c"


def test_a_pane_alone_has_no_neighbour() -> None:
    """Not even itself."""
    alone = {"a": Rectangle(0, 0, 80, 24)}
    assert [neighbour(alone, "a", side) for side in ("left", "up")] == [None, None]


OPPOSITE: dict[Any, Any] = {
    "left": "right",
    "right": "left",
    "up": "down",
    "down": "up",
}


@given(
    st.sampled_from(presets.PRESETS),
    st.integers(2, 9),
    st.integers(0, 8),
    st.sampled_from(sorted(OPPOSITE)),
)
def test_whoever_has_a_neighbour_is_one(
    preset: Any, count: int, which: int, side: Any
) -> None:
    """The way back leads to a pane from which one could have come."""
    panes = "abcdefghi"[:count]
    areas = tiling.tiles(arranged(preset, panes, 120, 50).windows[0])
    pane = panes[which % count]
    found = neighbour(areas, pane, side)
    if found is not None:
        assert found != pane
        assert neighbour(areas, found, OPPOSITE[side], [pane]) == pane
