"""Copy mode as it is drawn: rows, what is found and selected, and how far up it is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.drawing import columns_of
from fugue_actors.drawing.painter import Cursor
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.terminal.styles import Style
from fugue_actors.tui.copying.selection import columns_in, selected
from fugue_actors.tui.copying.window import RowPlace
from fugue_actors.tui.editing.characters import part_in_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fugue_actors.drawing.canvas import Canvas
    from fugue_actors.protocol.monitor import RunDocument
    from fugue_actors.tui.copying.lines import Row
    from fugue_actors.tui.copying.machine import Machine
    from fugue_actors.tui.copying.prompt import Prompt

PLACE: Final = Style(fg="black", bg="yellow")
ASKING: Final = Style(fg="black", bg="yellow")
SELECTED: Final = {"fg": "black", "bg": "yellow", "reverse": False}
FOUND: Final = {"fg": "black", "bg": "cyan", "reverse": False}
FOUND_HERE: Final = {"fg": "black", "bg": "magenta", "reverse": False}
LOADING: Final[Sequence[RunDocument]] = [{"text": "…", "dim": True}]


def draw_text(machine: Machine, canvas: Canvas, area: Rectangle) -> Cursor:
    """Draw what the machine shows into an area of its size; returns the cursor."""
    shape = machine.shape
    shown = list(shape.shown(machine.state.top))
    rows: list[Sequence[RunDocument]] = []
    for each in shown:
        if isinstance(each, RowPlace):
            rows.append(LOADING)
        else:
            line = machine.text.lines[each[0].line]
            rows.append(line.row_runs(shape.columns)[each[0].row])
    rows += [[]] * (area.lines - len(rows))
    canvas.put_rows(area, rows)
    cursor = Cursor(area.x, area.y)
    here = shape.row_of(machine.cursor)
    what = selected(machine)
    for y, each in enumerate(shown):
        if isinstance(each, RowPlace):
            continue
        at, row = each
        draw_found(machine, canvas, area, y, at, row)
        if what is not None:
            held = columns_in(machine, at, what)
            restyle(canvas, area, y, held, SELECTED)
        if at == here:
            column = min(shape.column_of(machine.cursor), area.columns - 1)
            cursor = Cursor(area.x + column, area.y + y)
    return cursor


def draw_found(
    machine: Machine, canvas: Canvas, area: Rectangle, y: int, at: RowPlace, row: Row
) -> None:
    """Show in a row where that is what was searched for."""
    if machine.search is None:
        return
    line = machine.text.lines[at.line]
    base = line.columns[row.start]
    for match in machine.search.matches(machine.text, at.line):
        start, end = max(match.start, row.start), min(match.end, row.end)
        if start < end:
            is_here = (at.line, match.start) == machine.cursor
            columns = range(line.columns[start] - base, line.columns[end] - base)
            style = FOUND_HERE if is_here else FOUND
            restyle(canvas, area, y, columns, style)


def restyle(
    canvas: Canvas, area: Rectangle, y: int, columns: range, style: dict[str, object]
) -> None:
    """Change how some columns of a row look, as far as they are in the area."""
    start, end = columns.start, min(columns.stop, area.columns)
    if start < end:
        place = Rectangle(area.x + start, area.y + y, end - start, 1)
        canvas.restyle(place, **style)


def draw_place(canvas: Canvas, area: Rectangle, text: str) -> None:
    """Write at the top right how far up it is."""
    width = min(len(text), area.columns)
    canvas.text(area.x + area.columns - width, area.y, text, PLACE, width)


def draw_prompt(canvas: Canvas, area: Rectangle, prompt: Prompt) -> Cursor:
    """Ask in the last row; returns where what is typed goes."""
    y = area.y + area.lines - 1
    label = f"{prompt.asked.label} "
    canvas.field(area.x, y, area.columns, label, ASKING)
    used = min(columns_of(label), area.columns)
    room = area.columns - used
    buffer = prompt.editor.buffer
    before = columns_of(buffer.before)
    first = max(0, before - room + 1)
    if room > 0:
        text = part_in_view(buffer.characters, first, room)
        canvas.field(area.x + used, y, room, text, ASKING)
    return Cursor(area.x + min(used + before - first, area.columns - 1), y)
