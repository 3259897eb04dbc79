"""Outages of the machine last as long as they last, and the daemon outlives them.

The part of the daemon's own tree that needs the machine, below a root with the limit of
the real one; with virtual time, and a zygote without a process.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import trio
from actorkit import a_pane, a_session
from fakehost import FakeSpawner, Machine, open_machine
from trio.testing import MockClock

from fugue_actors import config, daemon, home
from fugue_actors.actors import zygote
from fugue_actors.gateways.operations.context import DaemonInfo
from fugue_actors.journal import Journal, cards
from fugue_actors.journal.archive import Archive
from fugue_actors.journal.opening import Opened
from fugue_actors.kernel import Kernel, Report, open_kernel, supervisor
from fugue_actors.protocol.events import PaneOpened, SessionOpened, TagsChanged
from fugue_actors.terminal.spawner import Spawner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

KEEPER = "/machine/keeper"
ONE_TOO_MANY = 7  # the root bears five restarts in a minute


@pytest.fixture
def jumping_clock() -> MockClock:
    """Jumps to the next timer when nothing happens, and leaves threads some time."""
    return MockClock(autojump_threshold=0.05)


class Failures:
    """Counts the ends of one actor, and tells when there were too many."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.count = 0
        self.too_many = trio.Event()

    def notice(self, report: Report) -> None:
        """Called by the kernel."""
        self.count += getattr(report, "path", None) == self.path
        if self.count >= ONE_TOO_MANY:
            self.too_many.set()


@asynccontextmanager
async def needing_the_machine(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    journal: Journal,
    notice: Callable[[Report], None],
) -> AsyncIterator[tuple[Kernel, Machine]]:
    """That part of a daemon's tree, with a root of the same intensity."""
    monkeypatch.setenv("FUGUE_HOME", str(root))
    settings = config.load()
    home.prepare(settings.runtime_dir, settings.panes_dir, settings.state_dir)
    info = DaemonInfo(
        version="test",
        home=str(root),
        started=time.time(),
        stop=lambda: None,
        hand_over=lambda to: None,
    )
    archive = Archive(path=settings.journal.journal, boot="")
    opened = Opened(journal=journal, archive=archive)
    whole = daemon.tree(settings, opened, info).factory()
    (part,) = [spec for spec in whole.specs if spec.id == "machine"]
    async with open_machine() as machine:

        async def start(**_: object) -> Any:
            await trio.lowlevel.checkpoint()
            return FakeSpawner(machine)

        monkeypatch.setattr(Spawner, "start", start)
        spec = supervisor("root", [part], intensity=whole.intensity)
        async with open_kernel(spec, on_report=notice) as kernel:
            yield kernel, machine


async def test_a_full_disk_is_tried_again_until_it_is_well(
    jumping_clock: MockClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven writes fail within two minutes, nobody ends, and the eighth is right."""
    failures = Failures(KEEPER)
    ann, journal = a_session("ann"), Journal()
    pane = a_pane(ann, state="running")
    await journal.record(SessionOpened(session=ann), PaneOpened(pane=pane))
    card = cards.path_of(tmp_path / "run" / "panes", pane.pane_id)

    def tags() -> tuple[str, ...]:
        return cards.read(card).session.tags

    with trio.fail_after(10_000):
        async with needing_the_machine(
            tmp_path, monkeypatch, journal, failures.notice
        ) as (kernel, _):
            while not card.exists():  # noqa: ASYNC110 - nothing tells of it
                await trio.sleep(1)
            in_the_way = card.with_suffix(".new")
            in_the_way.mkdir()
            await journal.record(TagsChanged(session_id=ann.session_id, tags=("x",)))
            await failures.too_many.wait()
            keeper = kernel.registry.resolve(KEEPER)
            assert (keeper.status, kernel.exit) == ("restarting", None)
            assert kernel.registry.resolve("/machine").incarnation == 1
            assert tags() == ()
            in_the_way.rmdir()
            while tags() != ("x",):  # noqa: ASYNC110 - nothing tells of it
                await trio.sleep(10)
            assert keeper.status == "running"


async def test_a_machine_without_processes_is_tried_again_until_it_has_some(
    jumping_clock: MockClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zygote that cannot be started again costs neither the daemon nor the keeper."""
    failures = Failures(zygote.PATH)
    with trio.fail_after(10_000):
        async with needing_the_machine(
            tmp_path, monkeypatch, Journal(), failures.notice
        ) as (kernel, machine):
            start = Spawner.start

            async def refuse(*, log: Path | None = None) -> Any:
                await trio.lowlevel.checkpoint()
                raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

            monkeypatch.setattr(Spawner, "start", refuse)
            machine.spawners[-1].die()
            await failures.too_many.wait()
            ref = kernel.registry.resolve(zygote.PATH)
            assert (ref.status, kernel.exit) == ("restarting", None)
            assert kernel.registry.resolve(KEEPER).incarnation == 1
            monkeypatch.setattr(Spawner, "start", start)
            await kernel.registry.wait_for(zygote.PATH)
            assert ref.status == "running"
