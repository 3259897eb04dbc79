"""The zygote's actor: one program for each pane, whoever asks and whatever crashes."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import hostkit
import pytest
import trio
from actorkit import World, a_pane, a_session, open_world
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import zygote
from fugue_actors.errors import FugueError
from fugue_actors.journal import Journal
from fugue_actors.kernel import Ref, open_kernel, supervisor
from fugue_actors.protocol.events import (
    PaneClosed,
    PaneOpened,
    PaneStarted,
    Recorded,
    SessionOpened,
)
from fugue_actors.protocol.hosting import HostInfo
from fugue_actors.terminal.link import PaneLink


@attrs.define(eq=False)
class Fork:
    """A zygote's actor, real or with a fake process, and a session for its panes.

    Attributes:
        die: Ends the process.
        directory: Where hosts have their sockets.
    """

    journal: Journal
    zygote: Ref
    die: Callable[[], None]
    directory: Path
    session: Any = attrs.field(factory=lambda: a_session("ann"))
    started: list[PaneStarted] = attrs.field(factory=list)

    async def begin(self) -> None:
        self.journal.listen(self.keep)
        await self.journal.record(SessionOpened(session=self.session))
        await self.open("p1")

    def keep(self, recorded: Recorded) -> None:
        if isinstance(recorded.event, PaneStarted):
            self.started.append(recorded.event)

    async def open(self, pane_id: str, **fields: Any) -> None:
        """Record a pane that is to be started."""
        pane = a_pane(
            self.session,
            pane_id,
            **{"environment": hostkit.ENVIRONMENT, "key": hostkit.KEY, **fields},
        )
        await self.journal.record(PaneOpened(pane=pane))

    async def spawn(self, pane_id: str = "p1") -> HostInfo | str:
        """The host's info, or the code of the refusal."""
        try:
            return await zygote.spawn_host(self.zygote, pane_id)
        except FugueError as error:
            return error.code

    async def reach(self, info: HostInfo) -> None:
        """Link to a host, which has to be there."""
        link = await PaneLink.connect(Path(info.socket), key=hostkit.KEY, generation=1)
        await link.aclose()

    def sockets(self) -> list[str]:
        """The panes that have hosts."""
        return sorted(path.stem for path in self.directory.glob("*.sock"))

    async def crash(self) -> None:
        """End the process and wait until a new incarnation runs."""
        before = self.zygote.incarnation
        self.die()
        while self.zygote.incarnation == before:  # noqa: ASYNC110 - nothing tells of it
            await trio.sleep(0.02)


@asynccontextmanager
async def fake_fork() -> AsyncIterator[Fork]:
    async with open_world() as world:
        yield Fork(
            world.journal,
            world.kernel.registry.resolve(zygote.PATH),
            world.machine.spawners[-1].die,
            world.machine.directory,
        )


@asynccontextmanager
async def real_fork() -> AsyncIterator[Fork]:
    actors: list[zygote.ZygoteActor] = []
    journal = Journal()
    with tempfile.TemporaryDirectory(prefix="fugue-test-") as name:
        directory = Path(name)
        spec = zygote.spec(journal, directory, 100)

        def make() -> zygote.ZygoteActor:
            actors.append(spec.factory())
            return actors[-1]

        machine = supervisor("machine", [attrs.evolve(spec, factory=make)])
        root = supervisor("root", [machine])
        async with open_kernel(root) as kernel:
            fork = Fork(
                journal,
                kernel.registry.resolve(zygote.PATH),
                actors[-1].spawner.process.kill,
                directory,
            )
            try:
                yield fork
            finally:
                with trio.move_on_after(10, shield=True):
                    for event in fork.started:
                        await hostkit.end_host(event.hosted)


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def fork(request: pytest.FixtureRequest) -> AsyncIterator[Fork]:
    with trio.fail_after(30):
        async with fake_fork() if request.param == "fake" else real_fork() as fork:
            await fork.begin()
            yield fork


async def test_a_spawn_is_recorded_and_answered_with_where_the_host_is(
    fork: Fork,
) -> None:
    """What the answer says is what the record says, and somebody is there."""
    info = await fork.spawn()
    assert isinstance(info, HostInfo)
    assert fork.journal.state.panes["p1"].hosted == info
    assert fork.journal.state.panes["p1"].state == "running"
    await fork.reach(info)


async def test_many_who_ask_for_one_pane_start_one_program(fork: Fork) -> None:
    """A pane's actor may crash and ask again while the first spawn is under way."""
    answers: list[Any] = []

    async def ask() -> None:
        answers.append(await fork.spawn())

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(ask)
    answers.append(await fork.spawn())
    assert len(set(answers)) == 1
    assert len(fork.started) == 1


async def test_a_command_that_does_not_exist_is_refused_to_all_who_asked(
    fork: Fork,
) -> None:
    """Nothing is recorded, and other panes can be started."""
    await fork.open("bad", argv=("no-such-command",))
    answers: list[Any] = []

    async def ask() -> None:
        answers.append(await fork.spawn("bad"))

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(ask)
    assert answers == ["InvalidArgument"] * 3
    assert await fork.spawn("bad") == "InvalidArgument"
    assert fork.started == []
    assert isinstance(await fork.spawn(), HostInfo)
    assert fork.sockets() == ["p1"]


async def test_a_pane_that_was_closed_before_is_not_started(fork: Fork) -> None:
    """Whoever asks for it is told, and no host comes of it."""
    closed = PaneClosed(pane_id="p1", session_id=fork.session.session_id)
    await fork.journal.record(closed)
    assert await fork.spawn() == "Unavailable"
    assert fork.sockets() == []


async def test_when_the_process_dies_a_new_one_is_started_and_hosts_go_on(
    fork: Fork,
) -> None:
    """No host depends on the zygote after the fork."""
    info = await fork.spawn()
    assert isinstance(info, HostInfo)
    await fork.crash()
    await fork.reach(info)
    await fork.open("p2")
    assert isinstance(await fork.spawn("p2"), HostInfo)
    assert await fork.spawn() == info
    assert fork.sockets() == ["p1", "p2"]


# ---- in mid-spawn, under virtual time


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            world.machine.gate = trio.Event()
            session = a_session("ann")
            await world.journal.record(
                SessionOpened(session=session),
                *(PaneOpened(pane=a_pane(session, f"p{n}")) for n in range(3)),
            )
            yield world


class Asking:
    """A spawn in a task of its own."""

    def __init__(self, world: World, nursery: trio.Nursery, pane_id: str) -> None:
        self.answer: Any = None
        nursery.start_soon(
            self.run, world.kernel.registry.resolve(zygote.PATH), pane_id
        )

    async def run(self, actor: Ref, pane_id: str) -> None:
        try:
            self.answer = await zygote.spawn_host(actor, pane_id)
        except FugueError as error:
            self.answer = error.code


async def test_panes_do_not_wait_for_each_others_start(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """One slow program holds up nobody."""
    asking = [Asking(world, nursery, f"p{number}") for number in range(3)]
    await wait_all_tasks_blocked()
    assert world.machine.waiting == 3
    world.machine.gate.set()
    await wait_all_tasks_blocked()
    assert len({one.answer for one in asking}) == 3


async def test_a_pane_that_is_closed_while_it_starts_leaves_no_host(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """The host that came too late is ended, and never was started for the record."""
    asking = Asking(world, nursery, "p0")
    await wait_all_tasks_blocked()
    session_id = world.record("p0").session_id
    await world.journal.record(PaneClosed(pane_id="p0", session_id=session_id))
    world.machine.gate.set()
    await wait_all_tasks_blocked()
    assert asking.answer == "Unavailable"
    assert list(world.machine.hosts) == ["p0"]
    assert world.machine.living == []
    assert world.recorded(PaneStarted) == []


async def test_who_waits_when_the_process_dies_is_told_and_can_ask_again(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """A spawn that was cut has not happened."""
    asking = Asking(world, nursery, "p0")
    await wait_all_tasks_blocked()
    world.machine.spawners[0].die()
    await wait_all_tasks_blocked()
    assert isinstance(asking.answer, str)
    world.machine.gate.set()
    again = Asking(world, nursery, "p0")
    await wait_all_tasks_blocked()
    assert isinstance(again.answer, HostInfo)
    assert len(world.machine.spawners) == 2
    assert world.machine.living == ["p0"]


async def test_a_spawn_that_takes_for_ever_is_given_up_by_who_asked(
    autojump_clock: MockClock, world: World, nursery: trio.Nursery
) -> None:
    """Within the limit that callers count on; it goes on for whoever asks next."""
    before = trio.current_time()
    asking = Asking(world, nursery, "p0")
    await trio.sleep(zygote.SPAWN_WITHIN)
    await wait_all_tasks_blocked()
    assert asking.answer == "Timeout"
    assert trio.current_time() == before + 15
    again = Asking(world, nursery, "p0")
    await wait_all_tasks_blocked()
    assert world.machine.waiting == 1
    world.machine.gate.set()
    await wait_all_tasks_blocked()
    assert isinstance(again.answer, HostInfo)
