"""Asciicast, the file format of terminal recordings: a header and events, a line each. Pure.

Version 2 is written and read, version 3 is read. Reading is tolerant of what a crash or an
editor leaves: a line that is no event is skipped and counted, and a clock that goes back
stands still instead. What we add to the format other players skip:

1. `k`, a keyframe: the whole picture of that moment as output on a blank screen. What comes
   before it is not needed to show what comes after.
2. `e`, something that happened: a JSON object as text; see `notes`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.errors import Refused
from fugue_actors.protocol.hosting import COLUMNS_LIMIT, LINES_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable

OUTPUT: Final = "o"
INPUT: Final = "i"
RESIZE: Final = "r"
MARKER: Final = "m"
KEYFRAME: Final = "k"
HAPPENED: Final = "e"
LONGEST_LINE: Final = 32 * 1024 * 1024
"""Bytes; a longer line is no event of ours, nor of any program that we know."""
LONGEST_TIME: Final = 10_000_000.0
"""Seconds, a third of a year: what says it is later has been damaged."""
MOST_SECONDS: Final = 1e12
USUAL_SIZE: Final = (80, 24)


@attrs.frozen(kw_only=True)
class Header:
    """What a recording says of itself.

    Attributes:
        columns, lines: Size of the first picture, in cells.
        timestamp: When it began, in seconds since 1970; None if it does not say.
        title: Of whom or what it is; may be empty.
        environment: Of the recorder, such as `TERM`.
        about: What only fugue's recordings say, for instance the ids of session and pane.
        version: Of the format.
    """

    columns: int
    lines: int
    timestamp: float | None = None
    title: str = ""
    environment: dict[str, str] = attrs.Factory(dict)
    about: dict[str, Any] = attrs.Factory(dict)
    version: int = 2


@attrs.frozen
class Event:
    """Something at a moment, in seconds since the beginning."""

    at: float
    code: str
    data: str


# ---- writing


def header_line(header: Header) -> str:
    """The first line, with its end."""
    shape: dict[str, Any] = {
        "version": 2,
        "width": header.columns,
        "height": header.lines,
    }
    if header.timestamp is not None:
        shape["timestamp"] = int(header.timestamp)
    if header.title:
        shape["title"] = header.title
    if header.environment:
        shape["env"] = header.environment
    if header.about:
        shape["fugue"] = header.about
    return json.dumps(shape, ensure_ascii=False) + "\n"


def event_line(event: Event) -> str:
    """One line, with its end. What UTF-8 cannot hold is escaped."""
    shape = [round(event.at, 6), event.code, event.data]
    text = json.dumps(shape, ensure_ascii=False, separators=(", ", ": "))
    try:
        text.encode()
    except UnicodeEncodeError:  # half a pair of surrogates
        text = json.dumps(shape)
    return text + "\n"


def size_text(columns: int, lines: int) -> str:
    """The data of a `RESIZE`."""
    return f"{columns}x{lines}"


# ---- reading


def header_of(line: str | bytes) -> Header:
    """What a first line says.

    Raises:
        Refused: `InvalidArgument`: this is no recording, or of an unknown version.
    """
    try:
        shape = json.loads(line)
    except (ValueError, RecursionError):
        shape = None
    version = shape.get("version") if isinstance(shape, dict) else None
    if version not in (2, 3) or not isinstance(shape, dict):
        known = "" if version is None else f" of version {str(version)[:20]}"
        raise Refused(
            "InvalidArgument",
            f"this is no recording that can be read{known}",
            hint="asciicast files of version 2 and 3 are; see `fugue recordings`",
        )
    term = shape.get("term") if version == 3 else None
    if isinstance(term, dict):
        columns, lines = term.get("cols"), term.get("rows")
    else:
        columns, lines = shape.get("width"), shape.get("height")
    title, began = shape.get("title"), shape.get("timestamp")
    environment, about = shape.get("env"), shape.get("fugue")
    return Header(
        columns=within(columns, USUAL_SIZE[0], COLUMNS_LIMIT),
        lines=within(lines, USUAL_SIZE[1], LINES_LIMIT),
        timestamp=time_of(began),
        title=title if isinstance(title, str) else "",
        environment={
            key: value
            for key, value in (
                environment if isinstance(environment, dict) else {}
            ).items()
            if isinstance(value, str)
        },
        about=about if isinstance(about, dict) else {},
        version=version,
    )


def event_of(
    line: str | bytes, *, after: float = 0.0, version: int = 2
) -> Event | None:
    """The event that a line holds; None if it holds none.

    Args:
        line: The line.
        after: When the event before it was: none is earlier.
        version: Of the format; those of version 3 say how long after it was.
    """
    try:
        shape = json.loads(line)
    except (ValueError, RecursionError):
        return None
    match shape:
        case [said, str(code), str(data)] if code:
            at = time_of(said)
            if at is None:
                return None
            moment = after + max(0.0, at) if version == 3 else max(after, at)
            if moment <= max(after, LONGEST_TIME):
                return Event(moment, code, data)
    return None


@attrs.define(eq=False)
class Reading:
    """A recording that is being read: iterate over its events once.

    Attributes:
        header: What it says of itself.
        skipped: Lines so far that were no events.
        at: When the last event was, or 0.
    """

    header: Header
    lines: Iterator[str | bytes]
    skipped: int = 0
    at: float = 0.0

    def __iter__(self) -> Iterator[Event]:
        for line in self.lines:
            if is_blank(line):
                continue
            event = event_of(line, after=self.at, version=self.header.version)
            if event is None:
                self.skipped += 1
            else:
                self.at = event.at
                yield event


def read(lines: Iterable[str] | Iterable[bytes]) -> Reading:
    """Begin to read a recording.

    Raises:
        Refused: `InvalidArgument`: it is none.
    """
    found: Iterator[str | bytes] = iter(lines)
    first = next(itertools.dropwhile(is_blank, found), "")
    return Reading(header_of(first), found)


def size_of(data: str) -> tuple[int, int] | None:
    """The columns and lines that a `RESIZE` says; None if it says nothing."""
    columns, _, lines = data.partition("x")
    if columns.isdecimal() and lines.isdecimal() and len(data) < 20:
        return (
            within(int(columns), 1, COLUMNS_LIMIT),
            within(int(lines), 1, LINES_LIMIT),
        )
    return None


def is_blank(line: str | bytes) -> bool:
    """Whether a line says nothing: empty, or a remark as version 3 has them."""
    stripped = line.strip()
    return not stripped or stripped[:1] in ("#", b"#")


def within(value: Any, default: int, most: int) -> int:
    """A number of cells that a terminal can have."""
    if type(value) is not int or value < 1:
        return default
    return min(value, most)


def time_of(value: Any) -> float | None:
    """A number of seconds; None if it is none."""
    is_number = type(value) in (int, float) and abs(value) < MOST_SECONDS
    return float(value) if is_number else None
