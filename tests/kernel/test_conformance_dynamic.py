"""Children on request: limits, names, parallel stops, clean contexts."""

from __future__ import annotations

import contextvars
from typing import Any

import attrs
import pytest
import trio
from puppets import Do, Latch, Puppet, Stage, crash, puppet, tree
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import (
    ActorCrashed,
    ActorGone,
    AlreadyStarted,
    AskTimeout,
    Backoff,
    Crashed,
    Exit,
    Intensity,
    Kernel,
    Normal,
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
from fugue_actors.kernel.supervision import StartChild, StopChild

POOL = dynamic_supervisor("pool")


def pool_of(kernel: Kernel) -> Ref:
    return kernel.registry.resolve("/pool")


@pytest.mark.req("sup.dynamic")
async def test_children_come_and_go_on_request() -> None:
    """A start answers with the address, a stop with the exit."""
    async with open_kernel(tree(POOL)) as kernel:
        pool = pool_of(kernel)
        assert await list_children(pool) == ()
        a = await start_child(pool, puppet("a"))
        b = await start_child(pool, puppet("b"))
        assert [info.ref for info in await list_children(pool)] == [a, b]
        assert (a.path, a.status) == ("/pool/a", "running")
        assert await stop_child(pool, "a", reason="done") == Stopped("done")
        assert [info.id for info in await list_children(pool)] == ["b"]
        assert a.status == "gone"


@pytest.mark.req("sup.dynamic")
async def test_max_children_is_exact() -> None:
    """One more is refused as busy; one less makes room."""
    spec = tree(dynamic_supervisor("pool", max_children=2))
    async with open_kernel(spec) as kernel:
        pool = pool_of(kernel)
        for id in "ab":
            await start_child(pool, puppet(id))
        with pytest.raises(Refused, match="2 children") as caught:
            await start_child(pool, puppet("c"))
        assert caught.value.code == "Busy"
        await stop_child(pool, "a")
        await start_child(pool, puppet("c"))


@pytest.mark.req("registry.unique")
async def test_a_second_start_of_an_id_disturbs_nothing() -> None:
    """It is told who has the id, also while that one is coming back."""
    spec = tree(POOL)
    async with open_kernel(spec) as kernel:
        pool = pool_of(kernel)
        ref = await start_child(pool, puppet(backoff=Backoff(60.0, 60.0)))
        await ref.tell("kept")
        with pytest.raises(AlreadyStarted, match="/pool/a") as caught:
            await start_child(pool, puppet())
        assert caught.value.ref is ref
        assert await ref.ask(Do(lambda me: me.seen)) == ["kept"]
        await ref.tell(Do(crash))
        await wait_all_tasks_blocked()
        with pytest.raises(AlreadyStarted) as again:
            await start_child(pool, puppet())
        assert again.value.ref is ref


@pytest.mark.parametrize("restart", Restart)
async def test_a_child_that_does_not_come_back_frees_its_id(restart: Restart) -> None:
    """A dynamic supervisor keeps no spec it will not use."""
    async with open_kernel(tree(POOL)) as kernel:
        pool = pool_of(kernel)
        ref = await start_child(pool, puppet(restart=restart))
        await ref.tell(Do(lambda me: me.stop()))
        await wait_all_tasks_blocked()
        if restart is Restart.PERMANENT:
            assert ref.incarnation == 2
        else:
            assert await list_children(pool) == ()
            assert ref.last_exit == Normal()
            again = await start_child(pool, puppet())
            assert again is not ref


async def test_an_id_is_free_as_soon_as_its_end_is_known(autojump_clock: Any) -> None:
    """Whoever learned of a crash can start anew, although it still cleans up."""

    async def slow(me: Puppet, exit: object) -> None:
        await trio.sleep(2)

    async with open_kernel(tree(POOL)) as kernel:
        pool = pool_of(kernel)
        spec = puppet(on_stop=slow, restart=Restart.TEMPORARY)
        ref = await start_child(pool, spec)
        began = trio.current_time()
        with pytest.raises(ActorCrashed):
            await ref.ask(Do(crash))
        again = await start_child(pool, spec)
        assert again is not ref
        assert trio.current_time() - began == 2


@pytest.mark.req("sup.dynamic")
async def test_children_stop_in_parallel_each_with_its_own_time(
    autojump_clock: Any,
) -> None:
    """All together take as long as the slowest of them."""
    ended: dict[str, float] = {}

    def slow(seconds: float) -> Any:
        async def on_stop(me: Puppet, exit: object) -> None:
            await trio.sleep(seconds)
            ended[me.ref.id] = trio.current_time() - began

        return on_stop

    async with open_kernel(tree(POOL)) as kernel:
        pool = pool_of(kernel)
        for id, seconds in (("a", 4), ("b", 1), ("c", 2)):
            await start_child(pool, puppet(id, on_stop=slow(seconds), shutdown=10))
        began = trio.current_time()
    assert ended == {"a": 4, "b": 1, "c": 2}
    assert trio.current_time() - began == 4


async def test_stopping_one_child_keeps_no_other_request_waiting(
    autojump_clock: Any,
) -> None:
    """The ladder of one child runs beside the supervisor's own work."""

    async def slow(me: Puppet, exit: object) -> None:
        await trio.sleep(3)

    async with open_kernel(tree(POOL)) as kernel:
        pool = pool_of(kernel)
        await start_child(pool, puppet("a", on_stop=slow))
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stop_child, pool, "a")
            await wait_all_tasks_blocked()
            (info,) = await list_children(pool)
            assert info.state == "stopping"
            await start_child(pool, puppet("b"))
            with pytest.raises(AlreadyStarted):
                await start_child(pool, puppet("a"))
            with pytest.raises(Refused, match="is being stopped"):
                await restart_child(pool, "a")
            assert trio.current_time() == began
        assert trio.current_time() - began == 3
        assert [info.id for info in await list_children(pool)] == ["b"]


async def test_leaving_while_a_child_is_being_stopped(autojump_clock: Any) -> None:
    """The supervisor's own end takes the ladder of the child up again."""
    asked: list[Any] = []

    async def slow(me: Puppet, exit: object) -> None:
        await trio.sleep(3)

    async with open_kernel(tree(POOL)) as kernel, trio.open_nursery() as nursery:
        pool = pool_of(kernel)
        ref = await start_child(pool, puppet("a", on_stop=slow))

        async def stop() -> None:
            with pytest.raises(ActorGone):
                await stop_child(pool, "a")
            asked.append("told")

        nursery.start_soon(stop)
        await wait_all_tasks_blocked()
        kernel.request_stop("closing")
        await kernel.wait_closed()
    assert asked == ["told"]
    assert isinstance(ref.last_exit, Stopped)


async def test_a_child_that_crashes_while_it_is_being_stopped(
    autojump_clock: Any,
) -> None:
    """Its exit answers the stop, and it is not restarted."""

    async def late_bug(me: Puppet) -> None:
        await trio.sleep(1)
        crash(me)

    async with open_kernel(tree(POOL)) as kernel:
        pool = pool_of(kernel)
        ref = await start_child(pool, puppet())
        await ref.tell(Do(late_bug))
        await wait_all_tasks_blocked()
        assert isinstance(await stop_child(pool, "a"), Crashed)
        assert await list_children(pool) == ()
        assert ref.status == "gone"


async def test_stopping_a_child_that_waits_for_its_restart(autojump_clock: Any) -> None:
    """Nobody runs, so there is no exit to tell; the restart is called off."""
    stage = Stage()
    async with open_kernel(tree(POOL)) as kernel:
        pool = pool_of(kernel)
        ref = await start_child(pool, stage.child("a", backoff=Backoff(10.0)))
        await ref.tell(Do(crash))
        await wait_all_tasks_blocked()
        assert await stop_child(pool, "a") is None
        await trio.sleep(60)
        assert stage.take() == ["+a", "-a"]
        assert await list_children(pool) == ()


async def test_restarting_a_dynamic_child_on_request() -> None:
    """The same address, a new incarnation; a temporary child that fails is gone."""
    stage = Stage()
    async with open_kernel(tree(POOL)) as kernel:
        pool = pool_of(kernel)
        ref = await start_child(pool, stage.child("a", restart=Restart.TEMPORARY))
        assert await restart_child(pool, "a") is ref
        assert ref.incarnation == 2
        stage.failing["a"] = 1
        with pytest.raises(OSError, match="a cannot start"):
            await restart_child(pool, "a")
        assert ref.status == "gone"
        assert await list_children(pool) == ()


@pytest.mark.req("start.context")
async def test_a_child_outlives_the_handler_that_asked_for_it(
    autojump_clock: Any,
) -> None:
    """Started from a handler that is then cancelled, it lives on, and clean."""
    variable = contextvars.ContextVar("variable", default="clean")
    latch = Latch()

    async def start_and_die(me: Puppet) -> None:
        variable.set("dirty")
        pool = me.kernel.registry.resolve("/pool")
        with trio.fail_after(30):
            await start_child(pool, puppet("child"))
            await latch(me)

    async with open_kernel(tree(POOL, puppet(shutdown=0))) as kernel:
        await kernel.registry.resolve("/a").tell(Do(start_and_die))
        await latch.entered.wait()
        await stop_child(kernel.root, "a")
        child = kernel.registry.resolve("/pool/child")
        assert child.status == "running"
        assert await child.ask(Do(lambda me: variable.get())) == "clean"
        await trio.sleep(100)
        assert child.incarnation == 1


async def test_an_impatient_starter_does_not_stop_the_start(
    autojump_clock: Any,
) -> None:
    """The start goes on without it; asking again says who is there."""

    async def slow(me: Puppet) -> None:
        await trio.sleep(5)

    async with open_kernel(tree(POOL)) as kernel:
        pool = pool_of(kernel)
        with pytest.raises(AskTimeout):
            await start_child(pool, puppet(on_start=slow), within=1)
        with pytest.raises(AlreadyStarted) as caught:
            await start_child(pool, puppet())
        assert caught.value.ref.status == "running"


async def test_a_dynamic_child_is_restarted_like_any_other() -> None:
    """One for one, with the supervisor's intensity."""
    stage = Stage()
    spec = tree(
        dynamic_supervisor("pool", intensity=Intensity(1), restart=Restart.TRANSIENT)
    )
    async with open_kernel(spec) as kernel:
        pool = pool_of(kernel)
        a = await start_child(pool, stage.child("a"))
        b = await start_child(pool, stage.child("b"))
        stage.take()
        await a.tell(Do(crash))
        await wait_all_tasks_blocked()
        assert stage.take() == ["-a", "+a"]
        await b.tell(Do(crash))
        await wait_all_tasks_blocked()
        assert stage.take() == ["-b", "-a"]
        assert (pool.status, a.status, b.status) == ("gone",) * 3


async def test_dynamic_children_do_not_return_with_their_supervisor(
    autojump_clock: Any,
) -> None:
    """Nobody would ask for them again, so their addresses are gone."""
    spec = tree(dynamic_supervisor("pool", backoff=Backoff(10.0)))
    async with open_kernel(spec) as kernel:
        pool = pool_of(kernel)
        a = await start_child(pool, puppet("a"))
        b = await start_child(pool, puppet("b", backoff=Backoff(1000.0, 1000.0)))
        await b.tell(Do(crash))
        await wait_all_tasks_blocked()
        kernel.crash(pool, ZeroDivisionError())
        await wait_all_tasks_blocked()
        assert (pool.status, a.status, b.status) == ("restarting", "gone", "gone")
        await kernel.registry.wait_for("/pool")
        assert await list_children(pool) == ()


@pytest.mark.parametrize("kind", ["fixed", "dynamic"])
async def test_an_end_that_the_supervisor_never_reckoned_with(
    autojump_clock: Any, kind: str
) -> None:
    """A child still cleans up after a crash when its supervisor is stopped: gone."""

    async def slow(me: Puppet, exit: object) -> None:
        await trio.sleep(2)

    child = puppet(on_stop=slow)
    spec = supervisor("pool", [child]) if kind == "fixed" else POOL
    async with open_kernel(tree(spec)) as kernel:
        pool = pool_of(kernel)
        if kind == "dynamic":
            await start_child(pool, child)
        ref = kernel.registry.resolve("/pool/a")
        await ref.tell(Do(crash))
        await wait_all_tasks_blocked()
        assert ref.status == "restarting"
        await stop_child(kernel.root, "pool")
        assert ref.status == "gone"
        assert kernel.registry.whereis("/pool/a") is None


async def test_told_requests_need_no_answer() -> None:
    """A start or stop that nobody waits for is carried out all the same."""
    stage = Stage()
    stage.failing["b"] = 1
    async with open_kernel(tree(POOL)) as kernel:
        pool = pool_of(kernel)
        await pool.tell(StartChild(spec=stage.child("a")))
        await pool.tell(StartChild(spec=stage.child("b")))
        await wait_all_tasks_blocked()
        await pool.tell(StopChild(id="a", reason=""))
        await wait_all_tasks_blocked()
        assert stage.take() == ["+a", "!b", "-a"]
        assert (pool.incarnation, await list_children(pool)) == (1, ())


@pytest.mark.req("sup.dynamic")
async def test_a_stop_may_come_in_the_moment_in_which_another_ends() -> None:
    """Whichever of the two is reckoned with first, the supervisor goes on."""
    async with open_kernel(tree(POOL)) as kernel:
        pool = pool_of(kernel)

        def stop_again(me: Puppet, exit: Exit) -> None:
            pool.tell_nowait(StopChild(id=me.ref.id, reason=""))

        for number in range(20):  # of two tasks, either may be the first to run
            child = puppet(f"c{number}", on_stop=stop_again)
            await start_child(pool, child)
            await stop_child(pool, child.id)
        assert (pool.incarnation, await list_children(pool)) == (1, ())


async def test_cancelling_a_supervisor_in_a_start_leaves_no_child(
    autojump_clock: Any,
) -> None:
    """A supervisor that is cut off while a child starts ends that start, too."""

    async def forever(me: Puppet) -> None:
        await trio.sleep_forever()

    spec = tree(attrs.evolve(POOL, shutdown=0.0))
    async with open_kernel(spec) as kernel, trio.open_nursery() as nursery:
        pool = pool_of(kernel)

        async def start() -> None:
            with pytest.raises(ActorGone):
                await start_child(pool, puppet(on_start=forever, start_within=1e4))

        nursery.start_soon(start)
        await wait_all_tasks_blocked()
        await stop_child(kernel.root, "pool")
        assert kernel.registry.whereis("/pool") is None
        assert [actor.path for actor in kernel.snapshot().actors] == ["/", "/pool"]
