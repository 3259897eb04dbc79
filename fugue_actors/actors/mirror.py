"""A mirror: the screen of one pane as its viewers are sent it, kept while somebody watches.

1. It holds ready JSON texts and the version in which each of them last changed, so what is new
   since any version is put together and never parsed.
2. All viewers at the same version get the same bytes. A viewer who is slow skips versions,
   and one that never takes anything costs nothing.
3. It is read at most `READS_PER_SECOND` times a second, and not again before some viewer has
   taken what was read last. Whoever tells viewers may have it wait longer.
4. It outlives the links and the actor that feed it: whoever feeds it next brings the whole
   screen, and only what differs counts as changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Callable

READS_PER_SECOND = 30
PERIOD = 1 / READS_PER_SECOND


class Pace:
    """When mirrors may be read: of all together so many a second, however many there are.

    Args:
        per_second: That number.
    """

    def __init__(self, per_second: float = 1000.0) -> None:
        self.between = 1 / per_second
        self.next_at = 0.0

    def take(self) -> float:
        """A time for one reading, now or later; it is taken then."""
        at = max(trio.current_time(), self.next_at)
        self.next_at = at + self.between
        return at


class Mirror:
    """One mirror; see the module's docstring.

    Args:
        on_change: Called whenever there is something new; must neither block nor raise.
        pace: Shared with other mirrors.

    Attributes:
        version: Of what it holds; 0 if that is nothing yet.
    """

    def __init__(self, on_change: Callable[[], None], pace: Pace | None = None) -> None:
        self.on_change = on_change
        self.pace = pace or Pace()
        self.version = 0
        self.head: dict[str, str] = {}
        self.rows: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.whole_since = 0
        self.next = 0
        self.parts: dict[int, bytes] = {}
        self.taken = trio.Event()
        self.free = trio.Event()
        self.free.set()
        self.due_at = self.asked_at = 0.0

    def put(
        self, head: dict[str, str], rows: dict[str, str], *, next: int, is_full: bool
    ) -> None:
        """Somebody looked at the terminal.

        Args:
            head: Properties by name, as JSON; see `hosting.ScreenChange`.
            rows: Rows by number, as JSON.
            next: The cursor of that look.
            is_full: Whether this is the whole screen; else it is what changed.
        """
        version = self.version + 1
        if is_full and any(
            head.get(name) != self.head.get(name) for name in ("columns", "lines")
        ):
            self.whole_since = version
            self.head, self.rows, self.versions = {}, {}, {}
        is_new = False
        for texts, new in ((self.head, head), (self.rows, rows)):
            for name, text in new.items():
                if texts.get(name) != text:
                    texts[name] = text
                    self.versions[name] = version
                    is_new = True
        now = trio.current_time()
        # In a flood the time that an answer takes counts; after a quiet time it does not.
        is_prompt = now < self.asked_at + PERIOD
        self.due_at = (self.asked_at if is_prompt else now) + PERIOD
        if is_new:
            self.version, self.next = version, next
            self.parts.clear()
            self.taken = trio.Event()
            self.on_change()

    def since(self, known: int) -> bytes | None:
        """What a viewer lacks who knows that version: a screen of the monitor protocol.

        Args:
            known: A version; 0 for nothing.

        Returns:
            A JSON object in UTF-8; None if there is nothing new.
        """
        if known >= self.version:
            return None
        self.taken.set()
        if known < self.whole_since:
            known = 0
        part = self.parts.get(known)
        if part is None:
            part = self.parts[known] = self.put_together(known).encode()
        return part

    def put_together(self, known: int) -> str:
        """The text of what is newer than a version."""
        versions = self.versions
        fields = [
            f'"{name}":{text}'
            for name, text in self.head.items()
            if versions[name] > known
        ]
        rows = [
            f'"{name}":{text}'
            for name, text in self.rows.items()
            if versions[name] > known
        ]
        if not known:
            fields.insert(0, '"full":true')
        if rows:
            fields.append(f'"rows":{{{",".join(rows)}}}')
        fields.append(f'"next":{self.next}')
        return f"{{{','.join(fields)}}}"

    def hold(self) -> None:
        """Do not have it read again before `release`: not everybody has been told."""
        self.free = trio.Event()

    def release(self, pause: float) -> None:
        """Everybody has been told; have it read again after so many seconds."""
        self.due_at = max(self.due_at, trio.current_time() + pause)
        self.free.set()

    async def wait_due(self) -> None:
        """Wait until it should be read again: it may be, and somebody wants to know."""
        if self.version:
            await self.taken.wait()
        await self.free.wait()
        while trio.current_time() < self.due_at:  # noqa: ASYNC110 - it may be put off
            await trio.sleep_until(self.due_at)
        await trio.sleep_until(self.pace.take())
        self.asked_at = trio.current_time()
