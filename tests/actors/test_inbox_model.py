"""An inbox against a plain list: whatever is done to it, nothing is lost or swapped.

The machine drives a real session actor, with real connections that claim and crash, and
keeps beside it what an inbox is: a list of messages, each queued or held by somebody.
"""

from __future__ import annotations

import math
from typing import Any

import attrs
import trio
from actorkit import World, a_message, open_world, types
from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from strategies import untimed
from trio.testing import wait_all_tasks_blocked
from triomachine import Stepper

from fugue_actors.actors import inbox
from fugue_actors.errors import Unavailable

WAIT = 60.0
picks = st.integers(0, 1_000_000)


@attrs.define(eq=False)
class Message:
    """A message as the model sees it."""

    name: str
    id: str
    holder: str | None = None
    redelivered: bool = False


class Waiter:
    """A claim that waits, in the model and in trio."""

    def __init__(self, line: Any, most: int, until: float) -> None:
        self.line = line
        self.most = most
        self.until = until
        self.expected: list[str] | None = None
        self.is_gone = False
        self.got: list[str] | None = None

    async def run(self, world: World, session: Any) -> None:
        with trio.move_on_after(math.inf) as self.scope:
            try:
                batch = await world.take(session, self.line, most=self.most, wait=WAIT)
            except Unavailable:
                self.is_gone = True
            else:
                self.got = types(batch)


class InboxMachine(RuleBasedStateMachine):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.trio = Stepper(open_world())
        self.world: World = self.trio.world
        self.inbox: list[Message] = []
        self.lines: list[Any] = []
        self.waiters: list[Waiter] = []
        self.finished: list[Waiter] = []
        self.number = 0

    def teardown(self) -> None:
        self.trio.close()

    def run(self, function: Any, *arguments: Any) -> Any:
        """Run something and let everything settle."""

        async def settled() -> Any:
            result = await function(*arguments)
            await wait_all_tasks_blocked()
            return result

        return self.trio.run(settled)

    # The model

    def hand_out(self) -> None:
        """First come first served, as long as something is queued."""
        while self.waiters:
            waiter = self.waiters[0]
            if (batch := self.claim(waiter.line.path, waiter.most)) == []:
                return
            waiter.expected = [message.name for message in batch]
            self.finished.append(self.waiters.pop(0))

    def claim(self, holder: str, most: int) -> list[Message]:
        batch = [m for m in self.inbox if m.holder is None][:most]
        for message in batch:
            message.holder = holder
        return batch

    def give_back(self, messages: list[Message], *, seen: bool) -> None:
        for message in messages:
            message.holder = None
            message.redelivered |= seen
        self.hand_out()

    def held_by(self, line: Any) -> list[Message]:
        return [m for m in self.inbox if m.holder == line.path]

    def pick(self, things: list[Any], pick: int) -> Any:
        return things[pick % len(things)]

    # Rules

    @initialize()
    def begin(self) -> None:
        self.session = self.run(self.world.session, "ann")
        self.connect()

    @precondition(lambda self: len(self.lines) < 4)
    @rule()
    def connect(self) -> None:
        self.lines.append(self.run(self.world.connection))

    @rule(count=st.integers(1, 4))
    def send(self, count: int) -> None:
        """Some messages come in one go."""
        events = []
        for _ in range(count):
            self.number += 1
            event = a_message(f"m{self.number}", self.session)
            events.append(event)
            self.inbox.append(Message(event.envelope.type, event.envelope.id))
        self.run(self.world.journal.record, *events)
        self.hand_out()

    @precondition(lambda self: self.lines)
    @rule(pick=picks, most=st.integers(1, 3))
    def poll(self, pick: int, most: int) -> None:
        """Take what is there."""
        line = self.pick(self.lines, pick)
        expected = [m.name for m in self.claim(line.path, most)]

        async def poll() -> list[str]:
            return types(await self.world.take(self.session, line, most=most))

        assert self.run(poll) == expected

    @precondition(lambda self: self.lines and len(self.waiters) < 3)
    @rule(pick=picks, most=st.integers(1, 3))
    def wait(self, pick: int, most: int) -> None:
        """Take what is there, or what comes."""
        line = self.pick(self.lines, pick)
        waiter = Waiter(line, most, self.trio.clock.current_time() + WAIT)
        self.waiters.append(waiter)
        self.trio.start(lambda: waiter.run(self.world, self.session))
        self.run(trio.lowlevel.checkpoint)
        self.hand_out()

    @precondition(lambda self: self.waiters)
    @rule(pick=picks)
    def give_up(self, pick: int) -> None:
        """A client cancels its waiting call."""
        waiter = self.pick(self.waiters, pick)
        self.waiters.remove(waiter)

        async def cancel() -> None:
            waiter.scope.cancel()

        self.run(cancel)

    @precondition(lambda self: any(self.held_by(line) for line in self.lines))
    @rule(pick=picks, count=st.integers(1, 3))
    def confirm(self, pick: int, count: int) -> None:
        """A connection proves that it got something."""
        holders = [line for line in self.lines if self.held_by(line)]
        messages = self.held_by(self.pick(holders, pick))[:count]
        self.run(
            inbox.confirm_messages,
            self.world.actor(self.session),
            tuple(m.id for m in messages),
        )
        self.inbox = [m for m in self.inbox if m not in messages]

    @precondition(lambda self: any(self.held_by(line) for line in self.lines))
    @rule(pick=picks, count=st.integers(1, 3), seen=st.booleans())
    def hand_back(self, pick: int, count: int, seen: bool) -> None:
        """A connection could not deliver something."""
        holders = [line for line in self.lines if self.held_by(line)]
        messages = self.held_by(self.pick(holders, pick))[-count:]
        ids = tuple(m.id for m in messages)

        async def hand_back() -> None:
            actor = self.world.actor(self.session)
            await inbox.return_messages(actor, ids, seen=seen)

        self.run(hand_back)
        self.give_back(messages, seen=seen)

    @precondition(lambda self: self.lines)
    @rule(pick=picks, crash=st.booleans())
    def drop(self, pick: int, crash: bool) -> None:
        """A connection ends, with all that waits on it."""
        line = self.pick(self.lines, pick)
        self.lines.remove(line)
        for waiter in [w for w in self.waiters if w.line is line]:
            self.waiters.remove(waiter)

            async def cancel(waiter: Waiter = waiter) -> None:
                waiter.scope.cancel()

            self.run(cancel)
        messages = self.held_by(line)
        self.run(self.world.crash_for_good if crash else self.world.hang_up, line)
        self.give_back(messages, seen=True)

    @rule()
    def crash(self) -> None:
        """The session's actor crashes: who waits is told, nothing else changes."""
        self.pass_time(10.0)  # more often than that is more than its supervisor bears
        self.run(self.world.crash, self.world.actor(self.session))
        assert all(waiter.is_gone for waiter in self.waiters)
        self.waiters.clear()

    @rule(seconds=st.sampled_from([1.0, 25.0, 60.0]))
    def pass_time(self, seconds: float) -> None:
        """Whoever has waited long enough gets an empty list."""

        # In steps that an ask's own limit bears, as time that really passes would.
        while seconds > 0:
            step = min(seconds, 2.0)
            self.run(self.jump, step)
            seconds -= step
        now = self.trio.clock.current_time()
        for waiter in [w for w in self.waiters if w.until <= now]:
            waiter.expected = []
            self.waiters.remove(waiter)
            self.finished.append(waiter)

    async def jump(self, seconds: float) -> None:
        self.trio.clock.jump(seconds)

    # What always holds

    @invariant()
    def the_inbox_is_what_the_model_says(self) -> None:
        if hasattr(self, "session"):
            assert self.world.inbox(self.session) == [
                (m.name, m.holder, m.redelivered) for m in self.inbox
            ]

    @invariant()
    def whoever_waited_got_what_was_due(self) -> None:
        assert [w.got for w in self.finished] == [w.expected for w in self.finished]
        assert all(w.got is None and not w.is_gone for w in self.waiters)

    @invariant()
    def senders_see_where_their_messages_are(self) -> None:
        rows = {
            message_id: row.state
            for message_id, record in self.world.journal.state.ledger.messages.items()
            for row in record.recipients.values()
        }
        unread = {m.id: "offered" if m.holder else "queued" for m in self.inbox}
        assert rows == {id: unread.get(id, "consumed") for id in rows}


TestInbox = InboxMachine.TestCase
TestInbox.settings = settings(untimed, max_examples=40, stateful_step_count=30)
