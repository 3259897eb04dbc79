"""What can still be had of a damaged journal, row by row, and from the copy beside it.

1. If all of the file's view can be read, that is the view, and what can be read of the
   events after its checkpoint follows.
2. If not, the copy of the view is where it begins, each row that the file still gives
   takes the place of the copy's, and of the events in between those count that end
   something. Perhaps a message comes a second time, under its own id; none is invented.
3. Nothing is written: the file stays as it is, to be looked into.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.journal import goodcopy
from fugue_actors.journal.reading import read_only
from fugue_actors.journal.store import Contents

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_GAP: Final = 1 << 40
ROWS: Final = "SELECT place, kind, key, body FROM view WHERE place >= ? ORDER BY place"
EVENTS: Final = "SELECT seq, at, body FROM events WHERE seq >= ? ORDER BY seq"


@attrs.define(eq=False)
class Table:
    """What is left of a table.

    Attributes:
        rows: Those that can be read, the first column being their number.
        is_whole: Whether that is all.
    """

    rows: list[tuple[Any, ...]] = attrs.Factory(list)
    is_whole: bool = True


def rescue(path: Path, copy: Path) -> Contents:
    """What a damaged journal and its copy say together.

    Of the events, those up to the checkpoint are only of interest for what they end.
    """
    saved = goodcopy.load(copy)
    connection = None
    try:
        connection = read_only(path)
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        return merged(connection, saved)
    except sqlite3.Error:  # nothing at all can be read
        return saved or Contents()
    finally:
        if connection is not None:
            connection.close()


def merged(connection: sqlite3.Connection, saved: Contents | None) -> Contents:
    meta = read_meta(connection)
    view = read_table(connection, ROWS, 1)
    rows = {(kind, key): body for _, kind, key, body in view.rows}
    checkpoint = meta.get("checkpoint")
    if saved is None:
        since = 0 if checkpoint is None or not view.is_whole else checkpoint
    elif view.is_whole and checkpoint is not None:
        since = checkpoint
    else:
        since = saved.checkpoint
        rows = {(kind, key): body for kind, key, body in saved.rows} | rows
        checkpoint = since if checkpoint is None else checkpoint
    events = read_table(connection, EVENTS, since + 1).rows
    newest = max((event[0] for event in events), default=0)
    if checkpoint is None:  # nobody knows what the rows already say
        checkpoint = newest
    return Contents(
        rows=[(kind, key, body) for (kind, key), body in rows.items()],
        checkpoint=checkpoint,
        events=[(seq, at, body) for seq, at, body in events],
        seq=max(newest, checkpoint),
        generation=meta.get("generation", saved.generation if saved else 0),
        boot=meta.get("boot", saved.boot if saved else ""),
    )


def read_meta(connection: sqlite3.Connection) -> dict[str, Any]:
    """What the file says about the whole, as far as it makes sense."""
    kinds = {"checkpoint": int, "generation": int, "boot": str}
    try:
        found = dict(connection.execute("SELECT name, value FROM meta"))
    except sqlite3.Error:
        return {}
    return {
        name: value for name, value in found.items() if type(value) is kinds.get(name)
    }


def read_table(connection: sqlite3.Connection, query: str, first: int) -> Table:
    """All rows from a number on that can be read."""
    table = Table()
    at: int | None = first
    while at is not None:
        try:
            for row in connection.execute(query, (at,)):
                table.rows.append(row)
                at = row[0] + 1
        except sqlite3.Error:
            table.is_whole = False
            at = next_readable(connection, query, at)
        else:
            at = None
    return table


def next_readable(connection: sqlite3.Connection, query: str, bad: int) -> int | None:
    """A number beyond one that cannot be read, from which on it goes on; or None."""
    step = 1
    while not can_read(connection, query, bad + step):
        step *= 2
        if step > LARGEST_GAP:
            return None
    good = bad + step
    while good - bad > 1:
        middle = (good + bad) // 2
        if can_read(connection, query, middle):
            good = middle
        else:
            bad = middle
    return good


def can_read(connection: sqlite3.Connection, query: str, at: int) -> bool:
    """Whether the row at this number, or the next after it, can be read."""
    try:
        connection.execute(f"{query} LIMIT 1", (at,)).fetchone()
    except sqlite3.Error:
        return False
    return True
