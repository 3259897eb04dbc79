"""A recording from which any moment can be shown soon. Pure, but for reading its file.

The file is looked through once, which says when each event is and where it stands; what the
events are is read when it is needed. To show a moment, the keyframe before it is taken and
what came between is drawn; where there are none, as in recordings of other programs, all
that came before.
"""

from __future__ import annotations

import bisect
import re
from array import array
from typing import TYPE_CHECKING, BinaryIO, Final

import attrs

from fugue_actors.recording import cast, notes
from fugue_actors.recording.reel import Projector

if TYPE_CHECKING:
    from fugue_actors.recording.notes import Note

HEAD: Final = re.compile(rb'\[\s*([0-9][0-9.eE+-]*)\s*,\s*"(.)"\s*,\s*"')
WANTED: Final = frozenset("orkme")


@attrs.define(eq=False)
class Index:
    """Where the events of a recording are that can be shown.

    Attributes:
        times: When each is.
        places: Where its line begins in the file.
        codes: What it is, a letter each.
        keyframes: Numbers of the keyframes.
        resizes: Numbers of changes of size, and to which.
        happened: Notes and markers, in order.
        end: When the last event is.
        skipped: Lines that are no events.
    """

    times: array[float] = attrs.Factory(lambda: array("d"))
    places: array[int] = attrs.Factory(lambda: array("q"))
    codes: bytearray = attrs.Factory(bytearray)
    keyframes: list[int] = attrs.Factory(list)
    resizes: list[tuple[int, tuple[int, int]]] = attrs.Factory(list)
    happened: list[tuple[float, str]] = attrs.Factory(list)
    gaps: list[float] = attrs.Factory(list)
    end: float = 0.0
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.times)

    def add(self, event: cast.Event, place: int) -> None:
        """An event that was read."""
        number = len(self.times)
        self.times.append(event.at)
        self.places.append(place)
        self.codes += event.code.encode()[:1]
        if event.code == cast.KEYFRAME:
            self.keyframes.append(number)
        elif event.code == cast.RESIZE:
            size = cast.size_of(event.data)
            if size is not None:
                self.resizes.append((number, size))
        elif event.code == cast.MARKER:
            self.happened.append((event.at, event.data))
        elif event.code == cast.HAPPENED:
            self.note(event.at, notes.decoded(event.data))

    def note(self, at: float, note: Note | None) -> None:
        """A note that was read."""
        if note is not None:
            self.happened.append((at, note.label))
            if note.kind == "gap":
                self.gaps.append(at)

    def is_drawn(self, number: int) -> bool:
        """Whether an event changes the picture."""
        return chr(self.codes[number]) in (cast.OUTPUT, cast.RESIZE)

    def before(self, at: float) -> int:
        """How many events there are up to a moment."""
        return bisect.bisect_right(self.times, at)


class Tape:
    """A recording that is being shown.

    Args:
        file: What it is read from; stays open.

    Attributes:
        header: What it says of itself.
        index: Its events.
        projector: Shows them.
        shown: How many events are in the present picture.

    Raises:
        Refused: `InvalidArgument`: it is no recording.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.index = Index()
        self.header = self.look_through()
        self.projector = Projector(self.header.columns, self.header.lines)
        self.shown = 0

    def look_through(self) -> cast.Header:
        """Find out what there is, from the beginning to the end."""
        file, index = self.file, self.index
        line = file.readline(cast.LONGEST_LINE)
        while line and cast.is_blank(line):
            line = file.readline(cast.LONGEST_LINE)
        header = cast.header_of(line)
        place, after = file.tell(), 0.0
        while line := file.readline(cast.LONGEST_LINE):
            event = glanced(line, after, header.version)
            if event is not None:
                after = event.at
                if event.code in WANTED:
                    index.add(event, place)
            elif not cast.is_blank(line):
                index.skipped += 1
            place += len(line)
        index.end = after
        return header

    def show(self, at: float) -> None:
        """Show a moment, in seconds since the beginning."""
        wanted = self.index.before(at)
        keyframe = self.keyframe_before(wanted)
        if wanted < self.shown or (keyframe is not None and keyframe > self.shown):
            self.begin_before(keyframe)
        while self.shown < wanted:
            self.step()

    def step(self) -> None:
        """Show one event more."""
        number = self.shown
        self.shown += 1
        if self.index.is_drawn(number):
            event = self.event(number)
            if event is not None:
                self.projector.show(event)

    def keyframe_before(self, number: int) -> int | None:
        """The last keyframe among so many events."""
        keyframes = self.index.keyframes
        found = bisect.bisect_left(keyframes, number)
        return keyframes[found - 1] if found else None

    def begin_before(self, keyframe: int | None) -> None:
        """Show a keyframe, or what was shown at the beginning."""
        size = self.header.columns, self.header.lines
        event = None if keyframe is None else self.event(keyframe)
        if keyframe is None or event is None:
            self.projector = Projector(*size)
            self.shown = 0
            return
        for number, resized in self.index.resizes:
            if number < keyframe:
                size = resized
        self.projector.begin_at(event.data, *size)
        self.shown = keyframe + 1

    def event(self, number: int) -> cast.Event | None:
        """An event, read from the file; None if that has changed meanwhile."""
        self.file.seek(self.index.places[number])
        return cast.event_of(self.file.readline(cast.LONGEST_LINE))

    def next_after(self, at: float) -> float | None:
        """When something is next to be seen, or has happened; None if nothing."""
        number = self.index.before(at)
        return self.index.times[number] if number < len(self.index) else None

    def step_from(self, at: float, by: int) -> float:
        """The moment of the next picture, or of the one before, as `by` is 1 or -1."""
        index = self.index
        number = index.before(at) if by > 0 else bisect.bisect_left(index.times, at) - 1
        while 0 <= number < len(index):
            if index.is_drawn(number):
                return index.times[number]
            number += by
        return index.end if by > 0 else 0.0

    def said_at(self, at: float) -> tuple[float, str] | None:
        """What happened last, up to a moment; and when."""
        found = bisect.bisect_right(self.index.happened, at, key=lambda one: one[0])
        return self.index.happened[found - 1] if found else None

    def happening_from(self, at: float, by: int) -> float | None:
        """When something happened next, or before; None if nothing did."""
        times = [moment for moment, _ in self.index.happened]
        if by > 0:
            number = bisect.bisect_right(times, at)
            return times[number] if number < len(times) else None
        number = bisect.bisect_left(times, at) - 1
        return times[number] if number >= 0 else None


def glanced(line: bytes, after: float, version: int) -> cast.Event | None:
    """The event of a line; what it draws is left out."""
    found = HEAD.match(line)
    is_drawn = found is not None and found[2] in (b"o", b"k", b"i")
    if found is not None and is_drawn and line.endswith((b"]\n", b"]\r\n")):
        line = b'[%b, "%b", ""]' % (found[1], found[2])
    return cast.event_of(line, after=after, version=version)
