"""Restart intensity and backoff, on the virtual clock."""

from __future__ import annotations

import math
from typing import Any

import pytest
import trio
from puppets import Do, Stage, crash, puppet, tree
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import (
    ActorGone,
    ActorRestarting,
    Backoff,
    ExitReport,
    Intensity,
    Kernel,
    Ref,
    Refused,
    Restart,
    Stopped,
    dynamic_supervisor,
    list_children,
    open_kernel,
    restart_child,
    start_child,
    stop_child,
    supervisor,
)


async def crash_child(kernel: Kernel, path: str) -> None:
    """One crash, and all that follows from it."""
    await kernel.registry.resolve(path).tell(Do(crash))
    await wait_all_tasks_blocked()


@pytest.mark.req("intensity.window")
async def test_as_many_restarts_as_the_limit_are_borne() -> None:
    """Below and at the limit the child comes back; one more, and it is over."""
    async with open_kernel(tree(puppet(), intensity=Intensity(2, 5.0))) as kernel:
        ref = kernel.registry.resolve("/a")
        for incarnation in (2, 3):
            await crash_child(kernel, "/a")
            assert (ref.status, ref.incarnation) == ("running", incarnation)
        await crash_child(kernel, "/a")
        assert ref.status == "gone"
        exit = await kernel.wait_closed()
        assert exit == Stopped("/a ended too often: more than 2 restarts in 5 s")


@pytest.mark.req("intensity.window")
async def test_old_restarts_are_forgotten(autojump_clock: Any) -> None:
    """After a period without trouble the count begins again."""
    async with open_kernel(tree(puppet(), intensity=Intensity(2, 5.0))) as kernel:
        ref = kernel.registry.resolve("/a")
        for _ in range(4):
            await crash_child(kernel, "/a")
            await crash_child(kernel, "/a")
            await trio.sleep(5.1)
        assert ref.incarnation == 9
        assert kernel.exit is None


@pytest.mark.req("intensity.window")
async def test_all_children_share_one_window() -> None:
    """Counted per supervisor: three children that crash once each are three."""
    children = [puppet(id) for id in "abc"]
    async with open_kernel(tree(*children, intensity=Intensity(2))) as kernel:
        await crash_child(kernel, "/a")
        await crash_child(kernel, "/b")
        assert kernel.exit is None
        await crash_child(kernel, "/c")
        assert await kernel.wait_closed()


@pytest.mark.req("intensity.window")
async def test_normal_ends_of_a_permanent_child_count_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A permanent child that keeps ending is a loop like any other, and no secret."""
    async with open_kernel(tree(puppet(), intensity=Intensity(1))) as kernel:
        ref = kernel.registry.resolve("/a")
        for _ in range(2):
            await ref.tell(Do(lambda me: me.stop()))
            await wait_all_tasks_blocked()
        assert "ended too often" in str(await kernel.wait_closed())
    assert "/#1: intensity: stopped (/a ended too often" in caplog.text


@pytest.mark.req("intensity.window")
async def test_a_restart_that_fails_to_start_counts() -> None:
    """Crash plus two failing starts are three."""
    stage = Stage()
    async with open_kernel(tree(stage.child("a"), intensity=Intensity(2))) as kernel:
        stage.failing["a"] = 100
        await crash_child(kernel, "/a")
        assert stage.take() == ["+a", "-a", "!a", "!a"]
        assert await kernel.wait_closed()


@pytest.mark.req("intensity.give_up")
@pytest.mark.parametrize("restart", Restart)
async def test_giving_up_is_reported_to_the_next_level(
    autojump_clock: Any, restart: Restart
) -> None:
    """Others stop in reverse; the parent restarts the supervisor only if permanent."""
    stage = Stage()
    reports: list[ExitReport] = []
    mid = supervisor(
        "mid",
        [stage.child(id) for id in "abc"],
        intensity=Intensity(0),
        restart=restart,
    )
    async with open_kernel(tree(mid), on_report=reports.append) as kernel:
        ref, child = kernel.registry.resolve("/mid"), kernel.registry.resolve("/mid/b")
        stage.take()
        await child.tell(Do(crash))
        await wait_all_tasks_blocked()
        back = restart is Restart.PERMANENT
        assert stage.take() == ["-b", "-c", "-a", *(["+a", "+b", "+c"] if back else [])]
        expected = "running" if back else "gone"
        assert (ref.status, child.status) == (expected, expected)
        assert ref.incarnation == (2 if back else 1)
        (report,) = [report for report in reports if report.context == "intensity"]
        assert report.path == "/mid"
        assert isinstance(report.exit, Stopped)
        infos = await list_children(kernel.root)
        assert [info.state for info in infos] == {
            Restart.PERMANENT: ["running"],
            Restart.TRANSIENT: ["stopped"],
            Restart.TEMPORARY: [],
        }[restart]


@pytest.mark.req("intensity.give_up")
async def test_a_crash_loop_climbs_level_by_level(autojump_clock: Any) -> None:
    """Limits multiply: each give-up is one restart for the level above."""
    stage = Stage()
    inner = supervisor("in", [stage.child("a")], intensity=Intensity(1, 100.0))
    async with open_kernel(tree(inner, intensity=Intensity(1, 100.0))) as kernel:
        for _ in range(4):
            assert kernel.exit is None
            await crash_child(kernel, "/in/a")
        assert stage.take().count("+a") == 4
        assert isinstance(await kernel.wait_closed(), Stopped)


@pytest.mark.req("intensity.default")
@pytest.mark.parametrize("kind", ["fixed", "dynamic"])
async def test_the_default_is_three_in_five_seconds(
    autojump_clock: Any, kind: str
) -> None:
    """Three in five seconds are borne again and again; a fourth is not."""
    fixed, dynamic = supervisor("mid", [puppet()]), dynamic_supervisor("mid")
    async with open_kernel(tree(fixed if kind == "fixed" else dynamic)) as kernel:
        mid = kernel.registry.resolve("/mid")
        if kind == "dynamic":
            await start_child(mid, puppet())
        for _ in range(3):
            for _ in range(3):
                await crash_child(kernel, "/mid/a")
            await trio.sleep(5.1)
        assert mid.incarnation == 1
        for _ in range(4):
            await crash_child(kernel, "/mid/a")
        assert mid.incarnation == 2


@pytest.mark.req("intensity.default")
async def test_the_default_of_the_root_is_five_in_a_minute(
    autojump_clock: Any,
) -> None:
    """Five in 60 s are borne again and again; a sixth is not."""
    async with open_kernel(tree(puppet())) as kernel:
        for _ in range(20):
            await crash_child(kernel, "/a")
            await trio.sleep(12.1)
        assert kernel.exit is None
        await trio.sleep(60)
        for _ in range(5):
            await crash_child(kernel, "/a")
            assert kernel.exit is None
        await crash_child(kernel, "/a")
        assert kernel.exit is not None


@pytest.mark.req("intensity.none")
async def test_without_limit_a_child_with_backoff_is_retried_for_ever(
    autojump_clock: Any,
) -> None:
    """One child's bug takes nobody down; it is only slow to return."""
    backoff = Backoff(1.0, 30.0, reset_after=math.inf)
    mid = supervisor("mid", [puppet(backoff=backoff)], intensity=Intensity.none())
    async with open_kernel(tree(mid)) as kernel:
        for _ in range(50):
            ref = await kernel.registry.wait_for("/mid/a")
            await ref.tell(Do(crash))
            await wait_all_tasks_blocked()
            assert ref.status == "restarting"
        assert (await kernel.registry.wait_for("/mid/a")).incarnation == 51
        assert kernel.registry.resolve("/mid").incarnation == 1


@pytest.mark.req("intensity.none")
async def test_a_dynamic_supervisor_checks_each_spec_it_is_given() -> None:
    """Without limit and without backoff a child is refused, and the supervisor lives."""
    pool_spec = dynamic_supervisor("pool", intensity=Intensity.none())
    async with open_kernel(tree(pool_spec)) as kernel:
        pool = kernel.registry.resolve("/pool")
        with pytest.raises(Refused, match="needs a backoff"):
            await start_child(pool, puppet())
        assert await start_child(pool, puppet("b", backoff=Backoff(1.0)))
        assert await start_child(pool, puppet("c", restart=Restart.TEMPORARY))
        assert pool.incarnation == 1


@pytest.mark.req("backoff.responsive")
async def test_delays_grow_to_a_maximum_and_reset_after_quiet(
    autojump_clock: Any,
) -> None:
    """1, 3, 9, 10, 10 s; and after a good run 1 s again."""
    backoff = Backoff(1.0, 10.0, factor=3.0, reset_after=60.0)
    spec = tree(puppet(backoff=backoff), intensity=Intensity(100))

    async def comes_back_after(ref: Ref) -> float:
        began = trio.current_time()
        await ref.tell(Do(crash))
        await wait_all_tasks_blocked()
        with pytest.raises(ActorRestarting):
            await ref.tell("at once")
        await ref.kernel.registry.wait_for(ref.path)
        return trio.current_time() - began

    async with open_kernel(spec) as kernel:
        ref = kernel.registry.resolve("/a")
        delays = [await comes_back_after(ref) for _ in range(5)]
        assert delays == [1, 3, 9, 10, 10]
        await trio.sleep(59)
        assert await comes_back_after(ref) == 10
        await trio.sleep(60)
        assert await comes_back_after(ref) == 1


@pytest.mark.req("backoff.responsive")
async def test_a_stop_during_the_backoff_ends_it(autojump_clock: Any) -> None:
    """The waiting address is gone at once, and no restart follows."""
    stage = Stage()
    async with open_kernel(tree(stage.child("a", backoff=Backoff(10.0)))) as kernel:
        ref = kernel.registry.resolve("/a")
        await crash_child(kernel, "/a")
        assert await stop_child(kernel.root, "a") is None
        with pytest.raises(ActorGone):
            await ref.tell("x")
        await trio.sleep(100)
        assert stage.take() == ["+a", "-a"]


@pytest.mark.req("backoff.responsive")
async def test_a_restart_that_was_called_off_does_not_come_early(
    autojump_clock: Any,
) -> None:
    """A restart on request replaces the pending one; the next delay is its own."""
    spec = tree(puppet(backoff=Backoff(10.0, 100.0)))
    async with open_kernel(spec) as kernel:
        ref = kernel.registry.resolve("/a")
        began = trio.current_time()
        await crash_child(kernel, "/a")
        await restart_child(kernel.root, "a")
        await crash_child(kernel, "/a")
        await kernel.registry.wait_for("/a")
        assert trio.current_time() - began == 20
        assert ref.incarnation == 3


async def test_leaving_during_the_backoff_ends_it(autojump_clock: Any) -> None:
    """A tree that ends does not wait for a restart."""
    began = trio.current_time()
    async with open_kernel(tree(puppet(backoff=Backoff(10.0)))) as kernel:
        ref = kernel.registry.resolve("/a")
        await crash_child(kernel, "/a")
    assert ref.status == "gone"
    assert trio.current_time() == began


async def test_a_backoff_that_waits_long_enough_never_exhausts_the_intensity(
    autojump_clock: Any,
) -> None:
    """Whatever talks to the outside world is retried for as long as it takes."""
    stage = Stage()
    backoff = Backoff(2.0, 2.0)
    async with open_kernel(
        tree(stage.child("a", backoff=backoff), intensity=Intensity(3, 5.0))
    ) as kernel:
        stage.failing["a"] = 50
        await crash_child(kernel, "/a")
        await kernel.registry.wait_for("/a")
        assert stage.log.count("!a") == 50
