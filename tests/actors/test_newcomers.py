"""Messages that are kept for newcomers: who comes to belong to a target gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from actorkit import World, a_message, a_session, open_world, types
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import fleet, inbox, sending, session as sessions
from fugue_actors.actors.delivery import SETTLE_SECONDS
from fugue_actors.actors.limits import Limits
from fugue_actors.actors.targets import TagTarget
from fugue_actors.journal import Journal
from fugue_actors.protocol.events import MessageJoined, SessionClosed, SessionOpened
from fugue_actors.protocol.values import Scope, Sender, Session, Terms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.protocol.events import MessageSent
    from fugue_actors.protocol.values import Envelope

LATER = "2090-01-01T00:00:00.000Z"
"""Until then messages of these tests are kept: the clock is the real one."""
BEFORE = "2020-01-01T00:00:00.000Z"


@pytest.fixture
async def world(autojump_clock: MockClock) -> AsyncIterator[World]:
    with trio.fail_after(100_000):
        async with open_world() as world:
            yield world


def kept(
    sender: Session, target: dict[str, Any], type: str = "note", **more: Any
) -> MessageSent:
    """A message that is kept for whoever comes to belong to its target."""
    event = a_message(type, sender)
    until = more.pop("until", LATER)
    scope = Scope(
        parent=sender.parent,
        cwd=sender.cwd,
        repository=sender.repository,
        worktrees=more.pop("worktrees", {}),
    )
    return attrs.evolve(
        event,
        envelope=attrs.evolve(
            event.envelope,
            sender=Sender(
                session_id=sender.session_id,
                session_name=sender.session_name,
                attested="process",
            ),
            target=target,
            **more,
        ),
        recipients=(),
        terms=Terms(retain_until=until, scope=scope),
    )


async def settle() -> None:
    """Let what follows from what was done happen."""
    await trio.sleep(1)
    await wait_all_tasks_blocked()


async def consume(world: World, session: Session, batch: tuple[Envelope, ...]) -> None:
    """Show that a session has messages."""
    ids = tuple(envelope.id for envelope in batch)
    await inbox.confirm_messages(world.actor(session), ids)


def unread(world: World, session: Session) -> list[str]:
    """The types of a session's messages."""
    return [name for name, _, _ in world.inbox(session)]


async def test_a_session_gets_what_was_sent_to_its_tag_before_it_had_it(
    autojump_clock: MockClock, world: World
) -> None:
    """Instructions for workers need not wait until the workers are there."""
    lead = await world.session("lead", tags=("worker",))
    await world.journal.record(kept(lead, {"tag": "worker"}, "rules"))
    first = await world.session("first", tags=("worker",))
    second = await world.session("second")
    await settle()
    assert (unread(world, first), unread(world, second)) == (["rules"], [])
    await sessions.set_tags(world.actor(second), add=("worker",))
    await settle()
    assert unread(world, second) == ["rules"]
    assert unread(world, lead) == []


async def test_newcomers_may_be_among_those_who_are_to_answer(
    autojump_clock: MockClock, world: World
) -> None:
    """Whoever wants three answers, and keeps the message, need not have three yet."""
    lead = await world.session("lead")
    result = await sending.send(
        world.router,
        lead,
        "process",
        TagTarget(tag="worker"),
        ("rules", {}),
        wishes=sending.Wishes(retain_seconds=60),
        least=3,
    )
    assert result.recipients == ()
    worker = await world.session("first", tags=("worker",))
    await settle()
    assert unread(world, worker) == ["rules"]


async def test_what_would_overfill_an_inbox_with_bytes_waits_like_what_is_too_many(
    autojump_clock: MockClock,
) -> None:
    """Several that are recorded in one step count together."""
    async with open_world(limits=Limits(inbox_megabytes=1)) as world:
        lead = await world.session("lead")
        large = {"text": "x" * 400_000}
        events = [kept(lead, {"tag": "w"}, name, payload=large) for name in "abcd"]
        await world.journal.record(*events)
        worker = await world.session("worker", tags=("w",))
        await settle()
        assert unread(world, worker) == ["a", "b", "c"]
        line = await world.connection()
        await consume(world, worker, await world.take(worker, line, most=1))
        await trio.sleep(60)
        assert unread(world, worker) == ["b", "c", "d"]


@pytest.mark.parametrize(
    ("target", "fields", "is_meant"),
    [
        ({"broadcast": True}, {"repository": "/a"}, True),
        ({"broadcast": True}, {"repository": "/b"}, False),
        ({"broadcast": "server"}, {"repository": "/b"}, True),
        ({"worktree": "../tree"}, {"worktree": "/a-tree"}, True),
        ({"worktree": "../tree"}, {"worktree": "/a"}, False),
        ({"session": "new"}, {}, True),
        ({"session": "other"}, {}, False),
        ({"orchestrator": True}, {"tags": ("orchestrator",)}, True),
        ({"all": [{"tag": "x"}, {"not": {"tag": "y"}}]}, {"tags": ("x",)}, True),
        ({"all": [{"tag": "x"}, {"not": {"tag": "y"}}]}, {"tags": ("x", "y")}, False),
    ],
)
async def test_every_kind_of_target_means_the_same_later(
    autojump_clock: MockClock,
    world: World,
    target: dict[str, Any],
    fields: dict[str, Any],
    is_meant: bool,
) -> None:
    """Where the sender stood when it sent is what counts, even if it has ended since."""
    lead = await world.session("lead", repository="/a", worktree="/a", cwd="/a")
    event = kept(lead, target, worktrees={"../tree": "/a-tree"})
    await world.journal.record(event)
    await world.journal.record(
        SessionClosed(session_id=lead.session_id, reason="ended")
    )
    new = await world.session("new", **fields)
    await settle()
    assert unread(world, new) == (["note"] if is_meant else [])


async def test_who_is_given_a_name_gets_what_was_kept_for_it(
    autojump_clock: MockClock, world: World
) -> None:
    """As if it had been called so from the start."""
    lead = await world.session("lead")
    worker = await world.session("worker")
    target = {"any": [{"session": "lead"}, {"session": "tester"}]}
    await world.journal.record(kept(lead, target, "rules"))
    await settle()
    assert unread(world, worker) == []
    await fleet.rename(world.fleet, worker.session_id, "tester")
    await settle()
    assert unread(world, worker) == ["rules"]


async def test_who_reports_a_state_later_belongs_to_those_in_that_state(
    autojump_clock: MockClock, world: World
) -> None:
    """Work for whoever is idle comes to the first that becomes so."""
    lead, new = await world.session("lead"), await world.session("new")
    await world.journal.record(kept(lead, {"state": "idle"}))
    await sessions.report_status(world.actor(new), status="working", message=None)
    await settle()
    assert unread(world, new) == []
    await sessions.report_status(world.actor(new), status="idle", message=None)
    await settle()
    assert unread(world, new) == ["note"]


async def test_a_target_of_a_later_version_stops_nobody(
    autojump_clock: MockClock, world: World
) -> None:
    """Whoever goes back to an older fugue has a daemon that works all the same."""
    lead = await world.session("lead")
    await world.journal.record(
        kept(lead, {"moon": True}, "unknown"), kept(lead, {"tag": "x"}, "known")
    )
    new = await world.session("new", tags=("x",))
    await settle()
    assert unread(world, new) == ["known"]
    assert world.reports == []


async def test_a_guest_is_a_newcomer_like_others(
    autojump_clock: MockClock, world: World
) -> None:
    """A broadcast means guests too, so one that is kept does."""
    lead = await world.session("lead")
    await world.journal.record(kept(lead, {"broadcast": "server"}))
    visitor = await world.session("visitor", kind="guest")
    await settle()
    assert unread(world, visitor) == ["note"]


async def test_what_was_kept_comes_in_the_order_in_which_it_was_sent(
    autojump_clock: MockClock, world: World
) -> None:
    """Also before what was sent to the newcomer itself."""
    lead = await world.session("lead")
    new = a_session("new", tags=("x",))
    await world.journal.record(
        *(kept(lead, {"tag": "x"}, str(number)) for number in range(3))
    )
    await world.journal.record(SessionOpened(session=new), a_message("own", new))
    await settle()
    assert unread(world, new) == ["0", "1", "2", "own"]


async def test_nobody_gets_the_same_message_twice(
    autojump_clock: MockClock, world: World
) -> None:
    """Who had it, read it and came back has it already."""
    lead = await world.session("lead")
    new = await world.session("new", tags=("x",))
    await world.journal.record(kept(lead, {"tag": "x"}))
    line = await world.connection()
    assert types(await world.take(new, line, wait=60)) == ["note"]
    await sessions.set_tags(world.actor(new), remove=("x",))
    await sessions.set_tags(world.actor(new), add=("x",))
    await world.hang_up(line)
    await settle()
    assert len(world.recorded(MessageJoined)) == 1


async def test_who_waits_for_a_message_gets_what_was_kept_at_once(
    autojump_clock: MockClock, world: World
) -> None:
    """A poll that waits is woken by it as by any message."""
    lead, new = await world.session("lead"), await world.session("new")
    await world.journal.record(kept(lead, {"tag": "x"}))
    line = await world.connection()
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def wait() -> None:
            assert types(await world.take(new, line, wait=60)) == ["note"]
            assert trio.current_time() < before + 1

        await wait_all_tasks_blocked()
        before = trio.current_time()
        await sessions.set_tags(world.actor(new), add=("x",))


@pytest.mark.parametrize("why", ["retention", "expiry"])
async def test_who_comes_too_late_gets_nothing(
    autojump_clock: MockClock, world: World, why: str
) -> None:
    """Kept until then means until then, and what has expired is for nobody."""
    lead = await world.session("lead")
    ends = {"until": BEFORE} if why == "retention" else {"expires_at": BEFORE}
    await world.journal.record(
        kept(lead, {"tag": "x"}, **ends),
        SessionOpened(session=a_session("new", tags=("x",))),
    )
    await settle()
    assert world.recorded(MessageJoined) == []
    assert world.journal.state.ledger.retained == {}


async def test_work_for_one_that_was_kept_is_done_by_one_newcomer(
    autojump_clock: MockClock, world: World
) -> None:
    """As soon as one has it for certain it is kept no longer."""
    lead = await world.session("lead")
    event = kept(lead, {"tag": "x"}, deliver="one")
    await world.journal.record(event)
    first, second = [await world.session(name, tags=("x",)) for name in "ab"]
    await settle()
    line = await world.connection()
    (got,) = await world.take(first, line)
    assert unread(world, second) == []
    await consume(world, first, (got,))
    await world.session("c", tags=("x",))
    await settle()
    record = world.journal.state.ledger.messages[event.envelope.id]
    assert list(record.recipients) == [first.session_id]


async def test_a_full_inbox_gets_what_was_kept_when_there_is_room(
    autojump_clock: MockClock,
) -> None:
    """A newcomer that has too much to read is not passed over for good."""
    async with open_world(limits=Limits(inbox_messages=2)) as world:
        lead = await world.session("lead")
        await world.journal.record(
            *(kept(lead, {"tag": "x"}, str(number)) for number in range(5))
        )
        new = await world.session("new", tags=("x",))
        line = await world.connection()
        got: list[str] = []
        while batch := await world.take(new, line, wait=10):
            assert len(batch) <= 2
            got += types(batch)
            await consume(world, new, batch)
        assert got == ["0", "1", "2", "3", "4"]


async def test_many_messages_are_given_to_one_newcomer_while_there_is_room(
    autojump_clock: MockClock,
) -> None:
    """More than are recorded at once, and those before do not count twice."""
    async with open_world(limits=Limits(inbox_messages=170)) as world:
        lead = await world.session("lead")
        await world.journal.record(*(kept(lead, {"tag": "x"}) for _ in range(150)))
        new = await world.session("new", tags=("x",))
        await settle()
        assert len(unread(world, new)) == 150
        assert len(world.recorded(MessageJoined)) == 150


async def test_through_the_router_it_is_sent_to_nobody_yet(
    autojump_clock: MockClock, world: World
) -> None:
    """The answer says how long it is kept, and a session that comes then has it."""
    lead = await world.session("lead")
    sent = await sending.send(
        world.router,
        lead,
        "process",
        TagTarget(tag="x"),
        ("note", {}),
        wishes=sending.Wishes(retain_seconds=3600),
    )
    assert (sent.recipients, sent.retained_until is None) == ((), False)
    new = await world.session("new", tags=("x",))
    await settle()
    assert unread(world, new) == ["note"]


@pytest.mark.parametrize("steps", range(12))
async def test_whenever_it_crashes_every_newcomer_gets_it_once(
    autojump_clock: MockClock, world: World, steps: int
) -> None:
    """Those who come while nobody looks are found by the next incarnation."""
    lead = await world.session("lead")
    await world.journal.record(kept(lead, {"tag": "x"}))
    before = await world.session("before", tags=("x",))
    for _ in range(steps):
        await trio.lowlevel.checkpoint()
    world.kernel.crash(world.delivery, RuntimeError("injected"))
    after = await world.session("after", tags=("x",))
    await settle()
    assert (unread(world, before), unread(world, after)) == (["note"], ["note"])
    joined = [
        one for event in world.recorded(MessageJoined) for one in event.recipients
    ]
    assert len(joined) == 2


@pytest.mark.parametrize("steps", range(6))
async def test_who_comes_in_the_instant_of_the_sending_is_not_missed(
    autojump_clock: MockClock, world: World, steps: int
) -> None:
    """Neither a recipient when it was decided, nor a newcomer afterwards: it must be."""
    lead = await world.session("lead")
    new = a_session("new", tags=("x",))
    wishes = sending.Wishes(retain_seconds=3600)
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def send() -> None:
            await sending.send(
                world.router,
                lead,
                "process",
                TagTarget(tag="x"),
                ("note", {}),
                wishes=wishes,
            )

        for _ in range(steps):
            await trio.lowlevel.checkpoint()
        await world.journal.record(SessionOpened(session=new))
    await settle()
    assert unread(world, new) == ["note"]


async def test_who_came_while_a_message_was_written_down_is_not_missed(
    autojump_clock: MockClock, world: World
) -> None:
    """Its recipients were worked out before, and nothing else makes anybody look."""
    lead = await world.session("lead")
    await world.journal.record(kept(lead, {"tag": "other"}))
    new = await world.session("new", tags=("x",))
    await settle()
    await world.journal.record(kept(lead, {"tag": "x"}))
    await settle()
    assert unread(world, new) == ["note"]


async def test_many_newcomers_and_many_messages_leave_time_for_others(
    autojump_clock: MockClock,
) -> None:
    """While it works through them, everybody else has a turn after each message."""
    journal = Journal()
    lead = a_session("lead", kind="guest")
    everybody = [a_session(f"s{number}", kind="guest") for number in range(200)]
    await journal.record(SessionOpened(session=lead))
    await journal.record(*(kept(lead, {"broadcast": "server"}) for _ in range(100)))
    async with open_world(journal=journal):
        await settle()
        await journal.record(*(SessionOpened(session=one) for one in everybody))
        ledger = journal.state.ledger
        await trio.sleep(SETTLE_SECONDS)
        turns = 0
        while ledger.unread(everybody[-1].session_id) < 100 and turns < 10_000:
            await trio.lowlevel.checkpoint()
            turns += 1
        assert 100 <= turns < 10_000
