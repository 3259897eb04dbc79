"""Runs: a program's whole life in a pane that nobody else ever sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from actorkit import World, a_pane, open_world
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import fleet, panes, running
from fugue_actors.errors import ActorCrashed, FugueError, Refused
from fugue_actors.journal.adoption import corrections
from fugue_actors.protocol.events import PaneOpened
from fugue_actors.protocol.hosting import ProgramExit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.protocol.values import Session


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            yield world


class Run:
    """A run in a task of its own."""

    def __init__(
        self,
        world: World,
        nursery: trio.Nursery,
        session: Session,
        *,
        within: float = 100.0,
        **fields: Any,
    ) -> None:
        self.ran: running.Ran | FugueError | None = None
        self.pane = a_pane(session, "run", draft=True, is_run=True, **fields)
        self.over_at: float | None = None
        self.actor = world.actor(session)
        self.within = within
        self.given_up = trio.Event()
        nursery.start_soon(self.run)

    async def run(self) -> None:
        request = running.RunPane(
            pane=self.pane, within=self.within, limit=1000, given_up=self.given_up
        )
        with trio.move_on_after(10_000) as self.scope:
            try:
                self.ran = await running.run(self.actor, request)
            except FugueError as error:
                self.ran = error
        self.over_at = trio.current_time()


async def test_a_run_gives_the_exit_and_leaves_no_pane(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """The answer comes when pane and host are gone."""
    ann = await world.session("ann")
    run = Run(world, nursery, ann)
    await wait_all_tasks_blocked()
    assert world.journal.state.layout_of(ann.session_id).pane_ids == ()
    await trio.sleep(3)
    world.host("run").end_program(2)
    await wait_all_tasks_blocked()
    assert isinstance(run.ran, running.Ran)
    assert (run.ran.exit, run.ran.timed_out) == (ProgramExit(code=2), False)
    assert run.ran.duration == pytest.approx(3, abs=0.01)
    assert not world.journal.state.panes
    assert not world.machine.living


async def test_what_is_not_done_in_time_is_ended_and_says_so(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """With the signal that ended it, and with what it wrote until then."""
    ann = await world.session("ann")
    run = Run(world, nursery, ann, within=5)
    await trio.sleep(6)
    assert isinstance(run.ran, running.Ran)
    assert run.ran.timed_out
    assert run.ran.exit == ProgramExit(signal="SIGHUP")
    assert run.ran.duration == pytest.approx(5, abs=0.01)
    assert not world.journal.state.panes
    assert not world.machine.living


async def test_a_run_that_is_given_up_is_ended_with_what_it_wrote(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Its asker still gets an answer, which is not that its time was up."""
    ann = await world.session("ann")
    run = Run(world, nursery, ann)
    await trio.sleep(2)
    run.given_up.set()
    await trio.sleep(3)
    assert isinstance(run.ran, running.Ran)
    assert (run.ran.given_up, run.ran.timed_out) == (True, False)
    assert run.ran.exit == ProgramExit(signal="SIGHUP")
    assert run.ran.duration == pytest.approx(2, abs=0.01)
    assert not world.journal.state.panes
    assert not world.machine.living


async def test_a_run_that_nobody_waits_for_any_more_is_ended(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """At once, whether its asker was cancelled or its connection broke."""
    ann = await world.session("ann")
    run = Run(world, nursery, ann)
    await wait_all_tasks_blocked()
    assert world.machine.living == ["run"]
    run.scope.cancel()
    await wait_all_tasks_blocked()
    assert not world.journal.state.panes
    assert not world.machine.living


async def test_a_run_given_up_while_it_starts_is_ended_once_it_has(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """A start is not left half done, so that nobody has to look for its process."""
    ann = await world.session("ann")
    world.machine.gate = trio.Event()
    run = Run(world, nursery, ann)
    await wait_all_tasks_blocked()
    run.scope.cancel()
    await wait_all_tasks_blocked()
    world.machine.gate.set()
    await trio.sleep(1)
    assert not world.journal.state.panes
    assert not world.machine.living


async def test_a_command_that_cannot_be_started_is_refused_and_leaves_nothing(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """As for any other pane."""
    ann = await world.session("ann")
    run = Run(world, nursery, ann, argv=("nope",))
    await trio.sleep(1)
    assert isinstance(run.ran, Refused)
    assert run.ran.code == "InvalidArgument"
    assert not world.journal.state.panes


async def test_a_run_whose_pane_is_closed_is_told(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Somebody ended the session, or just this pane; it never ends by itself then."""
    ann = await world.session("ann")
    run = Run(world, nursery, ann)
    await wait_all_tasks_blocked()
    await panes.close(world.pane_actor(ann, "run"))
    await wait_all_tasks_blocked()
    assert isinstance(run.ran, Refused | running.Ran)
    assert not world.machine.living


async def test_a_run_outlives_a_crash_of_its_pane_s_actor(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """The program notices nothing, and so does whoever waits for it."""
    ann = await world.session("ann")
    run = Run(world, nursery, ann)
    await wait_all_tasks_blocked()
    await world.crash(world.pane_actor(ann, "run"))
    await trio.sleep(5)
    assert run.ran is None
    world.host("run").end_program(0)
    await trio.sleep(1)
    assert isinstance(run.ran, running.Ran)
    assert run.ran.exit == ProgramExit(code=0)


async def test_a_new_incarnation_of_the_session_ends_the_runs_it_finds(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Whoever waited for them was told of the crash."""
    ann = await world.session("ann", kind="guest")
    run = Run(world, nursery, ann)
    await wait_all_tasks_blocked()
    await world.crash(world.actor(ann))
    await trio.sleep(5)
    assert isinstance(run.ran, ActorCrashed)
    assert not world.journal.state.panes
    assert not world.machine.living


async def test_the_next_daemon_takes_runs_up_only_to_end_them(
    world: World,
) -> None:
    """Others that were drafts become panes; nobody waits for a run any more."""
    ann = await world.session("ann")
    run = a_pane(ann, "run", draft=True, is_run=True)
    half = a_pane(ann, "half", draft=True)
    await world.journal.record(PaneOpened(pane=run), PaneOpened(pane=half))
    events = corrections(world.journal.state, {"run", "half"}, [], is_same_boot=True)
    assert events == (PaneOpened(pane=attrs.evolve(half, draft=False)),)


async def test_the_record_of_a_run_has_an_environment_and_secrets_of_its_own(
    world: World,
) -> None:
    """It acts as its session: what it says comes from there."""
    ann = await world.session("ann")
    request = fleet.DraftRun(
        session_id=ann.session_id,
        pane=fleet.NewPane(argv=("sh",), extra={"A": "1"}),
        columns=100,
        lines=30,
    )
    one = await fleet.draft_run(world.fleet, request)
    other = await fleet.draft_run(
        world.fleet,
        fleet.DraftRun(
            session_id=ann.session_id, pane=fleet.NewPane(), columns=80, lines=24
        ),
    )
    assert (one.columns, one.lines, one.draft, one.is_run) == (100, 30, True, True)
    assert one.environment["A"] == "1"
    assert one.environment["FUGUE_SESSION_ID"] == ann.session_id
    assert one.token != other.token
    with pytest.raises(Refused, match="ended"):
        await fleet.draft_run(
            world.fleet,
            fleet.DraftRun(
                session_id="none", pane=fleet.NewPane(), columns=80, lines=24
            ),
        )
