"""Who may drive a host, and what a host does when nobody does."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import hostkit
import pytest
import trio

from fugue_actors.errors import Refused, Unavailable
from fugue_actors.protocol import hosting
from fugue_actors.protocol.hostwire import encode
from fugue_actors.terminal.link import PaneLink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.real

# Listens as nobody, and repeats what it is told.
STRANGER = """
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
os.setuid(65534)
listener.bind(sys.argv[1])
listener.listen()
os.write(1, b'ready.')
os.write(1, listener.accept()[0].recv(1000))
"""


@pytest.fixture
async def panes() -> AsyncIterator[hostkit.Panes]:
    with trio.fail_after(60):
        async with hostkit.open_panes() as panes:
            yield panes


async def test_a_host_outlives_its_link_and_goes_on_drawing(
    panes: hostkit.Panes,
) -> None:
    """A program must never block, or lose a line, because the daemon is away."""
    info = await panes.spawn("sh", "-c", "read go; seq 1 5000; echo all; exec cat")
    pane = await panes.link(info)
    await pane.link.write(b"go\r")
    await pane.link.aclose()
    again = await panes.link(info, generation=2)
    await again.wait_text("all")
    screen = await again.link.screen(history=6000)
    lines = [line for line in (*screen.history, *screen.text) if line]
    assert lines == ["go", *map(str, range(1, 5001)), "all"]


async def test_a_new_link_is_told_what_happened_before_it(panes: hostkit.Panes) -> None:
    """Events alone tell the whole story, so a daemon that comes back needs no special case."""
    info = await panes.spawn("sh", "-c", r"printf '\033]2;done\007'; exit 9")
    await (await panes.link(info)).wait_exited()
    again = await panes.link(info, generation=2)
    assert (await again.wait_exited()).exit == hosting.ProgramExit(code=9)
    assert hosting.TitleChanged(title="done") in again.events.events
    assert again.link.opened.exit == hosting.ProgramExit(code=9)


async def test_a_newer_generation_takes_over(panes: hostkit.Panes) -> None:
    """Two daemons must not both drive a pane: the older one is told, and closed."""
    info = await panes.spawn("cat")
    old = await panes.link(info, generation=3)
    new = await panes.link(info, generation=4)
    lost = await old.events.wait_for(hosting.LinkLost)
    assert lost.reason == "superseded by generation 4"
    with pytest.raises(Unavailable, match="superseded"):
        await old.link.write(b"x")
    assert (await new.link.status()).generation == 4


async def test_an_older_generation_is_refused_and_disturbs_nobody(
    panes: hostkit.Panes,
) -> None:
    """A daemon that was replaced and did not notice cannot come back."""
    info = await panes.spawn("cat")
    pane = await panes.link(info, generation=4)
    with pytest.raises(Refused, match="superseded") as refused:
        await panes.link(info, generation=3)
    assert refused.value.code == "NotAllowed"
    await pane.link.write(b"still here\r")
    await pane.wait_text("still here")


async def test_the_same_generation_replaces_its_own_link(panes: hostkit.Panes) -> None:
    """A daemon whose link hangs must be able to make another."""
    info = await panes.spawn("cat")
    old = await panes.link(info, generation=4)
    new = await panes.link(info, generation=4)
    await old.events.wait_for(hosting.LinkLost)
    assert (await new.link.status()).exit is None


async def test_a_wrong_key_is_refused(panes: hostkit.Panes) -> None:
    """Another program of the same user, in some other pane, must not drive this one."""
    info = await panes.spawn("cat")
    pane = await panes.link(info)
    with pytest.raises(Refused, match="key") as refused:
        await PaneLink.connect(Path(info.socket), key="guess", generation=99)
    assert refused.value.code == "NotAllowed"
    assert (await pane.link.status()).generation == 1


async def test_nothing_is_done_for_who_does_not_say_hello(panes: hostkit.Panes) -> None:
    """Knowing the path of a socket is not enough to type into it."""
    info = await panes.spawn("cat")
    stream = await trio.open_unix_socket(info.socket)
    async with stream:
        await stream.send_all(encode(hosting.WriteInput(data=b"evil\r"), id=1))
        answer = b"".join([chunk async for chunk in stream])
    assert b"NotAllowed" in answer
    pane = await panes.link(info)
    assert (await pane.link.screen()).text[0] == ""


async def test_a_daemon_without_a_common_version_is_refused(
    panes: hostkit.Panes,
) -> None:
    """Guessing at frames of another version could type garbage into an agent."""
    info = await panes.spawn("cat")
    stream = await trio.open_unix_socket(info.socket)
    async with stream:
        hello = hosting.Hello(versions=(999,), key=hostkit.KEY, generation=1)
        await stream.send_all(encode(hello, id=1))
        answer = b"".join([chunk async for chunk in stream])
    assert b"speaks versions" in answer


@pytest.mark.parametrize(
    "data", [b"\0\xff garbage\n", b"[]\n", b"{}\n", b"x" * 4_000_000]
)
async def test_garbage_on_the_socket_disturbs_nobody(
    panes: hostkit.Panes, data: bytes
) -> None:
    """A stranger's connection is closed, the link goes on."""
    info = await panes.spawn("cat")
    pane = await panes.link(info)
    stream = await trio.open_unix_socket(info.socket)
    async with stream:
        with contextlib.suppress(trio.BrokenResourceError):  # closed in mid-send
            await stream.send_all(data)
            while await stream.receive_some():
                continue
    await pane.link.write(b"fine\r")
    await pane.wait_text("fine")


async def test_an_unknown_request_over_the_link_is_answered_with_an_error(
    panes: hostkit.Panes,
) -> None:
    """A newer daemon may ask an older host for what that cannot do yet."""
    info = await panes.spawn("cat")
    stream = await trio.open_unix_socket(info.socket)
    async with stream:
        hello = hosting.Hello(versions=(1,), key=hostkit.KEY, generation=1)
        await stream.send_all(encode(hello, id=1) + b'{"kind":"fly","id":2}\n')
        await stream.send_all(encode(hosting.ReadStatus(), id=3))
        received = b""
        while b'"re":3' not in received:
            received += await stream.receive_some()
    failed = next(line for line in received.splitlines() if b'"re":2' in line)
    assert b"cannot do this" in failed


async def test_strangers_cannot_use_up_the_hosts_connections(
    panes: hostkit.Panes,
) -> None:
    """Whoever connects and says nothing is closed first; the daemon still gets through."""
    info = await panes.spawn("cat")
    idle = []
    try:
        for _ in range(20):
            stranger = socket.socket(socket.AF_UNIX)
            idle.append(stranger)
            stranger.connect(info.socket)
        pane = await panes.link(info)
        assert (await pane.link.status()).exit is None
    finally:
        for stranger in idle:
            stranger.close()


async def test_a_host_answers_while_its_program_floods(panes: hostkit.Panes) -> None:
    """`yes` burns its own host's core; reading, typing and killing still work."""
    pane = await panes.open("yes", "flood")
    await pane.wait_text("flood")
    screen = await pane.link.screen()
    assert screen.text[0] == "flood"
    later = await pane.wait_screen(lambda now: now.next > screen.next + 100_000)
    assert later.text[0] == "flood"
    report = await pane.link.kill(3600)
    assert report.exit is not None


async def test_a_daemon_that_does_not_read_costs_a_host_no_memory_and_no_output(
    panes: hostkit.Panes,
) -> None:
    """What waits for a stuck daemon is bounded, and the program goes on."""
    script = "echo up; read go; seq 1 200000; echo over; exec cat"
    info = await panes.spawn("sh", "-c", script)
    stuck = await trio.open_unix_socket(info.socket)
    async with stuck:
        hello = hosting.Hello(versions=(1,), key=hostkit.KEY, generation=1)
        await stuck.send_all(encode(hello, id=1))
        asking = b"".join(encode(hosting.ReadScreen(), id=n) for n in range(2, 2000))
        with trio.move_on_after(0.5):
            await stuck.send_all(asking * 50)
        before = memory(info.host_pid)
        pane = await linked(panes, info, generation=2)
        await pane.link.write(b"go\r")
        await pane.wait_text("over")
        assert before < 64 * 1024 * 1024


async def linked(
    panes: hostkit.Panes, info: hosting.HostInfo, *, generation: int
) -> hostkit.HostedPane:
    """A link to a host that has much to answer before it gets to this, as daemons do."""
    with trio.fail_after(60):
        while True:
            try:
                return await panes.link(info, generation=generation)
            except Unavailable:
                continue


async def test_output_events_are_merged(panes: hostkit.Panes) -> None:
    """A daemon with many noisy panes is not woken for every line."""
    pane = await panes.open("sh", "-c", "seq 1 50000; echo over; exec cat")
    screen = await pane.wait_text("over")
    while hosting.OutputHappened(seq=screen.next) not in pane.events.events:
        await pane.events.changed.wait()
    assert len(pane.events.events) < 1000


async def test_concurrent_requests_get_their_own_answers(panes: hostkit.Panes) -> None:
    """Answers are matched by number, whatever their order."""
    pane = await panes.open("cat", columns=91)
    answers: dict[int, object] = {}

    async def ask(number: int) -> None:
        answers[number] = (
            await pane.link.screen() if number % 2 else await pane.link.status()
        )

    async with trio.open_nursery() as nursery:
        for number in range(200):
            nursery.start_soon(ask, number)
    assert len(answers) == 200
    for number, answer in answers.items():
        kind = hosting.ScreenSnapshot if number % 2 else hosting.HostStatus
        assert isinstance(answer, kind)


async def test_a_cancelled_request_leaves_the_link_usable(panes: hostkit.Panes) -> None:
    """Its answer, when it comes, belongs to nobody and is dropped."""
    pane = await panes.open("cat")
    for _ in range(100):
        with trio.move_on_after(0):
            await pane.link.screen()
    assert (await pane.link.status()).exit is None


async def test_requests_fail_when_the_link_is_lost(panes: hostkit.Panes) -> None:
    """Nobody waits for an answer that cannot come."""
    pane = await panes.open("cat")
    os.kill(pane.info.host_pid, signal.SIGSTOP)
    async with trio.open_nursery() as nursery:

        async def ask() -> None:
            with pytest.raises(Unavailable, match="lost"):
                await pane.link.status()

        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        os.kill(pane.info.host_pid, signal.SIGKILL)


async def test_a_socket_nobody_listens_on_is_unavailable(panes: hostkit.Panes) -> None:
    """Both forms: no file, and a file whose host has died."""
    with pytest.raises(Unavailable):
        await PaneLink.connect(panes.directory / "no.sock", key="", generation=1)
    info = await panes.spawn("cat")
    os.kill(info.host_pid, signal.SIGKILL)
    await hostkit.wait_gone(info.host_pid)
    with pytest.raises(Unavailable):
        await PaneLink.connect(Path(info.socket), key=hostkit.KEY, generation=1)


def memory(pid: int) -> int:
    """Resident bytes of a process."""
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be two users")
async def test_a_host_of_another_user_is_not_told_the_key(
    panes: hostkit.Panes,
) -> None:
    """Somebody else listens where a host was, if he could get there."""
    path = panes.directory / "other.sock"
    panes.directory.chmod(0o777)
    process = await trio.lowlevel.open_process(
        [sys.executable, "-c", STRANGER, str(path)], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.receive_some(10) == b"ready."
        with pytest.raises(Refused, match="is served by user 65534"):
            await PaneLink.connect(path, key=hostkit.KEY, generation=1)
        assert await process.stdout.receive_some(10) == b""
    finally:
        process.kill()
        await process.wait()
        await process.stdout.aclose()
