"""Windows of a layout: numbered, named, focused, and which pane of one is zoomed. Pure.

A window's number is what people press a key for. It stays the same while other windows
come and go, since agents open and close windows too while somebody reaches for a key.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.errors import Refused
from fugue_actors.protocol.layout import Layout, Window, window_for
from fugue_actors.protocol.trees import renamed

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST_NUMBER: Final = 999


def with_window(layout: Layout, window: Window, *, focus: bool = False) -> Layout:
    """The layout with one more window: under its number if that is free, else the first.

    Args:
        layout: Before.
        window: The new one.
        focus: Whether it gets the focus.
    """
    taken = {each.number for each in layout.windows}
    number = window.number
    if not 0 <= number <= LARGEST_NUMBER or number in taken:
        number = next(each for each in count() if each not in taken)
    return Layout(
        windows=in_order((*layout.windows, attrs.evolve(window, number=number))),
        focus=window.window_id if focus or layout.focus is None else layout.focus,
    )


def numbered(layout: Layout) -> Layout:
    """The layout with a number for each window; those that have one keep it."""
    result = Layout()
    for window in sorted(layout.windows, key=lambda each: each.number < 0):
        focus = window.window_id == layout.focus
        result = with_window(result, window, focus=focus)
    return result


def own_window(layout: Layout, pane_id: str, columns: int, lines: int) -> Window:
    """A window of this pane alone, whose id no other has."""
    window = window_for(pane_id, columns, lines)
    while layout.window(window.window_id) is not None:
        window = attrs.evolve(window, window_id=window.window_id + "x")
    return window


def without_window(layout: Layout, window: Window) -> Layout:
    """The layout without a window; its focus goes to the next one, else to the last."""
    windows = tuple(each for each in layout.windows if each is not window)
    focused = layout.focus
    if not windows:
        focused = None
    elif focused == window.window_id:
        ids = tuple(each.window_id for each in layout.windows)
        focused = following(ids, window.window_id)
    return Layout(windows=windows, focus=focused)


def following(ids: tuple[str, ...], gone: str) -> str:
    """What comes after one of several, or before it if it is the last."""
    place = ids.index(gone)
    return ids[place + 1] if place + 1 < len(ids) else ids[place - 1]


def known_window(layout: Layout, window_id: str) -> Window:
    """The window with this id.

    Raises:
        Refused: `WindowNotFound`.
    """
    window = layout.window(window_id)
    if window is None:
        raise Refused("WindowNotFound", f"the session has no window {window_id!r}")
    return window


def replaced(layout: Layout, window: Window) -> Layout:
    """The layout with this window instead of the one with its id.

    If it has other panes than that, or has them elsewhere, or another one has its focus,
    then its zoom is over: nothing changes behind what somebody looks at.
    """

    def instead(old: Window) -> Window:
        if old.window_id != window.window_id:
            return old
        is_same = (window.root, window.focus) == (old.root, old.focus)
        if is_same or window.zoomed != old.zoomed:
            return window
        return attrs.evolve(window, zoomed=None)

    return attrs.evolve(layout, windows=tuple(map(instead, layout.windows)))


# ---- what people call them


def named(layout: Layout, window_id: str, name: str | None) -> Layout:
    """The layout in which a window has this name, or none.

    Raises:
        Refused: `WindowNotFound`.
    """
    window = known_window(layout, window_id)
    return replaced(layout, attrs.evolve(window, name=name))


def meant(layout: Layout, text: str) -> Window:
    """The window with this id, number or name.

    Raises:
        Refused: `WindowNotFound`; `InvalidArgument` when several have the name.
    """
    found = layout.window(text)
    if found is not None:
        return found
    if text.isascii() and text.isdigit():
        by_number = [each for each in layout.windows if str(each.number) == text]
        if by_number:
            return by_number[0]
    by_name = [each for each in layout.windows if each.name == text]
    if len(by_name) > 1:
        numbers = ", ".join(str(each.number) for each in by_name)
        raise Refused(
            "InvalidArgument",
            f"several windows are named {text!r}",
            hint=f"say which by its number: {numbers}",
        )
    if not by_name:
        raise Refused(
            "WindowNotFound",
            f"no window has the id, number or name {text!r}",
            hint="look at the layout to see what there is",
        )
    return by_name[0]


def at_number(
    layout: Layout, window_id: str, number: int | None, *, insert: bool = False
) -> Layout:
    """The layout in which a window has another number, and so another place.

    Args:
        layout: Before.
        window_id: Which.
        number: Its new one; None for the first after all others.
        insert: Whether the one that has the number makes room, and those that follow it
            without a gap.

    Raises:
        Refused: `WindowNotFound`; `InvalidArgument` if the number is taken.
    """
    window = known_window(layout, window_id)
    others = {each.number: each for each in layout.windows if each is not window}
    if number is None:
        number = max(others, default=-1) + 1
    if number in others and not insert:
        raise Refused(
            "InvalidArgument",
            f"another window has the number {number}",
            hint="swap the two, or insert it before that one",
        )
    moved = {window.window_id: number}
    while number in others:
        moved[others[number].window_id] = number + 1
        number += 1
    if max(moved.values()) > LARGEST_NUMBER:
        raise Refused("InvalidArgument", f"{LARGEST_NUMBER} is the largest number")
    return with_numbers(layout, moved)


def swapped_windows(layout: Layout, one: str, other: str) -> Layout:
    """The layout with two windows in each other's place; the focus goes along.

    Raises:
        Refused: `WindowNotFound`.
    """
    numbers = {
        one: known_window(layout, other).number,
        other: known_window(layout, one).number,
    }
    return with_numbers(layout, numbers)


def with_numbers(layout: Layout, numbers: dict[str, int]) -> Layout:
    windows = (
        attrs.evolve(each, number=numbers.get(each.window_id, each.number))
        for each in layout.windows
    )
    return attrs.evolve(layout, windows=in_order(windows))


def in_order(windows: Iterable[Window]) -> tuple[Window, ...]:
    """By their numbers."""
    return tuple(sorted(windows, key=lambda window: window.number))


# ---- what they show


def focused_window(layout: Layout, window_id: str) -> Layout:
    """The layout with the focus on a window.

    Raises:
        Refused: `WindowNotFound`.
    """
    return attrs.evolve(layout, focus=known_window(layout, window_id).window_id)


def rotated(layout: Layout, window_id: str, *, back: bool = False) -> Layout:
    """The layout in which every pane of a window has the place of the one before it.

    The first one goes to the last place; with `back` all goes the other way round. The
    focus stays with the place.

    Raises:
        Refused: `WindowNotFound`.
    """
    window = known_window(layout, window_id)
    panes = window.pane_ids
    turn = -1 if back else 1
    names = dict(zip(panes, panes[turn:] + panes[:turn], strict=True))
    return replaced(
        layout,
        attrs.evolve(
            window, root=renamed(window.root, names), focus=names[window.focus]
        ),
    )
