"""Who a connection is: found out once, when it opens, and the same to its end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import trio
from actorkit import World, a_pane, open_world
from gatewaykit import Background
from trio.testing import wait_all_tasks_blocked

from fugue_actors.actors import fleet
from fugue_actors.errors import Refused
from fugue_actors.gateways import greeting
from fugue_actors.gateways.access import of_agent
from fugue_actors.gateways.ancestry import started_of
from fugue_actors.gateways.caller import LET_GO_WITHIN
from fugue_actors.gateways.identity import Peer
from fugue_actors.protocol.events import PaneLost, PaneOpened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock

    from fugue_actors.gateways.caller import Caller
    from fugue_actors.protocol.values import Session

STRANGER = Peer(pid=0, uid=os.getuid(), started=1.0)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            yield world


async def greet(
    world: World,
    *,
    token: str | None = None,
    name: str | None = None,
    held: bool = True,
    peer: Peer = STRANGER,
) -> Caller:
    """A new connection's caller."""
    return await greeting.greet(
        peer,
        kernel=world.kernel,
        journal=world.journal,
        holder=await world.connection() if held else None,
        token=token,
        name=name,
        access_of=of_agent,
    )


async def agent(world: World, name: str) -> Session:
    """A session whose pane runs."""
    session = await world.session(name)
    await world.start_pane(session, f"p-{name}")
    return session


# ---- tokens


async def test_a_panes_token_from_outside_of_panes_is_believed(
    patient_clock: MockClock, world: World
) -> None:
    """An agent in a container cannot be found among the processes."""
    ann = await agent(world, "ann")
    caller = await greet(world, token="token of p-ann")
    assert caller.attested == "token"
    assert await caller.session() == world.current(ann)
    assert caller.directory == ann.cwd


@pytest.mark.parametrize("token", ["guess", "", "token of p-ann ", "\udcff", "ü"])
async def test_a_wrong_token_makes_a_guest(
    patient_clock: MockClock, world: World, token: str
) -> None:
    """It is worth nothing, and no reason to turn anybody away."""
    await agent(world, "ann")
    caller = await greet(world, token=token)
    assert caller.attested == "guest"
    assert (await caller.session()).kind == "guest"


async def test_while_a_pane_is_starting_a_token_is_not_believed_too_early(
    patient_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """The peer may be in that very pane, with a token that it found elsewhere."""
    ann = await agent(world, "ann")
    starting = a_pane(ann, "late")
    await world.journal.record(PaneOpened(pane=starting))
    greeted = Background(nursery, greet(world, token="token of p-ann"))
    await wait_all_tasks_blocked()
    assert not greeted.is_over
    lost = PaneLost(pane_id="late", session_id=ann.session_id)
    await world.journal.record(lost)
    await wait_all_tasks_blocked()
    assert greeted.result.attested == "token"


async def test_a_pane_that_starts_for_ever_holds_nobody_up_for_ever(
    patient_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """The peer is then a guest: better nobody than somebody else."""
    ann = await agent(world, "ann")
    await world.journal.record(PaneOpened(pane=a_pane(ann, "late")))
    greeted = Background(nursery, greet(world, token="token of p-ann"))
    await wait_all_tasks_blocked()
    patient_clock.jump(greeting.STARTING_WITHIN + 0.1)
    await wait_all_tasks_blocked()
    assert greeted.is_over
    assert greeted.result.attested == "guest"


async def test_who_cannot_be_in_a_starting_pane_does_not_wait_for_it(
    patient_clock: MockClock, world: World
) -> None:
    """People's commands come from elsewhere, and answer at once."""
    ann = await agent(world, "ann")
    await world.journal.record(PaneOpened(pane=a_pane(ann, "late")))
    elsewhere = Peer(
        pid=os.getppid(), uid=os.getuid(), started=started_of(os.getppid())
    )
    began = trio.current_time()
    assert (await greet(world, peer=elsewhere)).attested == "guest"
    assert (await greet(world)).attested == "guest"
    assert trio.current_time() == began


async def test_who_may_be_in_a_starting_pane_waits_for_it_also_without_a_token(
    patient_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """An agent whose environment was emptied is still its pane's session."""
    ann = await agent(world, "ann")
    await world.journal.record(PaneOpened(pane=a_pane(ann, "late")))
    ours = Peer(pid=os.getpid(), uid=os.getuid(), started=started_of(os.getpid()))
    greeted = Background(nursery, greet(world, peer=ours))
    await wait_all_tasks_blocked()
    assert not greeted.is_over
    await world.journal.record(PaneLost(pane_id="late", session_id=ann.session_id))
    await wait_all_tasks_blocked()
    assert greeted.is_over


# ---- guests


async def test_a_guest_becomes_a_session_with_its_first_word_and_only_one(
    patient_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """However many requests it makes at once."""
    caller = await greet(world, name="tool")
    assert caller.session_id is None
    assert world.journal.state.sessions == {}
    several = [Background(nursery, caller.session()) for _ in range(5)]
    while not all(each.is_over for each in several):
        await trio.lowlevel.checkpoint()
    assert len({each.result.session_id for each in several}) == 1
    assert [s.session_name for s in world.journal.state.sessions.values()] == ["tool"]


async def test_before_it_is_a_session_a_guest_works_where_its_process_does(
    patient_clock: MockClock, world: World
) -> None:
    """Relative paths count from there."""
    here = Peer(pid=os.getpid(), uid=os.getuid(), started=1.0)
    assert (await greet(world, peer=here)).directory == os.getcwd()  # noqa: PTH109 - as it tells
    assert (await greet(world)).directory == "/"


async def test_a_process_that_is_gone_works_at_the_root() -> None:
    """It may end while it is being looked at."""
    process = await trio.run_process(["true"])
    assert process.returncode == 0
    gone = Peer(pid=2**22 + 1, uid=os.getuid(), started=None)
    assert greeting.directory_of(gone) == "/"


async def test_a_session_that_has_ended_is_not_replaced(
    patient_clock: MockClock, world: World
) -> None:
    """Nobody turns into somebody else in the middle of a conversation."""
    caller = await greet(world, name="tool")
    session = await caller.session()
    await fleet.end(world.fleet, session.session_id)
    with pytest.raises(Refused) as refused:
        await caller.session()
    assert refused.value.code == "SessionNotFound"
    assert "connect again" in (refused.value.hint or "")
    assert world.journal.state.sessions == {}


# ---- coming back


async def test_a_client_that_is_back_before_it_was_missed_is_the_same_guest(
    patient_clock: MockClock, world: World
) -> None:
    """Else it would be `ann-2`, and what is sent to `ann` would wait for nobody."""
    before = await greet(world, name="ann")
    ann = await before.session()
    again = await greet(world, name="ann")
    assert before.holder is not None
    async with trio.open_nursery() as nursery:
        coming = Background(nursery, again.session())
        await wait_all_tasks_blocked()
        await world.hang_up(before.holder)
    assert coming.result.session_id == ann.session_id


async def test_a_second_client_of_the_same_name_waits_only_a_moment(
    patient_clock: MockClock, world: World
) -> None:
    """Two that live cannot be one: the later one gets a number."""
    first = await (await greet(world, name="ann")).session()
    second = await greet(world, name="ann")
    async with trio.open_nursery() as nursery:
        coming = Background(nursery, second.session())
        await wait_all_tasks_blocked()
        patient_clock.jump(LET_GO_WITHIN)
    assert (first.session_name, coming.result.session_name) == ("ann", "ann-2")
