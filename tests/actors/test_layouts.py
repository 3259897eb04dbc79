"""The layout of a running session: terminals follow it, and it is changed as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from actorkit import World, a_pane, a_session, open_world
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import arranger, fleet, layouts, panes, windows
from fugue_actors.errors import FugueError, Refused
from fugue_actors.protocol.events import (
    Event,
    LayoutChanged,
    PaneClosed,
    PaneOpened,
    PaneResized,
    PaneStarted,
    Recorded,
    SessionClosed,
)
from fugue_actors.protocol.layout import Layout, Leaf, Part, Split, Window, window_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.protocol.values import Session


@pytest.fixture
async def world(autojump_clock: MockClock) -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            yield world


BOTH = ("p1", "p2")


async def ann_with_a_pane(world: World) -> Session:
    """A session whose pane has a window of 81 by 25."""
    ann = await world.session("ann")
    await world.pane(ann, "p1", columns=81, lines=25)
    return ann


def beside(pane_id: str, direction: Any = "vertical") -> layouts.Beside:
    return layouts.Beside(pane_id=pane_id, direction=direction, ratio=0.5)


async def split(
    world: World, ann: Session, pane_id: str, new: str, **fields: Any
) -> Layout:
    """Put a new pane to the right of another."""
    request = layouts.PlacePanes(
        panes=(a_pane(ann, new, **fields),), place=beside(pane_id)
    )
    return await layouts.arrange(world.actor(ann), request)


def three(direction: Any = "horizontal", window_id: str = "wide") -> Window:
    """A window of 80 by 24 that shows a, b and c."""
    return Window(
        window_id=window_id,
        columns=80,
        lines=24,
        focus="a",
        root=Split(
            direction=direction,
            parts=tuple(
                Part(ratio=ratio, node=Leaf(pane_id=pane))
                for pane, ratio in (("a", 0.5), ("b", 0.25), ("c", 0.25))
            ),
        ),
    )


def build(ann: Session, *commands: str, window: Window | None = None) -> Any:
    """A request for three panes in a window of their own."""
    return layouts.PlacePanes(
        panes=tuple(
            a_pane(ann, pane_id, argv=(command,))
            for pane_id, command in zip("abc", commands, strict=True)
        ),
        place=(window or three(),),
    )


def sizes(world: World) -> dict[str, tuple[int, int]]:
    """The size of each living terminal."""
    return {pane: world.host(pane).size for pane in world.machine.living}


def layout_of(world: World, ann: Session) -> Layout:
    return world.journal.state.layout_of(ann.session_id)


def check_whole(world: World) -> None:
    """Each pane is in its session's layout, and each terminal as big as it is drawn."""
    state = world.journal.state
    for session_id in state.sessions:
        layout = state.layout_of(session_id)
        opened = {p.pane_id for p in state.panes_of(session_id)}
        assert set(layout.pane_ids) == opened
        for pane_id, area in layouts.drawn(layout).items():
            assert world.host(pane_id).size == (area.columns, area.lines)
    assert set(world.machine.living) == set(state.panes)
    assert not any(pane.draft for pane in state.panes.values())


async def test_the_first_pane_of_a_session_has_a_window_of_its_size(
    autojump_clock: MockClock, world: World
) -> None:
    """So a session without any arrangement has a layout as well."""
    ann = await ann_with_a_pane(world)
    layout = layout_of(world, ann)
    window = attrs.evolve(window_for("p1", 81, 25), number=0)
    assert layout == Layout(windows=(window,), focus="w1")
    assert layout.focused_pane == "p1"


async def test_a_split_gives_both_terminals_the_size_they_are_drawn_with(
    autojump_clock: MockClock, world: World
) -> None:
    """The new program starts with its size; the old one is told of its new one."""
    ann = await ann_with_a_pane(world)
    layout = await split(world, ann, "p1", "p2")
    assert layout == layout_of(world, ann)
    assert sizes(world) == {"p1": (40, 25), "p2": (40, 25)}
    program = world.host("p2").start.program
    assert (program.columns, program.lines) == (40, 25)
    assert [event.pane_id for event in world.recorded(PaneResized)] == ["p1"]
    check_whole(world)


@pytest.mark.parametrize(
    ("request_of", "expected"),
    [
        (layouts.SizePane(pane_id="p1", columns=30), {"p1": (30, 25), "p2": (50, 25)}),
        (
            layouts.SizePane(pane_id="p2", columns=20, lines=9),
            {"p1": (60, 9), "p2": (20, 9)},
        ),
        (
            layouts.SharePane(pane_id="p1", direction=None, delta=0.25),
            {"p1": (60, 25), "p2": (20, 25)},
        ),
        (
            layouts.SharePane(pane_id="p2", direction="vertical", ratio=0.2),
            {"p1": (64, 25), "p2": (16, 25)},
        ),
        (
            windows.SizeWindow(window_id="w1", columns=101, lines=50),
            {"p1": (50, 50), "p2": (50, 50)},
        ),
        (layouts.MovePane(pane_id="p2", beside=None), dict.fromkeys(BOTH, (81, 25))),
        (
            layouts.MovePane(pane_id="p1", beside=beside("p2", "horizontal")),
            dict.fromkeys(BOTH, (81, 12)),
        ),
        (layouts.SwapPanes(one="p1", other="p2"), dict.fromkeys(BOTH, (40, 25))),
        (layouts.FocusPane(pane_id="p2"), dict.fromkeys(BOTH, (40, 25))),
    ],
    ids=["columns", "both", "delta", "ratio", "window", "out", "move", "swap", "focus"],
)
async def test_terminals_follow_every_change_before_it_is_answered(
    autojump_clock: MockClock, world: World, request_of: Any, expected: Any
) -> None:
    """Whoever reads a pane after an answer reads it at its new size."""
    ann = await ann_with_a_pane(world)
    await split(world, ann, "p1", "p2")
    layout = await layouts.arrange(world.actor(ann), request_of)
    assert sizes(world) == expected
    assert layout == layout_of(world, ann)
    check_whole(world)


async def test_neighbours_take_the_room_of_a_pane_that_is_closed(
    autojump_clock: MockClock, world: World
) -> None:
    """Nobody has to tell them; also when the pane's actor alone knew."""
    ann = await ann_with_a_pane(world)
    await split(world, ann, "p1", "p2")
    await fleet.close_pane(world.fleet, ann.session_id, "p1")
    await wait_all_tasks_blocked()
    assert sizes(world) == {"p2": (81, 25)}
    assert layout_of(world, ann).focused_pane == "p2"
    await split(world, ann, "p2", "p3")
    await panes.close(world.pane_actor(ann, "p3"))
    await wait_all_tasks_blocked()
    assert sizes(world) == {"p2": (81, 25)}


async def test_a_terminal_that_somebody_else_resized_is_put_right(
    autojump_clock: MockClock, world: World
) -> None:
    """What is drawn and what a program believes never differ for long."""
    ann = await ann_with_a_pane(world)
    await panes.resize(world.pane_actor(ann, "p1"), columns=10, lines=5)
    await wait_all_tasks_blocked()
    assert sizes(world) == {"p1": (81, 25)}


async def test_panes_whose_programs_ended_or_whose_hosts_died_keep_their_places(
    autojump_clock: MockClock, world: World
) -> None:
    """Their last screens are still there to be read, until somebody closes them."""
    ann = await ann_with_a_pane(world)
    await split(world, ann, "p1", "p2")
    await split(world, ann, "p2", "p3")
    world.host("p2").end_program(3)
    world.host("p3").die()
    await trio.sleep(10)
    assert [world.record(p).state for p in ("p2", "p3")] == ["exited", "lost"]
    await layouts.arrange(
        world.actor(ann), windows.SizeWindow(window_id="w1", columns=41, lines=9)
    )
    assert layout_of(world, ann).pane_ids == ("p1", "p2", "p3")
    assert sizes(world) == {"p1": (20, 9), "p2": (9, 9)}


async def test_a_pane_that_is_still_starting_is_fitted_when_it_runs(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Nobody waits for it who changes the layout meanwhile."""
    ann = await ann_with_a_pane(world)
    world.machine.gate = trio.Event()
    nursery.start_soon(world.start_pane, ann, "p2")
    await wait_all_tasks_blocked()
    before = trio.current_time()
    bigger = windows.SizeWindow(window_id="w2", columns=60, lines=20)
    await layouts.arrange(world.actor(ann), bigger)
    assert trio.current_time() == before
    world.machine.gate.set()
    await trio.sleep(1)
    assert sizes(world)["p2"] == (60, 20)


async def test_a_host_that_does_not_answer_holds_a_change_up_for_a_moment_only(
    autojump_clock: MockClock, world: World
) -> None:
    """The layout is changed all the same, and the record follows when it answers."""
    ann = await ann_with_a_pane(world)
    world.host("p1").hold()
    before = trio.current_time()
    await split(world, ann, "p1", "p2")
    assert trio.current_time() - before == arranger.FIT_WITHIN
    assert world.record("p1").columns == 81
    world.host("p1").release()
    await wait_all_tasks_blocked()
    assert world.record("p1").columns == 40
    check_whole(world)


async def test_a_change_that_changes_nothing_is_no_event(
    autojump_clock: MockClock, world: World
) -> None:
    """Whoever follows the stream is told of changes, not of calls."""
    ann = await ann_with_a_pane(world)
    await layouts.arrange(world.actor(ann), layouts.FocusPane(pane_id="p1"))
    assert world.recorded(LayoutChanged) == []


async def test_changes_by_many_at_once_are_all_there(
    autojump_clock: MockClock, world: World
) -> None:
    """Nobody's split is lost in another's, and everybody ends up somewhere."""
    ann = await ann_with_a_pane(world)
    async with trio.open_nursery() as nursery:
        for number in range(2, 8):
            nursery.start_soon(split, world, ann, "p1", f"p{number}")
    assert set(layout_of(world, ann).pane_ids) == {f"p{n}" for n in range(1, 8)}
    assert len(layout_of(world, ann).windows) == 1
    check_whole(world)


async def test_of_resizes_at_once_none_is_lost_in_another(
    autojump_clock: MockClock, world: World
) -> None:
    """Each starts from what the one before made."""
    ann = await ann_with_a_pane(world)
    await split(world, ann, "p1", "p2")
    more = layouts.SharePane(pane_id="p1", direction=None, delta=0.1)
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(layouts.arrange, world.actor(ann), more)
    assert sizes(world) == {"p1": (64, 25), "p2": (16, 25)}


# ---- windows


async def test_a_zoomed_pane_gets_the_window_and_hidden_ones_are_left_alone(
    autojump_clock: MockClock, world: World
) -> None:
    """Programs that nobody sees are not told of sizes; unzoomed they are drawn as before."""
    ann = await ann_with_a_pane(world)
    await split(world, ann, "p1", "p2")
    zoom = layouts.ZoomPane(pane_id="p2")
    await layouts.arrange(world.actor(ann), zoom)
    assert sizes(world) == {"p1": (40, 25), "p2": (81, 25)}
    await layouts.arrange(
        world.actor(ann), windows.SizeWindow(window_id="w1", columns=101, lines=30)
    )
    assert sizes(world) == {"p1": (40, 25), "p2": (101, 30)}
    await layouts.arrange(world.actor(ann), zoom)
    assert sizes(world) == dict.fromkeys(BOTH, (50, 30))
    check_whole(world)


async def test_a_zoom_ends_with_another_pane_of_the_window(
    autojump_clock: MockClock, world: World
) -> None:
    """The rest is seen and fitted again, also when nobody asked for that."""
    ann = await ann_with_a_pane(world)
    for new in ("p2", "p3"):
        await split(world, ann, "p1", new)
    await layouts.arrange(world.actor(ann), layouts.ZoomPane(pane_id="p1"))
    await panes.close(world.pane_actor(ann, "p3"))
    await wait_all_tasks_blocked()
    assert layout_of(world, ann).windows[0].zoomed is None
    assert sizes(world)["p1"] != (81, 25)
    check_whole(world)


async def test_a_window_is_closed_with_all_its_panes_and_no_other(
    autojump_clock: MockClock, world: World
) -> None:
    """Side by side: their hosts end at once, and the session goes on with the rest."""
    ann = await ann_with_a_pane(world)
    await layouts.arrange(world.actor(ann), build(ann, "sh", "sh", "sh"))
    reports = await fleet.close_window(world.fleet, ann.session_id, "wide")
    assert len(reports) == 3
    assert layout_of(world, ann).pane_ids == ("p1",)
    assert world.machine.living == ["p1"]
    check_whole(world)
    for gone in ("wide", "w9"):
        with pytest.raises(Refused) as refused:
            await fleet.close_window(world.fleet, ann.session_id, gone)
        assert refused.value.code == "WindowNotFound"


async def test_with_its_last_window_a_session_ends(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """And so does what was only starting, as with its last pane."""
    ann = await ann_with_a_pane(world)
    await split(world, ann, "p1", "p2")
    world.machine.gate = trio.Event()

    async def attempt() -> None:
        with pytest.raises(FugueError):
            await split(world, ann, "p1", "p3")

    nursery.start_soon(attempt)
    await wait_all_tasks_blocked()
    await fleet.close_window(world.fleet, ann.session_id, "w1")
    await wait_all_tasks_blocked()
    assert ann.session_id not in world.journal.state.sessions
    assert world.journal.state.panes == {}
    world.machine.gate.set()
    await wait_all_tasks_blocked()
    assert world.machine.living == []
    with pytest.raises(Refused) as refused:
        await fleet.close_window(world.fleet, ann.session_id, "w1")
    assert refused.value.code == "SessionNotFound"


async def test_another_size_of_a_window_is_one_event_and_reaches_all_at_once(
    autojump_clock: MockClock, world: World
) -> None:
    """A person who drags the corner of a terminal does not wait for one pane after another."""
    ann = await ann_with_a_pane(world)
    for new in ("p2", "p3", "p4"):
        await split(world, ann, "p1", new)
    before = len(world.recorded(LayoutChanged))
    hosts = [world.host(pane) for pane in ("p1", "p2", "p3", "p4")]
    for host in hosts:
        host.hold()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            layouts.arrange,
            world.actor(ann),
            windows.SizeWindow(window_id="w1", columns=41, lines=10),
        )
        await wait_all_tasks_blocked()
        assert [host.size[1] for host in hosts] == [10] * 4
        for host in hosts:
            host.release()
    assert len(world.recorded(LayoutChanged)) == before + 1
    check_whole(world)


# ---- names


async def test_a_name_belongs_to_one_pane_of_a_session(
    autojump_clock: MockClock, world: World
) -> None:
    """It can be used to say which pane is meant, so it must not mean two."""
    ann, bob = await ann_with_a_pane(world), await world.session("bob")
    await world.pane(bob, "p9", name="logs")
    await split(world, ann, "p1", "p2", name="logs")
    assert world.record("p2").name == "logs"
    rename = layouts.RenamePane(pane_id="p1", name="logs")
    with pytest.raises(Refused, match="named 'logs'"):
        await layouts.arrange(world.actor(ann), rename)
    await layouts.arrange(world.actor(ann), attrs.evolve(rename, pane_id="p2"))
    await layouts.arrange(world.actor(ann), attrs.evolve(rename, name="main"))
    assert world.record("p1").name == "main"
    with pytest.raises(Refused, match="named 'main'"):
        await split(world, ann, "p1", "p3", name="main")
    with pytest.raises(Refused) as refused:
        await layouts.arrange(world.actor(ann), attrs.evolve(rename, pane_id="p9"))
    assert refused.value.code == "PaneNotFound"
    assert world.machine.living == ["p1", "p9", "p2"]


# ---- all or nothing


async def test_a_layout_is_shown_when_all_of_it_runs(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Until then nobody sees half of it; its programs start with their final sizes."""
    ann = await ann_with_a_pane(world)
    world.machine.gate = trio.Event()
    nursery.start_soon(layouts.arrange, world.actor(ann), build(ann, "sh", "sh", "sh"))
    await wait_all_tasks_blocked()
    assert layout_of(world, ann).pane_ids == ("p1",)
    world.machine.gate.set()
    await wait_all_tasks_blocked()
    assert layout_of(world, ann).pane_ids == ("p1", "a", "b", "c")
    assert layout_of(world, ann).focused_pane == "p1"
    assert {p: world.host(p).start.program.lines for p in "abc"} == {
        "a": 11,
        "b": 5,
        "c": 6,
    }
    assert world.recorded(PaneResized) == []
    check_whole(world)


@pytest.mark.parametrize("bad", range(3))
async def test_a_layout_of_which_one_program_cannot_start_changes_nothing(
    autojump_clock: MockClock, world: World, bad: int
) -> None:
    """Those that ran already are ended again; the layout is as it was."""
    ann = await ann_with_a_pane(world)
    before = layout_of(world, ann)
    commands = ["sh", "sh", "sh"]
    commands[bad] = "nope"
    with pytest.raises(Refused, match="cannot start nope") as refused:
        await layouts.arrange(world.actor(ann), build(ann, *commands))
    assert refused.value.code == "InvalidArgument"
    assert layout_of(world, ann) == before
    assert world.recorded(LayoutChanged) == []
    check_whole(world)


async def test_a_layout_without_room_starts_nothing(
    autojump_clock: MockClock, world: World
) -> None:
    """It is checked before the first program is started."""
    ann = await ann_with_a_pane(world)
    await layouts.arrange(
        world.actor(ann), layouts.SizePane(pane_id="p1", columns=4, lines=1)
    )
    with pytest.raises(Refused, match="no room"):
        await split(world, ann, "p1", "p2")
    assert list(world.machine.hosts) == ["p1"]


async def test_a_layout_with_more_panes_than_a_session_may_have_starts_none(
    autojump_clock: MockClock, world: World
) -> None:
    """They are counted before the first is started."""
    ann = await ann_with_a_pane(world)
    ids = [f"x{number}" for number in range(64)]
    window = Window(
        window_id="many",
        columns=1000,
        lines=24,
        focus=ids[0],
        root=Split(
            direction="vertical",
            parts=tuple(Part(ratio=1 / 64, node=Leaf(pane_id=i)) for i in ids),
        ),
    )
    with pytest.raises(Refused) as refused:
        await layouts.arrange(
            world.actor(ann),
            layouts.PlacePanes(
                panes=tuple(a_pane(ann, i) for i in ids), place=(window,)
            ),
        )
    assert refused.value.code == "Busy"
    check_whole(world)
    assert list(world.machine.hosts) == ["p1"]


async def test_a_pane_too_many_is_refused_and_leaves_no_record(
    autojump_clock: MockClock, world: World
) -> None:
    """A record without an actor could never be closed."""
    ann = await world.session("ann")
    async with trio.open_nursery() as nursery:
        for number in range(64):
            nursery.start_soon(world.start_pane, ann, f"p{number}")
    with pytest.raises(Refused) as refused:
        await world.start_pane(ann, "p64")
    assert refused.value.code == "Busy"
    assert "p64" not in world.journal.state.panes
    check_whole(world)


async def test_a_split_of_a_pane_that_is_closed_meanwhile_leaves_nothing(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Its place is gone, so the new pane has none, and is not put somewhere else."""
    ann = await ann_with_a_pane(world)
    await split(world, ann, "p1", "p2")
    world.machine.gate = trio.Event()
    outcome: list[str] = []

    async def attempt() -> None:
        try:
            await split(world, ann, "p2", "p3")
        except Refused as error:
            outcome.append(error.code)

    nursery.start_soon(attempt)
    await wait_all_tasks_blocked()
    await fleet.close_pane(world.fleet, ann.session_id, "p2")
    world.machine.gate.set()
    await wait_all_tasks_blocked()
    assert outcome == ["PaneNotFound"]
    assert world.machine.living == ["p1"]
    check_whole(world)


# ---- the last pane


async def test_with_its_last_pane_a_session_ends(
    autojump_clock: MockClock, world: World
) -> None:
    """Whatever was closed before it, and by whomever, all at once or in turn."""
    ann = await ann_with_a_pane(world)
    await split(world, ann, "p1", "p2")
    await split(world, ann, "p1", "p3")
    async with trio.open_nursery() as nursery:
        for pane_id in ("p1", "p2", "p3"):
            nursery.start_soon(fleet.close_pane, world.fleet, ann.session_id, pane_id)
    assert [event.session_id for event in world.recorded(SessionClosed)] == [
        ann.session_id
    ]
    assert world.machine.living == []
    assert world.journal.state.layouts == {}
    with pytest.raises(Refused) as refused:
        await fleet.close_pane(world.fleet, ann.session_id, "p1")
    assert refused.value.code == "PaneNotFound"


async def test_a_layout_that_is_being_built_does_not_hold_up_the_end_of_its_session(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Panes that are only starting end with it."""
    ann = await ann_with_a_pane(world)
    world.machine.gate = trio.Event()
    outcome: list[str] = []

    async def attempt() -> None:
        try:
            await layouts.arrange(world.actor(ann), build(ann, "sh", "sh", "sh"))
        except FugueError as error:
            outcome.append(error.code)

    nursery.start_soon(attempt)
    await wait_all_tasks_blocked()
    nursery.start_soon(fleet.close_pane, world.fleet, ann.session_id, "p1")
    await wait_all_tasks_blocked()
    world.machine.gate.set()
    await trio.sleep(100)
    assert len(outcome) == 1
    assert world.machine.living == []
    assert world.journal.state.sessions == {}
    assert world.journal.state.panes == {}


async def test_a_pane_that_was_reported_as_made_is_not_ended_with_another(
    autojump_clock: MockClock, world: World
) -> None:
    """Whenever the only other one is closed: either the session goes on, or no split.

    The session's last pane is closed after each number of steps that a split takes.
    """
    outcomes: set[bool] = set()
    for moment in range(60):
        old, new = f"old{moment}", f"new{moment}"
        ann = await world.session(f"ann{moment}")
        await world.pane(ann, old)
        made: list[bool] = []

        async def attempt(ann: Session, old: str, new: str, made: list[bool]) -> None:
            try:
                await split(world, ann, old, new)
            except FugueError:
                made.append(False)
            else:
                made.append(True)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(attempt, ann, old, new, made)
            for _ in range(moment):
                await trio.lowlevel.checkpoint()
            await fleet.close_pane(world.fleet, ann.session_id, old)
        await wait_all_tasks_blocked()
        assert (ann.session_id in world.journal.state.sessions) == made[0], moment
        assert (new in world.machine.living) == made[0], moment
        outcomes.update(made)
    assert outcomes == {True, False}


# ---- crashes


@pytest.mark.parametrize(
    "moment", [PaneOpened, PaneStarted, LayoutChanged, PaneResized]
)
async def test_a_crash_of_the_session_leaves_no_pane_without_a_place(
    autojump_clock: MockClock, world: World, moment: type[Event]
) -> None:
    """Nor a place without a pane, nor a terminal of another size than it is drawn."""
    ann = await ann_with_a_pane(world)

    def crash(recorded: Recorded) -> None:
        if isinstance(recorded.event, moment):
            ignore()
            world.kernel.crash(world.actor(ann), RuntimeError("injected"))

    ignore = world.journal.listen(crash)
    with pytest.raises(FugueError):
        await split(world, ann, "p1", "p2")
    await trio.sleep(60)
    check_whole(world)
    is_done = moment in (LayoutChanged, PaneResized)
    assert ("p2" in world.journal.state.panes) is is_done
    await split(world, ann, "p1", "p4")
    check_whole(world)


@pytest.mark.parametrize("moment", [PaneOpened, PaneStarted, LayoutChanged])
async def test_a_crash_of_the_fleet_leaves_a_layout_whole_or_as_it_was(
    autojump_clock: MockClock, world: World, moment: type[Event]
) -> None:
    """The session goes on building what it was asked for."""
    ann = await ann_with_a_pane(world)

    def crash(recorded: Recorded) -> None:
        if isinstance(recorded.event, moment):
            ignore()
            world.kernel.crash(world.fleet, RuntimeError("injected"))

    ignore = world.journal.listen(crash)
    new = fleet.NewPane(argv=("sh",))
    with pytest.raises(FugueError):
        await fleet.open_panes(
            world.fleet,
            fleet.OpenPanes(
                session_id=ann.session_id, panes=(new,), place=beside("p1")
            ),
        )
    await trio.sleep(60)
    check_whole(world)
    assert set(layout_of(world, ann).pane_ids) == {"p1", new.pane_id}


async def test_a_crash_of_the_fleet_between_the_last_pane_and_its_session_ends_both(
    autojump_clock: MockClock, world: World
) -> None:
    """A session without a pane could be named, and nobody would live in it."""
    ann = await ann_with_a_pane(world)

    def crash(recorded: Recorded) -> None:
        if isinstance(recorded.event, PaneClosed):
            ignore()
            world.kernel.crash(world.fleet, RuntimeError("injected"))

    ignore = world.journal.listen(crash)
    with pytest.raises(FugueError):
        await fleet.close_pane(world.fleet, ann.session_id, "p1")
    await trio.sleep(60)
    assert world.journal.state.sessions == {}


async def test_a_session_that_starts_ends_drafts_and_fits_the_others(
    autojump_clock: MockClock, world: World
) -> None:
    """An earlier incarnation crashed while it built a layout: that was answered so."""
    ann = a_session("ann")
    await world.open(
        ann,
        PaneOpened(pane=a_pane(ann, "p1")),
        PaneOpened(pane=a_pane(ann, "p2", draft=True)),
        LayoutChanged(
            session_id=ann.session_id,
            layout=Layout(windows=(window_for("p1", 60, 20),), focus="w1"),
        ),
    )
    await trio.sleep(10)
    assert set(world.journal.state.panes) == {"p1"}
    assert sizes(world) == {"p1": (60, 20)}
    check_whole(world)
