"""Taking only some messages, and what happens when others are quicker or the disk slow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import trio
from actorkit import World, a_message, open_world, types
from gatedjournal import GatedJournal
from gatewaykit import Background
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import inbox, session as sessions
from fugue_actors.errors import Refused
from fugue_actors.protocol.events import (
    DeliveryEnded,
    MessagesConsumed,
    MessageSent,
    MessagesOffered,
    MessagesReturned,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.protocol.values import Envelope, Session


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


async def put(
    world: World,
    session: Session,
    *names: str,
    sender: Session | None = None,
) -> list[str]:
    """Put messages into an inbox, all at once; their ids."""
    sent = [a_message(name, session, sender=sender) for name in names]
    await world.journal.record(*sent)
    return [one.envelope.id for one in sent]


async def job(world: World, name: str, *workers: Session) -> MessageSent:
    """Put a message into the inboxes of several, for one of them."""
    sent = a_message(name, *workers, deliver="one")
    await world.journal.record(sent)
    return sent


# ---- filters


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["a", "b", "a", "c"]),
        ({"types": frozenset({"a"})}, ["a", "a"]),
        ({"types": frozenset({"b", "c"})}, ["b", "c"]),
        ({"types": frozenset({"nothing"})}, []),
        ({"sender": "bob"}, ["a", "c"]),
        ({"sender": "nobody"}, ["b", "a"]),
        ({"sender": "bo"}, []),
        ({"types": frozenset({"a"}), "sender": "bob"}, ["a"]),
    ],
)
async def test_a_filter_takes_what_fits_and_leaves_the_rest_in_its_place(
    autojump_clock: MockClock, world: World, wanted: dict[str, Any], names: list[str]
) -> None:
    """By type, by who it is from, or both; order stays."""
    ann, bob = await world.session("ann"), await world.session("bob")
    await put(world, ann, "a", sender=bob)
    await put(world, ann, "b", "a")
    await put(world, ann, "c", sender=bob)
    line = await world.connection()
    assert types(await world.take(ann, line, **wanted)) == names
    left = [one for one, holder, _ in world.inbox(ann) if holder is None]
    assert len(left) == 4 - len(names)
    assert types(await world.take(ann, line)) == left


async def test_a_sender_is_known_by_its_id_too(
    autojump_clock: MockClock, world: World
) -> None:
    """Names can be given again to others; ids cannot."""
    ann, bob = await world.session("ann"), await world.session("bob")
    await put(world, ann, "a")
    await put(world, ann, "b", sender=bob)
    got = await world.take(ann, await world.connection(), sender=bob.session_id)
    assert types(got) == ["b"]


async def test_one_who_waits_for_something_special_holds_up_nobody_behind_it(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """It came first, but what came is not for it."""
    ann = await world.session("ann")
    picky = Background(
        nursery,
        world.take(
            ann, await world.connection(), wait=60, types=frozenset({"special"})
        ),
    )
    await wait_all_tasks_blocked()
    other = Background(nursery, world.take(ann, await world.connection(), wait=60))
    await wait_all_tasks_blocked()
    await put(world, ann, "a")
    await wait_all_tasks_blocked()
    assert (picky.is_over, types(other.result)) == (False, ["a"])
    await put(world, ann, "b", "special")
    await wait_all_tasks_blocked()
    assert types(picky.result) == ["special"]
    assert world.inbox(ann)[1] == ("b", None, False)


async def test_a_special_message_goes_to_the_one_who_waited_for_it_longest(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """First come first served holds among those whom it fits."""
    ann = await world.session("ann")
    special = frozenset({"special"})
    waits = []
    for wanted in (frozenset({"other"}), special, special):
        work = world.take(ann, await world.connection(), wait=60, types=wanted)
        waits.append(Background(nursery, work))
        await wait_all_tasks_blocked()
    await put(world, ann, "special")
    await wait_all_tasks_blocked()
    assert [one.is_over for one in waits] == [False, True, False]


class Counting(inbox.Wanted):
    """Counts how often it is asked."""

    asked: ClassVar[int] = 0

    def fits(self, envelope: Envelope) -> bool:
        Counting.asked += 1
        return super().fits(envelope)


async def test_who_waits_in_a_full_inbox_is_not_held_against_all_of_it_again_and_again(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Each message that comes is looked at once; thousands may lie there unread."""
    ann, line = await world.session("ann"), await world.connection()
    await put(world, ann, *["old"] * 500)
    wanted = Counting(types=frozenset({"special"}))
    taken = inbox.take_messages(
        world.actor(ann), holder=line, most=1, wait=60, wanted=wanted
    )
    waiting = Background(nursery, taken)
    await wait_all_tasks_blocked()
    Counting.asked = 0
    for _ in range(20):
        await put(world, ann, "new")
        await sessions.set_tags(world.actor(ann), add=("busy",))
    assert Counting.asked == 20
    await put(world, ann, "special")
    await wait_all_tasks_blocked()
    assert types(waiting.result) == ["special"]


# ---- others are quicker


async def test_of_two_who_wait_for_one_message_one_gets_it_and_the_other_waits_on(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Both hear of it at the same time, but only one claim goes to the journal."""
    ann, bob = await world.session("ann"), await world.session("bob")
    waits = {
        one.session_name: Background(
            nursery, world.take(one, await world.connection(), wait=60)
        )
        for one in (ann, bob)
    }
    await wait_all_tasks_blocked()
    await job(world, "job", ann, bob)
    await wait_all_tasks_blocked()
    assert len(world.recorded(MessagesOffered)) == 1
    assert sorted(wait.is_over for wait in waits.values()) == [False, True]
    [winner] = [wait for wait in waits.values() if wait.is_over]
    assert types(winner.result) == ["job"]
    await job(world, "next", ann, bob)
    await wait_all_tasks_blocked()
    assert sorted(types(wait.result) for wait in waits.values()) == [["job"], ["next"]]


async def test_who_holds_back_from_a_message_gets_the_next_at_once(
    autojump_clock: MockClock,
    world: World,
    journal: GatedJournal,
    nursery: trio.Nursery,
) -> None:
    """Another's claim to it is on its way to the disk, and no reason to wait."""
    ann, bob = await world.session("ann"), await world.session("bob")
    await job(world, "job", ann, bob)
    await put(world, bob, "note")
    journal.held = (MessagesOffered,)
    taken = Background(nursery, world.take(ann, await world.connection()))
    await wait_all_tasks_blocked()
    journal.held = ()
    assert types(await world.take(bob, await world.connection())) == ["note"]
    journal.let_go()
    await wait_all_tasks_blocked()
    assert types(taken.result) == ["job"]
    assert journal.claiming == set()


async def test_who_held_back_gets_the_message_when_nothing_came_of_the_claim(
    autojump_clock: MockClock,
    world: World,
    journal: GatedJournal,
    nursery: trio.Nursery,
) -> None:
    """Its wait is not for nothing because the other's disk was full for a moment."""
    ann, bob = await world.session("ann"), await world.session("bob")
    await job(world, "job", ann, bob)
    journal.held = (MessagesOffered,)
    line = await world.connection()
    taken = Background(nursery, failure(world.take(ann, line)))
    await wait_all_tasks_blocked()
    waiting = Background(nursery, world.take(bob, await world.connection(), wait=60))
    await wait_all_tasks_blocked()
    assert not waiting.is_over
    journal.fails = True
    journal.let_go()
    await wait_all_tasks_blocked()
    assert taken.result == "Unavailable"
    assert types(waiting.result) == ["job"]


async def test_who_is_too_late_gets_what_the_journal_says_and_not_what_was_meant(
    autojump_clock: MockClock,
    world: World,
    journal: GatedJournal,
    nursery: trio.Nursery,
) -> None:
    """Whoever took it meanwhile, even past all who hold back, has it alone."""
    ann, bob = await world.session("ann"), await world.session("bob")
    sent = await job(world, "job", ann, bob)
    await put(world, ann, "note")
    journal.held = (MessagesOffered,)
    line = await world.connection()
    taken = Background(nursery, world.take(ann, line, most=1))
    await wait_all_tasks_blocked()
    assert len(journal.waiting) == 1
    journal.held = ()
    claimed = MessagesOffered(
        session_id=bob.session_id,
        message_ids=(sent.envelope.id,),
        holder=(await world.connection()).path,
    )
    await journal.record(claimed)
    journal.let_go()
    await wait_all_tasks_blocked()
    assert types(taken.result) == ["note"]
    assert world.journal.state.ledger.state_of(sent.envelope.id, ann.session_id) is None


async def test_a_message_that_is_withdrawn_while_it_is_claimed_is_not_handed_out(
    autojump_clock: MockClock,
    world: World,
    journal: GatedJournal,
    nursery: trio.Nursery,
) -> None:
    """Its sender has been told that nobody got it, so nobody gets it."""
    ann = await world.session("ann")
    (message_id,) = await put(world, ann, "a")
    journal.held = (MessagesOffered,)
    taken = Background(nursery, world.take(ann, await world.connection()))
    await wait_all_tasks_blocked()
    await journal.record(
        DeliveryEnded(
            message_id=message_id,
            session_ids=(ann.session_id,),
            state="expired",
            reason="its time was over",
        )
    )
    journal.let_go()
    await wait_all_tasks_blocked()
    assert taken.result == ()
    assert world.inbox(ann) == []


# ---- work queues


@pytest.mark.parametrize("end", ["hang_up", "crash_for_good"])
async def test_a_job_goes_to_a_worker_that_waits_when_the_one_that_took_it_dies(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery, end: str
) -> None:
    """At once: the other's wait is not for nothing, and no poll is needed."""
    ann, bob = await world.session("ann"), await world.session("bob")
    line = await world.connection()
    await job(world, "job", ann, bob)
    assert types(await world.take(ann, line)) == ["job"]
    other = Background(nursery, world.take(bob, await world.connection(), wait=60))
    await wait_all_tasks_blocked()
    assert not other.is_over
    before = trio.current_time()
    await getattr(world, end)(line)
    await wait_all_tasks_blocked()
    assert types(other.result) == ["job"]
    assert other.result[0].redelivered
    assert trio.current_time() == before


# ---- a disk that refuses


async def test_a_claim_that_cannot_be_kept_is_refused_and_nothing_is_handed_out(
    autojump_clock: MockClock,
    world: World,
    journal: GatedJournal,
    nursery: trio.Nursery,
) -> None:
    """Who waits is told, the actor lives on, and the message is there afterwards."""
    ann, line = await world.session("ann"), await world.connection()
    waiting = Background(nursery, failure(world.take(ann, line, wait=60)))
    await wait_all_tasks_blocked()
    journal.refused = (MessagesOffered,)
    await put(world, ann, "a")
    await wait_all_tasks_blocked()
    assert waiting.result == "Unavailable"
    assert await failure(world.take(ann, line)) == "Unavailable"
    assert world.actor(ann).incarnation == 1
    journal.refused = ()
    assert types(await world.take(ann, line)) == ["a"]


async def failure(work: Any) -> str:
    """The code with which something is refused."""
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.code


async def test_messages_of_a_dead_connection_come_back_as_soon_as_that_can_be_kept(
    autojump_clock: MockClock, world: World, journal: GatedJournal
) -> None:
    """Nobody else would ask for it."""
    ann, line = await world.session("ann"), await world.connection()
    await put(world, ann, "a")
    await world.take(ann, line)
    journal.refused = (MessagesReturned,)
    await world.hang_up(line)
    await trio.sleep(10)
    assert world.inbox(ann) == [("a", line.path, False)]
    journal.refused = ()
    await trio.sleep(2)
    assert world.inbox(ann) == [("a", None, True)]
    assert world.actor(ann).incarnation == 1


async def test_what_is_given_back_late_does_not_take_it_from_its_next_holder(
    autojump_clock: MockClock, world: World, journal: GatedJournal
) -> None:
    """It was acknowledged meanwhile, or claimed anew."""
    ann, line = await world.session("ann"), await world.connection()
    (message_id,) = await put(world, ann, "a")
    await world.take(ann, line)
    journal.refused = (MessagesReturned,)
    await world.hang_up(line)
    await trio.sleep(0.5)
    journal.refused = ()
    returned = MessagesReturned(session_id=ann.session_id, message_ids=(message_id,))
    await journal.record(returned)
    other = await world.connection()
    await world.take(ann, other)
    await trio.sleep(5)
    assert world.inbox(ann) == [("a", other.path, True)]


async def test_a_proof_that_cannot_be_kept_is_refused(
    autojump_clock: MockClock, world: World, journal: GatedJournal
) -> None:
    """The connection gives it again with its next request."""
    ann, line = await world.session("ann"), await world.connection()
    ids = tuple(await put(world, ann, "a"))
    await world.take(ann, line)
    journal.refused = (MessagesConsumed,)
    assert await failure(inbox.confirm_messages(world.actor(ann), ids)) == "Unavailable"
    assert world.inbox(ann) == [("a", line.path, False)]
