"""Inboxes against plain lists: whatever is done to them, nothing is lost or swapped.

The machine drives real session actors, with real connections that claim and crash, and
beside them `plaininbox`, which is what inboxes are. Ann polls, waits and asks; Bob and
Cyd poll and answer. All of them settle messages by hand.
"""

from __future__ import annotations

import math
from typing import Any

import attrs
import trio
from actorkit import World, a_message, open_world
from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from plaininbox import Inboxes, Message, Question, Row, Waiter
from strategies import untimed
from trio.testing import wait_all_tasks_blocked
from triomachine import Stepper

from fugue_actors.actors import asking, inbox
from fugue_actors.actors.claiming import ids_of
from fugue_actors.actors.settling import settle_messages
from fugue_actors.actors.targets import TagTarget
from fugue_actors.errors import Unavailable
from fugue_actors.protocol.ids import new_message_id
from fugue_actors.protocol.values import Terms

WAIT = 60.0
# No question ends in the instant in which a wait does, whose order would be a guess.
ASK = 45.25
STEP = 0.5
NAMES = ("ann", "bob", "cyd")
ASKED = ("bob", "cyd")
# How many answers are waited for, and whether the question is for one: that answers once.
WAYS_TO_ASK = [(None, False), (1, False), (2, False), (None, True), (1, True)]
picks = st.integers(0, 1_000_000)
wishes = st.fixed_dictionaries(
    {},
    optional={
        "types": st.frozensets(st.sampled_from(["a", "b"]), min_size=1),
        "sender": st.sampled_from(["nobody", "bob"]),
    },
)


@attrs.define(eq=False)
class Call:
    """Something that waits: in the model, and in trio."""

    line: Any
    model: Waiter | Question
    scope: Any = None
    got: Any = None
    is_gone: bool = False

    async def run(self, work: Any) -> None:
        with trio.move_on_after(math.inf) as self.scope:
            try:
                self.got = await work()
            except Unavailable:
                self.is_gone = True

    @property
    def expected(self) -> Any:
        return self.model.got if isinstance(self.model, Waiter) else self.model.end


class InboxMachine(RuleBasedStateMachine):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.trio = Stepper(open_world())
        self.world: World = self.trio.world
        self.model = Inboxes()
        self.lines: list[Any] = []
        self.calls: list[Call] = []
        self.asked: list[Message] = []

    def teardown(self) -> None:
        self.trio.close()

    def run(self, function: Any, *arguments: Any) -> Any:
        """Run something, and let everything settle."""

        async def settled() -> Any:
            result = await function(*arguments)
            await wait_all_tasks_blocked()
            return result

        return self.trio.run(settled)

    @property
    def now(self) -> float:
        return self.trio.clock.current_time()

    def pick(self, things: list[Any], pick: int) -> Any:
        return things[pick % len(things)]

    def unread(self) -> list[tuple[str, Message]]:
        return [(who, one) for who in NAMES for one in self.model.unread(who)]

    def held(self) -> list[tuple[str, Message]]:
        return [pair for line in self.lines for pair in self.model.held_by(line.path)]

    # ---- sessions and connections

    @initialize()
    def begin(self) -> None:
        async def open_sessions() -> None:
            self.sessions = {
                name: await self.world.session(name, tags=("w",) * (name in ASKED))
                for name in NAMES
            }

        self.run(open_sessions)
        self.connect()

    @precondition(lambda self: len(self.lines) < 4)
    @rule()
    def connect(self) -> None:
        self.lines.append(self.run(self.world.connection))

    @precondition(lambda self: self.lines)
    @rule(pick=picks, crash=st.booleans())
    def drop(self, pick: int, crash: bool) -> None:
        """A connection ends, with all that waits on it."""
        line = self.pick(self.lines, pick)
        self.lines.remove(line)
        for call in [one for one in self.calls if one.line is line]:
            self.abandon(call)
        held = self.model.held_by(line.path)
        self.run(self.world.crash_for_good if crash else self.world.hang_up, line)
        for who, one in held:
            self.model.give_back(who, one, seen=True)
        self.model.settle(self.now)

    @rule()
    def crash(self) -> None:
        """Ann's actor crashes: who waits is told, her questions are withdrawn."""
        self.pass_time(10.0)  # more often than that is more than its supervisor bears
        waiting = [one for one in self.calls if one.expected is None]
        self.run(self.world.crash, self.world.actor(self.sessions["ann"]))
        assert all(one.is_gone for one in waiting)
        self.calls = [one for one in self.calls if one not in waiting]
        self.model.waiters.clear()
        self.model.questions.clear()
        for message in self.asked:  # also what came back after its question was over
            self.model.take_back(message)

    # ---- sending

    @rule(
        kinds=st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=3),
        sender=st.sampled_from(["nobody", "bob"]),
        who=st.sampled_from(NAMES),
    )
    def send(self, kinds: list[str], sender: str, who: str) -> None:
        """Some messages for somebody come in one go."""
        self.put([(kind, (who,), {}) for kind in kinds], sender)

    @rule(kind=st.sampled_from(["a", "b"]))
    def send_job(self, kind: str) -> None:
        """A message for whichever of them takes it first."""
        self.put([(kind, NAMES, {"deliver": "one"})], "nobody")

    @precondition(lambda self: self.asked)
    @rule(pick=picks, who=st.sampled_from(ASKED))
    def answer(self, pick: int, who: str) -> None:
        """Somebody answers a question, open or not, perhaps unread or again."""
        question = self.pick(self.asked, pick)
        self.model.answer(who, question)
        self.put([("answer", ("ann",), {"in_reply_to": question.id})], who)

    def put(self, sent: list[Any], sender: str) -> None:
        session = self.sessions.get(sender)
        events = []
        for kind, to, fields in sent:
            those = [self.sessions[name] for name in to]
            event = a_message(kind, *those, sender=session, **fields)
            # The daemon's own messages would come at times of their own.
            events.append(attrs.evolve(event, terms=Terms(tell_failure=False)))
            message = Message(
                id=event.envelope.id,
                type=kind,
                rows={name: Row() for name in to},
                sender=sender,
                one=event.envelope.deliver == "one",
                answers=event.envelope.in_reply_to,
            )
            self.model.messages.append(message)
        self.run(self.world.journal.record, *events)
        self.model.settle(self.now)

    # ---- receiving

    @precondition(lambda self: self.lines)
    @rule(pick=picks, who=st.sampled_from(NAMES), most=st.integers(1, 3), wanted=wishes)
    def poll(self, pick: int, who: str, most: int, wanted: dict[str, Any]) -> None:
        """Take what is there, of what is wanted."""
        line = self.pick(self.lines, pick)
        expected = self.model.claim(Waiter(who, line.path, most, 0.0, **wanted))

        async def poll() -> tuple[str, ...]:
            session = self.sessions[who]
            got = await self.world.take(session, line, most=most, **wanted)
            return ids_of(got)

        assert list(self.run(poll)) == expected

    @precondition(lambda self: self.lines and len(self.model.waiters) < 3)
    @rule(pick=picks, most=st.integers(1, 3), wanted=wishes)
    def wait(self, pick: int, most: int, wanted: dict[str, Any]) -> None:
        """Ann takes what is there, or what comes."""
        line = self.pick(self.lines, pick)
        waiter = Waiter("ann", line.path, most, self.now + WAIT, **wanted)
        self.model.waiters.append(waiter)

        async def take() -> list[str]:
            ann = self.sessions["ann"]
            got = await self.world.take(ann, line, most=most, wait=WAIT, **wanted)
            return list(ids_of(got))

        self.start(Call(line, waiter), take)

    @precondition(lambda self: self.lines and len(self.model.questions) < 3)
    @rule(pick=picks, how=st.sampled_from(WAYS_TO_ASK))
    def ask(self, pick: int, how: tuple[int | None, bool]) -> None:
        """Ann asks both of the others, or whichever takes it first."""
        wanted, one = how
        line = self.pick(self.lines, pick)
        message = Message(
            new_message_id(), "question", {name: Row() for name in ASKED}, "ann", one
        )
        self.model.messages.append(message)
        self.asked.append(message)
        question = Question("ann", line.path, message, wanted, self.now + ASK)
        self.model.questions.append(question)
        request = asking.AskSessions(
            holder=line,
            message_id=message.id,
            attested="process",
            target=TagTarget(tag="w"),
            content=("question", {}),
            within=ASK,
            wanted=wanted,
            deliver="one" if one else "all",
        )

        async def ask() -> tuple[str, list[str]]:
            ann = self.world.actor(self.sessions["ann"])
            outcome = await asking.ask_sessions(ann, request)
            return outcome.ending, list(ids_of(outcome.answers))

        self.start(Call(line, question), ask)

    def start(self, call: Call, work: Any) -> None:
        self.calls.append(call)
        self.trio.start(lambda: call.run(work))
        self.run(trio.lowlevel.checkpoint)
        self.model.settle(self.now)

    @precondition(lambda self: any(one.expected is None for one in self.calls))
    @rule(pick=picks)
    def give_up(self, pick: int) -> None:
        """A client cancels a call that waits."""
        waiting = [one for one in self.calls if one.expected is None]
        self.abandon(self.pick(waiting, pick))
        self.model.settle(self.now)

    def abandon(self, call: Call) -> None:
        self.calls.remove(call)

        async def cancel() -> None:
            call.scope.cancel()

        if call.expected is None:
            self.run(cancel)
            if isinstance(call.model, Waiter):
                self.model.waiters.remove(call.model)
            else:
                self.model.withdraw(call.model)

    # ---- settling

    @precondition(lambda self: self.held())
    @rule(pick=picks, count=st.integers(1, 3))
    def confirm(self, pick: int, count: int) -> None:
        """A connection proves that it got something."""
        who, ids = self.some_held(pick, count)
        self.run(inbox.confirm_messages, self.world.actor(self.sessions[who]), ids)
        for one in self.model.messages:
            if one.id in ids:
                self.model.end(who, one, "consumed")
        self.model.settle(self.now)

    @precondition(lambda self: self.held())
    @rule(pick=picks, count=st.integers(1, 3), seen=st.booleans())
    def hand_back(self, pick: int, count: int, seen: bool) -> None:
        """A connection could not deliver something."""
        who, ids = self.some_held(pick, count)

        async def hand_back() -> None:
            actor = self.world.actor(self.sessions[who])
            await inbox.return_messages(actor, ids, seen=seen)

        self.run(hand_back)
        for one in self.model.messages:
            if one.id in ids:
                self.model.give_back(who, one, seen=seen)
        self.model.settle(self.now)

    def some_held(self, pick: int, count: int) -> tuple[str, tuple[str, ...]]:
        """Whose, and which."""
        held = self.held()
        who, _ = self.pick(held, pick)
        return who, tuple(one.id for name, one in held if name == who)[-count:]

    @precondition(lambda self: self.unread())
    @rule(pick=picks, how=st.sampled_from(["acknowledge", "release", "refuse"]))
    def settle_by_hand(self, pick: int, how: Any) -> None:
        """A session says itself what becomes of a message, held or not."""
        who, one = self.pick(self.unread(), pick)
        actor = self.world.actor(self.sessions[who])
        self.run(settle_messages, actor, (one.id,), how, "no")
        if how == "release":
            self.model.give_back(who, one, seen=True)
        else:
            state = {"acknowledge": "consumed", "refuse": "refused"}[how]
            self.model.end(who, one, state)
        self.model.settle(self.now)

    # ---- time

    @rule(seconds=st.sampled_from([1.0, 25.0, 60.0]))
    def pass_time(self, seconds: float) -> None:
        """Whoever has waited long enough gets what there is."""
        # In steps, so that what ends at different times does not end in one instant.
        for _ in range(int(seconds / STEP)):
            self.run(self.jump)
            self.model.settle(self.now)

    async def jump(self) -> None:
        self.trio.clock.jump(STEP)

    # ---- what always holds

    @invariant()
    def inboxes_are_what_the_model_says(self) -> None:
        ledger = self.world.journal.state.ledger
        for name, session in getattr(self, "sessions", {}).items():
            holders = dict(ledger.held(session.session_id))
            assert [
                (one.id, holders.get(one.id), one.redelivered)
                for one in ledger.inbox(session.session_id)
            ] == [
                (one.id, one.rows[name].holder, one.rows[name].redelivered)
                for one in self.model.unread(name)
            ]

    @invariant()
    def whoever_waited_got_what_was_due(self) -> None:
        assert [one.got for one in self.calls] == [one.expected for one in self.calls]
        assert not any(one.is_gone for one in self.calls)

    @invariant()
    def senders_see_where_their_messages_are(self) -> None:
        found = {
            record.envelope.id: {
                row.session_name: row.state for row in record.recipients.values()
            }
            for record in self.world.journal.state.ledger.messages.values()
        }
        assert found == {
            one.id: {
                name: "offered" if row.state == "held" else row.state
                for name, row in one.rows.items()
                if not (row.state == "queued" and one.is_hidden(name))
            }
            for one in self.model.messages
        }


TestInbox = InboxMachine.TestCase
TestInbox.settings = settings(untimed, max_examples=40, stateful_step_count=30)
