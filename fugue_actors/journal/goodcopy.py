"""A second copy of the view, beside the journal, for the day on which that is damaged.

A text file of JSON lines, written as a whole now and then: a head, a line for each row,
and an end that says how many there are. It holds what the journal holds, secrets too, so
only its user may read it.
"""

from __future__ import annotations

import json
import os
import sqlite3
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from fugue_actors.journal import store as stores
from fugue_actors.journal.store import Contents
from fugue_actors.journal.troubles import named

if TYPE_CHECKING:
    from pathlib import Path

VERSION: Final = 1
FILE: Final = "journal.view"


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot change the journal.

    Raises:
        sqlite3.Error: It cannot be opened.
    """
    return sqlite3.connect(
        f"file:{quote(os.fspath(path))}?mode=ro",
        uri=True,
        timeout=stores.BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def save(journal: Path, path: Path) -> None:
    """Write the copy anew; a reader sees the old one or the new one, whole.

    Raises:
        Outage, Damaged: The journal cannot be read, or the disk is full; the old copy
            stands.
    """
    new = path.with_suffix(".new")
    with named():
        connection = read_only(journal)
        try:
            contents = stores.read(connection)
        finally:
            connection.close()
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            head = {
                "version": VERSION,
                "checkpoint": contents.checkpoint,
                "generation": contents.generation,
                "boot": contents.boot,
            }
            file.write(json.dumps(head) + "\n")
            for row in contents.rows:
                file.write(json.dumps(row) + "\n")
            file.write(json.dumps({"rows": len(contents.rows)}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)


def load(path: Path) -> Contents | None:
    """What the copy says; None if there is none, or it is not whole."""
    try:
        with path.open(encoding="utf-8") as file:
            head, *rows, end = (json.loads(line) for line in file)
        if head["version"] != VERSION or end["rows"] != len(rows):
            return None
        return Contents(
            rows=[(kind, key, body) for kind, key, body in rows],
            checkpoint=int(head["checkpoint"]),
            seq=int(head["checkpoint"]),
            generation=int(head["generation"]),
            boot=str(head["boot"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
