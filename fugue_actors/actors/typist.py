"""The typist of a pane, within the pane's actor: the one writer, for everybody.

1. Writes are made one after the other, so nothing that anybody types is ever interleaved: a
   text and the Enter after it are one turn.
2. Whose turn it is says the arbiter (`controlling`). A write whose turn does not come in time
   is refused, and nothing of it was written.
3. There are three queues, so that who has to wait is in nobody's way: keys of the operator,
   what people write at once, what agents and fugue write. Each keeps its order.
4. A live key goes straight to the host, in the step in which it comes, unless it has to wait
   for the end of somebody's turn. It is answered when the host has it, and no turn is drawn
   out only to see that the program reads while a key waits.
"""

from __future__ import annotations

import math
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import attrs
import trio

from fugue_actors.actors.arbiter import MACHINES, Go, No
from fugue_actors.actors.panes import (
    MOST_PATIENCE,
    WRITE_WITHIN,
    Typed,
    TypeInto,
    closed,
    exited,
    fresh,
    silent,
)
from fugue_actors.errors import FugueError, Refused
from fugue_actors.kernel import Reply
from fugue_actors.protocol.hosting import TypeInput, WaitFor, Written
from fugue_actors.terminal import keys as keyboard
from fugue_actors.terminal.link import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.actors.arbiter import Writer
    from fugue_actors.actors.pane import PaneActor
    from fugue_actors.terminal.link import PaneLink

TAKEN_WITHIN = 3.0
PENDING_WRITES = 64
"""Writes of one queue, and live keys that the host has not answered."""
# An Enter that arrives in one read with a bracketed paste is swallowed by some agents;
# the slowest that was measured wants half a second between the two.
SUBMIT_GAP = 0.5
# Text that is no paste is echoed before Enter is pressed, if it is echoed at all: so the
# cursor before the Enter tells the echo from the answer.
ECHO_WITHIN = 0.1
ECHO_QUIET = 0.01

Queue = Literal["operator", "people", "machines"]
QUEUES: Final[tuple[Queue, ...]] = ("operator", "people", "machines")
"""In the order in which they have their turns."""


class DraftMet(Exception):  # noqa: N818 - it is no error, but a reason to wait
    """A write met a draft that nobody here knew of."""


@attrs.frozen(eq=False)
class Write:
    """One that waits; `until` is when its patience ends."""

    message: TypeInto
    reply: Reply[Typed]
    until: float


class Typist:
    """See the module's docstring.

    Attributes:
        queues: What waits.
        has_turn: Whether a write of several steps is under way.
        under_way: Live keys that the host has not answered yet.
        end_reading: Ends the wait at a turn's end for the program to read.
    """

    def __init__(self, actor: PaneActor) -> None:
        self.actor = actor
        self.queues: dict[Queue, deque[Write]] = {name: deque() for name in QUEUES}
        self.has_turn = False
        self.under_way = 0
        self.end_reading: Callable[[], None] = lambda: None

    def take(self, message: TypeInto) -> None:
        """Write what is at hand, put it behind the others, or refuse it."""
        pane = self.actor.pane
        self.actor.linker.check()
        if self.actor.closing:
            raise closed(pane.pane_id)
        if pane.exit is not None:
            raise exited(pane)
        keyboard.check(message.keys)
        if not self.counts(message):
            self.actor.defer().resolve(Typed(bytes=0, next=0))
            return
        name = self.queue_of(message.writer)
        waiting = self.queues[name]
        for write in [write for write in waiting if write.reply.asker_gone]:
            waiting.remove(write)
        if (
            len(waiting) + (self.under_way if name == "operator" else 0)
            >= PENDING_WRITES
        ):
            raise Refused(
                "Busy",
                f"{PENDING_WRITES} writes to pane {pane.pane_id} are waiting already",
                hint="wait until the program has read some of them",
            )
        link = self.actor.linker.link
        is_free = link is not None and not self.has_turn and not waiting
        if message.writer.kind == "live" and is_free and not message.submit:
            assert link is not None
            self.send(link, message)
            return
        controlling, patience = self.actor.controlling, message.patience
        if patience is None:
            patience = controlling.arbiter.settings.patience_seconds
        until = trio.current_time() + min(patience, MOST_PATIENCE)
        waiting.append(Write(message, self.actor.defer(), until))
        if message.writer.kind == "live":
            self.end_reading()
        controlling.changed.set()

    def counts(self, message: TypeInto) -> bool:
        """Whether input counts. Where a watcher's mouse is, or their focus, does not.

        Raises:
            Refused: `HumanControl`: it is another person's than the operator's.
        """
        writer, controlling = message.writer, self.actor.controlling
        if writer.kind != "live" or message.connection is None:
            return True
        if not message.is_passive:
            controlling.key(writer, message.connection)
            return True
        arbiter = controlling.arbiter
        return arbiter.control is None or arbiter.is_operator(writer)

    @property
    def waiting(self) -> int:
        """How many writes wait for their turn."""
        return sum(
            not write.reply.asker_gone
            for waiting in self.queues.values()
            for write in waiting
        )

    @property
    def has_key_waiting(self) -> bool:
        """Whether the operator presses keys that wait for the end of a turn."""
        return any(w.message.writer.kind == "live" for w in self.queues["operator"])

    def queue_of(self, writer: Writer) -> Queue:
        """Where a write waits."""
        if writer.kind in MACHINES:
            return "machines"
        if writer.kind == "live" or self.actor.controlling.arbiter.is_operator(writer):
            return "operator"
        return "people"

    def refuse_all(self, error: FugueError) -> None:
        """Refuse whatever waits for its turn."""
        for waiting in self.queues.values():
            while waiting:
                waiting.popleft().reply.fail(fresh(error))

    def typed_by(self, message: TypeInto) -> TypeInput:
        """What a host is to type. What the operator writes at once is theirs like any key."""
        text = keyboard.clean(message.text or "")
        is_operator = self.actor.controlling.arbiter.is_operator(message.writer)
        by = "live" if is_operator else message.writer.kind
        return TypeInput(
            text=text,
            paste=message.paste,
            keys=message.keys,
            mouse=message.mouse,
            focus=message.focus,
            by=by,
        )

    # ---- live keys

    def send(self, link: PaneLink, message: TypeInto) -> None:
        """Hand keys to the host; the answer comes when the host has them."""
        reply = self.actor.defer()
        try:
            link.type_soon(self.typed_by(message), partial(self.sent, reply))
        except FugueError as error:  # the link may be lost before we are told
            reply.fail(error)
        else:
            self.under_way += 1

    def sent(self, reply: Reply[Typed], answer: object) -> None:
        """The host has answered, or never will."""
        self.under_way -= 1
        try:
            written = expect(answer, Written)
        except FugueError as error:
            reply.fail(error)
        else:
            reply.resolve(Typed(bytes=written.size, next=written.next))

    # ---- turns

    async def run(self) -> None:
        """Make one write after the other, for as long as the actor lives."""
        while True:
            controlling = self.actor.controlling
            controlling.changed = trio.Event()
            write, queue, look_at = self.next(trio.current_time())
            if write is None:
                with trio.move_on_at(look_at):
                    await controlling.changed.wait()
                continue
            self.has_turn = True
            with trio.move_on_after(WRITE_WITHIN) as scope:
                try:
                    write.reply.resolve(await self.write(write.message))
                except DraftMet:
                    queue.appendleft(write)
                except FugueError as error:
                    write.reply.fail(error)
            self.has_turn = False
            if scope.cancelled_caught:
                write.reply.fail(silent(self.actor.pane_id))

    def next(self, now: float) -> tuple[Write | None, deque[Write], float]:
        """The write whose turn it is, and its queue; if it is nobody's, when to look again."""
        controlling = self.actor.controlling
        look_at = math.inf
        for waiting in self.queues.values():
            for write in tuple(waiting):
                if write.reply.asker_gone:
                    waiting.remove(write)
                    continue
                writer = write.message.writer
                decision = controlling.arbiter.decide(writer, now)
                if isinstance(decision, Go):
                    waiting.remove(write)
                    return write, waiting, now
                if isinstance(decision, No) or now >= write.until:
                    waiting.remove(write)
                    write.reply.fail(controlling.refusal(writer, decision))
                    continue
                look_at = min(look_at, write.until, decision.until or math.inf)
        return None, deque(), look_at

    async def write(self, message: TypeInto) -> Typed:
        """Write a message's text, keys and Enter, in the mode the program set."""
        link = await self.actor.linker.wait_link()
        typed = self.typed_by(message)
        size = cursor = 0
        if not message.is_empty:
            written = await self.type(link, typed)
            await self.taken(message, link, written, is_end=not message.submit)
            size, cursor = written.size, written.next
            if message.submit and message.paste and written.marks_pastes:
                await trio.sleep(SUBMIT_GAP)
            elif message.submit:
                with trio.move_on_after(ECHO_WITHIN):
                    await link.wait_for(WaitFor(quiet=ECHO_QUIET, since=cursor))
        if message.submit:
            written = await self.type(link, TypeInput(keys=("Enter",), by=typed.by))
            await self.taken(message, link, written, is_end=True)
            size, cursor = size + 1, written.next
        if message.writer.kind == "person":
            self.actor.controlling.wrote(message.writer)
        return Typed(bytes=size, next=cursor)

    async def type(self, link: PaneLink, typed: TypeInput) -> Written:
        """Have the host type something.

        Raises:
            DraftMet: It would be added to a person's draft; nothing was written.
        """
        try:
            return await link.type(typed)
        except Refused as error:
            if error.code != "HumanControl":
                raise
        # The host knows first, and word of it is on its way. What it answers may be older
        # than what it has said when we look at it: then whatever it said last counts.
        controlling = self.actor.controlling
        heard = controlling.heard
        status = await link.status()
        if controlling.heard == heard:
            controlling.drafted(status.draft)
        raise DraftMet

    async def taken(
        self, message: TypeInto, link: PaneLink, written: Written, *, is_end: bool
    ) -> None:
        """Wait until the terminal has what was written, unless that was a live key.

        At the end of a turn nothing is left to keep together: then a live key that waits
        ends this.

        Raises:
            Refused: `Busy`: the program has not read all of it.
        """
        if not written.queued_bytes or message.writer.kind == "live":
            return
        with trio.move_on_after(TAKEN_WITHIN) as reading:
            if is_end:
                self.end_reading = reading.cancel
                if self.has_key_waiting:
                    reading.cancel()
            await link.wait_for(WaitFor(taken=True))
        if not reading.cancelled_caught:
            return
        left = (await link.status()).queued_bytes
        if left:
            raise Refused(
                "Busy",
                f"the program of pane {self.actor.pane_id} does not read: {left} "
                "bytes of input wait for it",
                hint="it gets them when it reads again: do not type them again",
                data={"queued_bytes": left},
            )
