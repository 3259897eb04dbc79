"""Questions: who is waited for, when it is over, and what is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from actorkit import World, a_message, a_session, open_world, types
from gatedjournal import GatedJournal
from gatewaykit import Background
from hypothesis import given, strategies as st
from strategies import untimed
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import asking, inbox, sending
from fugue_actors.actors.asking import AskSessions, Outcome
from fugue_actors.actors.claiming import ids_of
from fugue_actors.actors.deadlines import moment
from fugue_actors.actors.targets import SessionTarget, TagTarget
from fugue_actors.errors import FugueError, Refused
from fugue_actors.journal import MessageRecord
from fugue_actors.kernel import stop_child
from fugue_actors.protocol.events import (
    DeliveryEnded,
    MessagesOffered,
    SessionClosed,
)
from fugue_actors.protocol.ids import new_message_id
from fugue_actors.protocol.values import Recipient, Session, Terms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.kernel import Ref
    from fugue_actors.protocol.values import RecipientState


@pytest.fixture
def journal() -> GatedJournal:
    return GatedJournal()


@pytest.fixture
async def world(
    autojump_clock: MockClock, journal: GatedJournal
) -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world(journal=journal) as world:
            yield world


class Asked:
    """A question in a task of its own, and what others do about it."""

    def __init__(
        self,
        world: World,
        nursery: trio.Nursery,
        asker: Session,
        line: Ref,
        **how: Any,
    ) -> None:
        self.world = world
        self.asker = asker
        self.id = new_message_id()
        request = AskSessions(
            holder=line,
            message_id=self.id,
            attested="process",
            content=("question", {}),
            **{"target": TagTarget(tag="w"), "within": 60, **how},
        )
        self.error: FugueError | None = None
        self.task = Background(nursery, self.run(request))

    async def run(self, request: AskSessions) -> Outcome | None:
        try:
            return await asking.ask_sessions(self.world.actor(self.asker), request)
        except FugueError as error:
            self.error = error
            return None

    @property
    def outcome(self) -> Outcome | None:
        result: Outcome | None = self.task.result
        return result

    @property
    def end(self) -> tuple[str, list[str]] | None:
        """How it ended, and who answered."""
        if self.outcome is None:
            return None
        who = [answer.sender.session_name for answer in self.outcome.answers]
        return self.outcome.ending, who

    def states(self) -> dict[str, RecipientState]:
        record = self.world.journal.state.ledger.messages[self.id]
        return {
            row.session_name: row.state
            for row in (*record.recipients.values(), *record.aside.values())
        }

    async def answer(self, who: Session, text: str = "answer") -> None:
        """Reply, as somebody."""
        await sending.send(
            self.world.router,
            who,
            "process",
            SessionTarget(session=self.asker.session_name),
            (text, {}),
            in_reply_to=self.id,
        )
        await wait_all_tasks_blocked()

    async def read(self, who: Session) -> None:
        """Take the question up, with proof."""
        await self.world.take(who, await self.world.connection())
        await inbox.confirm_messages(self.world.actor(who), (self.id,))
        await wait_all_tasks_blocked()


async def team(world: World, *names: str) -> list[Session]:
    return [await world.session(name, tags=("w",)) for name in names]


async def end(world: World, session: Session) -> None:
    """A session ends, with its actor."""
    await world.journal.record(
        SessionClosed(session_id=session.session_id, reason="killed")
    )
    sessions = world.kernel.registry.resolve("/sessions")
    await stop_child(sessions, session.session_id)
    await wait_all_tasks_blocked()


# ---- answers


async def test_a_question_is_answered_when_everybody_asked_has_answered(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Not before; the answers are claimed for who asked, and proved by it."""
    ann, line = await world.session("ann"), await world.connection()
    bob, cyd = await team(world, "bob", "cyd")
    asked = Asked(world, nursery, ann, line)
    await wait_all_tasks_blocked()
    await asked.answer(cyd)
    assert asked.end is None
    await asked.answer(bob)
    assert asked.end == ("complete", ["cyd", "bob"])
    assert asked.outcome is not None
    assert {row.state for row in asked.outcome.recipients} == {"answered"}
    assert world.inbox(ann) == [("answer", line.path, False)] * 2
    ids = ids_of(asked.outcome.answers)
    await inbox.confirm_messages(world.actor(ann), ids)
    assert world.inbox(ann) == []


@pytest.mark.parametrize(("wanted", "names"), [(1, ["cyd"]), (2, ["cyd", "bob"])])
async def test_enough_answers_are_enough_and_the_rest_need_not_read_it(
    autojump_clock: MockClock,
    world: World,
    nursery: trio.Nursery,
    wanted: int,
    names: list[str],
) -> None:
    """Any one, or a quorum; nobody works for an answer that is not waited for."""
    ann, line = await world.session("ann"), await world.connection()
    bob, cyd, dan = await team(world, "bob", "cyd", "dan")
    asked = Asked(world, nursery, ann, line, wanted=wanted)
    await wait_all_tasks_blocked()
    await asked.answer(cyd)
    if wanted == 2:
        assert asked.end is None
        await asked.answer(bob)
    assert asked.end == ("complete", names)
    assert asked.states()["dan"] == "expired"
    assert world.inbox(dan) == []
    record = world.journal.state.ledger.messages[asked.id]
    assert record.recipients[dan.session_id].evidence == "withdrawn: it was answered"
    assert [event.withdrawn for event in world.recorded(DeliveryEnded)] == [True]
    assert world.journal.state.ledger.to_report == {}


async def test_no_poll_is_given_an_answer_that_somebody_waits_for(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Another connection of the asker polls; other messages it gets as ever."""
    ann = await world.session("ann")
    bob, cyd = await team(world, "bob", "cyd")
    polls = Background(
        nursery, world.take(ann, await world.connection(), wait=600, most=1)
    )
    asked = Asked(world, nursery, ann, await world.connection())
    await wait_all_tasks_blocked()
    await asked.answer(bob)
    assert not polls.is_over
    assert await world.take(ann, await world.connection()) == ()
    await world.send(cyd, ann, "note")
    await wait_all_tasks_blocked()
    assert types(polls.result) == ["note"]
    await asked.answer(cyd)
    assert asked.end == ("complete", ["bob", "cyd"])


async def test_a_second_answer_and_one_of_somebody_else_are_messages_like_others(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """One answer of each that was asked counts; what else came is not lost."""
    ann = await world.session("ann")
    bob, cyd = await team(world, "bob", "cyd")
    eve = await world.session("eve")
    asked = Asked(world, nursery, ann, await world.connection())
    await wait_all_tasks_blocked()
    waiting = Background(
        nursery, world.take(ann, await world.connection(), wait=600, most=9)
    )
    await wait_all_tasks_blocked()
    await asked.answer(bob, "first")
    await asked.answer(bob, "second")
    await asked.answer(eve, "uninvited")
    assert (asked.end, waiting.is_over) == (None, False)
    await asked.answer(cyd, "third")
    assert asked.outcome is not None
    assert types(asked.outcome.answers) == ["first", "third"]
    assert types(waiting.result) == ["second", "uninvited"]


async def test_an_answer_after_the_end_is_a_message_like_any_other(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Late is not lost."""
    ann = await world.session("ann")
    (bob,) = await team(world, "bob")
    asked = Asked(world, nursery, ann, await world.connection(), within=5)
    await wait_all_tasks_blocked()
    await asked.read(bob)
    await trio.sleep(6)
    assert asked.end == ("late", [])
    await asked.answer(bob, "sorry")
    assert types(await world.take(ann, await world.connection())) == ["sorry"]
    assert asked.states() == {"bob": "answered"}


async def test_an_answer_in_the_very_step_of_the_question_is_not_missed(
    autojump_clock: MockClock,
    world: World,
    journal: GatedJournal,
    nursery: trio.Nursery,
) -> None:
    """It is waited for from before it is sent."""
    ann = await world.session("ann")
    (bob,) = await team(world, "bob")
    polls = Background(nursery, world.take(ann, await world.connection(), wait=600))
    await wait_all_tasks_blocked()
    asked: list[Asked] = []

    def at_once(recorded: Any) -> None:
        if recorded.event.envelope.type == "question":
            answer = a_message("answer", ann, sender=bob, in_reply_to=asked[0].id)
            nursery.start_soon(journal.record, answer)

    stop = journal.listen(
        lambda recorded: (
            at_once(recorded) if hasattr(recorded.event, "envelope") else None
        ),
        session_id=bob.session_id,
    )
    asked.append(Asked(world, nursery, ann, await world.connection()))
    await wait_all_tasks_blocked()
    stop()
    assert asked[0].end == ("complete", ["bob"])
    assert not polls.is_over


@pytest.mark.parametrize("how", ["expired", "taken"])
async def test_an_answer_that_cannot_be_had_is_none(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery, how: str
) -> None:
    """It came too late to be read, or was for somebody else as well, who has it."""
    ann, eve = await world.session("ann"), await world.session("eve")
    (bob,) = await team(world, "bob")
    asked = Asked(world, nursery, ann, await world.connection())
    await wait_all_tasks_blocked()
    fields = {
        "expired": {"expires_at": "2020-01-01T00:00:00.000Z"},
        "taken": {"deliver": "one"},
    }
    answer = a_message(
        "answer", ann, eve, sender=bob, in_reply_to=asked.id, **fields[how]
    )
    ids = (answer.envelope.id,)
    await world.journal.record(
        answer,
        MessagesOffered(session_id=eve.session_id, message_ids=ids, holder="/c"),
    )
    await wait_all_tasks_blocked()
    assert asked.end == ("hopeless", [])


# ---- a question for one of several


async def test_of_a_question_for_one_the_answer_of_the_one_that_took_it_counts(
    autojump_clock: MockClock, world: World, journal: GatedJournal, nursery: Any
) -> None:
    """The others are not asked any more."""
    ann, line = await world.session("ann"), await world.connection()
    bob, cyd = await team(world, "bob", "cyd")
    asked = await asked_one(world, nursery, ann, line, bob, cyd)
    await asked.read(bob)
    assert world.inbox(cyd) == []
    await asked.answer(cyd)
    assert asked.end is None
    await asked.answer(bob)
    assert asked.end == ("complete", ["bob"])


async def test_of_a_question_for_one_the_next_one_can_answer_when_the_first_dies(
    autojump_clock: MockClock, world: World, journal: GatedJournal, nursery: Any
) -> None:
    """It is hopeless only when nobody is left."""
    ann, line = await world.session("ann"), await world.connection()
    bob, cyd = await team(world, "bob", "cyd")
    asked = await asked_one(world, nursery, ann, line, bob, cyd)
    await world.take(bob, await world.connection())
    await end(world, bob)
    assert asked.end is None
    await end(world, cyd)
    assert asked.end == ("hopeless", [])


async def asked_one(
    world: World, nursery: trio.Nursery, ann: Session, line: Ref, *others: Session
) -> Asked:
    """A question for whichever of these takes it first."""
    asked = Asked(world, nursery, ann, line, deliver="one")
    await wait_all_tasks_blocked()
    assert set(asked.states()) == {one.session_name for one in others}
    return asked


# ---- no answers


async def test_a_question_that_nobody_answers_ends_at_its_time_and_is_withdrawn(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """With the answers that came; whoever has not read it never will."""
    ann, line = await world.session("ann"), await world.connection()
    bob, cyd, dan = await team(world, "bob", "cyd", "dan")
    before = trio.current_time()
    asked = Asked(world, nursery, ann, line, within=5)
    await wait_all_tasks_blocked()
    await asked.answer(bob)
    await asked.read(cyd)
    await trio.sleep(4)
    assert asked.end is None
    await trio.sleep(1)
    await wait_all_tasks_blocked()
    assert trio.current_time() == before + 5
    assert asked.end == ("late", ["bob"])
    states = {"bob": "answered", "cyd": "consumed", "dan": "expired"}
    assert asked.states() == states
    assert asked.outcome is not None
    assert {r.session_name: r.state for r in asked.outcome.recipients} == states
    assert world.inbox(dan) == []
    assert world.inbox(ann) == [("answer", line.path, False)]


@pytest.mark.parametrize("how", ["dead unread", "dead after reading", "refused"])
async def test_a_question_ends_as_soon_as_too_few_can_still_answer(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery, how: str
) -> None:
    """Nobody waits a minute for the dead."""
    ann, line = await world.session("ann"), await world.connection()
    bob, cyd = await team(world, "bob", "cyd")
    asked = Asked(world, nursery, ann, line)
    await wait_all_tasks_blocked()
    await asked.answer(bob)
    if how == "dead after reading":
        await asked.read(cyd)
    assert asked.end is None
    if how == "refused":
        refused = DeliveryEnded(
            message_id=asked.id,
            session_ids=(cyd.session_id,),
            state="refused",
            reason="no",
        )
        await world.journal.record(refused)
        await wait_all_tasks_blocked()
    else:
        await end(world, cyd)
    assert asked.end == ("hopeless", ["bob"])


@pytest.mark.parametrize(
    ("deliver", "wanted", "possible"), [("all", 3, 2), ("one", 2, 1)]
)
async def test_more_answers_than_there_are_sessions_to_ask_are_refused_beforehand(
    autojump_clock: MockClock,
    world: World,
    nursery: trio.Nursery,
    deliver: str,
    wanted: int,
    possible: int,
) -> None:
    """They can never come, so nobody is bothered; of work for one there is one."""
    ann = await world.session("ann")
    await team(world, "bob", "cyd")
    line = await world.connection()
    asked = Asked(world, nursery, ann, line, wanted=wanted, deliver=deliver)
    await wait_all_tasks_blocked()
    assert asked.error is not None
    assert asked.error.code == "InvalidArgument"
    assert asked.error.data == {"wanted": wanted, "possible": possible}
    assert not world.journal.state.ledger.messages
    some = Asked(world, nursery, ann, line, wanted=possible, deliver=deliver)
    await wait_all_tasks_blocked()
    assert not some.task.is_over


async def test_a_question_that_cannot_be_sent_is_refused_like_any_message(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """And leaves nothing behind."""
    ann = await world.session("ann")
    asked = Asked(world, nursery, ann, await world.connection())
    await wait_all_tasks_blocked()
    assert isinstance(asked.error, Refused)
    assert asked.error.code == "NoRecipients"
    assert world.journal.state.ledger.messages == {}


# ---- nobody waits any more


async def test_a_question_whose_asker_goes_away_is_withdrawn(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """At once; what has been answered is a message like any other."""
    ann = await world.session("ann")
    bob, cyd = await team(world, "bob", "cyd")
    asked = Asked(world, nursery, ann, await world.connection())
    await wait_all_tasks_blocked()
    await asked.answer(bob)
    asked.task.scope.cancel()
    await wait_all_tasks_blocked()
    assert asked.states() == {"bob": "answered", "cyd": "expired"}
    record = world.journal.state.ledger.messages[asked.id]
    assert (
        record.recipients[cyd.session_id].evidence == "withdrawn: its asker went away"
    )
    assert world.recorded(MessagesOffered) == []
    assert types(await world.take(ann, await world.connection())) == ["answer"]


@pytest.mark.parametrize("steps", range(0, 40, 3))
async def test_an_asker_that_leaves_around_the_answer_loses_nothing(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery, steps: int
) -> None:
    """Either it has the answer, or the inbox has it."""
    ann, line = await world.session("ann"), await world.connection()
    (bob,) = await team(world, "bob")
    asked = Asked(world, nursery, ann, line)
    await wait_all_tasks_blocked()

    async def give_up() -> None:
        for _ in range(steps):
            await trio.lowlevel.checkpoint()
        asked.task.scope.cancel()

    nursery.start_soon(give_up)
    await asked.answer(bob)
    await wait_all_tasks_blocked()
    if asked.outcome is None:
        assert world.inbox(ann) == [("answer", None, False)]
    else:
        assert world.inbox(ann) == [("answer", line.path, False)]


async def test_a_connection_that_ends_with_answers_brings_them_back(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """As with every claim."""
    ann, line = await world.session("ann"), await world.connection()
    (bob,) = await team(world, "bob")
    asked = Asked(world, nursery, ann, line)
    await wait_all_tasks_blocked()
    await asked.answer(bob)
    assert asked.end == ("complete", ["bob"])
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    assert world.inbox(ann) == [("answer", None, True)]


async def test_a_connection_that_ends_while_answers_are_claimed_does_not_keep_them(
    autojump_clock: MockClock,
    world: World,
    journal: GatedJournal,
    nursery: trio.Nursery,
) -> None:
    """Its end can be noticed before the claim takes effect."""
    ann, line = await world.session("ann"), await world.connection()
    (bob,) = await team(world, "bob")
    asked = Asked(world, nursery, ann, line)
    await wait_all_tasks_blocked()
    journal.held = (MessagesOffered,)
    await asked.answer(bob)
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    journal.let_go()
    await wait_all_tasks_blocked()
    assert world.inbox(ann) == [("answer", None, False)]


async def test_a_crash_of_the_askers_actor_ends_its_questions(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Who waited is told, and nobody answers to nobody."""
    ann = await world.session("ann")
    bob, _ = await team(world, "bob", "cyd")
    asked = Asked(world, nursery, ann, await world.connection())
    await wait_all_tasks_blocked()
    await asked.read(bob)
    await world.crash(world.actor(ann))
    await wait_all_tasks_blocked()
    assert asked.error is not None
    assert asked.states() == {"bob": "consumed", "cyd": "expired"}


async def test_a_question_that_a_former_life_left_is_withdrawn_at_the_start(
    autojump_clock: MockClock, world: World
) -> None:
    """Its daemon was killed; nobody waits any more, and nobody has withdrawn it."""
    (bob,) = await team(world, "bob")
    ann, eve = a_session("ann"), await world.session("eve")
    left, others = (
        attrs.evolve(
            a_message("question", bob, sender=asker), terms=Terms(wants_answers=True)
        )
        for asker in (ann, eve)
    )
    await world.open(ann, left, others)
    await wait_all_tasks_blocked()
    assert types(await world.take(bob, await world.connection())) == ["question"]
    record = world.journal.state.ledger.messages[left.envelope.id]
    assert record.recipients[bob.session_id].state == "expired"
    assert world.journal.state.ledger.to_report == {}


async def test_a_question_that_cannot_be_withdrawn_now_expires_soon_after_its_time(
    autojump_clock: MockClock,
    world: World,
    journal: GatedJournal,
    nursery: trio.Nursery,
) -> None:
    """Whatever keeps its asker from it, and its answers are given all the same."""
    ann = await world.session("ann")
    bob, _ = await team(world, "bob", "cyd")
    asked = Asked(world, nursery, ann, await world.connection(), wanted=1)
    await wait_all_tasks_blocked()
    envelope = journal.state.ledger.messages[asked.id].envelope
    assert envelope.expires_at is not None
    lasts = moment(envelope.expires_at) - moment(envelope.sent_at)
    assert lasts == pytest.approx(61, abs=0.1)
    journal.refused = (DeliveryEnded,)
    await asked.answer(bob)
    assert asked.end == ("complete", ["bob"])
    assert asked.states()["cyd"] == "queued"


async def test_a_question_of_a_session_that_ends_is_withdrawn(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Its actor sees to that as its last act."""
    ann = await world.session("ann")
    (bob,) = await team(world, "bob")
    asked = Asked(world, nursery, ann, await world.connection())
    await wait_all_tasks_blocked()
    await end(world, ann)
    assert asked.error is not None
    assert world.inbox(bob) == []


async def test_questions_of_others_are_left_alone(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """A crash here ends no wait elsewhere."""
    ann, eve = await world.session("ann"), await world.session("eve")
    (bob,) = await team(world, "bob")
    asked = Asked(world, nursery, ann, await world.connection())
    await wait_all_tasks_blocked()
    await world.crash(world.actor(eve))
    await world.crash(world.actor(bob))
    await asked.answer(bob)
    assert asked.end == ("complete", ["bob"])


# ---- a disk that refuses


async def test_answers_that_cannot_be_claimed_stay_in_the_inbox(
    autojump_clock: MockClock,
    world: World,
    journal: GatedJournal,
    nursery: trio.Nursery,
) -> None:
    """Who asked is told so; nothing is lost."""
    ann = await world.session("ann")
    (bob,) = await team(world, "bob")
    asked = Asked(world, nursery, ann, await world.connection())
    await wait_all_tasks_blocked()
    journal.refused = (MessagesOffered,)
    await asked.answer(bob)
    assert asked.error is not None
    assert asked.error.code == "Unavailable"
    journal.refused = ()
    assert types(await world.take(ann, await world.connection())) == ["answer"]


# ---- pure

STATES = ["queued", "offered", "consumed", "answered", "expired", "refused", "dead"]


@untimed
@given(
    rows=st.dictionaries(
        st.sampled_from("abcdef"),
        st.tuples(st.sampled_from(STATES), st.booleans()),
        min_size=1,
    ),
    one=st.booleans(),
)
def test_what_is_possible_is_what_came_and_what_can_still_come(
    rows: dict[str, tuple[RecipientState, bool]], one: bool
) -> None:
    """Counted for any mix of states, present sessions and answers."""
    envelope = a_message("q", *[fake(name) for name in rows]).envelope
    record = MessageRecord(envelope, 1)
    if one:
        record.envelope = attrs.evolve(envelope, deliver="one")
    for name, (state, _) in rows.items():
        record.recipients[name] = Recipient(
            session_id=name, session_name=name, state=state, at="now"
        )
    present = {name for name, (_, is_there) in rows.items() if is_there}
    answered = {name for name, (state, _) in rows.items() if state == "answered"}
    hopeful = {
        name
        for name, (state, is_there) in rows.items()
        if is_there and state in ("queued", "offered", "consumed")
    }
    most = 1 if one else len(rows)
    expected = min(most, len(answered | hopeful))
    assert asking.asked(record) == most
    assert asking.possible(record, answered, present) == expected


def fake(name: str) -> Session:
    return Session(
        session_id=name,
        session_name=name,
        kind="pane",
        cwd="/",
        repository=None,
        worktree=None,
        parent=None,
    )
