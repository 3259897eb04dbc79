"""Whose TCP connection it is, from the processes that have its other end open.

1. If one of them is a pane's agent, so is the connection, whatever its token says: a
   program in a pane gains nothing by a person's token that it has found.
2. If one may be in a pane but is nobody's agent (see `identity`), or several panes have
   it open, the connection is refused: it is not known who would act.
3. The same goes if nobody is found while something in a pane hides what it has open, or
   nothing hides at all: then the end is on its way from one process to another.
4. Else it is a person's, as far as its token goes.

Some browsers, and `sshd` where it forwards a port, hide what they have open; they are not
in panes, and so do no harm. What holds no longer: a program in a pane that has another
one, outside of all panes, connect for it; or that hides its end while we look, in a
thread with descriptors of its own, or on its way to another process while there is somebody
who hides what he has open.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import attrs
import trio

from fugue_actors.errors import Refused
from fugue_actors.gateways.ancestry import started_of
from fugue_actors.gateways.greeting import attest_peer, programs
from fugue_actors.gateways.identity import Attestation, Peer, attest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fugue_actors.gateways.tcp_peer import TcpPeer
    from fugue_actors.journal import Journal

MOST_HOLDERS: Final = 64
READERS: Final = trio.CapacityLimiter(2)


@attrs.frozen(kw_only=True)
class Holders:
    """Processes of our user, as far as they concern one socket.

    Attributes:
        known: Those that have it open.
        hiding: Those of which nobody can say.
    """

    known: tuple[Peer, ...]
    hiding: tuple[Peer, ...]


async def attest_socket(peer: TcpPeer, journal: Journal) -> Attestation:
    """Whose connection it is; see the rules in the module's docstring.

    Raises:
        Refused: `NotAllowed`, if that cannot be said.
    """
    found = await trio.to_thread.run_sync(
        holders_of, peer, limiter=READERS, abandon_on_cancel=True
    )
    if len(found.known) > MOST_HOLDERS:
        raise unclear(f"{len(found.known)} processes have it open")
    if found.known:
        return judged([await attest_peer(one, journal, None) for one in found.known])
    if not found.hiding:
        raise unclear("no process has it open")
    for one in found.hiding:
        await trio.lowlevel.checkpoint()
        if guess(one, journal).is_below_pane:
            raise unclear("a program in a pane hides what it has open")
    return guess(Peer(pid=0, uid=peer.uid, started=None), journal)


def guess(peer: Peer, journal: Journal) -> Attestation:
    """Whose a process is, as far as is known by now."""
    return attest(peer, programs(journal.state), token=None, token_owner=lambda _: None)


def judged(found: Sequence[Attestation]) -> Attestation:
    """One attestation out of those of all who have the connection open, at least one.

    Raises:
        Refused: `NotAllowed`, if they do not agree on one pane, or on none.
    """
    agents = {one.pane_id: one for one in found if one.session_id is not None}
    if len(agents) > 1:
        raise unclear("programs of several panes have it open")
    for agent in agents.values():
        return agent
    for one in found:
        if one.is_below_pane:
            raise unclear(one.hint or "you may be in a pane")
    return found[0]


def unclear(why: str) -> Refused:
    return Refused(
        "NotAllowed",
        f"it is not known whose connection this is: {why}",
        hint="connect from a program that runs outside of fugue's panes",
    )


def holders_of(peer: TcpPeer) -> Holders:
    """Who has a peer's socket open. Blocks for as long as it takes to read `/proc`."""
    if not peer.inode:
        found = ((pid, started_of(pid)) for pid in peer.pids)
        known = (Peer(pid=p, uid=peer.uid, started=at) for p, at in found if at)
        return Holders(known=tuple(known), hiding=())
    name = f"socket:[{peer.inode}]"
    holding: list[Peer] = []
    hiding: list[Peer] = []
    for pid in processes_of(peer.uid):
        started = started_of(pid)
        has_it = has_open(pid, name)
        # The same process answered both: a reused pid would have another start.
        if has_it is False or started is None or started_of(pid) != started:
            continue
        one = Peer(pid=pid, uid=peer.uid, started=started)
        (hiding if has_it is None else holding).append(one)
    return Holders(known=tuple(holding), hiding=tuple(hiding))


def processes_of(uid: int) -> list[int]:
    """The processes of a user."""
    names = os.listdir("/proc")  # noqa: PTH208 - hundreds, of which names suffice
    return [int(pid) for pid in names if pid.isdigit() and owner_of(pid) == uid]


def owner_of(pid: str) -> int | None:
    """Whose process it is, also of one that hides; None if it has ended."""
    try:
        with open(f"/proc/{pid}/status", "rb") as status:  # noqa: PTH123 - hundreds
            for line in status:
                if line.startswith(b"Uid:"):
                    return int(line.split()[2])
    except OSError:
        pass
    return None


def has_open(pid: int, name: str) -> bool | None:
    """Whether a process has a descriptor of this name; None if it hides that."""
    try:
        with os.scandir(f"/proc/{pid}/fd") as descriptors:
            return any(points_to(one.path, name) for one in descriptors)
    except PermissionError:
        return None
    except OSError:
        return False  # it has ended


def points_to(path: str, name: str) -> bool:
    try:
        return os.readlink(path) == name  # noqa: PTH115 - thousands in a row
    except OSError:
        return False  # closed meanwhile
