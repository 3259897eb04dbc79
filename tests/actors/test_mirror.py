"""Mirrors: what viewers are told of a screen, and how a pane's actor keeps them true."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import trio
from actorkit import World, open_world
from panekit import Open
from screenkit import Fold
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import panes
from fugue_actors.actors.mirror import Mirror
from fugue_actors.actors.pace import READS_PER_SECOND, Pace
from fugue_actors.errors import FugueError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SIZE = {"columns": "20", "lines": "2"}


def row(text: str) -> str:
    return f'[{{"text":"{text}"}}]'


def rows(*texts: str) -> dict[str, str]:
    return {str(y): row(text) for y, text in enumerate(texts)}


class Viewer:
    """Somebody who watches a mirror and takes whatever there is, unless told not to."""

    def __init__(self) -> None:
        self.mirror = Mirror(self.note)
        self.fold = Fold()
        self.known = 0
        self.takes = True
        self.times: list[float] = []
        self.changed = trio.Event()

    def note(self) -> None:
        if self.takes:
            self.take()

    def take(self) -> bytes | None:
        part = self.mirror.since(self.known)
        self.known = self.mirror.version
        if part is not None:
            self.times.append(trio.current_time())
            self.fold.apply(part)
            self.changed.set()
            self.changed = trio.Event()
        return part


# ---- what a mirror tells


async def test_a_newcomer_gets_the_whole_screen_and_then_only_changes() -> None:
    """Rows and properties that stayed the same are not told again."""
    viewer = Viewer()
    viewer.takes = False
    viewer.mirror.put(SIZE, rows("a", "b"), next=2, is_full=True)
    assert viewer.take() == (
        b'{"full":true,"columns":20,"lines":2,'
        b'"rows":{"0":[{"text":"a"}],"1":[{"text":"b"}]},"next":2}'
    )
    viewer.mirror.put({}, {"1": row("B")}, next=3, is_full=False)
    assert viewer.take() == b'{"rows":{"1":[{"text":"B"}]},"next":3}'
    viewer.mirror.put({"alternate": "true"}, {}, next=4, is_full=False)
    assert viewer.take() == b'{"alternate":true,"next":4}'
    assert viewer.take() is None


async def test_a_slow_viewer_skips_what_was_overwritten_meanwhile() -> None:
    """It gets one change from what it has to what there is."""
    viewer = Viewer()
    viewer.mirror.put(SIZE, rows("a", "b"), next=2, is_full=True)
    viewer.takes = False
    viewer.mirror.put({}, {"0": row("c")}, next=3, is_full=False)
    viewer.mirror.put({}, {"0": row("d")}, next=4, is_full=False)
    viewer.mirror.put({}, {"1": row("e")}, next=5, is_full=False)
    assert viewer.take() == (
        b'{"rows":{"0":[{"text":"d"}],"1":[{"text":"e"}]},"next":5}'
    )


async def test_viewers_at_the_same_version_share_the_same_bytes() -> None:
    """Fifty viewers cost one rendering, not fifty."""
    mirror = Mirror(lambda: None)
    mirror.put(SIZE, rows("a", "b"), next=2, is_full=True)
    assert mirror.since(0) is mirror.since(0)
    mirror.put({}, {"0": row("c")}, next=3, is_full=False)
    assert mirror.since(1) is mirror.since(1)
    assert len(mirror.parts) == 1


async def test_what_is_read_anew_counts_as_changed_only_where_it_differs() -> None:
    """After a lost link a viewer gets what it missed, and not the whole screen again."""
    viewer = Viewer()
    viewer.mirror.put(SIZE, rows("a", "b"), next=2, is_full=True)
    viewer.takes = False
    viewer.mirror.put(SIZE, rows("a", "b"), next=2, is_full=True)
    assert viewer.take() is None
    viewer.mirror.put(SIZE, rows("a", "c"), next=9, is_full=True)
    assert viewer.take() == b'{"rows":{"1":[{"text":"c"}]},"next":9}'


@pytest.mark.parametrize("columns", ["20", "21"])
async def test_another_size_is_a_whole_screen_for_everybody(columns: str) -> None:
    """Rows below the new edge are gone, and those left have wrapped anew."""
    viewer = Viewer()
    viewer.mirror.put(SIZE, rows("a", "b"), next=2, is_full=True)
    size = {"columns": columns, "lines": "1" if columns == "20" else "2"}
    kept = rows("a") if columns == "20" else rows("a", "b")
    viewer.mirror.put(size, kept, next=2, is_full=True)
    assert viewer.fold.text == ["a", "b"][: len(kept)]
    assert viewer.mirror.since(1) == viewer.mirror.since(0)


async def test_a_mirror_is_left_alone_until_everybody_was_told_and_as_long_as_they_say(
    autojump_clock: MockClock,
) -> None:
    """Who tells its viewers paces it, over the period that it keeps by itself."""
    viewer = Viewer()
    viewer.mirror.put(SIZE, rows("a", "b"), next=2, is_full=True)
    viewer.mirror.timing.hold()
    with trio.move_on_after(100) as waiting:
        await viewer.mirror.wait_due()
    assert waiting.cancelled_caught
    viewer.mirror.timing.release(3.0)
    began = trio.current_time()
    await viewer.mirror.wait_due()
    assert trio.current_time() == began + 3.0


async def test_mirrors_that_share_a_pace_are_read_so_often_together(
    autojump_clock: MockClock,
) -> None:
    """A hundred flooding panes cost no more than so many readings a second."""
    pace = Pace(per_second=10)
    mirrors = [Mirror(lambda: None, pace) for _ in range(20)]
    times: list[float] = []

    async def read(mirror: Mirror) -> None:
        for number in range(5):
            await mirror.wait_due()
            times.append(trio.current_time())
            mirror.put(SIZE, rows("a", str(number)), next=number, is_full=True)
            mirror.since(0)

    async with trio.open_nursery() as reading:
        for mirror in mirrors:
            reading.start_soon(read, mirror)
    gaps = [b - a for a, b in pairwise(times)]
    assert len(times) == 100
    assert min(gaps) >= 0.1 - 1e-9
    assert max(gaps) <= 0.1 + 1e-9


async def test_another_period_counts_at_once(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """A quick viewer does not wait for the turn of a slow one."""
    viewer = Viewer()
    timing = viewer.mirror.timing
    timing.set_period(100.0)
    viewer.mirror.put(SIZE, rows("a", "b"), next=2, is_full=True)
    began = trio.current_time()
    over: list[float] = []

    async def wait() -> None:
        await viewer.mirror.wait_due()
        over.append(trio.current_time() - began)

    nursery.start_soon(wait)
    await trio.sleep(1)
    timing.set_period(2.0)
    await trio.sleep(10)
    assert over == [2.0]


# ---- how it is fed


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            yield world


@pytest.fixture
async def it(world: World) -> Open:
    ann = await world.session("ann")
    return Open(world, ann, await world.pane(ann))


async def shows(viewer: Viewer, *texts: str) -> None:
    """Wait until a viewer shows this."""
    while viewer.fold.text != list(texts):
        await viewer.changed.wait()


async def test_a_mirror_follows_the_screen_while_it_is_asked_for(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """And not longer: when nobody watches, the host has nobody to tell."""
    viewer = Viewer()
    it.host.show(row("one"), row("two"))
    async with trio.open_nursery() as watching:
        watching.start_soon(panes.feed, it.pane, viewer.mirror)
        await shows(viewer, "one", "two")
        it.host.show(row("one"), row("more"))
        await shows(viewer, "one", "more")
        await it.host.wait_until(lambda: it.host.asked is not None)
        watching.cancel_scope.cancel()
    await it.host.wait_until(lambda: it.host.asked is None)


async def test_nothing_is_read_for_viewers_that_take_nothing(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """A viewer that stopped reading costs neither the host nor anybody else."""
    viewer = Viewer()
    nursery.start_soon(panes.feed, it.pane, viewer.mirror)
    it.host.show(row("one"))
    await shows(viewer, "one")
    viewer.takes = False
    it.host.show(row("two"))
    await trio.sleep(1)
    assert viewer.mirror.version == 2
    it.host.show(row("three"))
    await trio.sleep(100)
    assert (viewer.mirror.version, it.host.asked) == (2, None)
    viewer.take()
    await trio.sleep(1)
    assert viewer.mirror.version == 3
    nursery.cancel_scope.cancel()


async def test_a_flood_is_read_thirty_times_a_second_and_its_first_change_at_once(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """The echo of a keystroke waits for nothing, and a flood costs no more than that."""
    viewer = Viewer()
    it.host.show(row("-"))
    nursery.start_soon(panes.feed, it.pane, viewer.mirror)
    await shows(viewer, "-")
    await trio.sleep(5)
    viewer.times.clear()
    began = trio.current_time()
    for number in range(1000):
        it.host.show(row(str(number)))
        await trio.sleep(0.001)
    assert viewer.times[0] == began
    gaps = [b - a for a, b in pairwise(viewer.times)]
    assert min(gaps) >= 1 / READS_PER_SECOND - 0.002  # that of the flood itself
    assert READS_PER_SECOND - 2 <= len(viewer.times) <= READS_PER_SECOND + 1
    nursery.cancel_scope.cancel()


async def test_a_host_of_an_older_release_is_read_as_a_whole(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """Programs outlive daemons: it refuses what it does not know, and is watched all the same."""
    viewer = Viewer()
    it.host.is_old = True
    await it.type("one")
    nursery.start_soon(panes.feed, it.pane, viewer.mirror)
    await shows(viewer, "one", *[""] * 23)
    await it.type(" two")
    await shows(viewer, "one two", *[""] * 23)
    nursery.cancel_scope.cancel()


async def test_a_lost_link_leaves_viewers_with_the_true_screen(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """What happened while nobody was linked is told with the next link."""
    viewer = Viewer()
    it.host.show(row("before"))
    nursery.start_soon(panes.feed, it.pane, viewer.mirror)
    await shows(viewer, "before")
    it.host.cut()
    it.host.rows = [row("meanwhile"), row("taller")]
    await shows(viewer, "meanwhile", "taller")
    nursery.cancel_scope.cancel()


async def test_a_program_that_is_started_again_is_followed(
    autojump_clock: MockClock, world: World, it: Open, nursery: trio.Nursery
) -> None:
    """The mirror outlives the host whose screen it showed."""
    viewer = Viewer()
    it.host.show(row("first run"))
    nursery.start_soon(panes.feed, it.pane, viewer.mirror)
    await shows(viewer, "first run")
    it.host.die()
    await world.session("other")  # time for the pane to be lost
    await wait_all_tasks_blocked()
    assert world.record().state == "lost"
    assert viewer.fold.text == ["first run"]
    nursery.cancel_scope.cancel()


async def test_a_crash_of_the_actor_tells_who_has_it_fed(
    autojump_clock: MockClock, world: World, it: Open, nursery: trio.Nursery
) -> None:
    """They ask the next incarnation, which brings the mirror up to date."""
    viewer = Viewer()
    it.host.show(row("before"))
    crashes: list[FugueError] = []

    async def keep_feeding() -> None:
        while True:
            try:
                await panes.feed(it.pane, viewer.mirror)
            except FugueError as error:
                crashes.append(error)
                await world.kernel.registry.wait_for(it.pane.path)

    nursery.start_soon(keep_feeding)
    await shows(viewer, "before")
    await world.crash(it.pane)
    it.host.show(row("after"))
    await shows(viewer, "after")
    assert len(crashes) == 1
    nursery.cancel_scope.cancel()
