"""Windows: their numbers, their names, and which pane of one is zoomed."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st
from layouts import arranged, picture

from fugue_actors.errors import Refused
from fugue_actors.protocol import arranging, presets, resizing, tiling, windows
from fugue_actors.protocol.layout import Layout, Window, window_for


def with_windows(*panes: str) -> Layout:
    """A window for each pane."""
    layout = Layout()
    for pane in panes:
        layout = arranging.with_pane(layout, pane, 80, 24)
    return layout


def numbers(layout: Layout) -> dict[str, int]:
    """The number of each pane's window, in the order of the windows."""
    return {window.focus: window.number for window in layout.windows}


def window(layout: Layout) -> Window:
    """The first one."""
    return layout.windows[0]


# ---- numbers


def test_a_window_keeps_its_number_while_others_come_and_go() -> None:
    """Whoever presses 2 means the same window as a moment ago; gaps are filled first."""
    layout = with_windows("a", "b", "c")
    assert numbers(layout) == {"a": 0, "b": 1, "c": 2}
    layout = arranging.without_pane(layout, "b")
    assert numbers(layout) == {"a": 0, "c": 2}
    layout = arranging.with_pane(layout, "d", 80, 24)
    assert numbers(layout) == {"a": 0, "d": 1, "c": 2}


def test_a_window_gets_a_free_number_or_lets_others_make_room() -> None:
    """Nobody loses a number without being asked for it."""
    layout = with_windows("a", "b", "c")
    assert numbers(windows.at_number(layout, "wa", 7)) == {"b": 1, "c": 2, "a": 7}
    with pytest.raises(Refused, match="another window has the number 1"):
        windows.at_number(layout, "wa", 1)
    last = windows.at_number(layout, "wa", None)
    assert numbers(last) == {"b": 1, "c": 2, "a": 3}
    inserted = windows.at_number(last, "wa", 1, insert=True)
    assert numbers(inserted) == {"a": 1, "b": 2, "c": 3}
    gap = windows.at_number(windows.at_number(last, "wc", 5), "wa", 1, insert=True)
    assert numbers(gap) == {"a": 1, "b": 2, "c": 5}
    assert windows.at_number(layout, "wb", 1) == layout


def test_the_largest_number_is_not_passed_by_making_room() -> None:
    """The refusal says how far it goes."""
    layout = windows.at_number(with_windows("a", "b"), "wa", windows.LARGEST_NUMBER)
    with pytest.raises(Refused, match="999 is the largest"):
        windows.at_number(layout, "wb", windows.LARGEST_NUMBER, insert=True)
    with pytest.raises(Refused, match="999 is the largest"):
        windows.at_number(layout, "wb", None)


def test_swapped_windows_have_each_others_number() -> None:
    """The focus goes along with its window."""
    layout = windows.focused_window(with_windows("a", "b", "c"), "wa")
    swapped = windows.swapped_windows(layout, "wa", "wc")
    assert numbers(swapped) == {"c": 0, "b": 1, "a": 2}
    assert swapped.focused_pane == "a"
    assert windows.swapped_windows(swapped, "wa", "wa") == swapped


def test_windows_without_numbers_are_numbered_in_their_order() -> None:
    """So they were written down by versions that knew no numbers."""
    old = Layout(windows=tuple(window_for(pane, 80, 24) for pane in "abc"), focus="wb")
    read = arranging.consistent(old, dict.fromkeys("abc", (80, 24)))
    assert numbers(read) == {"a": 0, "b": 1, "c": 2}
    assert read.focus == "wb"
    some = attrs.evolve(old.windows[2], number=1)
    mixed = attrs.evolve(old, windows=(*old.windows[:2], some))
    read = arranging.consistent(mixed, dict.fromkeys("abc", (80, 24)))
    assert numbers(read) == {"a": 0, "c": 1, "b": 2}


# ---- names


def test_a_window_is_meant_by_its_id_number_or_name() -> None:
    """In this order; a name that several have is refused with their numbers."""
    layout = windows.named(with_windows("a", "b", "c"), "wb", "logs")
    for text in ("wb", "1", "logs"):
        assert windows.meant(layout, text).window_id == "wb"
    layout = windows.named(layout, "wc", "logs")
    with pytest.raises(Refused, match="several windows") as refused:
        windows.meant(layout, "logs")
    assert refused.value.hint == "say which by its number: 1, 2"
    unnamed = windows.named(layout, "wc", None)
    assert windows.meant(unnamed, "logs").window_id == "wb"


@pytest.mark.parametrize("text", ["wz", "9", "", "01", "²", "build"])
def test_a_window_that_is_not_there_has_a_code_of_its_own(text: str) -> None:
    """Never another window instead."""
    with pytest.raises(Refused) as refused:
        windows.meant(with_windows("a"), text)
    assert refused.value.code == "WindowNotFound"


@pytest.mark.parametrize(
    "change",
    [
        lambda layout: windows.focused_window(layout, "wz"),
        lambda layout: windows.named(layout, "wz", "x"),
        lambda layout: windows.at_number(layout, "wz", 5),
        lambda layout: windows.swapped_windows(layout, "wa", "wz"),
        lambda layout: windows.rotated(layout, "wz"),
        lambda layout: presets.arranged(layout, "wz", "tiled"),
        lambda layout: resizing.resized(layout, "wz", 80, 24),
    ],
    ids=["focus", "name", "number", "swap", "rotate", "arrange", "size"],
)
def test_no_change_of_a_window_that_is_gone_is_a_silent_success(change: Any) -> None:
    """It may have been closed a moment ago."""
    with pytest.raises(Refused) as refused:
        change(with_windows("a", "b"))
    assert refused.value.code == "WindowNotFound"


# ---- turning


def test_panes_rotate_and_the_focus_stays_with_the_place() -> None:
    """Each goes where the one before it was, the first to the end; and back."""
    layout = arranged("main-vertical", "abc")
    assert picture(window(layout))[0] == "aaaaa.bbbbb"
    turned = windows.rotated(layout, "w")
    assert window(turned).pane_ids == ("b", "c", "a")
    assert picture(window(turned))[0] == "bbbbb.ccccc"
    assert window(turned).focus == "b"
    assert windows.rotated(turned, "w", back=True) == layout
    assert windows.rotated(with_windows("a"), "wa") == with_windows("a")


# ---- zoom

CHANGES: dict[str, Any] = {
    "split": lambda now: arranging.split(now, "b", "new", "vertical", 0.5),
    "close": lambda now: arranging.without_pane(now, "c"),
    "close itself": lambda now: arranging.without_pane(now, "b"),
    "move in": lambda now: arranging.moved(now, "x", "a", "vertical", 0.5),
    "move out": lambda now: arranging.broken_out(now, "c"),
    "swap": lambda now: arranging.swapped(now, "a", "c"),
    "swap away": lambda now: arranging.swapped(now, "a", "x"),
    "focus another": lambda now: arranging.focused(now, "a"),
    "cells": lambda now: resizing.with_extent(now, "a", "vertical", 9),
    "lines": lambda now: resizing.with_extent(now, "a", "horizontal", 9),
    "border": lambda now: resizing.with_border_moved(now, "a", "right", 1),
    "rotate": lambda now: windows.rotated(now, "w"),
    "arrange": lambda now: presets.arranged(now, "w", "tiled"),
    "the same arrangement": lambda now: presets.arranged(now, "w", "main-vertical"),
    "extend": lambda now: arranging.extended(now, "w", window_for("new", 2, 1).root),
}
KEEPS: dict[str, Any] = {
    "size": lambda now: resizing.resized(now, "w", 30, 12),
    "name": lambda now: windows.named(now, "w", "logs"),
    "number": lambda now: windows.at_number(now, "w", 9),
    "focus itself": lambda now: arranging.focused(now, "b"),
    "focus elsewhere": lambda now: arranging.focused(now, "x"),
    "change elsewhere": lambda now: arranging.split(now, "x", "new", "vertical", 0.5),
    "close elsewhere": lambda now: arranging.without_pane(now, "x"),
    "no room for the border": lambda now: resizing.with_border_moved(
        resizing.resized(now, "w", 5, 7), "a", "right", 1
    ),
}


def zoomed() -> Layout:
    """a beside b and c, of which b is zoomed; and another window with x."""
    layout = arranged("main-vertical", "abc", columns=21, lines=11)
    layout = arranging.with_pane(layout, "x", 21, 11)
    return arranging.zoomed(layout, "b")


def test_a_zoomed_pane_has_its_window_to_itself() -> None:
    """It gets the focus of its window; where the others stand is not forgotten."""
    layout = zoomed()
    assert tiling.rectangles(window(layout)) == {"b": tiling.Rectangle(0, 0, 21, 11)}
    assert list(tiling.tiles(window(layout))) == ["a", "b", "c"]
    assert window(layout).focus == "b"
    back = arranging.zoomed(layout, "b")
    assert list(tiling.rectangles(window(back))) == ["a", "b", "c"]
    assert window(back).focus == "b"


def test_zooming_turns_over_unless_it_is_said_how_it_is_to_be() -> None:
    """A key turns over what it finds, whichever pane is meant; a script says what it wants."""
    layout = zoomed()
    assert window(arranging.zoomed(layout, "c")).zoomed is None
    assert window(arranging.zoomed(layout, "c", on=True)).zoomed == "c"
    assert arranging.zoomed(layout, "b", on=True) == layout
    assert window(arranging.zoomed(layout, "a", on=False)).zoomed is None
    alone = arranging.zoomed(layout, "x")
    assert alone.windows[1].zoomed is None


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_the_panes_of_a_window_ends_its_zoom(change: str) -> None:
    """As in tmux: nothing happens behind what somebody looks at."""
    assert window(CHANGES[change](zoomed())).zoomed is None


@pytest.mark.parametrize("change", KEEPS)
def test_what_concerns_no_other_pane_of_a_window_keeps_its_zoom(change: str) -> None:
    """Above all another size: a person who zoomed resizes the outer terminal."""
    layout = KEEPS[change](zoomed())
    kept = layout.window("w")
    assert kept is not None
    assert kept.zoomed == "b"
    area = tiling.Rectangle(0, 0, kept.columns, kept.lines)
    assert tiling.rectangles(kept) == {"b": area}


def test_a_window_whose_zoomed_pane_has_left_shows_all_it_has() -> None:
    """A layout may have been written down before a pane was closed."""
    layout = zoomed()
    for panes in ("ac", "b", "abc"):
        read = arranging.consistent(layout, dict.fromkeys(panes, (21, 11)))
        assert window(read).zoomed == ("b" if panes == "abc" else None)


# ---- borders


def test_a_border_moves_towards_the_side_that_is_asked_for() -> None:
    """The right one of a pane, or the left one of the last; as ctrl and arrows in tmux."""
    layout = arranged("even-horizontal", "abc", columns=17, lines=1)
    assert picture(window(layout)) == ["aaaaa.bbbbb.ccccc"]

    def after(pane: str, towards: Any, cells: int) -> str:
        moved = resizing.with_border_moved(layout, pane, towards, cells)
        return picture(window(moved))[0]

    assert after("a", "right", 2) == "aaaaaaa.bbb.ccccc"
    assert after("a", "left", 2) == "aaa.bbbbbbb.ccccc"
    assert after("b", "right", 2) == "aaaaa.bbbbbbb.ccc"
    assert after("c", "left", 2) == "aaaaa.bbb.ccccccc"
    assert after("c", "right", 1) == "aaaaa.bbbbbb.cccc"


def test_a_border_pushes_what_is_in_its_way_and_stops_at_the_edge() -> None:
    """A key that is held down ends with everything as small as it can be."""
    layout = arranged("even-horizontal", "abc", columns=17, lines=1)
    far = resizing.with_border_moved(layout, "a", "right", 5)
    assert picture(window(far)) == ["aaaaaaaaaa.bb.ccc"]
    end = resizing.with_border_moved(layout, "a", "right", 50)
    assert picture(window(end)) == ["aaaaaaaaaaa.bb.cc"]
    assert resizing.with_border_moved(end, "a", "right", 1) is end
    both = resizing.with_border_moved(layout, "b", "right", 4)
    assert picture(window(both)) == ["aaaa.bbbbbbbbb.cc"]
    other = resizing.with_border_moved(layout, "b", "left", 50)
    assert picture(window(other)) == ["aa.bb.ccccccccccc"]


def test_a_border_that_somebody_has_hold_of_is_the_one_that_moves() -> None:
    """Also when it is another split's than the one in which the pane stands."""
    layout = arranged("main-vertical", "dab", columns=17, lines=3)
    layout = arranging.split(layout, "a", "c", "vertical", 0.5)
    assert picture(window(layout))[0] == "dddddddd.aaaa.ccc"

    def after(pane: str, towards: Any, cells: int, edge: Any) -> str:
        moved = resizing.with_border_moved(layout, pane, towards, cells, edge)
        return picture(window(moved))[0]

    assert after("a", "right", 1, "right") == "dddddddd.aaaaa.cc"
    assert after("a", "left", 2, "left") == "dddddd.aaaa.ccccc"
    assert after("d", "right", 3, "right") == "ddddddddddd.aa.cc"
    assert after("d", "right", 30, "right") == "ddddddddddd.aa.cc"
    assert after("c", "left", 30, "left") == "dddddddd.aa.ccccc"
    assert after("b", "left", 2, "left") == "dddddd.aaaa.ccccc"
    for pane, towards, edge in (("d", "right", "left"), ("c", "left", "right")):
        with pytest.raises(Refused, match="no border there"):
            after(pane, towards, 1, edge)


def test_a_border_is_put_where_it_is_wanted_or_as_near_as_can_be() -> None:
    """However far it has come by then: whoever drags says where, not how far."""
    layout = arranged("main-vertical", "dab", columns=17, lines=9)
    assert picture(window(layout))[0] == "dddddddd.aaaaaaaa"
    side: Any
    for pane, side in (("d", "right"), ("a", "left"), ("b", "left")):
        there = resizing.with_border_at(layout, pane, side, 5)
        assert picture(window(there))[0] == "ddddd.aaaaaaaaaaa"
        again = resizing.with_border_at(there, pane, side, 5)
        assert again == there
        far = resizing.with_border_at(there, pane, side, 1000)
        assert picture(window(far))[0] == "dddddddddddddd.aa"
    for pane, side in (("a", "down"), ("b", "up")):
        there = resizing.with_border_at(layout, pane, side, 2)
        assert tiling.tiles(window(there))["b"].y == 3
        top = resizing.with_border_at(there, pane, side, 0)
        assert tiling.tiles(window(top))["b"].y == 2
    with pytest.raises(Refused, match="no border there"):
        resizing.with_border_at(layout, "d", "left", 3)
    with pytest.raises(Refused, match="shares its room with no other"):
        resizing.with_border_at(layout, "d", "up", 3)


def test_a_border_that_a_pane_does_not_have_is_refused() -> None:
    """There is none between panes that stand side by side to be moved up."""
    layout = arranged("even-horizontal", "ab", columns=17)
    with pytest.raises(Refused, match="no other in a horizontal split"):
        resizing.with_border_moved(layout, "a", "up", 1)


OPPOSITE: dict[str, Any] = {
    "left": "right",
    "right": "left",
    "up": "down",
    "down": "up",
}


@given(
    st.sampled_from(presets.PRESETS),
    st.integers(2, 9),
    st.integers(0, 8),
    st.sampled_from(["left", "right", "up", "down"]),
    st.integers(1, 60),
)
def test_a_border_goes_back_the_way_it_came(
    preset: Any, count: int, which: int, towards: Any, cells: int
) -> None:
    """As long as it pushed nothing, one cell there and one back changes no size."""
    panes = "abcdefghi"[:count]
    layout = arranged(preset, panes, columns=120, lines=50)
    pane = panes[which % count]
    opposite = OPPOSITE[towards]
    try:
        there = resizing.with_border_moved(layout, pane, towards, cells)
    except Refused:
        return
    if min(
        min(a.columns - 2, a.lines - 1) for a in tiling.tiles(window(there)).values()
    ):
        back = resizing.with_border_moved(there, pane, opposite, cells)
        assert tiling.tiles(window(back)) == tiling.tiles(window(layout))
