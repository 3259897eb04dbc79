"""From the emulator to protocol values. PURE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.protocol.hosting import ScreenSnapshot, StyledRun
from fugue_actors.terminal.emulator.packed import unpack
from fugue_actors.terminal.lines import bounded, written_since

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.terminal.emulator import Emulator
    from fugue_actors.terminal.emulator.rows import Row


def take(
    emulator: Emulator,
    *,
    history: int = 0,
    skip: int = 0,
    since: int | None = None,
    styled: bool = False,
    limit: int | None = None,
    clipboard: bool = False,
    directory: str = "",
) -> ScreenSnapshot:
    """The screen now; the arguments are those of `ReadScreen`.

    Args:
        directory: Where the program is, unless it says so itself.
    """
    new = None if since is None else written_since(emulator, since)
    kept = None if new is None else bounded(new.lines, limit)
    scrolled = emulator.history.last(history + skip)
    scrolled = scrolled[: max(0, len(scrolled) - skip)]
    return ScreenSnapshot(
        columns=emulator.columns,
        lines=emulator.lines,
        cursor=emulator.cursor,
        cursor_visible=emulator.is_cursor_visible,
        cursor_shape=emulator.cursor_shape,
        alternate=emulator.is_alternate,
        title=emulator.title,
        directory=emulator.directory or directory,
        text=tuple(row.text.rstrip(" ") for row in emulator.rows),
        rows=styled_rows(emulator.rows) if styled else None,
        history=tuple(line.text.rstrip(" ") for line in scrolled),
        history_rows=styled_rows(map(unpack, scrolled)) if styled else None,
        new=None if kept is None else tuple(kept.lines),
        cut=0 if kept is None else kept.cut,
        cut_at=0 if kept is None else kept.cut_at,
        is_partial=new is not None and new.is_partial,
        lost=since is not None and has_lost(emulator, since),
        next=emulator.output,
        modes=emulator.modes,
        progress=emulator.progress,
        notifications=tuple(
            each for each in emulator.notifications if each.at > (since or 0)
        ),
        clipboard=emulator.clipboard if clipboard else None,
    )


def has_lost(emulator: Emulator, since: int) -> bool:
    """Whether something that came after a cursor is gone.

    What another program wrote in this pane is; 0 only asks for all there is.
    """
    return emulator.history.lost > since or 0 < since < emulator.first_output


def styled_rows(rows: Iterable[Row]) -> tuple[tuple[StyledRun, ...], ...]:
    """Rows as runs of cells that look the same."""
    return tuple(
        tuple(StyledRun(text=text, **style._asdict()) for text, style in row.runs())
        for row in rows
    )
