"""What can be wrong with the journal's file, in words that people can act on.

SQLite's errors fall into three kinds here: an outage, which passes (`Outage`); a file
that is not what it should be (`Damaged`); and a bug of ours, which is left as it is.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from fugue_actors.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS: Final = {
    sqlite3.SQLITE_PERM: "access to it is denied",
    sqlite3.SQLITE_BUSY: "another program has locked it",
    sqlite3.SQLITE_LOCKED: "another program has locked it",
    sqlite3.SQLITE_NOMEM: "memory is short",
    sqlite3.SQLITE_READONLY: "it cannot be written to",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_PROTOCOL: "another program has locked it",
}
DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
DAMAGED_READS: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR_SHORT_READ,
        sqlite3.SQLITE_IOERR_CORRUPTFS,
    }
)
NO_TABLE: Final = "no such table"
NO_COLUMN: Final = "no such column"


class Outage(Unavailable):
    """The disk refuses at present; nothing that was to be written counts."""


class Damaged(Unavailable):
    """The file is not what it should be, and will not become it by itself."""


def trouble(error: sqlite3.Error) -> Outage | Damaged | None:
    """What an error of SQLite means; None if it is a bug."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    primary = code & 0xFF
    words = str(error)
    if primary in DAMAGED or code in DAMAGED_READS:
        return Damaged(f"the journal is damaged: {words}")
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return Damaged(f"the journal holds what nobody has written: {words}")
    if primary == sqlite3.SQLITE_ERROR and words.startswith((NO_TABLE, NO_COLUMN)):
        return Damaged(f"the journal is not complete: {words}")
    if primary in WORDS:
        return Outage(f"the journal cannot be used: {WORDS[primary]} ({words})")
    return None


@contextmanager
def named() -> Iterator[None]:
    """Raise SQLite's errors as what they mean here.

    Raises:
        Outage, Damaged: Instead of an error of SQLite.
    """
    try:
        yield
    except sqlite3.Error as error:
        meaning = trouble(error)
        if meaning is None:
            raise
        raise meaning from error
    except OSError as error:
        raise Outage(f"the journal cannot be used: {error.strerror}") from error
