"""The exit step: everything about an incarnation ends in one instant."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from puppets import Do, Latch, Puppet, crash, hang, puppet, tree
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import (
    ActorCrashed,
    ActorRestarting,
    Backoff,
    ChildSpec,
    Crashed,
    Down,
    MailboxSpec,
    Ref,
    Restart,
    open_kernel,
    restart_child,
    stop_child,
)

SLOW_RETURN = Backoff(60.0, 60.0)


class Witness(trio.abc.Instrument):
    """Looks at an address after every step of any task."""

    def __init__(self, look: Any) -> None:
        self.look = look
        self.sights: list[Any] = []

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        self.sights.append(self.look())


@pytest.mark.req("exit.step")
@pytest.mark.req("exit.names")
@pytest.mark.parametrize("restart", [Restart.PERMANENT, Restart.TEMPORARY])
async def test_no_checkpoint_lies_inside_the_exit_step(restart: Restart) -> None:
    """After each step of the scheduler, either all of it has happened or nothing."""
    latch = Latch()
    spec = tree(
        puppet(restart=restart, backoff=SLOW_RETURN, mailbox=MailboxSpec(bound=2)),
        puppet("watcher"),
    )

    async def then_crash(me: Puppet) -> None:
        await latch(me)
        crash(me)

    with trio.fail_after(5):
        async with open_kernel(spec) as kernel, trio.open_nursery() as nursery:
            ref = kernel.registry.resolve("/a")
            watcher = kernel.registry.resolve("/watcher")
            ended: list[str] = []

            async def ask(action: Any, name: str) -> None:
                with pytest.raises(ActorCrashed):
                    await ref.ask(Do(action))
                ended.append(name)

            nursery.start_soon(ask, lambda me: me.defer(), "deferred")
            await wait_all_tasks_blocked()
            nursery.start_soon(ask, then_crash, "in hand")
            await latch.entered.wait()
            nursery.start_soon(ask, hang, "queued")
            await wait_all_tasks_blocked()
            await ref.tell("queued tell")
            nursery.start_soon(ask, hang, "parked")
            await wait_all_tasks_blocked()
            kernel.registry.add_tag(ref, "tag", 1)
            await watcher.ask(Do(lambda me: me.watch(ref) and None))

            def look() -> tuple[Any, ...]:
                info = kernel.snapshot().find("/watcher")
                assert info is not None
                return (
                    ref.status != "running",
                    kernel.registry.lookup("tag") == (),
                    ref.last_exit is not None,
                    kernel.dead_letters.total == 1,
                    kernel.registry.whereis("/a") is None
                    or restart is Restart.PERMANENT,
                )

            witness = Witness(look)
            trio.lowlevel.add_instrument(witness)
            latch.leave.set()
            await wait_all_tasks_blocked()
            trio.lowlevel.remove_instrument(witness)
            everything = (True,) * 5
            nothing = (False,) * 4 + (restart is Restart.PERMANENT,)
            assert set(witness.sights) == {nothing, everything}
            assert sorted(ended) == ["deferred", "in hand", "parked", "queued"]


@pytest.mark.req("exit.step")
async def test_who_is_told_of_a_crash_finds_everything_done() -> None:
    """At the first moment an asker runs again, the address is detached and quiet."""
    with trio.fail_after(5):
        async with open_kernel(tree(puppet(backoff=SLOW_RETURN))) as kernel:
            ref = kernel.registry.resolve("/a")
            kernel.registry.add_tag(ref, "tag")
            with pytest.raises(ActorCrashed):
                await ref.ask(Do(crash))
            assert ref.status == "restarting"
            assert kernel.registry.lookup("tag") == ()
            assert isinstance(ref.last_exit, Crashed)
            with pytest.raises(ActorRestarting):
                ref.tell_nowait("x")


@pytest.mark.req("exit.names")
async def test_names_are_free_before_down_is_delivered() -> None:
    """Whoever handles a `Down` can look the name up and finds nobody dead."""
    found: list[Any] = []

    class Watcher(Puppet):
        async def handle(self, message: object) -> object:
            if isinstance(message, Down):
                found.append((message.ref.status, self.kernel.registry.whereis("/a")))
            return await super().handle(message)

    spec = tree(
        puppet(restart=Restart.TEMPORARY), ChildSpec(id="watcher", factory=Watcher)
    )
    with trio.fail_after(5):
        async with open_kernel(spec) as kernel:
            ref = kernel.registry.resolve("/a")
            watcher = kernel.registry.resolve("/watcher")
            await watcher.tell(Do(lambda me: me.watch(ref)))
            await wait_all_tasks_blocked()
            await ref.tell(Do(crash))
            await wait_all_tasks_blocked()
    assert found == [("gone", None)]


@pytest.mark.req("exit.putters")
async def test_senders_that_wait_for_room_are_told_of_the_crash() -> None:
    """They get the error that the askers get."""
    latch = Latch()

    async def then_crash(me: Puppet) -> None:
        await latch(me)
        crash(me)

    with trio.fail_after(5):
        async with open_kernel(tree(puppet(mailbox=MailboxSpec(bound=1)))) as kernel:
            ref = kernel.registry.resolve("/a")
            await ref.tell(Do(then_crash))
            await latch.entered.wait()
            await ref.tell("queued")
            told: list[BaseException | None] = []

            async def tell() -> None:
                with pytest.raises(ActorCrashed) as caught:
                    await ref.tell("waits for room")
                told.append(caught.value)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(tell)
                nursery.start_soon(tell)
                await wait_all_tasks_blocked()
                latch.leave.set()
            assert told[0] is not told[1]
            assert kernel.dead_letters.total == 1


async def test_an_orderly_end_answers_deferred_asks_after_on_stop() -> None:
    """`on_stop` may still answer whom the actor kept; the rest learn of the end."""
    kept: list[Any] = []

    def on_stop(me: Puppet, exit: object) -> None:
        kept[0].resolve("a last answer")

    async def ask(ref: Ref, results: list[Any]) -> None:
        try:
            results.append(await ref.ask(Do(lambda me: kept.append(me.defer()))))
        except ActorRestarting as error:
            results.append(type(error))

    with trio.fail_after(5):
        async with open_kernel(tree(puppet(on_stop=on_stop))) as kernel:
            ref = kernel.registry.resolve("/a")
            results: list[Any] = []
            async with trio.open_nursery() as nursery:
                for _ in range(2):
                    nursery.start_soon(ask, ref, results)
                    await wait_all_tasks_blocked()
                await restart_child(kernel.root, "a")
            assert sorted(results, key=str) == [ActorRestarting, "a last answer"]
            assert ref.incarnation == 2


@pytest.mark.req("exit.step")
async def test_a_killed_actor_leaves_no_asker_behind(autojump_clock: Any) -> None:
    """Whom it kept waiting is told that it did not end by itself."""

    async def stuck(me: Puppet, exit: object) -> None:
        await trio.sleep_forever()

    async with open_kernel(tree(puppet(on_stop=stuck))) as kernel:
        ref = kernel.registry.resolve("/a")
        async with trio.open_nursery() as nursery:

            async def ask() -> None:
                with pytest.raises(ActorCrashed, match="killed"):
                    await ref.ask(Do(lambda me: me.defer()), within=60)

            nursery.start_soon(ask)
            await wait_all_tasks_blocked()
            await stop_child(kernel.root, "a")


async def test_a_stop_in_order_to_come_back_says_so(autojump_clock: Any) -> None:
    """Whoever is turned away by a restart can try again; nobody hears `gone`."""
    latch = Latch()
    async with open_kernel(tree(puppet())) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(latch))
        await latch.entered.wait()
        async with trio.open_nursery() as nursery:

            async def ask() -> None:
                with pytest.raises(ActorRestarting):
                    await ref.ask(Do(hang))

            nursery.start_soon(ask)
            await wait_all_tasks_blocked()
            nursery.start_soon(restart_child, kernel.root, "a")
            await wait_all_tasks_blocked()
            with pytest.raises(ActorRestarting):
                await ref.tell("x")
            latch.leave.set()
        assert (ref.status, ref.incarnation) == ("running", 2)


async def test_an_own_end_that_comes_back_says_so() -> None:
    """A permanent actor that ended itself is restarting, not gone."""
    latch = Latch()

    async def then_stop(me: Puppet) -> None:
        await latch(me)
        me.stop()

    with trio.fail_after(5):
        async with open_kernel(tree(puppet(backoff=SLOW_RETURN))) as kernel:
            ref = kernel.registry.resolve("/a")
            await ref.tell(Do(then_stop))
            await latch.entered.wait()
            async with trio.open_nursery() as nursery:

                async def ask() -> None:
                    with pytest.raises(ActorRestarting):
                        await ref.ask(Do(hang))

                nursery.start_soon(ask)
                await wait_all_tasks_blocked()
                latch.leave.set()
            await wait_all_tasks_blocked()
            assert ref.status == "restarting"
            assert kernel.registry.whereis("/a") is ref
