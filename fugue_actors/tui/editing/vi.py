"""What keys do to a text that is being written, as in vi. PURE.

Two modes: in one keys write, in the other they are commands, `[count] command` or
`[count] operator [count] motion`. A command that is not finished waits for its next key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.tui.editing import motions
from fugue_actors.tui.editing.vicommands import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.tui.editing.buffer import Buffer

    Motion = Callable[[list[str], int], int]

MOST_COUNTED: Final = 9_999
OPERATORS: Final = "dcy"
FINDERS: Final = "fFtT"
MIRRORED: Final = {"f": "F", "F": "f", "t": "T", "T": "t"}

MOTIONS: Final[dict[str, Motion]] = {
    **dict.fromkeys(("h", "Left", "Backspace", "C-h"), lambda _, at: at - 1),
    **dict.fromkeys(("l", "Right", "Space"), lambda _, at: at + 1),
    "w": motions.next_word,
    "W": lambda text, at: motions.next_word(text, at, is_big=True),
    "b": motions.word_before,
    "B": lambda text, at: motions.word_before(text, at, is_big=True),
    "e": motions.word_end,
    "E": lambda text, at: motions.word_end(text, at, is_big=True),
    **dict.fromkeys(("0", "Home"), motions.line_start),
    "^": motions.first_letter,
    **dict.fromkeys(("$", "End"), motions.line_end),
}
INCLUSIVE: Final = frozenset("eEft")
"""Motions whose character an operator takes as well."""

SHORT: Final = {
    "x": ("d", "l"),
    "Delete": ("d", "l"),
    "X": ("d", "h"),
    "D": ("d", "$"),
    "C": ("c", "$"),
    "s": ("c", "l"),
    "S": ("c", "c"),
    "Y": ("y", "y"),
}
"""Commands that are short for an operator and a motion."""


@attrs.define(eq=False)
class Vi:
    """The state of the keys.

    Attributes:
        is_commanding: Whether keys are commands.
        count: What was typed of a number.
        operator: What waits for a motion, with its count.
        wanting: The command that waits for a character: `f`, `F`, `t`, `T` or `r`.
        found: What was looked for in the line last.
    """

    is_commanding: bool = False
    count: str = ""
    operator: str = ""
    times: int = 1
    wanting: str = ""
    found: tuple[str, str] | None = None

    @property
    def is_unfinished(self) -> bool:
        """Whether a command waits for its next key."""
        return bool(self.count or self.operator or self.wanting)

    def forget(self) -> None:
        """Begin a new command."""
        self.count = self.operator = self.wanting = ""
        self.times = 1

    def leave_insertion(self, buffer: Buffer) -> None:
        """From writing to commands; the cursor is on a character then."""
        self.is_commanding = True
        self.forget()
        start = motions.line_start(buffer.characters, buffer.at)
        buffer.go(max(buffer.at - 1, start))

    def key(self, buffer: Buffer, key: str) -> bool:
        """Take a key of command mode; False if it means nothing here."""
        if self.wanting:
            self.take_character(buffer, " " if key == "Space" else key)
        elif (key.isdigit() and key != "0") or (key == "0" and self.count):
            self.count = (self.count + key)[: len(str(MOST_COUNTED))]
        elif key in SHORT and not self.operator:
            first, second = SHORT[key]
            self.key(buffer, first)
            self.key(buffer, second)
        elif key in FINDERS or (key == "r" and not self.operator):
            self.wanting = key
        elif key in (";", ",") and self.found is not None:
            name, character = self.found
            self.look_for(buffer, MIRRORED[name] if key == "," else name, character)
        elif key in OPERATORS:
            self.operate_on(buffer, key)
        elif key in MOTIONS:
            self.move(buffer, key)
        elif self.operator or key not in COMMANDS:
            was_unfinished = self.is_unfinished
            self.forget()
            return was_unfinished
        else:
            times = self.taken()
            self.forget()
            COMMANDS[key](self, buffer, times)
        self.settle(buffer)
        return True

    def taken(self) -> int:
        """How often to do it."""
        return self.times * int(self.count or 1)

    def settle(self, buffer: Buffer) -> None:
        """In command mode the cursor is on a character, if the line has any."""
        if self.is_commanding and not self.operator:
            text = buffer.characters
            start = motions.line_start(text, buffer.at)
            if buffer.at == motions.line_end(text, buffer.at) > start:
                buffer.go(buffer.at - 1)

    # ---- motions and operators

    def operate_on(self, buffer: Buffer, key: str) -> None:
        """An operator came: the first time it waits, the second time it takes the line."""
        if not self.operator:
            self.operator, self.times, self.count = key, self.taken(), ""
        elif self.operator == key:
            text = buffer.characters
            start, end = (
                motions.line_start(text, buffer.at),
                motions.line_end(text, buffer.at),
            )
            self.apply(buffer, start, end)
        else:
            self.forget()

    def move(self, buffer: Buffer, key: str) -> None:
        """A motion came: go there, or do the operator up to there."""
        times, start = self.taken(), buffer.at
        if self.operator == "c" and key in "wW":
            key = {"w": "e", "W": "E"}[key]  # as vi does: the blanks behind stay
            if start < len(buffer.characters) and buffer.characters[start].isspace():
                self.apply(buffer, start, start + 1)
                return
            start_at = start - 1 if is_at_end(buffer, start, key) else start
        else:
            start_at = start
        place = start_at
        for _ in range(times):
            after = min(
                max(MOTIONS[key](buffer.characters, place), 0), len(buffer.characters)
            )
            if after == place:
                break
            place = after
        self.arrive(buffer, start, place, key)

    def arrive(self, buffer: Buffer, start: int, place: int, key: str) -> None:
        """A motion leads from one place to another."""
        if not self.operator:
            self.forget()
            buffer.go(place)
            return
        if key in INCLUSIVE and place >= start:
            place += 1
        self.apply(buffer, start, place)

    def apply(self, buffer: Buffer, start: int, end: int) -> None:
        """Do the operator that waits to what stands between two places."""
        operator = self.operator
        self.forget()
        if operator == "y":
            buffer.copy(start, end)
            buffer.go(min(start, end))
            return
        buffer.cut(start, end)
        if operator == "c":
            self.is_commanding = False

    # ---- commands that want a character

    def take_character(self, buffer: Buffer, character: str) -> None:
        """The character came that a command waited for."""
        wanting, self.wanting = self.wanting, ""
        if len(character) != 1:
            self.forget()
        elif wanting == "r":
            times = self.taken()
            self.forget()
            end = motions.line_end(buffer.characters, buffer.at)
            if buffer.at + times <= end:
                buffer.exchange(buffer.at, [character] * times)
                buffer.go(buffer.at + times - 1)
        else:
            self.found = (wanting, character)
            self.look_for(buffer, wanting, character)

    def look_for(self, buffer: Buffer, name: str, character: str) -> None:
        """To a character in the line, several times; not at all if it is not there."""
        start = place = buffer.at
        for _ in range(self.taken()):
            found = motions.find(
                buffer.characters,
                place,
                character,
                step=1 if name in "ft" else -1,
                is_before=name in "tT",
            )
            if found is None:
                self.forget()
                return
            place = found
        self.arrive(buffer, start, place, name.lower())


def is_at_end(buffer: Buffer, at: int, key: str) -> bool:
    """Whether a place is the last character of its word, which `cw` then takes alone."""
    text, is_big = buffer.characters, key == "E"
    if at >= len(text):
        return False
    return at + 1 == len(text) or motions.kind(
        text[at + 1], is_big=is_big
    ) != motions.kind(text[at], is_big=is_big)
