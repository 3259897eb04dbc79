"""Killing a pane ends everything its program started, and says what that took."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import hostkit
import pytest
import trio

from fugue_actors.errors import Refused, Unavailable
from fugue_actors.protocol import hosting
from fugue_actors.protocol.hosting import ForcedProcess, LinkLost, ProgramExit
from fugue_actors.protocol.hostwire import encode
from fugue_actors.terminal import processes
from fugue_actors.terminal.link import PaneLink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.real

STUBBORN = "trap '' HUP TERM; echo stubborn; while :; do sleep 0.05; done"

LEAVE_BEHIND = (
    "setsid sh -c 'echo > ready; exec sleep 1000' & while [ ! -e ready ]; do :; done"
)


@pytest.fixture
async def panes() -> AsyncIterator[hostkit.Panes]:
    with trio.fail_after(60):
        async with hostkit.open_panes() as panes:
            yield panes


def family(pane: hostkit.HostedPane) -> dict[int, processes.Process]:
    """Everybody below a pane's host."""
    return processes.family(
        processes.table(),
        host=pane.info.host_pid,
        tty=processes.device_number(pane.info.tty),
    )


async def test_a_willing_program_goes_with_the_first_signal(
    panes: hostkit.Panes,
) -> None:
    """No grace is waited for once nobody is left: a second would be an hour here."""
    pane = await panes.open("sh", "-c", "echo up; exec sleep 1000")
    await pane.wait_text("up")
    report = await pane.link.kill(3600)
    assert report.exit == ProgramExit(signal="SIGHUP")
    assert (report.ended, report.forced, report.survivors) == (1, (), ())
    assert (await pane.wait_exited()).exit == report.exit


async def test_the_exit_is_reported_before_the_kill_is_answered(
    panes: hostkit.Panes,
) -> None:
    """So whoever kills a pane need not wait for its exit separately."""
    info = await panes.spawn("cat")
    stream = await trio.open_unix_socket(info.socket)
    async with stream:
        hello = hosting.Hello(versions=(1,), key=hostkit.KEY, generation=1)
        kill = hosting.KillProgram(grace=10)
        await stream.send_all(encode(hello, id=1) + encode(kill, id=2))
        received = b""
        while b"kill_report" not in received:
            received += await stream.receive_some()
    assert received.index(b"program_exited") < received.index(b"kill_report")


async def test_a_program_that_ignores_sighup_gets_sigterm(panes: hostkit.Panes) -> None:
    """nohup protects against a lost terminal, not against being asked to end."""
    pane = await panes.open("sh", "-c", "trap '' HUP; echo up; exec sleep 1000")
    await pane.wait_text("up")
    report = await pane.link.kill(0.2)
    assert report.exit == ProgramExit(signal="SIGTERM")
    assert report.forced == ()


async def test_a_stubborn_program_is_killed_and_named(panes: hostkit.Panes) -> None:
    """The user is told what did not end by itself."""
    pane = await panes.open("sh", "-c", STUBBORN)
    await pane.wait_text("stubborn")
    report = await pane.link.kill(0.2)
    assert report.exit == ProgramExit(signal="SIGKILL")
    assert ForcedProcess(pid=pane.info.program_pid, command="sh") in report.forced


async def test_a_stopped_program_ends_too(panes: hostkit.Panes) -> None:
    """A signal other than SIGKILL waits until a stopped process continues."""
    pane = await panes.open("sh", "-c", "echo up; kill -STOP $$; sleep 1000")
    await pane.wait_text("up")
    report = await pane.link.kill(3600)
    assert report.exit == ProgramExit(signal="SIGHUP")


@pytest.mark.parametrize("grace", [-1.0, float("nan"), float("inf")])
async def test_a_grace_that_is_no_time_is_refused(
    panes: hostkit.Panes, grace: float
) -> None:
    """It would kill at once, or never."""
    pane = await panes.open("cat")
    with pytest.raises(Refused, match="grace") as refused:
        await pane.link.kill(grace)
    assert refused.value.code == "InvalidArgument"


async def test_daemonised_processes_are_found_and_ended(panes: hostkit.Panes) -> None:
    """Double fork and a session of one's own: neither process group nor terminal finds it."""
    daemonise = "(setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $! > orphan) &"
    pane = await panes.open("sh", "-c", f"{daemonise} wait; echo up; exec cat")
    await pane.wait_text("up")
    orphan = int((panes.directory / "orphan").read_text(encoding="utf-8"))
    assert processes.inspect(orphan).parent == pane.info.host_pid
    report = await pane.link.kill(3600)
    assert not hostkit.is_running(orphan)
    assert report.ended == 2


async def test_what_a_program_left_behind_is_ended_after_it_exited(
    panes: hostkit.Panes,
) -> None:
    """A kill is about the whole tree, also if its root is gone already."""
    pane = await panes.open("sh", "-c", f"{LEAVE_BEHIND}; exit 4")
    await pane.wait_exited()
    (orphan,) = family(pane)
    report = await pane.link.kill(3600)
    assert report.exit == ProgramExit(code=4)
    assert report.ended == 1
    assert not hostkit.is_running(orphan)


async def test_processes_that_appear_while_ending_do_not_escape(
    panes: hostkit.Panes,
) -> None:
    """A program that answers each signal with a new process must not win."""
    script = "trap 'sleep 1000 & setsid sleep 1000 &' HUP TERM; echo up; while :; do sleep 0.02; done"
    pane = await panes.open("sh", "-c", script)
    await pane.wait_text("up")
    report = await pane.link.kill(0.3)
    assert report.survivors == ()
    assert family(pane) == {}


async def test_a_second_kill_joins_the_first_and_can_hasten_it(
    panes: hostkit.Panes,
) -> None:
    """A user who loses patience says so with a shorter grace."""
    pane = await panes.open("sh", "-c", STUBBORN)
    await pane.wait_text("stubborn")
    reports = []

    async def kill(grace: float) -> None:
        reports.append(await pane.link.kill(grace))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(kill, 3600)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(kill, 0.1)
    assert reports[0] == reports[1]
    assert reports[0].exit == ProgramExit(signal="SIGKILL")


async def test_the_host_answers_while_it_waits_for_the_end(
    panes: hostkit.Panes,
) -> None:
    """A grace of minutes must not make the pane unreadable."""
    pane = await panes.open("sh", "-c", STUBBORN)
    await pane.wait_text("stubborn")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pane.link.kill, 3600)
        await trio.testing.wait_all_tasks_blocked()
        assert (await pane.link.status()).exit is None
        nursery.cancel_scope.cancel()


async def test_a_released_host_ends_and_takes_its_socket_along(
    panes: hostkit.Panes,
) -> None:
    """A pane that is closed leaves no process and no file."""
    pane = await panes.open("true")
    await pane.wait_exited()
    await pane.link.close()
    await hostkit.wait_gone(pane.info.host_pid)
    assert list((panes.directory / "panes").iterdir()) == []


async def test_releasing_ends_what_the_program_left_behind(
    panes: hostkit.Panes,
) -> None:
    """Without a host nobody could find it any more."""
    pane = await panes.open("sh", "-c", LEAVE_BEHIND)
    await pane.wait_exited()
    (orphan,) = family(pane)
    await pane.link.close()
    await hostkit.wait_gone(pane.info.host_pid)
    assert not hostkit.is_running(orphan)


async def test_a_running_program_is_not_released(panes: hostkit.Panes) -> None:
    """Ending a host by mistake would hang up on its program."""
    pane = await panes.open("cat")
    with pytest.raises(Refused) as refused:
        await pane.link.close()
    assert refused.value.code == "Busy"
    assert (await pane.link.status()).exit is None


async def test_a_host_that_dies_hangs_up_on_its_program_and_on_its_link(
    panes: hostkit.Panes,
) -> None:
    """The daemon must learn it at once, and no program runs on without anybody to reach it."""
    pane = await panes.open("sh", "-c", "echo up; exec sleep 1000")
    await pane.wait_text("up")
    os.kill(pane.info.host_pid, signal.SIGKILL)
    await pane.events.wait_for(LinkLost)
    await hostkit.wait_gone(pane.info.program_pid)
    with pytest.raises(Unavailable):
        await pane.link.status()


async def test_a_host_that_nobody_can_reach_any_more_ends_with_its_work_done(
    panes: hostkit.Panes,
) -> None:
    """A runtime directory that was removed must not leave processes for ever."""
    pane = await panes.open("true")
    await pane.wait_exited()
    remove(pane.info.socket)
    await pane.link.aclose()
    await hostkit.wait_gone(pane.info.host_pid)


@pytest.mark.parametrize("command", ["exec cat", LEAVE_BEHIND])
async def test_a_host_without_socket_stays_while_it_has_something_to_host(
    panes: hostkit.Panes, command: str
) -> None:
    """Whatever happens to a file, no program is ended for it."""
    pane = await panes.open("sh", "-c", command)
    if command == LEAVE_BEHIND:
        await pane.wait_exited()
    second_name = panes.directory / "second"
    second_name.hardlink_to(pane.info.socket)
    remove(pane.info.socket)
    await pane.link.stream.send_eof()
    await pane.events.wait_for(LinkLost)  # the host has closed its end, and looked
    again = await PaneLink.connect(second_name, key=hostkit.KEY, generation=2)
    assert again.opened.info == pane.info
    await again.aclose()
    assert len(family(pane)) == 1


def remove(path: str) -> None:
    Path(path).unlink()


async def test_a_host_with_socket_and_result_waits_to_be_asked(
    panes: hostkit.Panes,
) -> None:
    """An exit status that nobody has seen yet is not thrown away."""
    pane = await panes.open("sh", "-c", "exit 5")
    await pane.wait_exited()
    await pane.link.aclose()
    again = await panes.link(pane.info, generation=2)
    assert (await again.wait_exited()).exit == ProgramExit(code=5)
