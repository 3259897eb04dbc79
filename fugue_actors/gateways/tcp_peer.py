"""The socket at the other end of a TCP connection over the loopback, and its user.

The kernel lists both ends of such a connection. Reading that list takes a while when
there are many, so it belongs into a thread. Where there is no such list (macOS), each
process of our user is asked for its connections, and whoever is not among them is refused.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import psutil

from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

IS_LINUX: Final = sys.platform == "linux"
TABLES: Final = ("/proc/net/tcp", "/proc/net/tcp6")
ATTEMPTS: Final = 3  # entries that move while the table is read can be missed
MAPPED: Final = bytes(10) + b"\xff\xff"
UID, INODE = 7, 9

Address = tuple[str, int]


@attrs.frozen(kw_only=True)
class TcpPeer:
    """The socket that connected.

    Attributes:
        uid: Its user.
        inode: Its number among all sockets, by which `holders` finds the processes that
            have it open; 0 where sockets have none.
        pids: The processes that have it open, where they had to be found first.
    """

    uid: int
    inode: int
    pids: tuple[int, ...] = ()


def peer_of(here: Address, there: Address) -> TcpPeer:
    """Whose connection it is. Blocks; up to a few ms with thousands of connections.

    Args:
        here: Our end's address and port.
        there: The other end's.

    Raises:
        Refused: `NotAllowed`; it is another user's, or nobody's that can be told.
    """
    for _ in range(ATTEMPTS):
        peer = (find if IS_LINUX else find_by_asking)(here, there)
        if peer is not None:
            break
    else:
        raise Refused(
            "NotAllowed",
            "whose connection it is cannot be told; it may be gone already",
        )
    if peer.uid != os.geteuid():
        raise Refused(
            "NotAllowed",
            f"user {peer.uid} may not talk to the daemon of user {os.geteuid()}",
        )
    return peer


def find(here: Address, there: Address) -> TcpPeer | None:
    """The other end in the kernel's tables; None if it is not there, or an orphan."""
    for table in TABLES:
        wanted = f" {encoded(there, table)} {encoded(here, table)} ".encode()
        try:
            rows = Path(table).read_bytes()
        except FileNotFoundError:  # a kernel without IPv6
            continue
        place = rows.find(wanted)
        if place >= 0:
            row = rows[rows.rfind(b"\n", 0, place) + 1 :].split(maxsplit=INODE + 1)
            uid, inode = int(row[UID]), int(row[INODE])
            return TcpPeer(uid=uid, inode=inode) if inode else None
    return None


def find_by_asking(
    here: Address,
    there: Address,
    processes: Callable[[], Iterable[psutil.Process]] = psutil.process_iter,
) -> TcpPeer | None:
    """The other end among the connections of our user's processes; None if not there."""
    ends = (plain(there), plain(here))
    pids = []
    for process in processes():
        try:
            if process.uids().effective != os.geteuid():
                continue
            for one in process.net_connections("tcp"):
                # Those that only listen have no other end.
                if one.status != psutil.CONN_ESTABLISHED:
                    continue
                if ends == (plain(one.laddr), plain(one.raddr)):
                    pids.append(process.pid)
                    break
        except psutil.Error:
            continue  # it has ended, or hides itself
    return TcpPeer(uid=os.geteuid(), inode=0, pids=tuple(pids)) if pids else None


def plain(address: Address) -> Address:
    """An address in the older form if it has one."""
    host, port = address[0], address[1]
    return host.removeprefix("::ffff:"), port


def encoded(address: Address, table: str) -> str:
    """An address as a table shows it: words in the machine's byte order, then the port."""
    host, port = address
    if ":" in host:
        packed = socket.inet_pton(socket.AF_INET6, host)
        if not table.endswith("6") and packed.startswith(MAPPED):
            packed = packed[len(MAPPED) :]
    else:
        packed = socket.inet_aton(host)
        if table.endswith("6"):
            packed = MAPPED + packed
    words = memoryview(packed).cast("I")
    return "".join(f"{word:08X}" for word in words) + f":{port:04X}"
