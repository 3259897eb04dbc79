"""The session's actor: its tags, its status, and the panes it starts and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from actorkit import World, a_pane, open_world
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import session as sessions
from fugue_actors.errors import Refused
from fugue_actors.protocol.events import (
    PaneStarted,
    StatusReported,
    TagsChanged,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def world(autojump_clock: MockClock) -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            yield world


async def test_tags_are_a_sorted_set_whatever_is_added_and_removed(
    autojump_clock: MockClock,
    world: World,
) -> None:
    """Adding twice and removing what is not there are no errors."""
    ann = await world.session("ann", tags=("b",))
    actor = world.actor(ann)
    changed = await sessions.set_tags(actor, add=("c", "a", "a"), remove=("x",))
    assert changed.tags == ("a", "b", "c")
    changed = await sessions.set_tags(actor, remove=("b", "b"))
    assert changed == world.current(ann)
    assert changed.tags == ("a", "c")


async def test_tags_that_do_not_change_are_no_event(
    autojump_clock: MockClock, world: World
) -> None:
    """Whoever follows the stream is told of changes, not of calls."""
    ann = await world.session("ann", tags=("a",))
    await sessions.set_tags(world.actor(ann), add=("a",), remove=("b",))
    assert world.recorded(TagsChanged) == []


async def test_tags_set_by_many_at_once_are_all_there(
    autojump_clock: MockClock, world: World
) -> None:
    """Nobody's change is lost in another's."""
    ann = await world.session("ann")
    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(
                lambda tag: sessions.set_tags(world.actor(ann), add=(tag,)),
                f"t{number:02}",
            )
    assert world.current(ann).tags == tuple(f"t{number:02}" for number in range(20))


async def test_a_reported_status_is_the_sessions_until_the_next_one(
    autojump_clock: MockClock,
    world: World,
) -> None:
    """What people see is what the agent said last."""
    ann = await world.session("ann")
    await sessions.report_status(world.actor(ann), status="working", message="on it")
    report = await sessions.report_status(world.actor(ann), status="idle", message=None)
    assert world.current(ann).status == report
    assert [e.status.status for e in world.recorded(StatusReported)] == [
        "working",
        "idle",
    ]


async def test_a_session_that_starts_finds_the_panes_of_its_record(
    autojump_clock: MockClock,
    world: World,
) -> None:
    """So a new incarnation, or a new daemon, has every pane again."""
    ann = await world.session("ann")
    await world.start_pane(ann, "p1")
    await world.start_pane(ann, "p2")
    supervisor = world.kernel.registry.resolve(f"/sessions/{ann.session_id}/panes")
    await world.crash(supervisor)
    await trio.sleep(1)
    assert {world.pane_actor(ann, p).status for p in ("p1", "p2")} == {"running"}
    assert sorted(world.machine.living) == ["p1", "p2"]
    assert len(world.recorded(PaneStarted)) == 2


async def test_a_session_that_crashes_again_and_again_comes_back(
    autojump_clock: MockClock,
    world: World,
) -> None:
    """Its supervisor gives up, but nobody else does: the agent in its pane lives."""
    ann = await world.session("ann")
    await world.start_pane(ann, "p1")
    for _ in range(5):
        ref = await world.kernel.registry.wait_for(sessions.path(ann.session_id))
        world.kernel.crash(ref, RuntimeError("injected"))
        await wait_all_tasks_blocked()
    await trio.sleep(60)
    assert world.actor(ann).status == "running"
    assert world.pane_actor(ann).status == "running"
    assert world.machine.living == ["p1"]


async def test_a_pane_that_cannot_start_is_refused_and_leaves_nothing(
    autojump_clock: MockClock,
    world: World,
) -> None:
    """The record is gone with it, and the session goes on."""
    ann = await world.session("ann")
    await world.pane(ann, "p2")
    with pytest.raises(Refused) as refused:
        await sessions.open_pane(world.actor(ann), a_pane(ann, argv=("nope",)))
    assert refused.value.code == "InvalidArgument"
    await wait_all_tasks_blocked()
    assert set(world.journal.state.panes) == {"p2"}
    assert world.kernel.registry.whereis(f"/sessions/{ann.session_id}/panes/p1") is None
    await world.pane(ann, "p3")


async def test_closing_all_panes_ends_every_program_and_says_what_it_took(
    autojump_clock: MockClock,
    world: World,
) -> None:
    """One report a pane, those included whose program had ended already."""
    ann = await world.session("ann")
    for pane_id in ("p1", "p2", "p3"):
        await world.start_pane(ann, pane_id)
    world.host("p2").end_program(0)
    reports = await sessions.close_all_panes(world.actor(ann))
    assert sorted(report.ended for report in reports) == [0, 1, 1]
    assert world.machine.living == []
    assert world.journal.state.panes == {}
