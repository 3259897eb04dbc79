"""Facts about trio that the kernel is built on; an upgrade that changes one says so.

A comment in the kernel of the kind "because trio …" names a test of this file.
"""

from __future__ import annotations

import contextvars
import math
import threading
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import leaves


async def test_a_checkpoint_in_finally_replaces_the_exception() -> None:
    """Without a shield, cancellation swallows the real failure: hence `cleanup`."""
    with trio.CancelScope() as scope:
        scope.cancel()
        try:
            raise ValueError("real")
        finally:
            await trio.lowlevel.checkpoint()
    assert scope.cancelled_caught


async def test_an_exception_in_a_cancelled_scope_escapes_although_it_was_caught() -> (
    None
):
    """So an exit is classified by its exceptions first, by the flag second."""
    scope = trio.CancelScope()

    async def clean_up_badly() -> None:
        with scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)
                scope.cancel()
                try:
                    await trio.sleep_forever()
                finally:
                    raise ValueError("while cleaning up")

    with pytest.raises(ExceptionGroup) as caught:
        await clean_up_badly()
    assert scope.cancelled_caught
    assert [type(leaf) for leaf in leaves(caught.value)] == [ValueError]


async def test_a_cancel_scope_serves_one_block() -> None:
    """A loop makes a fresh one each round (the alarms do)."""
    scope = trio.CancelScope()
    with scope:
        pass
    with pytest.raises(RuntimeError, match="single 'with' block"):
        with scope:
            pytest.fail("entered twice")


async def test_a_shield_can_be_taken_away_by_who_holds_the_scope() -> None:
    """The only form of kill there is: nothing else ends a shielded block."""
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            inner = trio.CancelScope(shield=True)

            async def stuck() -> None:
                with inner:
                    await trio.sleep_forever()

            nursery.start_soon(stuck)
            await wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
            with trio.CancelScope(shield=True):
                await wait_all_tasks_blocked()
                assert len(nursery.child_tasks) == 1
            inner.shield = False


async def test_a_shield_before_started_makes_a_cancelled_start_wait(
    autojump_clock: Any,
) -> None:
    """So the kernel shields only after `started()`."""

    async def child(task_status: trio.TaskStatus[None]) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(10)
        await trio.lowlevel.checkpoint()

    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        with trio.move_on_after(1):
            await nursery.start(child)
        assert trio.current_time() - began == 10


async def test_a_cancelled_start_does_not_hand_the_task_over() -> None:
    """After `started()`, the parent nursery says whether the task was adopted."""
    parents: list[bool] = []

    async with trio.open_nursery() as nursery:

        async def child(
            scope: trio.CancelScope, task_status: trio.TaskStatus[None]
        ) -> None:
            scope.cancel()
            task_status.started()
            task = trio.lowlevel.current_task()
            parents.append(task.parent_nursery is nursery)
            await trio.lowlevel.checkpoint()

        with trio.CancelScope() as scope:
            await nursery.start(child, scope)
        assert scope.cancelled_caught
        assert parents == [False]


async def test_an_adopted_task_is_out_of_reach_of_its_starters_scopes() -> None:
    """Scopes come from the nursery, not from the call."""
    finished: list[str] = []

    async def child(task_status: trio.TaskStatus[None]) -> None:
        task_status.started()
        await wait_all_tasks_blocked()
        finished.append("child")

    async with trio.open_nursery() as nursery:
        with trio.CancelScope() as scope:
            await nursery.start(child)
            scope.cancel()
    assert finished == ["child"]


async def test_the_outer_deadline_wins_and_the_inner_scope_catches_nothing(
    autojump_clock: Any,
) -> None:
    """So an ask inside a handler computes the shorter limit itself."""
    with trio.move_on_after(1) as outer:
        with trio.move_on_after(5) as inner:
            await trio.sleep_forever()
    assert outer.cancelled_caught
    assert not inner.cancelled_caught


async def test_a_limit_around_start_soon_limits_nothing(autojump_clock: Any) -> None:
    """The limit of a start lies around `nursery.start`, which waits."""
    async with trio.open_nursery() as nursery:
        with trio.move_on_after(1):  # noqa: ASYNC100 - that it is pointless is the point
            nursery.start_soon(trio.sleep, 10)
        began = trio.current_time()
    assert trio.current_time() - began == 10


async def test_nested_nurseries_nest_groups() -> None:
    """`leaves` finds what is inside."""

    async def nested() -> None:
        async with trio.open_nursery():
            async with trio.open_nursery():
                raise ValueError("deep")

    with pytest.raises(ExceptionGroup) as caught:
        await nested()
    assert isinstance(caught.value.exceptions[0], ExceptionGroup)
    assert [str(leaf) for leaf in leaves(caught.value)] == ["deep"]


@pytest.mark.parametrize("own_nursery", [False, True])
async def test_a_failure_before_started_is_wrapped_only_by_the_tasks_own_nursery(
    own_nursery: bool,
) -> None:
    """`nursery.start` itself adds no group; a cell has a nursery, so it unwraps."""

    async def child(task_status: trio.TaskStatus[None]) -> None:
        if own_nursery:
            async with trio.open_nursery():
                raise ValueError("early")
        raise ValueError("early")

    async with trio.open_nursery() as nursery:
        with pytest.raises((ValueError, ExceptionGroup)) as caught:
            await nursery.start(child)
    assert isinstance(caught.value, ExceptionGroup) is own_nursery
    assert [str(leaf) for leaf in leaves(caught.value)] == ["early"]


async def test_context_comes_from_the_caller_and_scopes_from_the_nursery() -> None:
    """So long-lived children start in their supervisor's task."""
    variable = contextvars.ContextVar("variable", default="outer")
    seen: list[tuple[str, float]] = []

    async def child() -> None:
        seen.append((variable.get(), trio.current_effective_deadline()))

    async with trio.open_nursery() as nursery:

        async def caller() -> None:
            variable.set("caller")
            with trio.move_on_after(60):  # noqa: ASYNC100 - likewise
                nursery.start_soon(child)

        nursery.start_soon(caller)
    assert seen == [("caller", math.inf)]


async def test_closing_a_memory_channel_loses_what_it_holds() -> None:
    """The sender is never told: hence a mailbox class of our own."""
    send, receive = trio.open_memory_channel[str](5)
    await send.send("lost")
    receive.close()
    with pytest.raises(trio.BrokenResourceError):
        await send.send("refused")


async def test_a_value_that_was_handed_over_survives_a_cancellation() -> None:
    """A rescheduled task is not cancelled before it has run: receiving is atomic."""
    got: list[str] = []
    tasks: list[trio.lowlevel.Task] = []
    scope = trio.CancelScope()

    async def wait() -> None:
        with scope:
            tasks.append(trio.lowlevel.current_task())
            await trio.lowlevel.wait_task_rescheduled(
                lambda _: trio.lowlevel.Abort.SUCCEEDED
            )
            got.append("value")
            await trio.lowlevel.checkpoint()
            got.append("not reached")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await wait_all_tasks_blocked()
        trio.lowlevel.reschedule(tasks[0])
        scope.cancel()
    assert got == ["value"]


async def test_a_reason_is_kept_in_the_cancelled_exception() -> None:
    """What a log reader has."""
    with trio.CancelScope() as scope:
        scope.cancel(reason="closing time")
        with pytest.raises(trio.Cancelled) as caught:
            await trio.lowlevel.checkpoint()
        assert caught.value.reason == "closing time"


async def test_the_deadline_of_a_scope_in_use_can_be_moved(autojump_clock: Any) -> None:
    """An earlier alarm wakes the one task that serves them all in this way."""
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        with trio.CancelScope(deadline=began + 100) as scope:

            async def move() -> None:
                await trio.sleep(1)
                scope.deadline = began + 2

            nursery.start_soon(move)
            await trio.sleep_forever()
    assert trio.current_time() - began == 2


async def test_an_autojump_clock_jumps_over_other_peoples_work(
    autojump_clock: Any,
) -> None:
    """Virtual time is for fakes: a working thread looks like nobody working."""
    began = trio.current_time()
    release = threading.Event()
    with trio.move_on_after(60) as scope:
        async with trio.open_nursery() as nursery:

            async def work() -> None:
                await trio.to_thread.run_sync(release.wait, 5, abandon_on_cancel=True)

            nursery.start_soon(work)
    release.set()
    assert scope.cancelled_caught
    assert trio.current_time() - began >= 60


async def test_a_task_knows_its_frames_and_children() -> None:
    """The dump walks `child_nurseries`, `child_tasks` and `iter_await_frames`."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep_forever, name="sleeper")
        await wait_all_tasks_blocked()
        task = trio.lowlevel.current_task()
        children = [c for n in task.child_nurseries for c in n.child_tasks]
        (sleeper,) = [child for child in children if child.name == "sleeper"]
        names = [frame.f_code.co_name for frame, _ in sleeper.iter_await_frames()]
        assert names[0] == "sleep_forever"
        nursery.cancel_scope.cancel()
