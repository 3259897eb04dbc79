"""The daemon's end of a link against a host that misbehaves, by script."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from fugue_actors.errors import RemoteProtocolError, Unavailable
from fugue_actors.protocol import hosting
from fugue_actors.protocol.hostwire import encode
from fugue_actors.terminal import link as link_module
from fugue_actors.terminal.link import PaneLink

Script = Callable[[trio.SocketStream], Awaitable[None]]

STATUS = hosting.HostStatus(
    info=hosting.HostInfo(
        host_pid=1,
        host_started=1.0,
        program_pid=2,
        program_started=2.0,
        socket="/s",
        tty="/dev/pts/0",
    ),
    title="",
    columns=80,
    lines=24,
    modes=hosting.Modes(),
    output=0,
    queued_bytes=0,
    generation=1,
)
WELCOME = encode(hosting.Welcome(version=1, status=STATUS), re=0)


@asynccontextmanager
async def scripted_host(script: Script) -> AsyncIterator[Path]:
    """A socket where each connection is served by a script and closed after it."""
    directory = Path(tempfile.mkdtemp(prefix="fugue-test-"))
    path = directory / "s"
    listener = trio.socket.socket(trio.socket.AF_UNIX)
    await listener.bind(str(path))
    listener.listen()

    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            await script(stream)

    try:
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(
                    trio.serve_listeners, serve, [trio.SocketListener(listener)]
                )
                yield path
                nursery.cancel_scope.cancel()
    finally:
        shutil.rmtree(directory)


async def connect(
    path: Path, events: list[hosting.HostEvent] | None = None
) -> PaneLink:
    append = (lambda _: None) if events is None else events.append
    return await PaneLink.connect(path, key="k", generation=1, on_event=append)


async def test_a_host_that_hangs_up_at_hello_is_unavailable() -> None:
    """It may be ending just now."""

    async def hang_up(stream: trio.SocketStream) -> None:
        await stream.receive_some()

    async with scripted_host(hang_up) as path:
        with pytest.raises(Unavailable):
            await connect(path)


async def test_a_host_that_says_nothing_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stopped or wedged process must not hang a pane's actor."""
    monkeypatch.setattr(link_module, "HELLO_WITHIN", 0.05)

    async def say_nothing(_: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with scripted_host(say_nothing) as path:
        with pytest.raises(Unavailable, match="no pane host answers"):
            await connect(path)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400\n", encode(hosting.Done(), re=0)])
async def test_something_that_is_no_host_is_unavailable(answer: bytes) -> None:
    """Whatever listens there."""

    async def talk(stream: trio.SocketStream) -> None:
        await stream.send_all(answer)
        await trio.sleep_forever()

    async with scripted_host(talk) as path:
        with pytest.raises(Unavailable, match="no pane host answers"):
            await connect(path)


@pytest.mark.parametrize("garbage", [b"garbage\n", b"x" * 200])
async def test_garbage_ends_the_link_and_fails_who_waits(
    garbage: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame that cannot be read may have been anybody's answer."""

    async def talk(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(WELCOME)
        await stream.receive_some()
        await stream.send_all(garbage)
        await trio.sleep_forever()

    events: list[hosting.HostEvent] = []
    async with scripted_host(talk) as path:
        link = await connect(path, events)
        link.framer.limit_bytes = 100
        async with trio.open_nursery() as nursery:
            nursery.start_soon(link.run)
            with pytest.raises(Unavailable, match="lost"):
                await link.status()
    assert isinstance(events[-1], hosting.LinkLost)
    assert "frame" in events[-1].reason


async def test_what_comes_with_the_welcome_is_not_lost() -> None:
    """One read may bring the answer and the first events."""

    async def talk(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        title = encode(hosting.TitleChanged(title="early"))
        await stream.send_all(WELCOME + title)

    events: list[hosting.HostEvent] = []
    async with scripted_host(talk) as path:
        link = await connect(path, events)
        await link.run()
    assert events == [
        hosting.TitleChanged(title="early"),
        hosting.LinkLost(reason="the pane host hung up"),
    ]


async def test_of_outputs_in_a_row_only_the_last_is_told() -> None:
    """A daemon that was busy catches up in one step, and order is kept."""
    sent = [
        hosting.OutputHappened(seq=1),
        hosting.OutputHappened(seq=2),
        hosting.TitleChanged(title="t"),
        hosting.OutputHappened(seq=3),
        hosting.OutputHappened(seq=4),
        hosting.ProgramExited(exit=hosting.ProgramExit(code=0)),
    ]

    async def talk(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(WELCOME + b"".join(map(encode, sent)))

    events: list[hosting.HostEvent] = []
    async with scripted_host(talk) as path:
        link = await connect(path, events)
        await link.run()
    assert events[:-1] == [sent[1], sent[2], sent[4], sent[5]]


async def test_what_only_a_newer_host_says_is_skipped() -> None:
    """A daemon may adopt a host that a newer release started."""

    async def talk(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(WELCOME + b'{"kind":"bell_rang"}\n')
        await stream.receive_some()
        await stream.send_all(b'{"kind":"weather","re":1}\n')
        await stream.receive_some()
        await stream.send_all(encode(STATUS, re=2) + encode(STATUS, re=77))

    events: list[hosting.HostEvent] = []
    async with scripted_host(talk) as path:
        link = await connect(path, events)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(link.run)
            with pytest.raises(RemoteProtocolError, match="weather"):
                await link.status()
            assert await link.status() == STATUS
    assert events == [hosting.LinkLost(reason="the pane host hung up")]


async def test_closing_a_link_is_no_loss() -> None:
    """Whoever closed it knows; an event would make it connect again."""

    async def talk(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(WELCOME)
        await trio.sleep_forever()

    events: list[hosting.HostEvent] = []
    async with scripted_host(talk) as path:
        link = await connect(path, events)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(link.run)
            await trio.testing.wait_all_tasks_blocked()
            await link.aclose()
        with pytest.raises(Unavailable):
            await link.write(b"x")
    assert events == []


async def test_cancelling_the_reader_fails_who_waits() -> None:
    """A crashing owner takes its helper tasks along; nobody may hang on them."""

    async def talk(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(WELCOME)
        await trio.sleep_forever()

    async with scripted_host(talk) as path:
        link = await connect(path)
        async with trio.open_nursery() as nursery:

            async def ask() -> None:
                with pytest.raises(Unavailable):
                    await link.status()

            nursery.start_soon(ask)
            with trio.move_on_after(0.01):
                await link.run()


async def test_requests_beyond_the_limit_wait_their_turn() -> None:
    """A slow host bounds what the daemon holds for it."""
    seen = 0

    async def talk(stream: trio.SocketStream) -> None:
        nonlocal seen
        await stream.receive_some()
        await stream.send_all(WELCOME)
        async for chunk in stream:
            seen += chunk.count(b"\n")

    async with scripted_host(talk) as path:
        link = await connect(path)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(link.run)
            for _ in range(link_module.REQUESTS_LIMIT + 10):
                nursery.start_soon(link.status)
            while seen < link_module.REQUESTS_LIMIT:
                await trio.testing.wait_all_tasks_blocked(0.01)
            assert seen == link_module.REQUESTS_LIMIT
            nursery.cancel_scope.cancel()
