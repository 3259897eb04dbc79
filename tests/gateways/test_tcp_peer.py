"""Who connected over the loopback: the user, and the processes that hold the other end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from fugue_actors.errors import Refused
from fugue_actors.gateways import holders, tcp_peer
from fugue_actors.gateways.identity import Attestation, Peer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatewaykit import Gate

    from fugue_actors.gateways.tcp_peer import Address

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="reads /proc, as only Linux has it"
)

WAYS = {
    "IPv4": (socket.AF_INET, "127.0.0.1", socket.AF_INET, "127.0.0.1"),
    "IPv6": (socket.AF_INET6, "::1", socket.AF_INET6, "::1"),
    "IPv4 out of an IPv6 socket": (
        socket.AF_INET,
        "127.0.0.1",
        socket.AF_INET6,
        "::ffff:127.0.0.1",
    ),
}
HOLDER = "import sys; print(flush=True); sys.stdin.read()"


class Connected:
    """A connection over the loopback, with both ends in this process."""

    def __init__(self, way: str = "IPv4") -> None:
        family, host, client_family, address = WAYS[way]
        self.client = socket.socket(client_family)
        with socket.socket(family) as server:
            server.bind((host, 0))
            server.listen()
            self.client.connect((address, server.getsockname()[1]))
            self.ours, _ = server.accept()

    @property
    def ends(self) -> tuple[Address, Address]:
        """Our end's address and the other's."""
        return self.ours.getsockname()[:2], self.ours.getpeername()[:2]

    def close(self) -> None:
        self.client.close()
        self.ours.close()


@pytest.fixture
def connected() -> Iterator[Connected]:
    made = Connected()
    yield made
    made.close()


@pytest.mark.parametrize("way", WAYS)
def test_the_kernel_says_whose_the_other_end_is(way: str) -> None:
    """And which socket, so that its processes can be found."""
    connected = Connected(way)
    try:
        peer = tcp_peer.peer_of(*connected.ends)
        assert peer.uid == os.getuid()
        assert peer.inode == os.fstat(connected.client.fileno()).st_ino
    finally:
        connected.close()


def test_another_users_connection_is_refused(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody on a machine reaches its loopback."""
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(Refused) as caught:
        tcp_peer.peer_of(*connected.ends)
    assert caught.value.code == "NotAllowed"
    assert f"user {os.getuid()} may not" in caught.value.message


@pytest.mark.parametrize("way", WAYS)
def test_without_such_a_list_the_processes_are_asked(way: str) -> None:
    """As on macOS; who is not among them is nobody that may come in."""
    connected = Connected(way)
    try:
        ours = [psutil.Process(), psutil.Process(1)]
        peer = tcp_peer.find_by_asking(*connected.ends, lambda: ours)
        assert peer is not None
        assert (peer.uid, peer.pids) == (os.getuid(), (os.getpid(),))
        [holder] = holders.holders_of(peer).known
        assert holder.pid == os.getpid()
        assert holder.started is not None
        assert tcp_peer.find_by_asking(*connected.ends, list) is None
    finally:
        connected.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_a_real_other_user_is_told_apart() -> None:
    """By the user who made the socket, whoever holds it now."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(60)
        # Nothing is imported after the change: the other user may not read this Python.
        code = (
            "import os, socket; os.setuid(65534); s = socket.socket();"
            f"s.connect(('127.0.0.1', {server.getsockname()[1]})); s.recv(1)"
        )
        with subprocess.Popen([sys.executable, "-c", code]):
            ours, there = server.accept()
            with ours, pytest.raises(Refused, match="user 65534 may not talk"):
                tcp_peer.peer_of(ours.getsockname(), there)


def test_a_connection_that_its_client_has_left_is_nobodys(connected: Connected) -> None:
    """It takes no part any more, so it is no loss."""
    ends = connected.ends
    connected.client.close()
    with pytest.raises(Refused) as caught:
        tcp_peer.peer_of(*ends)
    assert caught.value.code == "NotAllowed"


def test_a_process_that_holds_the_other_end_is_found(connected: Connected) -> None:
    """Whoever inherited it holds it too, and no process besides."""
    peer = tcp_peer.peer_of(*connected.ends)
    assert [one.pid for one in holders.holders_of(peer).known] == [os.getpid()]
    heir = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        pass_fds=[connected.client.fileno()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with heir:
        assert heir.stdout is not None
        heir.stdout.readline()
        both = holders.holders_of(peer).known
        assert {one.pid for one in both} == {os.getpid(), heir.pid}
        connected.client.close()
        [found] = holders.holders_of(peer).known
        assert found.pid == heir.pid
        assert found.started is not None
    assert holders.holders_of(peer).known == ()


async def test_an_end_that_is_on_its_way_to_a_process_is_nobodys(
    connected: Connected, gate: Gate
) -> None:
    """An agent could let it travel while we look, and present a person's token."""
    here, there = socket.socketpair()
    with here, there:
        socket.send_fds(here, [b"x"], [connected.client.fileno()])
        connected.client.close()
        peer = tcp_peer.peer_of(*connected.ends)
        if holders.holders_of(peer).hiding:
            pytest.skip("somebody on this machine hides what he has open")
        with pytest.raises(Refused, match="no process has it open"):
            await holders.attest_socket(peer, gate.world.journal)


def test_a_process_that_hides_what_it_has_open_is_known_to_hide(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is not the same as having nothing open."""
    scandir = os.scandir

    def forbidding(path: str) -> object:
        if path == f"/proc/{os.getpid()}/fd":
            raise PermissionError
        return scandir(path)

    monkeypatch.setattr(os, "scandir", forbidding)
    found = holders.holders_of(tcp_peer.peer_of(*connected.ends))
    assert found.known == ()
    assert os.getpid() in {one.pid for one in found.hiding}


# ---- several holders, one verdict


def attested(session: str | None, *, is_below_pane: bool = False) -> Attestation:
    return Attestation(
        attested="guest" if session is None else "process",
        session_id=session,
        pane_id=None if session is None else f"pane of {session}",
        hint="it was left behind" if is_below_pane and session is None else None,
        peer=Peer(pid=1, uid=0, started=1.0),
        is_below_pane=is_below_pane or session is not None,
    )


PERSON = attested(None)
ANN = attested("ann")
BOB = attested("bob")
LEFT = attested(None, is_below_pane=True)


@pytest.mark.parametrize(
    ("found", "whose"),
    [
        ([PERSON], None),
        ([PERSON, PERSON], None),
        ([ANN], "ann"),
        ([PERSON, ANN], "ann"),
        ([LEFT, ANN, PERSON, ANN], "ann"),
    ],
)
def test_a_connection_that_an_agent_holds_is_that_agents(
    found: list[Attestation], whose: str | None
) -> None:
    """Whoever else holds it: a program in a pane gains nothing by a helper outside."""
    assert holders.judged(found).session_id == whose


@pytest.mark.parametrize("found", [[ANN, BOB], [LEFT], [PERSON, LEFT]])
def test_a_connection_that_may_be_anybodys_is_refused(found: list[Attestation]) -> None:
    """A token from who knows where does not make a person of it."""
    with pytest.raises(Refused) as caught:
        holders.judged(found)
    assert caught.value.code == "NotAllowed"
