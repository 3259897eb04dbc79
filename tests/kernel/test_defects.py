"""Seven defects seen in a comparable library, each with the name of its regression."""

from __future__ import annotations

import math
from typing import Any

import pytest
import trio
from puppets import Do, Latch, Puppet, Stage, crash, puppet, tree
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import (
    ActorCrashed,
    Exit,
    ExitReport,
    Intensity,
    Ref,
    dynamic_supervisor,
    open_kernel,
    start_child,
    supervisor,
)


async def test_an_ask_to_a_crashing_server_returns(autojump_clock: Any) -> None:
    """Without any limit of its own, the ask ends with the server."""
    async with open_kernel(tree(puppet())) as kernel:
        with trio.fail_after(1), pytest.raises(ActorCrashed):
            await kernel.registry.resolve("/a").ask(Do(crash), within=math.inf)


async def test_normal_exits_past_the_limit_do_not_end_the_supervisor_silently() -> None:
    """The supervisor's end is a report of its own, and its parent brings it back."""
    reports: list[ExitReport] = []
    mid = supervisor("mid", [puppet()], intensity=Intensity(1))
    async with open_kernel(tree(mid), on_report=reports.append) as kernel:
        ref = kernel.registry.resolve("/mid/a")
        for _ in range(2):
            await ref.tell(Do(lambda me: me.stop()))
            await wait_all_tasks_blocked()
        told = [report.path for report in reports if report.context == "intensity"]
        assert told == ["/mid"]
        assert kernel.registry.resolve("/mid").incarnation == 2


async def test_the_intensity_is_the_supervisors_and_not_each_childs() -> None:
    """Ten children with one crash each are ten restarts, not ten times one."""
    stage = Stage()
    children = [stage.child(f"c{number}") for number in range(10)]
    async with open_kernel(tree(*children, intensity=Intensity(9))) as kernel:
        for child in children:
            assert kernel.exit is None
            await kernel.registry.resolve(f"/{child.id}").tell(Do(crash))
            await wait_all_tasks_blocked()
        assert kernel.exit is not None


async def test_a_failing_start_is_not_hidden_by_a_second_error() -> None:
    """What fails while the failure is cleaned up does not take its place."""

    async def helper() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise KeyError("second")

    def bad_end(me: Puppet, exit: Exit) -> None:
        raise KeyError("third")

    async def on_start(me: Puppet) -> None:
        me.nursery.start_soon(helper)
        await wait_all_tasks_blocked()
        raise LookupError("first")

    reports: list[ExitReport] = []
    spec = tree(puppet("early", on_stop=bad_end), puppet(on_start=on_start))
    with pytest.RaisesGroup(LookupError, KeyError) as caught:
        async with open_kernel(spec, on_report=reports.append):
            pytest.fail("opened")
    assert str(caught.value.exceptions[0]) in {"first", "'second'"}
    assert [report.path for report in reports] == ["/a", "/early", "/"]


async def test_clean_up_is_not_skipped_on_cancellation(autojump_clock: Any) -> None:
    """An outer cancellation still gives every `on_stop` its awaits."""
    cleaned: list[str] = []

    async def on_stop(me: Puppet, exit: Exit) -> None:
        await trio.sleep(1)
        cleaned.append(me.ref.id)

    with trio.move_on_after(10):
        async with open_kernel(tree(*[puppet(id, on_stop=on_stop) for id in "abc"])):
            await trio.sleep_forever()
    assert cleaned == ["c", "b", "a"]


async def test_a_tell_does_not_wait_for_its_receiver() -> None:
    """It waits for room at most, never for the handling."""
    latch = Latch()
    with trio.fail_after(5):
        async with open_kernel(tree(puppet())) as kernel:
            ref = kernel.registry.resolve("/a")
            await ref.tell(Do(latch))
            await latch.entered.wait()
            await ref.tell("two")
            await ref.tell("three")
            latch.leave.set()


async def test_a_dynamic_start_gives_a_handle() -> None:
    """Whoever asks for a child gets its address, ready to be told."""
    async with open_kernel(tree(dynamic_supervisor("pool"))) as kernel:
        ref = await start_child(kernel.registry.resolve("/pool"), puppet())
        assert isinstance(ref, Ref)
        await ref.tell("hello")
        assert await ref.ask(Do(lambda me: me.seen)) == ["hello"]
