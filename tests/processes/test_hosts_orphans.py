"""Hosts without a daemon: how long they wait, and how they are found again."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import hostkit
import pytest
import trio

from fugue_actors.errors import Unavailable
from fugue_actors.terminal import stragglers
from fugue_actors.terminal.link import PaneLink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.protocol.hosting import HostInfo

pytestmark = pytest.mark.real


@pytest.fixture
async def panes() -> AsyncIterator[hostkit.Panes]:
    """A zygote of this test's own."""
    with trio.fail_after(60):
        async with hostkit.open_panes() as panes:
            yield panes


def take_log(panes: hostkit.Panes) -> str:
    """What hosts said, which the test expects them to say."""
    log = panes.directory / "log"
    text = log.read_text(encoding="utf-8")
    log.write_text("", encoding="utf-8")
    return text


async def both_gone(info: HostInfo) -> None:
    await hostkit.wait_gone(info.program_pid)
    await hostkit.wait_gone(info.host_pid)


async def test_a_host_with_a_limit_ends_with_its_program_when_nobody_comes(
    panes: hostkit.Panes,
) -> None:
    """Also what ignores signals; socket and card go with it, and a word is left."""
    script = "trap '' HUP TERM; while true; do sleep 0.1; done"
    info = await panes.spawn("sh", "-c", script, orphan_limit=0.2)
    Path(info.socket).with_suffix(".json").write_text("{}", encoding="utf-8")
    await both_gone(info)
    left = [path.name for path in (panes.directory / "panes").iterdir()]
    assert left == ["pane-0.orphaned"]
    assert f"no daemon came for {info.socket}" in take_log(panes)


async def test_a_host_with_a_limit_whose_program_has_ended_ends_too(
    panes: hostkit.Panes,
) -> None:
    """Its screen and exit status waited long enough."""
    info = await panes.spawn("true", orphan_limit=0.2)
    await both_gone(info)
    take_log(panes)


async def test_a_link_holds_a_host_and_its_end_begins_the_wait_anew(
    panes: hostkit.Panes,
) -> None:
    """The limit counts from when the last daemon left."""
    info = await panes.spawn("cat", orphan_limit=2.0)
    pane = await panes.link(info)
    await trio.sleep(3.0)  # longer than the limit
    assert hostkit.is_running(info.host_pid, info.host_started)
    assert (await pane.link.status()).exit is None
    await pane.link.aclose()
    await both_gone(info)
    take_log(panes)


async def test_who_only_knocks_does_not_count(panes: hostkit.Panes) -> None:
    """A stranger is no daemon."""
    info = await panes.spawn("cat", orphan_limit=0.5)
    stream = await trio.open_unix_socket(info.socket)
    await both_gone(info)
    await stream.aclose()
    take_log(panes)


async def test_a_host_that_is_called_can_be_reached_again(
    panes: hostkit.Panes,
) -> None:
    """Its socket was deleted; link, program and screen stay what they were."""
    info = await panes.spawn("sh", "-c", "echo here I am; exec cat")
    old = await panes.link(info)
    await old.wait_text("here I am")
    path = trio.Path(info.socket)
    await path.unlink()
    with pytest.raises(Unavailable):
        await PaneLink.connect(Path(path), key=hostkit.KEY, generation=1)
    os.kill(info.host_pid, signal.SIGUSR1)
    while not await path.exists():  # noqa: ASYNC110 - another process makes it
        await trio.sleep(0.01)
    assert (await old.link.status()).exit is None
    new = await panes.link(info, generation=2)
    assert "here I am" in (await new.link.screen()).text
    assert (await path.stat()).st_mode & 0o077 == 0


async def test_what_outlives_its_host_is_ended_by_the_daemon(
    panes: hostkit.Panes,
) -> None:
    """Also what ignores the hang-up; other panes are let be."""
    script = "trap '' HUP TERM; sleep 1000 & echo two; wait; exec sleep 1000"
    pane = await panes.open("sh", "-c", script)
    other = await panes.open("sleep", "1000")
    await pane.wait_text("two")
    left = {one.pid for one in stragglers.find(pane.info)}
    assert len(left) == 2
    hostkit.end_process(pane.info.host_pid)
    await hostkit.wait_gone(pane.info.host_pid)
    report = await stragglers.end(pane.info, grace=0.2)
    assert {one.pid for one in report.forced} == left
    assert (report.ended, report.survivors) == (2, ())
    assert stragglers.find(pane.info) == []
    assert len(stragglers.find(other.info)) == 1


async def test_a_pid_that_is_anothers_by_now_is_not_touched(
    panes: hostkit.Panes,
) -> None:
    """Only its start time tells them apart."""
    info = await panes.spawn("sleep", "1000")
    stale = attrs.evolve(info, program_started=info.program_started - 1)
    assert stragglers.find(stale) == []
    assert (await stragglers.end(stale)).ended == 0
    assert hostkit.is_running(info.program_pid)


async def test_a_call_without_need_or_without_a_directory_changes_nothing(
    panes: hostkit.Panes,
) -> None:
    """There is nothing to open, or nowhere."""
    info = await panes.spawn("cat")
    pane = await panes.link(info)
    path = trio.Path(info.socket)
    before = (await path.stat()).st_ino
    os.kill(info.host_pid, signal.SIGUSR1)
    await pane.link.status()
    assert (await path.stat()).st_ino == before
    away = path.parent.with_name("away")
    await path.parent.rename(away)
    os.kill(info.host_pid, signal.SIGUSR1)
    await pane.link.status()
    await away.rename(path.parent)
    await panes.link(info, generation=2)
