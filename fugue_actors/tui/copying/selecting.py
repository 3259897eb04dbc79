"""The commands that select and copy. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fugue_actors.tui.copying import words
from fugue_actors.tui.copying.lines import Place
from fugue_actors.tui.copying.machine import Copied, Left, Machine, Said, Selection
from fugue_actors.tui.copying.registry import command
from fugue_actors.tui.copying.selection import selected_text

if TYPE_CHECKING:
    from collections.abc import Sequence

# ---- selecting


@command("begin-selection", "select from here on")
def begin_selection(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    place = machine.cursor
    select(machine, Selection(first=place, last=place, column=column_of(machine)))


@command("select-line", "select this line, and whole lines from here on")
def select_line(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    place = machine.cursor
    number = min(place.line + count - 1, machine.text.last)
    machine.text.line(number)
    selection = Selection(first=place, last=place, column=0, kind="lines")
    machine.state = attrs.evolve(machine.state, is_rectangle=False)
    if number != place.line:
        machine.go(Place(number, place.cell))
    select(machine, selection)


@command("select-word", "select this word, and whole words from here on")
def select_word(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    first, last = words.word_at(machine.text, machine.cursor, machine.separators)
    machine.state = attrs.evolve(machine.state, is_rectangle=False)
    machine.go(last)
    select(machine, Selection(first=first, last=last, column=0, kind="words"))


@command("rectangle-toggle", "select a rectangle, or no longer one")
def rectangle_toggle(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    state = machine.state
    machine.state = attrs.evolve(state, is_rectangle=not state.is_rectangle)
    if state.selection is None:
        begin_selection(machine, count, arguments)


@command("other-end", "to the other end of the selection")
def other_end(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    state = machine.state
    selection = state.selection
    if selection is None or selection.until is not None:
        return
    place, column = machine.cursor, column_of(machine)
    first = last = place
    if selection.kind == "words":
        first, last = words.word_at(machine.text, place, machine.separators)
    there = selection.last if selection.last > place else selection.first
    turned = attrs.evolve(selection, first=first, last=last, column=column)
    machine.go(there, column=selection.column if state.is_rectangle else None)
    select(machine, turned)


@command("stop-selection", "let the selection be as it is")
def stop_selection(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    selection = machine.state.selection
    if selection is not None and selection.until is None:
        here, column = machine.cursor, column_of(machine)
        select(machine, attrs.evolve(selection, until=here, until_column=column))


@command("clear-selection", "select nothing")
def clear_selection(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    select(machine, None)


@command("clear-selection-or-cancel", "select nothing; leave if nothing is selected")
def clear_selection_or_cancel(
    machine: Machine, count: int, arguments: Sequence[str]
) -> None:
    if machine.state.selection is None:
        machine.out.append(Left())
    select(machine, None)


def select(machine: Machine, selection: Selection | None) -> None:
    """Have this selected."""
    state = machine.state
    is_rectangle = state.is_rectangle and selection is not None
    machine.state = attrs.evolve(state, selection=selection, is_rectangle=is_rectangle)


def column_of(machine: Machine) -> int:
    """The column of the cursor, or in a rectangle the one it wants to be in."""
    state = machine.state
    actual = machine.shape.column_of(state.cursor)
    return max(actual, state.column) if state.is_rectangle else actual


# ---- copying


@command("copy-selection", "copy what is selected")
def copy_selection(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    copy(machine)
    select(machine, None)


@command("copy-selection-no-clear", "copy what is selected, which stays so")
def copy_selection_no_clear(
    machine: Machine, count: int, arguments: Sequence[str]
) -> None:
    copy(machine)


@command("copy-selection-and-cancel", "copy what is selected, and leave")
def copy_selection_and_cancel(
    machine: Machine, count: int, arguments: Sequence[str]
) -> None:
    copy(machine)
    machine.out.append(Left())


@command("append-selection", "copy what is selected behind what was copied last")
def append_selection(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    copy(machine, append=True)
    select(machine, None)


@command("append-selection-and-cancel", "the same, and leave")
def append_selection_and_cancel(
    machine: Machine, count: int, arguments: Sequence[str]
) -> None:
    copy(machine, append=True)
    machine.out.append(Left())


@command("copy-line", "copy the line, or so many")
def copy_line(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    copy_lines(machine, count, start=0)


@command("copy-line-and-cancel", "copy the line, or so many, and leave")
def copy_line_and_cancel(
    machine: Machine, count: int, arguments: Sequence[str]
) -> None:
    copy_lines(machine, count, start=0)
    machine.out.append(Left())


@command("copy-end-of-line", "copy from here to the end of the line")
def copy_end_of_line(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    copy_lines(machine, count, start=machine.cursor.cell)


@command("copy-end-of-line-and-cancel", "copy to the end of the line, and leave")
def copy_end_of_line_and_cancel(
    machine: Machine, count: int, arguments: Sequence[str]
) -> None:
    copy_lines(machine, count, start=machine.cursor.cell)
    machine.out.append(Left())


def copy(machine: Machine, *, append: bool = False) -> None:
    """Copy what is selected."""
    text = selected_text(machine)
    if text:
        machine.out.append(Copied(text, append))
    elif machine.state.selection is None:
        machine.out.append(Said("nothing is selected"))


def copy_lines(machine: Machine, count: int, *, start: int) -> None:
    """Copy lines from a cell of this one on."""
    number = machine.cursor.line
    last = min(number + count, machine.text.end)
    lines = [machine.text.line(each).text.rstrip() for each in range(number, last)]
    lines[0] = machine.text.line(number).slice(start).rstrip()
    text = "\n".join(lines)
    if text:
        machine.out.append(Copied(text))
