"""Names, tags, watches, timers and dead letters."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
import trio
from puppets import Do, Latch, Puppet, crash, puppet, seen, tree
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import (
    ActorGone,
    ActorRestarting,
    Backoff,
    Crashed,
    Down,
    Intensity,
    MailboxSpec,
    NoSuchActor,
    Ref,
    Restart,
    Stopped,
    Timer,
    Watch,
    dynamic_supervisor,
    open_kernel,
    restart_child,
    start_child,
    stop_child,
)

LATER = Backoff(10.0, 10.0)


@pytest.mark.req("registry.lookup")
async def test_three_ways_to_look_a_path_up() -> None:
    """`whereis` answers `None`, `resolve` raises, both know a restarting address."""
    async with open_kernel(tree(puppet(backoff=LATER))) as kernel:
        registry = kernel.registry
        assert registry.whereis("/nobody") is None
        with pytest.raises(NoSuchActor, match="/nobody"):
            registry.resolve("/nobody")
        ref = registry.resolve("/a")
        assert registry.whereis("/a") is ref
        assert registry.whereis("/") is kernel.root
        await ref.tell(Do(crash))
        await wait_all_tasks_blocked()
        assert registry.resolve("/a") is ref
        await stop_child(kernel.root, "a")
        assert registry.whereis("/a") is None


@pytest.mark.req("registry.lookup")
async def test_wait_for_waits_until_somebody_runs(autojump_clock: Any) -> None:
    """For the first start, and through a restart; at once when it runs already."""
    spec = tree(puppet(backoff=LATER), dynamic_supervisor("pool"))
    async with open_kernel(spec) as kernel:
        registry = kernel.registry
        ref = registry.resolve("/a")
        assert await registry.wait_for("/a") is ref
        found: list[Ref] = []

        async def wait(path: str) -> None:
            found.append(await registry.wait_for(path))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait, "/pool/b")
            nursery.start_soon(wait, "/pool/b")
            await wait_all_tasks_blocked()
            assert found == []
            b = await start_child(registry.resolve("/pool"), puppet("b"))
        assert found == [b, b]
        await ref.tell(Do(crash))
        await wait_all_tasks_blocked()
        began = trio.current_time()
        assert await registry.wait_for("/a") is ref
        assert trio.current_time() - began == 10
        with trio.move_on_after(5) as scope:
            await registry.wait_for("/nobody")
        assert scope.cancelled_caught


@pytest.mark.req("registry.unique")
async def test_one_path_has_one_address_through_all_incarnations() -> None:
    """Whoever holds it reaches whoever runs there."""
    async with open_kernel(tree(puppet())) as kernel:
        ref = kernel.registry.resolve("/a")
        for incarnation in (1, 2, 3):
            assert kernel.registry.resolve("/a") is ref
            assert ref.incarnation == incarnation
            await restart_child(kernel.root, "a")


@pytest.mark.req("registry.tags")
async def test_tags_have_duplicate_keys_and_values() -> None:
    """One key may stand for many actors, and for one actor several times."""
    async with open_kernel(tree(puppet("a"), puppet("b"))) as kernel:
        registry = kernel.registry
        a, b = registry.resolve("/a"), registry.resolve("/b")
        registry.add_tag(a, "role", "reader")
        registry.add_tag(a, "role", "writer")
        registry.add_tag(b, "role", "reader")
        registry.add_tag(b, "plain")
        assert registry.lookup("role") == (
            (a, "reader"),
            (a, "writer"),
            (b, "reader"),
        )
        assert registry.lookup("plain") == ((b, None),)
        assert registry.lookup("none") == ()
        assert registry.remove_tag(a, "role", "reader")
        assert not registry.remove_tag(a, "role", "reader")
        assert registry.remove_tag(a, "role", "writer")
        assert not registry.remove_tag(a, "role", "writer")
        assert registry.lookup("role") == ((b, "reader"),)
        assert registry.remove_tag(b, "role", "reader")
        assert registry.lookup("role") == ()
        assert list(registry.tags) == ["plain"]


@pytest.mark.req("registry.tags")
async def test_tags_go_with_the_incarnation(autojump_clock: Any) -> None:
    """A restarted actor begins without; nobody can tag an absent one."""
    async with open_kernel(tree(puppet(backoff=LATER), puppet("b"))) as kernel:
        registry = kernel.registry
        a, b = registry.resolve("/a"), registry.resolve("/b")
        registry.add_tag(a, "role")
        registry.add_tag(b, "role")
        await a.tell(Do(crash))
        await wait_all_tasks_blocked()
        assert registry.lookup("role") == ((b, None),)
        with pytest.raises(ActorRestarting):
            registry.add_tag(a, "role")
        await stop_child(kernel.root, "b")
        with pytest.raises(ActorGone):
            registry.add_tag(b, "role")
        await registry.wait_for("/a")
        assert registry.lookup("role") == ()


async def watch(watcher: Ref, target: Ref) -> Watch:
    """Let one puppet watch another."""
    result: Watch = await watcher.ask(Do(lambda me: me.watch(target)))
    return result


@pytest.mark.req("watch.once")
async def test_exactly_one_down_per_watch() -> None:
    """For this incarnation and no other; two watches are two."""
    async with open_kernel(tree(puppet("a"), puppet("b"))) as kernel:
        a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")
        first, second = await watch(b, a), await watch(b, a)
        assert (first.ref, first.incarnation) == (a, 1)
        assert first is not second
        for _ in range(3):
            await a.tell(Do(crash))
            await wait_all_tasks_blocked()
        downs = await seen(b)
        assert [(down.ref, down.incarnation) for down in downs] == [(a, 1)] * 2
        assert isinstance(downs[0].exit, Crashed)


@pytest.mark.req("watch.once")
async def test_watching_the_dead_tells_at_once(autojump_clock: Any) -> None:
    """Restarting or gone, the last incarnation has ended already."""
    spec = tree(puppet("a", backoff=LATER), puppet("b"))
    async with open_kernel(spec) as kernel:
        a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")
        await a.tell(Do(crash))
        await wait_all_tasks_blocked()
        await watch(b, a)
        (down,) = await seen(b)
        assert (down.incarnation, type(down.exit)) == (1, Crashed)
        await kernel.registry.wait_for("/a")
        await stop_child(kernel.root, "a", reason="enough")
        await watch(b, a)
        assert (await seen(b))[1:] == [
            Down(ref=a, incarnation=2, exit=Stopped("enough"))
        ]
        await b.ask(Do(lambda me: me.unwatch(me.watch(a))))
        assert len(await seen(b)) == 2


@pytest.mark.req("watch.once")
async def test_watching_who_never_started_tells_at_once() -> None:
    """An address whose start failed is dead from the beginning."""
    refs: list[Ref] = []

    def fail(me: Puppet) -> None:
        refs.append(me.ref)
        raise LookupError

    async with open_kernel(tree(puppet("b"), dynamic_supervisor("pool"))) as kernel:
        with pytest.raises(LookupError):
            await start_child(kernel.registry.resolve("/pool"), puppet(on_start=fail))
        b = kernel.registry.resolve("/b")
        await watch(b, refs[0])
        (down,) = await seen(b)
        assert down.incarnation == 0
        assert isinstance(down.exit, Crashed)


async def test_watching_who_is_starting_tells_at_once() -> None:
    """An address that was never ready has no incarnation that could end."""
    latch = Latch()
    refs: list[Ref] = []

    async def on_start(me: Puppet) -> None:
        refs.append(me.ref)
        await latch(me)

    spec = tree(puppet("b"), dynamic_supervisor("pool"))
    async with open_kernel(spec) as kernel, trio.open_nursery() as nursery:
        pool, b = kernel.registry.resolve("/pool"), kernel.registry.resolve("/b")
        nursery.start_soon(start_child, pool, puppet(on_start=on_start))
        await latch.entered.wait()
        await watch(b, refs[0])
        (down,) = await seen(b)
        assert down.exit == Stopped("never started")
        latch.leave.set()


@pytest.mark.req("watch.once")
async def test_a_down_is_a_control_message() -> None:
    """It bypasses the bound and comes before what is queued."""
    latch = Latch()
    spec = tree(puppet("a"), puppet("b", mailbox=MailboxSpec(bound=1)))
    async with open_kernel(spec) as kernel:
        a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")
        await watch(b, a)
        await b.tell(Do(latch))
        await latch.entered.wait()
        await b.tell("queued before")
        await a.tell(Do(crash))
        await wait_all_tasks_blocked()
        latch.leave.set()
        await wait_all_tasks_blocked()
        kinds = [type(message) for message in await seen(b)]
        assert kinds == [Down, str]


@pytest.mark.req("watch.once")
@pytest.mark.parametrize("when", ["before", "in the mailbox", "after"])
async def test_unwatch_leaves_no_down_behind(when: str) -> None:
    """Not even one that lies in the mailbox already; afterwards it is harmless."""

    async def unwatch_late(me: Puppet) -> None:
        await latch(me)
        if when == "in the mailbox":
            me.unwatch(watches[0])

    latch = Latch()
    async with open_kernel(tree(puppet("a"), puppet("b"))) as kernel:
        a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")
        watches = [await watch(b, a)]
        if when == "before":
            await b.ask(Do(lambda me: me.unwatch(watches[0])))
        await b.tell(Do(unwatch_late))
        await latch.entered.wait()
        await a.tell(Do(crash))
        await wait_all_tasks_blocked()
        latch.leave.set()
        await wait_all_tasks_blocked()
        if when == "after":
            await b.ask(Do(lambda me: me.unwatch(watches[0])))
        assert len(await seen(b)) == (1 if when == "after" else 0)


async def test_a_watch_ends_with_its_watcher() -> None:
    """A restarted watcher gets nothing from the watches of its former life."""
    async with open_kernel(tree(puppet("a"), puppet("b"))) as kernel:
        a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")
        await watch(b, a)
        await b.tell(Do(crash))
        await wait_all_tasks_blocked()
        await a.tell(Do(crash))
        await wait_all_tasks_blocked()
        assert await seen(b) == []


async def test_a_watch_that_has_told_is_forgotten() -> None:
    """An actor that watches many others in its life keeps nothing of the dead."""
    async with open_kernel(tree(puppet("a"), puppet("b"))) as kernel:
        a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")
        told = weakref.ref(await watch(b, a))
        await a.tell(Do(crash))
        await wait_all_tasks_blocked()
        cancelled = weakref.ref(await watch(b, a))
        await b.ask(Do(lambda me: me.unwatch(cancelled())))
        await b.tell("something else in its hands")
        await wait_all_tasks_blocked()
        gc.collect()
        assert told() is None
        assert cancelled() is None


async def test_watching_oneself_is_pointless_and_harmless() -> None:
    """The dead read no mail."""
    async with open_kernel(tree(puppet("a"))) as kernel:
        a = kernel.registry.resolve("/a")
        await watch(a, a)
        await a.tell(Do(crash))
        await wait_all_tasks_blocked()
        assert await seen(a) == []


async def test_anybody_can_wait_for_an_address_to_be_gone(autojump_clock: Any) -> None:
    """Restarts are not the end; several may wait."""
    exits: list[Any] = []
    async with open_kernel(tree(puppet(backoff=LATER))) as kernel:
        ref = kernel.registry.resolve("/a")

        async def wait() -> None:
            exits.append(await kernel.wait_gone(ref))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            nursery.start_soon(wait)
            await wait_all_tasks_blocked()
            await ref.tell(Do(crash))
            await kernel.registry.wait_for("/a")
            await wait_all_tasks_blocked()
            assert exits == []
            await stop_child(kernel.root, "a", reason="for good")
    assert exits == [Stopped("for good")] * 2


@pytest.mark.req("timer.tell")
async def test_a_timer_tells_its_actor_on_time(autojump_clock: Any) -> None:
    """On trio's clock, once, and before what is queued."""
    async with open_kernel(tree(puppet())) as kernel:
        ref = kernel.registry.resolve("/a")

        def start(me: Puppet) -> None:
            me.after(3, "third")
            me.after(1, "first")
            me.after(2, Do(lambda me: me.seen.append(trio.current_time() - began)))

        began = trio.current_time()
        await ref.ask(Do(start))
        await trio.sleep(10)
        assert await seen(ref) == ["first", 2.0, "third"]


async def test_a_timer_may_be_set_in_on_start(autojump_clock: Any) -> None:
    """Before the actor is ready, as for a first tick."""
    spec = tree(puppet(on_start=lambda me: me.after(1, "tick") and None))
    async with open_kernel(spec) as kernel:
        await trio.sleep(2)
        assert await seen(kernel.registry.resolve("/a")) == ["tick"]


@pytest.mark.req("timer.tell")
@pytest.mark.parametrize("when", ["before", "in the mailbox", "after"])
async def test_a_cancelled_timer_never_fires_afterwards(
    autojump_clock: Any, when: str
) -> None:
    """Not even when its message lies in the mailbox already."""
    timers: list[Timer] = []
    async with open_kernel(tree(puppet())) as kernel:
        ref = kernel.registry.resolve("/a")

        async def start(me: Puppet) -> None:
            timers.append(me.after(1, "tick"))
            if when == "in the mailbox":
                await trio.sleep(2)
            if when != "after":
                timers[0].cancel()

        await ref.ask(Do(start))
        await trio.sleep(3)
        timers[0].cancel()
        assert await seen(ref) == (["tick"] if when == "after" else [])


@pytest.mark.req("timer.tell")
async def test_a_timer_dies_with_its_incarnation(autojump_clock: Any) -> None:
    """After a restart nothing of the former life fires."""
    async with open_kernel(tree(puppet())) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.ask(Do(lambda me: me.after(5, "late") and None))
        await ref.tell(Do(crash))
        await trio.sleep(10)
        assert (ref.incarnation, await seen(ref)) == (2, [])


@pytest.mark.req("dead.ring")
async def test_lost_messages_are_recorded_without_their_bodies(
    caplog: pytest.LogCaptureFixture, autojump_clock: Any
) -> None:
    """Time, path, type and reason; a body is private."""
    latch = Latch()
    async with open_kernel(tree(puppet())) as kernel:
        ref = kernel.registry.resolve("/a")

        async def then_crash(me: Puppet) -> None:
            await latch(me)
            crash(me)

        await ref.tell(Do(then_crash))
        await latch.entered.wait()
        await ref.tell("a private message")
        await trio.sleep(1)
        latch.leave.set()
        await wait_all_tasks_blocked()
        (letter,) = kernel.dead_letters.ring
        assert (letter.path, letter.message_type, letter.why) == (
            "/a",
            "str",
            "crashed",
        )
        assert letter.time == trio.current_time()
        assert "private" not in repr(letter)
    assert "private" not in caplog.text
    assert "never handled; the last, str, was for /a: crashed" in caplog.text


@pytest.mark.req("dead.ring")
async def test_whoever_was_told_makes_no_dead_letter(autojump_clock: Any) -> None:
    """An error is an answer: asks, refused tells and woken senders are no losses."""
    latch = Latch()

    async def then_crash(me: Puppet) -> None:
        await latch(me)
        crash(me)

    spec = tree(puppet(mailbox=MailboxSpec(bound=1), backoff=LATER))
    async with open_kernel(spec) as kernel, trio.open_nursery() as nursery:
        ref = kernel.registry.resolve("/a")

        async def send(ask: bool) -> None:
            with pytest.raises(Exception, match="/a"):
                await (ref.ask(Do(crash)) if ask else ref.tell("told"))

        await ref.tell(Do(then_crash))
        await latch.entered.wait()
        for ask in (True, False, True):
            nursery.start_soon(send, ask)
            await wait_all_tasks_blocked()
        latch.leave.set()
        await wait_all_tasks_blocked()
        await send(ask=False)
        assert kernel.dead_letters.total == 0


@pytest.mark.req("dead.ring")
async def test_the_ring_is_bounded_and_the_warning_rate_limited(
    caplog: pytest.LogCaptureFixture, autojump_clock: Any
) -> None:
    """256 letters, one warning per ten seconds that says how many there were."""
    spec = tree(puppet(backoff=LATER), intensity=Intensity(10))
    async with open_kernel(spec) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(crash))
        await wait_all_tasks_blocked()
        for _ in range(300):
            ref.tell_or_drop("lost")
        await trio.sleep(9)
        ref.tell_or_drop(b"lost")
        letters = kernel.dead_letters
        assert (len(letters.ring), letters.total) == (256, 301)
        assert letters.counts == {"/a": 301}
        warnings = [r for r in caplog.records if "never handled" in r.getMessage()]
        assert [r.getMessage().split()[0] for r in warnings] == ["1"]
        await trio.sleep(60)
        await ref.tell(Do(crash))
        await wait_all_tasks_blocked()
        ref.tell_or_drop(b"lost")
        warnings = [r for r in caplog.records if "never handled" in r.getMessage()]
        assert [r.getMessage().split()[0] for r in warnings] == ["1", "301"]


async def test_counters_of_paths_are_bounded_too() -> None:
    """A daemon that runs for months sees many paths; the most recent ones count."""
    async with open_kernel(tree(dynamic_supervisor("pool"))) as kernel:
        letters = kernel.dead_letters
        for number in range(1100):
            letters.add(f"/pool/{number}", "x", "gone")
        letters.add("/pool/100", "x", "gone")
        letters.add("/pool/new", "x", "gone")
        assert len(letters.counts) == 1024
        assert letters.counts["/pool/100"] == 2
        assert "/pool/76" not in letters.counts


async def test_a_temporary_actor_may_watch_and_end() -> None:
    """Nothing of an ended watcher stays with whom it watched."""
    spec = tree(puppet("a"), puppet("b", restart=Restart.TEMPORARY))
    async with open_kernel(spec) as kernel:
        a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")
        made = await watch(b, a)
        await b.ask(Do(lambda me: me.stop()))
        await kernel.wait_gone(b)
        assert not made.is_live
        await a.tell(Do(crash))
        await wait_all_tasks_blocked()
        assert kernel.dead_letters.total == 0


async def test_what_ends_below_a_supervisor_leaves_nothing_in_the_registry() -> None:
    """A daemon that has made and ended thousands of sessions looks like a new one."""
    async with open_kernel(tree(dynamic_supervisor("pool"))) as kernel:
        pool = kernel.registry.resolve("/pool")
        before = (dict(kernel.registry.refs), list(kernel.registry.below))
        for number in range(3):
            made = await start_child(pool, dynamic_supervisor(f"s{number}"))
            inner = await start_child(made, dynamic_supervisor("inner"))
            leaf = await start_child(inner, puppet("leaf"))
            assert [ref.path for ref in kernel.registry.descendants(made.path)] == [
                f"/pool/s{number}/inner",
                f"/pool/s{number}/inner/leaf",
            ]
            await stop_child(pool, made.id)
            assert (leaf.status, inner.status, made.status) == ("gone",) * 3
        assert (dict(kernel.registry.refs), list(kernel.registry.below)) == before


async def test_the_end_of_one_supervisor_looks_at_nobody_elses_children() -> None:
    """Or else ending all sessions would take the square of their number."""
    async with open_kernel(tree(dynamic_supervisor("pool"))) as kernel:
        pool = kernel.registry.resolve("/pool")
        for id in ("a", "ab"):
            await start_child(
                await start_child(pool, dynamic_supervisor(id)), puppet("x")
            )
        found = kernel.registry.descendants("/pool/a")
        assert [ref.path for ref in found] == ["/pool/a/x"]
        assert {ref.path for ref in kernel.registry.descendants("/")} == {
            *("/pool", "/pool/a", "/pool/ab", "/pool/a/x", "/pool/ab/x")
        }
