"""What a picture says, as texts in which a secret stands in one piece. Pure.

A row can be cut by the lines that programs draw around boxes and between panes; what stands
between two of them is a segment. Where a segment is full to its end, its text goes on below,
as a terminal or a program has wrapped it. So a *strand* is the text of one segment, with that
of those below into which it runs on. Joining too much hides too much, joining too little
gives a secret away: in doubt it is joined.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.recording.rows import Runs, cells_of

if TYPE_CHECKING:
    from collections.abc import Iterator

BORDER: Final = re.compile("[│┃║┆┇┊┋╎╏╿╽┤├┼┨┠╂┫┣╋╡╞╪╢╟╫╣╠╬▏▕▌▐╭╮╰╯┌┐└┘┏┓┗┛╔╗╚╝]")
BLANKS: Final = " \xa0"
SLACK: Final = 2
"""Blank columns before a segment's end that do not keep text from going on below."""
WORDLIKE: Final = re.compile(r"[A-Za-z0-9_+/=.~%:@\"'!#$^&*?,;-]")
"""What both sides of a place have at which a secret can have been wrapped."""

HANGING: Final = re.compile(
    r"(?i:\bbearer|\bauthorization[\"']?\s*[:=]\s*[\"']?(?:basic|token))"
    r"\s+[A-Za-z0-9._~+/=-]+$"
)
"""Credentials at a row's end, though the row is not full: they may have been wrapped when the
window was narrower."""
REST: Final = re.compile(r"(?=[A-Za-z._~+/=-]*[0-9])[A-Za-z0-9._~+/=-]+")
"""What goes on with them: a word would be the next one of a sentence."""


@attrs.frozen
class Segment:
    """Some columns of a row between borders, from `start` up to `end`."""

    start: int
    end: int


@attrs.define(eq=False)
class Line:
    """A row as it is searched.

    Attributes:
        cells: The text of each column, up to the row's width.
        flat: One character of each column.
        segments: From left to right.
    """

    cells: list[str]
    flat: str
    segments: list[Segment]

    @classmethod
    def of(cls, runs: Runs, columns: int) -> Line:
        """A row of a picture that has so many columns."""
        cells = [text for text, _ in cells_of(runs)][:columns]
        cells += [" "] * (columns - len(cells))
        flat = "".join([cell[:1] or "\0" for cell in cells])
        segments, start = [], 0
        for border in [*BORDER.finditer(flat), None]:
            x = len(flat) if border is None else border.start()
            if x > start:
                segments.append(Segment(start, x))
            start = x + 1
        return cls(cells, flat, segments)

    def bounds(self, segment: Segment) -> tuple[int, int]:
        """The columns of a segment without the blanks at both ends."""
        part = self.flat[segment.start : segment.end]
        bare = part.rstrip(BLANKS)
        return (
            segment.start + len(bare) - len(bare.lstrip(BLANKS)),
            segment.start + len(bare),
        )

    def runs_on(self, segment: Segment) -> bool:
        """Whether the text of a segment can go on below."""
        start, end = self.bounds(segment)
        return (
            start < end
            and end >= segment.end - SLACK
            and WORDLIKE.match(self.flat, end - 1) is not None
        )

    def hangs(self, segment: Segment) -> bool:
        """Whether a segment ends with credentials that may go on below."""
        start, end = self.bounds(segment)
        return HANGING.search(self.flat[start:end]) is not None

    def has_rest(self, segment: Segment) -> bool:
        """Whether a segment begins with what credentials go on with."""
        return REST.match(self.flat, self.bounds(segment)[0]) is not None

    def goes_on(self, segment: Segment) -> bool:
        """Whether a segment can begin with what goes on from above."""
        start, end = self.bounds(segment)
        return start < end and WORDLIKE.match(self.flat, start) is not None


@attrs.define(eq=False)
class Strand:
    """A text, and where each of its characters stands.

    Attributes:
        text: What it says.
        places: Row, counted from the first, and column of each character.
        joints: Where in the text another row begins.
    """

    text: str = ""
    places: list[tuple[int, int]] = attrs.Factory(list)
    joints: list[int] = attrs.Factory(list)

    def add(self, line: Line, row: int, start: int, end: int) -> None:
        """Go on with some columns of a row."""
        cells = line.cells[start:end]
        self.text += "".join(cells)
        for x, cell in enumerate(cells, start):
            if len(cell) == 1:
                self.places.append((row, x))
            else:
                self.places += [(row, x)] * len(cell)

    @property
    def parts(self) -> Iterator[tuple[int, str]]:
        """The text row by row, and where each begins."""
        for start, end in zip(
            [0, *self.joints], [*self.joints, len(self.text)], strict=True
        ):
            yield start, self.text[start:end]


def strands(lines: list[Line]) -> list[Strand]:
    """All texts of rows that stand one below the other."""
    taken: set[tuple[int, Segment]] = set()
    found = []
    for first, line in enumerate(lines):
        found += [
            boxed(lines, first, segment, taken)
            for segment in line.segments
            if (first, segment) not in taken
        ]
        if first + 1 < len(lines) and not is_bordered(line, lines[first + 1]):
            found.append(wrapped(lines, first))
    return [strand for strand in found if strand.text.strip()]


def is_bordered(line: Line, below: Line) -> bool:
    """Whether what stands before a row's last segment, if anything, is a border.

    A lone character that looks like one is none: then the terminal has wrapped the row as a
    whole. A border goes on below.
    """
    if not line.segments or line.segments[-1].start == 0:
        return True
    return BORDER.match(below.flat, line.segments[-1].start - 1) is not None


def boxed(
    lines: list[Line], first: int, segment: Segment, taken: set[tuple[int, Segment]]
) -> Strand:
    """The text that begins in a segment and goes on in the same columns.

    Segments that it takes are in `taken` then.
    """
    strand = Strand()
    row, line = first, lines[first]
    # What stands before a secret tells where it began, so its blanks are kept.
    strand.add(line, row, segment.start, line.bounds(segment)[1])
    while row + 1 < len(lines):
        below = lines[row + 1]
        goes_on = line.runs_on(segment) and below.goes_on(segment)
        if not goes_on and not (line.hangs(segment) and below.has_rest(segment)):
            break
        row, line = row + 1, below
        taken.add((row, segment))
        strand.joints.append(len(strand.text))
        strand.add(line, row, *line.bounds(segment))
    return strand


def wrapped(lines: list[Line], first: int) -> Strand:
    """The text that begins in a row's last segment and goes on at the next row's start."""
    strand = Strand()
    row, line = first, lines[first]
    segment = line.segments[-1]
    strand.add(line, row, segment.start, line.bounds(segment)[1])
    while (
        segment.end == len(line.cells)
        and line.runs_on(segment)
        and row + 1 < len(lines)
        and lines[row + 1].segments
    ):
        row, line = row + 1, lines[row + 1]
        segment = line.segments[0]
        if segment.start > 0 or not line.goes_on(segment):
            break
        strand.joints.append(len(strand.text))
        strand.add(line, row, *line.bounds(segment))
    return strand


def has_overrun(line: Line) -> bool:
    """Whether any text of a row can go on below."""
    return any(
        line.runs_on(segment) or line.hangs(segment) for segment in line.segments
    )
