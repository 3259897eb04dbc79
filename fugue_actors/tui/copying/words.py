"""Words, paragraphs, brackets and characters to jump to. Pure.

A text is a stream of cells, with the end of each line as a blank. Each function takes a
place and gives the one that it leads to; where there is no other it stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.tui.copying.lines import Place

if TYPE_CHECKING:
    from fugue_actors.tui.copying.text import Text

SEPARATORS: Final = "!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~"
"""What is a word of its own between words; the underscore is part of one."""
BLANK, WORD, SEPARATOR = range(3)
PAIRS: Final = {"(": ")", "[": "]", "{": "}"}
BACK: Final = {close: opening for opening, close in PAIRS.items()}


def kind_of(cell: str, separators: str) -> int:
    """What a cell is: a blank, part of a word, or a separator."""
    if cell.isspace():
        return BLANK
    return SEPARATOR if cell in separators else WORD


class Walker:
    """A place that goes from cell to cell.

    Args:
        text: Where it walks.
        place: Where it begins.
        separators: What else than blanks is between words.
    """

    def __init__(self, text: Text, place: Place, separators: str = "") -> None:
        self.text = text
        self.number, self.cell = place
        self.separators = separators
        self.line = text.line(self.number)

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.number, self.cell)

    @property
    def here(self) -> str:
        """The cell that it stands on; a line's end is a blank."""
        return self.line.cells[self.cell] if self.cell < len(self.line) else " "

    @property
    def kind(self) -> int:
        """What that is."""
        return kind_of(self.here, self.separators)

    def forward(self) -> bool:
        """One cell on; false at the end of the text."""
        if self.cell < len(self.line):
            self.cell += 1
            return True
        if self.number >= self.text.last:
            return False
        self.line = self.text.line(self.number + 1)
        self.number, self.cell = self.number + 1, 0
        return True

    def back(self) -> bool:
        """One cell back; false at the beginning of the text."""
        if self.cell:
            self.cell -= 1
            return True
        if self.number <= self.text.oldest:
            return False
        self.line = self.text.line(self.number - 1, towards=-1)
        self.number, self.cell = self.number - 1, len(self.line)
        return True

    def skip(self, kind: int) -> bool:
        """On over cells of a kind; false if the text ends with them."""
        while self.kind == kind:
            if not self.forward():
                return False
        return True


def next_word(text: Text, place: Place, separators: str) -> Place:
    """The beginning of the next word; of the last one its end."""
    walker = Walker(text, place, separators)
    kind = walker.kind
    if kind != BLANK:
        walker.skip(kind)
    walker.skip(BLANK)
    return walker.place


def end_of_word(text: Text, place: Place, separators: str) -> Place:
    """The last cell of this word, or of the next one for who stands there."""
    walker = Walker(text, place, separators)
    walker.forward()
    if not walker.skip(BLANK):
        return walker.place
    walker.skip(walker.kind)
    walker.back()
    return walker.place


def behind_word(text: Text, place: Place, separators: str) -> Place:
    """Just behind this word, or behind the next one for who stands on none."""
    walker = Walker(text, place, separators)
    if walker.skip(BLANK):
        walker.skip(walker.kind)
    return walker.place


def previous_word(text: Text, place: Place, separators: str) -> Place:
    """The beginning of this word, or of the one before for who stands there."""
    walker = Walker(text, place, separators)
    while walker.back():
        if walker.kind != BLANK:
            break
    kind, found = walker.kind, walker.place
    if kind == BLANK:
        return found
    while walker.back() and walker.kind == kind:
        found = walker.place
    return found


def word_at(text: Text, place: Place, separators: str) -> tuple[Place, Place]:
    """The first and the last cell of the word, blanks or separators at a place."""
    line = text.line(place.line)
    if not len(line):
        return Place(place.line, 0), Place(place.line, 0)
    start = end = min(place.cell, len(line) - 1)
    kind = kind_of(line.cells[start], separators)
    while start and kind_of(line.cells[start - 1], separators) == kind:
        start -= 1
    while end + 1 < len(line) and kind_of(line.cells[end + 1], separators) == kind:
        end += 1
    return Place(place.line, start), Place(place.line, end)


# ---- paragraphs


def next_paragraph(text: Text, place: Place) -> Place:
    """The blank line below this paragraph, or the end of the text."""
    number = place.line
    while number < text.last and is_blank(text, number):
        number += 1
    while number < text.last and not is_blank(text, number):
        number += 1
    end = 0 if is_blank(text, number) else len(text.line(number))
    return Place(number, end)


def previous_paragraph(text: Text, place: Place) -> Place:
    """The blank line above this paragraph, or the beginning of the text."""
    number = place.line
    while number > text.oldest and is_blank(text, number, towards=-1):
        number -= 1
    while number > text.oldest and not is_blank(text, number, towards=-1):
        number -= 1
    return Place(number, 0)


def is_blank(text: Text, number: int, *, towards: int = 1) -> bool:
    """Whether there is nothing in a line."""
    return not text.line(number, towards=towards).text.strip()


# ---- within a line


def find(text: Text, place: Place, wanted: str, *, forward: bool) -> Place | None:
    """The nearest such character of the line in a direction; None if there is none."""
    cells = text.line(place.line).cells
    numbers = range(place.cell + 1, len(cells)) if forward else range(place.cell)
    for cell in numbers if forward else reversed(numbers):
        if cells[cell] == wanted:
            return Place(place.line, cell)
    return None


# ---- brackets


def matching_bracket(text: Text, place: Place) -> Place:
    """The bracket that belongs to the first one at or behind a place in its line."""
    line = text.line(place.line)
    for cell in range(place.cell, len(line)):
        glyph = line.cells[cell]
        if glyph in PAIRS or glyph in BACK:
            return partner(text, Place(place.line, cell), glyph) or place
    return place


def partner(text: Text, place: Place, glyph: str) -> Place | None:
    """The bracket that closes or opens what this one opens or closes."""
    is_opening = glyph in PAIRS
    other = PAIRS[glyph] if is_opening else BACK[glyph]
    walker = Walker(text, place)
    depth = 1
    while walker.forward() if is_opening else walker.back():
        depth += (walker.here == glyph) - (walker.here == other)
        if not depth:
            return walker.place
    return None
