"""The commands that choose what is shown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fugue_actors.tui.copying.lines import Place
from fugue_actors.tui.copying.machine import Asked, Left, Machine, Renewed, Said
from fugue_actors.tui.copying.registry import command, motion

if TYPE_CHECKING:
    from collections.abc import Sequence


@command("scroll-up", "show a row more above")
def scroll_up(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    machine.scroll(-count)


@command("scroll-down", "show a row more below")
def scroll_down(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    machine.scroll(count)
    leave_at_bottom(machine)


@command("page-up", "a screen up")
def page_up(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    machine.scroll(-count * page(machine), with_cursor=True)


@command("page-down", "a screen down")
def page_down(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    machine.scroll(count * page(machine), with_cursor=True)
    leave_at_bottom(machine)


@command("halfpage-up", "half a screen up")
def halfpage_up(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    machine.scroll(-count * half(machine), with_cursor=True)


@command("halfpage-down", "half a screen down")
def halfpage_down(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    machine.scroll(count * half(machine), with_cursor=True)
    leave_at_bottom(machine)


def page(machine: Machine) -> int:
    """Rows of a screen, without the two that are shown again."""
    return max(1, machine.shape.lines - 2)


def half(machine: Machine) -> int:
    """Rows of half a screen."""
    return max(1, machine.shape.lines // 2)


def leave_at_bottom(machine: Machine) -> None:
    """Leave if the wheel has begun this and there is nothing more below."""
    if (
        machine.leaves_at_bottom
        and machine.is_at_bottom
        and machine.state.selection is None
    ):
        machine.out.append(Left())


@command("scroll-middle", "show this row in the middle")
def scroll_middle(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    put_cursor(machine, machine.shape.lines // 2)


@command("scroll-top", "show this row at the top")
def scroll_top(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    put_cursor(machine, 0)


@command("scroll-bottom", "show this row at the bottom")
def scroll_bottom(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    put_cursor(machine, machine.shape.lines - 1)


def put_cursor(machine: Machine, at: int) -> None:
    """Show the cursor so many rows below the top."""
    shape = machine.shape
    top = shape.start_of(shape.up(shape.row_of(machine.cursor), at))
    machine.state = attrs.evolve(machine.state, top=min(top, shape.bottom()))


@motion("top-line", "to the row at the top")
def top_line(machine: Machine, count: int) -> Place:
    return shown_row(machine, 0)


@motion("middle-line", "to the row in the middle")
def middle_line(machine: Machine, count: int) -> Place:
    return shown_row(machine, (machine.shape.lines - 1) // 2)


@motion("bottom-line", "to the row at the bottom")
def bottom_line(machine: Machine, count: int) -> Place:
    return shown_row(machine, machine.shape.lines - 1)


def shown_row(machine: Machine, at: int) -> Place:
    """The beginning of a row of the screen."""
    shape = machine.shape
    return shape.start_of(shape.down(shape.row_of(machine.state.top), at))


@motion("history-top", "to the beginning of all")
def history_top(machine: Machine, count: int) -> Place:
    machine.text.line(machine.text.oldest)
    return Place(machine.text.oldest, 0)


@motion("history-bottom", "to the end of all")
def history_bottom(machine: Machine, count: int) -> Place:
    last = machine.text.last
    return Place(last, len(machine.text.line(last)))


@command("goto-line", "so many lines above the end, as counted at the top right")
def goto_line(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    if not arguments:
        machine.out.append(Asked("goto-line", "lines above the end:"))
        return
    if not arguments[0].strip().isdecimal():
        machine.out.append(Said(f"this is no number: {arguments[0]}"))
        return
    shape, text = machine.shape, machine.text
    bottom = shape.bottom()
    number = max(text.oldest, bottom.line - int(arguments[0].strip()))
    text.line(number)
    top = bottom if number == bottom.line else Place(number, 0)
    state = attrs.evolve(machine.state, top=top)
    row = shape.row_of(state.cursor)
    first = shape.row_of(top)
    last = shape.down(first, shape.lines - 1)
    cursor = state.cursor
    if not first <= row <= last:
        nearest = first if row < first else last
        cursor = machine.held(shape.at(nearest, state.column))
    machine.state = attrs.evolve(state, cursor=cursor)


@command("toggle-position", "tell how far up this is, or no longer")
def toggle_position(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    is_hidden = machine.state.hides_place
    machine.state = attrs.evolve(machine.state, hides_place=not is_hidden)


@command("refresh-from-pane", "look at the pane as it is by now")
def refresh_from_pane(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    machine.out.append(Renewed())


@command("cancel", "leave")
def cancel(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    machine.out.append(Left())
