"""A mirror: the screen of one pane as its viewers are sent it, kept while somebody watches.

1. It holds ready JSON texts and the version in which each of them last changed, so what is new
   since any version is put together and never parsed.
2. All viewers at the same version get the same bytes. A viewer who is slow skips versions,
   and one that never takes anything costs nothing.
3. It is read as often as its `timing` says, and not again before some viewer has taken what
   was read last.
4. It outlives the links and the actor that feed it: whoever feeds it next brings the whole
   screen, and only what differs counts as changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from fugue_actors.actors.pace import Pace, Timing

if TYPE_CHECKING:
    from collections.abc import Callable


class Mirror:
    """One mirror; see the module's docstring.

    Args:
        on_change: Called whenever there is something new; must neither block nor raise.
        pace: Shared with other mirrors.

    Attributes:
        version: Of what it holds; 0 if that is nothing yet.
        timing: When it is to be read next.
    """

    def __init__(self, on_change: Callable[[], None], pace: Pace | None = None) -> None:
        self.on_change = on_change
        self.timing = Timing(pace or Pace())
        self.version = 0
        self.head: dict[str, str] = {}
        self.rows: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.whole_since = 0
        self.next = 0
        self.parts: dict[int, bytes] = {}
        self.taken = trio.Event()

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
        self.timing.answered()
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

    async def wait_due(self) -> None:
        """Wait until it should be read again: it is time, and somebody wants to know."""
        if self.version:
            await self.taken.wait()
        await self.timing.wait()
