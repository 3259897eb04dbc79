"""The rows of the table that are about windows as wholes."""

from __future__ import annotations

from typing import Final, get_args

from fugue_actors.gateways.operations import windows
from fugue_actors.gateways.operations.layout_rows import (
    COMMAND,
    NAME,
    PLACE,
    RESTART,
    SHOWN,
    cells,
    closed,
)
from fugue_actors.gateways.operations.operation import Operation
from fugue_actors.gateways.operations.schemas import (
    SESSION,
    Schema,
    arguments,
    flag,
    mapping,
    text,
)
from fugue_actors.protocol.presets import PRESETS, Turn
from fugue_actors.protocol.windows import LARGEST_NUMBER

WINDOW: Final = text(
    "A window: its id, its number or name in that session, or SESSION:WINDOW. Leave it "
    "out for the one that shows you, or with session for the one that has its focus."
)
WINDOW_SESSION: Final = text(
    "The session in which the window has its number or name; yours unless given."
)
WINDOW_NAME: Final = text(
    "A name for the window: some words, without a colon; not digits alone."
)
PRESET: Final[Schema] = {
    "type": "string",
    "enum": [*PRESETS, *get_args(Turn)],
    "default": "next",
    "description": "How. even-horizontal: side by side; even-vertical: one above the "
    "other; main-horizontal: a main pane above the others; main-vertical: a main pane "
    "to the left of the others; tiled: in rows. These are tmux's names, which say how "
    "the panes follow each other: elsewhere here, panes side by side are a vertical "
    "split. next and previous: in turn.",
}

ROWS: Final = (
    Operation(
        name="new_window",
        title="Open a window",
        description=(
            "Start a program in a window of its own, under the first free number. To "
            "open several panes at once use fugue_create_layout."
        ),
        takes=arguments(
            session=SESSION,
            name=WINDOW_NAME,
            command=COMMAND,
            cwd=text("Its working directory; that of the session unless given."),
            pane_name=NAME,
            env=mapping("Environment variables on top of those of the focused pane."),
            restart=RESTART,
            columns=cells("Width; default: that of the present window.", 2),
            lines=cells("Height; default: that of the present window.", 1),
            focus=flag("Give it the focus."),
        ),
        gives=PLACE,
        run=windows.new_window,
        is_limitable=True,
    ),
    Operation(
        name="close_window",
        title="Close a window",
        description=(
            "End all panes of a window, with every process their programs started. With "
            "its last window a session ends, and what it had not read is dead."
        ),
        takes=arguments("window", window=WINDOW, session=WINDOW_SESSION),
        gives=closed("window"),
        run=windows.close_window,
        is_limitable=True,
        destroys=True,
    ),
    Operation(
        name="rename_window",
        title="Name a window",
        description="Give a window a name, or with an empty one take it away.",
        takes=arguments(
            "name",
            window=WINDOW,
            session=WINDOW_SESSION,
            name={**WINDOW_NAME, "minLength": 0},
        ),
        gives={
            **SHOWN,
            "properties": {
                **SHOWN["properties"],
                "previous_name": {
                    "type": ["string", "null"],
                    "description": "What it was called before.",
                },
            },
        },
        run=windows.rename_window,
        is_limitable=True,
    ),
    Operation(
        name="arrange_window",
        title="Arrange a window",
        description=(
            "Arrange the panes of a window in one of the usual ways, or in the next one "
            "in turn for which there is room."
        ),
        takes=arguments(
            window=WINDOW,
            session=WINDOW_SESSION,
            preset=PRESET,
            main={
                "type": "number",
                "minimum": 0.1,
                "maximum": 0.9,
                "default": 0.5,
                "description": "The share of the main pane, where there is one.",
            },
        ),
        gives=SHOWN,
        run=windows.arrange_window,
        arranges=True,
        is_limitable=True,
    ),
    Operation(
        name="focus_window",
        title="Focus a window",
        description=(
            "Make the pane that has a window's focus the one that is meant when "
            "somebody names only the session, and that is shown first."
        ),
        takes=arguments("window", window=WINDOW, session=WINDOW_SESSION),
        gives=SHOWN,
        run=windows.focus_window,
        is_limitable=True,
        tool=False,
    ),
    Operation(
        name="move_window",
        title="Move a window",
        description=(
            "Give a window another number, and so another place among the others."
        ),
        takes=arguments(
            window=WINDOW,
            session=WINDOW_SESSION,
            number={
                "type": "integer",
                "minimum": 0,
                "maximum": LARGEST_NUMBER,
                "description": "Its new number; default: the first after all others.",
            },
            insert=flag(
                "If the number is taken, let that window and those that follow it "
                "without a gap have the next ones."
            ),
        ),
        gives=SHOWN,
        run=windows.move_window,
        is_limitable=True,
        tool=False,
    ),
    Operation(
        name="swap_windows",
        title="Swap two windows",
        description="Let two windows of a session have each other's number.",
        takes=arguments(
            "other",
            window=WINDOW,
            session=WINDOW_SESSION,
            other=text("The other window: an id, a number or a name."),
        ),
        gives=SHOWN,
        run=windows.swap_windows,
        is_limitable=True,
        tool=False,
    ),
    Operation(
        name="rotate_window",
        title="Rotate a window",
        description=(
            "Let each pane of a window have the place of the one before it, and the "
            "first one the last place. The focus stays with the place."
        ),
        takes=arguments(
            window=WINDOW,
            session=WINDOW_SESSION,
            back=flag("The other way round."),
        ),
        gives=SHOWN,
        run=windows.rotate_window,
        arranges=True,
        is_limitable=True,
        tool=False,
    ),
    Operation(
        name="resize_window",
        title="Resize a window",
        description=(
            "Give a window another size, and its panes their shares of it. Terminals "
            "have their new sizes when it is answered."
        ),
        takes=arguments(
            "columns",
            "lines",
            window=WINDOW,
            session=WINDOW_SESSION,
            columns=cells("Width in cells.", 2),
            lines=cells("Height in cells.", 1),
        ),
        gives=SHOWN,
        run=windows.resize_window,
        is_limitable=True,
        tool=False,
    ),
)
