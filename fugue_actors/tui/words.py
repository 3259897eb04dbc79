"""A command line that is still being written, up to its cursor. PURE.

The rules are those of `commands.arguments`, but a quotation mark may have no partner yet.
"""

from __future__ import annotations

from typing import Final

import attrs

SPACE: Final = " \t\n"
ESCAPED_IN_QUOTES: Final = '"\\$'


@attrs.frozen(kw_only=True)
class Unfinished:
    """The command at the cursor.

    Attributes:
        words: What it has before the word at the cursor.
        last: The word at the cursor as far as it goes; empty if one could begin.
        start: Where that begins, in code points from the beginning of the line.
        mark: The quotation mark in which the cursor stands, if it does.
    """

    words: tuple[str, ...]
    last: str
    start: int
    mark: str = ""


def unfinished(line: str) -> Unfinished:
    """The command at the end of a line.

    Args:
        line: What stands before the cursor.
    """
    words: list[str] = []
    word: str | None = None
    start = index = 0
    mark = ""
    while index < len(line):
        char = line[index]
        if word is None:
            start = index
        index += 1
        if mark:
            if char == mark:
                mark = ""
            elif (
                char == "\\"
                and mark == '"'
                and line[index : index + 1] in ESCAPED_IN_QUOTES
            ):
                word = (word or "") + line[index : index + 1]
                index += 1
            else:
                word = (word or "") + char
        elif char in SPACE:
            words += [] if word is None else [word]
            word = None
        elif char == "\\" and index < len(line):
            word = (word or "") + line[index]
            index += 1
        elif char in "\"'":
            mark, word = char, word or ""
        elif char == ";" and line[index : index + 1] in SPACE and index < len(line):
            words, word = [], None
        else:
            word = (word or "") + char
    if word is None:
        start = len(line)
    return Unfinished(words=tuple(words), last=word or "", start=start, mark=mark)


def next_word(line: str, index: int) -> tuple[str, int, int] | None:
    """A word of a line, where it begins and where it ends; None if there is none left.

    Args:
        line: The line; a quotation mark without a partner goes to its end.
        index: From where on.
    """
    while index < len(line) and line[index] in SPACE:
        index += 1
    start, word, mark = index, "", ""
    while index < len(line) and (mark or line[index] not in SPACE):
        char = line[index]
        index += 1
        if char == mark:
            mark = ""
        elif char in "\"'" and not mark:
            mark = char
        elif char == "\\" and index < len(line) and is_escaped(line[index], mark):
            word += line[index]
            index += 1
        else:
            word += char
    return (word, start, index) if index > start else None


def is_escaped(char: str, mark: str) -> bool:
    """Whether a backslash before a character stands for that alone."""
    return not mark or (mark == '"' and char in ESCAPED_IN_QUOTES)


def written(word: str, *, mark: str = "") -> str:
    """A word as it is written in a command line.

    Args:
        word: What it is to mean.
        mark: The quotation mark that the person began it with.
    """
    special = SPACE + "\"'\\;#"
    if not mark and word and not any(char in special for char in word):
        return word
    if mark == "'" and "'" not in word:
        return f"'{word}'"
    inner = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'
