"""The fake hosts and their spawner promise what the real ones do.

Other tests believe in the fakes because these tests are passed by the originals too.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import attrs
import fakehost
import hostkit
import pytest
import trio

from fugue_actors.errors import Refused, Unavailable
from fugue_actors.protocol import hosting
from fugue_actors.terminal import processes
from fugue_actors.terminal.link import PaneLink


@attrs.define(eq=False)
class Bench:
    """Hosts of either kind, and how to kill one of them."""

    panes: hostkit.Panes
    kill_host: Callable[[hosting.HostInfo], None]

    async def wait_host_gone(self, info: hosting.HostInfo) -> None:
        """Wait until a released host has ended."""
        while await trio.Path(info.socket).exists():  # noqa: ASYNC110 - of another process
            await trio.sleep(0.01)

    async def shell(self) -> hostkit.HostedPane:
        """A linked host whose program is a shell."""
        return await self.panes.open("sh")


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    with trio.fail_after(30):
        if request.param == "real":
            async with hostkit.open_panes() as panes:
                yield Bench(panes, lambda info: os.kill(info.host_pid, signal.SIGKILL))
        else:
            async with fakehost.open_machine() as machine:
                spawner = fakehost.FakeSpawner(machine)

                def kill(info: hosting.HostInfo) -> None:
                    machine.hosts[Path(info.socket).stem].die()

                panes = hostkit.Panes(machine.directory, spawner, machine.nursery)
                yield Bench(panes, kill)


async def test_a_new_host_runs_its_program_in_a_terminal_of_the_size_asked_for(
    bench: Bench,
) -> None:
    """What a spawn answers leads to a host that knows what it was told."""
    pane = await bench.panes.open("sh", columns=100, lines=30)
    status = await pane.link.status()
    assert status.info == pane.info
    assert (status.exit, status.generation) == (None, 1)
    assert (status.columns, status.lines) == (100, 30)


async def test_what_cannot_be_started_is_refused_and_leaves_nothing(
    bench: Bench,
) -> None:
    """A refusal is an answer, and the next spawn works."""
    with pytest.raises(Refused) as refused:
        await bench.panes.open("no-such-command")
    assert refused.value.code == "InvalidArgument"
    await bench.shell()


async def test_an_exit_is_an_event_and_a_state(bench: Bench) -> None:
    """Whoever is linked is told; whoever asks later finds it."""
    pane = await bench.shell()
    await pane.link.write(b"exit 3\r")
    assert (await pane.wait_exited()).exit == hosting.ProgramExit(code=3)
    assert (await pane.link.status()).exit == hosting.ProgramExit(code=3)


async def test_a_later_link_is_told_of_the_exit_again(bench: Bench) -> None:
    """A daemon that comes back hears the whole story."""
    pane = await bench.shell()
    await pane.link.write(b"exit 4\r")
    await pane.wait_exited()
    again = await bench.panes.link(pane.info, generation=2)
    assert (await again.wait_exited()).exit == hosting.ProgramExit(code=4)


async def test_nothing_can_be_typed_into_a_program_that_has_ended(bench: Bench) -> None:
    """Its last screen can still be read."""
    pane = await bench.shell()
    await pane.link.write(b"exit 0\r")
    await pane.wait_exited()
    with pytest.raises(Refused) as refused:
        await pane.link.write(b"x")
    assert refused.value.code == "PaneExited"
    assert (await pane.link.screen()).lines == 24


async def test_a_newer_generation_takes_over_and_an_older_one_is_refused(
    bench: Bench,
) -> None:
    """One pane, one driver."""
    info = await bench.panes.spawn("sh")
    old = await bench.panes.link(info, generation=2)
    new = await bench.panes.link(info, generation=3)
    await old.events.wait_for(hosting.LinkLost)
    with pytest.raises(Unavailable):
        await old.link.status()
    with pytest.raises(Refused) as refused:
        await bench.panes.link(info, generation=2)
    assert refused.value.code == "NotAllowed"
    assert (await new.link.status()).generation == 3


async def test_a_wrong_key_is_refused(bench: Bench) -> None:
    """The path of a socket is no permission."""
    info = await bench.panes.spawn("sh")
    with pytest.raises(Refused) as refused:
        await PaneLink.connect(Path(info.socket), key="guess", generation=9)
    assert refused.value.code == "NotAllowed"


async def test_a_resize_is_seen_in_the_state(bench: Bench) -> None:
    """The terminal has the size it was given."""
    pane = await bench.shell()
    await pane.link.resize(66, 11)
    status = await pane.link.status()
    assert (status.columns, status.lines) == (66, 11)


async def test_a_host_stays_until_its_program_has_ended_and_it_is_released(
    bench: Bench,
) -> None:
    """Ending is two steps: the program, then the host; afterwards nobody is there."""
    pane = await bench.shell()
    with pytest.raises(Refused) as refused:
        await pane.link.close()
    assert refused.value.code == "Busy"
    report = await pane.link.kill(0.5)
    assert report.ended >= 1
    assert report.exit is not None
    assert (await pane.wait_exited()).exit == report.exit
    await pane.link.close()
    await bench.wait_host_gone(pane.info)
    with pytest.raises(Unavailable):
        await bench.panes.link(pane.info, generation=2)


async def test_a_host_that_dies_takes_its_link_along(bench: Bench) -> None:
    """A lost link says nothing about the program, and nobody answers any more."""
    pane = await bench.shell()
    bench.kill_host(pane.info)
    await pane.events.wait_for(hosting.LinkLost)
    assert not any(isinstance(e, hosting.ProgramExited) for e in pane.events.events)
    with pytest.raises(Unavailable):
        await bench.panes.link(pane.info, generation=2)


async def test_hosts_outlive_the_zygote_they_came_from(bench: Bench) -> None:
    """Its end is noticed, new spawns fail, and what runs goes on."""
    pane = await bench.shell()
    await bench.panes.spawner.aclose()
    await bench.panes.spawner.wait_died()
    assert (await pane.link.status()).exit is None
    with pytest.raises((Unavailable, trio.ClosedResourceError)):
        await bench.panes.open("sh")


@pytest.mark.real
async def test_the_test_kit_ends_a_host_whose_terminal_has_gone_already() -> None:
    """A process that is being killed loses its terminal before it is gone."""
    host = await trio.lowlevel.open_process(["sleep", "600"])
    started = processes.table()[host.pid].started
    async with trio.open_nursery() as nursery:
        nursery.start_soon(host.wait)
        await hostkit.end_host(
            hosting.HostInfo(
                host_pid=host.pid,
                host_started=started,
                program_pid=0,
                program_started=0.0,
                socket="/nowhere/p.sock",
                tty="/nowhere/pts",
            )
        )
    assert host.returncode == -signal.SIGKILL
