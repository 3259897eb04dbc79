"""Command lines as in tmux: words, quotes, `;` between commands, flags. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

SPACE: Final = " \t\n"
ESCAPED_IN_QUOTES: Final = '"\\$'


def split_commands(text: str) -> list[list[str]]:
    """The commands of a line, each as its words.

    `;` ends a command when it is a word of its own or ends one, unless it is quoted or
    behind a backslash.

    Raises:
        Refused: `InvalidArgument`: a quotation mark has no partner.
    """
    commands: list[list[str]] = [[]]
    word: str | None = None
    index = 0
    while index < len(text):
        char = text[index]
        index += 1
        if char in SPACE:
            keep(commands, word)
            word = None
        elif char == "#" and word is None:
            if commands[-1]:
                word = "#"  # a comment is only where a command could begin
            else:
                break
        elif char == "\\" and index < len(text):
            word = (word or "") + text[index]
            index += 1
        elif char in "\"'":
            quoted, index = quotation(text, index, char)
            word = (word or "") + quoted
        elif char == ";" and (index == len(text) or text[index] in SPACE):
            keep(commands, word)
            word = None
            commands.append([])
        else:
            word = (word or "") + char
    keep(commands, word)
    return [words for words in commands if words]


def keep(commands: list[list[str]], word: str | None) -> None:
    """Give a word that is complete to the command it belongs to."""
    if word is not None:
        commands[-1].append(word)


def quotation(text: str, index: int, mark: str) -> tuple[str, int]:
    """What stands between quotation marks, and where the text goes on."""
    quoted = ""
    while index < len(text):
        char = text[index]
        index += 1
        if char == mark:
            return quoted, index
        if (
            char == "\\"
            and mark == '"'
            and text[index : index + 1] in ESCAPED_IN_QUOTES
        ):
            char = text[index : index + 1]
            index += 1
        quoted += char
    raise Refused("InvalidArgument", f"a {mark} has no partner: {text}")


def join_words(words: Sequence[str]) -> str:
    """A command line that means these words."""
    return " ".join(quoted_word(word) for word in words)


def quoted_word(word: str) -> str:
    """One word of a command line."""
    if word and not any(char in SPACE + "\"'\\;#" for char in word):
        return word
    inner = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


@attrs.frozen(kw_only=True)
class Arguments:
    """What a command was given.

    Attributes:
        flags: Letters without a value.
        values: The values of those that have one.
        words: The rest.
    """

    flags: frozenset[str] = frozenset()
    values: Mapping[str, str] = attrs.Factory(dict)
    words: tuple[str, ...] = ()

    def __contains__(self, flag: str) -> bool:
        return flag in self.flags or flag in self.values

    def get(self, flag: str) -> str | None:
        """The value of a flag, or None."""
        return self.values.get(flag)

    def number(self, flag: str, default: int) -> int:
        """The value of a flag as a whole number.

        Raises:
            Refused: `InvalidArgument`: it is none.
        """
        return default if flag not in self.values else whole(self.values[flag])


def whole(text: str) -> int:
    """A whole number.

    Raises:
        Refused: `InvalidArgument`: it is none.
    """
    if not text.removeprefix("-").isdecimal():
        raise Refused("InvalidArgument", f"{text!r} is no whole number")
    return int(text)


def parse(
    words: Sequence[str], options: str, *, least: int = 0, most: int | None = None
) -> Arguments:
    """Flags and words of a command.

    Args:
        words: All behind the command's name.
        options: Its flags; behind one that has a value stands a colon, as in `dt:`.
        least: How many words it needs.
        most: How many it takes; None for any number, and then no flag counts behind the
            first word.

    Raises:
        Refused: `InvalidArgument`, saying what is wrong.
    """
    flags: set[str] = set()
    values: dict[str, str] = {}
    rest: list[str] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            rest += queue
            break
        if word[:1] != "-" or len(word) == 1 or word[1:].isdecimal():
            rest.append(word)
            if most is None:
                rest += queue
                break
            continue
        for place, letter in enumerate(word[1:], start=2):
            at = options.find(letter)
            if letter == ":" or at < 0:
                raise Refused("InvalidArgument", f"there is no flag -{letter}")
            if options[at + 1 : at + 2] != ":":
                flags.add(letter)
                continue
            value = word[place:]
            if not value and not queue:
                raise Refused("InvalidArgument", f"-{letter} needs a value")
            values[letter] = value or queue.pop(0)
            break
    if len(rest) < least:
        raise Refused("InvalidArgument", "something is missing")
    if most is not None and len(rest) > most:
        raise Refused("InvalidArgument", f"there is no room for {rest[most]!r}")
    return Arguments(flags=frozenset(flags), values=values, words=tuple(rest))
