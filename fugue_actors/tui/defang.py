"""Texts of strangers, made fit for a picture. PURE.

What agents and programs say is shown, never obeyed: no control characters, no escape
sequences, nothing that turns the direction of writing or hides what follows.
"""

from __future__ import annotations

from typing import Final

JOINERS: Final = "\u200c\u200d"
"""Parts of emoji and words, which change nothing but how their neighbours look."""
HIDDEN: Final = "\ufffd"
"""Stands for what is not shown."""


def plain(text: str, most: int | None = None) -> str:
    """A text as one line.

    Args:
        text: Whatever somebody said.
        most: Code points after which it is cut.
    """
    if most is not None and len(text) > most:
        text = text[: most - 1] + "…"
    if text.isprintable():
        return text
    return "".join(shown(mark) for mark in " ".join(text.split()))


def plain_lines(text: str) -> list[str]:
    """A text as lines, each without anything but text."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [
        "".join(shown(mark) for mark in line.replace("\t", "    ")) for line in lines
    ]


def shown(mark: str) -> str:
    """A code point, or what stands for it."""
    if mark.isprintable() or mark in JOINERS:
        return mark
    return " " if mark.isspace() else HIDDEN
