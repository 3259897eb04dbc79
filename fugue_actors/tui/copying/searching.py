"""The commands that search. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.tui.copying import words
from fugue_actors.tui.copying.lines import Place
from fugue_actors.tui.copying.machine import Asked, Machine, Said
from fugue_actors.tui.copying.registry import command
from fugue_actors.tui.copying.search import Search

if TYPE_CHECKING:
    from collections.abc import Sequence


@command("search-forward", "search downwards for a regular expression")
def search_forward(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    begin(machine, count, arguments, "search-forward")


@command("search-backward", "search upwards for a regular expression")
def search_backward(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    begin(machine, count, arguments, "search-backward")


@command("search-forward-text", "search downwards for a text")
def search_forward_text(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    begin(machine, count, arguments, "search-forward-text")


@command("search-backward-text", "search upwards for a text")
def search_backward_text(
    machine: Machine, count: int, arguments: Sequence[str]
) -> None:
    begin(machine, count, arguments, "search-backward-text")


@command("search-again", "to the next place where it is")
def search_again(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    again(machine, count, is_reversed=False)


@command("search-reverse", "to the next place where it is, the other way")
def search_reverse(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    again(machine, count, is_reversed=True)


@command("search-word-forward", "search downwards for the word at the cursor")
def search_word_forward(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    search_word(machine, count, is_forward=True)


@command("search-word-backward", "search upwards for the word at the cursor")
def search_word_backward(
    machine: Machine, count: int, arguments: Sequence[str]
) -> None:
    search_word(machine, count, is_forward=False)


@command("search-clear", "show no more where it is")
def search_clear(machine: Machine, count: int, arguments: Sequence[str]) -> None:
    machine.search = None


def begin(machine: Machine, count: int, arguments: Sequence[str], name: str) -> None:
    """Search for what was given, or ask for it."""
    is_forward, is_plain = "forward" in name, name.endswith("-text")
    if not arguments:
        label = "search" if is_forward else "search up"
        machine.out.append(
            Asked(name, f"{label}{' (text)' if is_plain else ''}:", is_live=True)
        )
        return
    search = Search(arguments[0], is_plain=is_plain, is_forward=is_forward)
    last = machine.search
    if (
        last is not None
        and not last.is_wrong
        and (last.pattern, last.is_plain) == (search.pattern, is_plain)
    ):
        search.found = last.found  # that far it has searched already
    machine.search = search
    seek(machine, search, count, is_forward=is_forward)


def search_word(machine: Machine, count: int, *, is_forward: bool) -> None:
    """Search for the word at the cursor."""
    first, last = words.word_at(machine.text, machine.cursor, machine.separators)
    word = machine.text.line(first.line).slice(first.cell, last.cell + 1)
    if not word.strip():
        machine.out.append(Said("there is no word here"))
        return
    machine.search = Search(word, is_plain=True, is_forward=is_forward)
    machine.go(first)
    seek(machine, machine.search, count, is_forward=is_forward)


def again(machine: Machine, count: int, *, is_reversed: bool) -> None:
    """Go on with the last search."""
    search = machine.search
    if search is None:
        machine.out.append(Said("nothing was searched for"))
        return
    seek(machine, search, count, is_forward=search.is_forward != is_reversed)


def seek(machine: Machine, search: Search, count: int, *, is_forward: bool) -> None:
    """Go to the place where it is, so many times."""
    place = machine.cursor
    for _ in range(min(count, 1000)):
        found = search.next(machine.text, place, is_forward=is_forward)
        if found is None:
            machine.out.append(Said(f"not found: {search.pattern}"))
            return
        place = found
    if (place <= machine.cursor) == is_forward:
        machine.out.append(Said("the search has gone around the end"))
    if search.is_wrong:
        machine.out.append(Said("searched as text: this is no regular expression"))
    machine.go(Place(*place), far=True)
