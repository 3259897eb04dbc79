"""A second copy of the view, beside the journal, for the day on which that is damaged.

A text file of JSON lines, written as a whole now and then: a head, a line for each row,
and an end that says how many there are. It holds what the journal holds, secrets too, so
only its user may read it.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Final

from fugue_actors.journal import store as stores
from fugue_actors.journal.reading import read_only
from fugue_actors.journal.store import Contents
from fugue_actors.journal.troubles import named

if TYPE_CHECKING:
    from pathlib import Path

VERSION: Final = 1
FILE: Final = "journal.view"


def save(journal: Path, path: Path) -> None:
    """Write the copy anew; a reader sees the old one or the new one, whole.

    Raises:
        Outage, Damaged: The journal cannot be read, or the disk is full; the old copy
            stands.
    """
    new = path.with_suffix(".new")
    with named():
        with contextlib.closing(read_only(journal)) as connection:
            contents = stores.read(connection)
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
