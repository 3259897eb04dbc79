"""What copy mode begins with: the last lines, as the screen shows them now. Pure."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from fugue_actors.tui.copying.lines import Place
from fugue_actors.tui.copying.machine import Machine
from fugue_actors.tui.copying.text import Text

if TYPE_CHECKING:
    from fugue_actors.tui.copying.machine import Keys


def machine_of(
    page: dict[str, Any], *, keys: Keys, size: tuple[int, int], before: Machine | None
) -> Machine:
    """A machine in a new text, its cursor where the program's is.

    Args:
        page: The answer to `read_lines` with the last lines.
        keys: Whose habits it has.
        size: Columns and lines that it is shown with; zeros for those of the pane.
        before: The machine whose place it takes: its cursor stays where it was, and
            what has scrolled off need not be loaded again.
    """
    text = Text()
    text.begin(page)
    number, column = page["cursor"]["line"], page["cursor"]["column"]
    line = text.lines[number] = text.line(number).reaching(column)
    cursor = Place(number, bisect_right(line.columns, column) - 1)
    if before is not None:
        keep_known(text, before.text)
        if before.cursor.line in text.lines:
            cursor = before.cursor
    columns, lines = size
    machine = Machine(
        text,
        cursor,
        columns=columns or page["columns"],
        lines=lines or page["lines"],
        keys=keys,
    )
    if before is not None and before.search is not None:
        machine.search = before.search
        machine.search.found.clear()
    return machine


def keep_known(text: Text, before: Text) -> None:
    """Know what was known of lines that had scrolled off."""
    first, end = max(before.oldest, text.oldest), min(before.bottom, text.end)
    for number in range(first, end):
        if number in before.lines:
            text.lines.setdefault(number, before.lines[number])
