"""Tell and ask: order, deadlines, deferral, cancellation, absence, rings."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import trio
from puppets import Do, Latch, Puppet, crash, hang, nap, puppet, seen, tree
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import (
    ActorCrashed,
    ActorGone,
    ActorRestarting,
    AskCycle,
    AskTimeout,
    Backoff,
    KernelBug,
    MailboxFull,
    MailboxSpec,
    Overflow,
    Ref,
    Refused,
    Reply,
    Restart,
    dynamic_supervisor,
    list_children,
    open_kernel,
    start_child,
    stop_child,
)

if TYPE_CHECKING:
    from pathlib import Path

NARROW = MailboxSpec(bound=1)


async def test_an_ask_is_answered_with_what_the_handler_returns() -> None:
    """`None` is an answer, too."""
    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            assert await ref.ask(Do(lambda me: 42)) == 42
            assert await ref.ask(Do(lambda me: None)) is None


@pytest.mark.slow
def test_a_checker_knows_the_type_of_a_reply(tmp_path: Path) -> None:
    """The request class carries it; a wrong use of the answer is a type error."""
    pytest.importorskip("mypy")
    (tmp_path / "snippet.py").write_text(
        "from fugue_actors.kernel import Ref, Request\n"
        "class Count(Request[int]): ...\n"
        "async def use(ref: Ref) -> None:\n"
        "    right: int = await ref.ask(Count())\n"
        "    wrong: str = await ref.ask(Count())\n"
        "    await ref.ask('no request')\n",
        encoding="utf-8",
    )
    found = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path), "snippet.py"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "snippet.py:4" not in found.stdout, found.stdout
    assert "snippet.py:5" in found.stdout
    assert "snippet.py:6" in found.stdout


@pytest.mark.req("tell.order")
async def test_messages_of_one_sender_arrive_in_order() -> None:
    """Whether a tell had to wait for room or not."""
    with trio.fail_after(5):
        async with open_kernel(tree(puppet(mailbox=NARROW))) as kernel:
            ref = kernel.registry.resolve("/a")
            for number in range(50):
                await ref.tell(number)
            assert await seen(ref) == list(range(50))


@pytest.mark.req("tell.order")
async def test_nobody_overtakes_a_waiting_sender() -> None:
    """Those who wait for room are served in order, asks among them."""
    latch = Latch()
    with trio.fail_after(5):
        async with open_kernel(tree(puppet(mailbox=NARROW))) as kernel:
            ref = kernel.registry.resolve("/a")
            await ref.tell(Do(latch))
            await latch.entered.wait()
            await ref.tell("queued")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ref.tell, "first")
                await wait_all_tasks_blocked()
                nursery.start_soon(ref.ask, Do(lambda me: me.seen.append("asked")))
                await wait_all_tasks_blocked()
                nursery.start_soon(ref.tell, "last")
                await wait_all_tasks_blocked()
                with pytest.raises(trio.WouldBlock):
                    ref.tell_nowait("barging")
                latch.leave.set()
            assert await seen(ref) == ["queued", "first", "asked", "last"]


@pytest.mark.req("tell.never_silent")
@pytest.mark.parametrize("way", ["tell", "tell_nowait"])
async def test_a_tell_that_cannot_be_queued_raises(way: str) -> None:
    """Full, restarting or gone: the sender is told, by exception and not by boolean."""

    async def send(ref: Ref) -> None:
        if way == "tell":
            await ref.tell("x")
        else:
            ref.tell_nowait("x")

    rejecting = MailboxSpec(bound=1, overflow=Overflow.REJECT)
    latch = Latch()
    spec = tree(puppet(mailbox=rejecting, backoff=Backoff(60.0, 60.0)))
    with trio.fail_after(5):
        async with open_kernel(spec) as kernel:
            ref = kernel.registry.resolve("/a")
            await ref.tell(Do(latch))
            await latch.entered.wait()
            await send(ref)
            with pytest.raises(MailboxFull):
                await send(ref)
            latch.leave.set()
            await wait_all_tasks_blocked()
            await ref.tell(Do(crash))
            await wait_all_tasks_blocked()
            with pytest.raises(ActorRestarting) as caught:
                await send(ref)
            assert caught.value.code == "Restarting"
            await stop_child(kernel.root, "a")
            with pytest.raises(ActorGone) as gone:
                await send(ref)
            assert gone.value.code == "Unavailable"
            assert kernel.dead_letters.total == 0


async def test_telemetry_may_be_dropped_and_is_counted(autojump_clock: Any) -> None:
    """`tell_or_drop` never raises: full is a counter, absent a dead letter."""
    latch = Latch()
    spec = tree(puppet(mailbox=NARROW, backoff=Backoff(60.0, 60.0)))
    async with open_kernel(spec) as kernel:
        ref = kernel.registry.resolve("/a")
        ref.tell_or_drop(Do(latch))
        await latch.entered.wait()
        ref.tell_or_drop("queued")
        ref.tell_or_drop("dropped")
        info = kernel.snapshot().find("/a")
        assert info is not None
        assert (info.mailbox_depth, info.mailbox_dropped) == (1, 1)
        latch.leave.set()
        assert await seen(ref) == ["queued"]
        await ref.tell(Do(crash))
        await wait_all_tasks_blocked()
        ref.tell_or_drop("nobody there")
        assert [letter.why for letter in kernel.dead_letters.ring] == ["restarting"]


async def test_telemetry_for_an_actor_that_is_stopping_is_a_dead_letter() -> None:
    """It takes no more messages, so the drop is recorded as one."""
    latch = Latch()
    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            await ref.tell(Do(latch))
            await latch.entered.wait()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(stop_child, kernel.root, "a")
                await wait_all_tasks_blocked()
                ref.tell_or_drop("late")
                latch.leave.set()
            assert [letter.why for letter in kernel.dead_letters.ring] == ["ActorGone"]


@pytest.mark.req("ask.deadline")
@pytest.mark.req("error.timeout")
async def test_within_covers_queueing_and_waiting(autojump_clock: Any) -> None:
    """An ask that waits for room, or in the queue, or for work, ends on time."""
    async with open_kernel(tree(puppet(mailbox=NARROW))) as kernel:
        ref = kernel.registry.resolve("/a")
        began = trio.current_time()
        ended: list[float] = []

        async def ask() -> None:
            with pytest.raises(AskTimeout) as caught:
                await ref.ask(Do(hang), within=3)
            assert caught.value.code == "Timeout"
            assert not isinstance(caught.value, trio.TooSlowError)
            ended.append(trio.current_time() - began)

        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(ask)
                await wait_all_tasks_blocked()
            info = kernel.snapshot().find("/a")
            assert info is not None
            assert (info.message_type, info.mailbox_depth) == ("Do", 1)
            assert info.mailbox_waiting == 1
        assert ended == [3, 3, 3]
        info = kernel.snapshot().find("/a")
        assert info is not None
        assert info.mailbox_waiting == 0


@pytest.mark.req("ask.deadline")
async def test_a_nested_ask_gets_the_shorter_limit(autojump_clock: Any) -> None:
    """The asker's deadline travels along, whatever limit the handler asks with."""
    async with open_kernel(tree(puppet("a"), puppet("b"))) as kernel:
        a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")
        took: list[float] = []

        async def ask_on(me: Puppet, within: float) -> None:
            began = trio.current_time()
            with pytest.raises(AskTimeout):
                await b.ask(Do(hang), within=within)
            took.append(trio.current_time() - began)

        with pytest.raises(AskTimeout):
            await a.ask(Do(lambda me: ask_on(me, math.inf)), within=2)
        await a.ask(Do(lambda me: ask_on(me, 1)), within=20)
        assert took == [2, 1]


@pytest.mark.req("ask.deadline")
async def test_an_ask_without_time_left_is_not_sent(autojump_clock: Any) -> None:
    """A limit that has passed already is a timeout, and the work is not begun."""
    async with open_kernel(tree(puppet("a"), puppet("b"))) as kernel:
        a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")

        async def too_late(me: Puppet) -> None:
            await trio.sleep(2)
            with pytest.raises(AskTimeout):
                await b.ask(Do(lambda me: me.seen.append("work")))

        with pytest.raises(AskTimeout):
            await a.ask(Do(too_late), within=1)
        await a.ask(Do(lambda me: None))
        assert await seen(b) == []


async def test_an_ask_may_wait_for_ever(autojump_clock: Any) -> None:
    """Infinity is a limit one can choose."""
    async with open_kernel(tree(puppet())) as kernel:
        ref = kernel.registry.resolve("/a")
        assert await ref.ask(Do(nap(80_000)), within=math.inf) is None


@pytest.mark.req("ask.cancelled")
async def test_cancelling_an_asker_frees_it_and_undoes_nothing(
    autojump_clock: Any,
) -> None:
    """The work under way goes on to its end."""
    async with open_kernel(tree(puppet())) as kernel:
        ref = kernel.registry.resolve("/a")

        async def work(me: Puppet) -> None:
            await trio.sleep(10)
            me.seen.append("done")

        began = trio.current_time()
        with trio.move_on_after(1) as scope:
            await ref.ask(Do(work))
        assert scope.cancelled_caught
        assert trio.current_time() - began == 1
        assert await ref.ask(Do(lambda me: me.seen), within=20) == ["done"]
        assert trio.current_time() - began == 10


@pytest.mark.req("ask.abandoned")
async def test_an_abandoned_request_is_skipped() -> None:
    """Nobody waits for it, so nobody works on it."""
    latch = Latch()
    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            await ref.tell(Do(latch))
            await latch.entered.wait()
            with trio.move_on_after(0):
                await ref.ask(Do(lambda me: me.seen.append("abandoned")))
            latch.leave.set()
            assert await seen(ref) == []


@pytest.mark.req("ask.abandoned")
async def test_a_request_abandoned_in_the_hand_over_is_skipped() -> None:
    """The same for an idle actor that was just handed the request."""
    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            await wait_all_tasks_blocked()
            with trio.CancelScope() as scope:
                scope.cancel()
                await ref.ask(Do(lambda me: me.seen.append("abandoned")))
            await wait_all_tasks_blocked()
            assert await seen(ref) == []


@pytest.mark.req("ask.deferred")
async def test_a_handler_may_answer_later() -> None:
    """The actor goes on with other messages meanwhile; the cell keeps the asker."""
    kept: list[Reply[str]] = []
    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            answers: list[str] = []

            async def ask() -> None:
                answers.append(await ref.ask(Do(lambda me: kept.append(me.defer()))))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(ask)
                await wait_all_tasks_blocked()
                assert await ref.ask(Do(lambda me: "meanwhile")) == "meanwhile"
                assert answers == []
                assert not kept[0].asker_gone
                assert kept[0].resolve("later")
            assert answers == ["later"]


@pytest.mark.req("ask.deferred")
async def test_a_deferring_actor_sees_that_its_asker_has_left(
    autojump_clock: Any,
) -> None:
    """By cancellation or by timeout; an answer then reaches nobody and says so."""
    kept: list[Reply[str]] = []
    defer = Do(lambda me: kept.append(me.defer()))
    async with open_kernel(tree(puppet())) as kernel:
        ref = kernel.registry.resolve("/a")
        with trio.move_on_after(1):
            await ref.ask(defer)
        with pytest.raises(AskTimeout):
            await ref.ask(defer, within=1)
        assert [cell.asker_gone for cell in kept] == [True, True]
        assert [cell.resolve("late") for cell in kept] == [False, False]
        assert kept[1].deadline == trio.current_time()


async def test_a_deferred_ask_can_be_refused_in_the_same_handler() -> None:
    """Deferring and then raising Refused answers once."""

    def both(me: Puppet) -> None:
        me.defer()
        raise Refused("NotAllowed", "no")

    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            with pytest.raises(Refused):
                await ref.ask(Do(both))
            assert await ref.ask(Do(lambda me: 1)) == 1


async def test_an_asker_that_left_before_the_deferral_is_not_tracked() -> None:
    """Deferring a request whose asker left in the meantime is harmless."""
    latch = Latch()

    async def defer_late(me: Puppet) -> None:
        await latch(me)
        assert me.defer().asker_gone

    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ref.ask, Do(defer_late))
                await latch.entered.wait()
                nursery.cancel_scope.cancel()
            latch.leave.set()
            assert await ref.ask(Do(lambda me: 1)) == 1
            assert ref.incarnation == 1


@pytest.mark.parametrize("told", [True, False])
async def test_only_the_handler_of_an_ask_can_defer(told: bool) -> None:
    """There is no cell to keep in a tell, and a helper has no current message."""

    async def defer_in_helper(me: Puppet) -> None:
        async with trio.open_nursery() as nursery:

            async def helper() -> None:
                me.defer()

            nursery.start_soon(helper)

    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            if told:
                await ref.tell(Do(lambda me: me.defer()))
            else:
                with pytest.raises(ActorCrashed) as caught:
                    await ref.ask(Do(defer_in_helper))
                assert isinstance(caught.value.__cause__, KernelBug)
            await wait_all_tasks_blocked()
            assert ref.incarnation == 2


@pytest.mark.req("exit.step")
@pytest.mark.parametrize("where", ["in hand", "deferred", "queued", "parked"])
async def test_no_ask_outlives_its_callee(where: str) -> None:
    """Wherever a request is when the actor crashes, its asker learns of it at once."""
    latch = Latch()
    told: list[str] = []

    async def then_crash(me: Puppet) -> None:
        await latch(me)
        crash(me)

    with trio.fail_after(5):
        async with open_kernel(tree(puppet(mailbox=NARROW))) as kernel:
            ref = kernel.registry.resolve("/a")

            async def ask(action: Any) -> None:
                with pytest.raises(ActorCrashed):
                    await ref.ask(Do(action), within=math.inf)
                told.append(where)

            async with trio.open_nursery() as nursery:
                if where == "in hand":
                    nursery.start_soon(ask, then_crash)
                    await latch.entered.wait()
                else:
                    if where == "deferred":
                        nursery.start_soon(ask, lambda me: me.defer())
                        await wait_all_tasks_blocked()
                    await ref.tell(Do(then_crash))
                    await latch.entered.wait()
                if where == "parked":
                    await ref.tell("fills the mailbox")
                if where in {"queued", "parked"}:
                    nursery.start_soon(ask, hang)
                    await wait_all_tasks_blocked()
                latch.leave.set()
            assert told == [where]


@pytest.mark.req("ask.restarting")
async def test_an_ask_to_a_restarting_actor_is_answered_at_once(
    autojump_clock: Any,
) -> None:
    """Never with silence: the asker can try again."""
    spec = tree(puppet(backoff=Backoff(10.0)))
    async with open_kernel(spec) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(crash))
        await wait_all_tasks_blocked()
        began = trio.current_time()
        with pytest.raises(ActorRestarting) as caught:
            await ref.ask(Do(lambda me: 1))
        assert trio.current_time() == began
        assert caught.value.hint
        await kernel.registry.wait_for("/a")
        assert await ref.ask(Do(lambda me: 1)) == 1


@pytest.mark.req("ask.gone")
async def test_an_ask_to_a_gone_actor_is_answered_at_once(autojump_clock: Any) -> None:
    """An address that will not come back says so."""
    async with open_kernel(tree(puppet(restart=Restart.TEMPORARY))) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.ask(Do(lambda me: me.stop()))
        await kernel.wait_gone(ref)
        assert await kernel.wait_gone(ref) == ref.last_exit
        with pytest.raises(ActorGone):
            await ref.ask(Do(lambda me: 1))
    with pytest.raises(ActorGone):
        await kernel.root.ask(Do(lambda me: 1))


@pytest.mark.req("ask.self")
async def test_asking_oneself_is_an_error_at_once() -> None:
    """It could only end by timeout, so it is not sent."""

    async def ask_self(me: Puppet) -> str:
        with pytest.raises(AskCycle) as caught:
            await me.ref.ask(Do(lambda me: 1))
        return str(caught.value)

    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            assert await ref.ask(Do(ask_self)) == "/a -> /a"


@pytest.mark.req("ask.cycle")
@pytest.mark.parametrize("length", [2, 3])
async def test_a_ring_of_asks_is_an_error_before_anything_is_sent(length: int) -> None:
    """The ask that would close the ring fails and names the ring; the others go on."""
    ids = ["a", "b", "c"][:length]
    with trio.fail_after(5):
        async with open_kernel(tree(*map(puppet, ids))) as kernel:
            refs = [kernel.registry.resolve(f"/{id}") for id in ids]

            async def ask_on(me: Puppet, place: int = 0) -> str:
                following = (place + 1) % length
                step = Do(lambda me: ask_on(me, following))
                if following == 0:
                    with pytest.raises(AskCycle) as caught:
                        await refs[0].ask(step)
                    return str(caught.value)
                answer: str = await refs[following].ask(step)
                return answer

            ring = await refs[0].ask(Do(ask_on))
            names = [f"/{id}" for id in ids]
            assert ring == " -> ".join([names[-1], *names[:-1], names[-1]])
            assert await refs[0].ask(Do(lambda me: "idle")) == "idle"


@pytest.mark.req("ask.cycle")
async def test_a_helper_closes_no_ring() -> None:
    """A helper task is not the actor: the actor can answer while its helper waits."""

    async def through_a_helper(me: Puppet) -> None:
        reply = me.defer()

        async def helper() -> None:
            reply.resolve(await me.ref.ask(Do(lambda me: "answered")))

        me.nursery.start_soon(helper)

    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            assert await ref.ask(Do(through_a_helper)) == "answered"


@pytest.mark.req("ask.cycle")
async def test_a_tell_that_would_wait_inside_a_ring_raises() -> None:
    """To oneself, or to a full actor that waits for this one: never a deadlock."""
    with trio.fail_after(5):
        spec = tree(puppet("a", mailbox=NARROW), puppet("b", mailbox=NARROW))
        async with open_kernel(spec) as kernel:
            a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")

            async def fill_and_tell(me: Puppet, other: Ref) -> str:
                other.tell_nowait("fills the mailbox")
                with pytest.raises(MailboxFull) as caught:
                    await other.tell("would wait")
                return str(caught.value)

            to_self = await a.ask(Do(lambda me: fill_and_tell(me, a)))
            assert "/a -> /a" in to_self
            ask_b = Do(lambda me: b.ask(Do(lambda me: fill_and_tell(me, a))))
            assert "/b -> /a -> /b" in await a.ask(ask_b)
            assert await seen(a) == ["fills the mailbox"] * 2


@pytest.mark.req("ask.cycle")
async def test_a_tell_that_waits_is_part_of_the_ring() -> None:
    """An ask to an actor that waits for room at the asker's own mailbox is refused."""
    latch = Latch()
    with trio.fail_after(5):
        spec = tree(puppet("a", mailbox=NARROW), puppet("b"))
        async with open_kernel(spec) as kernel:
            a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")

            async def then_ask(me: Puppet) -> str:
                await latch(me)
                with pytest.raises(AskCycle) as caught:
                    await b.ask(Do(lambda me: 1))
                return str(caught.value)

            async with trio.open_nursery() as nursery:
                rings: list[str] = []

                async def ask() -> None:
                    rings.append(await a.ask(Do(then_ask)))

                nursery.start_soon(ask)
                await latch.entered.wait()
                a.tell_nowait("fills the mailbox")
                await b.tell(Do(lambda me: a.tell("waits for room")))
                await wait_all_tasks_blocked()
                info = kernel.snapshot().find("/b")
                assert info is not None
                assert info.waiting_on == "/a"
                latch.leave.set()
            assert rings == ["/a -> /b -> /a"]
            assert await seen(a) == ["fills the mailbox", "waits for room"]
            info = kernel.snapshot().find("/b")
            assert info is not None
            assert info.waiting_on is None


async def test_a_helper_waits_for_room_like_anybody() -> None:
    """A helper of the full actor itself may wait: the actor makes the room."""
    latch = Latch()

    async def helper_tells(me: Puppet) -> None:
        for number in range(3):
            me.nursery.start_soon(me.ref.tell, number)
        await latch(me)

    with trio.fail_after(5):
        async with open_kernel(tree(puppet(mailbox=NARROW))) as kernel:
            ref = kernel.registry.resolve("/a")
            await ref.tell(Do(helper_tells))
            await wait_all_tasks_blocked()
            info = kernel.snapshot().find("/a")
            assert info is not None
            assert (info.mailbox_depth, info.mailbox_waiting) == (1, 2)
            latch.leave.set()
            assert sorted(await seen(ref)) == [0, 1, 2]


@pytest.mark.req("ask.cycle")
async def test_a_start_that_asks_its_parent_fails_instead_of_hanging() -> None:
    """The parent waits for the start, so its answer could never come."""

    async def ask_parent(me: Puppet) -> None:
        assert me.parent is not None
        await me.parent.ask(Do(lambda me: 1))

    with trio.fail_after(5):
        async with open_kernel(tree(dynamic_supervisor("pool"))) as kernel:
            pool = kernel.registry.resolve("/pool")
            with pytest.raises(AskCycle, match="/pool/a -> /pool -> /pool/a"):
                await start_child(pool, puppet(on_start=ask_parent))
        with pytest.raises(ActorRestarting):
            async with open_kernel(tree(puppet(on_start=ask_parent))):
                pytest.fail("opened")


async def test_a_ring_of_others_does_not_catch_who_looks_at_it(
    autojump_clock: Any,
) -> None:
    """A supervisor that stops an actor which asks it: the ladder resolves that ring.

    A third actor that asks one of them meanwhile must not walk the ring for ever.
    """
    latch = Latch()

    async def slow(me: Puppet, exit: object) -> None:
        await trio.sleep(1)

    async def ask_root(me: Puppet) -> None:
        await latch(me)
        await list_children(me.kernel.root)

    spec = tree(puppet("a", shutdown=3), puppet("b"), puppet("z", on_stop=slow))
    async with open_kernel(spec) as kernel, trio.open_nursery() as nursery:
        a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")
        await a.tell(Do(ask_root))
        await latch.entered.wait()
        nursery.start_soon(stop_child, kernel.root, "z")
        await wait_all_tasks_blocked()
        nursery.start_soon(stop_child, kernel.root, "a")
        await wait_all_tasks_blocked()
        latch.leave.set()
        await trio.sleep(2)
        root_info, a_info = kernel.snapshot().actors[:2]
        assert (root_info.waiting_on, a_info.waiting_on) == ("/a", "/")

        async def ask_a(me: Puppet) -> None:
            with pytest.raises(ActorGone):
                await a.ask(Do(hang))

        await b.ask(Do(ask_a))


async def test_one_outside_event_has_one_trace() -> None:
    """What a message causes can be followed: it carries the number of its origin."""
    crashes: list[str] = []
    with trio.fail_after(5):
        async with open_kernel(tree(puppet("a"), puppet("b"))) as kernel:
            a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")

            async def both_crash(me: Puppet) -> None:
                await b.tell(Do(crash))
                crash(me)

            await a.tell(Do(both_crash))
            await wait_all_tasks_blocked()
            for ref in (a, b):
                exit = ref.last_exit
                assert exit is not None
                (note,) = exit.error.__notes__  # type: ignore[union-attr]  # crashed
                crashes.append(note.rpartition(" (")[2])
    assert crashes[0] == crashes[1]
