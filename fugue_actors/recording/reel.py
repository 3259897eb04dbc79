"""A recording as pictures: its output drawn by the emulator that panes have, too. Pure.

A `Projector` shows one moment after the other; `develop` has it show all of them, and keeps
what is to be seen. Of what comes faster than one looks only the last is kept, and never
half of what a program draws as one picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.recording import cast, notes
from fugue_actors.recording.notes import Note
from fugue_actors.recording.rows import Rows, Runs
from fugue_actors.terminal.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterable


SHORTEST: Final = 1 / 30
"""Seconds that a picture lasts; of those that come meanwhile the last counts."""
LONGEST_DRAWING: Final = 1.0
"""Seconds after which a picture is shown that its program has not finished."""


@attrs.frozen
class Frame:
    """What was to be seen from a moment on.

    Attributes:
        at: Seconds since the beginning.
        columns, lines: Size in cells.
        rows: Numbers of its rows, from the top.
        cursor: Column and line, from 0; None if it is hidden.
    """

    at: float
    columns: int
    lines: int
    rows: tuple[int, ...]
    cursor: tuple[int, int] | None


@attrs.frozen(kw_only=True)
class Reel:
    """A whole recording as pictures.

    Attributes:
        header: What it says of itself.
        rows: The rows of all frames.
        frames: In order; there is one at least.
        notes: What happened, and when.
        markers: Moments with a name.
        end: Seconds that it lasts.
    """

    header: cast.Header
    rows: Rows
    frames: list[Frame]
    notes: list[tuple[float, Note]]
    markers: list[tuple[float, str]]
    end: float

    @property
    def size(self) -> tuple[int, int]:
        """The columns and lines that no frame goes beyond."""
        return (
            max(frame.columns for frame in self.frames),
            max(frame.lines for frame in self.frames),
        )


class Projector:
    """Shows a recording's output.

    Args:
        columns, lines: Size of the first picture.
    """

    def __init__(self, columns: int, lines: int) -> None:
        self.emulator = Emulator(columns, lines, history_lines=1)

    def show(self, event: cast.Event) -> bool:
        """Take an event; whether it can have changed the picture."""
        match event.code:
            case cast.OUTPUT:
                self.feed(event.data)
            case cast.RESIZE:
                size = cast.size_of(event.data)
                if size is None:
                    return False
                self.emulator.resize(*size)
            case _:
                return False
        return True

    def begin_at(self, keyframe: str, columns: int, lines: int) -> None:
        """Forget what is shown, and show a keyframe."""
        self.emulator = Emulator(columns, lines, history_lines=1)
        self.feed(keyframe)

    def feed(self, data: str) -> None:
        self.emulator.feed(data.encode(errors="replace"))
        self.emulator.take_replies()  # nobody is there who could take them

    @property
    def is_drawing(self) -> bool:
        """Whether the program has begun a picture and not finished it."""
        return self.emulator.is_synchronized

    def runs(self) -> list[Runs]:
        """The rows as they are now."""
        return [tuple(row.runs()) for row in self.emulator.rows]

    def frame(self, at: float, rows: Rows, known: dict[int, Known]) -> Frame:
        """What is shown now.

        Args:
            at: When.
            rows: Gets the rows.
            known: What this function has found before, for itself.
        """
        emulator = self.emulator
        seen: dict[int, Known] = {}
        for row in emulator.rows:
            found = known.get(id(row))
            if found is None or found.row is not row or found.changed != row.changed:
                found = Known(row, row.changed, rows.number(tuple(row.runs())))
            seen[id(row)] = found
        numbers = tuple(seen[id(row)].number for row in emulator.rows)
        known.clear()
        known.update(seen)
        place = emulator.cursor
        cursor = (place.x, place.y) if emulator.is_cursor_visible else None
        return Frame(at, emulator.columns, emulator.lines, numbers, cursor)


@attrs.frozen
class Known:
    """A row of the emulator that has its number.

    It keeps the row, so that no other can have its identity meanwhile.
    """

    row: object
    changed: int
    number: int


def develop(header: cast.Header, events: Iterable[cast.Event]) -> Reel:
    """Have a recording shown from its beginning to its end."""
    projector = Projector(header.columns, header.lines)
    rows, known = Rows(), dict[int, Known]()
    frames: list[Frame] = []
    happened: list[tuple[float, Note]] = []
    markers: list[tuple[float, str]] = []
    changed_at: float | None = 0.0
    end = 0.0

    def take(at: float) -> None:
        frame = projector.frame(at, rows, known)
        if not frames or attrs.evolve(frame, at=frames[-1].at) != frames[-1]:
            frames.append(frame)

    for event in events:
        if changed_at is not None and event.at - changed_at >= (
            LONGEST_DRAWING if projector.is_drawing else SHORTEST
        ):
            take(changed_at)
            changed_at = None
        end = event.at
        if projector.show(event):
            changed_at = event.at if changed_at is None else changed_at
        elif event.code == cast.MARKER:
            markers.append((event.at, event.data))
        elif event.code == cast.HAPPENED:
            note = notes.decoded(event.data)
            if note is not None:
                happened.append((event.at, note))
    if changed_at is not None:
        take(changed_at)
    return Reel(
        header=header,
        rows=rows,
        frames=frames,
        notes=happened,
        markers=markers,
        end=end,
    )
