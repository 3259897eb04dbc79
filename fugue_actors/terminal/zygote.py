"""The zygote: a warm interpreter that becomes one pane host per request.

1. It is started by exec (`python -m fugue_actors.terminal.zygote`), with one end of a socket pair
   as its standard input, so that no host inherits anything of the daemon.
2. One byte on that socket carries a descriptor: the channel of one spawn. The zygote gives it to a host and closes
   its copy; the host reads `StartHost` there itself, so a slow or broken request holds up nobody else.
3. When it has nothing to do, it forks a spare host, which has the channel of the next spawn passed on to it. What comes
   sooner than a spare is forked for.
4. A spawn is a transaction: the host answers `HostInfo` and stays only if `KeepHost` comes back. An
   end of file at any point before means that nobody will ever know of this host, and it ends.
5. No thread, nothing but fork: what is imported here is shared by all hosts.
6. It ends when the daemon's end of the socket closes, and the spare with it. Hosts live on.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from fugue_actors.errors import FugueError, RemoteProtocolError
from fugue_actors.protocol.frames import LineFramer, Overlong
from fugue_actors.protocol.hosting import (
    FRAME_LIMIT_BYTES,
    Failed,
    HostInfo,
    KeepHost,
    StartHost,
)
from fugue_actors.protocol.hostwire import decode, encode
from fugue_actors.terminal import processes
from fugue_actors.terminal.descriptors import restore_limit
from fugue_actors.terminal.door import Door
from fugue_actors.terminal.host import Host
from fugue_actors.terminal.program import Program
from fugue_actors.terminal.rehearsal import rehearse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SPAWN_WITHIN = 30.0
"""Seconds that a host waits for the rest of its request."""

SPARE_AFTER = 0.01
"""Seconds without a spawn after which a spare host is made: the last should be over."""

GARBAGE_THRESHOLD = 10_000
"""A host draws with many short lists and leaves next to no cycles: they are looked for less often."""

DISMISSED_WITHIN = 1.0
"""Seconds that a spare host has to end; it needs a hundredth."""


def main(arguments: Sequence[str] = ()) -> None:
    """Serve the daemon at standard input until it hangs up.

    Args:
        arguments: The limit of open files for hosts and programs, if it is another.
    """
    if arguments:
        restore_limit(int(arguments[0]))
    requests = socket.socket(fileno=os.dup(0))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # hosts are not waited for
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    spare: socket.socket | None = None
    while True:
        if spare is None and not has_news(requests, within=SPARE_AFTER):
            spare = fork_spare(requests)
        data, fds, _flags, _address = socket.recv_fds(requests, 1, 1)
        if not data:
            break
        for fd in fds:
            if spare is None or not hand_over(spare, fd):
                fork_host(requests, fd)
            spare = None
            os.close(fd)
    if spare is not None:
        dismiss(spare)


def has_news(requests: socket.socket, *, within: float) -> bool:
    """Whether there is something to receive, now or in so many seconds."""
    return bool(select.select([requests], [], [], within)[0])


def fork_host(requests: socket.socket, fd: int) -> None:
    """Make the host for the channel of a spawn."""
    if not fork():
        requests.close()
        become_host("fugue-pane", lambda: serve(socket.socket(fileno=fd)))


def fork_spare(requests: socket.socket) -> socket.socket | None:
    """Make a host for the next spawn, before there is one.

    Returns:
        Where it waits for the channel, and for the zygote's end. None if there are no
        more processes or descriptors.
    """
    try:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    except OSError:
        return None
    pid = fork()
    if not pid:
        requests.close()
        ours.close()
        become_host("fugue-spare", lambda: stand_by(theirs))
    theirs.close()
    if pid < 0:
        ours.close()
        return None
    return ours


def hand_over(spare: socket.socket, fd: int) -> bool:
    """Give a spare host its spawn; False if it has died."""
    with spare:
        try:
            socket.send_fds(spare, [b"+"], [fd])
        except OSError:
            return False
    return True


def dismiss(spare: socket.socket) -> None:
    """End a spare host, and wait until it has."""
    with spare, suppress(OSError):
        spare.settimeout(DISMISSED_WITHIN)
        spare.shutdown(socket.SHUT_WR)
        spare.recv(1)


def fork() -> int:
    """Fork; -1 if there are no more processes, for the next may succeed."""
    try:
        return os.fork()
    except OSError:
        traceback.print_exc()
        return -1


def become_host(name: str, work: Callable[[], None]) -> NoReturn:
    """Run as a pane host, under this name."""
    code = 1
    try:
        detach(name)
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - the last frame of a process: say it and end
        traceback.print_exc()
    finally:
        os._exit(code)


def detach(name: str) -> None:
    """Leave everything behind that belongs to the zygote, its log excepted."""
    os.setsid()
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # sockets report it as an error
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    processes.become_subreaper(name)


def stand_by(line: socket.socket) -> None:
    """Wait for a spawn, and serve it; or for the end of the zygote."""
    with suppress(OSError):  # the spawn itself will tell what is wrong
        rehearse()
    _data, fds, _flags, _address = socket.recv_fds(line, 1, 1)
    line.close()
    processes.rename("fugue-pane")
    for fd in fds:
        serve(socket.socket(fileno=fd))


def serve(channel: socket.socket) -> None:
    """Start a program as asked for on the channel, then be its host."""
    channel.set_inheritable(False)
    channel.settimeout(SPAWN_WITHIN)
    framer = LineFramer(limit_bytes=FRAME_LIMIT_BYTES)
    start = receive(channel, framer)
    if not isinstance(start, StartHost):
        return
    path = Path(start.directory) / f"{start.pane_id}.sock"
    try:
        host = make_host(start, path)
    except FugueError as error:
        send(channel, Failed.of(error))
        return
    send(channel, host.info)
    is_kept = isinstance(receive(channel, framer), KeepHost)
    channel.close()
    if is_kept:
        host.run()
        host.door.remove(orphaned=host.is_orphaned)
    else:
        path.unlink(missing_ok=True)  # first, so that a second try finds it free
        host.abandon()


def send(channel: socket.socket, value: object) -> None:
    """Answer whoever waits; one who does not is noticed when he should answer."""
    try:
        channel.sendall(encode(value))
    except OSError:
        return


def make_host(start: StartHost, path: Path) -> Host:
    """Listen on the host's socket, and start the program.

    Raises:
        Refused: One of the two cannot be; nothing is left behind.
    """
    door = Door(path, start.orphan_limit, now=time.monotonic())
    try:
        program = Program.start(start.program)
    except BaseException:
        path.unlink()
        raise
    info = HostInfo(
        host_pid=os.getpid(),
        host_started=processes.started(os.getpid()),
        program_pid=program.pid,
        program_started=processes.started(program.pid),
        socket=str(path),
        tty=program.tty,
    )
    return Host(start, door, program, info)


def receive(channel: socket.socket, framer: LineFramer) -> object:
    """The next value on the channel; None if it ended, or took too long."""
    while True:
        try:
            data = channel.recv(65536)
        except OSError:
            return None
        if not data:
            return None
        for line in framer.feed(data):
            if isinstance(line, Overlong):
                raise RemoteProtocolError("a frame beyond the limit")
            return decode(line).value


if __name__ == "__main__":
    main(sys.argv[1:])
