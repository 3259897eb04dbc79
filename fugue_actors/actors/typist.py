"""The typist of a pane, within the pane's actor: the one writer, for everybody.

Writes are made one after the other, so nothing that anybody types is ever interleaved.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import trio

from fugue_actors.actors.panes import Typed, TypeInto, closed, exited, fresh, silent
from fugue_actors.errors import FugueError, Refused
from fugue_actors.protocol.hosting import TypeInput, WaitFor
from fugue_actors.terminal import keys as keyboard

if TYPE_CHECKING:
    from fugue_actors.actors.pane import PaneActor
    from fugue_actors.kernel import Reply
    from fugue_actors.protocol.hosting import Written
    from fugue_actors.terminal.link import PaneLink

WRITE_WITHIN = 5.0
TAKEN_WITHIN = 3.0
PENDING_WRITES = 64
# An Enter that arrives in one read with a bracketed paste is swallowed by some agents;
# the slowest that was measured wants half a second between the two.
SUBMIT_GAP = 0.5
# Text that is no paste is echoed before Enter is pressed, if it is echoed at all: so the
# cursor before the Enter tells the echo from the answer.
ECHO_WITHIN = 0.1
ECHO_QUIET = 0.01


class Typist:
    """See the module's docstring."""

    def __init__(self, actor: PaneActor) -> None:
        self.actor = actor
        self.writes: deque[tuple[TypeInto, Reply[Typed]]] = deque()
        self.written = trio.Event()

    def take(self, message: TypeInto) -> None:
        """Put the write at hand behind the others, or refuse it."""
        pane = self.actor.pane
        self.actor.linker.check()
        if self.actor.closing:
            raise closed(pane.pane_id)
        if pane.exit is not None:
            raise exited(pane)
        if len(self.writes) >= PENDING_WRITES:
            raise Refused(
                "Busy",
                f"{PENDING_WRITES} writes to pane {pane.pane_id} are waiting already",
                hint="wait until the program has read some of them",
            )
        self.writes.append((message, self.actor.defer()))
        self.written.set()

    def refuse_all(self, error: FugueError) -> None:
        """Refuse whatever waits for its turn."""
        while self.writes:
            self.writes.popleft()[1].fail(fresh(error))

    async def run(self) -> None:
        """Make one write after the other, for as long as the actor lives."""
        while True:
            while not self.writes:
                self.written = trio.Event()
                await self.written.wait()
            message, reply = self.writes.popleft()
            if reply.asker_gone:
                continue
            with trio.move_on_after(WRITE_WITHIN) as scope:
                try:
                    reply.resolve(await self.write(message))
                except FugueError as error:
                    reply.fail(error)
            if scope.cancelled_caught:
                reply.fail(silent(self.actor.pane_id))

    async def write(self, message: TypeInto) -> Typed:
        """Write a message's text, keys and Enter, in the mode the program set."""
        link = await self.actor.linker.wait_link()
        text = keyboard.clean(message.text or "")
        keyboard.check(message.keys)
        size = cursor = 0
        if text or message.keys:
            typed = TypeInput(text=text, paste=message.paste, keys=message.keys)
            written = await link.type(typed)
            await self.taken(link, written)
            size, cursor = written.size, written.next
            if message.submit and message.paste and written.marks_pastes:
                await trio.sleep(SUBMIT_GAP)
            elif message.submit:
                with trio.move_on_after(ECHO_WITHIN):
                    await link.wait_for(WaitFor(quiet=ECHO_QUIET, since=cursor))
        if message.submit:
            written = await link.write(b"\r")
            await self.taken(link, written)
            size, cursor = size + 1, written.next
        return Typed(bytes=size, next=cursor)

    async def taken(self, link: PaneLink, written: Written) -> None:
        """Wait until the terminal has what was written."""
        if written.queued_bytes:
            with trio.move_on_after(TAKEN_WITHIN) as scope:
                await link.wait_for(WaitFor(taken=True))
            if scope.cancelled_caught:
                left = (await link.status()).queued_bytes
                raise Refused(
                    "Busy",
                    f"the program of pane {self.actor.pane_id} does not read: {left} "
                    "bytes of input wait for it",
                    hint="it gets them when it reads again: do not type them again",
                    data={"queued_bytes": left},
                )
