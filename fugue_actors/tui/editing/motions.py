"""Where the cursor goes: places in a text that is a list of characters. PURE.

A character is what is seen as one, with all that joins it. A place is the index of the
character before which the cursor stands; the length of the list is a place too. What
is called big is separated by blanks alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

BLANK: Final = 0
MARK: Final = 1
LETTER: Final = 2


def kind(character: str, *, is_big: bool = False) -> int:
    """What a character is to a word: blank, punctuation or part of its name."""
    if character.isspace():
        return BLANK
    if is_big or character[0].isalnum() or character[0] == "_":
        return LETTER
    return MARK


# ---- as emacs has words: runs of letters and digits, whatever stands between


def word_left(text: Sequence[str], at: int) -> int:
    """The beginning of the word that ends before a place."""
    while at > 0 and kind(text[at - 1]) != LETTER:
        at -= 1
    while at > 0 and kind(text[at - 1]) == LETTER:
        at -= 1
    return at


def word_right(text: Sequence[str], at: int) -> int:
    """The place after the word that ends after a place."""
    while at < len(text) and kind(text[at]) != LETTER:
        at += 1
    while at < len(text) and kind(text[at]) == LETTER:
        at += 1
    return at


def blank_left(text: Sequence[str], at: int) -> int:
    """The beginning of what stands between blanks, before a place."""
    while at > 0 and kind(text[at - 1]) == BLANK:
        at -= 1
    while at > 0 and kind(text[at - 1]) != BLANK:
        at -= 1
    return at


# ---- as vi has words


def next_word(text: Sequence[str], at: int, *, is_big: bool = False) -> int:
    """The first character of the next word."""
    if at < len(text):
        first = kind(text[at], is_big=is_big)
        while at < len(text) and first and kind(text[at], is_big=is_big) == first:
            at += 1
    while at < len(text) and kind(text[at]) == BLANK:
        at += 1
    return at


def word_end(text: Sequence[str], at: int, *, is_big: bool = False) -> int:
    """The last character of this word, or of the next one if at a last one already."""
    at += 1
    while at < len(text) and kind(text[at]) == BLANK:
        at += 1
    if at >= len(text):
        return max(len(text) - 1, 0)
    here = kind(text[at], is_big=is_big)
    while at + 1 < len(text) and kind(text[at + 1], is_big=is_big) == here:
        at += 1
    return at


def word_before(text: Sequence[str], at: int, *, is_big: bool = False) -> int:
    """The first character of this word, or of the one before if at a first already."""
    while at > 0 and kind(text[at - 1]) == BLANK:
        at -= 1
    if at == 0:
        return 0
    here = kind(text[at - 1], is_big=is_big)
    while at > 0 and kind(text[at - 1], is_big=is_big) == here:
        at -= 1
    return at


# ---- lines


def line_start(text: Sequence[str], at: int) -> int:
    """The beginning of the line of a place."""
    while at > 0 and text[at - 1] != "\n":
        at -= 1
    return at


def line_end(text: Sequence[str], at: int) -> int:
    """The place after the last character of the line of a place."""
    while at < len(text) and text[at] != "\n":
        at += 1
    return at


def first_letter(text: Sequence[str], at: int) -> int:
    """The first character of a line that is no blank."""
    at, end = line_start(text, at), line_end(text, at)
    while at < end and text[at].isspace():
        at += 1
    return at


def line_above(text: Sequence[str], at: int) -> int | None:
    """The same column in the line above, or its end; None in the first line."""
    start = line_start(text, at)
    if start == 0:
        return None
    above = line_start(text, start - 1)
    return min(above + at - start, start - 1)


def line_below(text: Sequence[str], at: int) -> int | None:
    """The same column in the line below, or its end; None in the last line."""
    end = line_end(text, at)
    if end == len(text):
        return None
    column = at - line_start(text, at)
    return min(end + 1 + column, line_end(text, end + 1))


# ---- a character in the line


def find(
    text: Sequence[str], at: int, wanted: str, *, step: int, is_before: bool
) -> int | None:
    """The next place of a character in this line.

    Args:
        text, at: From where.
        wanted: The character.
        step: 1 to the right, -1 to the left.
        is_before: Stop one short of it, as `t` and `T` do.
    """
    place = at + step
    if is_before:
        place += step  # what stands beside the cursor already would hold it there
    while 0 <= place < len(text) and text[place] != "\n":
        if text[place] == wanted:
            return place - step if is_before else place
        place += step
    return None
