"""A text that is being written: characters, a cursor, what was cut, what can be undone. PURE.

The cursor is never inside of what is seen as one character. Texts come from keyboards
and pastes: what is no text is left out, and in a single line a line end is a blank, so
that no paste can send what it brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.drawing import columns_of
from fugue_actors.tui.editing.characters import characters_of

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST: Final = 100_000
"""Code points; what is beyond that is not taken."""
MOST_UNDONE: Final = 100
JOINERS: Final = "\u200c\u200d"
"""Parts of emoji and words, which are no control characters to their readers."""


@attrs.define(eq=False)
class Buffer:
    """A text that is being written.

    Attributes:
        characters: The text, as what is seen as one character each.
        at: Before which of them the cursor stands.
        killed: What was cut last.
        has_lines: Whether it may have line ends.
        undone: What it was before, and where the cursor was, oldest first.
        is_typing: Whether the last change was typed, and what is typed next is undone
            together with it.
    """

    characters: list[str] = attrs.Factory(list)
    at: int = 0
    killed: str = ""
    has_lines: bool = False
    undone: list[tuple[str, int]] = attrs.Factory(list)
    is_typing: bool = False

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.characters)

    @property
    def before(self) -> str:
        """What stands before the cursor."""
        return "".join(self.characters[: self.at])

    @property
    def after(self) -> str:
        """What stands after the cursor."""
        return "".join(self.characters[self.at :])

    @property
    def lines(self) -> list[list[str]]:
        """The characters of each line, without its end."""
        found: list[list[str]] = [[]]
        for character in self.characters:
            if character == "\n":
                found.append([])
            else:
                found[-1].append(character)
        return found

    @property
    def cursor(self) -> tuple[int, int]:
        """The line of the cursor, and the column in which it is drawn."""
        above, _, line = self.before.rpartition("\n")
        row = above.count("\n") + 1 if "\n" in self.before else 0
        return row, columns_of(line)

    @property
    def is_in_first_line(self) -> bool:
        """Whether there is no line above the cursor."""
        return "\n" not in self.before

    def fill(self, text: str, *, at: int | None = None) -> None:
        """Replace all of it, to be undone as one.

        Args:
            text: What it is from now on.
            at: How many code points before the cursor; by default all.
        """
        self.remember()
        text = self.fit(text)[:LONGEST]
        head = characters_of(text[:at])
        self.characters = characters_of(text)
        self.at = min(len(head), len(self.characters))

    def insert(self, text: str) -> None:
        """Write at the cursor."""
        text = self.fit(text)[: LONGEST - len(self.text)]
        if not text:
            return
        self.remember(is_typing=len(text) == 1)
        after = self.after
        rest = self.before + text
        self.characters = characters_of(rest + after)
        self.at = self.place(len(rest))

    def place(self, length: int) -> int:
        """The place with at least so many code points before it."""
        seen = 0
        for number, character in enumerate(self.characters):
            if seen >= length:
                return number
            seen += len(character)
        return len(self.characters)

    def fit(self, text: str) -> str:
        """A text as this may hold it."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if not self.has_lines:
            text = text.replace("\n", " ")
        text = text.replace("\t", "    " if self.has_lines else " ")
        return "".join(
            mark
            for mark in text
            if mark.isprintable() or mark in JOINERS or mark == "\n"
        )

    def cut(self, start: int, end: int, *, is_kept: bool = True) -> None:
        """Take out what stands between two places, in either order.

        Args:
            start, end: The places.
            is_kept: Whether it can be put back elsewhere.
        """
        start, end = sorted((self.within(start), self.within(end)))
        if start == end:
            return
        self.remember()
        if is_kept:
            self.killed = "".join(self.characters[start:end])
        head = "".join(self.characters[:start])
        self.characters = characters_of(head + "".join(self.characters[end:]))
        self.at = self.place(len(head))

    def copy(self, start: int, end: int) -> None:
        """Keep what stands between two places, and change nothing."""
        start, end = sorted((self.within(start), self.within(end)))
        self.killed = "".join(self.characters[start:end]) or self.killed

    def exchange(self, start: int, new: Sequence[str]) -> None:
        """Put as many characters in the place of those that stand there."""
        self.remember()
        self.characters[start : start + len(new)] = new

    def go(self, place: int) -> None:
        """Move the cursor."""
        self.is_typing = False
        self.at = self.within(place)

    def within(self, place: int) -> int:
        """A place that there is."""
        return min(max(place, 0), len(self.characters))

    # ---- undoing

    def remember(self, *, is_typing: bool = False) -> None:
        """Note what it is, for `undo`; what is typed in one go is one."""
        if not (is_typing and self.is_typing):
            self.undone.append((self.text, self.at))
            del self.undone[:-MOST_UNDONE]
        self.is_typing = is_typing

    def undo(self) -> None:
        """Be what it was before the last change."""
        self.is_typing = False
        if self.undone:
            text, self.at = self.undone.pop()
            self.characters = characters_of(text)
