"""What a session says of messages by hand: got it, not now, never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio
from actorkit import World, a_message, open_world, types
from gatedjournal import GatedJournal
from gatewaykit import Background
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors.settling import settle_messages
from fugue_actors.errors import Refused
from fugue_actors.protocol.events import (
    DeliveryEnded,
    MessagesConsumed,
    MessageSent,
    MessagesReturned,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.protocol.values import Recipient, Session

SETTLED = (MessagesConsumed, MessagesReturned, DeliveryEnded)


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


async def put(world: World, sent: MessageSent) -> str:
    await world.journal.record(sent)
    return sent.envelope.id


def row(world: World, message_id: str, session: Session) -> Recipient:
    record = world.journal.state.ledger.messages[message_id]
    return record.recipients[session.session_id]


async def settle(world: World, session: Session, *ids: str, **how: Any) -> Any:
    """Settle messages; the states, or the code of the refusal."""
    how = {"how": "acknowledge", **how}
    try:
        return await settle_messages(world.actor(session), ids, **how)
    except Refused as refused:
        return refused.code


async def test_an_acknowledged_message_is_consumed_and_says_what_shows_it(
    autojump_clock: MockClock, world: World
) -> None:
    """Whether a connection holds it, or the one that did is gone."""
    ann, line = await world.session("ann"), await world.connection()
    held = await put(world, a_message("a", ann))
    await world.take(ann, line, most=1)
    queued = await put(world, a_message("b", ann))
    assert await settle(world, ann, held, queued) == {
        held: "consumed",
        queued: "consumed",
    }
    assert world.inbox(ann) == []
    for message_id in (held, queued):
        assert row(world, message_id, ann).evidence == "acknowledged"


@pytest.mark.parametrize(
    ("how", "state"),
    [("acknowledge", "consumed"), ("release", "queued"), ("refuse", "refused")],
)
async def test_settling_again_changes_nothing_and_says_the_same(
    autojump_clock: MockClock, world: World, how: str, state: str
) -> None:
    """An agent whose answer got lost repeats its call."""
    ann, line = await world.session("ann"), await world.connection()
    message_id = await put(world, a_message("a", ann))
    await world.take(ann, line)
    for _ in range(3):
        got = await settle(world, ann, message_id, how=how, reason="no")
        assert got == {message_id: state}
    assert sum(map(len, map(world.recorded, SETTLED))) == 1


async def test_a_released_message_is_queued_in_its_place_and_marked(
    autojump_clock: MockClock, world: World
) -> None:
    """Whoever takes it next may be the same agent."""
    ann, line = await world.session("ann"), await world.connection()
    first = await put(world, a_message("a", ann))
    await put(world, a_message("b", ann))
    await world.take(ann, line, most=1)
    await settle(world, ann, first, how="release")
    assert world.inbox(ann) == [("a", None, True), ("b", None, False)]


async def test_a_released_job_goes_to_a_worker_that_waits(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """The one that gave it back keeps no claim to it."""
    ann, bob = await world.session("ann"), await world.session("bob")
    line = await world.connection()
    job = await put(world, a_message("job", ann, bob, deliver="one"))
    await world.take(ann, line)
    other = Background(nursery, world.take(bob, await world.connection(), wait=60))
    await wait_all_tasks_blocked()
    assert await settle(world, ann, job, how="release") == {job: "queued"}
    await wait_all_tasks_blocked()
    assert types(other.result) == ["job"]
    assert await settle(world, ann, job) == "MessageNotFound"
    assert await settle(world, bob, job) == {job: "consumed"}


async def test_a_refused_message_is_refused_for_this_session_and_with_its_reason(
    autojump_clock: MockClock, world: World
) -> None:
    """The sender is to be told; other recipients have it as before."""
    ann, bob = await world.session("ann"), await world.session("bob")
    message_id = await put(world, a_message("a", ann, bob))
    await world.take(ann, await world.connection())
    await settle(world, ann, message_id, how="refuse", reason="not my job")
    refused = row(world, message_id, ann)
    assert (refused.state, refused.evidence) == ("refused", "not my job")
    assert row(world, message_id, bob).state == "queued"
    assert world.journal.state.ledger.to_report == {message_id: [ann.session_id]}


async def test_a_job_that_one_worker_refuses_is_still_there_for_the_others(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """A refusal is one worker's; the sender hears of it when nobody is left."""
    ann, bob = await world.session("ann"), await world.session("bob")
    job = await put(world, a_message("job", ann, bob, deliver="one"))
    await world.take(ann, await world.connection())
    other = Background(nursery, world.take(bob, await world.connection(), wait=60))
    await wait_all_tasks_blocked()
    await settle(world, ann, job, how="refuse", reason="too hard")
    await wait_all_tasks_blocked()
    assert types(other.result) == ["job"]
    assert world.journal.state.ledger.to_report == {}


async def test_only_messages_of_the_session_can_be_settled_and_all_or_none(
    autojump_clock: MockClock, world: World
) -> None:
    """A wrong id in a list must not leave the caller guessing what was done."""
    ann, bob = await world.session("ann"), await world.session("bob")
    own = await put(world, a_message("a", ann))
    others = await put(world, a_message("b", bob))
    for wrong in (others, "never sent"):
        for how in ("acknowledge", "release", "refuse"):
            got = await settle(world, ann, own, wrong, how=how, reason="no")
            assert got == "MessageNotFound"
    assert world.inbox(ann) == [("a", None, False)]
    assert world.inbox(bob) == [("b", None, False)]


@pytest.mark.parametrize("how", ["release", "refuse"])
async def test_what_is_consumed_can_be_neither_given_back_nor_refused(
    autojump_clock: MockClock, world: World, how: str
) -> None:
    """Saying so quietly would let a job be lost."""
    ann = await world.session("ann")
    done = await put(world, a_message("a", ann))
    other = await put(world, a_message("b", ann))
    await settle(world, ann, done)
    assert await settle(world, ann, other, done, how=how, reason="no") == "NotAllowed"
    assert world.inbox(ann) == [("b", None, False)]


async def test_what_cannot_be_kept_is_refused_and_has_not_happened(
    autojump_clock: MockClock, world: World, journal: GatedJournal
) -> None:
    """An acknowledgement that the disk does not have is none."""
    ann = await world.session("ann")
    message_id = await put(world, a_message("a", ann))
    journal.refused = SETTLED
    await world.take(ann, await world.connection())
    for how in ("acknowledge", "release", "refuse"):
        assert await settle(world, ann, message_id, how=how) == "Unavailable"
    assert row(world, message_id, ann).state == "offered"
    assert world.actor(ann).incarnation == 1
