"""What the daemon waits for, evaluated next to the screen.

1. A look is taken when a wait begins, when there was output or the program has ended, and when
   a silence is over; nobody polls.
2. While output goes on, looks are `LOOK_PAUSE` apart, and further if they are expensive, so
   that they take a tenth of the host's time at most.
3. A pattern is searched in each line by itself, and each look has `SEARCH_SECONDS` of processor
   time for it. A wait whose pattern needs more is refused, so none can stall the host.
4. A line that was unfinished when its cursor was handed out is not new just because it ended:
   the echo of what was typed before does not match.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import attrs

from fugue_actors.errors import Refused
from fugue_actors.protocol import hosting
from fugue_actors.terminal.hostlink import Connection
from fugue_actors.terminal.lines import (
    at_cursor,
    blank_to_cursor,
    shown,
    written_since,
)
from fugue_actors.terminal.stopwatch import Stopwatch, TooSlow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fugue_actors.terminal.emulator import Emulator
    from fugue_actors.terminal.program import Program

LOOK_PAUSE = 0.001
LOOK_SHARE = 9  # a look that took a second is followed by nine without
SEARCH_SECONDS = 0.05
PIECE = 10_000
WAITS_LIMIT = 64
BOOKMARKS_LIMIT = 64

now = time.monotonic  # noqa: TID251 - there is no trio in this process


@attrs.define(eq=False)
class Wait:
    """One wait.

    Attributes:
        connection, number: Who asked, and under which number.
        wanted: What for.
        began: When.
        pattern: Of `wanted.text`.
        since: What was written until then was looked at.
        known: The line that the cursor was in at that time.
    """

    connection: Connection
    number: int | None
    wanted: hosting.WaitFor
    began: float
    pattern: re.Pattern[str] | None = None
    since: int | None = None
    known: str = ""


class Waits:
    """The waits of one host.

    Attributes:
        drawn_at: When the program last wrote.
    """

    def __init__(self, emulator: Emulator, program: Program) -> None:
        self.emulator = emulator
        self.program = program
        self.stopwatch = Stopwatch()
        self.waits: list[Wait] = []
        self.bookmarks: dict[int, str] = {}
        self.drawn_at = now()
        self.seen: tuple[int, hosting.ProgramExit | None] = (0, None)
        self.rested_at = 0.0

    def hand_out(self) -> int:
        """The cursor of this moment; remembers the line it is in."""
        cursor = self.emulator.output
        self.bookmarks.pop(cursor, None)
        self.bookmarks[cursor] = at_cursor(self.emulator)
        if len(self.bookmarks) > BOOKMARKS_LIMIT:
            del self.bookmarks[next(iter(self.bookmarks))]
        return cursor

    def add(
        self,
        connection: Connection,
        number: int | None,
        wanted: hosting.WaitFor,
        exit: hosting.ProgramExit | None,
    ) -> None:
        """Begin to wait; what is the case already is answered at once.

        Raises:
            Refused: There are too many waits, or this is one for nothing.
        """
        hosting.check_wait(wanted)
        if len(self.waits) >= WAITS_LIMIT:
            raise Refused(
                "Busy",
                f"{WAITS_LIMIT} waits for this pane are under way",
                hint="wait for one thing at a time",
            )
        if wanted.since is not None and wanted.since > self.emulator.output:
            wanted = attrs.evolve(
                wanted, since=0
            )  # the cursor is of an earlier program
        wait = Wait(connection, number, wanted, began=now(), since=wanted.since)
        if wanted.text is not None:
            wait.pattern = self.compiled(wanted.text)
        if wanted.since is not None:
            wait.known = self.bookmarks.get(wanted.since, "")
        self.waits.append(wait)
        self.look_at_one(wait, exit)

    def compiled(self, pattern: str) -> re.Pattern[str]:
        try:
            return self.stopwatch.within(SEARCH_SECONDS, lambda: re.compile(pattern))
        except (re.error, OverflowError, RecursionError) as error:
            raise Refused(
                "InvalidArgument",
                f"{pattern!r:.80} is no regular expression: {error}",
                hint="put a backslash before . * + ? ( ) [ ] { } ^ $ | to take them "
                "literally",
            ) from error
        except TooSlow:
            raise too_slow(pattern) from None

    def forget(self, connection: Connection, number: int | None = None) -> None:
        """Nobody waits any more: for one answer, or for any if no number is given."""
        self.waits = [
            wait
            for wait in self.waits
            if wait.connection is not connection or number not in (None, wait.number)
        ]

    # Looking

    def deadlines(self, exit: hosting.ProgramExit | None) -> Iterator[float]:
        """When a look is due though nothing happens."""
        if not self.waits:
            return
        if self.seen != (self.emulator.output, exit):
            yield self.rested_at
        for wait in self.waits:
            if (at := self.silent_at(wait)) is not None:
                yield at

    def look(self, exit: hosting.ProgramExit | None, moment: float) -> None:
        """Answer every wait for what is the case now, if a look is due."""
        if not self.waits:
            return
        is_new = self.seen != (self.emulator.output, exit)
        if is_new and (moment >= self.rested_at or exit is not None):
            self.seen = (self.emulator.output, exit)
            for wait in tuple(self.waits):
                self.look_at_one(wait, exit)
            self.rested_at = now() + max(LOOK_PAUSE, LOOK_SHARE * (now() - moment))
            return
        for wait in tuple(self.waits):
            if wait.wanted.quiet is not None or wait.wanted.taken:
                self.look_at_one(wait, exit)

    def look_at_one(self, wait: Wait, exit: hosting.ProgramExit | None) -> None:
        """Answer one wait, if it is over."""
        answer: object
        try:
            answer = self.answer(wait, exit)
        except Refused as error:
            answer = hosting.Failed.of(error)
        if answer is not None:
            self.waits.remove(wait)
            wait.connection.say(answer, re=wait.number)

    def answer(
        self, wait: Wait, exit: hosting.ProgramExit | None
    ) -> hosting.Waited | None:
        """The answer, or None as long as it goes on.

        Raises:
            Refused: It can have none.
        """
        if wait.pattern is not None:
            found = self.found(wait, wait.pattern)
            if found is None and exit is not None:
                return self.in_vain(exit)
            return found and attrs.evolve(found, exit=exit)
        if wait.wanted.prompt:
            return self.prompted(wait, exit)
        if wait.wanted.taken and self.program.has_ended:
            raise Refused("PaneExited", "the program ended before it took its input")
        silent_at = self.silent_at(wait)
        if silent_at is None and wait.wanted.quiet is not None and exit is not None:
            return self.in_vain(exit)
        if (
            (wait.wanted.exit and exit is not None)
            or (wait.wanted.taken and not self.program.queued_bytes)
            or (silent_at is not None and now() >= silent_at)
        ):
            return hosting.Waited(next=self.hand_out(), exit=exit)
        return None

    def prompted(
        self, wait: Wait, exit: hosting.ProgramExit | None
    ) -> hosting.Waited | None:
        """The answer to a wait for a prompt."""
        prompts = self.emulator.prompts
        is_new = wait.wanted.since is None or prompts.marked_at > wait.wanted.since
        if prompts.shown and not prompts.is_running and is_new:
            return hosting.Waited(next=self.hand_out(), prompts=prompts, exit=exit)
        return None if exit is None else self.in_vain(exit)

    def in_vain(self, exit: hosting.ProgramExit) -> hosting.Waited:
        """The answer when the program has ended before."""
        return hosting.Waited(next=self.hand_out(), in_vain=True, exit=exit)

    def silent_at(self, wait: Wait) -> float | None:
        """When the silence that a wait is for will be over, if nobody breaks it."""
        if wait.wanted.quiet is None:
            return None
        if wait.wanted.since is None:
            return max(wait.began, self.drawn_at) + wait.wanted.quiet
        if self.emulator.output <= wait.wanted.since:
            return None
        return self.drawn_at + wait.wanted.quiet

    def found(self, wait: Wait, pattern: re.Pattern[str]) -> hosting.Waited | None:
        """Where a pattern is, in what this wait has not looked at yet."""
        lines = self.lines(wait)
        try:
            hit = self.stopwatch.within(SEARCH_SECONDS, lambda: search(pattern, lines))
        except TooSlow:
            raise too_slow(pattern.pattern) from None
        if wait.since is not None:
            wait.since, wait.known = self.emulator.output, at_cursor(self.emulator)
        if hit is None:
            return None
        return hosting.Waited(
            next=self.hand_out(),
            line=hit.string,
            start=hit.start(),
            end=hit.end(),
            groups=tuple(hit.groups("")),
        )

    def lines(self, wait: Wait) -> list[str]:
        """The lines to search."""
        if wait.since is None:
            lines, has_cursor = shown(self.emulator), True
        else:
            lines, has_cursor = written_since(self.emulator, wait.since)
            if wait.known and lines[:1] == [wait.known]:
                del lines[0]
        if has_cursor and lines and (blank := blank_to_cursor(self.emulator)):
            lines.append(blank)
        return lines


def search(pattern: re.Pattern[str], lines: Iterable[str]) -> re.Match[str] | None:
    """The first place in the first line that fits; a very long line goes in pieces."""
    for line in lines:
        for start in range(0, len(line) or 1, PIECE):
            if hit := pattern.search(line[start : start + PIECE]):
                return hit
    return None


def too_slow(pattern: str) -> Refused:
    return Refused(
        "InvalidArgument",
        f"the pattern {pattern!r:.80} takes too long",
        hint="avoid repetitions inside repetitions",
    )
