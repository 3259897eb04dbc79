"""Opening and closing a whole tree: exceptions, cancellation, several at once."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from puppets import Do, Puppet, Stage, crash, hang, puppet, seen, tree
from trio.testing import assert_checkpoints, wait_all_tasks_blocked

from fugue_actors.kernel import (
    ActorGone,
    ActorRestarting,
    AskTimeout,
    Backoff,
    Crashed,
    Exit,
    Kernel,
    Restart,
    Stopped,
    open_kernel,
    stop_child,
)


async def tell_and_wait(kernel: Kernel, action: Any) -> None:
    """Let `/a` do something, and wait for what comes of it."""
    await kernel.registry.resolve("/a").tell(Do(action))
    await trio.sleep_forever()


async def test_the_exception_of_the_block_leaves_as_it_is() -> None:
    """The nursery inside `open_kernel` is no business of its user."""
    with pytest.raises(LookupError, match="mine"):
        async with open_kernel(tree(puppet())):
            raise LookupError("mine")


async def test_a_group_of_the_block_stays_a_group() -> None:
    """What the user raised is not taken apart either."""
    group = ExceptionGroup("mine", [LookupError(), ValueError()])
    with pytest.raises(ExceptionGroup) as caught:
        async with open_kernel(tree(puppet())):
            raise group
    assert caught.value is group


async def test_leaving_the_block_stops_the_tree_in_order() -> None:
    """Whatever the reason for leaving."""
    stage = Stage()
    children = [stage.child(id) for id in "abc"]
    async with open_kernel(tree(*children)) as kernel:
        pass
    assert stage.take() == ["+a", "+b", "+c", "-c", "-b", "-a"]
    assert kernel.exit == Stopped("its block was left")
    with pytest.raises(LookupError):
        async with open_kernel(tree(*children)):
            raise LookupError
    assert stage.take() == ["+a", "+b", "+c", "-c", "-b", "-a"]


async def test_an_interrupt_inside_an_actor_ends_the_program(
    autojump_clock: Any,
) -> None:
    """KeyboardInterrupt is no exit value: it passes through, and the tree stops."""
    stage = Stage()

    def interrupt(me: Puppet) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        async with open_kernel(tree(stage.child("a"), stage.child("b"))) as kernel:
            await tell_and_wait(kernel, interrupt)
    assert stage.take() == ["+a", "+b", "-a", "-b"]


async def test_an_interrupt_and_an_exception_of_the_block_both_count() -> None:
    """The block's own exception wins, and the other hangs on its context."""

    async def interrupt(me: Puppet, exit: Exit) -> None:
        raise KeyboardInterrupt

    with pytest.raises(LookupError) as caught:
        async with open_kernel(tree(puppet(on_stop=interrupt))):
            raise LookupError
    assert isinstance(caught.value.__context__, KeyboardInterrupt)


async def test_an_interrupt_during_a_restart_passes_through(
    autojump_clock: Any,
) -> None:
    """A start that is interrupted is not retried."""
    starts: list[int] = []

    def on_start(me: Puppet) -> None:
        starts.append(1)
        if len(starts) > 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        async with open_kernel(tree(puppet(on_start=on_start))) as kernel:
            await tell_and_wait(kernel, crash)
    assert len(starts) == 2


async def test_two_trees_know_nothing_of_each_other() -> None:
    """No module-level state: the same paths in both, each with its own actor."""
    async with open_kernel(tree(puppet())) as one, open_kernel(tree(puppet())) as two:
        a, b = one.registry.resolve("/a"), two.registry.resolve("/a")
        await a.tell("to one")
        assert (await seen(a), await seen(b)) == (["to one"], [])
        assert await a.ask(Do(lambda me: b.ask(Do(lambda me: "across")))) == "across"


async def test_the_root_may_be_any_actor() -> None:
    """A tree of one is a tree; it has nobody who would restart it."""
    async with open_kernel(puppet("alone")) as kernel:
        assert kernel.root.path == "/"
        await kernel.root.tell(Do(crash))
        assert isinstance(await kernel.wait_closed(), Crashed)
        with pytest.raises(ActorGone):
            await kernel.root.tell("x")
    assert isinstance(kernel.exit, Crashed)


async def test_cancelling_a_tree_of_one_interrupts_it(autojump_clock: Any) -> None:
    """Nobody above it has a ladder, so `Kernel.cancel` is both rungs itself."""
    async with open_kernel(puppet("alone")) as kernel:
        await kernel.root.tell(Do(hang))
        await wait_all_tasks_blocked()
        began = trio.current_time()
        kernel.cancel("enough")
        assert await kernel.wait_closed() == Stopped("enough")
        assert trio.current_time() == began


async def test_what_is_async_is_always_a_checkpoint() -> None:
    """Also where there is nothing to wait for: no loop around it starves others."""
    async with open_kernel(tree(puppet(restart=Restart.TEMPORARY))) as kernel:
        ref = kernel.registry.resolve("/a")
        calls = [
            lambda: ref.tell("x"),
            lambda: ref.ask(Do(lambda me: 1)),
            lambda: kernel.registry.wait_for("/a"),
            lambda: stop_child(kernel.root, "a"),
            lambda: kernel.wait_gone(ref),
        ]
        for call in calls:
            with assert_checkpoints():
                await call()
        kernel.request_stop("over")
        await kernel.wait_closed()
        with assert_checkpoints():
            await kernel.wait_closed()


async def test_asks_have_deadlines_to_the_very_end(autojump_clock: Any) -> None:
    """An ask made while a cancelled tree cleans up still times out."""
    ended: list[str] = []

    async def on_stop(me: Puppet, exit: Exit) -> None:
        other = me.kernel.registry.resolve("/a")
        with pytest.raises(AskTimeout):
            await other.ask(Do(lambda me: me.defer()), within=1)
        ended.append("on time")

    with trio.move_on_after(10):
        async with open_kernel(tree(puppet(), puppet("b", on_stop=on_stop))):
            await trio.sleep_forever()
    assert ended == ["on time"]


async def test_a_crash_can_be_injected(autojump_clock: Any) -> None:
    """A test can make any actor crash, before anything that is queued for it."""
    async with open_kernel(tree(puppet(backoff=Backoff(1.0)))) as kernel:
        ref = kernel.registry.resolve("/a")
        error = LookupError("injected")
        kernel.crash(ref, error)
        await wait_all_tasks_blocked()
        assert isinstance(ref.last_exit, Crashed)
        assert ref.last_exit.error is error
        with pytest.raises(ActorRestarting):
            kernel.crash(ref, error)


async def test_a_failing_subscriber_of_reports_disturbs_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The kernel logs it and goes on."""

    def broken(report: object) -> None:
        raise LookupError("subscriber")

    async with open_kernel(tree(puppet()), on_report=broken) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(crash))
        await wait_all_tasks_blocked()
        assert ref.incarnation == 2
    assert "the subscriber of reports failed" in caplog.text
