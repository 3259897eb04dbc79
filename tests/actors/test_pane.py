"""The pane's actor: one exit, and a link that is found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from actorkit import World, a_pane, open_world
from panekit import AT_ONCE, Later, Open, outcome_of
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import panes, session as sessions
from fugue_actors.actors.reporter import BELL_SECONDS
from fugue_actors.errors import FugueError, Refused
from fugue_actors.kernel import ActorCrashed, Crashed, Normal
from fugue_actors.protocol import hosting
from fugue_actors.protocol.events import (
    PaneClosed,
    PaneExited,
    PaneLinked,
    PaneLost,
    PaneOpened,
    PaneRang,
    PaneResized,
    PaneRestarting,
    PaneStarted,
    PaneTitled,
)
from fugue_actors.protocol.hosting import ProgramExit
from fugue_actors.terminal.link import PaneLink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            yield world


@pytest.fixture
async def it(world: World) -> Open:
    ann = await world.session("ann")
    return Open(world, ann, await world.pane(ann))


# ---- the beginning


async def test_a_pane_is_told_once_it_runs_and_its_link_is_recorded(
    autojump_clock: MockClock, world: World
) -> None:
    """Opened, started, linked: each step is a fact before anybody relies on it."""
    ann = await world.session("ann")
    pane = await world.start_pane(ann)
    await wait_all_tasks_blocked()
    assert (pane.state, pane.hosted) == ("running", world.host().info)
    steps = [type(e).__name__ for e in world.events if "Pane" in type(e).__name__]
    assert steps == ["PaneOpened", "PaneStarted", "PaneLinked"]
    assert world.record().generation == 1


async def test_whoever_asks_while_it_starts_is_answered_when_it_runs(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Reads and writes wait for the program; none is lost and none is refused."""
    ann = await world.session("ann")
    world.machine.gate = trio.Event()
    opening = Later(nursery, world.start_pane(ann))
    await wait_all_tasks_blocked()
    pane = world.pane_actor(ann)
    read = Later(nursery, panes.read(pane))
    typed = Later(
        nursery, panes.type_into(pane, text="hi", keys=(), submit=False, writer=AT_ONCE)
    )
    again = Later(nursery, panes.running(pane))
    await wait_all_tasks_blocked()
    assert [c.outcome for c in (opening, read, typed, again)] == [None] * 4
    world.machine.gate.set()
    await wait_all_tasks_blocked()
    assert typed.outcome.bytes == 2
    assert opening.outcome.state == again.outcome.state == "running"
    assert isinstance(read.outcome, hosting.ScreenSnapshot)


async def test_whoever_asks_while_it_cannot_start_is_told_why(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Each gets the refusal, as an exception of his own."""
    ann = await world.session("ann")
    world.machine.gate = trio.Event()
    opening = Later(nursery, world.start_pane(ann, argv=("nope",)))
    await wait_all_tasks_blocked()
    pane = world.pane_actor(ann)
    calls = [
        Later(nursery, panes.running(pane)),
        Later(nursery, panes.read(pane)),
        Later(
            nursery,
            panes.type_into(pane, text="hi", keys=(), submit=False, writer=AT_ONCE),
        ),
    ]
    await wait_all_tasks_blocked()
    world.machine.gate.set()
    await wait_all_tasks_blocked()
    errors = [call.outcome for call in (opening, *calls)]
    assert {error.code for error in errors} == {"InvalidArgument"}
    assert len({id(error) for error in errors}) == 4


# ---- what is recorded


@pytest.mark.parametrize(
    ("code", "signal", "words"), [(7, None, "status 7"), (None, "SIGKILL", "SIGKILL")]
)
async def test_an_exit_is_recorded_once_and_refuses_input_from_then_on(
    autojump_clock: MockClock,
    it: Open,
    code: int | None,
    signal: str | None,
    words: str,
) -> None:
    """With how it ended, for people and for programs; the last screen stays."""
    it.host.end_program(code, signal=signal)
    await wait_all_tasks_blocked()
    assert it.world.record().state == "exited"
    assert it.world.record().exit == ProgramExit(code=code, signal=signal)
    error = await outcome_of(it.type("hello"))
    assert (error.code, error.data) == (
        "PaneExited",
        {"code": code, "signal": signal},
    )
    assert words in error.message
    assert isinstance(await panes.read(it.pane), hosting.ScreenSnapshot)
    await it.world.crash(it.pane)
    await wait_all_tasks_blocked()
    it.host.cut()
    await trio.sleep(5)
    assert it.host.generations == [1, 1, 1]
    assert len(it.world.recorded(PaneExited)) == 1


async def test_an_exit_in_the_middle_of_a_write_refuses_the_rest(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """What was queued behind the last input of a program is not written anywhere."""
    calls = [Later(nursery, it.type(text)) for text in ("exit 3\r", "more", "still")]
    await wait_all_tasks_blocked()
    refused = [c.outcome for c in calls if isinstance(c.outcome, Refused)]
    assert b"exit 3\r" in it.host.bytes_typed
    assert it.world.record().exit == ProgramExit(code=3)
    assert {error.code for error in refused} <= {"PaneExited"}


async def test_the_newest_title_is_recorded_and_the_same_one_only_once(
    autojump_clock: MockClock, it: Open
) -> None:
    """Programs set the same title over and over."""
    it.host.set_title("one")
    await wait_all_tasks_blocked()
    it.host.set_title("two")
    await wait_all_tasks_blocked()
    it.host.cut()
    await trio.sleep(5)
    assert [event.title for event in it.world.recorded(PaneTitled)] == ["one", "two"]
    assert it.world.record().title == "two"


async def test_bells_shortly_after_each_other_are_one_and_none_is_lost(
    autojump_clock: MockClock, it: Open
) -> None:
    """Who waits for a program hears of it at once; one that rings on and on is bearable."""
    await trio.sleep(1)
    it.host.ring()
    await wait_all_tasks_blocked()
    assert it.world.record().bells == 1
    for _ in range(20):
        it.host.ring()
        await trio.sleep(0.011)
    assert it.world.record().bells == 1
    await trio.sleep(BELL_SECONDS)
    assert it.world.record().bells == 2
    await trio.sleep(5)
    assert len(it.world.recorded(PaneRang)) == 2


async def test_what_rang_before_somebody_listened_is_not_heard_again(
    autojump_clock: MockClock, it: Open
) -> None:
    """Neither over a new link nor by a new incarnation; the next bell is."""
    await trio.sleep(1)
    it.host.ring()
    await trio.sleep(5)
    it.host.cut()
    await trio.sleep(5)
    await it.world.crash(it.pane)
    await trio.sleep(5)
    assert it.host.generations == [1, 1, 1]
    assert len(it.world.recorded(PaneRang)) == 1
    it.host.ring()
    await trio.sleep(5)
    assert it.world.record().bells == 2


async def test_a_size_is_recorded_when_the_terminal_has_it(
    autojump_clock: MockClock, it: Open
) -> None:
    """So that a new daemon, and every view, knows it."""
    await it.pane.ask(panes.Resize(columns=120, lines=40))
    assert it.host.size == (120, 40)
    assert (it.world.record().columns, it.world.record().lines) == (120, 40)
    assert len(it.world.recorded(PaneResized)) == 1


# ---- the link


async def test_a_lost_link_is_made_again_and_says_nothing_about_the_program(
    autojump_clock: MockClock, it: Open
) -> None:
    """Under the daemon's own generation, and the next request goes over it."""
    it.host.cut()
    await wait_all_tasks_blocked()
    assert await it.type("still here") == len("still here")
    assert it.host.generations == [1, 1]
    assert [e.generation for e in it.world.recorded(PaneLinked)] == [1, 1]
    assert it.world.record().state == "running"
    assert it.world.recorded(PaneLost) == []


async def test_a_crash_of_the_actor_is_a_new_link_of_the_same_generation(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """Whoever waited is told; the program notices nothing and is not started again."""
    it.host.hold()
    waiting = [Later(nursery, it.type("x")), Later(nursery, panes.read(it.pane))]
    await wait_all_tasks_blocked()
    await it.world.crash(it.pane)
    it.host.held = None
    assert all(isinstance(call.outcome, ActorCrashed) for call in waiting)
    assert await it.type("y") == 1
    assert it.host.generations == [1, 1]
    assert list(it.world.machine.hosts) == ["p1"]
    assert it.world.record().state == "running"


async def test_an_exit_that_came_while_nobody_was_linked_is_recorded(
    autojump_clock: MockClock, it: Open
) -> None:
    """The host kept it, and tells the next one who comes."""
    it.host.cut()
    it.host.end_program(5)
    await trio.sleep(5)
    assert it.world.record().exit == ProgramExit(code=5)


async def test_a_host_that_died_without_a_word_is_a_lost_pane(
    autojump_clock: MockClock, it: Open
) -> None:
    """Nothing is known of its program, and every request says so."""
    it.host.die()
    await trio.sleep(5)
    assert it.world.record().state == "lost"
    assert it.world.record().exit is None
    assert len(it.world.recorded(PaneLost)) == 1
    for call in (it.type("x"), panes.read(it.pane), panes.running(it.pane)):
        error = await outcome_of(call)
        assert error.code == "PaneExited"
        assert "nothing is known" in error.message
        assert "died" in error.message


async def test_a_lost_pane_stays_lost_for_a_new_incarnation_and_can_be_closed(
    autojump_clock: MockClock, it: Open
) -> None:
    """Nobody looks for its host again; ending it works as for any other."""
    it.host.die()
    await trio.sleep(5)
    await it.world.crash(it.pane)
    before = trio.current_time()
    assert (await outcome_of(panes.read(it.pane))).code == "PaneExited"
    assert (await panes.close(it.pane)).ended == 0
    assert trio.current_time() == before
    assert it.world.journal.state.panes == {}
    assert len(it.world.recorded(PaneLost)) == 1


async def test_an_exited_pane_whose_host_dies_keeps_its_exit(
    autojump_clock: MockClock, it: Open
) -> None:
    """What is known is not forgotten with the screen."""
    it.host.end_program(4)
    await wait_all_tasks_blocked()
    it.host.die()
    await trio.sleep(5)
    assert it.world.record().state == "exited"
    assert it.world.record().exit == ProgramExit(code=4)
    assert it.world.recorded(PaneLost) == []


async def test_a_host_that_obeys_somebody_newer_is_left_to_him(
    autojump_clock: MockClock, it: Open
) -> None:
    """A second daemon took the pane over: no tug of war, and the error says it."""
    link = await PaneLink.connect(
        it.world.machine.directory / "p1.sock", key="key of p1", generation=99
    )
    await wait_all_tasks_blocked()
    error = await outcome_of(it.type("x"))
    assert error.code == "NotAllowed"
    assert it.host.generations == [1, 99]
    await link.aclose()


# ---- the end


async def test_closing_ends_program_host_and_actor_and_is_recorded_last(
    autojump_clock: MockClock, it: Open
) -> None:
    """When the answer comes nothing is left, and that was a normal end."""
    report = await panes.close(it.pane, grace=2.0)
    assert (report.ended, report.exit) == (1, ProgramExit(signal="SIGHUP"))
    assert it.host.kills == [2.0]
    assert it.world.machine.living == []
    assert it.world.journal.state.panes == {}
    await wait_all_tasks_blocked()
    assert it.pane.status == "gone"
    assert isinstance(it.pane.last_exit, Normal)
    assert it.world.recorded(PaneLost) == []


async def test_closing_twice_at_once_is_one_end_and_two_answers(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """Whoever comes second gets the same report."""
    calls = [Later(nursery, panes.close(it.pane)) for _ in range(3)]
    await wait_all_tasks_blocked()
    assert [call.outcome.ended for call in calls] == [1, 1, 1]
    assert len(it.host.kills) == 1
    assert len(it.world.recorded(PaneClosed)) == 1
    assert not any(isinstance(report.exit, Crashed) for report in it.world.reports)


async def test_closing_an_exited_pane_releases_its_host(
    autojump_clock: MockClock, it: Open
) -> None:
    """Hosts wait for that; else each would stay for ever."""
    it.host.end_program(0)
    await wait_all_tasks_blocked()
    report = await panes.close(it.pane)
    assert (report.ended, report.exit) == (0, ProgramExit(code=0))
    assert it.world.machine.living == []


async def test_closing_while_it_starts_waits_for_the_start_and_ends_it(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """The one who opened it is told at once, the host comes and is ended."""
    ann = await world.session("ann")
    world.machine.gate = trio.Event()
    opening = Later(nursery, world.start_pane(ann))
    await wait_all_tasks_blocked()
    closing = Later(nursery, panes.close(world.pane_actor(ann)))
    await trio.sleep(1)
    world.machine.gate.set()
    await wait_all_tasks_blocked()
    assert opening.outcome.code == "PaneNotFound"
    assert closing.outcome.ended == 1
    assert list(world.machine.hosts) == ["p1"]
    assert world.machine.living == []
    assert world.journal.state.panes == {}


async def test_closing_what_never_gets_a_host_ends_in_time(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """And the host that comes much too late is ended by the zygote."""
    ann = await world.session("ann")
    world.machine.gate = trio.Event()
    Later(nursery, world.start_pane(ann))
    await wait_all_tasks_blocked()
    report = await panes.close(world.pane_actor(ann), grace=1.0)
    assert report.ended == 0
    assert world.journal.state.panes == {}
    world.machine.gate.set()
    await wait_all_tasks_blocked()
    assert list(world.machine.hosts) == ["p1"]
    assert world.machine.living == []


async def test_what_is_typed_after_the_close_is_refused(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """Nobody waits for a pane that is going."""
    it.host.hold()
    closing = Later(nursery, panes.close(it.pane))
    await wait_all_tasks_blocked()
    typed = Later(nursery, it.type("late"))
    await wait_all_tasks_blocked()
    assert typed.outcome.code == "PaneNotFound"
    it.host.release()
    await wait_all_tasks_blocked()
    assert closing.outcome.ended == 1
    assert it.host.bytes_typed == b""


async def test_a_host_that_dies_between_kill_and_release_can_still_be_closed(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """The attempt fails, the actor begins anew, and the next one finds nobody."""
    # Held back is the answer to the release: the host ends without having said so.
    it.host.hold()
    closing = Later(nursery, panes.close(it.pane))
    await it.host.wait_until(lambda: it.host.kills)
    it.host.release()
    it.host.hold()
    await trio.sleep(10)
    assert isinstance(closing.outcome, FugueError)
    before = trio.current_time()
    await panes.close(it.pane)
    assert trio.current_time() == before
    assert it.world.journal.state.panes == {}


async def test_panes_of_one_session_do_not_wait_for_each_other(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """One stuck host holds up nobody else."""
    ann = await world.session("ann")
    first, second = await world.pane(ann, "p1"), await world.pane(ann, "p2")
    world.host("p1").hold()
    stuck = Later(nursery, panes.read(first))
    await wait_all_tasks_blocked()
    typed = await panes.type_into(
        second, text="x", keys=(), submit=False, writer=AT_ONCE
    )
    assert typed.bytes == 1
    assert stuck.outcome is None


async def test_two_who_start_a_program_again_at_once_get_one_program(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """Two hosts' links would push each other out for ever."""
    it.host.end_program()
    await wait_all_tasks_blocked()
    pane = it.world.record()
    await it.world.journal.record(
        PaneRestarting(pane_id=pane.pane_id, session_id=pane.session_id, streak=1)
    )
    calls = [Later(nursery, panes.start_again(it.pane)) for _ in range(2)]
    await trio.sleep(5)
    assert [call.outcome.state for call in calls] == ["running", "running"]
    assert len(it.world.recorded(PaneStarted)) == 2
    assert len(it.world.recorded(PaneLinked)) == 2


async def test_a_pane_of_the_record_is_linked_again_without_a_new_program(
    autojump_clock: MockClock, world: World
) -> None:
    """This is what a new daemon does with the panes it finds."""
    ann = await world.session("ann")
    await world.start_pane(ann)
    record = world.record()
    world.journal.generation = 9
    await sessions.close_all_panes(world.actor(ann))
    start = world.host().start
    host = world.machine.start(start)
    await world.journal.record(
        PaneOpened(
            pane=a_pane(ann, state="running", hosted=record.hosted, generation=7)
        )
    )
    await world.crash(
        world.kernel.registry.resolve(f"/sessions/{ann.session_id}/panes")
    )
    await trio.sleep(1)
    assert host.generations == [9]
    assert world.record().state == "running"
