"""From the emulator to protocol values. PURE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.protocol.hosting import ScreenSnapshot, StyledRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fugue_actors.terminal.emulator import Emulator
    from fugue_actors.terminal.emulator.cells import Row


def take(
    emulator: Emulator,
    *,
    history: int = 0,
    since: int | None = None,
    styled: bool = False,
) -> ScreenSnapshot:
    """The screen now; the arguments are those of `ReadScreen`."""
    return ScreenSnapshot(
        columns=emulator.columns,
        lines=emulator.lines,
        cursor=emulator.cursor,
        cursor_visible=emulator.is_cursor_visible,
        alternate=emulator.is_alternate,
        title=emulator.title,
        text=tuple(row.text for row in emulator.rows),
        rows=styled_rows(emulator.rows) if styled else None,
        history=tuple(line.text.rstrip(" ") for line in emulator.history.last(history)),
        new=None if since is None else tuple(new_lines(emulator, since)),
        lost=since is not None and emulator.history.lost > since,
        next=emulator.output,
        modes=emulator.modes,
    )


def styled_rows(rows: Iterable[Row]) -> tuple[tuple[StyledRun, ...], ...]:
    """Rows as runs of cells that look the same."""
    return tuple(
        tuple(StyledRun(text=text, **style._asdict()) for text, style in row.runs())
        for row in rows
    )


def new_lines(emulator: Emulator, since: int) -> Iterator[str]:
    """Lines that changed after a cursor, down to the last that is not empty.

    History belongs to the primary screen: while the alternate one is shown, what
    scrolled off before comes first, then the rows of the alternate screen.
    """
    for line in emulator.history.last(emulator.history.limit):
        if line.changed > since:
            yield line.text.rstrip(" ")
    empty = 0
    for row in emulator.rows:
        if row.changed <= since:
            continue
        if not row.text:
            empty += 1
            continue
        yield from [""] * empty
        empty = 0
        yield row.text
