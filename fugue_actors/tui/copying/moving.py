"""The commands that move the cursor. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.tui.copying import words
from fugue_actors.tui.copying.lines import Place
from fugue_actors.tui.copying.machine import LINE_END, Asked, Left, Machine, Said
from fugue_actors.tui.copying.registry import command, motion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fugue_actors.tui.copying.text import Text

# ---- by cells and rows


@motion("cursor-left", "one cell to the left")
def cursor_left(machine: Machine, count: int) -> Place:
    number, cell = machine.cursor
    while count > cell and number > machine.text.oldest:
        count -= cell + 1
        machine.text.line(number - 1, towards=-1)
        number -= 1
        cell = last_cell(machine, number)
    return Place(number, max(0, cell - count))


@motion("cursor-right", "one cell to the right")
def cursor_right(machine: Machine, count: int) -> Place:
    number, cell = machine.cursor
    last = last_cell(machine, number)
    while cell + count > last and number < machine.text.last:
        count -= last - cell + 1
        number, cell = number + 1, 0
        last = last_cell(machine, number)
    return Place(number, min(cell + count, last))


def last_cell(machine: Machine, number: int) -> int:
    """The last cell of a line that the cursor can be on."""
    return machine.held(Place(number, LINE_END)).cell


@command("cursor-up", "one row up")
def cursor_up(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    go_rows(machine, -count)


@command("cursor-down", "one row down")
def cursor_down(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    go_rows(machine, count)


@command("cursor-down-and-cancel", "one row down; from the last one it leaves")
def cursor_down_and_cancel(
    machine: Machine, count: int, arguments: Sequence[str]
) -> None:
    before = machine.shape.row_of(machine.cursor)
    go_rows(machine, count)
    if machine.shape.row_of(machine.cursor) == before:
        machine.out.append(Left())


def go_rows(machine: Machine, count: int) -> None:
    """So many rows down, or up if negative, in the wanted column."""
    shape, column = machine.shape, machine.state.column
    row = shape.row_of(machine.cursor)
    row = shape.down(row, count) if count > 0 else shape.up(row, -count)
    machine.go(shape.at(row, column), column=column)


@command("cursor-to", "to the cell in this column and this row of the screen")
def cursor_to(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    if len(arguments) != 2:
        return
    x, y = (int(each) for each in arguments)
    shape = machine.shape
    if y < 0:
        machine.scroll(-1)
    elif y >= shape.lines:
        machine.scroll(1)
    first = shape.row_of(machine.state.top)
    row = shape.down(first, min(max(y, 0), shape.lines - 1))
    machine.go(shape.at(row, max(x, 0)), column=max(x, 0))


# ---- within a line


@motion("start-of-line", "to the beginning of the line")
def start_of_line(machine: Machine, count: int) -> Place:
    return Place(machine.cursor.line, 0)


@motion("back-to-indentation", "to the first character of the line that is no blank")
def back_to_indentation(machine: Machine, count: int) -> Place:
    number = machine.cursor.line
    cells = machine.text.line(number).cells
    first = (at for at, cell in enumerate(cells) if not cell.isspace())
    return Place(number, next(first, len(cells)))


@command("end-of-line", "to the end of the line")
def end_of_line(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    number = min(machine.cursor.line + count - 1, machine.text.last)
    end = len(machine.text.line(number))
    machine.go(Place(number, end), column=LINE_END)


# ---- by words


@motion("next-word", "to the next word")
def next_word(machine: Machine, count: int) -> Place:
    return by_words(machine, count, words.next_word)


@motion("next-space", "to the next word between blanks")
def next_space(machine: Machine, count: int) -> Place:
    return by_words(machine, count, words.next_word, separators="")


@motion("next-word-end", "to the end of a word")
def next_word_end(machine: Machine, count: int) -> Place:
    return by_words(machine, count, ending(machine))


@motion("next-space-end", "to the end of a word between blanks")
def next_space_end(machine: Machine, count: int) -> Place:
    return by_words(machine, count, ending(machine), separators="")


@motion("previous-word", "back to the beginning of a word")
def previous_word(machine: Machine, count: int) -> Place:
    return by_words(machine, count, words.previous_word)


@motion("previous-space", "back to the beginning of a word between blanks")
def previous_space(machine: Machine, count: int) -> Place:
    return by_words(machine, count, words.previous_word, separators="")


def ending(machine: Machine) -> Callable[[Text, Place, str], Place]:
    """The step to the end of a word: on its last cell, or in emacs behind it."""
    return words.end_of_word if machine.keys == "vi" else words.behind_word


def by_words(
    machine: Machine,
    count: int,
    step: Callable[[Text, Place, str], Place],
    separators: str | None = None,
) -> Place:
    """Where so many steps lead."""
    place = machine.cursor
    between = machine.separators if separators is None else separators
    for _ in range(count):
        there = step(machine.text, place, between)
        if there == place:
            break
        place = there
    return place


# ---- by paragraphs and brackets


@motion("next-paragraph", "to the blank line below the paragraph")
def next_paragraph(machine: Machine, count: int) -> Place:
    place = machine.cursor
    for _ in range(min(count, machine.text.end)):
        place = words.next_paragraph(machine.text, place)
    return place


@motion("previous-paragraph", "to the blank line above the paragraph")
def previous_paragraph(machine: Machine, count: int) -> Place:
    place = machine.cursor
    for _ in range(min(count, machine.text.end)):
        place = words.previous_paragraph(machine.text, place)
    return place


@motion("next-matching-bracket", "to the bracket that belongs to this one")
def next_matching_bracket(machine: Machine, count: int) -> Place:
    return words.matching_bracket(machine.text, machine.cursor)


# ---- to characters of the line

BACKWARD: Final = {
    "jump-forward": "jump-backward",
    "jump-backward": "jump-forward",
    "jump-to-forward": "jump-to-backward",
    "jump-to-backward": "jump-to-forward",
}


@command("jump-forward", "to the next such character of the line")
def jump_forward(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    jump(machine, count, arguments, "jump-forward", "to character:")


@command("jump-backward", "back to such a character of the line")
def jump_backward(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    jump(machine, count, arguments, "jump-backward", "back to character:")


@command("jump-to-forward", "just before the next such character of the line")
def jump_to_forward(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    jump(machine, count, arguments, "jump-to-forward", "up to character:")


@command("jump-to-backward", "back, just behind such a character of the line")
def jump_to_backward(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    jump(machine, count, arguments, "jump-to-backward", "back up to character:")


def jump(
    machine: Machine, count: int, arguments: Sequence[str], name: str, label: str
) -> None:
    """Jump to a character, or ask for it."""
    if not arguments:
        machine.out.append(Asked(name, label, is_character=True))
        return
    machine.state = attrs.evolve(machine.state, jump=(name, arguments[0]))
    jumped(machine, count, name, arguments[0])


@command("jump-again", "the last jump to a character once more")
def jump_again(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    if machine.state.jump is not None:
        jumped(machine, count, *machine.state.jump, is_again=True)


@command("jump-reverse", "the last jump to a character, the other way")
def jump_reverse(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    if machine.state.jump is not None:
        name, wanted = machine.state.jump
        jumped(machine, count, BACKWARD[name], wanted, is_again=True)


def jumped(
    machine: Machine, count: int, name: str, wanted: str, *, is_again: bool = False
) -> None:
    """Go to a character if there are so many; a jump up to it ends beside it."""
    is_forward = name.endswith("forward")
    beside = (-1 if is_forward else 1) if "-to-" in name else 0
    place = machine.cursor
    if is_again and beside:  # it stands beside one already
        place = Place(place.line, max(0, place.cell - beside))
    for _ in range(min(count, LINE_END)):
        found = words.find(machine.text, place, wanted, forward=is_forward)
        if found is None:
            return
        place = found
    machine.go(Place(place.line, place.cell + beside))


# ---- marks


@command("set-mark", "remember this place")
def set_mark(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    machine.state = attrs.evolve(machine.state, mark=machine.cursor)


@command("jump-to-mark", "to the remembered place, which becomes this one")
def jump_to_mark(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    before, mark = machine.cursor, machine.state.mark
    if mark is None:
        machine.out.append(Said("no place is remembered"))
        return
    machine.go(mark, far=True)
    machine.state = attrs.evolve(machine.state, mark=before)
