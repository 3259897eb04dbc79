"""The rows of the table that are about panes and their places; see `window_rows`."""

from __future__ import annotations

from typing import Final, get_args

from fugue_actors.gateways.operations import layout
from fugue_actors.gateways.operations.operation import Operation
from fugue_actors.gateways.operations.schemas import (
    KILLED,
    PANE,
    RESTART_POLICIES,
    SESSION,
    Schema,
    arguments,
    either,
    flag,
    mapping,
    result,
    text,
)
from fugue_actors.protocol.neighbours import Side

DIRECTION: Final[Schema] = {
    "type": "string",
    "enum": ["vertical", "horizontal"],
    "default": "vertical",
    "description": "vertical: side by side; horizontal: one above the other.",
}
RATIO: Final[Schema] = {
    "type": "number",
    "minimum": 0.1,
    "maximum": 0.9,
    "default": 0.5,
    "description": "The share of its room that the old pane keeps.",
}
COMMAND: Final[Schema] = {
    "description": "Program and arguments, best as a list; no shell is involved. "
    "Default: the user's shell.",
    "anyOf": [
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
        {"type": "string", "minLength": 1},
    ],
}
RESTART: Final[Schema] = {
    "type": "string",
    "enum": list(RESTART_POLICIES),
    "default": "never",
    "description": "Whether its program is started again when it ends: never, "
    "on-failure (unless it ends with code 0), or always.",
}
NAME: Final = text(
    "A name for the pane, free in its session: letters, digits, . _ -; it can then be "
    "used as `pane`."
)
NAMED_PANE: Final = text("A pane: its id, its name in that session, or SESSION:NAME.")
PANE_SESSION: Final = text(
    "The session in which the pane has its name; yours unless given."
)

LAYOUT: Final = either(
    "What to build. One pane: "
    '{"pane": {"command": ["vim"], "cwd": "src", "name": "editor", "env": {}, "restart": '
    '"never"}}, each key optional. Several: '
    '{"direction": "vertical", "splits": [{"ratio": 0.6, "layout": {…}}, {"ratio": 0.4, '
    '"layout": {…}}]}, nested as you like; vertical is side by side, horizontal one above '
    "the other, ratios are relative. Several windows: "
    '{"windows": [{"name": "logs", "layout": {…}}]}.',
    {
        "type": "object",
        "properties": {
            "pane": {"description": "command, cwd, name, env, restart: one pane"},
            "direction": {"description": "vertical or horizontal"},
            "splits": {"description": "two or more of {ratio, layout}"},
            "windows": {"description": "one or more of {name, layout}"},
        },
    },
)


def cells(what: str, least: int) -> Schema:
    """A number of cells that a terminal can have."""
    return {"type": "integer", "minimum": least, "maximum": 1000, "description": what}


def number(what: str) -> Schema:
    """A whole number that is answered."""
    return {"type": "integer", "description": what}


def closed(kind: str, **more: Schema) -> Schema:
    """What is answered when a pane or a window was closed."""
    properties = {
        f"{kind}_id": text(f"The {kind} that was closed."),
        "session_id": text("Its session."),
        "session_name": text("That session's name."),
        "session_ended": {
            "type": "boolean",
            "description": f"Whether it was the session's last {kind}.",
        },
        "ended": number("Processes that ended."),
        "killed": KILLED,
        **more,
    }
    return result(*properties, **properties)


PLACE: Final = result(
    "pane_id",
    "session_id",
    "session_name",
    "window_id",
    "x",
    "y",
    "columns",
    "lines",
    pane_id=text("The pane."),
    name={"type": ["string", "null"], "description": "Its name."},
    session_id=text("Its session."),
    session_name=text("That session's name."),
    window_id=text("The window it is in."),
    window_number=number("That window's number."),
    window_name={"type": ["string", "null"], "description": "That window's name."},
    zoomed={"type": "boolean", "description": "Whether its window shows it alone."},
    focused={"type": "boolean", "description": "Whether it has its window's focus."},
    x=number("Columns to the left of it in its window."),
    y=number("Lines above it in its window."),
    columns=number("Width of its terminal."),
    lines=number("Height of its terminal."),
    previous_name={"type": ["string", "null"], "description": "After a renaming."},
)

AREA: Final[Schema] = {
    "type": "object",
    "properties": {
        key: PLACE["properties"][key]
        for key in ("pane_id", "name", "focused", "x", "y", "columns", "lines")
    },
}
WINDOW: Final[Schema] = {
    "type": "object",
    "properties": {
        "window_id": text("The window."),
        "number": number("What people call it by; it stays the same."),
        "name": {"type": ["string", "null"], "description": "Its name."},
        "focused": {"type": "boolean", "description": "Whether it has the focus."},
        "columns": number("Its width."),
        "lines": number("Its height."),
        "pane_id": text("The pane that has its focus."),
        "zoomed": {
            "type": ["string", "null"],
            "description": "The pane that is shown in full, alone.",
        },
        "layout": {
            "type": "object",
            "description": "The tree, in the form in which fugue_create_layout takes "
            "it; each pane is {pane: {pane_id, name}}.",
        },
        "panes": {
            "type": "array",
            "items": AREA,
            "description": "Those that it shows: all of them, or the zoomed one.",
        },
        "tiles": {
            "type": "array",
            "items": AREA,
            "description": "While one is zoomed: where all stand when it is not.",
        },
    },
    "required": [
        *("window_id", "number", "columns", "lines", "pane_id", "zoomed", "layout"),
        "panes",
    ],
}

SHOWN: Final = result(
    "session_id",
    "session_name",
    "windows",
    session_id=text("The session."),
    session_name=text("Its name."),
    pane_id={
        "type": ["string", "null"],
        "description": "The pane that is meant when only the session is named.",
    },
    windows={"type": "array", "items": WINDOW},
)

ROWS: Final = (
    Operation(
        name="get_layout",
        title="Look at a layout",
        description=(
            "A session's windows: the tree of panes in each, and where each pane is "
            "and how large. Default: your session."
        ),
        takes=arguments(session=SESSION),
        gives=SHOWN,
        run=layout.get_layout,
        is_limitable=True,
        reads_only=True,
    ),
    Operation(
        name="split_pane",
        title="Split a pane",
        description=(
            "Start a program in a new pane beside another one of the same session: to "
            "its right (vertical) or below it (horizontal). Without pane or session: "
            "beside your own. Returns once the program runs and both terminals have "
            "their sizes; if it cannot be started nothing changes."
        ),
        takes=arguments(
            pane=PANE,
            session=SESSION,
            direction=DIRECTION,
            ratio=RATIO,
            command=COMMAND,
            cwd=text("Its working directory; that of the other pane unless given."),
            name=NAME,
            env=mapping("Environment variables on top of the other pane's."),
            restart=RESTART,
            focus=flag("Give the new pane the focus."),
        ),
        gives=PLACE,
        run=layout.split_pane,
        arranges=True,
        is_limitable=True,
    ),
    Operation(
        name="create_layout",
        title="Build a layout",
        description=(
            "Open a window with several panes, each with its program, or several such "
            "windows, in one call. All of it is built, or nothing changes: if one "
            "program cannot be started the others are ended again."
        ),
        takes=arguments(
            "layout",
            session=SESSION,
            layout=LAYOUT,
            window=text(
                "A window that is there already, by id, number or name: the layout is "
                "built in its right half. Default: a window of its own."
            ),
            name=text("A name for the new window."),
            columns=cells("Width of the windows; default: that of the present one.", 2),
            lines=cells("Height of the windows; default: that of the present one.", 1),
            focus=flag("Give the first new pane the focus."),
        ),
        gives=result(
            "session_id",
            "session_name",
            "window_ids",
            "pane_ids",
            "pane_count",
            "names",
            session_id=text("The session."),
            session_name=text("Its name."),
            window_ids={"type": "array", "items": {"type": "string"}},
            pane_ids={
                "type": "array",
                "items": {"type": "string"},
                "description": "In the order in which they stand in the layout.",
            },
            pane_count=number("How many."),
            names={"type": "object", "description": "The ids of panes with names."},
        ),
        run=layout.create_layout,
        arranges=True,
        is_limitable=True,
    ),
    Operation(
        name="resize_pane",
        title="Resize a pane",
        description=(
            "Give a pane another size: columns and lines in cells, or its ratio of the "
            "split it stands in, or a delta to that ratio. Its neighbours share the "
            "rest; where it has none, its window changes its size. Cells that cannot "
            "be had are refused. Or move its border by some cells, as far as there is "
            "room. Default: your own pane."
        ),
        takes=arguments(
            pane=PANE,
            session=SESSION,
            columns=cells("Width in cells.", 2),
            lines=cells("Height in cells.", 1),
            ratio={
                "type": "number",
                "minimum": 0.1,
                "maximum": 0.9,
                "description": "Its share of the split.",
            },
            delta={
                "type": "number",
                "minimum": -0.5,
                "maximum": 0.5,
                "description": "What to add to its share.",
            },
            direction={
                **{k: v for k, v in DIRECTION.items() if k != "default"},
                "description": "With ratio or delta: which split is meant; default: "
                "the innermost. vertical changes columns, horizontal lines.",
            },
            border={
                "type": "string",
                "enum": list(get_args(Side)),
                "description": "Where to move its right or lower border; if it is the "
                "last in its split, its left or upper one.",
            },
            cells={
                "type": "integer",
                "minimum": 1,
                "maximum": 1000,
                "default": 1,
                "description": "With border: by how many cells.",
            },
            edge={
                "type": "string",
                "enum": list(get_args(Side)),
                "description": "On which side of it is the border that is to be in the "
                "column or line `at` of its window, or as near as there is room.",
            },
            at={
                "type": "integer",
                "minimum": 0,
                "maximum": 1000,
                "default": 0,
                "description": "With edge: where, counted from 0.",
            },
        ),
        gives=PLACE,
        run=layout.resize_pane,
        arranges=True,
        is_limitable=True,
        private=("edge", "at"),
    ),
    Operation(
        name="focus_pane",
        title="Focus a pane",
        description=(
            "Make a pane the one that is meant when somebody names only its session, "
            "and that is shown first."
        ),
        takes=arguments(pane=PANE, session=SESSION),
        gives=PLACE,
        run=layout.focus_pane,
        is_limitable=True,
    ),
    Operation(
        name="rename_pane",
        title="Name a pane",
        description="Give a pane a name that no other of its session has.",
        takes=arguments("name", pane=PANE, session=SESSION, name=NAME),
        gives=PLACE,
        run=layout.rename_pane,
        is_limitable=True,
    ),
    Operation(
        name="move_pane",
        title="Move a pane",
        description=(
            "Put a pane beside another one of its session, to its right (vertical) or "
            "below it (horizontal), or without beside into a window of its own."
        ),
        takes=arguments(
            pane=PANE,
            session=SESSION,
            beside=text("The pane beside which it is to be: an id or a name."),
            direction=DIRECTION,
            ratio=RATIO,
            focus=flag("Give it the focus where it is then."),
        ),
        gives=PLACE,
        run=layout.move_pane,
        arranges=True,
        is_limitable=True,
    ),
    Operation(
        name="zoom_pane",
        title="Zoom a pane",
        description=(
            "Let a window show one of its panes in full, with its focus, and hide the "
            "others, or show all of them again. Whatever changes the window's panes or "
            "their focus ends it."
        ),
        takes=arguments(
            pane=PANE,
            session=SESSION,
            zoomed={
                "type": "boolean",
                "description": "Whether it is to be; default: the opposite of how its "
                "window is now.",
            },
        ),
        gives=PLACE,
        run=layout.zoom_pane,
        is_limitable=True,
        tool=False,
    ),
    Operation(
        name="swap_panes",
        title="Swap two panes",
        description="Let two panes of a session change places.",
        takes=arguments(
            "other",
            pane=PANE,
            session=SESSION,
            other=text("The other pane: an id or a name."),
        ),
        gives=PLACE,
        run=layout.swap_panes,
        arranges=True,
        is_limitable=True,
    ),
    Operation(
        name="close_pane",
        title="Close a pane",
        description=(
            "End a pane and every process its program started. The others share its "
            "room. With its last pane a session ends, and what it had not read is dead."
        ),
        takes=arguments("pane", pane=NAMED_PANE, session=PANE_SESSION),
        gives=closed(
            "pane",
            exit={
                "type": ["object", "null"],
                "description": "How its program ended: code or signal.",
            },
        ),
        run=layout.close_pane,
        arranges=True,
        is_limitable=True,
        destroys=True,
    ),
)
