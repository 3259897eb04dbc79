"""The event stream: record, fold, tell whoever listens.

1. `record` returns when the events are kept, and only then has anything happened: the
   view is folded and listeners are told in the same step, so nobody ever sees half of it.
2. There is one order: that of the queue is that on the disk, in the view, and in which
   listeners are told.
3. A promise that cannot be kept is refused, and has not happened. A fact has happened
   whatever the disk says, and is written later; see `kinds`.
4. What one call records is kept as a whole or not at all, and nothing comes between.
5. Without a disk (`Journal()`) all of this is true as well, and nothing waits.

Who writes is the actor in `writer`: it takes what waits as a group. Nothing here touches
a file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import attrs
import trio

from fugue_actors.errors import FugueError, MailboxFull, Unavailable
from fugue_actors.journal.changes import Changes, Draft
from fugue_actors.journal.entries import Entry, entry_of
from fugue_actors.journal.kinds import is_passing, is_promise
from fugue_actors.journal.store import AboutRow, EventRow
from fugue_actors.journal.views import State
from fugue_actors.protocol.events import Event, Recorded, concerns
from fugue_actors.protocol.times import utc_now

Listener = Callable[[Recorded], None]
Done = Callable[[FugueError | None], None]

MOST_WAITING: Final = 1_024
"""Batches that wait for the disk; whoever comes then waits for room."""
MOST_AT_ONCE: Final = 1_024
"""Events of a group, but for a batch that is larger by itself."""
MOST_LATE: Final = 10_000
"""Facts that a disk which refuses still gets when it is well; of more the newest."""
PATIENCE: Final = 5.0
"""Seconds that a recorder waits for a writer, if there is none."""


@attrs.define(eq=False)
class Batch:
    """What one call records.

    Attributes:
        entries: Its events.
        done: Called once: with nothing when they are kept, or with why they are not.
        is_promise: Whether one of them is.
        is_withdrawn: Nobody wants it any more, and it has not been begun.
    """

    entries: tuple[Entry, ...]
    done: Done
    is_promise: bool
    is_withdrawn: bool = False


@attrs.frozen
class Group:
    """Batches that are written together, and what they record.

    `late` says how many of the rows are of facts that have happened already.
    """

    batches: tuple[Batch, ...]
    recorded: tuple[Recorded, ...]
    rows: Sequence[EventRow]
    about: Sequence[AboutRow]
    is_promise: bool = False
    late: int = 0


@attrs.define(eq=False)
class Journal:
    """One per daemon, made before any actor and outliving each of them.

    Attributes:
        state: What is the case.
        seq: Number of the newest event.
        generation: This daemon's among all that had this home: a pane host obeys
            the newest one that it has met.
        path: The file in which it is kept; None if it is in memory only.
        is_served: Whether somebody writes what is recorded.
        trouble: Why nothing can be written now; None if it can.
        checkpoint: Number of the event after which the file's view is true.
        unkept: Number of the newest event that is in no file but counts.
        changes: What of the view is in no file yet.
        claiming: Messages for one of several that somebody is about to be offered:
            others need not try as well. Nothing that is recorded depends on it.
    """

    state: State = attrs.Factory(State)
    seq: int = 0
    generation: int = 1
    path: Path | None = None
    is_served: bool = False
    trouble: str | None = None
    checkpoint: int = 0
    unkept: int = 0
    changes: Changes = attrs.Factory(Changes)
    claiming: set[str] = attrs.Factory(set)
    _queue: deque[Batch] = attrs.Factory(deque)
    _late: deque[tuple[EventRow, Sequence[AboutRow]]] = attrs.Factory(
        lambda: deque(maxlen=MOST_LATE)
    )
    _under_way: bool = False
    _work: trio.Event = attrs.Factory(trio.Event)
    _room: trio.Event = attrs.Factory(trio.Event)
    _everyone: dict[object, Listener] = attrs.Factory(dict)
    _by_session: dict[str, dict[object, Listener]] = attrs.Factory(dict)

    @property
    def is_kept(self) -> bool:
        """Whether it goes to a disk."""
        return self.path is not None

    # ---- recording

    async def record(self, *events: Event) -> None:
        """Keep these events, in this order and all at once.

        If this is cancelled, they were either recorded, all of them, or never will be.

        Raises:
            Unavailable: They are promises and cannot be kept now; nothing has happened.
        """
        if not self.is_kept:
            await trio.lowlevel.checkpoint()
            self._fold(events)
            return
        while len(self._queue) >= MOST_WAITING:
            await self._room.wait()
        ended = trio.Event()
        refusal: FugueError | None = None

        def done(error: FugueError | None) -> None:
            nonlocal refusal
            refusal = error
            ended.set()

        batch = self.submit(*events, done=done)
        try:
            if not self.is_served:
                with trio.move_on_after(PATIENCE):
                    await ended.wait()
                is_begun = batch not in self._queue  # by a writer that is ending
                if not is_begun and not self.is_served:
                    self._queue.remove(batch)
                    self._make_room()
                    self._settle_unwritten(batch, "nobody writes the journal")
            await ended.wait()
        finally:
            batch.is_withdrawn = True
        if refusal is not None:
            raise refusal

    def submit(self, *events: Event, done: Done) -> Batch:
        """Keep these events like `record`, without waiting.

        Args:
            events: What happened.
            done: Called once, with None in the step in which they have happened, or
                with the reason if they have not. Perhaps before this returns. It must
                not raise.

        Raises:
            MailboxFull: So much waits for the disk that nothing more may.
        """
        if not self.is_kept:
            self._fold(events)
            done(None)
            return Batch((), done, is_promise=False)
        if len(self._queue) >= MOST_WAITING:
            raise MailboxFull("the journal is busy")
        batch = Batch(
            tuple(entry_of(event) for event in events),
            done,
            is_promise=any(map(is_promise, events)),
        )
        if self.trouble is not None:
            self._settle_unwritten(batch, self.trouble)
        elif not self._queue and not self._under_way and all(map(is_passing, events)):
            self._fold(events)
            done(None)
        else:
            self._queue.append(batch)
            self._work.set()
        return batch

    # ---- for whoever writes

    @property
    def is_waited_for(self) -> bool:
        """Whether something has to be written."""
        return bool(self._queue)

    @property
    def waiting(self) -> int:
        """How many batches wait to be written."""
        return len(self._queue)

    async def wait_for_work(self) -> None:
        """Wait until something has to be written, or somebody calls `wake`."""
        if not self._queue:
            self._work = trio.Event()
            await self._work.wait()

    def wake(self) -> None:
        """Have the writer look what there is to do."""
        self._work.set()

    def begin_group(self) -> Group:
        """Take what waits, as much as goes together, and number it."""
        batches: list[Batch] = []
        recorded: list[Recorded] = []
        rows: list[EventRow] = []
        about: list[AboutRow] = []
        for row, messages in self._late:
            rows.append(row)
            about += messages
        late = len(rows)
        at, seq = utc_now(), self.seq
        while self._queue:
            batch = self._queue[0]
            if batch.is_withdrawn:
                self._queue.popleft()
                continue
            if recorded and len(recorded) + len(batch.entries) > MOST_AT_ONCE:
                break
            batches.append(self._queue.popleft())
            for entry in batch.entries:
                seq += 1
                recorded.append(Recorded(seq=seq, at=at, event=entry.event))
                if entry.body is not None:
                    rows.append((seq, at, entry.kind, entry.session, entry.body))
                    about += [(message, seq) for message in entry.messages]
        self._under_way = True
        self._make_room()
        return Group(
            tuple(batches),
            tuple(recorded),
            rows,
            about,
            any(batch.is_promise for batch in batches),
            late,
        )

    def keep(self, group: Group) -> None:
        """A group is on the disk: now it has happened."""
        self._under_way = False
        for row in group.rows[: group.late]:
            if self._late and self._late[0][0] is row:  # and not crowded out meanwhile
                self._late.popleft()
        end = len(group.recorded)
        # What a bug keeps from being folded holds up no other.
        with ExitStack() as each:
            for batch in reversed(group.batches):
                start = end - len(batch.entries)
                each.callback(self._happen, batch, group.recorded[start:end])
                end = start

    def lose(self, why: str, group: Group | None = None) -> None:
        """The disk refuses: what waits, and a group, go without it.

        Facts have happened, promises have not; and so it is with what is recorded from
        now on, until `trouble` is None again.
        """
        self._under_way = False
        self.trouble = why
        begun = () if group is None else group.batches
        for batch in (*begun, *self._queue):
            if not batch.is_withdrawn:
                self._settle_unwritten(batch, why)
        self._queue.clear()
        self._make_room()

    def confirm(self, draft: Draft) -> None:
        """What had changed is in the file's view."""
        self.changes.confirm(draft)
        self.checkpoint = draft.seq

    def put_back(self, group: Group) -> None:
        """A group was not even begun: it waits as before."""
        self._under_way = False
        self._queue.extendleft(reversed(group.batches))
        self._work.set()

    # ---- listening

    def listen(
        self, listener: Listener, *, session_id: str | None = None
    ) -> Callable[[], None]:
        """Call `listener` with what is recorded from now on.

        A listener is called synchronously from another's task: it may only set a
        flag or put something into a bounded queue, and must not raise.

        Args:
            listener: What to call.
            session_id: Only for events that concern this session, or that put messages
                back into its inbox.

        Returns:
            A function that stops it; calling it twice is harmless.
        """
        token = object()
        if session_id is None:
            table = self._everyone
        else:
            table = self._by_session.setdefault(session_id, {})
        table[token] = listener

        def stop() -> None:
            table.pop(token, None)
            if not table and self._by_session.get(session_id or "") is table:
                del self._by_session[session_id or ""]

        return stop

    # ---- the one step in which things happen

    def _happen(self, batch: Batch, recorded: Sequence[Recorded]) -> None:
        """Fold a batch that is on the disk, and tell who recorded it."""
        try:
            for one in recorded:
                self._apply(one)
        finally:
            batch.done(None)

    def _settle_unwritten(self, batch: Batch, why: str) -> None:
        """End a batch that no disk will have."""
        batch.is_withdrawn = True
        if batch.is_promise:
            batch.done(Unavailable(why, hint="nothing has happened; ask again later"))
            return
        at = utc_now()
        for entry in batch.entries:
            seq = self.seq + 1
            self._apply(Recorded(seq=seq, at=at, event=entry.event))
            if entry.body is not None:
                row = seq, at, entry.kind, entry.session, entry.body
                self._late.append((row, [(one, seq) for one in entry.messages]))
        self.unkept = self.seq
        batch.done(None)

    def _make_room(self) -> None:
        self._room.set()
        self._room = trio.Event()

    def _fold(self, events: Sequence[Event]) -> None:
        at = utc_now()
        for event in events:
            self._apply(Recorded(seq=self.seq + 1, at=at, event=event))

    def fold_again(self, recorded: Recorded) -> None:
        """What was recorded before this daemon began; nobody is told."""
        self.seq = recorded.seq
        if self.is_kept:
            self.changes.note(recorded.event, self.state)
        self.state.apply(recorded)

    def _apply(self, recorded: Recorded) -> None:
        self.fold_again(recorded)
        self._tell(recorded)

    def _tell(self, recorded: Recorded) -> None:
        for listener in tuple(self._everyone.values()):
            listener(recorded)
        if self._by_session:
            regained = self.state.ledger.regained
            for session_id in dict.fromkeys((*concerns(recorded.event), *regained)):
                listeners = self._by_session.get(session_id)
                if listeners:
                    for listener in tuple(listeners.values()):
                        listener(recorded)
