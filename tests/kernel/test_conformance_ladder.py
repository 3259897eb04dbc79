"""The stop ladder, rung by rung, on the virtual clock."""

from __future__ import annotations

import logging
import math
from typing import Any

import attrs
import pytest
import trio
from puppets import Do, Latch, Puppet, crash, hang, nap, puppet, seen, tree
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import (
    ActorGone,
    Backoff,
    Crashed,
    Exit,
    ExitReport,
    Killed,
    MailboxSpec,
    Ref,
    Restart,
    Stopped,
    cleanup,
    dynamic_supervisor,
    open_kernel,
    start_child,
    stop_child,
    supervisor,
)

DRAIN = MailboxSpec(drain=True)


async def stopped(ref: Ref, reason: str = "test") -> tuple[Exit | None, float]:
    """Stop a child of the root; how it ended, and how many seconds that took."""
    began = trio.current_time()
    exit = await stop_child(ref.kernel.root, ref.id, reason=reason, within=math.inf)
    return exit, trio.current_time() - began


@pytest.mark.req("stop.in_time")
async def test_a_handler_that_ends_in_time_is_left_alone(autojump_clock: Any) -> None:
    """First rung: the current message is finished, then the actor cleans up and ends."""
    async with open_kernel(tree(puppet(shutdown=5.0))) as kernel:
        ref = kernel.registry.resolve("/a")
        done: list[str] = []

        async def work(me: Puppet) -> None:
            await trio.sleep(4)
            done.append("worked")

        await ref.tell(Do(work))
        assert await stopped(ref) == (Stopped("test"), 4)
        assert done == ["worked"]


@pytest.mark.req("stop.late")
async def test_a_late_handler_is_cancelled_and_the_actor_cleans_up(
    autojump_clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Second rung, at exactly `shutdown`; the reason is in the log and the exit."""
    cleaned: list[float] = []

    async def clean(me: Puppet, exit: Exit) -> None:
        await trio.sleep(0.5)
        cleaned.append(trio.current_time())

    async with open_kernel(tree(puppet(shutdown=5.0, on_stop=clean))) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(hang))
        assert await stopped(ref, "no more work") == (Stopped("no more work"), 5.5)
        assert len(cleaned) == 1
    assert "/a#1 cancelled: no more work" in caplog.text


@pytest.mark.req("stop.stuck")
@pytest.mark.parametrize("handler", [hang, lambda me: None])
async def test_a_stuck_clean_up_is_killed_after_the_grace(
    autojump_clock: Any, caplog: pytest.LogCaptureFixture, handler: Any
) -> None:
    """Last rung, at exactly `shutdown` plus a second, wherever the time was lost."""

    async def stuck(me: Puppet, exit: Exit) -> None:
        await trio.sleep_forever()

    async with open_kernel(tree(puppet(shutdown=5.0, on_stop=stuck))) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(handler))
        exit, took = await stopped(ref)
        assert isinstance(exit, Killed)
        assert took == 6.0
    assert "/a#1 killed: test" in caplog.text


async def test_a_kill_reaches_shields_that_the_actor_asked_for(
    autojump_clock: Any,
) -> None:
    """`cleanup` is a shield the kernel can take away, in handlers and helpers too."""

    async def shielded() -> None:
        with cleanup(1000):
            await trio.sleep_forever()

    async def finally_shielded() -> None:
        try:
            await trio.sleep_forever()
        finally:
            with cleanup(1000):
                await trio.sleep_forever()

    def on_start(me: Puppet) -> None:
        me.nursery.start_soon(shielded)
        me.nursery.start_soon(finally_shielded)

    async with open_kernel(tree(puppet(shutdown=2.0, on_start=on_start))) as kernel:
        ref = kernel.registry.resolve("/a")
        exit, took = await stopped(ref)
        assert isinstance(exit, Killed)
        assert took == 3.0


async def test_a_shield_asked_for_after_the_kill_holds_nothing_up(
    autojump_clock: Any,
) -> None:
    """Once killed, always killed: `on_stop` and later shields are cancelled at once."""
    after: list[str] = []

    async def handler(me: Puppet) -> None:
        try:
            with cleanup(1000):
                await trio.sleep_forever()
        finally:
            with cleanup(1000):
                await trio.sleep_forever()

    async def on_stop(me: Puppet, exit: Exit) -> None:
        after.append(type(exit).__name__)
        await trio.sleep_forever()

    async with open_kernel(tree(puppet(shutdown=2.0, on_stop=on_stop))) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(handler))
        exit, took = await stopped(ref)
        assert isinstance(exit, Killed)
        assert took == 3.0
        assert after == ["Killed"]


async def test_cleanup_is_bounded(autojump_clock: Any) -> None:
    """The shield ends by itself, quietly; a stuck peer is not a stuck actor."""
    with trio.CancelScope() as outer:
        outer.cancel()
        began = trio.current_time()
        with cleanup(3) as scope:
            await trio.sleep_forever()
        assert scope.cancelled_caught
        assert trio.current_time() - began == 3
    with cleanup(3) as scope:
        await trio.sleep(1)
    assert not scope.cancelled_caught


@pytest.mark.req("stop.zero")
async def test_no_time_at_all_cancels_at_once(autojump_clock: Any) -> None:
    """With 0 the handler is interrupted immediately; the clean-up has its second."""
    cleaned: list[str] = []

    async def clean(me: Puppet, exit: Exit) -> None:
        await trio.sleep(0.9)
        cleaned.append("clean")

    async with open_kernel(tree(puppet(shutdown=0, on_stop=clean))) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(hang))
        await wait_all_tasks_blocked()
        exit, took = await stopped(ref)
        assert exit == Stopped("test")
        assert took == pytest.approx(0.9)
        assert cleaned == ["clean"]


@pytest.mark.req("stop.inf")
async def test_a_supervisor_is_waited_for_with_its_whole_subtree(
    autojump_clock: Any,
) -> None:
    """Infinity: each descendant has its own limit, so the wait ends by itself."""

    async def slow(me: Puppet, exit: Exit) -> None:
        await trio.sleep(60)

    spec = tree(
        supervisor("mid", [puppet(id, shutdown=100, on_stop=slow) for id in "ab"])
    )
    async with open_kernel(spec) as kernel:
        exit, took = await stopped(kernel.registry.resolve("/mid"))
        assert exit == Stopped("test")
        assert took == 120


async def test_a_supervisor_with_a_limit_takes_its_subtree_along(
    autojump_clock: Any,
) -> None:
    """Where a supervisor's time is up, so is that of its children, on both kinds."""

    async def slow(me: Puppet, exit: Exit) -> None:
        await trio.sleep(60)

    child = puppet(shutdown=100, on_stop=slow)
    waits = puppet("waits", backoff=Backoff(1000.0, 1000.0))
    for mid in (
        supervisor("mid", [puppet("idle"), child, waits], shutdown=2),
        attrs.evolve(dynamic_supervisor("mid"), shutdown=2.0),
    ):
        reports: list[Any] = []
        async with open_kernel(tree(mid), on_report=reports.append) as kernel:
            ref = kernel.registry.resolve("/mid")
            if ref.kind == "dynamic":
                await start_child(ref, child)
                await start_child(ref, puppet("idle", on_stop=slow))
                await start_child(ref, waits)
            await kernel.registry.resolve("/mid/waits").tell(Do(crash))
            await wait_all_tasks_blocked()
            exit, took = await stopped(ref)
            assert isinstance(exit, Killed)
            assert took == 3
            assert kernel.registry.whereis("/mid/a") is None
            assert kernel.registry.whereis("/mid/waits") is None
        exits = {r.path: (type(r.exit), r.context) for r in reports}
        assert exits == {
            "/mid/waits": (Crashed, "child_terminated"),
            "/mid/a": (Killed, "shutdown_error"),
            "/mid/idle": (Killed, "shutdown_error"),
            "/mid": (Killed, "shutdown_error"),
            "/": (Stopped, "child_terminated"),
        }


@pytest.mark.req("stop.wake")
async def test_a_stop_wakes_an_idle_actor_and_loses_nothing_it_was_handed() -> None:
    """A message handed to the idle actor is handled before it ends."""
    handled: list[str] = []
    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            await wait_all_tasks_blocked()
            ref.tell_nowait(Do(lambda me: handled.append("handed over")))
            kernel.request_stop("at the same instant")
            assert await kernel.wait_closed() == Stopped("at the same instant")
    assert handled == ["handed over"]
    assert kernel.dead_letters.total == 0


async def test_a_stop_rejects_the_queue(autojump_clock: Any) -> None:
    """Without drain: queued asks are told, queued tells are dead letters."""
    latch = Latch()
    async with open_kernel(tree(puppet())) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(latch))
        await latch.entered.wait()
        await ref.tell("queued")
        async with trio.open_nursery() as nursery:

            async def ask() -> None:
                with pytest.raises(ActorGone):
                    await ref.ask(Do(hang))
                latch.leave.set()

            nursery.start_soon(ask)
            await wait_all_tasks_blocked()
            assert await stopped(ref) == (Stopped("test"), 0)
        (letter,) = kernel.dead_letters.ring
        assert (letter.path, letter.message_type) == ("/a", "str")


async def test_drain_handles_the_queue_first(autojump_clock: Any) -> None:
    """With drain: what was accepted is handled, what comes later is refused."""
    latch = Latch()
    kept: list[object] = []

    def on_stop(me: Puppet, exit: Exit) -> None:
        kept.extend(me.seen)

    async with open_kernel(tree(puppet(mailbox=DRAIN, on_stop=on_stop))) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(latch))
        await latch.entered.wait()
        await ref.tell("one")
        await ref.tell("two")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stopped, ref)
            await wait_all_tasks_blocked()
            with pytest.raises(ActorGone):
                await ref.tell("late")
            latch.leave.set()
        assert kept == ["one", "two"]
        assert kernel.dead_letters.total == 0


async def test_a_drain_that_takes_too_long_is_cancelled(autojump_clock: Any) -> None:
    """The ladder bounds the drain as well; what is left is a dead letter."""
    spec = tree(puppet(mailbox=DRAIN, shutdown=3))
    async with open_kernel(spec) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(hang))
        await ref.tell("left over")
        assert await stopped(ref) == (Stopped("test"), 3)
        assert kernel.dead_letters.counts == {"/a": 1}


@pytest.mark.req("stop.wrong_exit")
@pytest.mark.parametrize("where", ["handler", "on_stop"])
async def test_an_exception_during_the_stop_is_a_shutdown_error(
    autojump_clock: Any, where: str
) -> None:
    """The exit is `Crashed`, the report says when, and the ladder goes on."""
    reports: list[Any] = []

    async def late_bug(me: Puppet) -> None:
        await trio.sleep(1)
        crash(me)

    def bad_end(me: Puppet, exit: Exit) -> None:
        crash(me)

    actions = {} if where == "handler" else {"on_stop": bad_end}
    spec = tree(puppet("a"), puppet("b", **actions))
    async with open_kernel(spec, on_report=reports.append) as kernel:
        if where == "handler":
            await kernel.registry.resolve("/b").tell(Do(late_bug))
            await wait_all_tasks_blocked()
    assert [report.path for report in reports] == ["/b", "/a", "/"]
    assert reports[0].context == "shutdown_error"
    assert isinstance(reports[0].exit, Crashed)
    assert reports[1].context == "child_terminated"


@pytest.mark.req("stop.classify")
async def test_an_exception_in_a_cancelled_handler_is_a_crash(
    autojump_clock: Any,
) -> None:
    """Exceptions come first, although the scope says that it caught a cancellation."""

    async def bug_when_cancelled(me: Puppet) -> None:
        try:
            await trio.sleep_forever()
        finally:
            crash(me)

    async with open_kernel(tree(puppet(shutdown=1))) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(bug_when_cancelled))
        exit, _ = await stopped(ref)
        assert isinstance(exit, Crashed)


async def test_an_own_end_has_a_bounded_clean_up_too(autojump_clock: Any) -> None:
    """Without anyone on the ladder, the kernel's own deadline ends `on_stop`."""

    async def stuck(me: Puppet, exit: Exit) -> None:
        await trio.sleep_forever()

    spec = tree(puppet(shutdown=2, on_stop=stuck, restart=Restart.TEMPORARY))
    async with open_kernel(spec) as kernel:
        ref = kernel.registry.resolve("/a")
        began = trio.current_time()
        await ref.tell(Do(lambda me: me.stop()))
        assert isinstance(await kernel.wait_gone(ref), Killed)
        assert trio.current_time() - began == 3


async def test_clean_up_is_told_the_exit_and_runs_on_every_way_out(
    autojump_clock: Any,
) -> None:
    """Normal, asked, cancelled or crashed: `on_stop` runs once and knows why."""
    exits: list[str] = []

    def on_stop(me: Puppet, exit: Exit) -> None:
        exits.append(f"{me.ref.id} {type(exit).__name__}")

    children = [
        puppet(id, on_stop=on_stop, restart=Restart.TEMPORARY, shutdown=1)
        for id in ("own", "crash", "cancel", "asked")
    ]
    async with open_kernel(tree(*children)) as kernel:
        find = kernel.registry.resolve
        await find("/own").tell(Do(lambda me: me.stop()))
        await find("/crash").tell(Do(crash))
        await find("/cancel").tell(Do(hang))
        await wait_all_tasks_blocked()
    assert sorted(exits[:2]) == ["crash Crashed", "own Normal"]
    assert exits[2:] == ["asked Stopped", "cancel Stopped"]


async def test_the_second_stop_request_changes_nothing(autojump_clock: Any) -> None:
    """Two askers stop the same child: both get its exit, the first reason counts."""
    exits: list[Any] = []
    async with open_kernel(tree(dynamic_supervisor("pool"))) as kernel:
        pool = kernel.registry.resolve("/pool")
        ref = await start_child(pool, puppet())
        await ref.tell(Do(nap(2)))

        async def stop(reason: str) -> None:
            exits.append(await stop_child(pool, "a", reason=reason))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(stop, "first")
            await wait_all_tasks_blocked()
            nursery.start_soon(stop, "second")
    assert exits == [Stopped("first")] * 2


async def test_hurrying_cuts_the_first_rung_short(autojump_clock: Any) -> None:
    """`Kernel.cancel` interrupts handlers everywhere, in order, clean-ups excepted."""
    cleaned: list[str] = []

    async def clean(me: Puppet, exit: Exit) -> None:
        await trio.sleep(0.5)
        cleaned.append(me.ref.id)

    spec = tree(
        puppet("a", shutdown=1000, on_stop=clean),
        supervisor("mid", [puppet("b", shutdown=1000, on_stop=clean)]),
    )
    async with open_kernel(spec) as kernel:
        for path in ("/a", "/mid/b"):
            await kernel.registry.resolve(path).tell(Do(hang))
        await wait_all_tasks_blocked()
        began = trio.current_time()
        kernel.request_stop("please")
        await trio.sleep(10)
        assert cleaned == []
        kernel.cancel("now")
        assert await kernel.wait_closed() == Stopped("please")
        assert trio.current_time() - began == 11
    assert cleaned == ["b", "a"]


async def test_a_cancelled_tree_ends_without_asking_first(autojump_clock: Any) -> None:
    """`Kernel.cancel` alone is both rungs at once."""
    async with open_kernel(tree(puppet(shutdown=math.inf))) as kernel:
        await kernel.registry.resolve("/a").tell(Do(hang))
        await wait_all_tasks_blocked()
        kernel.cancel("now")
        assert await kernel.wait_closed() == Stopped("now")
        assert kernel.exit == Stopped("now")


async def test_each_rung_is_logged_with_its_reason(
    autojump_clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """What a log reader has is the reason."""
    caplog.set_level(logging.DEBUG)

    async def stuck(me: Puppet, exit: Exit) -> None:
        await trio.sleep_forever()

    async with open_kernel(tree(puppet(on_stop=stuck))) as kernel:
        await stopped(kernel.registry.resolve("/a"), "closing time")
    rungs = [
        record.getMessage()
        for record in caplog.records
        if record.name == "fugue_actors.kernel.ladder"
    ]
    assert rungs[:3] == [
        "/a#1 asked to stop: closing time",
        "/a#1 cancelled: closing time",
        "/a#1 killed: closing time",
    ]


async def test_a_stop_during_a_slow_clean_up_after_a_crash_waits_for_it(
    autojump_clock: Any,
) -> None:
    """The dead incarnation keeps its exit; the ladder only waits for its clean-up."""

    async def slow(me: Puppet, exit: Exit) -> None:
        await trio.sleep(2)

    reports: list[ExitReport] = []
    spec = tree(puppet(on_stop=slow, shutdown=5))
    async with open_kernel(spec, on_report=reports.append) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(crash))
        await wait_all_tasks_blocked()
        exit, took = await stopped(ref)
        assert isinstance(exit, Crashed)
        assert took == 2
        assert ref.status == "gone"
        assert reports[0].context == "child_terminated"


async def test_a_message_after_the_last_rung_is_answered(autojump_clock: Any) -> None:
    """Even after a kill, an asker is told and not left waiting."""

    async def stuck(me: Puppet, exit: Exit) -> None:
        await trio.sleep_forever()

    async with open_kernel(tree(puppet(on_stop=stuck, shutdown=1))) as kernel:
        ref = kernel.registry.resolve("/a")
        assert await seen(ref) == []
        await stopped(ref)
        with pytest.raises(ActorGone):
            await ref.ask(Do(hang))
