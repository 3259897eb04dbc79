"""The journal's tables, and how those of an older version become ours.

    events    what happened, in order; only ever added to, until it is too old
              (`comings`: an index of when sessions came and went)
    about     which events a message occurs in
    view      what is the case, as rows: true for the event that `meta.checkpoint` names
    meta      `checkpoint`, `generation` of the newest daemon, `boot` of the machine

The file says itself what it is: `application_id` is ours, `user_version` the schema's.
A change of tables, or of what stands in them, is one more function at the end of
`MIGRATIONS`, and a file of the version before among the tests' fixtures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.errors import Refused

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

APPLICATION_ID: Final = 0x66756775  # "fugu"
HEADER_BYTES: Final = 100
MAGIC: Final = b"SQLite format 3\0"

FIRST: Final = (
    (
        "CREATE TABLE events (seq INTEGER PRIMARY KEY, at TEXT NOT NULL, "
        "kind TEXT NOT NULL, session TEXT, body TEXT NOT NULL)"
    ),
    (
        "CREATE TABLE about (message TEXT NOT NULL, seq INTEGER NOT NULL, "
        "PRIMARY KEY (message, seq)) WITHOUT ROWID"
    ),
    # Rows keep their place when they change: what came first is read first.
    (
        "CREATE TABLE view (place INTEGER PRIMARY KEY, kind TEXT NOT NULL, "
        "key TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, key))"
    ),
    (
        "CREATE INDEX comings ON events (session, seq) "
        "WHERE kind IN ('SessionOpened', 'SessionClosed')"
    ),
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
)


def create(connection: sqlite3.Connection) -> None:
    """Version 1: the tables of an empty file."""
    for statement in FIRST:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


MIGRATIONS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (create,)
VERSION: Final = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> int:
    """Bring a file to our version, one step and transaction after the other.

    Returns:
        The version that it had.

    Raises:
        sqlite3.Error: It does not work; the file is as it was after the last whole step.
    """
    (before,) = connection.execute("PRAGMA user_version").fetchone()
    for number in range(before, VERSION):
        connection.execute("BEGIN IMMEDIATE")
        try:
            MIGRATIONS[number](connection)
            connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except BaseException:
            connection.rollback()
            raise
    return int(before)


def check(path: Path) -> None:
    """Look at a file before SQLite does, which would write to it.

    Raises:
        Refused: `Unavailable`: it is of a later version than ours.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        return  # damaged, or empty: SQLite will say so
    application = int.from_bytes(header[68:72], "big")
    if application == APPLICATION_ID:
        version = int.from_bytes(header[60:64], "big")
        check_numbers(path, version=version, application=application)


def check_numbers(path: Path, *, version: int, application: int) -> None:
    """Refuse a file that is of a later version than ours, or another program's."""
    if application not in (0, APPLICATION_ID):
        raise Refused(
            "Unavailable",
            f"{path} is a database of another program",
            hint="move it away, or set FUGUE_HOME to another directory",
        )
    if version > VERSION:
        raise Refused(
            "Unavailable",
            f"{path} was written by a later version of fugue (schema {version}, "
            f"this one knows {VERSION}); nothing was changed",
            hint="start that version, or set FUGUE_HOME to another directory",
        )
