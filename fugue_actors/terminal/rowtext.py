"""Screens as the JSON that viewers are sent. PURE.

A row is a list of styled runs, each with the fields of `hosting.StyledRun` that do not hold
their default: `[{"text":"ok","fg":"green","bold":true}]`. It is written once, where the
screen is, and then only passed on.
"""

from __future__ import annotations

import json
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING, Any

import attrs

from fugue_actors.terminal.styles import PLAIN, Style

if TYPE_CHECKING:
    from fugue_actors.protocol.hosting import Modes, Position
    from fugue_actors.terminal.emulator.rows import Row

STYLES_KEPT = 1024


def row_text(row: Row) -> str:
    """One row; `[]` if it is blank."""
    runs = [
        f'{{"text":{quoted(text)}{style_text(style)}}}' for text, style in row.runs()
    ]
    return f"[{','.join(runs)}]"


@lru_cache(STYLES_KEPT)
def style_text(style: Style) -> str:
    """The fields of a run that follow its text, each with a comma before it."""
    fields = {
        name: value
        for name, value in style._asdict().items()
        if value != getattr(PLAIN, name)
    }
    return f",{compact(fields)[1:-1]}" if fields else ""


def head(
    *,
    columns: int,
    lines: int,
    cursor: Position,
    cursor_visible: bool,
    cursor_shape: str,
    alternate: bool,
    modes: Modes,
    bells: int = 0,
    copies: int = 0,
) -> dict[str, str]:
    """What a screen is apart from its rows, by name.

    Arguments are as in `ScreenSnapshot`; `bells` is how often the bell has rung, `copies`
    how often the clipboard was set.
    """
    shown = {
        "x": cursor.x,
        "y": cursor.y,
        "visible": cursor_visible,
        "shape": cursor_shape,
    }
    return {
        "columns": str(columns),
        "lines": str(lines),
        "cursor": compact(shown),
        "alternate": compact(alternate),
        "modes": compact(attrs.asdict(modes)),
        "bells": str(bells),
        "copies": str(copies),
    }


def compact(value: Any) -> str:
    """JSON without blanks; characters beyond ASCII as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
