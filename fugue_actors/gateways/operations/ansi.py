"""Rows of styled runs as text with escape sequences, for terminals and `less -R`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.drawing.sgr import Dialect
from fugue_actors.terminal.styles import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.protocol.hosting import StyledRun

DIALECT: Final = Dialect()


def ansi_row(row: Iterable[StyledRun]) -> str:
    """One row; it ends as plain as it began."""
    parts: list[str] = []
    before = PLAIN
    for run in row:
        style = Style(*(getattr(run, name) for name in Style._fields))
        parts += (DIALECT.change(before, style), run.text)
        before = style
    return "".join([*parts, DIALECT.change(before, PLAIN)])
