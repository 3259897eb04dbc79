"""Supervisors that end when their significant children have."""

from __future__ import annotations

from typing import Any

import pytest
from puppets import Do, Stage, crash, puppet, tree
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import (
    AutoShutdown,
    ChildSpec,
    Kernel,
    Normal,
    Restart,
    dynamic_supervisor,
    list_children,
    open_kernel,
    start_child,
    stop_child,
    supervisor,
)

ANY = AutoShutdown.ANY_SIGNIFICANT
ALL = AutoShutdown.ALL_SIGNIFICANT


def group(stage: Stage, auto: AutoShutdown, **spec: Any) -> ChildSpec:
    """Two significant children and one that is not."""
    given = {"restart": Restart.TRANSIENT, **spec}
    return supervisor(
        "group",
        [
            stage.child("a", restart=Restart.TRANSIENT, significant=True),
            stage.child("b", restart=Restart.TEMPORARY, significant=True),
            stage.child("other"),
        ],
        auto_shutdown=auto,
        **given,
    )


async def end(kernel: Kernel, id: str) -> None:
    """Let a member of the group end itself."""
    await kernel.registry.resolve(f"/group/{id}").tell(Do(lambda me: me.stop()))
    await wait_all_tasks_blocked()


@pytest.mark.req("sup.auto")
async def test_any_significant_end_ends_the_supervisor() -> None:
    """The first is enough; the others stop in reverse, and it is a normal end."""
    stage = Stage()
    async with open_kernel(tree(group(stage, ANY))) as kernel:
        ref = kernel.registry.resolve("/group")
        stage.take()
        await end(kernel, "a")
        assert stage.take() == ["-a", "-other", "-b"]
        assert ref.status == "gone"
        assert isinstance(ref.last_exit, Normal)


@pytest.mark.req("sup.auto")
@pytest.mark.parametrize("order", ["ab", "ba"])
async def test_all_significant_ends_end_the_supervisor(order: str) -> None:
    """The last of them ends it, in whatever order they go."""
    stage = Stage()
    async with open_kernel(tree(group(stage, ALL))) as kernel:
        ref = kernel.registry.resolve("/group")
        await end(kernel, order[0])
        assert ref.status == "running"
        await end(kernel, order[1])
        assert ref.status == "gone"


@pytest.mark.req("sup.auto")
@pytest.mark.parametrize("auto", AutoShutdown)
async def test_an_end_that_is_restarted_or_not_significant_does_not_count(
    auto: AutoShutdown,
) -> None:
    """Nor does a stop on request: whoever asked for that meant only the child."""
    stage = Stage()
    async with open_kernel(tree(group(stage, auto))) as kernel:
        ref = kernel.registry.resolve("/group")
        await kernel.registry.resolve("/group/a").tell(Do(crash))
        await wait_all_tasks_blocked()
        await end(kernel, "other")
        await stop_child(ref, "a")
        await stop_child(ref, "b")
        await wait_all_tasks_blocked()
        assert (ref.status, ref.incarnation) == ("running", 1)


@pytest.mark.req("sup.auto")
@pytest.mark.parametrize("auto", [ANY, ALL])
async def test_an_empty_supervisor_stays(auto: AutoShutdown) -> None:
    """It never ends because it is still empty, and ends when its last one has."""
    pool = dynamic_supervisor("pool", auto_shutdown=auto, restart=Restart.TEMPORARY)
    empty = supervisor("empty", auto_shutdown=auto, restart=Restart.TRANSIENT)
    async with open_kernel(tree(pool, empty)) as kernel:
        ref = kernel.registry.resolve("/pool")
        await wait_all_tasks_blocked()
        plain = await start_child(ref, puppet("plain", restart=Restart.TRANSIENT))
        await plain.tell(Do(lambda me: me.stop()))
        await wait_all_tasks_blocked()
        assert ref.status == "running"
        assert kernel.registry.resolve("/empty").status == "running"
        spec = puppet(restart=Restart.TEMPORARY, significant=True)
        child = await start_child(ref, spec)
        await child.tell(Do(lambda me: me.stop()))
        await wait_all_tasks_blocked()
        assert ref.status == "gone"


@pytest.mark.req("sup.auto")
@pytest.mark.parametrize("restart", [Restart.TRANSIENT, Restart.TEMPORARY])
async def test_a_parent_that_holds_it_transient_leaves_it_ended(
    restart: Restart,
) -> None:
    """A normal end of a transient or temporary child is no reason to restart it."""
    stage = Stage()
    async with open_kernel(tree(group(stage, ANY, restart=restart))) as kernel:
        await end(kernel, "b")
        states = [info.state for info in await list_children(kernel.root)]
        assert states == (["stopped"] if restart is Restart.TRANSIENT else [])
