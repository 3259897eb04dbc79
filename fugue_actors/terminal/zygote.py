"""The zygote: a warm interpreter that becomes one pane host per request.

1. It is started by exec (`python -m fugue_actors.terminal.zygote`), with one end of a socket pair
   as its standard input, so that no host inherits anything of the daemon.
2. One byte on that socket carries a descriptor: the channel of one spawn. The zygote forks and closes its copy;
   the child reads `StartHost` there itself, so a slow or broken request holds up nobody else.
3. A spawn is a transaction: the host answers `HostInfo` and stays only if `KeepHost` comes back. An
   end of file at any point before means that nobody will ever know of this host, and it ends.
4. No loop, no thread, nothing but fork: what is imported here is shared by all hosts.
5. It ends when the daemon's end of the socket closes. Hosts live on.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Sequence

SPAWN_WITHIN = 30.0
"""Seconds that a host waits for the rest of its request."""


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
    while True:
        data, fds, _flags, _address = socket.recv_fds(requests, 1, 1)
        if not data:
            return
        for fd in fds:
            try:
                pid = os.fork()
            except OSError:
                traceback.print_exc()  # no more processes; the next may succeed
                pid = -1
            if not pid:
                requests.close()
                become_host(socket.socket(fileno=fd))
            os.close(fd)


def become_host(channel: socket.socket) -> None:
    """Run as a pane host; never returns."""
    code = 1
    try:
        detach()
        serve(channel)
        code = 0
    except BaseException:  # noqa: BLE001 - the last frame of a process: say it and end
        traceback.print_exc()
    finally:
        os._exit(code)


def detach() -> None:
    """Leave everything behind that belongs to the zygote, its log excepted."""
    os.setsid()
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # sockets report it as an error
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    processes.become_subreaper("fugue-pane")


def serve(channel: socket.socket) -> None:
    """Start a program as asked for on the channel, then be its host."""
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
        host.door.remove()
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
