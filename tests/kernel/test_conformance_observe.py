"""Looking in from outside while actors hang: snapshot, dump, loop watcher, signals."""

from __future__ import annotations

import functools
import json
import logging
import os
import signal
from typing import Any

import attrs
import pytest
import trio
from puppets import Do, Latch, Puppet, crash, hang, puppet, tree
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import (
    ActorInfo,
    Backoff,
    Kernel,
    MailboxSpec,
    Restart,
    Stopped,
    dynamic_supervisor,
    obey_signals,
    open_kernel,
    render,
    start_child,
    supervisor,
    watch_loop,
)


def info(kernel: Kernel, path: str) -> ActorInfo:
    """One actor of a snapshot that is taken now."""
    found = kernel.snapshot().find(path)
    assert found is not None
    return found


@pytest.mark.req("observe.stuck")
async def test_a_snapshot_asks_no_actor(autojump_clock: Any) -> None:
    """It is synchronous, and shows an actor that hangs and what piles up behind it."""
    async with open_kernel(tree(puppet(mailbox=MailboxSpec(bound=3)))) as kernel:
        ref = kernel.registry.resolve("/a")
        await trio.sleep(1)
        began = trio.current_time()
        await ref.tell(Do(hang))
        await wait_all_tasks_blocked()
        await trio.sleep(2)
        await ref.tell("one")
        await trio.sleep(5)
        await ref.tell("two")
        seen = info(kernel, "/a")
        assert seen == ActorInfo(
            path="/a",
            kind="actor",
            incarnation=1,
            status="running",
            restart="permanent",
            mailbox_depth=2,
            mailbox_peak=2,
            mailbox_bound=3,
            mailbox_waiting=0,
            mailbox_dropped=0,
            oldest_age=5,
            message_type="Do",
            message_since=began,
            waiting_on=None,
            restarts=0,
            last_exit=None,
        )


@pytest.mark.req("observe.stuck")
async def test_a_snapshot_shows_who_waits_for_whom() -> None:
    """The one question when a system hangs."""
    spec = tree(puppet("a", shutdown=0), puppet("b", shutdown=0))
    async with open_kernel(spec) as kernel:
        a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")
        await a.tell(Do(lambda me: b.ask(Do(hang))))
        await wait_all_tasks_blocked()
        assert info(kernel, "/a").waiting_on == "/b"
        assert info(kernel, "/b").waiting_on is None


@pytest.mark.req("observe.stuck")
async def test_an_idle_actor_has_nothing_in_its_hands() -> None:
    """Neither a message nor anybody to wait for, after whatever it did before."""
    async with open_kernel(tree(puppet("a"), puppet("b"))) as kernel:
        a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")
        await a.ask(Do(lambda me: b.ask(Do(lambda me: "answered"))))
        await wait_all_tasks_blocked()
        idle = info(kernel, "/a")
        assert (idle.message_type, idle.message_since) == (None, None)
        assert idle.waiting_on is None


@pytest.mark.req("observe.stuck")
async def test_a_snapshot_shows_every_stage_of_life(autojump_clock: Any) -> None:
    """Starting, running, stopping, restarting, gone; incarnations, restarts, exits."""
    latch = Latch()
    spec = tree(
        puppet("runs"),
        puppet("restarts", backoff=Backoff(60.0, 60.0)),
        puppet("left", restart=Restart.TRANSIENT),
        puppet("ends", restart=Restart.TEMPORARY, shutdown=100, on_stop=hang_in_stop),
        puppet("cleans", on_stop=hang_in_stop, backoff=Backoff(60.0, 60.0)),
        dynamic_supervisor("pool"),
    )
    async with open_kernel(spec) as kernel, trio.open_nursery() as nursery:
        find = kernel.registry.resolve
        pool = find("/pool")
        nursery.start_soon(start_child, pool, puppet("starts", on_start=latch))
        await latch.entered.wait()
        await find("/restarts").tell(Do(crash))
        await find("/cleans").tell(Do(crash))
        await find("/left").tell(Do(lambda me: me.stop("done")))
        await find("/ends").tell(Do(lambda me: me.stop()))
        await wait_all_tasks_blocked()
        stages = {
            actor.path: (actor.status, actor.incarnation)
            for actor in kernel.snapshot().actors
        }
        assert stages == {
            "/": ("running", 1),
            "/runs": ("running", 1),
            "/restarts": ("restarting", 1),
            "/left": ("gone", 1),
            "/ends": ("stopping", 1),
            "/cleans": ("restarting", 1),
            "/pool": ("running", 1),
            "/pool/starts": ("starting", 1),
        }
        assert info(kernel, "/pool").waiting_on == "/pool/starts"
        assert info(kernel, "/left").last_exit == "normal (done)"
        assert info(kernel, "/restarts").last_exit == (
            "crashed (ZeroDivisionError: a bug in a handler)"
        )
        latch.leave.set()
        kernel.cancel("enough")


async def hang_in_stop(me: Puppet, exit: object) -> None:
    await trio.sleep_forever()


@pytest.mark.req("observe.tree")
async def test_a_snapshot_is_the_tree_as_plain_values() -> None:
    """Parents before children, siblings in start order, ready for JSON."""
    spec = tree(
        supervisor("mid", [puppet("b"), puppet("a")]), dynamic_supervisor("pool")
    )
    async with open_kernel(spec, name="here") as kernel:
        await start_child(kernel.registry.resolve("/pool"), puppet("z"))
        await kernel.registry.resolve("/mid/a").tell(Do(crash))
        await wait_all_tasks_blocked()
        shot = kernel.snapshot()
        assert [(actor.path, actor.kind) for actor in shot.actors] == [
            ("/", "supervisor"),
            ("/mid", "supervisor"),
            ("/mid/b", "actor"),
            ("/mid/a", "actor"),
            ("/pool", "dynamic"),
            ("/pool/z", "actor"),
        ]
        assert shot.name == "here"
        assert shot.find("/nobody") is None
        data = json.loads(json.dumps(attrs.asdict(shot)))
        assert data["actors"][3]["restarts"] == 1
        assert data["actors"][3]["last_exit"].startswith("crashed (ZeroDivisionError")
        assert data["dead_letters"] == 0


async def test_a_snapshot_reads_as_an_indented_tree(autojump_clock: Any) -> None:
    """One actor a line: number, status, mailbox, what it does and for whom it waits."""
    spec = tree(supervisor("mid", [puppet("a")]), puppet("b"))
    async with open_kernel(spec) as kernel:
        b = kernel.registry.resolve("/b")
        await kernel.registry.resolve("/mid/a").tell(
            Do(lambda me: b.ask(Do(hang), within=1000))
        )
        await wait_all_tasks_blocked()
        await trio.sleep(1.5)
        assert render(kernel.snapshot()).splitlines() == [
            "/#1 running 0/256",
            "  mid#1 running 0/256",
            "    a#1 running 0/256 Do 1.500s -> /b",
            "  b#1 running 0/256 Do 1.500s",
        ]


@pytest.mark.req("observe.dump")
async def test_a_dump_shows_the_tree_and_every_await_stack() -> None:
    """Each task with the actor it works for, helper tasks included."""

    async def helper_with_a_long_name() -> None:
        await trio.sleep_forever()

    def on_start(me: Puppet) -> None:
        me.nursery.start_soon(helper_with_a_long_name)

    async with open_kernel(tree(puppet(on_start=on_start, shutdown=0))) as kernel:
        await kernel.registry.resolve("/a").tell(Do(hang))
        await wait_all_tasks_blocked()
        text = kernel.dump()
        assert "  a#1 running 0/256 Do" in text
        lines = text.splitlines()
        assert "task /a of /a" in lines
        (helper,) = [line for line in lines if "helper_with_a_long_name of" in line]
        assert helper.endswith("of /a")
        assert any(line.endswith(" hang") for line in lines)


async def test_every_task_of_a_tree_belongs_to_a_path() -> None:
    """No task without an owner: what runs can be found in the tree."""

    def on_start(me: Puppet) -> None:
        me.nursery.start_soon(trio.sleep_forever)

    before = trio.lowlevel.current_statistics().tasks_living
    async with open_kernel(tree(puppet("a", on_start=on_start), puppet("b"))) as kernel:
        await wait_all_tasks_blocked()
        owned = [
            line for line in kernel.dump().splitlines() if line.startswith("task ")
        ]
        paths = sorted(line.partition(" of ")[2] for line in owned)
        assert [path for path in paths if path.startswith("/")] == [
            "/",
            "/a",
            "/a",
            "/b",
        ]
        # The fifth is the one that serves the tree's alarms.
        assert trio.lowlevel.current_statistics().tasks_living == before + 5
    assert trio.lowlevel.current_statistics().tasks_living == before


@pytest.mark.req("observe.slow")
async def test_the_loop_watcher_names_the_actor_whose_step_is_slow() -> None:
    """The clock is the test's own: a step takes as long as it says."""
    now = [0.0]
    slow: list[tuple[str, float]] = []

    def step(seconds: float, me: Puppet) -> None:
        now[0] += seconds

    async def helper() -> None:
        now[0] += 0.5

    async with open_kernel(tree(puppet())) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.ask(Do(functools.partial(step, 9.0)))
        with watch_loop(lambda *what: slow.append(what), clock=lambda: now[0]):
            await ref.ask(Do(functools.partial(step, 0.019)))
            await ref.ask(Do(functools.partial(step, 0.25)))
            await ref.ask(Do(lambda me: me.nursery.start_soon(helper)))
            await wait_all_tasks_blocked()
            now[0] += 0.75
            await trio.lowlevel.checkpoint()
        await ref.ask(Do(functools.partial(step, 9.0)))
    assert [(name, round(took, 3)) for name, took in slow[:2]] == [
        ("/a", 0.25),
        ("/a", 0.5),
    ]
    assert len(slow) == 3
    assert not slow[2][0].startswith("/")


def send(number: signal.Signals) -> None:
    """Send this process a signal."""
    os.kill(os.getpid(), number)


@pytest.mark.req("stop.signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_first_signal_asks_the_second_cancels(number: signal.Signals) -> None:
    """A handler that hangs bears the first and not the second; both are reasons."""
    latch = Latch()
    stopping = trio.Event()
    interrupted: list[str] = []

    def note_stop(me: Puppet, exit: object) -> None:
        stopping.set()

    async def stuck(me: Puppet) -> None:
        try:
            await latch(me)
        except trio.Cancelled:
            interrupted.append("cancelled")
            raise

    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            spec = tree(puppet(shutdown=1e4), puppet("b", on_stop=note_stop))
            async with open_kernel(spec) as kernel:
                await nursery.start(obey_signals, kernel)
                await kernel.registry.resolve("/a").tell(Do(stuck))
                await latch.entered.wait()
                send(number)
                await stopping.wait()
                await wait_all_tasks_blocked()
                assert interrupted == []
                send(number)
                assert await kernel.wait_closed() == Stopped(f"{number.name} came")
            nursery.cancel_scope.cancel()
    assert interrupted == ["cancelled"]


@pytest.mark.req("stop.signals")
async def test_an_interrupt_does_not_land_inside_an_actor() -> None:
    """Ctrl-C while a handler is in the middle of a step is a request, not a crash."""
    finished: list[str] = []

    def step(me: Puppet) -> None:
        send(signal.SIGINT)
        finished.append("the step")

    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            async with open_kernel(tree(puppet())) as kernel:
                await nursery.start(obey_signals, kernel)
                await kernel.registry.resolve("/a").tell(Do(step))
                assert await kernel.wait_closed() == Stopped("SIGINT came")
            nursery.cancel_scope.cancel()
    assert finished == ["the step"]


@pytest.mark.req("observe.dump")
async def test_sigusr1_writes_the_dump_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And nothing else happens: the tree runs on."""
    written = trio.Event()

    class Noticing(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.set()

    noticing = Noticing(logging.WARNING)
    logging.getLogger("fugue_actors.kernel.signals").addHandler(noticing)
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            async with open_kernel(tree(puppet())) as kernel:
                await nursery.start(obey_signals, kernel)
                send(signal.SIGUSR1)
                await written.wait()
                assert "dump on SIGUSR1" in caplog.text
                assert "  a#1 running" in caplog.text
                assert "task /a of /a" in caplog.text
                assert kernel.exit is None
            nursery.cancel_scope.cancel()
    logging.getLogger("fugue_actors.kernel.signals").removeHandler(noticing)
