"""A session's inbox: its claims lose nothing and swap nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
import trio
from actorkit import World, a_message, a_session, open_world, types
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import inbox
from fugue_actors.errors import ActorCrashed, ActorGone, Refused, Unavailable
from fugue_actors.kernel import Timer, stop_child
from fugue_actors.protocol.events import (
    MessagesOffered,
    SessionClosed,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.protocol.values import Envelope, Session


@pytest.fixture
async def world(autojump_clock: MockClock) -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            yield world


async def put(world: World, session: Session, *names: str) -> None:
    """Put messages into an inbox, all at once."""
    await world.journal.record(*(a_message(name, session) for name in names))


class Waiting:
    """A claim in a task of its own."""

    def __init__(self, world: World, session: Session, holder: Any, **how: Any) -> None:
        self.world = world
        self.arguments = (session, holder)
        self.how = {"wait": 60, **how}
        self.got: tuple[Envelope, ...] | None = None
        self.error: Exception | None = None
        self.over_at: float | None = None

    async def run(self) -> None:
        with trio.move_on_after(math.inf) as self.scope:
            try:
                self.got = await self.world.take(*self.arguments, **self.how)
            except Unavailable as error:
                self.error = error
            self.over_at = trio.current_time()

    @property
    def names(self) -> list[str] | None:
        return None if self.got is None else types(self.got)


# ---- claims


async def test_an_empty_inbox_is_an_empty_list_at_once(
    autojump_clock: MockClock, world: World
) -> None:
    """A poll without a wait never waits."""
    ann, line = await world.session("ann"), await world.connection()
    before = trio.current_time()
    assert await world.take(ann, line) == ()
    assert trio.current_time() == before


async def test_messages_come_oldest_first_and_no_more_than_asked_for(
    autojump_clock: MockClock,
    world: World,
) -> None:
    """An agent that takes a few at a time sees one story."""
    ann, line = await world.session("ann"), await world.connection()
    await put(world, ann, "a", "b", "c")
    assert types(await world.take(ann, line, most=2)) == ["a", "b"]
    assert types(await world.take(ann, line, most=2)) == ["c"]
    assert await world.take(ann, line) == ()


async def test_large_messages_come_in_portions_and_one_at_least(
    autojump_clock: MockClock, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer of hundreds of megabytes would hold up everybody while it is made."""
    monkeypatch.setattr(inbox, "MOST_CHARACTERS", 100)
    ann, line = await world.session("ann"), await world.connection()
    for name, size in (("a", 500), ("b", 60), ("c", 60), ("d", 1)):
        await world.send(ann, ann, name, text="x" * size)
    for expected in (["a"], ["b", "c"], ["d"]):
        assert types(await world.take(ann, line)) == expected


async def test_what_one_connection_holds_no_other_is_given(
    autojump_clock: MockClock, world: World
) -> None:
    """An inbox may have several readers; a message has one."""
    ann = await world.session("ann")
    first, second = await world.connection(), await world.connection()
    await put(world, ann, "a", "b")
    assert types(await world.take(ann, first, most=1)) == ["a"]
    assert types(await world.take(ann, second)) == ["b"]
    assert world.inbox(ann) == [("a", first.path, False), ("b", second.path, False)]


async def test_a_confirmed_message_is_consumed_and_gone(
    autojump_clock: MockClock, world: World
) -> None:
    """Only a proof takes a message out of its inbox."""
    ann, line = await world.session("ann"), await world.connection()
    await put(world, ann, "a")
    (envelope,) = await world.take(ann, line)
    assert world.journal.state.ledger.unread(ann.session_id) == 1
    await inbox.confirm_messages(world.actor(ann), (envelope.id,))
    assert world.inbox(ann) == []
    row = world.journal.state.ledger.messages[envelope.id].recipients[ann.session_id]
    assert row.state == "consumed"


@pytest.mark.parametrize("seen", [True, False])
async def test_a_returned_message_is_queued_in_its_place_and_says_if_it_was_seen(
    autojump_clock: MockClock, world: World, seen: bool
) -> None:
    """`redelivered` warns of a duplicate exactly where there may be one."""
    ann, line = await world.session("ann"), await world.connection()
    await put(world, ann, "a", "b")
    (envelope,) = await world.take(ann, line, most=1)
    await inbox.return_messages(world.actor(ann), (envelope.id,), seen=seen)
    assert world.inbox(ann) == [("a", None, seen), ("b", None, False)]


@pytest.mark.parametrize("end", ["hang_up", "crash_for_good"])
async def test_a_connection_takes_no_message_to_its_grave(
    autojump_clock: MockClock, world: World, end: str
) -> None:
    """However a holder ends, what it had not proved comes again, marked, in order."""
    ann = await world.session("ann")
    line, other = await world.connection(), await world.connection()
    await put(world, ann, "a", "b", "c")
    await world.take(ann, line, most=2)
    await world.take(ann, other, most=1)
    await getattr(world, end)(line)
    await wait_all_tasks_blocked()
    assert world.inbox(ann) == [
        ("a", None, True),
        ("b", None, True),
        ("c", other.path, False),
    ]
    again = await world.take(ann, other)
    assert [(m.type, m.redelivered) for m in again] == [("a", True), ("b", True)]


async def test_a_holder_is_watched_again_after_its_first_claim_was_settled(
    autojump_clock: MockClock,
    world: World,
) -> None:
    """One watch serves a connection for life, not for one batch."""
    ann, line = await world.session("ann"), await world.connection()
    await put(world, ann, "a")
    (envelope,) = await world.take(ann, line)
    await inbox.confirm_messages(world.actor(ann), (envelope.id,))
    await put(world, ann, "b")
    await world.take(ann, line)
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    assert world.inbox(ann) == [("b", None, True)]


async def test_a_claim_for_a_connection_that_has_ended_already_comes_back(
    autojump_clock: MockClock,
    world: World,
) -> None:
    """The request can be on its way while its connection ends."""
    ann, line = await world.session("ann"), await world.connection()
    await world.hang_up(line)
    await put(world, ann, "a")
    await world.take(ann, line)
    await wait_all_tasks_blocked()
    assert world.inbox(ann) == [("a", None, True)]


async def test_a_confirmation_or_a_return_that_comes_late_is_harmless(
    autojump_clock: MockClock,
    world: World,
) -> None:
    """Clients and crashes repeat things."""
    ann, line = await world.session("ann"), await world.connection()
    await put(world, ann, "a", "b")
    (envelope,) = await world.take(ann, line, most=1)
    for _ in range(2):
        await inbox.confirm_messages(world.actor(ann), (envelope.id,))
    await inbox.return_messages(world.actor(ann), (envelope.id,), seen=True)
    assert world.inbox(ann) == [("b", None, False)]


# ---- waiting


async def test_a_wait_ends_with_an_empty_list_at_exactly_its_time(
    autojump_clock: MockClock, world: World
) -> None:
    """Agents plan with `wait_seconds`; it is no error when nothing came."""
    ann, line = await world.session("ann"), await world.connection()
    before = trio.current_time()
    assert await world.take(ann, line, wait=3600) == ()
    assert trio.current_time() == before + 3600


async def test_a_message_ends_a_wait_at_once(
    autojump_clock: MockClock, world: World, nursery: Any
) -> None:
    """The answer comes in the very instant, not with the next look."""
    ann, line = await world.session("ann"), await world.connection()
    waiting = Waiting(world, ann, line)
    nursery.start_soon(waiting.run)
    await trio.sleep(7)
    await put(world, ann, "a")
    await wait_all_tasks_blocked()
    assert (waiting.names, waiting.over_at) == (["a"], trio.current_time())
    assert world.inbox(ann) == [("a", line.path, False)]


async def test_a_waiting_claim_takes_no_more_than_it_asked_for(
    autojump_clock: MockClock, world: World, nursery: Any
) -> None:
    """What came in one go is handed out in the asked portions."""
    ann, line = await world.session("ann"), await world.connection()
    waiting = Waiting(world, ann, line, most=2)
    nursery.start_soon(waiting.run)
    await wait_all_tasks_blocked()
    await put(world, ann, "a", "b", "c")
    await wait_all_tasks_blocked()
    assert waiting.names == ["a", "b"]
    assert types(await world.take(ann, line)) == ["c"]


async def test_of_two_who_wait_on_one_inbox_the_first_is_served_first(
    autojump_clock: MockClock, world: World, nursery: Any
) -> None:
    """Nobody starves beside a greedier reader."""
    ann = await world.session("ann")
    claims = [Waiting(world, ann, await world.connection(), most=1) for _ in range(3)]
    for claim in claims:
        nursery.start_soon(claim.run)
        await wait_all_tasks_blocked()
    for number, name in enumerate("abc"):
        await put(world, ann, name)
        await wait_all_tasks_blocked()
        assert [c.names for c in claims] == [
            [letter] if place <= number else None for place, letter in enumerate("abc")
        ]


async def test_one_burst_serves_all_who_wait(
    autojump_clock: MockClock, world: World, nursery: Any
) -> None:
    """Whoever is left over after the first batch gets the rest without a new event."""
    ann = await world.session("ann")
    claims = [Waiting(world, ann, await world.connection(), most=1) for _ in range(3)]
    for claim in claims:
        nursery.start_soon(claim.run)
        await wait_all_tasks_blocked()
    await put(world, ann, "a", "b")
    await wait_all_tasks_blocked()
    assert [c.names for c in claims] == [["a"], ["b"], None]


async def test_a_wait_that_is_over_leaves_no_timer_behind(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Served or given up: agents that poll all day must not fill the daemon's clock."""
    ann, line = await world.session("ann"), await world.connection()

    def timers() -> list[Timer]:
        alarms = [entry[2] for entry in world.kernel.alarms.heap]
        return [each for each in alarms if isinstance(each, Timer) and each.is_live]

    served, given_up = Waiting(world, ann, line), Waiting(world, ann, line)
    nursery.start_soon(served.run)
    await wait_all_tasks_blocked()
    nursery.start_soon(given_up.run)
    await wait_all_tasks_blocked()
    assert len(timers()) == 2
    given_up.scope.cancel()
    await put(world, ann, "a")
    await wait_all_tasks_blocked()
    assert served.names == ["a"]
    await put(world, ann, "b")
    assert types(await world.take(ann, line)) == ["b"]
    assert timers() == []


async def test_a_newcomer_does_not_overtake_one_who_waits(
    autojump_clock: MockClock, world: World, nursery: Any
) -> None:
    """Its request can lie in the mailbox before the news of the message does."""
    ann = await world.session("ann")
    old = Waiting(world, ann, await world.connection())
    new = Waiting(world, ann, await world.connection(), wait=0)
    nursery.start_soon(old.run)
    await wait_all_tasks_blocked()
    nursery.start_soon(new.run)
    await put(world, ann, "a")
    await wait_all_tasks_blocked()
    assert (old.names, new.names) == (["a"], [])


async def test_who_gave_up_waiting_costs_no_message(
    autojump_clock: MockClock, world: World, nursery: Any
) -> None:
    """An abandoned claim is skipped: the message is queued, and no duplicate."""
    ann = await world.session("ann")
    gone = Waiting(world, ann, await world.connection())
    nursery.start_soon(gone.run)
    await wait_all_tasks_blocked()
    gone.scope.cancel()
    await wait_all_tasks_blocked()
    await put(world, ann, "a")
    await wait_all_tasks_blocked()
    assert world.inbox(ann) == [("a", None, False)]
    assert world.recorded(MessagesOffered) == []


async def test_who_gave_up_does_not_stand_in_the_way_of_who_waits(
    autojump_clock: MockClock, world: World, nursery: Any
) -> None:
    """The message goes to the next in line at once."""
    ann = await world.session("ann")
    gone = Waiting(world, ann, await world.connection())
    second = Waiting(world, ann, await world.connection())
    for claim in (gone, second):
        nursery.start_soon(claim.run)
        await wait_all_tasks_blocked()
    gone.scope.cancel()
    await wait_all_tasks_blocked()
    await put(world, ann, "a")
    await wait_all_tasks_blocked()
    assert second.names == ["a"]


@pytest.mark.parametrize("steps", range(6))
async def test_giving_up_at_any_moment_around_a_message_loses_nothing(
    autojump_clock: MockClock, world: World, nursery: Any, steps: int
) -> None:
    """Either the asker has it or the inbox has it, whichever came first."""
    ann = await world.session("ann")
    claim = Waiting(world, ann, await world.connection())
    nursery.start_soon(claim.run)
    await wait_all_tasks_blocked()

    async def give_up() -> None:
        for _ in range(steps):
            await trio.lowlevel.checkpoint()
        claim.scope.cancel()

    nursery.start_soon(give_up)
    await put(world, ann, "a")
    await wait_all_tasks_blocked()
    if claim.names is None:
        assert world.inbox(ann) == [("a", None, False)]
    else:
        assert (claim.names, len(world.inbox(ann))) == (["a"], 1)


async def test_a_hang_up_in_a_long_wait_costs_nothing(
    autojump_clock: MockClock, world: World, nursery: Any
) -> None:
    """The connection's end returns what came in the same instant."""
    ann, line = await world.session("ann"), await world.connection()
    claim = Waiting(world, ann, line)
    nursery.start_soon(claim.run)
    await wait_all_tasks_blocked()
    async with trio.open_nursery() as both:
        both.start_soon(world.hang_up, line)
        both.start_soon(put, world, ann, "a")
    await wait_all_tasks_blocked()
    (entry,) = world.inbox(ann)
    assert entry[:2] == ("a", None)


async def test_a_returned_message_goes_to_one_who_waits(
    autojump_clock: MockClock, world: World, nursery: Any
) -> None:
    """A second connection of the same agent gets what the first did not take along."""
    ann, line = await world.session("ann"), await world.connection()
    await put(world, ann, "a")
    await world.take(ann, line)
    claim = Waiting(world, ann, await world.connection())
    nursery.start_soon(claim.run)
    await wait_all_tasks_blocked()
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    assert claim.got is not None
    assert [(m.type, m.redelivered) for m in claim.got] == [("a", True)]


async def test_the_end_of_one_wait_leaves_the_others_waiting(
    autojump_clock: MockClock, world: World, nursery: Any
) -> None:
    """Timers belong to claims, not to the inbox."""
    ann = await world.session("ann")
    short = Waiting(world, ann, await world.connection(), wait=5)
    long = Waiting(world, ann, await world.connection(), wait=50)
    for claim in (short, long):
        nursery.start_soon(claim.run)
        await wait_all_tasks_blocked()
    await trio.sleep(10)
    assert (short.names, long.names) == ([], None)
    await put(world, ann, "a")
    await wait_all_tasks_blocked()
    assert long.names == ["a"]


async def test_a_flood_of_messages_reaches_one_who_waits_in_order(
    autojump_clock: MockClock, world: World, nursery: Any
) -> None:
    """More news than the mailbox holds is one look at the inbox."""
    ann, line = await world.session("ann"), await world.connection()
    claim = Waiting(world, ann, line, most=1000)
    nursery.start_soon(claim.run)
    await wait_all_tasks_blocked()
    names = [f"m{number}" for number in range(1500)]
    await put(world, ann, *names)
    await wait_all_tasks_blocked()
    assert claim.names == names[:1000]
    assert types(await world.take(ann, line, most=1000)) == names[1000:]


# ---- crashes and ends


async def test_a_crash_frees_who_waits_and_leaves_the_inbox_as_it_is(
    autojump_clock: MockClock, world: World, nursery: Any
) -> None:
    """Nobody waits for an actor that is gone; the next incarnation has every message."""
    ann, line = await world.session("ann"), await world.connection()
    claim = Waiting(world, ann, line)
    nursery.start_soon(claim.run)
    await wait_all_tasks_blocked()
    before = trio.current_time()
    await world.crash(world.actor(ann))
    assert isinstance(claim.error, ActorCrashed)
    assert claim.over_at == before
    await put(world, ann, "a")
    assert types(await world.take(ann, line, wait=60)) == ["a"]


async def test_claims_of_living_connections_survive_a_crash_and_stay_watched(
    autojump_clock: MockClock,
    world: World,
) -> None:
    """A new incarnation takes over the duty of the old one."""
    ann, line = await world.session("ann"), await world.connection()
    await put(world, ann, "a")
    (envelope,) = await world.take(ann, line)
    await world.crash(world.actor(ann))
    assert world.inbox(ann) == [("a", line.path, False)]
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    assert world.inbox(ann) == [("a", None, True)]
    await inbox.confirm_messages(world.actor(ann), (envelope.id,))
    assert world.inbox(ann) == []


async def test_claims_of_connections_that_ended_meanwhile_are_taken_back_at_the_start(
    autojump_clock: MockClock,
    world: World,
) -> None:
    """Nobody told the actor of an end that came while there was no actor."""
    ann = a_session("ann")
    sent = a_message("a", ann)
    offered = MessagesOffered(
        session_id=ann.session_id,
        message_ids=(sent.envelope.id,),
        holder="/connections/long-gone",
    )
    await world.open(ann, sent, offered)
    assert world.inbox(ann) == [("a", None, True)]


async def test_the_end_of_the_session_frees_who_waits(
    autojump_clock: MockClock, world: World, nursery: Any
) -> None:
    """The client is told at once, and by a code that says it is for good."""
    ann = await world.session("ann")
    claim = Waiting(world, ann, await world.connection())
    nursery.start_soon(claim.run)
    await wait_all_tasks_blocked()
    actor = world.actor(ann)
    await world.journal.record(SessionClosed(session_id=ann.session_id, reason="ended"))
    await stop_child(world.kernel.registry.resolve("/sessions"), ann.session_id)
    await wait_all_tasks_blocked()
    assert isinstance(claim.error, ActorGone)
    assert actor.status == "gone"
    with pytest.raises(Refused) as refused:
        world.actor(ann)
    assert refused.value.code == "SessionNotFound"
