"""Recordings for tests: written by hand, played to their end, and looked at."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from fugue_actors.recording import cast
from fugue_actors.recording.reel import develop
from fugue_actors.recording.rows import text_of
from fugue_actors.recording.tape import Tape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.recording.reel import Frame, Reel

EVERY = 0.1


def typed(*outputs: str, every: float = EVERY) -> list[cast.Event]:
    """Output, one piece after the other."""
    return [
        cast.Event(every * (number + 1), cast.OUTPUT, output)
        for number, output in enumerate(outputs)
    ]


def reel_of(
    events: Iterable[cast.Event], columns: int = 40, lines: int = 6, title: str = ""
) -> Reel:
    """A recording as pictures."""
    return develop(cast.Header(columns=columns, lines=lines, title=title), events)


def texts(reel: Reel, frame: Frame) -> list[str]:
    """The rows of a picture as plain text."""
    return [text_of(reel.rows[number]) for number in frame.rows]


def all_texts(reel: Reel) -> list[list[str]]:
    """The rows of all pictures."""
    return [texts(reel, frame) for frame in reel.frames]


def file_of(
    events: Iterable[cast.Event], columns: int = 40, lines: int = 6, **header: object
) -> bytes:
    """A recording as it stands in a file."""
    first = cast.header_line(cast.Header(columns=columns, lines=lines, **header))  # type: ignore[arg-type] - whatever a test says of it
    return (first + "".join(map(cast.event_line, events))).encode()


def tape_of(data: bytes) -> Tape:
    """A recording that is to be played."""
    return Tape(io.BytesIO(data))
