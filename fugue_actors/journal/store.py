"""The journal's file: SQLite, blocking, for one thread at a time.

1. A commit is one transaction: events, what of the view has changed, or both.
2. A durable commit is on the disk when it returns; any other survives this process but
   perhaps not a loss of power, and costs a fraction.
3. Only the newest daemon of a home may write: each commit looks whose the file is.
4. A file that is gone from its place, or is another one, counts as damaged: what would be
   written to it, nobody would find. Who writes a few facts finds out with the next
   checkpoint, which has them all.

Enter at `open_store`. Nothing here waits for anything but the disk and other programs.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.journal import schema
from fugue_actors.journal.troubles import Damaged, Outage, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FILE: Final = "journal.db"
BUSY_SECONDS: Final = 1.0
CHUNK: Final = 128
"""Rows of one statement; each statement is a moment at which other threads come in."""
MOST_SMALL: Final = 8
"""Events that one statement writes as well."""
NOT_OURS: Final = "another daemon of this home has the journal now"
LOG_BYTES: Final = 16 * 1024 * 1024
SUFFIXES: Final = ("", "-wal", "-shm")

EventRow = tuple[int, str, str, str | None, str]
"""Number, time, kind, the session it is about, and the event as JSON."""
AboutRow = tuple[str, int]
"""A message's id, and the number of an event that it occurs in."""
Key = tuple[str, str]
"""The kind of a row of the view, and what it is about."""


@attrs.frozen(kw_only=True)
class Checkpoint:
    """What of the view has changed since the last one.

    Attributes:
        seq: The event after which it is true.
        rows: New contents, in the order in which new rows shall stand.
        gone: Rows that are no more.
    """

    seq: int
    rows: Sequence[tuple[str, str, str]]
    gone: Sequence[Key] = ()


@attrs.frozen(kw_only=True)
class Contents:
    """What a file says.

    Attributes:
        rows: The view, as kind, key and body.
        checkpoint: The event after which it is true.
        events: Those after it: number, time, body.
        seq: The newest event's number that is known of.
        generation: Of the newest daemon.
        boot: When the machine was started, as an opaque text; empty if not known.
    """

    rows: Sequence[tuple[str, str, str]] = ()
    checkpoint: int = 0
    events: Sequence[tuple[int, str, str]] = ()
    seq: int = 0
    generation: int = 0
    boot: str = ""


@attrs.frozen
class Owner:
    """Who writes: a daemon's generation, and which start of the machine it is."""

    generation: int
    boot: str = ""


@attrs.define(eq=False)
class Store:
    """An open file; see the module's docstring.

    Attributes:
        path: Where it is.
        identity: Of that file, as the file system tells.
        owner: Who has written, in this process.
    """

    path: Path
    connection: sqlite3.Connection
    identity: tuple[int, int]
    owner: Owner | None = None
    is_durable: bool = True

    # ---- reading

    def contents(self) -> Contents:
        """What the next daemon begins with.

        Raises:
            Outage: It cannot be read now.
            Damaged: It cannot be read as a whole.
        """
        with named():
            return read(self.connection)

    # ---- writing

    def commit(
        self,
        events: Sequence[EventRow] = (),
        about: Sequence[AboutRow] = (),
        checkpoint: Checkpoint | None = None,
        *,
        owner: Owner,
        durable: bool = True,
    ) -> None:
        """Write all of this, or nothing.

        Raises:
            Outage: The disk refuses, or the file is another daemon's by now.
            Damaged: The file is not what it was.
        """
        with named():
            is_small = checkpoint is None and not about and len(events) <= MOST_SMALL
            if is_small and not durable and self.owner == owner:
                if events:
                    self.insert_alone(events, owner)
                return
            self.look_where_it_is()
            if durable != self.is_durable:
                self.set_durable(durable=durable)
            with transaction(self.connection):
                self.look_whose_it_is(owner)
                insert(self.connection, "events (seq, at, kind, session, body)", events)
                insert(self.connection, "about (message, seq)", about)
                if checkpoint is not None:
                    self.write_view(checkpoint)
            self.owner = owner

    def insert_alone(self, events: Sequence[EventRow], owner: Owner) -> None:
        """Write a few events with one statement that is a transaction by itself.

        Each statement is a moment at which this thread may have to wait for a busy
        loop, and those who record facts wait with it.
        """
        if self.is_durable:
            self.set_durable(durable=False)
        values = [value for row in events for value in row]
        written = self.connection.execute(
            insertion_by(len(events)), (*values, owner.generation)
        )
        if written.rowcount != len(events):
            raise Outage(NOT_OURS)

    def set_durable(self, *, durable: bool) -> None:
        """From now on, wait for the disk's own cache, or do not."""
        level = "FULL" if durable else "NORMAL"
        self.connection.execute(f"PRAGMA synchronous = {level}")
        self.is_durable = durable

    def write_view(self, checkpoint: Checkpoint) -> None:
        """Bring the view up to date, within a transaction."""
        self.connection.executemany(
            "DELETE FROM view WHERE kind = ? AND key = ?", checkpoint.gone
        )
        self.connection.executemany(
            "INSERT INTO view (kind, key, body) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            checkpoint.rows,
        )
        self.set("checkpoint", checkpoint.seq)

    def look_where_it_is(self) -> None:
        """Refuse to write where nobody would find it."""
        try:
            status = self.path.stat()
        except FileNotFoundError as error:
            raise Damaged("the journal's file is gone from its place") from error
        if (status.st_dev, status.st_ino) != self.identity:
            raise Damaged("another file is in the journal's place")

    def look_whose_it_is(self, owner: Owner) -> None:
        """Make the file this daemon's, unless it is a newer one's."""
        row = self.connection.execute(
            "SELECT value FROM meta WHERE name = 'generation'"
        ).fetchone()
        if row is not None and row[0] > owner.generation:
            raise Outage(NOT_OURS)
        if self.owner != owner:
            self.set("generation", owner.generation)
            self.set("boot", owner.boot)

    def set(self, name: str, value: object) -> None:
        """Keep a value about the whole, within a transaction."""
        self.connection.execute(
            "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value)
        )

    # ---- its end

    def close(self) -> None:
        """Let go of the file; what was committed stays."""
        with contextlib.suppress(sqlite3.Error):  # it is all there, or damaged anyway
            self.connection.close()


def open_store(path: Path) -> Store:
    """Open the file, or make a new one; bring an older version up to ours.

    Args:
        path: Where it is; only the user can read it.

    Raises:
        Refused: `Unavailable`: a later version of fugue wrote it. Nothing was changed.
        Outage: It cannot be opened now.
        Damaged: It is no such file, or a damaged one.
    """
    with named():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        schema.check(path)
        status = path.stat()
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            prepare(path, connection, is_new=status.st_size == 0)
        except BaseException:
            connection.close()
            raise
    identity = status.st_dev, status.st_ino
    return Store(path, connection, identity)


def prepare(path: Path, connection: sqlite3.Connection, *, is_new: bool) -> None:
    """Make a connection one that keeps promises."""
    if is_new:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    schema.check_numbers(path, version=version, application=application)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
    if schema.migrate(connection) != schema.VERSION:
        # The file's own header says its version then, and not only the log beside it.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def read(connection: sqlite3.Connection) -> Contents:
    """Everything that the next daemon begins with, at one moment.

    Raises:
        sqlite3.Error: It cannot be read.
    """
    with transaction(connection, "DEFERRED"):
        meta = dict(connection.execute("SELECT name, value FROM meta"))
        rows = connection.execute(
            "SELECT kind, key, body FROM view ORDER BY place"
        ).fetchall()
        checkpoint = int(meta.get("checkpoint", 0))
        events = connection.execute(
            "SELECT seq, at, body FROM events WHERE seq > ? ORDER BY seq", (checkpoint,)
        ).fetchall()
    return Contents(
        rows=rows,
        checkpoint=checkpoint,
        events=events,
        seq=events[-1][0] if events else checkpoint,
        generation=int(meta.get("generation", 0)),
        boot=str(meta.get("boot", "")),
    )


@contextlib.contextmanager
def transaction(
    connection: sqlite3.Connection, kind: str = "IMMEDIATE"
) -> Iterator[None]:
    """All that is done within, or nothing of it."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # the first error says what is wrong
            connection.rollback()
        raise


def insert(connection: sqlite3.Connection, into: str, rows: Sequence[Any]) -> None:
    """Insert rows with as few statements as can be."""
    for chunk in chunks(rows):
        values = [value for row in chunk for value in row]
        connection.execute(insertion(into, len(chunk), len(chunk[0])), values)


@functools.cache
def insertion(into: str, rows: int, columns: int) -> str:
    """The statement that inserts so many rows."""
    row = f"({', '.join('?' * columns)})"
    return f"INSERT INTO {into} VALUES {', '.join([row] * rows)}"  # noqa: S608 - no data in it


@functools.cache
def insertion_by(rows: int) -> str:
    """The statement that inserts so many events, unless the file is a newer daemon's."""
    values = ", ".join(["(?, ?, ?, ?, ?)"] * rows)
    return (
        "INSERT INTO events (seq, at, kind, session, body) "  # noqa: S608 - no data in it
        f"SELECT * FROM (VALUES {values}) WHERE "
        "(SELECT value FROM meta WHERE name = 'generation') <= ?"
    )


def chunks(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The rows in parts whose sizes are powers of two, so that statements recur."""
    at = 0
    while at < len(rows):
        size = min(CHUNK, 1 << (len(rows) - at).bit_length() - 1)
        yield rows[at : at + size]
        at += size


def set_aside(path: Path) -> Path:
    """Move a file, and what belongs to it, to where it is in nobody's way.

    Returns:
        Where the file is now; nothing is ever deleted.

    Raises:
        OSError: It cannot be moved.
    """
    number = 1
    while any(
        path.with_name(f"{path.name}.bad-{number}{s}").exists() for s in SUFFIXES
    ):
        number += 1
    aside = path.with_name(f"{path.name}.bad-{number}")
    for suffix in reversed(SUFFIXES):  # the file itself last: without it, all is new
        source = path.with_name(path.name + suffix)
        with contextlib.suppress(FileNotFoundError):
            source.replace(aside.with_name(aside.name + suffix))
    return aside
