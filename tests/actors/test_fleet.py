"""The fleet: names, and sessions that are made and ended whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
import trio.lowlevel
from actorkit import SETTINGS, World, a_message, open_world
from fleetkit import create, guest, is_clean, names, outcome_of
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import fleet, session as sessions, zygote
from fugue_actors.errors import Refused
from fugue_actors.kernel import Crashed
from fugue_actors.protocol.events import (
    Event,
    PaneClosed,
    PaneOpened,
    PaneStarted,
    Recorded,
    SessionClosed,
    SessionOpened,
    SessionRenamed,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            yield world


# ---- creating


async def test_a_new_session_has_a_running_pane_and_says_so_in_its_environment(
    patient_clock: MockClock, world: World
) -> None:
    """The answer comes when the program runs, and the program can tell who it is."""
    pane = await create(world, "ann", tags=("b", "a", "b"), columns=100)
    session = world.journal.state.sessions[pane.session_id]
    assert (session.session_name, session.kind, session.tags) == (
        "ann",
        "pane",
        ("a", "b"),
    )
    assert pane.state == "running"
    program = world.host(pane.pane_id).start.program
    assert (program.argv, program.cwd) == (("sh",), "/")
    assert (program.columns, program.lines) == (100, 24)
    assert program.env["FUGUE_SESSION_ID"] == session.session_id
    assert program.env["FUGUE_PANE_ID"] == pane.pane_id
    assert program.env["FUGUE_TOKEN"] == pane.token
    assert program.env["PATH"] == "/bin"


async def test_every_pane_has_secrets_of_its_own(
    patient_clock: MockClock, world: World
) -> None:
    """Key and token of one pane open no other."""
    panes = [await create(world) for _ in range(3)]
    secrets = {secret for pane in panes for secret in (pane.key, pane.token)}
    assert len(secrets) == 6
    assert all(len(secret) >= 32 for secret in secrets)


async def test_of_many_who_want_one_name_at_once_one_gets_it(
    patient_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """The name is reserved while the first is still starting; the others leave no trace."""
    world.machine.gate = trio.Event()
    outcomes: list[Any] = []

    async def attempt() -> None:
        outcomes.append(await outcome_of(create(world, "ann")))

    for _ in range(5):
        nursery.start_soon(attempt)
    while world.machine.waiting == 0 or len(outcomes) < 4:
        await trio.lowlevel.checkpoint()
    assert outcomes == ["SessionNameExists"] * 4
    world.machine.gate.set()
    while len(outcomes) < 5:
        await trio.lowlevel.checkpoint()
    assert outcomes[4].session_id == world.journal.state.names["ann"]
    assert len(world.journal.state.sessions) == len(world.machine.hosts) == 1


async def test_a_session_gets_a_name_that_nobody_has_or_is_about_to_have(
    patient_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Its own name is no change, and the one it leaves is free at once."""
    ann, bob = await create(world, "ann"), await create(world, "bob")
    world.machine.gate = trio.Event()
    nursery.start_soon(create, world, "cid")
    while world.machine.waiting == 0:
        await trio.lowlevel.checkpoint()
    for taken in ("bob", "cid"):
        refused = await outcome_of(fleet.rename(world.fleet, ann.session_id, taken))
        assert refused == "SessionNameExists"
    for bad in ("a b", ann.session_id, ""):
        refused = await outcome_of(fleet.rename(world.fleet, ann.session_id, bad))
        assert refused == "InvalidArgument"
    same = await fleet.rename(world.fleet, ann.session_id, "ann")
    assert (same.session_name, world.recorded(SessionRenamed)) == ("ann", [])
    renamed = await fleet.rename(world.fleet, ann.session_id, "anna")
    assert renamed.session_id == ann.session_id == world.journal.state.names["anna"]
    await fleet.rename(world.fleet, bob.session_id, "ann")
    assert world.journal.state.names["ann"] == bob.session_id
    gone = await outcome_of(fleet.rename(world.fleet, "nobody", "x"))
    assert gone == "SessionNotFound"
    world.machine.gate.set()


async def test_sessions_without_a_name_are_called_after_their_command(
    patient_clock: MockClock, world: World
) -> None:
    """Numbered, and never twice the same, however many are made at once."""
    world.machine.commands |= {"/opt/my tool!"}
    async with trio.open_nursery() as nursery:
        for argv in (("sh",), ("sh",), ("sh",), ("/opt/my tool!",), ()):
            nursery.start_soon(lambda argv=argv: create(world, argv=argv))
    assert names(world) == ["my-tool-1", "sh-1", "sh-2", "sh-3", "shell-1"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"argv": ("nope",)},
        {"cwd": "/nowhere/at/all"},
        {"tags": ("fine", "not fine")},
        {"name": "not fine"},
        {"name": "-x"},
        {"name": "67e55044-10b1-426f-9247-bb680e5fe0c8"},
    ],
)
async def test_a_session_that_cannot_be_made_leaves_nothing(
    patient_clock: MockClock, world: World, wrong: dict[str, Any]
) -> None:
    """Neither record nor actor nor host, and the name is free for the next attempt."""
    assert await outcome_of(create(world, **{"name": "ann", **wrong})) == (
        "InvalidArgument"
    )
    assert is_clean(world)
    await create(world, "ann")
    assert names(world) == ["ann"]


async def test_a_name_is_free_again_at_once_when_its_session_has_ended(
    patient_clock: MockClock, world: World
) -> None:
    """End and create again is what people do to restart."""
    first = await create(world, "ann")
    await fleet.end(world.fleet, first.session_id)
    second = await create(world, "ann")
    assert second.session_id != first.session_id
    assert world.machine.living == [second.pane_id]


async def test_a_crash_of_the_zygote_fails_a_start_that_is_under_way_and_no_other(
    patient_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """The creator is told, nothing is left, and the next attempt works."""
    running = await create(world, "old")
    world.machine.gate = trio.Event()
    outcomes: list[Any] = []

    async def attempt() -> None:
        outcomes.append(await outcome_of(create(world, "ann")))

    nursery.start_soon(attempt)
    while world.machine.waiting == 0:
        await trio.lowlevel.checkpoint()
    await world.crash(world.kernel.registry.resolve(zygote.PATH))
    world.machine.gate.set()
    while not outcomes:
        await trio.lowlevel.checkpoint()
    assert isinstance(outcomes[0], str)
    assert names(world) == ["old"]
    again = await create(world, "ann")
    assert world.machine.living == [running.pane_id, again.pane_id]


async def test_a_crash_of_a_session_while_it_starts_leaves_nothing_of_it(
    patient_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Above all no program that nobody knows of."""
    world.machine.gate = trio.Event()
    outcomes: list[Any] = []

    async def attempt() -> None:
        outcomes.append(await outcome_of(create(world, "ann")))

    nursery.start_soon(attempt)
    while world.machine.waiting == 0:
        await trio.lowlevel.checkpoint()
    session_id = world.journal.state.names["ann"]
    await world.crash(sessions.resolve(world.kernel.registry, session_id))
    world.machine.gate.set()
    while not outcomes:
        await trio.lowlevel.checkpoint()
    assert outcomes == ["Internal"]
    assert is_clean(world)


@pytest.mark.parametrize("moment", [SessionOpened, PaneOpened, PaneStarted])
async def test_a_crash_of_the_fleet_while_it_makes_a_session_leaves_a_whole_one_or_none(
    patient_clock: MockClock, world: World, moment: type[Event]
) -> None:
    """A session without a pane could be seen and named, and nobody would live in it."""

    def crash(recorded: Recorded) -> None:
        if isinstance(recorded.event, moment):
            world.kernel.crash(world.fleet, RuntimeError("injected"))

    ignore = world.journal.listen(crash)
    assert await outcome_of(create(world, "ann")) == "Internal"
    ignore()
    await wait_all_tasks_blocked()
    assert is_clean(world) or len(world.machine.living) == len(names(world)) == 1
    assert is_clean(world) == (moment is SessionOpened)


async def test_a_session_whose_maker_crashed_and_whose_program_cannot_start_is_ended(
    patient_clock: MockClock, world: World
) -> None:
    """Its maker would have done it, and nobody else knows of it."""

    def crash(recorded: Recorded) -> None:
        if isinstance(recorded.event, PaneOpened):
            world.kernel.crash(world.fleet, RuntimeError("injected"))

    ignore = world.journal.listen(crash)
    made = create(world, "ann", argv=("no-such-command",))
    assert await outcome_of(made) == "Internal"
    ignore()
    await wait_all_tasks_blocked()
    assert is_clean(world)


@pytest.mark.parametrize("moment", [PaneClosed, SessionClosed])
async def test_a_crash_of_the_fleet_while_it_ends_a_session_leaves_nothing_of_it(
    patient_clock: MockClock, world: World, moment: type[Event]
) -> None:
    """Neither a session without a pane nor a subtree without a session.

    Which of two tasks goes first is up to trio, so it is tried a few times.
    """
    for _ in range(8):
        pane = await create(world, "ann")

        def crash(recorded: Recorded) -> None:
            if isinstance(recorded.event, moment):
                world.kernel.crash(world.fleet, RuntimeError("injected"))

        ignore = world.journal.listen(crash)
        assert await outcome_of(fleet.end(world.fleet, pane.session_id)) == "Internal"
        ignore()
        await wait_all_tasks_blocked()
        assert is_clean(world)


async def test_a_start_that_the_sessions_supervisor_refuses_leaves_nothing(
    patient_clock: MockClock,
) -> None:
    """The record is written first, so it has to be taken back."""
    with trio.fail_after(10_000):
        async with open_world(max_sessions=1) as world:
            await create(world, "ann")
            line = await world.connection()
            assert await outcome_of(create(world, "bob")) == "Busy"
            assert await outcome_of(guest(world, line, "cyd")) == "Busy"
            assert names(world) == ["ann"]
            assert len(world.recorded(SessionOpened)) == 3
            assert len(world.recorded(SessionClosed)) == 2


# ---- ending


async def test_ending_a_session_ends_its_program_and_host_and_says_what_it_took(
    patient_clock: MockClock, world: World
) -> None:
    """Nothing of it is left when the answer comes."""
    pane = await create(world, "ann")
    (report,) = await fleet.end(world.fleet, pane.session_id)
    assert (report.ended, report.forced) == (1, ())
    assert is_clean(world)


async def test_ending_what_is_not_there_is_refused(
    patient_clock: MockClock, world: World
) -> None:
    """By the code that says so."""
    assert await outcome_of(fleet.end(world.fleet, "nobody")) == "SessionNotFound"


async def test_ending_a_session_twice_at_once_ends_it_once(
    patient_clock: MockClock, world: World
) -> None:
    """Two people press the same button; neither is shown the works."""
    pane = await create(world, "ann")
    outcomes: list[Any] = []

    async def end() -> None:
        outcomes.append(await outcome_of(fleet.end(world.fleet, pane.session_id)))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(end)
        nursery.start_soon(end)
    assert is_clean(world)
    assert len(world.recorded(SessionClosed)) == 1
    assert sum(isinstance(one, tuple) for one in outcomes) >= 1
    assert {one for one in outcomes if isinstance(one, str)} <= {"SessionNotFound"}


@pytest.mark.parametrize("ticks", [0, 2, 4, 6, 8, 12, 20])
async def test_a_session_that_is_ended_while_it_starts_leaves_nothing(
    patient_clock: MockClock, world: World, nursery: trio.Nursery, ticks: int
) -> None:
    """Whoever made it is told; the host that comes too late is ended too."""
    world.machine.gate = trio.Event()
    made: list[Any] = []
    ended: list[Any] = []

    async def attempt() -> None:
        made.append(await outcome_of(create(world, "ann")))

    async def end(session_id: str) -> None:
        ended.append(await outcome_of(fleet.end(world.fleet, session_id)))

    nursery.start_soon(attempt)
    while "ann" not in world.journal.state.names:
        await trio.lowlevel.checkpoint()
    for _ in range(ticks):
        await trio.lowlevel.checkpoint()
    nursery.start_soon(end, world.journal.state.names["ann"])
    for _ in range(50):
        await trio.lowlevel.checkpoint()
    world.machine.gate.set()
    while not (made and ended):
        await trio.lowlevel.checkpoint()
    await wait_all_tasks_blocked()
    assert is_clean(world)
    assert isinstance(ended[0], tuple)
    assert made[0] in ("SessionNotFound", "PaneNotFound")
    assert not any(isinstance(report.exit, Crashed) for report in world.reports)


async def test_the_unread_messages_of_an_ended_session_are_dead(
    patient_clock: MockClock, world: World
) -> None:
    """Their senders can see that nobody will read them."""
    pane = await create(world, "ann")
    ann = world.journal.state.sessions[pane.session_id]
    message = a_message("a", ann)
    await world.journal.record(message)
    await fleet.end(world.fleet, pane.session_id)
    record = world.journal.state.ledger.messages[message.envelope.id]
    assert record.recipients[ann.session_id].state == "dead"


# ---- crashes


async def test_a_crash_of_the_fleet_ends_no_session_and_forgets_no_holder(
    patient_clock: MockClock, world: World
) -> None:
    """What it knows stands in the journal; the new one watches again."""
    pane = await create(world, "ann")
    line = await world.connection()
    held = await guest(world, line, "bob")
    await world.crash(world.fleet)
    await wait_all_tasks_blocked()
    assert world.machine.living == [pane.pane_id]
    assert world.current(held).holder == line.path
    assert await outcome_of(create(world, "ann")) == "SessionNameExists"
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    assert world.current(held).holder is None


async def test_every_session_of_the_record_is_started_again_with_their_supervisor(
    patient_clock: MockClock, world: World
) -> None:
    """A crash above all sessions costs no program, and each finds its panes."""
    panes = [await create(world, name) for name in ("ann", "bob")]
    held = await guest(world, await world.connection(), "cyd")
    await world.crash(world.kernel.registry.resolve("/sessions"))
    for _ in range(3):
        await wait_all_tasks_blocked()
        patient_clock.jump(1)
    await wait_all_tasks_blocked()
    for session_id in (*(pane.session_id for pane in panes), held.session_id):
        assert world.kernel.registry.resolve(sessions.path(session_id)).status == (
            "running"
        )
    assert world.machine.living == [pane.pane_id for pane in panes]
    await fleet.end(world.fleet, panes[0].session_id)
    assert world.machine.living == [panes[1].pane_id]


async def test_settings_are_what_a_session_gets_that_asks_for_nothing(
    patient_clock: MockClock,
) -> None:
    """Command, size and environment."""
    settings = attrs.evolve(
        SETTINGS, default_command=("zsh", "-l"), columns=132, lines=50, home=None
    )
    with trio.fail_after(10_000):
        async with open_world(settings=settings) as world:
            world.machine.commands.add("zsh")
            pane = await create(world, argv=())
            program = world.host(pane.pane_id).start.program
            assert program.argv == ("zsh", "-l")
            assert (program.columns, program.lines) == (132, 50)
            assert "FUGUE_HOME" not in program.env
            other = await create(world, environment={"A": "1"}, extra={"B": "2"})
            env = world.host(other.pane_id).start.program.env
            assert (env["A"], env["B"], "PATH" in env) == ("1", "2", False)


async def test_a_refused_create_says_what_is_wrong(
    patient_clock: MockClock, world: World
) -> None:
    """The refusal of whoever knows reaches whoever asked."""
    with pytest.raises(Refused, match="cannot start nope"):
        await create(world, argv=("nope",))
