"""Control of a pane, within the pane's actor: what `arbiter` decides is kept true and told.

Control ends with the operator's connection, with the program, after a while without a key,
and with this actor. Who watches is told by events, in the order in which it happened; a key
that takes control waits for none of that.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import attrs
import trio

from fugue_actors.actors.arbiter import Arbiter, ControlSettings, Hold, No, Writer
from fugue_actors.actors.control import Standing, human_control
from fugue_actors.protocol.events import ControlReleased, ControlTaken
from fugue_actors.protocol.times import utc_now
from fugue_actors.protocol.values import Control

if TYPE_CHECKING:
    from fugue_actors.actors.control import NoteActivity, ReleaseControl, TakeControl
    from fugue_actors.actors.pane import PaneActor
    from fugue_actors.errors import Refused
    from fugue_actors.kernel import Ref, Reply, Timer, Watch
    from fugue_actors.protocol.events import Event
    from fugue_actors.protocol.values import ReleasedBy, TakenBy


@attrs.frozen
class LookIdle:
    """Has the operator been away for long?"""


class Controlling:
    """See the module's docstring.

    Attributes:
        arbiter: Who may write.
        changed: Set when somebody who waits may be let in, or has to be turned away.
        heard: How often the host has said something of a draft.
    """

    def __init__(self, actor: PaneActor, settings: ControlSettings) -> None:
        self.actor = actor
        self.arbiter = Arbiter(settings)
        self.changed = trio.Event()
        self.heard = 0
        self.connection: Ref | None = None
        self.watch: Watch | None = None
        self.timer: Timer | None = None
        self.news: deque[tuple[Event, Reply[Control] | None, Control | None]] = deque()
        self.has_news = trio.Event()

    def begin(self) -> None:
        """Whoever controlled before this incarnation does not any more."""
        pane = self.actor.journal.state.panes.get(self.actor.pane_id)
        if pane is not None and pane.control is not None:
            self.tell_released(pane.control, "restarted")

    async def run(self) -> None:
        """Record what happened, in order."""
        while True:
            while not self.news:
                self.has_news = trio.Event()
                await self.has_news.wait()
            event, reply, control = self.news.popleft()
            await self.actor.journal.record(event)
            if reply is not None and control is not None:
                reply.resolve(control)

    # ---- what the host says

    def drafted(self, by: str) -> None:
        """A person has begun to type something, or finished it."""
        self.arbiter.draft = by
        self.heard += 1
        self.changed.set()

    def standing(self, waiting: int) -> Standing:
        """Who may write now, while so many writes wait."""
        arbiter = self.arbiter
        _, until = arbiter.quietest(Writer(kind="agent"))
        return Standing(
            control=arbiter.control,
            draft=bool(arbiter.draft),
            remaining=max(0.0, until - trio.current_time()),
            waiting=waiting,
        )

    # ---- what people do

    def key(self, writer: Writer, connection: Ref) -> None:
        """A person presses keys for the program; on a free pane that takes control.

        Raises:
            Refused: `HumanControl`: somebody else controls.
        """
        now = trio.current_time()
        decision = self.arbiter.decide(writer, now)
        if isinstance(decision, No):
            raise self.refusal(writer, decision)
        if self.arbiter.control is None:
            self.give(writer, connection, "typed")
        self.arbiter.note("typing", writer, now)

    def wrote(self, writer: Writer) -> None:
        """A person has written something at once."""
        self.arbiter.note("typing", writer, trio.current_time())

    def note(self, message: NoteActivity) -> None:
        """A person does something else there."""
        self.arbiter.note(message.activity, message.writer, trio.current_time())

    def take(self, message: TakeControl) -> Control | None:
        """Give control to whoever asks; answered at once if nothing changes by that.

        Raises:
            Refused: `HumanControl`.
        """
        writer, present = message.writer, self.arbiter.control
        if present is not None and not self.arbiter.is_operator(writer):
            if not message.take_over:
                raise human_control(
                    self.actor.pane_id, "control", writer, control=present
                )
            self.give(writer, message.connection, "taken_over", message)
        elif present is None or present.exclusive != message.exclusive:
            self.give(writer, message.connection, "asked", message)
        else:
            self.arbiter.touched = trio.current_time()
            return present
        return None

    def release(self, message: ReleaseControl) -> bool:
        """Take control from whoever asks, if it has any.

        Raises:
            Refused: `HumanControl`: a draft is to be given up that another operator may
                be at.
        """
        present, is_theirs = (
            self.arbiter.control,
            self.arbiter.is_operator(message.writer),
        )
        if message.gives_way and present is not None and not is_theirs:
            raise human_control(
                self.actor.pane_id, "control", message.writer, control=present
            )
        if message.gives_way:
            self.arbiter.forget_quiet()
        if is_theirs:
            self.end("released")
        return is_theirs

    # ---- control begins and ends

    def give(
        self,
        writer: Writer,
        connection: Ref,
        why: TakenBy,
        asked: TakeControl | None = None,
    ) -> None:
        """Somebody controls from now on."""
        previous = self.arbiter.control
        is_exclusive = asked is not None and asked.exclusive
        control = Control(
            operator=writer.name,
            operator_id=writer.operator_id,
            since=utc_now(),
            exclusive=is_exclusive,
        )
        if previous is not None and previous.operator_id == control.operator_id:
            control = attrs.evolve(control, since=previous.since)
            previous = None
        self.arbiter.take(control, trio.current_time())
        self.look_after(connection)
        taken = ControlTaken(
            pane_id=self.actor.pane_id,
            session_id=self.actor.pane.session_id,
            control=control,
            why=why,
            previous=None if previous is None else previous.operator,
        )
        reply = None if asked is None else self.actor.defer()
        self.tell(taken, reply, control)

    def end(self, why: ReleasedBy) -> None:
        """Nobody controls any more."""
        control = self.arbiter.control
        if control is None:
            return
        self.arbiter.release()
        self.look_after(None)
        self.tell_released(control, why)

    def look_after(self, connection: Ref | None) -> None:
        """Have control end with this connection, or with nobody's."""
        if connection is not self.connection:
            if self.watch is not None:
                self.actor.unwatch(self.watch)
            self.watch = None if connection is None else self.actor.watch(connection)
            self.connection = connection
        if self.timer is None and connection is not None:
            self.set_timer()
        self.changed.set()

    def left(self, connection: Ref) -> None:
        """A connection has ended."""
        if connection is self.connection:
            self.end("left")

    def look_idle(self) -> None:
        """End control that nobody uses; otherwise look again when that may be."""
        self.timer = None
        idle_at = self.arbiter.idle_at
        if idle_at is not None and trio.current_time() >= idle_at:
            self.end("idle")
        elif self.arbiter.control is not None:
            self.set_timer()

    def set_timer(self) -> None:
        """Look when control may end by itself; no key has to set a timer for that."""
        idle_at = self.arbiter.idle_at
        if idle_at is not None:
            delay = max(0.0, idle_at - trio.current_time())
            self.timer = self.actor.after(delay, LookIdle())

    # ---- telling

    def tell(
        self,
        event: Event,
        reply: Reply[Control] | None = None,
        control: Control | None = None,
    ) -> None:
        """Have an event recorded; and answer whoever asked for it then."""
        self.news.append((event, reply, control))
        self.has_news.set()

    def tell_released(self, control: Control, why: ReleasedBy) -> None:
        """Have it recorded that nobody controls any more; a closed pane tells that itself."""
        if self.actor.pane_id not in self.actor.journal.state.panes:
            return
        released = ControlReleased(
            pane_id=self.actor.pane_id,
            session_id=self.actor.pane.session_id,
            operator=control.operator,
            operator_id=control.operator_id,
            why=why,
        )
        self.tell(released)

    def refusal(self, writer: Writer, decision: Hold | No) -> Refused:
        """A decision against a write, as its author is told."""
        until = decision.until if isinstance(decision, Hold) else None
        return human_control(
            self.actor.pane_id,
            decision.reason,
            writer,
            control=self.arbiter.control,
            remaining=None if until is None else until - trio.current_time(),
        )
