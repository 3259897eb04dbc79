"""A session's restarter: programs come back as their panes' policy says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from actorkit import World, a_pane, a_session, open_world
from panekit import AT_ONCE
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import panes, restarting
from fugue_actors.errors import Refused
from fugue_actors.protocol.events import (
    PaneExited,
    PaneGaveUp,
    PaneLost,
    PaneOpened,
    PaneRestarting,
    PaneStarted,
)
from fugue_actors.protocol.hosting import ProgramExit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fakehost import FakeHost

    from fugue_actors.kernel import Ref
    from fugue_actors.protocol.values import RestartPolicy

FAILED = ProgramExit(code=1)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            yield world


async def opened(world: World, policy: RestartPolicy) -> Ref:
    """A session with one pane under this policy."""
    return await world.pane(await world.session("ann"), restart=policy)


async def until(fact: Callable[[], object]) -> None:
    """Let virtual time pass until something is the case."""
    while not fact():  # noqa: ASYNC110 - pauses are what is tested here
        await trio.sleep(0.1)


async def next_host(world: World, before: FakeHost) -> FakeHost:
    """The host that took another's place, linked."""
    await until(lambda: world.host() is not before and world.host().generations)
    await wait_all_tasks_blocked()
    return world.host()


@pytest.mark.parametrize("end", ["exits", "dies"])
async def test_a_program_that_ended_is_started_again_in_a_host_of_its_own(
    autojump_clock: MockClock, world: World, end: str
) -> None:
    """By itself or with its host: the same pane, a new program, and it is counted."""
    pane = await opened(world, "on-failure")
    first = world.host()
    if end == "exits":
        first.end_program(1)
        await wait_all_tasks_blocked()
        assert world.record().state == "restarting"
        assert await panes.read(pane)
    else:
        first.die()
    second = await next_host(world, first)
    assert first.is_gone
    record = world.record()
    assert (record.state, record.restarts, record.streak) == ("running", 1, 1)
    assert record.exit is None
    assert record.last_exit == (FAILED if end == "exits" else None)
    assert record.hosted == second.info
    await panes.type_into(pane, text="on we go", keys=(), submit=False, writer=AT_ONCE)
    assert second.bytes_typed == b"on we go"


@pytest.mark.parametrize(("policy", "code"), [("never", 1), ("on-failure", 0)])
async def test_a_program_that_is_to_stay_ended_stays_ended(
    autojump_clock: MockClock, world: World, policy: RestartPolicy, code: int
) -> None:
    """Its screen stays, too."""
    pane = await opened(world, policy)
    world.host().end_program(code)
    await trio.sleep(1000)
    assert world.record().state == "exited"
    assert world.recorded(PaneRestarting) == []
    assert await panes.read(pane)
    with pytest.raises(Refused, match="not to be restarted"):
        await panes.start_again(pane)


async def test_pauses_grow_and_there_is_an_end_to_it(
    autojump_clock: MockClock, world: World
) -> None:
    """A program that never lives long does not keep the machine busy for ever."""
    await opened(world, "always")
    starts = []
    for _ in range(restarting.MOST):
        host, ended = world.host(), trio.current_time()
        host.end_program(0)
        await next_host(world, host)
        starts.append(trio.current_time() - ended)
    wanted = [restarting.pause(streak) for streak in range(1, restarting.MOST + 1)]
    assert starts == pytest.approx(wanted, abs=0.2)
    world.host().end_program(3)
    await trio.sleep(1000)
    record = world.record()
    assert (record.state, record.exit) == ("exited", ProgramExit(code=3))
    assert "in a row" in (record.trouble or "")
    assert record.restarts == restarting.MOST
    assert len(world.recorded(PaneGaveUp)) == 1


async def test_a_start_that_is_refused_counts_as_an_end(
    autojump_clock: MockClock, world: World
) -> None:
    """The command may be back later, and if it never is, that is said."""
    await opened(world, "always")
    world.machine.commands.clear()
    world.host().end_program(1)
    await trio.sleep(1000)
    record = world.record()
    assert (record.state, record.exit, record.restarts) == ("exited", FAILED, 0)
    assert record.trouble is not None
    streaks = [event.streak for event in world.recorded(PaneRestarting)]
    assert streaks == list(range(1, restarting.MOST + 1))


async def test_a_command_that_comes_back_is_run_again(
    autojump_clock: MockClock, world: World
) -> None:
    """A refusal is no end of trying."""
    await opened(world, "always")
    first = world.host()
    world.machine.commands.clear()
    first.end_program(1)
    await trio.sleep(2)
    world.machine.commands.add("sh")
    await next_host(world, first)
    assert (world.record().state, world.record().restarts) == ("running", 1)


@pytest.mark.parametrize("victim", ["restarter", "session", "panes", "panes/p1"])
async def test_a_crash_during_the_pause_costs_no_start(
    autojump_clock: MockClock, world: World, victim: str
) -> None:
    """Whoever comes next finds in the record what is due."""
    ann = await world.session("ann")
    await world.pane(ann, restart="always")
    first = world.host()
    first.end_program(1)
    await wait_all_tasks_blocked()
    path = f"/sessions/{ann.session_id}/{victim}"
    await world.crash(world.kernel.registry.resolve(path))
    await next_host(world, first)
    assert (world.record().state, world.record().restarts) == ("running", 1)
    await trio.sleep(1000)
    assert world.record().restarts == 1
    assert world.machine.living == ["p1"]


@pytest.mark.parametrize("state", ["exited", "lost", "restarting"])
async def test_what_ended_before_this_daemon_is_started_again_by_it(
    autojump_clock: MockClock, world: World, state: str
) -> None:
    """The policy stands in the record, not in anybody's memory."""
    ann = a_session("ann")
    pane = a_pane(
        ann,
        state=state,
        restart="on-failure",
        hosted=world.machine.nowhere("p1"),
        exit=None if state == "lost" else FAILED,
        streak=1 if state == "restarting" else 0,
    )
    await world.open(ann, PaneOpened(pane=pane))
    await until(lambda: world.record().state == "running")
    assert world.record().restarts == 1
    assert world.machine.living == ["p1"]


async def test_closing_a_pane_in_its_pause_is_the_end_of_it(
    autojump_clock: MockClock, world: World
) -> None:
    """Nothing comes back that was closed."""
    pane = await opened(world, "always")
    host = world.host()
    host.end_program(1)
    await wait_all_tasks_blocked()
    await panes.close(pane)
    assert world.journal.state.panes == {}
    await trio.sleep(1000)
    assert world.machine.hosts == {"p1": host}
    assert host.is_gone


async def test_a_pane_that_is_being_closed_is_not_started_meanwhile(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Ending what the program left behind can take longer than the pause."""
    pane = await opened(world, "always")
    host = world.host()
    host.end_program(1)
    host.hold()
    nursery.start_soon(panes.close, pane)
    await trio.sleep(1.5)
    host.release()
    await until(lambda: not world.journal.state.panes)
    assert world.machine.hosts == {"p1": host}
    assert host.is_gone


async def test_closing_a_pane_while_it_starts_again_ends_the_new_program(
    autojump_clock: MockClock, world: World
) -> None:
    """The close waits for the host, and leaves none."""
    pane = await opened(world, "always")
    world.machine.gate = trio.Event()
    world.host().end_program(1)
    await until(lambda: world.machine.waiting)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(panes.close, pane)
        await wait_all_tasks_blocked()
        world.machine.gate.set()
    assert world.journal.state.panes == {}
    await trio.sleep(1000)
    assert world.machine.living == []


async def test_a_cursor_of_the_run_before_reads_all_of_the_present_one(
    autojump_clock: MockClock, world: World
) -> None:
    """And says that something was lost, for the screen it belonged to is gone."""
    pane = await opened(world, "always")
    first = world.host()
    await panes.type_into(
        pane, text="much to say", keys=(), submit=False, writer=AT_ONCE
    )
    cursor = (await panes.read(pane)).next
    first.end_program(1)
    await next_host(world, first)
    await panes.type_into(pane, text="new", keys=(), submit=False, writer=AT_ONCE)
    screen = await panes.read(pane, since=cursor)
    assert (screen.lost, screen.next) == (True, 3)
    assert not (await panes.read(pane, since=0)).lost


async def test_each_end_is_recorded_once_and_each_start(
    autojump_clock: MockClock, world: World
) -> None:
    """Whoever follows the events sees the whole story."""
    await opened(world, "always")
    for code in (1, 2):
        host = world.host()
        host.end_program(code)
        await next_host(world, host)
    host = world.host()
    host.die()
    await next_host(world, host)
    assert [event.exit.code for event in world.recorded(PaneExited)] == [1, 2]
    assert len(world.recorded(PaneLost)) == 1
    assert len(world.recorded(PaneStarted)) == 4
