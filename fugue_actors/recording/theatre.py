"""How a recording that is played looks in a terminal: the picture, and a line below. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.drawing import Canvas, Cursor, Style
from fugue_actors.drawing.cells import Cells
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.recording import player
from fugue_actors.recording.recast import cells

if TYPE_CHECKING:
    from fugue_actors.recording.player import Player

BAR: Final = Style(reverse=True)
DONE: Final = Style(fg="green", reverse=True)
BEYOND: Final = Style(fg="brightblack")
SHORTEST_BAR: Final = 10


def draw(canvas: Canvas, playing: Player) -> Cursor | None:
    """Draw the present moment, whose events the tape shows already; where its cursor is.

    What does not fit is cut so that the cursor is seen; what is beyond it is dotted.
    """
    canvas.clear()
    emulator = playing.tape.projector.emulator
    room = Rectangle(0, 0, canvas.columns, max(0, canvas.lines - 1))
    place = emulator.cursor
    dx = max(0, min(place.x - room.columns + 1, emulator.columns - room.columns))
    dy = max(0, min(place.y - room.lines + 1, emulator.lines - room.lines))
    for y, runs in enumerate(playing.tape.projector.runs()[dy : dy + room.lines]):
        row = cells(runs)
        canvas.put(-dx, y, Cells(row.glyphs, row.styles))
    dot_beyond(canvas, room, emulator.columns - dx, emulator.lines - dy)
    draw_bar(canvas, playing)
    if not emulator.is_cursor_visible:
        return None
    x, y = place.x - dx, place.y - dy
    return Cursor(x, y) if x < room.columns and y < room.lines else None


def dot_beyond(canvas: Canvas, room: Rectangle, columns: int, lines: int) -> None:
    """Fill what is not of the picture."""
    right = max(0, room.columns - columns)
    canvas.fill(Rectangle(columns, 0, right, min(lines, room.lines)), "·", BEYOND)
    below = max(0, room.lines - lines)
    canvas.fill(Rectangle(0, lines, room.columns, below), "·", BEYOND)


def draw_bar(canvas: Canvas, playing: Player) -> None:
    """The last line: whether it plays, where it is, and what happened last."""
    y = canvas.lines - 1
    canvas.fill(Rectangle(0, y, canvas.columns, 1), " ", BAR)
    if playing.shows_help:
        canvas.text(1, y, player.HELP, BAR, canvas.columns - 1)
        return
    sign = "▶" if playing.is_playing else "‖"
    where = f"{player.stamp(playing.at)} / {player.stamp(playing.end)}"
    head = f" {sign} {playing.speed:.3g}x {where} "
    x = canvas.text(0, y, head, BAR)
    said = playing.tape.said_at(playing.at)
    width = max(SHORTEST_BAR, (canvas.columns - x) // (3 if said else 1) - 1)
    width = min(width, canvas.columns - x - 1)
    if width > 0:
        share = playing.at / playing.end if playing.end else 1.0
        done = round(width * share)
        canvas.text(x, y, "━" * done, DONE, width)
        canvas.text(x + done, y, "─" * (width - done), BAR, width - done)
    if said is not None and canvas.columns - x - width > 2:
        at, label = said
        canvas.text(
            x + width + 1,
            y,
            f"{player.stamp(at)} {label}",
            BAR,
            canvas.columns - x - width - 2,
        )
