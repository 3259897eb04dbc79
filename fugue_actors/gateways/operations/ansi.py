"""Rows of styled runs as text with escape sequences, for terminals and `less -R`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.terminal.styles import COLOURS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.protocol.hosting import StyledRun

ATTRIBUTES: Final = {
    "bold": 1,
    "dim": 2,
    "italic": 3,
    "underline": 4,
    "blink": 5,
    "reverse": 7,
    "invisible": 8,
    "strike": 9,
}
RESET: Final = "\x1b[0m"


def ansi_row(row: Iterable[StyledRun]) -> str:
    """One row; it ends as plain as it began."""
    return "".join(map(ansi_run, row))


def ansi_run(run: StyledRun) -> str:
    """One run, wrapped in the sequences that make it look as it does."""
    codes = [str(code) for name, code in ATTRIBUTES.items() if getattr(run, name)]
    codes += colour(run.fg, 30) + colour(run.bg, 40)
    return f"\x1b[{';'.join(codes)}m{run.text}{RESET}" if codes else run.text


def colour(name: str, base: int) -> list[str]:
    """The codes of a colour; `base` is 30 for the text and 40 for what is behind it."""
    if name == "default":
        return []
    plain = name.removeprefix("bright")
    if plain in COLOURS:
        return [str(base + COLOURS.index(plain) + (60 if plain != name else 0))]
    return [str(base + 8), "2", *(str(int(name[i : i + 2], 16)) for i in (0, 2, 4))]
