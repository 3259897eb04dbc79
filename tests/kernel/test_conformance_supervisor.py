"""Fixed children: order, the restart table, strategies, stale exits, requests."""

from __future__ import annotations

import itertools
import logging
from typing import Any

import attrs
import pytest
import trio
import trio.lowlevel
from puppets import Do, Puppet, Stage, crash, hang, puppet, tree
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import (
    Actor,
    ActorRestarting,
    AlreadyStarted,
    Backoff,
    ChildSpec,
    Crashed,
    ExitReport,
    Intensity,
    Kernel,
    NoSuchChild,
    Ref,
    Refused,
    Restart,
    StartAborted,
    Stopped,
    Strategy,
    list_children,
    open_kernel,
    restart_child,
    start_child,
    stop_child,
    supervisor,
)
from fugue_actors.kernel.supervision import RestartChild

ROOMY = Intensity(100, 5.0)


@pytest.mark.req("sup.order")
@pytest.mark.req("sup.static")
async def test_children_start_in_order_each_ready_before_the_next() -> None:
    """The order of the specs is the order of dependence."""
    log: list[str] = []

    def child(id: str) -> ChildSpec:
        async def on_start(me: Puppet) -> None:
            log.append(f"{id} begins")
            await trio.lowlevel.checkpoint()
            log.append(f"{id} ready")

        return puppet(id, on_start=on_start)

    async with open_kernel(tree(*map(child, "abc"))):
        pass
    assert log == [f"{id} {what}" for id in "abc" for what in ("begins", "ready")]


@pytest.mark.req("sup.order")
@pytest.mark.parametrize("way", ["leaving", "request", "cancellation", "cancel"])
async def test_children_stop_in_reverse_whatever_the_way(
    autojump_clock: Any, way: str
) -> None:
    """On a normal stop and on an outer cancellation, with clean-ups that take time."""
    stage = Stage()
    children = [stage.child("a"), supervisor("mid", [stage.child("b")])]

    async def slow(me: Puppet, exit: object) -> None:
        await trio.sleep(0.5)
        stage.log.append("-c")

    with trio.move_on_after(30) as scope:
        async with open_kernel(tree(*children, puppet("c", on_stop=slow))) as kernel:
            if way == "request":
                kernel.request_stop("please")
                await kernel.wait_closed()
            elif way == "cancel":
                kernel.cancel("now")
                await kernel.wait_closed()
            elif way == "cancellation":
                scope.cancel()
                await trio.sleep_forever()
    assert stage.take() == ["+a", "+b", "-c", "-b", "-a"]


@pytest.mark.req("start.failure")
async def test_a_failing_child_stops_the_earlier_ones_and_fails_its_supervisor() -> (
    None
):
    """In reverse; the exception itself comes out, through every level, noted once."""
    stage = Stage()
    stage.failing["d"] = 1
    reports: list[ExitReport] = []
    mid = supervisor("mid", [stage.child("c"), stage.child("d"), stage.child("e")])
    spec = tree(stage.child("a"), stage.child("b"), mid)
    with pytest.raises(OSError, match="d cannot start") as caught:
        async with open_kernel(spec, on_report=reports.append):
            pytest.fail("opened")
    assert stage.take() == ["+a", "+b", "+c", "!d", "-c", "-b", "-a"]
    assert caught.value.__notes__ == ["while starting /mid/d", "while starting /mid"]
    failed = [report for report in reports if report.context == "start_error"]
    assert [report.path for report in failed] == ["/mid/d", "/mid", "/"]
    assert [report.is_traced for report in failed] == [True, False, False]


@pytest.mark.req("sup.table")
@pytest.mark.parametrize(
    ("restart", "exit", "outcome"),
    [
        (Restart.PERMANENT, "Normal", "restart"),
        (Restart.PERMANENT, "Stopped", "restart"),
        (Restart.PERMANENT, "Crashed", "restart"),
        (Restart.PERMANENT, "Killed", "restart"),
        (Restart.TRANSIENT, "Normal", "leave"),
        (Restart.TRANSIENT, "Stopped", "leave"),
        (Restart.TRANSIENT, "Crashed", "restart"),
        (Restart.TRANSIENT, "Killed", "restart"),
        (Restart.TEMPORARY, "Normal", "remove"),
        (Restart.TEMPORARY, "Stopped", "remove"),
        (Restart.TEMPORARY, "Crashed", "remove"),
        (Restart.TEMPORARY, "Killed", "remove"),
    ],
)
async def test_the_restart_table(
    autojump_clock: Any, restart: Restart, exit: str, outcome: str
) -> None:
    """All twelve cells, each with an exit that really happened."""
    reports: list[ExitReport] = []

    async def overrun(me: Puppet, exit: object) -> None:
        if me.ref.incarnation == 1:
            await trio.sleep_forever()

    child: ChildSpec
    if exit == "Stopped":
        # A supervisor that gives up ends in this way without being asked.
        doomed = puppet("doomed")
        child = supervisor("a", [doomed], intensity=Intensity(0), restart=restart)
    else:
        actions = {"on_stop": overrun} if exit == "Killed" else {}
        child = puppet("a", restart=restart, **actions)
    async with open_kernel(tree(child), on_report=reports.append) as kernel:
        ref = kernel.registry.resolve("/a")
        if exit == "Stopped":
            await kernel.registry.resolve("/a/doomed").tell(Do(crash))
        elif exit == "Crashed":
            await ref.tell(Do(crash))
        else:
            await ref.tell(Do(lambda me: me.stop()))
        await trio.sleep(60)
        (report,) = [report for report in reports if report.path == "/a"]
        assert type(report.exit).__name__ == exit
        children = await list_children(kernel.root)
        states = [info.state for info in children]
        expected = {"restart": ["running"], "leave": ["stopped"], "remove": []}
        assert states == expected[outcome]
        assert ref.status == ("running" if outcome == "restart" else "gone")
        assert ref.incarnation == (2 if outcome == "restart" else 1)


@pytest.mark.req("sup.table")
@pytest.mark.parametrize("restart", Restart)
async def test_a_child_stopped_on_request_stays_away(
    autojump_clock: Any, restart: Restart
) -> None:
    """Whoever asks for a stop means it, permanent child or not."""
    async with open_kernel(tree(puppet(restart=restart))) as kernel:
        ref = kernel.registry.resolve("/a")
        assert await stop_child(kernel.root, "a", reason="enough") == Stopped("enough")
        await trio.sleep(60)
        assert ref.status == "gone"
        assert kernel.registry.whereis("/a") is None
        states = [info.state for info in await list_children(kernel.root)]
        assert states == ([] if restart is Restart.TEMPORARY else ["stopped"])


@pytest.mark.req("sup.one_for_one")
async def test_one_for_one_restarts_the_failed_child_alone() -> None:
    """Siblings notice nothing."""
    stage = Stage()
    spec = tree(*[stage.child(id) for id in "abc"])
    async with open_kernel(spec) as kernel:
        stage.take()
        await kernel.registry.resolve("/b").tell(Do(crash))
        await wait_all_tasks_blocked()
        assert stage.take() == ["-b", "+b"]


STRATEGIES = [
    (strategy, failed, temporary)
    for strategy, failed, temporary in itertools.product(
        Strategy, "abc", [None, "a", "b", "c"]
    )
    if failed != temporary
]


@pytest.mark.req("sup.one_for_one")
@pytest.mark.req("sup.rest_for_one")
@pytest.mark.req("sup.one_for_all")
@pytest.mark.req("sup.temporary")
@pytest.mark.parametrize(("strategy", "failed", "temporary"), STRATEGIES)
async def test_strategies(
    strategy: Strategy, failed: str, temporary: str | None
) -> None:
    """Each strategy, each place of the failed child, each place of a temporary one."""
    stage = Stage()
    children = [
        stage.child(
            id, restart=Restart.TEMPORARY if id == temporary else Restart.PERMANENT
        )
        for id in "abc"
    ]
    groups = {
        Strategy.ONE_FOR_ONE: failed,
        Strategy.REST_FOR_ONE: "abc"["abc".index(failed) :],
        Strategy.ONE_FOR_ALL: "abc",
    }
    group = groups[strategy]
    async with open_kernel(tree(*children, strategy=strategy)) as kernel:
        refs = {id: kernel.registry.resolve(f"/{id}") for id in "abc"}
        stage.take()
        await refs[failed].tell(Do(crash))
        await wait_all_tasks_blocked()
        stopped = [f"-{id}" for id in reversed(group) if id != failed]
        started = [f"+{id}" for id in group if id != temporary]
        assert stage.take() == [f"-{failed}", *stopped, *started]
        infos = await list_children(kernel.root)
        removed = {temporary} & set(group)
        assert [info.id for info in infos] == [id for id in "abc" if id not in removed]
        assert {info.state for info in infos} == {"running"}
        for id in "abc":
            gone = id in removed
            assert refs[id].status == ("gone" if gone else "running")
            fresh = id in group and not gone
            assert refs[id].incarnation == (2 if fresh else 1)


@pytest.mark.req("sup.one_for_all")
@pytest.mark.parametrize("restart", [Restart.PERMANENT, Restart.TRANSIENT])
async def test_siblings_keep_their_addresses_in_a_group_restart(
    autojump_clock: Any, restart: Restart
) -> None:
    """Stopped in order to come back is restarting, and never gone in between."""
    children = [puppet("a", backoff=Backoff(10.0)), puppet("b", restart=restart)]
    async with open_kernel(tree(*children, strategy=Strategy.ONE_FOR_ALL)) as kernel:
        b = kernel.registry.resolve("/b")
        await kernel.registry.resolve("/a").tell(Do(crash))
        await wait_all_tasks_blocked()
        assert b.status == "restarting"
        await trio.sleep(11)
        assert (b.status, b.incarnation) == ("running", 2)
        assert kernel.registry.whereis("/b") is b


@pytest.mark.req("sup.one_for_all")
async def test_a_sibling_that_is_not_running_stays_as_it_is() -> None:
    """A group restart brings back who ran, not who was stopped or had finished."""
    stage = Stage()
    children = [
        stage.child("a"),
        stage.child("b"),
        stage.child("c", restart=Restart.TRANSIENT),
    ]
    spec = tree(*children, strategy=Strategy.ONE_FOR_ALL)
    async with open_kernel(spec) as kernel:
        await stop_child(kernel.root, "b")
        await kernel.registry.resolve("/c").tell(Do(lambda me: me.stop()))
        await wait_all_tasks_blocked()
        stage.take()
        await kernel.registry.resolve("/a").tell(Do(crash))
        await wait_all_tasks_blocked()
        assert stage.take() == ["-a", "+a"]


@pytest.mark.req("sup.one_for_all")
async def test_a_sibling_that_ended_meanwhile_goes_by_its_own_exit(
    autojump_clock: Any,
) -> None:
    """Two ends in one instant are one group restart; who is done is not brought back.

    The supervisor learns of `b` and `c` while it waits for the slow end of `z`.
    """
    stage = Stage()

    async def slow(me: Puppet, exit: object) -> None:
        await trio.sleep(1)

    children = [
        stage.child("a"),
        stage.child("b"),
        stage.child("c", restart=Restart.TRANSIENT),
        puppet("z", on_stop=slow),
    ]
    spec = tree(*children, strategy=Strategy.ONE_FOR_ALL, intensity=Intensity(1))
    async with open_kernel(spec) as kernel:
        refs = {id: kernel.registry.resolve(f"/{id}") for id in "abc"}
        await refs["a"].tell(Do(crash))
        await wait_all_tasks_blocked()
        refs["b"].tell_nowait(Do(crash))
        refs["c"].tell_nowait(Do(lambda me: me.stop()))
        await wait_all_tasks_blocked()
        stage.take()
        await trio.sleep(2)
        assert stage.take() == ["+a", "+b"]
        states = {info.id: info.state for info in await list_children(kernel.root)}
        assert states == {
            "a": "running",
            "b": "running",
            "c": "stopped",
            "z": "running",
        }
        assert kernel.exit is None


@pytest.mark.req("sup.stale")
@pytest.mark.parametrize("restart", [Restart.PERMANENT, Restart.TRANSIENT])
async def test_a_stale_exit_changes_nothing(restart: Restart) -> None:
    """The exit of an incarnation that was replaced on request is not answered again.

    No restart at all is allowed here, so one that counted would end the supervisor.
    """
    stage = Stage()
    spec = tree(stage.child("a", restart=restart), intensity=Intensity(0))
    async with open_kernel(spec) as kernel:
        for _ in range(3):
            await restart_child(kernel.root, "a")
            await wait_all_tasks_blocked()
        assert stage.take() == ["+a", *["-a", "+a"] * 3]
        assert kernel.exit is None


@pytest.mark.req("sup.stale")
async def test_the_exits_of_stopped_siblings_are_stale() -> None:
    """A group restart is one restart: those it stopped itself do not count."""
    stage = Stage()
    children = [stage.child(id) for id in "abc"]
    spec = tree(*children, strategy=Strategy.ONE_FOR_ALL, intensity=Intensity(1))
    async with open_kernel(spec) as kernel:
        await kernel.registry.resolve("/b").tell(Do(crash))
        await wait_all_tasks_blocked()
        assert stage.take()[3:] == ["-b", "-c", "-a", "+a", "+b", "+c"]
        assert kernel.exit is None


@pytest.mark.req("sup.isolated")
async def test_an_exception_of_a_child_reaches_nobody_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Siblings, supervisor and the block around the tree go on."""
    async with open_kernel(tree(puppet("a"), puppet("b"))) as kernel:
        a, b = kernel.registry.resolve("/a"), kernel.registry.resolve("/b")
        await b.tell("kept")
        await a.tell(Do(crash))
        await wait_all_tasks_blocked()
        assert await b.ask(Do(lambda me: me.seen)) == ["kept"]
        assert (kernel.root.incarnation, b.incarnation, a.incarnation) == (1, 1, 2)


@pytest.mark.req("sup.isolated")
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
async def test_what_ends_the_program_passes_through(
    autojump_clock: Any,
    error: type[BaseException],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """These are no exits to be answered with a restart, and are logged once."""

    def end(me: Puppet) -> None:
        raise error

    with pytest.raises(error):
        async with open_kernel(tree(supervisor("mid", [puppet()]))) as kernel:
            await tell_and_wait(kernel, end)
    assert [
        record.getMessage()[:8] for record in caplog.records if record.exc_info
    ] == ["/mid/a#1"]


async def tell_and_wait(kernel: Kernel, action: Any) -> None:
    """Let an actor do something that ends the tree."""
    await kernel.registry.resolve("/mid/a").tell(Do(action))
    await trio.sleep_forever()


@pytest.mark.req("sup.report")
async def test_each_exit_makes_one_report_with_one_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Supervisor, context, exit and spec; the traceback stands in its log line only."""
    caplog.set_level(logging.INFO)
    reports: list[ExitReport] = []
    spec = tree(supervisor("mid", [puppet(shutdown=2.5)]))
    async with open_kernel(spec, on_report=reports.append) as kernel:
        await kernel.registry.resolve("/mid/a").tell(Do(crash))
        await wait_all_tasks_blocked()
        (report,) = reports
    assert (report.path, report.incarnation) == ("/mid/a", 1)
    assert (report.supervisor, report.context) == ("/mid", "child_terminated")
    assert isinstance(report.exit, Crashed)
    assert report.spec["shutdown"] == 2.5
    assert caplog.text.count("Traceback (most recent call last)") == 1
    (record,) = [record for record in caplog.records if record.exc_info]
    extra = record.__dict__
    assert extra["fugue_path"] == "/mid/a"
    assert extra["fugue_incarnation"] == 1
    assert "ZeroDivisionError" in extra["fugue_exit"]
    later = [(report.path, report.context) for report in reports[1:]]
    assert later == [
        ("/mid/a", "child_terminated"),
        ("/mid", "child_terminated"),
        ("/", "child_terminated"),
    ]
    assert reports[-1].supervisor is None


@pytest.mark.req("sup.request")
@pytest.mark.req("backoff.responsive")
async def test_requests_are_answered_while_a_restart_is_pending(
    autojump_clock: Any,
) -> None:
    """A delay is a timer: the supervisor goes on, and so does everybody else."""
    slow = Backoff(10.0, 100.0)
    spec = tree(puppet("a", backoff=slow), puppet("b"))
    async with open_kernel(spec) as kernel:
        a = kernel.registry.resolve("/a")
        began = trio.current_time()
        await a.tell(Do(crash))
        await wait_all_tasks_blocked()
        states = [info.state for info in await list_children(kernel.root)]
        assert states == ["restarting", "running"]
        with pytest.raises(ActorRestarting):
            await a.ask(Do(hang))
        assert await stop_child(kernel.root, "b") is not None
        assert trio.current_time() == began
        assert kernel.registry.whereis("/a") is a
        await kernel.registry.wait_for("/a")
        assert trio.current_time() - began == 10


@pytest.mark.req("sup.retry")
@pytest.mark.req("sup.request")
async def test_a_failing_restart_is_retried_and_requests_get_in_between(
    autojump_clock: Any,
) -> None:
    """Each failure counts again; the next attempt is a message to oneself."""
    stage = Stage()
    spec = tree(stage.child("a"), intensity=Intensity(1000, 5.0))
    async with open_kernel(spec) as kernel:
        ref = kernel.registry.resolve("/a")
        stage.failing["a"] = 10**9
        await ref.tell(Do(crash))
        while len(stage.log) < 20:
            await trio.lowlevel.checkpoint()
        (info,) = await list_children(kernel.root)
        assert info.state == "restarting"
        stage.failing["a"] = 0
        await kernel.registry.wait_for("/a")
        assert ref.status == "running"


@pytest.mark.req("sup.retry")
async def test_a_stop_gets_in_between_failing_restarts(autojump_clock: Any) -> None:
    """A child that cannot start again holds no stop up."""
    stage = Stage()
    spec = tree(stage.child("a"), intensity=Intensity(10**6, 5.0))
    async with open_kernel(spec) as kernel:
        ref = kernel.registry.resolve("/a")
        stage.failing["a"] = 10**9
        await ref.tell(Do(crash))
        while len(stage.log) < 20:
            await trio.lowlevel.checkpoint()
        assert await stop_child(kernel.root, "a") is None
        assert ref.status == "gone"
        attempts = len(stage.log)
        await wait_all_tasks_blocked()
        assert len(stage.log) == attempts


@pytest.mark.parametrize("strategy", [Strategy.REST_FOR_ONE, Strategy.ONE_FOR_ALL])
async def test_a_group_whose_restart_fails_is_started_again(
    strategy: Strategy,
) -> None:
    """The failing member becomes the head; what its group had started stops again."""
    stage = Stage()
    spec = tree(*[stage.child(id) for id in "abc"], strategy=strategy, intensity=ROOMY)
    async with open_kernel(spec) as kernel:
        stage.take()
        stage.failing["b"] = 1
        await kernel.registry.resolve("/a").tell(Do(crash))
        await wait_all_tasks_blocked()
        head = ["-a", "-c", "-b", "+a", "!b"]
        if strategy is Strategy.REST_FOR_ONE:
            assert stage.take() == [*head, "+b", "+c"]
        else:
            assert stage.take() == [*head, "-a", "+a", "+b", "+c"]
        assert len({info.state for info in await list_children(kernel.root)}) == 1


async def test_an_earlier_failure_takes_a_pending_group_along(
    autojump_clock: Any,
) -> None:
    """Two overlapping groups become one; nobody is started twice."""
    stage = Stage()
    backoffs = {"a": Backoff(1.0), "b": Backoff(10.0), "c": Backoff.none()}
    children = [stage.child(id, backoff=backoff) for id, backoff in backoffs.items()]
    async with open_kernel(tree(*children, strategy=Strategy.REST_FOR_ONE)) as kernel:
        stage.take()
        await kernel.registry.resolve("/b").tell(Do(crash))
        await wait_all_tasks_blocked()
        assert stage.take() == ["-b", "-c"]
        await kernel.registry.resolve("/a").tell(Do(crash))
        await trio.sleep(100)
        assert stage.take() == ["-a", "+a", "+b", "+c"]


@pytest.mark.parametrize("verb", ["stop", "restart"])
async def test_the_head_of_a_pending_group_hands_it_on(
    autojump_clock: Any, verb: str
) -> None:
    """Those who wait for the head do not wait for ever when it is dealt with alone."""
    stage = Stage()
    children = [stage.child("a", backoff=Backoff(1000.0, 1000.0)), stage.child("b")]
    async with open_kernel(tree(*children, strategy=Strategy.REST_FOR_ONE)) as kernel:
        stage.take()
        await kernel.registry.resolve("/a").tell(Do(crash))
        await wait_all_tasks_blocked()
        stage.take()
        if verb == "stop":
            assert await stop_child(kernel.root, "a") is None
        else:
            await restart_child(kernel.root, "a")
        await wait_all_tasks_blocked()
        assert stage.take() == (["+b"] if verb == "stop" else ["+a", "+b"])


async def test_a_stop_aborts_a_restart_that_hangs(autojump_clock: Any) -> None:
    """The tree does not wait for a start that nobody needs any more."""
    reports: list[ExitReport] = []

    async def hang_later(me: Puppet) -> None:
        if me.ref.incarnation == 1:
            await trio.sleep_forever()

    spec = tree(puppet(on_start=hang_later, start_within=1000))
    async with open_kernel(spec, on_report=reports.append) as kernel:
        await kernel.registry.resolve("/a").tell(Do(crash))
        await wait_all_tasks_blocked()
        info = kernel.snapshot().find("/a")
        assert info is not None
        assert (info.status, info.incarnation) == ("starting", 2)
        began = trio.current_time()
        kernel.request_stop("not waiting")
        await kernel.wait_closed()
        assert trio.current_time() == began
    assert [report.context for report in reports] == [
        "child_terminated",
        "start_error",
        "child_terminated",
    ]


async def test_a_stop_in_the_middle_of_a_group_restart_starts_nobody(
    autojump_clock: Any,
) -> None:
    """The stop comes while a slow sibling is taken down; the group stays down."""
    stage = Stage()

    async def slow(me: Puppet, exit: object) -> None:
        await trio.sleep(2)

    spec = tree(
        stage.child("a"), puppet("z", on_stop=slow), strategy=Strategy.ONE_FOR_ALL
    )
    async with open_kernel(spec) as kernel:
        await kernel.registry.resolve("/a").tell(Do(crash))
        await wait_all_tasks_blocked()
        kernel.request_stop("closing")
        assert await kernel.wait_closed() == Stopped("closing")
    assert stage.take() == ["+a", "-a"]


async def test_a_supervisor_that_is_stopping_starts_nothing(
    autojump_clock: Any,
) -> None:
    """A request that hangs in a start is told that the start was given up."""

    async def forever(me: Puppet) -> None:
        if me.ref.runs > 1:
            await trio.sleep_forever()

    async with open_kernel(tree(puppet(on_start=forever))) as kernel:
        async with trio.open_nursery() as nursery:

            async def restart() -> None:
                with pytest.raises(StartAborted):
                    await restart_child(kernel.root, "a")

            nursery.start_soon(restart)
            await wait_all_tasks_blocked()
            kernel.request_stop("closing")
        await kernel.wait_closed()


@pytest.mark.req("registry.unique")
@pytest.mark.req("sup.static")
async def test_fixed_children_stay_fixed() -> None:
    """A taken id is named as such; a new one is refused; nothing is disturbed."""
    async with open_kernel(tree(puppet("a"), puppet("b"))) as kernel:
        a = kernel.registry.resolve("/a")
        with pytest.raises(AlreadyStarted) as caught:
            await start_child(kernel.root, puppet("a"))
        assert caught.value.ref is a
        with pytest.raises(Refused, match="fixed children"):
            await start_child(kernel.root, puppet("c"))
        await stop_child(kernel.root, "b")
        with pytest.raises(Refused, match="fixed children"):
            await start_child(kernel.root, puppet("b"))
        assert (a.status, a.incarnation) == ("running", 1)


@pytest.mark.req("sup.request")
async def test_a_supervisor_answers_start_stop_restart_and_list() -> None:
    """It is an actor; requests it does not know are refused, not crashes."""
    async with open_kernel(tree(puppet("a"))) as kernel:
        a = kernel.registry.resolve("/a")
        assert await restart_child(kernel.root, "a") is a
        assert (a.status, a.incarnation) == ("running", 2)
        assert await stop_child(kernel.root, "a") == Stopped("/ was asked to stop it")
        assert await stop_child(kernel.root, "a") is None
        again = await restart_child(kernel.root, "a")
        assert again is not a
        assert (a.status, again.status, again.path) == ("gone", "running", "/a")
        assert kernel.registry.whereis("/a") is again
        (info,) = await list_children(kernel.root)
        assert (info.id, info.ref, info.state) == ("a", again, "running")
        with pytest.raises(NoSuchChild):
            await stop_child(kernel.root, "b")
        with pytest.raises(NoSuchChild):
            await restart_child(kernel.root, "b")
        with pytest.raises(Refused, match="takes no Do"):
            await kernel.root.ask(Do(hang))
        assert kernel.root.incarnation == 1


async def test_a_restart_on_request_that_fails_is_told_and_retried() -> None:
    """The asker gets the exception; a child that is to run is tried again."""
    stage = Stage()
    async with open_kernel(tree(stage.child("a"))) as kernel:
        ref = kernel.registry.resolve("/a")
        stage.failing["a"] = 1
        with pytest.raises(OSError, match="a cannot start"):
            await restart_child(kernel.root, "a")
        assert await kernel.registry.wait_for("/a") is ref
        assert stage.take() == ["+a", "-a", "!a", "+a"]


@pytest.mark.parametrize("restart", [Restart.PERMANENT, Restart.TEMPORARY])
async def test_a_restart_of_what_was_not_to_run_is_not_retried(
    restart: Restart,
) -> None:
    """A stopped child, or a temporary one, that fails to start is left alone."""
    stage = Stage()
    async with open_kernel(tree(stage.child("a", restart=restart))) as kernel:
        if restart is Restart.PERMANENT:
            await stop_child(kernel.root, "a")
        stage.failing["a"] = 1
        with pytest.raises(OSError, match="a cannot start"):
            await restart_child(kernel.root, "a")
        await wait_all_tasks_blocked()
        states = [info.state for info in await list_children(kernel.root)]
        assert states == (["stopped"] if restart is Restart.PERMANENT else [])
        assert kernel.registry.whereis("/a") is None


async def test_a_told_request_that_fails_disturbs_nobody() -> None:
    """A supervisor whose asker does not wait for the answer lives on."""
    stage = Stage()
    async with open_kernel(tree(stage.child("a"))) as kernel:
        stage.failing["a"] = 1
        await kernel.root.tell(RestartChild(id="a"))
        await wait_all_tasks_blocked()
        assert stage.take() == ["+a", "-a", "!a", "+a"]
        assert kernel.root.incarnation == 1


async def test_addresses_below_a_restarting_supervisor_survive_with_it(
    autojump_clock: Any,
) -> None:
    """An address is stable across restarts, its own and those above it."""
    mid = supervisor(
        "mid",
        [puppet("a"), puppet("t", restart=Restart.TEMPORARY)],
        backoff=Backoff(10.0),
    )
    async with open_kernel(tree(mid)) as kernel:
        find = kernel.registry.resolve
        mid_ref, a, temporary = find("/mid"), find("/mid/a"), find("/mid/t")
        kernel.crash(mid_ref, ZeroDivisionError())
        await wait_all_tasks_blocked()
        assert (mid_ref.status, a.status) == ("restarting", "restarting")
        assert temporary.status == "gone"
        with pytest.raises(ActorRestarting):
            await a.tell("x")
        await trio.sleep(11)
        assert (mid_ref.status, a.status, a.incarnation) == ("running", "running", 2)
        assert find("/mid/a") is a
        assert find("/mid/t") is not temporary


async def test_addresses_below_a_supervisor_that_does_not_return_are_gone(
    autojump_clock: Any,
) -> None:
    """When a pending restart is called off, nobody below it is promised any more."""
    mid = supervisor("mid", [supervisor("in", [puppet("a")])], backoff=Backoff(10.0))
    async with open_kernel(tree(mid)) as kernel:
        a = kernel.registry.resolve("/mid/in/a")
        kernel.crash(kernel.registry.resolve("/mid"), ZeroDivisionError())
        await wait_all_tasks_blocked()
        assert a.status == "restarting"
        gone = []

        async def wait() -> None:
            gone.append(await kernel.wait_gone(a))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await wait_all_tasks_blocked()
            await stop_child(kernel.root, "mid")
        assert len(gone) == 1
        assert a.status == "gone"
        assert kernel.registry.whereis("/mid/in/a") is None


async def test_a_child_that_waits_below_a_restarting_supervisor_keeps_its_address(
    autojump_clock: Any,
) -> None:
    """A child in its backoff when the supervisor goes down comes back with it."""
    children = [
        puppet("a", backoff=Backoff(1000.0, 1000.0)),
        puppet("t", restart=Restart.TEMPORARY),
    ]
    async with open_kernel(tree(supervisor("mid", children))) as kernel:
        find = kernel.registry.resolve
        a = find("/mid/a")
        await a.tell(Do(crash))
        await wait_all_tasks_blocked()
        kernel.crash(find("/mid"), ZeroDivisionError())
        await wait_all_tasks_blocked()
        assert (a.status, find("/mid/a")) == ("running", a)


async def test_addresses_below_a_killed_supervisor_survive_its_restart(
    autojump_clock: Any,
) -> None:
    """Also where its time was up before every child had been asked to stop."""

    async def stuck(me: Puppet, exit: object) -> None:
        if me.ref.incarnation == 1:
            await trio.sleep(100)

    children = [puppet("idle"), puppet("stuck", on_stop=stuck, shutdown=100)]
    mid = supervisor("mid", children, shutdown=2)
    spec = tree(mid, puppet("a"), strategy=Strategy.ONE_FOR_ALL)
    async with open_kernel(spec) as kernel:
        find = kernel.registry.resolve
        refs = {path: find(path) for path in ("/mid", "/mid/idle", "/mid/stuck")}
        await find("/a").tell(Do(crash))
        await trio.sleep(10)
        for path, ref in refs.items():
            assert find(path) is ref
            assert (ref.status, ref.incarnation) == ("running", 2)


async def test_a_restart_of_a_member_in_the_middle_leaves_the_group_waiting(
    autojump_clock: Any,
) -> None:
    """Who waits for the head still does, when another member is started on request."""
    stage = Stage()
    children = [stage.child("a", backoff=Backoff(10.0, 10.0))]
    children += [stage.child(id) for id in "bc"]
    async with open_kernel(tree(*children, strategy=Strategy.REST_FOR_ONE)) as kernel:
        await kernel.registry.resolve("/a").tell(Do(crash))
        await wait_all_tasks_blocked()
        stage.take()
        await restart_child(kernel.root, "b")
        await wait_all_tasks_blocked()
        assert stage.take() == ["+b"]
        await trio.sleep(11)
        assert stage.take() == ["+a", "+c"]


async def test_a_supervisor_whose_restart_fails_keeps_its_addresses_promised(
    autojump_clock: Any,
) -> None:
    """As long as its own supervisor goes on trying, its children may come back."""
    stage = Stage()
    mid = supervisor(
        "mid",
        [
            stage.child("a"),
            stage.child("t", restart=Restart.TEMPORARY),
            stage.child("z"),
        ],
        backoff=Backoff(10.0, 10.0),
    )
    async with open_kernel(tree(mid)) as kernel:
        find = kernel.registry.resolve
        a, z = find("/mid/a"), find("/mid/z")
        kernel.crash(find("/mid"), ZeroDivisionError())
        await wait_all_tasks_blocked()
        stage.take()
        stage.failing["z"] = 1
        await trio.sleep(11)
        assert stage.take() == ["+a", "+t", "!z", "-t", "-a"]
        assert (a.status, z.status) == ("restarting", "restarting")
        assert kernel.registry.whereis("/mid/t") is None
        await trio.sleep(10)
        assert (a.status, z.status, find("/mid/z")) == ("running", "running", z)


class Stubborn(Actor):
    """Ends in the instant in which it is ready."""

    async def on_start(self) -> None:
        self.stop()


async def test_a_child_that_ends_in_the_instant_it_is_ready(
    autojump_clock: Any,
) -> None:
    """Its start succeeds, and its end is reckoned with as any other."""
    spec = tree(ChildSpec(id="a", factory=Stubborn, restart=Restart.TRANSIENT))
    async with open_kernel(spec) as kernel:
        await wait_all_tasks_blocked()
        assert kernel.registry.whereis("/a") is None
        (info,) = await list_children(kernel.root)
        assert info.state == "stopped"
        assert isinstance(info.ref, Ref)
        assert attrs.asdict(info.spec)["id"] == "a"
