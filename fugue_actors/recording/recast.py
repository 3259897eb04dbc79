"""Pictures as an asciicast again, and as plain output. Pure.

What is written are the pictures and nothing else: no title that a program has set, no query,
no bytes of the recording, so nothing that was masked in the pictures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.drawing import Canvas, Cursor, Painter
from fugue_actors.drawing.cells import Cells
from fugue_actors.recording import cast, notes
from fugue_actors.recording.rows import cells_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.recording.reel import Frame, Reel
    from fugue_actors.recording.rows import Runs


def lines(reel: Reel, *, with_markers: bool = False) -> Iterator[str]:
    """The lines of a recording, with their ends.

    Args:
        reel: The recording.
        with_markers: Whether notes are markers, too, which other players know.
    """
    size = reel.frames[0].columns, reel.frames[0].lines
    header = cast.Header(
        columns=size[0],
        lines=size[1],
        timestamp=reel.header.timestamp,
        title=reel.header.title,
        environment=reel.header.environment,
        about=reel.header.about,
    )
    yield cast.header_line(header)
    happened = [
        cast.Event(at, cast.HAPPENED, notes.encoded(note)) for at, note in reel.notes
    ]
    markers = [cast.Event(at, cast.MARKER, label) for at, label in reel.markers]
    if with_markers:
        markers += [cast.Event(at, cast.MARKER, note.label) for at, note in reel.notes]
    found = [*output(reel), *happened, *markers]
    for event in sorted(found, key=lambda event: event.at):
        yield cast.event_line(event)


def output(reel: Reel) -> Iterator[cast.Event]:
    """What draws the pictures."""
    easel = Easel(reel)
    size = reel.frames[0].columns, reel.frames[0].lines
    for frame in reel.frames:
        if (frame.columns, frame.lines) != size:
            size = frame.columns, frame.lines
            yield cast.Event(frame.at, cast.RESIZE, cast.size_text(*size))
        data = easel.draw(frame)
        if data:
            yield cast.Event(frame.at, cast.OUTPUT, data)


class Easel:
    """Draws the pictures of a recording one after the other."""

    def __init__(self, reel: Reel) -> None:
        self.reel = reel
        self.cells: dict[int, Cells] = {}
        self.canvas = Canvas(1, 1)
        self.painter: Painter | None = None

    def draw(self, frame: Frame) -> str:
        """What turns the last picture into this one."""
        size = frame.columns, frame.lines
        if self.painter is None or (self.painter.columns, self.painter.lines) != size:
            self.canvas = Canvas(*size)
            self.painter = Painter(*size, is_synchronized=False)
        self.canvas.clear()
        for y, number in enumerate(frame.rows):
            if number not in self.cells:
                self.cells[number] = cells(self.reel.rows[number])
            self.canvas.put(0, y, self.cells[number])
        cursor = None if frame.cursor is None else Cursor(*frame.cursor)
        return self.painter.paint(self.canvas, cursor).decode()


def cells(runs: Runs) -> Cells:
    """A row as the canvas takes it."""
    found = cells_of(runs)
    return Cells([text for text, _ in found], [style for _, style in found])
