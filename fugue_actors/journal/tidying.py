"""What is too old or too much goes from the journal, a little at a time. Blocking.

Only events go, and only those that the file's view does not need any more: what is the
case is never lost by it. The file's pages are given back to the disk afterwards.
"""

from __future__ import annotations

import contextlib
import datetime
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.journal.entries import event_of
from fugue_actors.journal.store import transaction
from fugue_actors.journal.troubles import named
from fugue_actors.protocol.events import messages_of
from fugue_actors.protocol.times import written

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from fugue_actors.journal.store import Owner, Store

CHUNK: Final = 500
"""Events that go at once: others wait for the disk meanwhile."""
PAGES: Final = 256
MEGABYTE: Final = 1_000_000
MOST_DAYS: Final = 700_000
"""Longer ago is before all calendars."""


@attrs.frozen(kw_only=True)
class Keep:
    """How much of the past is kept.

    Attributes:
        days: Events that are older go.
        megabytes: If the file holds more, the oldest events go.
    """

    days: float = 30
    megabytes: int = 512


def tidy(store: Store, owner: Owner, keep: Keep, now: datetime.datetime) -> bool:
    """Delete some events, if there are any to delete.

    Args:
        store: The open file.
        owner: Whose it is.
        keep: What stays.
        now: The time, with its zone.

    Returns:
        Whether there may be more to do.

    Raises:
        Outage, Damaged: The disk refuses; nothing has changed.
    """
    with named():
        going = too_many(store.connection, keep, now)
        if going:
            with transaction(store.connection):
                store.look_whose_it_is(owner)
                delete(store.connection, going)
        store.connection.execute(f"PRAGMA incremental_vacuum({PAGES})").fetchall()
        (free,) = store.connection.execute("PRAGMA freelist_count").fetchone()
        return bool(going) or free > PAGES


def too_many(
    connection: sqlite3.Connection, keep: Keep, now: datetime.datetime
) -> list[tuple[int, str]]:
    """The number and body of each event that goes next, the oldest first."""
    before = written(now - datetime.timedelta(days=min(keep.days, MOST_DAYS)))
    if used(connection) > keep.megabytes * MEGABYTE:
        before = "~"  # after every time
    rows = connection.execute(
        "SELECT seq, at, body FROM events WHERE seq <= "
        "(SELECT value FROM meta WHERE name = 'checkpoint') ORDER BY seq LIMIT ?",
        (CHUNK,),
    )
    return [(seq, body) for seq, at, body in rows if at < before]


def used(connection: sqlite3.Connection) -> int:
    """Bytes of the file that hold something."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def delete(connection: sqlite3.Connection, going: Iterable[tuple[int, str]]) -> None:
    """Delete events, and that messages occur in them, within a transaction."""
    for seq, body in going:
        connection.execute("DELETE FROM events WHERE seq = ?", (seq,))
        with contextlib.suppress(
            RemoteProtocolError
        ):  # nothing is known of its messages
            connection.executemany(
                "DELETE FROM about WHERE message = ? AND seq = ?",
                [(message, seq) for message in messages_of(event_of(body))],
            )
