"""A door: who comes in, who is turned away, and what is left when it closes."""

from __future__ import annotations

import errno
import os
import socket
import stat
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from puppets import tree

from fugue_actors.errors import FugueError, Refused, Unavailable
from fugue_actors.gateways import doorways, listener
from fugue_actors.gateways.doorways import UnixDoorway
from fugue_actors.kernel import Actor, Backoff, Kernel, open_kernel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.gateways.identity import Peer

MOST = 2


class Greeter(Actor):
    """A connection that says who it thinks is there, until its client leaves."""

    def __init__(self, stream: trio.SocketStream, peer: Peer) -> None:
        self.stream = stream
        self.peer = peer

    async def on_start(self) -> None:
        self.nursery.start_soon(self.serve)

    async def on_stop(self, exit: object) -> None:
        await self.stream.aclose()

    async def handle(self, message: object) -> None:
        """Nobody asks it anything."""

    async def serve(self) -> None:
        await self.stream.send_all(f"{self.peer.pid} {self.peer.uid}\n".encode())
        await self.stream.receive_some()
        self.stop("the client left")


def last_word(error: FugueError) -> bytes:
    return f"{error.code}\n".encode()


@attrs.define(eq=False)
class Door:
    """An open door."""

    kernel: Kernel
    path: Path
    streams: list[trio.SocketStream] = attrs.Factory(list)

    @property
    def listener(self) -> Any:
        return self.kernel.registry.resolve("/door/listener")

    async def come_in(self) -> tuple[trio.SocketStream, bytes]:
        """Connect; the connection, and its first words, none if turned away."""
        stream = await trio.open_unix_socket(os.fspath(self.path))
        self.streams.append(stream)
        try:
            return stream, await stream.receive_some()
        except trio.BrokenResourceError:
            return stream, b""

    async def wait_connections(self, count: int) -> None:
        prefix = "/door/connections/"
        refs = self.kernel.registry.refs
        while count != sum(path.startswith(prefix) for path in refs):  # noqa: ASYNC110
            await trio.sleep(0.005)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Door]:
    spec = listener.spec(
        "door", UnixDoorway(path), Greeter, max_connections=MOST, refusal=last_word
    )
    async with open_kernel(tree(spec)) as kernel:
        door = Door(kernel, path)
        yield door
        for stream in door.streams:
            await trio.aclose_forcefully(stream)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    with trio.fail_after(30):
        async with opened(tmp_path / "s") as door:
            yield door


async def test_each_client_gets_an_actor_that_knows_who_it_is(door: Door) -> None:
    """From the kernel, before the client has said a word."""
    for _ in range(MOST):
        _, said = await door.come_in()
        assert said == f"{os.getpid()} {os.getuid()}\n".encode()
    await door.wait_connections(MOST)


async def test_the_socket_is_for_its_user_alone(door: Door) -> None:
    """Also where its directory is not."""
    assert stat.S_IMODE(door.path.stat().st_mode) == 0o600


async def test_one_client_too_many_is_turned_away_and_the_others_stay(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told why, and the next one gets the room of whoever leaves."""
    held = [(await door.come_in())[0] for _ in range(MOST)]
    assert (await door.come_in())[1] == b"Busy\n"
    assert "turned a connection away" in caplog.text
    await held[0].aclose()
    await door.wait_connections(MOST - 1)
    assert (await door.come_in())[1] != b""


async def test_another_users_client_is_turned_away(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And the door stays open for its own."""

    def refuse(_: object) -> Peer:
        raise Refused("NotAllowed", "user 1 may not talk to the daemon of user 0")

    with monkeypatch.context() as patched:
        patched.setattr(doorways, "peer_of", refuse)
        assert (await door.come_in())[1] == b""
    assert "user 1 may not talk" in caplog.text
    assert (await door.come_in())[1] != b""
    assert door.listener.incarnation == 1


@pytest.mark.parametrize("number", sorted(listener.OUT_OF_DESCRIPTORS))
async def test_a_lack_of_descriptors_passes_and_crashes_nothing(
    door: Door, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Clients wait in the queue until somebody has left."""
    failures = [OSError(number, os.strerror(number))]
    with trio.socket.socket(socket.AF_UNIX) as example:
        kind = type(example)
    accept = kind.accept

    async def accept_or_fail(self: Any) -> Any:
        if failures:
            raise failures.pop()
        return await accept(self)

    monkeypatch.setattr(kind, "accept", accept_or_fail)
    _, first = await door.come_in()  # by the accept that was under way
    _, second = await door.come_in()
    assert first
    assert second
    assert not failures
    assert door.listener.incarnation == 1


@pytest.mark.parametrize(
    ("module", "name"), [(doorways, "peer_of"), (listener, "start_child")]
)
async def test_a_lack_of_descriptors_costs_the_one_that_took_the_last(
    door: Door, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    """Looking up who is there takes a descriptor too; nobody else loses anything."""
    held, _ = await door.come_in()
    with monkeypatch.context() as patched:

        def fail(*_: object) -> None:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

        patched.setattr(module, name, fail)
        assert (await door.come_in())[1] == b""
    assert (await door.come_in())[1] != b""
    assert door.listener.incarnation == 1
    await door.wait_connections(2)
    await held.send_all(b"bye")  # its actor is still there to hear it
    await door.wait_connections(1)


async def test_a_door_that_cannot_be_opened_leaves_no_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again and again, and each would take a descriptor."""
    made: list[Any] = []
    plain = trio.socket.socket

    def kept(family: int) -> Any:
        made.append(plain(family))
        return made[-1]

    monkeypatch.setattr(trio.socket, "socket", kept)
    with trio.fail_after(30), pytest.raises(FileNotFoundError):
        async with opened(tmp_path / "missing" / "s"):
            pass
    assert [each.fileno() for each in made] == [-1]


async def test_any_other_failure_of_the_door_is_a_crash_that_opens_it_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is inside notices nothing."""
    stream, _ = await door.come_in()
    door.kernel.crash(door.listener, OSError(errno.EBADF, "broken"))
    while door.listener.incarnation < 2:  # noqa: ASYNC110 - a restart has no event
        await trio.sleep(0.005)
    assert (await door.come_in())[1] != b""
    await door.wait_connections(2)
    await stream.aclose()
    await door.wait_connections(1)


async def test_a_door_that_cannot_be_opened_for_long_opens_once_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried for as long as it takes, and costs the daemon nothing else."""
    monkeypatch.setattr(listener, "BACKOFF", Backoff(initial=0.001, maximum=0.001))
    with trio.fail_after(30):
        async with opened(tmp_path / "s") as door:
            door.path.unlink()
            door.path.mkdir()  # stands where the socket should
            door.kernel.crash(door.listener, OSError(errno.EBADF, "broken"))
            # More than all supervisors above would bear.
            while caplog.text.count("start_error") < 50:  # noqa: ASYNC110 - no event
                await trio.sleep(0.005)
            door.path.rmdir()
            await door.kernel.registry.wait_for("/door/listener")
            assert (await door.come_in())[1] != b""


async def test_a_socket_that_was_left_behind_is_replaced(tmp_path: Path) -> None:
    """A daemon that was killed leaves its paths, which lead nowhere."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(os.fspath(path))
    with trio.fail_after(30):
        async with opened(path) as door:
            assert (await door.come_in())[1] != b""


async def test_a_door_that_closes_leaves_no_path(tmp_path: Path) -> None:
    """Clients then hear at once that nobody is there."""
    path = tmp_path / "s"
    with trio.fail_after(30):
        async with opened(path) as door:
            await door.come_in()
    assert not path.exists()


async def test_what_another_daemon_put_there_stays(tmp_path: Path) -> None:
    """Its socket is in use."""
    path = tmp_path / "s"
    with trio.fail_after(30):
        async with opened(path):
            path.unlink()
            with socket.socket(socket.AF_UNIX) as successor:
                successor.bind(os.fspath(path))
    assert path.exists()


async def test_a_path_that_somebody_deleted_is_no_trouble_at_the_end(
    tmp_path: Path,
) -> None:
    """Whoever tidies up may."""
    path = tmp_path / "s"
    with trio.fail_after(30):
        async with opened(path):
            path.unlink()
    assert not path.exists()


class Reluctant(UnixDoorway):
    """A way in that is not to be had at first."""

    failures = 2

    async def open(self) -> trio.socket.SocketType:
        if self.failures:
            self.failures -= 1
            raise Unavailable("there is no such address")
        return await super().open()


async def test_a_door_that_is_not_needed_opens_when_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A daemon without network is a daemon, and has its page once there is one."""
    monkeypatch.setattr(listener, "REOPEN_SECONDS", 0.01)
    doorway = Reluctant(tmp_path / "s")
    spec = listener.spec(
        "door", doorway, Greeter, max_connections=MOST, refusal=last_word
    )
    with trio.fail_after(30):
        async with open_kernel(tree(spec)) as kernel:
            door = Door(kernel, doorway.path)
            said = b""
            while not said:
                try:
                    stream, said = await door.come_in()
                except OSError:  # there is no door yet, or nobody behind it
                    await trio.sleep(0.005)
                else:
                    await trio.aclose_forcefully(stream)
    assert caplog.text.count("there is no such address") == 1
    assert not doorway.path.exists()


async def test_a_door_that_never_opened_closes_as_well(tmp_path: Path) -> None:
    """Whoever never was there leaves nothing."""
    doorway = Reluctant(tmp_path / "s")
    spec = listener.spec("door", doorway, Greeter, max_connections=1, refusal=last_word)
    with trio.fail_after(30):
        async with open_kernel(tree(spec)):
            pass
    assert not doorway.path.exists()


async def test_a_crowd_before_a_full_door_is_told_a_few_at_a_time(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each that is told has a moment to read it; the rest just meets a closed door."""
    monkeypatch.setattr(listener, "LEAVING_SECONDS", 30.0)
    for _ in range(MOST):
        await door.come_in()
    words = [(await door.come_in())[1] for _ in range(listener.MOST_LEAVING + 2)]
    assert words == [b"Busy\n"] * listener.MOST_LEAVING + [b""] * 2
    for stream in door.streams[MOST:]:
        await stream.aclose()
    actor = door.listener
    while (await door.come_in())[1] != b"Busy\n":
        await door.streams[-1].aclose()
    assert actor.incarnation == 1
