"""The journal's writer: the one actor, with one thread, that brings events to the disk.

1. It takes all that waits as a group, writes it in one transaction, and only then lets
   it happen. A group with a promise is on the disk for certain by then.
2. Now and then a checkpoint goes along: what of the view has changed. So a start reads
   little more than what is the case.
3. If the disk refuses, promises are refused, facts happen all the same, and the whole
   daemon goes on. The writer tries again with a growing pause; what it writes first is
   the view, so that no fact is lost, and with it the facts themselves.
4. A damaged file is set aside, and a new one begun with the view in memory. A copy of the
   view is written now and then, which also finds out whether the file can be read.
5. Between the end of a commit and what follows from it lies no await: nothing can come
   between, and no cancellation can cut it.

If the file could not be read when the daemon started, there is nothing to write to: the
writer looks whether it can be read by now, and then asks for a new start.
"""

from __future__ import annotations

import datetime
import logging
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from fugue_actors.journal.journal import Group
from fugue_actors.journal.troubles import Damaged, Outage
from fugue_actors.kernel import Actor, Backoff, ChildSpec, cleanup

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.journal.archive import Archive
    from fugue_actors.journal.changes import Draft
    from fugue_actors.journal.journal import Journal

logger = logging.getLogger(__name__)

PATH: Final = "/machine/journal"
EVENTS_BETWEEN: Final = 2_000
"""Checkpoints are at most so many events apart."""
SECONDS_BETWEEN: Final = 5.0
"""And at most so long after something has changed."""
ROUNDS: Final = 5
"""So often at most all others get a turn before a group is taken."""
COPY_SECONDS: Final = 60.0
"""Between copies of the view."""
TIDY_SECONDS: Final = 30.0
"""Between looks for what is too old."""
BREATH_SECONDS: Final = 0.02
"""Between parts of it: whoever records comes first."""
LAST_WRITE_WITHIN: Final = 10.0
FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 5.0


def spec(
    journal: Journal, archive: Archive, *, begin_anew: Callable[[], None]
) -> ChildSpec:
    """The writer, as a child of `machine`.

    Args:
        journal: What is recorded.
        archive: Where it is kept.
        begin_anew: Called when a file can be read that could not be when the daemon
            started.
    """
    return ChildSpec(
        id="journal",
        factory=lambda: WriterActor(journal, archive, begin_anew),
        backoff=Backoff(initial=0.1, maximum=5.0),
        shutdown=LAST_WRITE_WITHIN + 5.0,
    )


class WriterActor(Actor):
    """See the module's docstring."""

    def __init__(
        self, journal: Journal, archive: Archive, begin_anew: Callable[[], None]
    ) -> None:
        self.journal = journal
        self.archive = archive
        self.begin_anew = begin_anew
        self.thread = trio.CapacityLimiter(1)
        self.due = 0.0
        self.pause = FIRST_PAUSE
        self.damage: str | None = None
        self.copied = -1

    async def on_start(self) -> None:
        """Begin with what was recorded before there was a writer."""
        self.due = trio.current_time() + SECONDS_BETWEEN
        self.journal.is_served = True
        self.nursery.start_soon(self.serve)
        self.nursery.start_soon(self.copy_now_and_then)
        self.nursery.start_soon(self.tidy_now_and_then)

    async def on_stop(self, exit: object) -> None:
        """Write what is left to write."""
        self.journal.is_served = False
        with cleanup(LAST_WRITE_WITHIN):
            while self.journal.trouble is None and self.journal.is_waited_for:
                await self.write_group()
            if (
                self.journal.trouble is None
                and self.journal.seq > self.journal.checkpoint
            ):
                await self.write_checkpoint()
            await self.copy()

    async def handle(self, message: object) -> None:
        """Nobody asks the writer anything; see `Journal.record`."""

    async def serve(self) -> None:
        while True:
            if self.archive.is_unread:
                await self.look_again()
            elif self.journal.trouble is not None:
                await self.recover()
            else:
                await self.wait()
                if self.journal.is_waited_for:
                    await self.gather()
                    await self.write_group()
                elif self.journal.seq > self.journal.checkpoint or self.damage:
                    await self.write_checkpoint()

    async def wait(self) -> None:
        """Wait for events, or until a checkpoint is due."""
        if self.journal.is_waited_for:
            return
        if self.journal.seq > self.journal.checkpoint:
            with trio.move_on_at(max(self.due, trio.current_time())):
                await self.journal.wait_for_work()
        else:
            await self.journal.wait_for_work()
            self.due = trio.current_time() + SECONDS_BETWEEN

    async def gather(self) -> None:
        """Let those come along who are just about to record something.

        A group wakes all who waited for it, and what they record next would else find
        the writer under way with the first of them alone.
        """
        for _ in range(ROUNDS):
            before = self.journal.waiting
            await trio.lowlevel.checkpoint()
            if self.journal.waiting == before:
                return

    # ---- writing

    async def write_group(self) -> None:
        """Write what waits, and let it happen."""
        group = self.journal.begin_group()
        if not group.rows and not group.recorded:
            self.journal.keep(group)
            return
        await self.write(group, self.draft() if self.is_due() else None)

    async def write_checkpoint(self) -> None:
        """Write what of the view has changed."""
        await self.write(Group((), (), (), ()), self.draft())

    def is_due(self) -> bool:
        """Whether a checkpoint has to go along."""
        return (
            self.journal.unkept > self.journal.checkpoint
            or self.journal.seq - self.journal.checkpoint >= EVENTS_BETWEEN
            or trio.current_time() >= self.due
        )

    def draft(self) -> Draft:
        return self.journal.changes.draft(self.journal.state, self.journal.seq)

    async def write(self, group: Group, draft: Draft | None) -> None:
        """Write a group and a checkpoint, or let the group happen without the disk."""
        try:
            try:
                if self.damage is not None:
                    raise Damaged(self.damage)
                await self.in_thread(self.write_now, group, draft)
            except Damaged as damage:
                draft = self.draft_everything(draft)
                await self.in_thread(self.write_anew, str(damage), group, draft)
                self.damage = None
        except trio.Cancelled:  # before it began: what began is carried through
            self.withdraw(draft)
            self.journal.put_back(group)
            raise
        except (Outage, Damaged) as outage:
            if self.journal.trouble is None:
                logger.warning("%s; trying again", outage.message)
            self.withdraw(draft)
            self.journal.lose(outage.message, group)
        except BaseException:  # a bug: let it be seen, and nobody wait for ever
            self.withdraw(draft)
            self.journal.lose("the journal cannot be written because of a bug", group)
            raise
        else:
            if draft is not None:
                self.confirm(draft)
            self.journal.trouble = None
            self.journal.keep(group)

    async def in_thread(self, call: Callable[..., None], *arguments: Any) -> None:
        """Once begun it is carried through to its end, whoever is cancelled."""
        await trio.to_thread.run_sync(call, *arguments, limiter=self.thread)

    def write_now(self, group: Group, draft: Draft | None) -> None:
        """In the thread."""
        checkpoint = None if draft is None else draft.encoded()
        self.archive.write(
            group.rows, group.about, checkpoint, durable=group.is_promise
        )

    def write_anew(self, why: str, group: Group, draft: Draft) -> None:
        """In the thread."""
        self.archive.begin_anew(why, group.rows, group.about, draft.encoded())

    def draft_everything(self, draft: Draft | None) -> Draft:
        """The whole view, in the place of a draft that was not written."""
        if draft is not None:
            self.journal.changes.withdraw(draft)
        self.journal.changes.touch_everything(self.journal.state)
        return self.draft()

    def withdraw(self, draft: Draft | None) -> None:
        if draft is not None:
            self.journal.changes.withdraw(draft)

    def confirm(self, draft: Draft) -> None:
        self.journal.confirm(draft)
        self.due = trio.current_time() + SECONDS_BETWEEN

    # ---- from time to time

    @property
    def is_well(self) -> bool:
        return self.journal.trouble is None and not self.archive.is_unread

    async def copy_now_and_then(self) -> None:
        while True:
            await trio.sleep(COPY_SECONDS)
            await self.copy()

    async def copy(self) -> None:
        """Write a copy of the view, if it has changed; find out if it cannot be read."""
        checkpoint = self.journal.checkpoint
        if not self.is_well or checkpoint == self.copied:
            return
        try:
            await trio.to_thread.run_sync(self.archive.save_copy)
        except Outage as outage:
            logger.warning("no copy of the view: %s", outage.message)
        except Damaged as damage:
            self.damage = damage.message
            self.journal.wake()
        else:
            self.copied = checkpoint

    async def tidy_now_and_then(self) -> None:
        while True:
            await trio.sleep(TIDY_SECONDS)
            while self.is_well and await self.tidy():  # noqa: ASYNC110 - work, in parts
                await trio.sleep(BREATH_SECONDS)

    async def tidy(self) -> bool:
        """Delete some of what is too old; whether there may be more."""
        if self.journal.is_waited_for:
            return True
        now = datetime.datetime.now(datetime.UTC)
        try:
            return await trio.to_thread.run_sync(
                self.archive.tidy, now, limiter=self.thread
            )
        except (Outage, Damaged) as trouble:
            logger.info("nothing was deleted: %s", trouble.message)
            return False

    # ---- outages

    async def recover(self) -> None:
        """Try to write the view; if that works, all is as before."""
        await self.pause_longer()
        group = attrs.evolve(self.journal.begin_group(), is_promise=True)
        await self.write(group, self.draft())
        if self.journal.trouble is None:
            self.pause = FIRST_PAUSE
            logger.info("the journal is written again")

    async def look_again(self) -> None:
        """Ask for a new start when the file can be read that could not be."""
        await self.pause_longer()
        if await trio.to_thread.run_sync(self.archive.can_be_read, limiter=self.thread):
            logger.info("the journal can be read by now: starting anew")
            self.begin_anew()
            await trio.sleep_forever()

    async def pause_longer(self) -> None:
        await trio.sleep(self.pause)
        self.pause = min(2 * self.pause, LONGEST_PAUSE)
