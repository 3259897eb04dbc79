"""The operation that gives clients the lines of a pane by their numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from fugue_actors.actors import panes
from fugue_actors.gateways.operations.operation import Operation
from fugue_actors.gateways.operations.schemas import (
    PANE,
    SESSION,
    arguments,
    flag,
    integer,
    result,
    text,
)
from fugue_actors.protocol.hosting import LINES_AT_ONCE

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context


async def read_lines(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Some lines of a pane."""
    pane = await context.pane(arguments)
    styled = arguments.get("styled", False)
    read = await panes.read_lines(
        context.pane_actor(pane),
        first=arguments.get("first"),
        count=arguments.get("count", LINES_AT_ONCE),
        styled=styled,
    )
    shape: dict[str, Any] = {
        "pane_id": pane.pane_id,
        "columns": read.columns,
        "lines": read.lines,
        "oldest": read.oldest,
        "screen": read.screen,
        "end": read.end,
        "first": read.first,
        "cursor": {"line": read.cursor_line, "column": read.cursor_column},
        "alternate": read.alternate,
        "next": read.next,
    }
    if styled:
        shape["rows"] = json.loads(f"[{','.join(read.texts)}]")
    else:
        shape["text"] = list(read.texts)
    return shape


READ_LINES: Final = Operation(
    name="read_lines",
    title="Read lines of a pane by number",
    description=(
        "Lines of a pane from a number on, each whole, however many rows it fills: those "
        "that scrolled off, and after them those of the screen. A line keeps its number, "
        "so who looks back does not lose the place while the program writes."
    ),
    takes=arguments(
        pane=PANE,
        session=SESSION,
        first={
            "type": "integer",
            "minimum": 0,
            "maximum": 2**53,
            "description": "Number of the first; by default the last ones.",
        },
        count=integer("How many at most.", 1, LINES_AT_ONCE, LINES_AT_ONCE),
        styled=flag("As rows of runs that look the same, and not as text."),
    ),
    gives=result(
        "pane_id",
        "columns",
        "lines",
        "oldest",
        "screen",
        "end",
        "first",
        "cursor",
        "next",
        pane_id=text("The pane."),
        columns={"type": "integer", "description": "Width in cells."},
        lines={"type": "integer", "description": "Height in cells."},
        oldest={"type": "integer", "description": "Number of the first line kept."},
        screen={
            "type": "integer",
            "description": "Number of the line in which the screen begins.",
        },
        end={"type": "integer", "description": "The number after the last line."},
        first={
            "type": "integer",
            "description": "Number of the first line of this answer; not the one asked "
            "for if that is forgotten. Of a pane that an older release has started all "
            "rows come, counted from the oldest.",
        },
        text={"type": "array", "items": {"type": "string"}},
        rows={
            "type": "array",
            "items": {"type": "array", "items": {"type": "object"}},
            "description": "Each line as runs: text, fg, bg, bold, underline, …; only "
            "what is not plain.",
        },
        cursor={
            "type": "object",
            "description": "line: the number of its line; column: counted from that "
            "line's beginning, 0.",
        },
        alternate={
            "type": "boolean",
            "description": "Whether a full-screen program is showing.",
        },
        next={"type": "integer", "description": "Cursor to ask read_pane with."},
    ),
    run=read_lines,
    tool=False,
    is_limitable=True,
    reads_only=True,
)
