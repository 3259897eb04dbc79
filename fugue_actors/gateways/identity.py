"""Who is at the other end of a Unix socket.

1. The kernel names the peer's user; any but the daemon's own is refused (`peer_of`).
2. A peer that descends from a pane's program through living parents is that pane's
   session (`process`), whatever its environment, arguments and tokens say.
3. But what a program left behind, or what detached itself from its pane, may serve
   several panes and is nobody's agent: a guest, with a hint. Left behind: the line of
   parents reaches the pane's host without passing the program. Detached: `sharers.py`.
4. A peer below no pane's host that knows a pane's secret token is that pane's session
   (`token`).
5. Anybody else is a guest.

What holds against an attacker of the same user in another pane: ids, tokens and names in
environment or arguments; a forged command line, name or executable (they matter only
among the descendants of one program, who have its identity anyway); `setsid`, double
forks and orphans; reused pids; connecting and dying. Where the kernel cannot say whether
the peer still lives (Linux before 6.5, macOS), a pid reused between connecting and being
looked at goes unnoticed.
What does not: whoever may trace or debug an agent's processes, types into its terminal,
is handed its open connection, or makes a service outside of all panes (cron, systemd,
docker, a kill of its own host) run a program that presents a token read from another
pane's environment. Processes of one user cannot be protected from each other further
than that; put agents that must not trust each other into containers.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import sys
from typing import TYPE_CHECKING, Final, Literal

import attrs

from fugue_actors.errors import Refused
from fugue_actors.gateways.ancestry import Relative, lineage, started_of
from fugue_actors.gateways.sharers import SHARED_DAEMONS, find_sharer

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence

    import trio

    Connection = socket.socket | trio.socket.SocketType

SO_PEERPIDFD: Final = 77  # Linux 6.5; Python does not name it
SOL_LOCAL: Final = 0
LOCAL_PEERCRED: Final = 1
LOCAL_PEERPID: Final = 2

LEFT_BEHIND: Final = (
    "your process was left behind by a pane's program and may serve several panes, so it "
    "is nobody's agent and its token is not believed"
)
ENDED: Final = "the process that connected has ended, so nobody can say who it was"
UNTRACEABLE: Final = (
    "your process's parents cannot be traced, so it is not known whose agent it is"
)
NO_OWNER: Final = (
    "the token you gave belongs to no pane; it is a pane's FUGUE_TOKEN, and good for as "
    "long as that pane is there"
)
REMEDY: Final = (
    "let the agent itself start `fugue mcp`, in its own pane (Codex: "
    "`codex --no-daemon`)"
)


@attrs.frozen(kw_only=True)
class Peer:
    """The process that opened a connection.

    Attributes:
        pid: Its pid as this process sees it; 0 if it is outside of our pid namespace.
        uid: Its user.
        started: When it started, as `terminal.processes` tells; None if it has ended.
    """

    pid: int
    uid: int
    started: float | None


@attrs.frozen(kw_only=True)
class Program:
    """A pane's program and the host it runs in, each with its start time."""

    pane_id: str
    session_id: str
    pid: int
    started: float
    host_pid: int
    host_started: float


@attrs.frozen(kw_only=True)
class Attestation:
    """Whose connection it is, and why we think so.

    Attributes:
        attested: `process`, `token` or `guest`.
        session_id: The session it is; None for a guest, who gets one of its own.
        pane_id: The pane it belongs to, if it belongs to one.
        hint: Why it is a guest, if it might have expected not to be.
        peer: Who connected.
        is_below_pane: Whether it runs in a pane, or may, although it is a guest.
    """

    attested: Literal["process", "token", "guest"]
    session_id: str | None
    pane_id: str | None
    hint: str | None
    peer: Peer
    is_below_pane: bool = False


def peer_of(connection: Connection) -> Peer:
    """The process that connected, as the kernel attests it.

    Raises:
        Refused: `NotAllowed`; it is another user's.
    """
    pid, uid = credentials(connection)
    if uid != os.geteuid():
        raise Refused(
            "NotAllowed",
            f"user {uid} may not talk to the daemon of user {os.geteuid()}",
            hint="start a daemon of your own: `fugue serve`",
        )
    started = started_of(pid) if pid else None
    # In this order: who is still alive now has had its pid all the time.
    if started is not None and has_ended(connection):
        started = None
    return Peer(pid=pid, uid=uid, started=started)


def credentials(connection: Connection) -> tuple[int, int]:
    """Pid and uid of the process that connected."""
    if sys.platform == "darwin":
        data = connection.getsockopt(SOL_LOCAL, LOCAL_PEERCRED, 76)
        _version, uid = struct.unpack_from("=II", data)
        data = connection.getsockopt(SOL_LOCAL, LOCAL_PEERPID, 4)
        (pid,) = struct.unpack("=i", data)
    else:
        data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        pid, uid, _gid = struct.unpack("=iII", data)
    return pid, uid


def has_ended(connection: Connection) -> bool:
    """Whether the very process that connected has ended, as far as the kernel says."""
    if sys.platform != "linux":
        return False
    try:
        pidfd: int = connection.getsockopt(socket.SOL_SOCKET, SO_PEERPIDFD)
    except OSError as error:
        # Before 6.5 there is no such option. Later kernels have it, but some of them no
        # descriptor for a process that was reaped, each with an error of its own.
        return error.errno != errno.ENOPROTOOPT
    try:
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        return bool(poll.poll(0))
    finally:
        os.close(pidfd)


def attest(
    peer: Peer,
    programs: Sequence[Program],
    *,
    token: str | None,
    token_owner: Callable[[str], tuple[str, str] | None],
    shared_daemons: Sequence[re.Pattern[str]] = SHARED_DAEMONS,
) -> Attestation:
    """Whose connection it is; see the rules in the module's docstring.

    Reads the process table, a few small files for each ancestor. A pane whose program
    is not among `programs` yet makes its processes guests, so whoever calls waits for
    panes that are starting.

    Args:
        peer: Who connected.
        programs: Every pane's program, those that have ended included as long as their
            hosts live.
        token: The secret the peer presented, if any.
        token_owner: Session and pane that a secret belongs to; it compares in constant
            time (`hmac.compare_digest`).
        shared_daemons: Command lines of programs that serve several panes.
    """

    def guest(hint: str | None, *, is_below_pane: bool) -> Attestation:
        return Attestation(
            attested="guest",
            session_id=None,
            pane_id=None,
            hint=hint,
            peer=peer,
            is_below_pane=is_below_pane,
        )

    if peer.pid:
        if peer.started is None:
            return guest(ENDED, is_below_pane=True)
        running = {(program.pid, program.started): program for program in programs}
        hosts = {(program.host_pid, program.host_started) for program in programs}
        line = lineage(peer.pid, lambda one: one.key in running or one.key in hosts)
        if line is None:
            return guest(UNTRACEABLE, is_below_pane=True)
        if line[0].started != peer.started:
            return guest(ENDED, is_below_pane=True)
        program = running.get(line[-1].key)
        if program is not None:
            sharer = find_sharer(line, shared_daemons)
            if sharer is not None:
                return guest(shared(sharer), is_below_pane=True)
            return Attestation(
                attested="process",
                session_id=program.session_id,
                pane_id=program.pane_id,
                hint=None,
                peer=peer,
                is_below_pane=True,
            )
        if line[-1].key in hosts:
            return guest(f"{LEFT_BEHIND}; {REMEDY}", is_below_pane=True)
    # Who is outside of our pid namespace cannot be below a host, which is inside.
    if token is None:
        return guest(None, is_below_pane=False)
    owner = token_owner(token)
    if owner is None:
        return guest(NO_OWNER, is_below_pane=False)
    return Attestation(
        attested="token", session_id=owner[0], pane_id=owner[1], hint=None, peer=peer
    )


def shared(sharer: Relative) -> str:
    return (
        f"between your process and its pane's program stands {sharer.command!a} (pid "
        f"{sharer.pid}), which is detached from the pane and may serve several, so you "
        f"are nobody's agent and your token is not believed; {REMEDY}"
    )
