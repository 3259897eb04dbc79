"""Which port the monitor gets, and that the next daemon finds it again."""

from __future__ import annotations

import os
import socket
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trio

from fugue_actors.errors import Refused, Unavailable
from fugue_actors.gateways.doorways import TcpDoorway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HERE = "127.0.0.1"


@asynccontextmanager
async def opened(doorway: TcpDoorway) -> AsyncIterator[int]:
    """An open port, and its number."""
    listening = await doorway.open()
    try:
        assert doorway.port is not None
        yield doorway.port
    finally:
        listening.close()
        await doorway.close()


def taken() -> socket.socket:
    """A port that is somebody else's."""
    other = socket.socket()
    other.bind((HERE, 0))
    other.listen()
    return other


def descriptors() -> int:
    """How many this process has open."""
    return len(list(Path("/dev/fd").iterdir()))


async def free_port() -> int:
    with taken() as other:
        port: int = other.getsockname()[1]
    return port


async def test_the_wanted_port_is_taken_if_it_is_free(tmp_path: Path) -> None:
    """And the address says where the page is, for as long as it is there."""
    wanted = await free_port()
    doorway = TcpDoorway(HERE, wanted, tmp_path / "port")
    assert doorway.url is None
    async with opened(doorway) as port:
        assert port == wanted
        assert doorway.url == f"http://127.0.0.1:{wanted}/"
        with socket.create_connection((HERE, port)):
            pass
    assert doorway.url is None


async def test_a_daemon_that_found_another_port_has_it_again(tmp_path: Path) -> None:
    """Even when the wanted one is free by then: a page waits at the other one."""
    with taken() as other:
        wanted = other.getsockname()[1]
        async with opened(TcpDoorway(HERE, wanted, tmp_path / "port")) as first:
            assert first != wanted
    async with opened(TcpDoorway(HERE, wanted, tmp_path / "port")) as second:
        assert second == first


async def test_any_port_is_the_same_one_the_next_time(tmp_path: Path) -> None:
    """0 means that nobody minds which, not that it has to change."""
    ports = set()
    for _ in range(3):
        async with opened(TcpDoorway(HERE, 0, tmp_path / "port")) as port:
            ports.add(port)
    assert len(ports) == 1


async def test_a_port_that_is_lost_is_replaced_and_that_one_kept(
    tmp_path: Path,
) -> None:
    """Somebody else may have taken it while no daemon ran."""
    async with opened(TcpDoorway(HERE, 0, tmp_path / "port")) as first:
        pass
    with socket.socket() as other:
        other.bind((HERE, first))
        other.listen()
        async with opened(TcpDoorway(HERE, 0, tmp_path / "port")) as second:
            assert second != first
    async with opened(TcpDoorway(HERE, 0, tmp_path / "port")) as third:
        assert third == second


async def test_a_new_wish_counts_more_than_what_was_found_for_an_old_one(
    tmp_path: Path,
) -> None:
    """Else changing the setting would change nothing."""
    async with opened(TcpDoorway(HERE, 0, tmp_path / "port")):
        pass
    wanted = await free_port()
    async with opened(TcpDoorway(HERE, wanted, tmp_path / "port")) as port:
        assert port == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"wanted": 0, "port": "x"}',
        '{"wanted": 0, "port": 70000}',
        "\xff",
    ],
)
async def test_a_spoilt_memory_is_no_memory(tmp_path: Path, text: str) -> None:
    """It is written anew."""
    memory = tmp_path / "port"
    memory.write_bytes(text.encode("latin-1"))
    async with opened(TcpDoorway(HERE, 0, memory)) as first:
        pass
    async with opened(TcpDoorway(HERE, 0, memory)) as second:
        assert second == first


async def test_a_memory_that_cannot_be_kept_costs_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The page is there all the same."""
    async with opened(TcpDoorway(HERE, 0, tmp_path / "missing" / "port")) as port:
        with socket.create_connection((HERE, port)):
            pass
    assert "port is not kept" in caplog.text


async def test_the_newer_loopback_has_its_own_form_of_address(tmp_path: Path) -> None:
    """Browsers take it only in brackets."""
    doorway = TcpDoorway("::1", 0, tmp_path / "port")
    async with opened(doorway) as port:
        assert doorway.url == f"http://[::1]:{port}/"
        with socket.create_connection(("::1", port)):
            pass


async def test_an_address_that_is_not_ours_is_unavailable_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    """As the loopback in a sandbox without network; no port of it could be had either."""
    before = descriptors()
    with pytest.raises(Unavailable, match=r"cannot listen at 192\.0\.2\.1"):
        await TcpDoorway("192.0.2.1", 0, tmp_path / "port").open()
    assert descriptors() == before


async def test_whoever_comes_in_is_known_by_user_and_one_who_left_is_refused(
    tmp_path: Path,
) -> None:
    """Before a byte is said on either side."""
    doorway = TcpDoorway(HERE, 0, tmp_path / "port")
    listening = await doorway.open()
    with listening, socket.create_connection((HERE, doorway.port or 0)) as client:
        inode = os.fstat(client.fileno()).st_ino
        connection, _ = await listening.accept()
        with connection:
            peer = await doorway.peer_of(connection)
            assert (peer.uid, peer.inode) == (os.getuid(), inode)
            # A reset, as by a client that was killed.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()
            with trio.fail_after(60):
                with pytest.raises(ConnectionResetError):
                    await connection.recv(1)
                with pytest.raises(Refused):
                    await doorway.peer_of(connection)
