"""The daemon's side of a spawn against a scripted zygote: nothing is left hanging."""

from __future__ import annotations

import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trio

from fugue_actors.errors import Unavailable
from fugue_actors.protocol.hosting import HostInfo, KeepHost, SpawnProgram, StartHost
from fugue_actors.protocol.hostwire import decode, encode
from fugue_actors.terminal import spawner as spawner_module
from fugue_actors.terminal.spawner import Spawner

if TYPE_CHECKING:
    from pathlib import Path

INFO = HostInfo(
    host_pid=1,
    host_started=1.0,
    program_pid=2,
    program_started=2.0,
    socket="/s",
    tty="/dev/pts/0",
)
PROGRAM = SpawnProgram(argv=("cat",), cwd="/", env={})

Host = Callable[[trio.SocketStream], Awaitable[None]]


@asynccontextmanager
async def scripted_zygote(host: Host) -> AsyncIterator[Spawner]:
    """A spawner whose every spawn is answered by a script."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    requests = trio.socket.from_stdlib_socket(theirs)
    process = await trio.lowlevel.open_process(["true"])
    await process.wait()
    spawner = Spawner(process, trio.socket.from_stdlib_socket(ours))

    async def serve(nursery: trio.Nursery) -> None:
        while True:
            space = socket.CMSG_LEN(4)
            data, ((_, _, fd),), _, _ = await requests.recvmsg(1, space)
            assert data == b"+"
            descriptor = int.from_bytes(fd, "little")
            channel = socket.socket(fileno=descriptor)
            stream = trio.SocketStream(trio.socket.from_stdlib_socket(channel))
            nursery.start_soon(play, stream)

    async def play(stream: trio.SocketStream) -> None:
        async with stream:
            await host(stream)

    try:
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(serve, nursery)
                yield spawner
                nursery.cancel_scope.cancel()
    finally:
        requests.close()
        spawner.requests.close()


async def receive(stream: trio.SocketStream) -> object:
    data = await stream.receive_some()
    return decode(bytes(data)).value if data else None


async def test_a_spawn_that_is_cancelled_when_it_is_kept_still_returns(
    tmp_path: Path,
) -> None:
    """The host stays from that moment on, so somebody has to know of it."""
    cancels: list[Callable[[], None]] = []
    kept: list[trio.Event] = []

    async def host(stream: trio.SocketStream) -> None:
        assert isinstance(await receive(stream), StartHost)
        await stream.send_all(encode(INFO))
        assert isinstance(await receive(stream), KeepHost)
        cancels[-1]()
        kept[-1].set()

    async with scripted_zygote(host) as spawner:
        for _ in range(30):  # the order of the two tasks is random
            infos: list[HostInfo] = []
            kept.append(trio.Event())
            with trio.move_on_after(5) as scope:
                cancels.append(scope.cancel)
                infos.append(await spawner.spawn("p", tmp_path, "k", PROGRAM))
            await kept[-1].wait()
            assert infos == [INFO]


async def test_a_spawn_that_is_cancelled_earlier_is_told_to_the_host(
    tmp_path: Path,
) -> None:
    """By the end of its channel, and never by a frame that says to stay."""
    told: list[object] = []

    async def host(stream: trio.SocketStream) -> None:
        assert isinstance(await receive(stream), StartHost)
        started.set()
        told.append(await receive(stream))

    async with scripted_zygote(host) as spawner:
        started = trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(spawner.spawn, "p", tmp_path, "k", PROGRAM)
            await started.wait()
            nursery.cancel_scope.cancel()
        while not told:
            await trio.testing.wait_all_tasks_blocked()
    assert told == [None]


async def test_a_zygote_that_hangs_is_ended_and_whoever_asked_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end is what its actor notices, and starts another."""
    monkeypatch.setattr(spawner_module, "ANSWER_WITHIN", 0.1)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs, trio.fail_after(60):
        process = await trio.lowlevel.open_process(["sleep", "1000"])
        spawner = Spawner(process, trio.socket.from_stdlib_socket(ours))
        with pytest.raises(Unavailable, match="did not answer within"):
            await spawner.spawn("p", tmp_path, "k", PROGRAM)
        assert await spawner.wait_died() == -signal.SIGKILL
        await spawner.aclose()


@pytest.mark.parametrize("answer", [b"", encode(KeepHost()), b"half a li"])
async def test_a_host_that_answers_nonsense_or_dies_is_unavailable(
    tmp_path: Path, answer: bytes
) -> None:
    """Killed by the system while it started, for one."""

    async def host(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(answer)

    async with scripted_zygote(host) as spawner:
        with pytest.raises(Unavailable, match="died while it started"):
            await spawner.spawn("p", tmp_path, "k", PROGRAM)
