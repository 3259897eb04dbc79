"""One actor: readiness, start failures, its own end, crashes, refusals, helpers."""

from __future__ import annotations

import contextvars
import logging
from typing import Any

import pytest
import trio
from puppets import Do, Latch, Puppet, crash, puppet, seen, tree
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import (
    Actor,
    ActorCrashed,
    ActorGone,
    ActorRestarting,
    ChildSpec,
    Crashed,
    ExitReport,
    KernelBug,
    Normal,
    Ref,
    Refused,
    RefusedReport,
    Restart,
    StartTimeout,
    dynamic_supervisor,
    leaves,
    list_children,
    open_kernel,
    start_child,
    supervisor,
)

DYNAMIC = dynamic_supervisor("pool")


@pytest.mark.req("start.ready")
async def test_nothing_finds_an_actor_before_it_is_ready() -> None:
    """`start` returns after `on_start`, and until then the path leads nowhere."""
    latch = Latch()
    early: list[Ref] = []

    async def on_start(me: Puppet) -> None:
        early.append(me.ref)
        await latch(me)

    with trio.fail_after(5):
        async with open_kernel(tree(DYNAMIC)) as kernel, trio.open_nursery() as nursery:
            pool = kernel.registry.resolve("/pool")
            started: list[Ref] = []

            async def start() -> None:
                started.append(await start_child(pool, puppet(on_start=on_start)))

            nursery.start_soon(start)
            await latch.entered.wait()
            assert kernel.registry.whereis("/pool/a") is None
            with pytest.raises(ActorRestarting):
                await early[0].ask(Do(lambda me: "too early"))
            assert started == []
            latch.leave.set()
            ref = await kernel.registry.wait_for("/pool/a")
            assert await ref.ask(Do(lambda me: "ready")) == "ready"


@pytest.mark.req("spec.fresh")
async def test_each_incarnation_is_a_new_object() -> None:
    """Nothing survives a restart in the actor itself."""
    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            before = await ref.ask(Do(lambda me: me))
            await ref.tell("remember")
            await ref.tell(Do(crash))
            await wait_all_tasks_blocked()
            after = await ref.ask(Do(lambda me: me))
            assert after is not before
            assert await seen(ref) == []
            assert (ref.incarnation, ref.restarts) == (2, 1)


@pytest.mark.req("start.failure")
async def test_a_failing_start_reaches_the_starter_unwrapped() -> None:
    """The starter sees the exception itself, and the name is free again."""

    def fail(me: Puppet) -> None:
        raise LookupError("no such thing")

    with trio.fail_after(5):
        async with open_kernel(tree(DYNAMIC)) as kernel:
            pool = kernel.registry.resolve("/pool")
            with pytest.raises(LookupError, match="no such thing"):
                await start_child(pool, puppet(on_start=fail))
            assert kernel.registry.whereis("/pool/a") is None
            assert await list_children(pool) == ()
            ref = await start_child(pool, puppet())
            assert ref.status == "running"


@pytest.mark.req("start.failure")
async def test_a_failing_factory_is_a_failing_start() -> None:
    """It makes no difference whether the object or its start is broken."""

    def broken() -> Actor:
        raise LookupError("no object")

    with pytest.raises(LookupError, match="no object"):
        async with open_kernel(tree(ChildSpec(id="a", factory=broken))):
            pytest.fail("opened")


async def test_a_helper_that_crashes_during_the_start_fails_the_start() -> None:
    """The start belongs to the helpers, too."""

    async def bug() -> None:
        raise LookupError("in a helper")

    async def on_start(me: Puppet) -> None:
        me.nursery.start_soon(bug)
        await trio.sleep_forever()

    with trio.fail_after(5), pytest.raises(LookupError, match="in a helper"):
        async with open_kernel(tree(puppet(on_start=on_start))):
            pytest.fail("opened")


@pytest.mark.req("start.within")
async def test_a_start_that_takes_too_long_fails(autojump_clock: Any) -> None:
    """The limit lies around the start; too slow is a start failure."""

    async def forever(me: Puppet) -> None:
        await trio.sleep_forever()

    async with open_kernel(tree(DYNAMIC)) as kernel:
        pool = kernel.registry.resolve("/pool")
        began = trio.current_time()
        with pytest.raises(StartTimeout) as caught:
            await start_child(pool, puppet(on_start=forever, start_within=7.0))
        assert caught.value.code == "Timeout"
        assert trio.current_time() - began == 7.0
        assert kernel.registry.whereis("/pool/a") is None
        assert (await start_child(pool, puppet())).status == "running"


@pytest.mark.req("start.cancelled")
async def test_cancelling_a_starter_leaves_no_task_and_no_name(
    autojump_clock: Any,
) -> None:
    """A tree whose opening is cancelled in `on_start` is gone without a trace."""
    refs: list[Ref] = []

    async def forever(me: Puppet) -> None:
        refs.append(me.ref)
        await trio.sleep_forever()

    before = trio.lowlevel.current_statistics().tasks_living
    with trio.move_on_after(1) as scope:
        async with open_kernel(tree(puppet("early"), puppet(on_start=forever))):
            pytest.fail("opened")
    assert scope.cancelled_caught
    assert trio.lowlevel.current_statistics().tasks_living == before
    assert refs[0].kernel.registry.whereis("/early") is None
    assert refs[0].kernel.registry.whereis("/a") is None


@pytest.mark.req("start.cancelled")
async def test_a_starter_cancelled_at_the_last_moment_does_not_hang(
    autojump_clock: Any,
) -> None:
    """Readiness in a cancelled start: no adoption, hence no shield; it cleans up."""
    cleaned: list[str] = []
    refs: list[Ref] = []

    with trio.fail_after(60):
        with trio.CancelScope() as scope:

            def on_start(me: Puppet) -> None:
                refs.append(me.ref)
                scope.cancel()

            def on_stop(me: Puppet, exit: object) -> None:
                cleaned.append(str(exit))

            async with open_kernel(tree(puppet(on_start=on_start, on_stop=on_stop))):
                pytest.fail("opened")
    assert scope.cancelled_caught
    assert cleaned == ["stopped (cancelled)"]
    assert refs[0].kernel.registry.whereis("/a") is None
    assert refs[0].status == "gone"


@pytest.mark.req("start.context")
async def test_nothing_of_the_requester_leaks_into_a_dynamic_child(
    autojump_clock: Any,
) -> None:
    """Neither its context variables, nor its deadline, nor its scopes."""
    variable = contextvars.ContextVar("variable", default="clean")

    def look(me: Puppet) -> str:
        return variable.get()

    async with open_kernel(tree(DYNAMIC)) as kernel:
        pool = kernel.registry.resolve("/pool")
        with trio.CancelScope() as scope:
            variable.set("dirty")
            ref = await start_child(pool, puppet())
            scope.cancel()
        assert await ref.ask(Do(look)) == "clean"
        deadline = await ref.ask(
            Do(lambda me: trio.current_effective_deadline()), within=5
        )
        assert deadline == float("inf")


@pytest.mark.parametrize("reason", ["", "work is done"])
async def test_an_actor_that_ends_itself_exits_normally(reason: str) -> None:
    """`stop` is not a failure; a temporary actor is then gone."""
    reports: list[ExitReport] = []
    spec = tree(puppet(restart=Restart.TEMPORARY))
    with trio.fail_after(5):
        async with open_kernel(spec, on_report=reports.append) as kernel:
            ref = kernel.registry.resolve("/a")
            assert await ref.ask(Do(lambda me: me.stop(reason))) is None
            assert await kernel.wait_gone(ref) == Normal(reason)
            with pytest.raises(ActorGone):
                await ref.tell("late")
    assert reports[0].exit == Normal(reason)


async def test_the_first_wish_to_end_counts() -> None:
    """An actor that stops itself twice has ended once, for its first reason."""

    def stop_twice(me: Puppet) -> None:
        me.stop("first")
        me.stop("second")

    with trio.fail_after(5):
        async with open_kernel(tree(puppet(restart=Restart.TEMPORARY))) as kernel:
            ref = kernel.registry.resolve("/a")
            await ref.tell(Do(stop_twice))
            assert await kernel.wait_gone(ref) == Normal("first")


async def test_an_idle_actor_can_end_itself_from_a_helper() -> None:
    """A helper's `stop` wakes the actor that waits for messages."""

    async def helper(me: Puppet) -> None:
        await wait_all_tasks_blocked()
        me.stop("seen from a helper")

    def on_start(me: Puppet) -> None:
        me.nursery.start_soon(helper, me)

    with trio.fail_after(5):
        async with open_kernel(
            tree(puppet(on_start=on_start, restart=Restart.TEMPORARY))
        ) as kernel:
            ref = kernel.registry.resolve("/a")
            assert await kernel.wait_gone(ref) == Normal("seen from a helper")


@pytest.mark.req("crash.ask")
@pytest.mark.parametrize("told", [True, False])
async def test_a_bug_crashes_the_actor_however_it_was_asked(told: bool) -> None:
    """Tell or ask makes no difference: the supervisor decides about both."""
    reports: list[ExitReport] = []
    with trio.fail_after(5):
        async with open_kernel(tree(puppet()), on_report=reports.append) as kernel:
            ref = kernel.registry.resolve("/a")
            if told:
                await ref.tell(Do(crash))
            else:
                with pytest.raises(ActorCrashed, match="/a#1") as caught:
                    await ref.ask(Do(crash))
                assert caught.value.code == "Internal"
                assert isinstance(caught.value.__cause__, ZeroDivisionError)
            await wait_all_tasks_blocked()
            assert ref.incarnation == 2
    exit = reports[0].exit
    assert isinstance(exit, Crashed)
    assert isinstance(exit.error, ZeroDivisionError)


async def crash_in_helper(me: Puppet) -> None:
    async def bug() -> None:
        crash(me)

    me.nursery.start_soon(bug)
    await trio.sleep_forever()


@pytest.mark.req("crash.ask")
@pytest.mark.req("crash.helper")
@pytest.mark.parametrize("bug", [crash, crash_in_helper])
async def test_an_asker_learns_of_a_crash_before_the_clean_up(
    autojump_clock: Any, bug: Any
) -> None:
    """Immediately means now, not after `on_stop` has taken its time."""

    async def slow(me: Puppet, exit: object) -> None:
        await trio.sleep(3)

    async with open_kernel(tree(puppet(on_stop=slow))) as kernel:
        ref = kernel.registry.resolve("/a")
        began = trio.current_time()
        with pytest.raises(ActorCrashed):
            await ref.ask(Do(bug))
        assert trio.current_time() == began
        with pytest.raises(ActorRestarting):
            await ref.ask(Do(crash))


@pytest.mark.req("error.notes")
async def test_a_crash_says_what_was_being_handled() -> None:
    """Context travels as notes."""
    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            with pytest.raises(ActorCrashed) as caught:
                await kernel.registry.resolve("/a").ask(Do(crash))
            cause = caught.value.__cause__
            assert cause is not None
            assert cause.__notes__[0].startswith("while handling Do in /a#1")


def refuse(me: Puppet) -> None:
    raise Refused("NotAllowed", "not on a Sunday", hint="come back")


async def refuse_in_a_group(me: Puppet) -> None:
    async with trio.open_nursery():
        refuse(me)


@pytest.mark.req("refused.ask")
@pytest.mark.parametrize("action", [refuse, refuse_in_a_group])
async def test_a_refusal_reaches_the_asker_and_the_actor_lives(action: Any) -> None:
    """Refused is an answer, not a bug, even if a nursery has wrapped it."""
    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            with pytest.raises(Refused, match="Sunday") as caught:
                await ref.ask(Do(action))
            assert (caught.value.code, caught.value.hint) == ("NotAllowed", "come back")
            assert ref.incarnation == 1
            assert await ref.ask(Do(lambda me: "alive")) == "alive"


@pytest.mark.req("refused.tell")
async def test_a_refused_tell_is_logged_and_published(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody waits for it, so the log and the subscriber of reports are told."""
    reports: list[RefusedReport] = []
    with trio.fail_after(5):
        async with open_kernel(tree(puppet()), on_report=reports.append) as kernel:
            ref = kernel.registry.resolve("/a")
            await ref.tell(Do(refuse))
            await wait_all_tasks_blocked()
            assert ref.incarnation == 1
            assert reports == [
                RefusedReport(
                    path="/a",
                    incarnation=1,
                    message_type="Do",
                    code="NotAllowed",
                    message="not on a Sunday",
                )
            ]
    assert "/a refused Do: not on a Sunday" in caplog.text


@pytest.mark.req("crash.helper")
async def test_a_bug_in_a_helper_crashes_the_actor_by_its_leaf() -> None:
    """However deep the nursery of the helper, the exit names the bug itself."""
    reports: list[ExitReport] = []

    async def bug() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bug_itself)

    async def bug_itself() -> None:
        raise ZeroDivisionError("in a helper")

    with trio.fail_after(5):
        async with open_kernel(tree(puppet()), on_report=reports.append) as kernel:
            ref = kernel.registry.resolve("/a")
            await ref.ask(Do(lambda me: me.nursery.start_soon(bug)))
            await wait_all_tasks_blocked()
            assert ref.incarnation == 2
    exit = reports[0].exit
    assert isinstance(exit, Crashed)
    assert isinstance(exit.error, ZeroDivisionError)


@pytest.mark.req("crash.helper")
async def test_a_crashing_helper_fails_the_ask_in_hand() -> None:
    """The handler is interrupted, and its asker told that it was a crash."""

    async def bug() -> None:
        raise ZeroDivisionError

    async def start_and_wait(me: Puppet) -> None:
        me.nursery.start_soon(bug)
        await trio.sleep_forever()

    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            with pytest.raises(ActorCrashed):
                await kernel.registry.resolve("/a").ask(Do(start_and_wait))


async def test_several_failures_of_one_actor_are_one_exit() -> None:
    """Handler and helpers that fail together are all in the exit."""
    reports: list[ExitReport] = []

    async def together(me: Puppet) -> None:
        async with trio.open_nursery() as nursery:
            for error in (ValueError(), KeyError()):

                async def bug(error: Exception = error) -> None:
                    raise error

                nursery.start_soon(bug)

    with trio.fail_after(5):
        async with open_kernel(tree(puppet()), on_report=reports.append) as kernel:
            await kernel.registry.resolve("/a").tell(Do(together))
            await wait_all_tasks_blocked()
    exit = reports[0].exit
    assert isinstance(exit, Crashed)
    assert {type(leaf) for leaf in leaves(exit.error)} == {ValueError, KeyError}


async def test_a_flood_of_messages_leaves_others_their_turn() -> None:
    """However full its mailbox, an actor does not keep the loop for itself."""
    handled: list[int] = []
    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            for _ in range(100):
                ref.tell_nowait(Do(lambda me: handled.append(1)))
            seen = []
            while len(handled) < 100:
                await trio.lowlevel.checkpoint()
                seen.append(len(handled))
            assert len(seen) > 10


async def test_the_clean_up_after_a_crash_has_no_asker_and_no_deadline(
    autojump_clock: Any,
) -> None:
    """The message that ended the actor is out of its hands in `on_stop`."""
    found: list[Any] = []

    async def ask_late(me: Puppet, exit: object) -> None:
        await trio.sleep(2)
        other = me.kernel.registry.resolve("/b")
        found.append((me.sender, await other.ask(Do(lambda me: "answered"))))

    async def crash_a(me: Puppet) -> None:
        a = me.kernel.registry.resolve("/a")
        with pytest.raises(ActorCrashed):
            await a.ask(Do(crash), within=1)

    spec = tree(puppet("b"), puppet("a", on_stop=ask_late), puppet("c"))
    async with open_kernel(spec) as kernel:
        await kernel.registry.resolve("/c").ask(Do(crash_a))
        await trio.sleep(3)
    assert found[0] == (None, "answered")


async def test_helpers_have_ended_before_on_stop() -> None:
    """`on_stop` has the actor's state to itself."""
    order: list[str] = []

    async def helper() -> None:
        try:
            await trio.sleep_forever()
        finally:
            order.append("helper")

    def on_start(me: Puppet) -> None:
        me.nursery.start_soon(helper)

    def on_stop(me: Puppet, exit: object) -> None:
        order.append("on_stop")

    with trio.fail_after(5):
        spec = puppet(on_start=on_start, on_stop=on_stop)
        async with open_kernel(tree(spec)):
            await wait_all_tasks_blocked()
    assert order == ["helper", "on_stop"]


async def test_a_failing_clean_up_after_a_crash_hides_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The crash stays the exit; what failed after it is reported beside it."""
    reports: list[ExitReport] = []

    def on_stop(me: Puppet, exit: object) -> None:
        raise LookupError("second")

    with trio.fail_after(5):
        async with open_kernel(
            tree(puppet(on_stop=on_stop, restart=Restart.TEMPORARY)),
            on_report=reports.append,
        ) as kernel:
            ref = kernel.registry.resolve("/a")
            await ref.tell(Do(crash))
            await kernel.wait_gone(ref)
            await wait_all_tasks_blocked()
    exit = reports[0].exit
    assert isinstance(exit, Crashed)
    assert isinstance(exit.error, ZeroDivisionError)
    assert [type(error) for error in reports[0].further] == [LookupError]
    assert "second" in caplog.text


async def test_an_actor_without_a_handler_is_a_bug() -> None:
    """A message nobody wrote code for does not vanish."""
    with trio.fail_after(5):
        async with open_kernel(tree(ChildSpec(id="a", factory=Actor))) as kernel:
            with pytest.raises(ActorCrashed) as caught:
                await kernel.registry.resolve("/a").ask(Do(crash))
            assert isinstance(caught.value.__cause__, KernelBug)


async def test_an_actor_knows_its_place() -> None:
    """Its own address, its tree, its parent, and who sent the message in its hands."""
    spec = tree(supervisor("mid", [puppet("a"), puppet("b")]))
    with trio.fail_after(5):
        async with open_kernel(spec, name="here") as kernel:
            a = kernel.registry.resolve("/mid/a")
            b = kernel.registry.resolve("/mid/b")
            place = Do(lambda me: (me.ref, me.kernel, me.parent, me.sender))
            mid = kernel.registry.resolve("/mid")
            assert await a.ask(place) == (a, kernel, mid, None)
            assert (await b.ask(Do(lambda me: a.ask(place))))[-1] is b
            assert repr(a) == "<Ref /mid/a#1 running>"
            assert a.id == "a"
            root = kernel.root
            assert (root.path, root.id, kernel.name) == ("/", "root", "here")


async def test_an_exit_frees_the_state_of_the_dead_actor(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The exit is kept for late watchers; the frames of its traceback are not."""
    caplog.set_level(logging.ERROR)
    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            await ref.tell(Do(crash))
            await wait_all_tasks_blocked()
            exit = ref.last_exit
            assert isinstance(exit, Crashed)
            trace = exit.error.__traceback__
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            assert trace is not None
            assert trace.tb_frame.f_code.co_name == "crash"
            assert trace.tb_frame.f_locals == {}
