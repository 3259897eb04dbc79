"""Pictures for tests of drawing: any that can be drawn, and how a terminal shows them.

A `Scene` says what is drawn onto a canvas, step by step. `seen` is what an emulated terminal
shows, `wanted` what a canvas says; blanks are compared as one sees them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from hypothesis import strategies as st

from fugue_actors.drawing import PLAIN, Canvas, Cursor, Style, borders
from fugue_actors.drawing.sgr import blank
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.terminal.styles import COLOURS, UNDERLINES

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.terminal.emulator import Emulator

Seen = list[list[tuple[str, Style]]]

PIECES = (
    *"abc xyz.-09",
    " " * 11,
    "─│┼",
    "é",
    "e\u0301",
    "漢字",
    "한글",
    "カ",
    "👍",
    "👍🏽",
    "🏽",
    "👩\u200d💻",
    "👩\u200d",
    "👨\u200d👩\u200d👧\u200d👦",
    "❤\ufe0f",
    "🇩🇪",
    "🇩",
    "\u0301",
    "\u200d",
    "\ufe0f",
    "\ue0b0",
    "\u202e",
    "\x1b[31m",
    "\n",
    "\x9b",
    "\ud800",
    "\xa0",
    "\xad",
)
"""What texts are made of: everything that could shift a row or reach the terminal."""

texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)
colours = st.sampled_from(
    ["default", *COLOURS[:3], "brightred", "ff8800", "5f87af", "010203"]
)
styles = st.builds(
    Style,
    fg=colours,
    bg=colours,
    bold=st.booleans(),
    dim=st.booleans(),
    italic=st.booleans(),
    underline=st.booleans(),
    underline_style=st.sampled_from(UNDERLINES[1:]),
    underline_colour=colours,
    overline=st.booleans(),
    strike=st.booleans(),
    reverse=st.booleans(),
    blink=st.booleans(),
    invisible=st.booleans(),
) | st.just(PLAIN)


def run(text: str, style: Style) -> dict[str, Any]:
    """A run as the monitor protocol has it."""
    fields = style._asdict().items()
    return {"text": text} | {k: v for k, v in fields if v != getattr(PLAIN, k)}


runs = st.builds(run, texts, styles)
rows = st.lists(st.lists(runs, max_size=4), min_size=1, max_size=4)
places = st.integers(-2, 9)
heights = st.sampled_from([0, 1, 0, 1, 2, -1])
areas = st.builds(
    Rectangle, places, heights, st.integers(0, 14), st.sampled_from([4, 1, 2, 0])
)
tilings = st.sampled_from(
    [
        (Rectangle(0, 0, 5, 4), Rectangle(6, 0, 8, 4)),
        (Rectangle(0, 0, 5, 1), Rectangle(6, 0, 8, 1), Rectangle(0, 2, 14, 2)),
    ]
)


@attrs.frozen
class Step:
    """One call of a canvas."""

    name: str
    arguments: tuple[Any, ...]
    named: dict[str, Any] = attrs.Factory(dict)


def step(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    """A call with any arguments."""
    return st.builds(Step, st.just(name), st.tuples(*arguments))


offsets = st.integers(0, 5)
steps = (
    step("put_rows", areas, rows, offsets, offsets)
    | step("text", places, heights, texts, styles, st.none() | st.integers(-1, 14))
    | step("field", places, heights, st.integers(0, 14), texts, styles)
    | step("fill", areas, st.sampled_from(" ·"), styles)
    | step("box", areas, styles, texts)
    | st.builds(
        Step,
        st.just("restyle"),
        st.tuples(areas),
        st.just({"reverse": True, "bg": "blue"}),
    )
    | st.builds(
        lambda area, panes, style, dx: Step(
            "put_borders",
            (area, borders(panes, 14, 4, panes[0], top=True), PLAIN, style, dx, 0),
        ),
        areas,
        tilings,
        styles,
        offsets,
    )
)
scenes = st.lists(steps, max_size=6)
sizes = st.tuples(st.integers(2, 12), st.integers(1, 3))
cursors = st.none() | st.builds(
    Cursor,
    st.integers(0, 15),
    st.integers(0, 4),
    st.booleans(),
    st.sampled_from(["default", "block", "bar"]),
)


def draw(canvas: Canvas, scene: list[Step]) -> Canvas:
    """Carry out the steps of a scene."""
    canvas.clear()
    for each in scene:
        call: Callable[..., Any] = getattr(canvas, each.name)
        call(*each.arguments, **each.named)
    return canvas


def wanted(canvas: Canvas) -> Seen:
    """What a canvas says."""
    return [
        look(list(zip(*both, strict=True)))
        for both in zip(canvas.glyphs, canvas.styles, strict=True)
    ]


def seen(emulator: Emulator) -> Seen:
    """What a terminal shows."""
    return [
        look(
            [*map(tuple, row.cells()), *[(" ", PLAIN)] * (emulator.columns - len(row))]
        )
        for row in emulator.rows
    ]


def look(cells: list[tuple[str, Style]]) -> list[tuple[str, Style]]:
    """Cells as one sees them: of a blank's style only what it shows."""
    return [
        (glyph, blank(style) if glyph == " " else normal(style))
        for glyph, style in cells
    ]


def normal(style: Style) -> Style:
    """Without a look of an underline that is not there."""
    if style.underline:
        return style
    return style._replace(underline_style="single", underline_colour="default")
