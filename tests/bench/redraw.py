"""Pictures of a terminal of 200 x 50 with four panes full of coloured text.

A full redraw begins with rows as a client's model has them, none of which was drawn before,
and ends with the bytes for a terminal of which nothing is known. rich draws the same picture
from the same rows; it knows nothing of what was there before, so each of its pictures is whole.
None of this waits for anything, so it is processor time that is measured.
"""

from __future__ import annotations

import io
import random
import time
from typing import TYPE_CHECKING, Any

from figures import MS, Figure, Numbers, middle_ms
from rich.console import Console
from rich.layout import Layout
from rich.text import Text

from fugue_actors.drawing import Canvas, Cursor, Painter, Style, borders
from fugue_actors.protocol.tiling import Rectangle

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS, LINES = 200, 50
PANES = (
    Rectangle(0, 0, 100, 24),
    Rectangle(101, 0, 99, 24),
    Rectangle(0, 25, 100, 24),
    Rectangle(101, 25, 99, 24),
)
WINDOW = Rectangle(0, 0, COLUMNS, LINES - 1)
COLOURS = ("red", "green", "brightblue", "5fafd7", "ff8800", "123456")
REPEATS = 30
FIGURES = [
    Figure(
        "redraw.full", "all of it, nothing remembered", MS, aim=16.0, peer="redraw.rich"
    ),
    Figure("redraw.again", "all of it, rows drawn before", MS),
    Figure("redraw.row", "one row of one pane is new", MS, aim=1.0),
    Figure("redraw.same", "nothing is new", MS),
    Figure("redraw.rich", "  peer: rich, the same picture", MS),
]

Row = list[dict[str, Any]]
Screens = list[list[Row]]


def row(chance: random.Random, columns: int) -> Row:
    """A row full of words, four of five in a colour."""
    runs: Row = []
    while columns > 0:
        size = min(chance.randrange(3, 13), columns)
        columns -= size
        text = "".join(chance.choices("abcdefghij ", k=size))
        run: dict[str, Any] = {"text": text}
        if chance.random() < 0.8:
            run["fg"] = chance.choice(COLOURS)
        if chance.random() < 0.2:
            run["bold"] = True
        runs.append(run)
    return runs


def filled(chance: random.Random) -> Screens:
    """The screens of all panes."""
    return [[row(chance, area.columns) for _ in range(area.lines)] for area in PANES]


def compose(canvas: Canvas, screens: Screens) -> None:
    """Draw the whole picture."""
    canvas.clear()
    for area, rows in zip(PANES, screens, strict=True):
        canvas.put_rows(area, rows)  # type: ignore[arg-type]
    lines = borders(PANES, WINDOW.columns, WINDOW.lines, PANES[0])
    canvas.put_borders(WINDOW, lines, active=Style(fg="green"))
    canvas.field(
        0, LINES - 1, COLUMNS, " bench  0:shell*", Style(fg="black", bg="green")
    )


def timed(step: Callable[[], object]) -> float:
    """Seconds of the processor that a step takes."""
    began = time.thread_time()
    step()
    return time.thread_time() - began


def rich_picture(screens: Screens) -> Layout:
    """The same picture as rich has it."""
    panes = [
        Layout(
            Text("\n").join(
                Text.assemble(*((run["text"], rich_style(run)) for run in row))
                for row in rows
            )
        )
        for rows in screens
    ]
    above, below, whole = Layout(), Layout(), Layout()
    above.split_row(*panes[:2])
    below.split_row(*panes[2:])
    status = Layout(Text(" bench  0:shell*", "black on green"), size=1)
    whole.split_column(above, below, status)
    return whole


def rich_style(run: dict[str, Any]) -> str:
    """A style in rich's words."""
    colour = run.get("fg", "default").replace("bright", "bright_")
    prefix = "#" if colour[:1].isdigit() or colour == "ff8800" else ""
    return f"{'bold ' if 'bold' in run else ''}{prefix}{colour}"


def measure() -> Numbers:
    """One run."""
    chance = random.Random(0)
    cursor = Cursor(3, 3)
    seconds: dict[str, list[float]] = {figure.key: [] for figure in FIGURES}
    for _ in range(REPEATS):
        screens = filled(chance)
        canvas, painter = Canvas(COLUMNS, LINES), Painter(COLUMNS, LINES)

        def draw(canvas: Canvas = canvas, screens: Screens = screens) -> None:
            compose(canvas, screens)

        def paint(
            draw: Callable[[], None] = draw,
            canvas: Canvas = canvas,
            painter: Painter = painter,
        ) -> None:
            draw()
            painter.paint(canvas, cursor)

        seconds["redraw.full"].append(timed(paint))
        painter.forget()
        seconds["redraw.again"].append(timed(paint))
        for place in range(10):
            screens[1][place] = row(chance, PANES[1].columns)
            seconds["redraw.row"].append(timed(paint))
            seconds["redraw.same"].append(timed(paint))
        console = Console(
            file=io.StringIO(),
            width=COLUMNS,
            height=LINES,
            force_terminal=True,
            color_system="truecolor",
        )

        def peer(console: Console = console, screens: Screens = screens) -> None:
            console.print(rich_picture(screens))

        seconds["redraw.rich"].append(timed(peer))
    return {key: middle_ms(values) for key, values in seconds.items()}
