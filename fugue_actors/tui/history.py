"""What was typed at prompts before: a file that all clients of a user share.

One line for each entry, the newest last: a mark that says at which kind of prompt, then
the text. The file is the user's alone. Lines are appended under a lock, each at once, so
that clients that run side by side lose none; when there are twice as many as are kept,
the oldest go. What begins with a blank is not kept, nor is what was the newest already.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors import places
from fugue_actors.tui.modes import Typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MARKS: Final[dict[Typed, str]] = {"command": ":", "search": "/"}
FILE: Final = "attach-history"
MOST: Final = 500
"""Entries that are kept, of all kinds together."""
LONGEST: Final = 2_000
"""Code points of an entry that is kept."""


def path() -> Path:
    """Where the user's history is."""
    return Path(places.state_dir(), FILE)


@attrs.define(eq=False)
class History:
    """The entries, oldest first; a client has one, filled once and added to.

    Attributes:
        entries: By kind.
    """

    entries: dict[Typed, list[str]] = attrs.Factory(
        lambda: {kind: [] for kind in MARKS}
    )

    def add(self, kind: Typed, text: str) -> bool:
        """Take what was typed; False if it is not to be kept."""
        known = self.entries[kind]
        if not is_kept(text) or (known and known[-1] == text):
            return False
        known.append(text)
        del known[:-MOST]
        return True

    def fill(self, lines: Iterable[str]) -> None:
        """Take what a file had, as older than what was typed meanwhile."""
        for kind, mark in MARKS.items():
            older = [line[1:] for line in lines if line.startswith(mark)]
            self.entries[kind] = (older + self.entries[kind])[-MOST:]

    def matching(self, kind: Typed, start: str) -> list[str]:
        """Entries that begin so, newest first, each once."""
        found = (one for one in reversed(self.entries[kind]) if one.startswith(start))
        return list(dict.fromkeys(found))

    def containing(self, kind: Typed, part: str) -> list[str]:
        """Entries that have this somewhere, newest first, each once."""
        wanted = part.casefold()
        found = (
            one for one in reversed(self.entries[kind]) if wanted in one.casefold()
        )
        return list(dict.fromkeys(found))


def is_kept(text: str) -> bool:
    """Whether an entry is for others to see later."""
    return bool(text.strip()) and not text.startswith(" ") and len(text) <= LONGEST


# ---- the file; these block, so a loop calls them in a thread


def read(file: Path) -> list[str]:
    """The lines of a history; none if it cannot be read."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line for line in text.split("\n") if line][-MOST:]


def append(file: Path, kind: Typed, text: str) -> None:
    """Add an entry, and drop the oldest when there are too many.

    Raises:
        OSError: The file cannot be written.
    """
    line = (MARKS[kind] + text.replace("\n", " ") + "\n").encode()
    with locked(file) as descriptor:
        size = os.fstat(descriptor).st_size
        data = os.pread(descriptor, size, 0)
        if data and not data.endswith(b"\n"):
            line = b"\n" + line  # another client died while it wrote
        lines = data.splitlines(keepends=True)
        if len(lines) >= 2 * MOST:  # the newest first of all: a crash loses none
            kept = b"".join(lines[1 - MOST :]) + line
            os.pwrite(descriptor, kept, 0)
            os.ftruncate(descriptor, len(kept))
        else:
            os.pwrite(descriptor, line, size)


@contextlib.contextmanager
def locked(file: Path) -> Iterator[int]:
    """The file, while no other client writes to it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(file, flags, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
