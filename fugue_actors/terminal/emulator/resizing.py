"""What becomes of a screen's content when its size changes, as tmux does it. PURE.

Fewer lines: rows below the cursor go first, then those at the top, into history. More lines:
rows come back from history, unless they were cleared from the screen. Another width: lines
that were wrapped are joined and cut anew, in history too; the cursor stays at its character.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.terminal.emulator.packed import pack, unpack
from fugue_actors.terminal.emulator.reflow import offset_of, place_of, reflow
from fugue_actors.terminal.emulator.rows import Row

if TYPE_CHECKING:
    from fugue_actors.terminal.emulator.history import History
    from fugue_actors.terminal.emulator.packed import Line


def resize_primary(
    rows: list[Row],
    history: History,
    *,
    cursor: tuple[int, int],
    columns: int,
    lines: int,
    moment: int,
) -> tuple[int, int]:
    """Bring rows to a new size.

    Args:
        rows: Of the primary screen; are changed.
        history: What is above them; knows the width so far.
        cursor: Column and row.
        columns, lines: The new size.
        moment: What blank rows and rows that scroll off are stamped with.

    Returns:
        The column and row of the cursor.
    """
    x, y = cursor
    y = fit_lines(rows, history, y, lines, moment)
    if columns != history.columns:
        x, y = fit_columns(rows, history, (x, y), columns, moment)
    return x, y


def fit_lines(
    rows: list[Row], history: History, y: int, lines: int, moment: int
) -> int:
    """Have so many rows; the row of the cursor."""
    del rows[max(lines, y + 1) :]
    y -= push(rows, history, len(rows) - lines, moment)
    pulled: list[Line] = []
    while len(pulled) < lines - len(rows) and (taken := history.pop()):
        pulled[:0] = taken
    rows[:0] = map(unpack, pulled)
    y += len(pulled)
    y -= push(rows, history, len(rows) - lines, moment)
    rows += [Row(changed=moment) for _ in range(lines - len(rows))]
    return y


def fit_columns(
    rows: list[Row],
    history: History,
    cursor: tuple[int, int],
    columns: int,
    moment: int,
) -> tuple[int, int]:
    """Have rows of another width, as many as before; column and row of the cursor."""
    x, y = cursor
    lines = len(rows)
    begun = take_line(history, moment, is_open=True)
    rows[:0] = begun
    number, offset = offset_of(rows, x, y + len(begun))
    history.columns = columns
    rows[:] = reflow(rows, columns)
    x, y = place_of(rows, number, offset)
    while len(rows) < lines and (line := take_line(history, moment, is_open=False)):
        line = reflow(line, columns)
        rows[:0] = line
        y += len(line)
    y -= push(rows, history, len(rows) - lines, moment)
    rows += [Row(changed=moment) for _ in range(lines - len(rows))]
    return (x, y) if y >= 0 else (0, 0)


def take_line(history: History, moment: int, *, is_open: bool) -> list[Row]:
    """Take the last line of history out, all of its rows.

    With `is_open`, only if it goes on in the first row of the screen.
    """
    line: list[Line] = []
    while last := history.pop(beyond_seal=True):
        if last[-1].wrapped != (is_open or bool(line)):
            for each in last:
                history.append_line(each, moment)
            break
        line[:0] = last
    return [unpack(each) for each in line]


def push(rows: list[Row], history: History, count: int, moment: int) -> int:
    """Move so many rows from the top into history; how many that are."""
    for row in rows[: max(0, count)]:
        history.append_line(pack(row), moment)
    del rows[: max(0, count)]
    return max(0, count)


def trim(rows: list[Row], y: int, lines: int) -> int:
    """Drop rows that are too many, below the cursor first; how many went at the top."""
    del rows[max(lines, y + 1) :]
    gone = max(0, len(rows) - lines)
    del rows[:gone]
    return gone
