"""The journal as people read it: pages of events, and what is about one message.

Blocking, in a connection of its own that cannot change anything, while the daemon
writes. What a pane is started with may be secret, and so may what proves a token, so both
are masked here, at the only way out.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import attrs

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.journal.entries import event_of
from fugue_actors.journal.history import sessions_in
from fugue_actors.journal.troubles import Damaged, named
from fugue_actors.protocol.events import Recorded

if TYPE_CHECKING:
    from pathlib import Path

BUSY_SECONDS: Final = 1.0
PAGE_CHARACTERS: Final = 1_000_000
"""A page ends with the event that goes beyond this."""
MASK: Final = "***"
SECRETS: Final = ("key", "token")


@attrs.frozen(kw_only=True)
class Page:
    """Some events, in their order.

    Attributes:
        events: As JSON: `seq`, `at`, `event` and what belongs to that.
        next: All events up to this number have been looked at.
        newest: Number of the newest event in the file.
    """

    events: Sequence[dict[str, Any]]
    next: int
    newest: int


@attrs.frozen(kw_only=True)
class Wanted:
    """Which events.

    Attributes:
        kinds: Only of these names; all if empty.
        session: Only those that this session's id occurs in.
    """

    kinds: tuple[str, ...] = ()
    session: str | None = None

    def condition(self) -> tuple[str, list[Any]]:
        """In SQL, with its values."""
        parts, values = ["TRUE"], list[Any]()
        if self.kinds:
            parts.append(f"kind IN ({', '.join('?' * len(self.kinds))})")
            values += self.kinds
        if self.session is not None:
            parts.append("(session = ? OR instr(body, ?))")
            values += [self.session, self.session]
        return " AND ".join(parts), values


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot change the journal.

    Raises:
        sqlite3.Error: It cannot be opened.
    """
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Such a connection, at one moment of the file.

    Raises:
        Outage, Damaged: It cannot be read.
    """
    with named(), contextlib.closing(read_only(path)) as connection:
        connection.execute("BEGIN")
        yield connection


def page(path: Path, since: int, limit: int, wanted: Wanted) -> Page:
    """The events after a number.

    Args:
        path: The journal's file.
        since: The number; 0 for all.
        limit: At most so many.
        wanted: Which.

    Raises:
        Outage, Damaged: The file cannot be read.
    """
    where, values = wanted.condition()
    query = (
        f"SELECT seq, at, body FROM events WHERE seq > ? AND {where} "  # noqa: S608 - no data in it
        "ORDER BY seq LIMIT ?"
    )
    found: list[dict[str, Any]] = []
    characters = 0
    with reading(path) as connection:
        newest = newest_of(connection)
        for seq, at, body in connection.execute(query, (since, *values, limit)):
            found.append(shown(seq, at, body))
            characters += len(body)
            if characters > PAGE_CHARACTERS or len(found) == limit:
                return Page(events=found, next=seq, newest=newest)
    return Page(events=found, next=max(newest, since), newest=newest)


def before_last(path: Path, count: int, wanted: Wanted) -> int:
    """The number after which there are so many events, or all of them if they are fewer.

    Raises:
        Outage, Damaged: The file cannot be read.
    """
    where, values = wanted.condition()
    query = (
        f"SELECT seq FROM events WHERE {where} "  # noqa: S608 - no data in it
        "ORDER BY seq DESC LIMIT 1 OFFSET ?"
    )
    with reading(path) as connection:
        if count == 0:
            return newest_of(connection)
        row = connection.execute(query, (*values, count - 1)).fetchone()
    return 0 if row is None else int(row[0]) - 1


def newest_of(connection: sqlite3.Connection) -> int:
    """The number of the newest event."""
    (newest,) = connection.execute("SELECT max(seq) FROM events").fetchone()
    return int(newest or 0)


def shown(seq: int, at: str, body: str) -> dict[str, Any]:
    """An event as people may see it."""
    try:
        shape = json.loads(body)
    except ValueError as error:
        raise Damaged(f"event {seq} of the journal cannot be read") from error
    return {"seq": seq, "at": at, **without_secrets(shape)}


def without_secrets(event: dict[str, Any]) -> dict[str, Any]:
    """An event's JSON as people may see it."""
    pane, token = event.get("pane"), event.get("token")
    if isinstance(pane, dict):
        event = {**event, "pane": masked(pane)}
    if isinstance(token, dict):
        event = {**event, "token": {**token, "digest": MASK}}
    if "digest" in event:
        event = {**event, "digest": MASK}
    return event


def masked(pane: dict[str, Any]) -> dict[str, Any]:
    """A pane without what only it and its daemon may know."""
    environment = dict.fromkeys(pane.get("environment", ()), MASK)
    return {**pane, **dict.fromkeys(SECRETS, MASK), "environment": environment}


def about(path: Path, message_id: str) -> list[Recorded]:
    """All that happened to a message, in order, for `history.recall`.

    Raises:
        Outage, Damaged: The file cannot be read.
    """
    with reading(path) as connection:
        told = list(
            recorded(
                connection.execute(
                    "SELECT e.seq, e.at, e.body FROM about AS a JOIN events AS e "
                    "ON e.seq = a.seq WHERE a.message = ? ORDER BY a.seq",
                    (message_id,),
                )
            )
        )
        for session_id in sessions_in(one.event for one in told):
            told += recorded(
                connection.execute(
                    "SELECT seq, at, body FROM events WHERE session = ? "
                    "AND kind IN ('SessionOpened', 'SessionClosed')",
                    (session_id,),
                )
            )
    return sorted(told, key=lambda one: one.seq)


def recorded(rows: sqlite3.Cursor) -> Iterator[Recorded]:
    """Rows as events; one that this version cannot understand is left out."""
    for seq, at, body in rows:
        with contextlib.suppress(RemoteProtocolError):
            yield Recorded(seq=seq, at=at, event=event_of(body))
