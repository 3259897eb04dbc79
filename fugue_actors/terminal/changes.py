"""What of a screen its link does not know yet: kept for one link, answered once it changes.

1. At most one request waits. It is answered at the first look that finds a difference, so
   the first change after a quiet time goes out at once. How often it is asked again is
   the daemon's business, and nothing is compared while nobody asks.
2. A look that finds nothing new, as when a program draws the same again, is followed by
   nine times as long without one.
3. A row that has not changed is not written again: rows move as whole objects and carry a
   stamp, so a screen that scrolls by a line costs one row.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from fugue_actors.errors import Refused
from fugue_actors.protocol import hosting
from fugue_actors.terminal import rowtext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.terminal.emulator import Emulator
    from fugue_actors.terminal.emulator.rows import Row
    from fugue_actors.terminal.hostlink import Connection

LOOK_PAUSE = 0.001
LOOK_SHARE = 9

now = time.monotonic  # noqa: TID251 - there is no trio in this process


class Asked(NamedTuple):
    """A request that waits for its answer."""

    connection: Connection
    number: int | None
    known: int


class Written(NamedTuple):
    """The text of a row, and the row's stamp when it was written.

    It keeps the row, so that no other can have its identity meanwhile.
    """

    row: Row
    changed: int
    text: str


class Changes:
    """What the link of one host knows of its screen.

    Attributes:
        asked: The request that waits.
        version: Of the last answer.
        head, rows: The screen as of the last answer.
    """

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.asked: Asked | None = None
        self.version = 0
        self.head: dict[str, str] = {}
        self.rows: list[str] = []
        self.written: dict[int, Written] = {}
        self.resizes = 0
        self.seen = (-1, 0)
        self.rested_at = 0.0

    def add(
        self, connection: Connection, number: int | None, request: hosting.ReadChanges
    ) -> None:
        """Answer this as soon as there is something to say, and no other before it."""
        if self.asked is not None:
            refusal = Refused("Busy", "another has asked for the changes")
            answer = hosting.Failed.of(refusal)
            self.asked.connection.say(answer, re=self.asked.number)
        self.asked = Asked(connection, number, request.known)
        self.rested_at = 0.0

    def forget(self, connection: Connection, number: int | None = None) -> None:
        """Nobody waits there any more; without a number, for anything ever again."""
        asked = self.asked
        if asked is None or asked.connection is not connection:
            return
        if number in (None, asked.number):
            self.asked = None
            self.written, self.rows, self.head = {}, [], {}
            self.version += 1  # what it knew is forgotten

    def resized(self) -> None:
        """The terminal has another size: rows may differ whatever their stamps say."""
        self.resizes += 1
        self.written = {}

    # Looking

    @property
    def is_due(self) -> bool:
        """Whether somebody asks, and may have to be told something."""
        asked = self.asked
        return asked is not None and (
            not self.knows(asked.known)
            or self.seen != (self.emulator.output, self.resizes)
        )

    def deadlines(self) -> Iterator[float]:
        """When a look is due though nothing happens."""
        if self.is_due:
            yield self.rested_at

    def look(self, moment: float) -> None:
        """Answer who asks, if a look is due and finds something."""
        if self.asked is None or not self.is_due or moment < self.rested_at:
            return
        self.seen = (self.emulator.output, self.resizes)
        change = self.change(self.asked.known)
        if change is not None:
            self.asked.connection.say(change, re=self.asked.number)
            self.asked = None
        else:
            self.rested_at = now() + max(LOOK_PAUSE, LOOK_SHARE * (now() - moment))

    def change(self, known: int) -> hosting.ScreenChange | None:
        """What is new to somebody who knows that version; None if nothing is."""
        before, head = self.head, self.take_head()
        rows = self.take_rows()
        is_full = not self.knows(known) or any(
            head[name] != before[name] for name in ("columns", "lines")
        )
        if is_full:
            new = dict(enumerate(rows))
        else:
            head = {name: text for name, text in head.items() if text != before[name]}
            new = {y: text for y, text in enumerate(rows) if text != self.rows[y]}
            if not head and not new:
                return None
        self.head, self.rows = {**before, **head}, rows
        self.version += 1
        return hosting.ScreenChange(
            version=self.version,
            is_full=is_full,
            head=head,
            rows={str(y): text for y, text in new.items()},
            next=self.emulator.output,
        )

    def knows(self, known: int) -> bool:
        """Whether somebody who knows that version can do with what changed."""
        return 0 < known == self.version

    def take_head(self) -> dict[str, str]:
        """What the screen is now apart from its rows."""
        emulator = self.emulator
        return rowtext.head(
            columns=emulator.columns,
            lines=emulator.lines,
            cursor=emulator.cursor,
            cursor_visible=emulator.is_cursor_visible,
            cursor_shape=emulator.cursor_shape,
            alternate=emulator.is_alternate,
            modes=emulator.modes,
            bells=emulator.bells,
            copies=emulator.copies,
        )

    def take_rows(self) -> list[str]:
        """The texts of all rows now; those of rows that have not changed are kept."""
        texts, known, written = [], self.written, {}
        for row in self.emulator.rows:
            last = known.get(id(row))
            if last is None or last.changed != row.changed:
                last = Written(row, row.changed, rowtext.row_text(row))
            written[id(row)] = last
            texts.append(last.text)
        self.written = written
        return texts
