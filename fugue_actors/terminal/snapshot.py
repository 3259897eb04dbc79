from __future__ import annotations

from typing import Any

from fugue_actors.protocol.hosting import Position, ScreenSnapshot


def take(
    emulator: Any, *, history: int = 0, since: int | None = None, styled: bool = False
) -> ScreenSnapshot:
    s = emulator.screen
    return ScreenSnapshot(
        columns=s.columns,
        lines=s.lines,
        cursor=Position(x=min(s.cursor.x, s.columns - 1), y=s.cursor.y),
        cursor_visible=not s.cursor.hidden,
        alternate=False,
        title=s.title,
        text=tuple(line.rstrip() for line in s.display),
        next=emulator.output,
        modes=emulator.modes,
    )
