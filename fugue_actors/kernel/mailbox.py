"""A bounded mailbox with one reader.

1. Control messages bypass the bound, go before user messages and are never dropped.
2. The bound counts user messages that wait; the reader's current one does not count.
3. A sender who must wait parks its envelope; whoever makes room moves the oldest
   parked envelope in. So the order of senders holds and no late-comer overtakes.
4. A message for an idle reader is handed over at once and cannot be taken back: not by
   a stop, not by a cancellation in the same instant.
5. `close` shuts out senders and gives back what nobody will handle; the caller answers
   it. With `drain` the queue stays to the reader.

Knows nothing of actors, so it also serves alone where a memory channel would lose what
it holds when it is closed: `put`, `take`, `close`.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

import attrs
import outcome
import trio

from fugue_actors.errors import MailboxFull
from fugue_actors.kernel.spec import MailboxSpec, Overflow

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from fugue_actors.kernel.envelope import Envelope


@attrs.frozen(kw_only=True)
class MailboxStatistics:
    """One look at a mailbox; numbers of messages, and an absolute trio time."""

    depth: int
    peak: int
    waiting: int
    dropped: int
    oldest: float | None


class Mailbox:
    """The mailbox of one incarnation.

    Args:
        spec: Its bound and its overflow policy.
        name: What errors call it.
    """

    __slots__ = (
        "bound",
        "coalesced",
        "control",
        "dropped",
        "is_draining",
        "key",
        "name",
        "overflow",
        "peak",
        "queue",
        "reader",
        "refusal",
        "waiting",
    )

    def __init__(self, spec: MailboxSpec, name: str = "the mailbox") -> None:
        self.name = name
        self.bound = spec.bound
        self.overflow = spec.overflow
        self.key = spec.key
        self.control: deque[Envelope] = deque()
        self.queue: deque[Envelope] = deque()
        self.waiting: OrderedDict[Envelope, trio.lowlevel.Task | None] = OrderedDict()
        self.coalesced: dict[Hashable, Envelope] = {}
        self.reader: trio.lowlevel.Task | None = None
        self.refusal: Callable[[], BaseException] | None = None
        self.is_draining = False
        self.peak = 0
        self.dropped = 0

    def statistics(self) -> MailboxStatistics:
        """How full it is, how full it was, and since when the oldest waits."""
        return MailboxStatistics(
            depth=len(self.queue),
            peak=self.peak,
            waiting=len(self.waiting),
            dropped=self.dropped,
            oldest=self.queue[0].queued_at if self.queue else None,
        )

    # The sender's side

    def offer(self, envelope: Envelope) -> bool:
        """Queue it if that is possible now; false when its sender has to wait.

        Raises:
            MailboxFull: The policy refuses more.
            ActorGone, ActorRestarting, ActorCrashed: Nobody reads here any more.
        """
        if self.refusal is not None:
            raise self.refusal()
        if self.reader is not None:
            trio.lowlevel.reschedule(self.reader, outcome.Value(envelope))
            self.reader = None
            return True
        if self.key is not None and envelope.reply is None:
            return self.coalesce(envelope, self.key(envelope.message))
        if len(self.queue) >= self.bound and not self.make_room(envelope):
            return False
        self.append(envelope)
        return True

    def append(self, envelope: Envelope) -> None:
        """Put it at the end of the queue, which has room."""
        envelope.queued_at = trio.current_time()
        self.queue.append(envelope)
        if len(self.queue) > self.peak:
            self.peak = len(self.queue)

    def make_room(self, envelope: Envelope) -> bool:
        """At the bound: apply the policy; true when there is room now."""
        if self.overflow is Overflow.BLOCK:
            return False
        if self.overflow is Overflow.DROP_OLDEST:
            for place, queued in enumerate(self.queue):
                if queued.reply is None:
                    del self.queue[place]
                    self.dropped += 1
                    return True
        raise self.full()

    def full(self) -> MailboxFull:
        """What a sender gets when there is no room for its message."""
        return MailboxFull(
            f"{self.name} is full: {len(self.queue)} of {self.bound} messages wait",
            hint="try again later",
        )

    def coalesce(self, envelope: Envelope, key: Hashable) -> bool:
        """Replace the pending message of the same key in place, or append."""
        if key is None:
            if len(self.queue) >= self.bound:
                raise self.full()
            self.append(envelope)
            return True
        pending = self.coalesced.get(key)
        if pending is not None:
            pending.message = envelope.message
            pending.sender = envelope.sender
            pending.trace = envelope.trace
            return True
        if len(self.queue) >= self.bound:
            raise self.full()
        envelope.key = key
        self.coalesced[key] = envelope
        self.append(envelope)
        return True

    def park(self, envelope: Envelope, task: trio.lowlevel.Task | None = None) -> None:
        """Let it wait for room; `task` is woken when it has moved in."""
        self.waiting[envelope] = task

    def unpark(self, envelope: Envelope) -> None:
        """Its sender waits no longer; nothing happens if it has moved in."""
        self.waiting.pop(envelope, None)

    async def put(self, envelope: Envelope) -> None:
        """Queue a tell, waiting for room if the policy is to wait.

        Raises:
            MailboxFull: The policy refuses more.
            ActorGone, ActorRestarting, ActorCrashed: Nobody reads here, or nobody
                does any more.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        if self.offer(envelope):
            await trio.lowlevel.cancel_shielded_checkpoint()
        else:
            await self.wait_for_room(envelope)

    async def wait_for_room(self, envelope: Envelope) -> None:
        """Park a tell that was offered in vain, until it has moved in."""

        def give_up(raise_cancel: object) -> trio.lowlevel.Abort:
            self.unpark(envelope)
            return trio.lowlevel.Abort.SUCCEEDED

        self.park(envelope, trio.lowlevel.current_task())
        await trio.lowlevel.wait_task_rescheduled(give_up)

    def put_nowait(self, envelope: Envelope) -> None:
        """Queue a tell now or raise; `trio.WouldBlock` where `put` would wait."""
        if not self.offer(envelope):
            raise trio.WouldBlock

    def post(self, envelope: Envelope) -> None:
        """Queue a control message; on a closed mailbox it is lost, as it should be."""
        if self.reader is not None:
            trio.lowlevel.reschedule(self.reader, outcome.Value(envelope))
            self.reader = None
        elif self.refusal is None or self.is_draining:
            self.control.append(envelope)

    # The reader's side

    @property
    def is_over(self) -> bool:
        """Whether the reader has nothing more to expect."""
        return self.refusal is not None and not self.queue and not self.control

    def take_nowait(self) -> Envelope | None:
        """The next message that somebody still wants, or `None` when there is none."""
        if self.control:
            return self.control.popleft()
        queue = self.queue
        while queue:
            envelope = queue.popleft()
            if envelope.key is not None:
                del self.coalesced[envelope.key]
            if self.waiting:
                self.admit()
            if envelope.is_wanted:
                return envelope
        return None

    def admit(self) -> None:
        """Move the oldest sender that still waits into the room there is."""
        while self.waiting and len(self.queue) < self.bound:
            envelope, task = self.waiting.popitem(last=False)
            if envelope.is_wanted:
                self.append(envelope)
                if task is not None:
                    trio.lowlevel.reschedule(task, outcome.Value(None))

    async def take(self) -> Envelope | None:
        """The next message; `None` when there will be none.

        Always a checkpoint. A message handed over is the reader's, even if a
        cancellation comes in the same instant.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        envelope = self.take_nowait()
        if envelope is None and not self.is_over:
            return await self.wait()
        await trio.lowlevel.cancel_shielded_checkpoint()
        return envelope

    async def wait(self) -> Envelope | None:
        """Wait idle for the next message; the queue is empty and may still fill."""
        self.reader = trio.lowlevel.current_task()
        envelope: Envelope | None = await trio.lowlevel.wait_task_rescheduled(
            self.stop_waiting
        )
        return envelope

    def stop_waiting(self, raise_cancel: object) -> trio.lowlevel.Abort:
        """The idle reader was cancelled."""
        self.reader = None
        return trio.lowlevel.Abort.SUCCEEDED

    # The end

    def close(
        self, refusal: Callable[[], BaseException], *, drain: bool = False
    ) -> list[Envelope]:
        """Take no more messages and wake the reader.

        Args:
            refusal: Makes the exception for each sender that is turned away.
            drain: Leave what is queued to the reader, and control messages open.

        Returns:
            The envelopes that will not be handled, in order.
        """
        self.refusal = refusal
        self.is_draining = drain
        rejected: list[Envelope] = []
        if not drain:
            rejected.extend(self.queue)
            self.queue.clear()
            self.control.clear()
        for envelope, task in self.waiting.items():
            if task is None:
                rejected.append(envelope)
            else:
                trio.lowlevel.reschedule(task, outcome.Error(refusal()))
        self.waiting.clear()
        if self.reader is not None:
            trio.lowlevel.reschedule(self.reader, outcome.Value(None))
            self.reader = None
        return rejected
