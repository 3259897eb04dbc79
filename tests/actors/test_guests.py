"""Guests: who gets which session, what it is called, and how long it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio
from actorkit import World, a_message, a_session, open_world
from fleetkit import create, guest, is_clean, names, outcome_of
from gatedjournal import GatedJournal
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import fleet
from fugue_actors.journal import Journal
from fugue_actors.kernel import Crashed, restart_child, stop_child
from fugue_actors.protocol.events import GuestHeld, SessionClosed, SessionOpened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LINGER = 60.0


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            yield world


async def test_a_guest_without_a_name_is_called_after_its_program(
    patient_clock: MockClock, world: World
) -> None:
    """Numbered, since several of them are to be told apart."""
    lines = [await world.connection() for _ in range(3)]
    first = await guest(world, lines[0], client="Claude Code", origin="1:1.0")
    second = await guest(world, lines[1], client="Claude Code", origin="2:1.0")
    third = await guest(world, lines[2], client="…", origin="3:1.0")
    assert [one.session_name for one in (first, second, third)] == [
        "Claude-Code-1",
        "Claude-Code-2",
        "guest-1",
    ]
    assert {one.kind for one in (first, second, third)} == {"guest"}
    assert [one.holder for one in (first, second, third)] == [one.path for one in lines]


async def test_a_guest_that_comes_back_by_name_has_its_session_and_inbox_again(
    patient_clock: MockClock, world: World
) -> None:
    """However long it was away: a name of one's own does not run out."""
    line = await world.connection()
    before = await guest(world, line, "ann", origin="1:1.0")
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    await world.journal.record(a_message("while away", before))
    patient_clock.jump(100 * LINGER)
    await wait_all_tasks_blocked()
    again = await guest(world, await world.connection(), "ann", origin="2:2.0")
    assert again.session_id == before.session_id
    assert world.inbox(again) == [("while away", None, False)]


async def test_a_guest_that_was_renamed_comes_back_by_the_name_it_once_asked_for(
    patient_clock: MockClock, world: World
) -> None:
    """Its client knows no other; while it is held, that name is somebody else's to have."""
    line = await world.connection()
    before = await guest(world, line, "ann", origin="1:1.0")
    await fleet.rename(world.fleet, before.session_id, "anna")
    other = await guest(world, await world.connection(), "ann", origin="2:2.0")
    assert (other.session_name, other.session_id == before.session_id) == ("ann", False)
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    back = await guest(world, await world.connection(), "ann", origin="1:1.0")
    assert (back.session_id, back.session_name) == (before.session_id, "anna")


async def test_a_name_that_is_held_gets_a_number(
    patient_clock: MockClock, world: World
) -> None:
    """Two live connections are two sessions, whatever they call themselves."""
    lines = [await world.connection() for _ in range(3)]
    sessions = [await guest(world, line, "ann") for line in lines]
    assert [one.session_name for one in sessions] == ["ann", "ann-2", "ann-3"]
    await world.hang_up(lines[1])
    await wait_all_tasks_blocked()
    back = await guest(world, await world.connection(), "ann-2")
    assert back.session_id == sessions[1].session_id


async def test_a_guest_never_gets_a_panes_session(
    patient_clock: MockClock, world: World
) -> None:
    """Nobody becomes an agent by its name, even if the agent's program has ended."""
    pane = await create(world, "ann")
    line = await world.connection()
    stranger = await guest(world, line, "ann")
    assert (stranger.session_name, stranger.kind) == ("ann-2", "guest")
    world.host(pane.pane_id).end_program(0)
    await wait_all_tasks_blocked()
    other = await guest(world, await world.connection(), "ann")
    assert other.session_name == "ann-3"


async def test_a_pane_does_not_take_a_guests_name(
    patient_clock: MockClock, world: World
) -> None:
    """Names are one room, whoever came first."""
    await guest(world, await world.connection(), "ann")
    assert await outcome_of(create(world, "ann")) == "SessionNameExists"


async def test_a_bad_name_is_refused_and_nothing_is_opened(
    patient_clock: MockClock, world: World
) -> None:
    """The rules for names are everybody's."""
    line = await world.connection()
    assert await outcome_of(guest(world, line, "not fine")) == "InvalidArgument"
    assert world.recorded(SessionOpened) == []


async def test_a_guest_without_a_name_is_kept_for_its_process_for_a_while(
    patient_clock: MockClock, world: World
) -> None:
    """A client that reconnects within the minute is still itself."""
    line = await world.connection()
    before = await guest(world, line, origin="7:1.0")
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    patient_clock.jump(LINGER - 1)
    await wait_all_tasks_blocked()
    again = await guest(world, await world.connection(), origin="7:1.0")
    assert again.session_id == before.session_id
    patient_clock.jump(10 * LINGER)
    await wait_all_tasks_blocked()
    assert names(world) == ["tool-1"]


async def test_a_guest_without_a_name_ends_when_it_stays_away(
    patient_clock: MockClock, world: World
) -> None:
    """Else each run of a script would leave a session for ever."""
    line = await world.connection()
    await guest(world, line)
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    patient_clock.jump(LINGER + 1)
    await wait_all_tasks_blocked()
    assert is_clean(world)
    fresh = await guest(world, await world.connection())
    assert fresh.session_name == "tool-1"


async def test_another_process_does_not_get_a_lingering_guests_session(
    patient_clock: MockClock, world: World
) -> None:
    """The same program started again is somebody else."""
    line = await world.connection()
    before = await guest(world, line, origin="7:1.0")
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    other = await guest(world, await world.connection(), origin="7:2.0")
    assert other.session_id != before.session_id


async def test_two_connections_of_one_process_are_two_guests(
    patient_clock: MockClock, world: World
) -> None:
    """One connection, one session, for life."""
    first = await guest(world, await world.connection(), origin="7:1.0")
    second = await guest(world, await world.connection(), origin="7:1.0")
    assert first.session_id != second.session_id


async def test_the_time_a_guest_was_away_counts_from_its_last_departure(
    patient_clock: MockClock, world: World
) -> None:
    """The clock of an earlier absence must not end a session that was used since."""
    line = await world.connection()
    first = await guest(world, line)
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    patient_clock.jump(LINGER - 10)
    await wait_all_tasks_blocked()
    line = await world.connection()
    await guest(world, line)
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    patient_clock.jump(20)
    await wait_all_tasks_blocked()
    assert first.session_id in world.journal.state.sessions
    patient_clock.jump(LINGER - 20 + 1)
    await wait_all_tasks_blocked()
    assert is_clean(world)


async def test_who_shares_a_guest_by_name_shares_it_even_while_it_is_held(
    patient_clock: MockClock, world: World
) -> None:
    """A person's commands are one person, and hold nothing."""
    held = await guest(world, await world.connection(), "ann")
    shared = await guest(world, None, "ann")
    assert shared.session_id == held.session_id
    assert shared.holder == held.holder
    again = await guest(world, None, "bob")
    assert (await guest(world, None, "bob")).session_id == again.session_id
    assert again.holder is None


async def test_many_guests_at_once_all_get_sessions_of_their_own(
    patient_clock: MockClock, world: World
) -> None:
    """The same wish at the same time is no reason to share."""
    lines = [await world.connection() for _ in range(8)]
    async with trio.open_nursery() as nursery:
        for line in lines:
            nursery.start_soon(guest, world, line, "ann")
    held = {s.holder: s.session_name for s in world.journal.state.sessions.values()}
    assert set(held) == {line.path for line in lines}
    assert len(set(held.values())) == 8


# ---- while others end sessions


async def test_a_guest_whose_session_ends_while_it_is_lent_gets_another(
    patient_clock: MockClock,
) -> None:
    """Somebody had it ended just before; the fleet lives on and serves both of them."""
    journal = GatedJournal()
    ended: list[Any] = []
    back: list[Any] = []

    async def end() -> None:
        ended.append(await outcome_of(fleet.end(world.fleet, before.session_id)))

    async def come_back() -> None:
        back.append(await outcome_of(guest(world, line, "ann")))

    async with open_world(journal=journal) as world:
        before = await guest(world, None, "ann")
        line = await world.connection()
        with trio.fail_after(10_000):
            async with trio.open_nursery() as both:
                journal.held = (SessionClosed, GuestHeld)
                both.start_soon(end)
                await wait_all_tasks_blocked()
                both.start_soon(come_back)
                await wait_all_tasks_blocked()
                kinds = [type(event) for event in journal.waiting]
                assert kinds == [SessionClosed, GuestHeld]
                journal.let_go()
        assert ended == [()]
        (again,) = back
        assert again == journal.state.session_named("ann")
        assert again.holder == line.path
        assert again.session_id != before.session_id
        assert not any(isinstance(report.exit, Crashed) for report in world.reports)


async def test_a_guest_that_somebody_ends_is_left_to_them(
    patient_clock: MockClock, nursery: trio.Nursery
) -> None:
    """Its time is up while it is being ended: it ends once."""
    journal = GatedJournal()
    outcomes: list[Any] = []

    async def end() -> None:
        outcomes.append(await outcome_of(fleet.end(world.fleet, session.session_id)))

    async with open_world(journal=journal) as world:
        line = await world.connection()
        session = await guest(world, line)
        await world.hang_up(line)
        await wait_all_tasks_blocked()
        patient_clock.jump(LINGER - 1)
        await wait_all_tasks_blocked()
        journal.held = (SessionClosed,)
        nursery.start_soon(end)
        await wait_all_tasks_blocked()
        patient_clock.jump(2)
        await wait_all_tasks_blocked()
        assert len(journal.waiting) == 1
        journal.let_go()
        await wait_all_tasks_blocked()
        assert outcomes == [()]
        assert is_clean(world)
        patient_clock.jump(LINGER + 1)
        await wait_all_tasks_blocked()
        assert len(world.recorded(SessionClosed)) == 1


async def test_a_guest_with_a_program_does_not_end_before_that_is_closed(
    patient_clock: MockClock, world: World
) -> None:
    """To end the one without the other would leave a host that nobody knows of."""
    line = await world.connection()
    session = await guest(world, line)
    await world.pane(session)
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    patient_clock.jump(LINGER + 1)
    await wait_all_tasks_blocked()
    assert names(world) == [session.session_name]
    await fleet.close_pane(world.fleet, session.session_id, "p1")
    patient_clock.jump(LINGER + 1)
    await wait_all_tasks_blocked()
    assert is_clean(world)


# ---- crashes


async def test_a_guest_that_cannot_be_opened_now_disturbs_nobody_else(
    patient_clock: MockClock, world: World
) -> None:
    """Where sessions are kept is away: that is told to the guest, and the fleet lives."""
    root = world.kernel.root
    await stop_child(root, "sessions")
    line = await world.connection()
    assert await outcome_of(guest(world, line, "ann")) == "Unavailable"
    assert names(world) == []
    await restart_child(root, "sessions")
    assert (await guest(world, line, "ann")).session_name == "ann"
    assert world.fleet.restarts == 0


async def test_a_guest_that_was_away_when_the_fleet_crashed_still_ends(
    patient_clock: MockClock, world: World
) -> None:
    """A timer is lost with its actor; the duty is not."""
    line = await world.connection()
    await guest(world, line)
    await world.hang_up(line)
    await wait_all_tasks_blocked()
    await world.crash(world.fleet)
    await wait_all_tasks_blocked()
    patient_clock.jump(LINGER + 1)
    await wait_all_tasks_blocked()
    assert is_clean(world)


async def test_a_fleet_that_starts_lets_go_of_guests_whose_connection_is_gone(
    patient_clock: MockClock,
) -> None:
    """An earlier daemon's connections are in the record, and nowhere else."""
    journal = Journal()
    for name, origin in (("named", None), ("passer-by", "7:1.0")):
        session = a_session(
            name, kind="guest", origin=origin, holder="/connections/old"
        )
        await journal.record(SessionOpened(session=session))
    with trio.fail_after(10_000):
        async with open_world(journal=journal) as world:
            await wait_all_tasks_blocked()
            assert [e.holder for e in world.recorded(GuestHeld)] == [None, None]
            patient_clock.jump(LINGER + 1)
            await wait_all_tasks_blocked()
            assert names(world) == ["named"]
