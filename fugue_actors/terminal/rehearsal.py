"""What a spare host does while nobody waits for it: all that a new host does, once.

A forked process shares its memory with the zygote until it writes to it, and whoever uses an
object of Python's writes to it. So the first use of everything is what a spawn would take
longest for. The rehearsal has a terminal and a link of its own, but no program and no socket
that anybody could find; nothing of it is left.
"""

from __future__ import annotations

import gc
import os
import socket
from contextlib import suppress
from pathlib import Path

from fugue_actors.errors import Refused
from fugue_actors.protocol import hosting
from fugue_actors.protocol.hostwire import decode, encode
from fugue_actors.terminal import processes
from fugue_actors.terminal.door import Door
from fugue_actors.terminal.host import Host, now
from fugue_actors.terminal.hostlink import Connection
from fugue_actors.terminal.program import (
    Program,
    check_strings,
    find_command,
    open_terminal,
)

KEY = "rehearsal"


class ClosedDoor(Door):
    """A door that nobody can come in by."""

    def __init__(self) -> None:
        self.path = Path(os.devnull)
        self.limit = None
        self.alone_since = None
        self.listener = socket.socket(socket.AF_UNIX)


def rehearse() -> None:
    """Be a host for a moment.

    Raises:
        OSError: There is no terminal left, or no descriptor.
    """
    start = received(
        hosting.StartHost(
            pane_id="p",
            directory="/",
            key=KEY,
            program=hosting.SpawnProgram(
                argv=("sh",), cwd="/", env={"PATH": os.defpath, **os.environ}
            ),
        )
    )
    check_strings(start.program)
    with suppress(Refused):
        find_command(start.program.argv[0], start.program.env)
    program = Program(
        os.getpid(), *open_terminal(start.program.columns, start.program.lines)
    )
    began = processes.started(os.getpid())
    info = hosting.HostInfo(
        host_pid=os.getpid(),
        host_started=began,
        program_pid=program.pid,
        program_started=began,
        socket="",
        tty=program.tty,
    )
    encode(info)
    host = Host(start, ClosedDoor(), program, info)
    talk(host)
    host.selector.close()
    host.door.listener.close()
    os.close(program.master)
    program.release_terminal()
    del host
    gc.collect()


def talk(host: Host) -> None:
    """Greet a daemon, draw, and show the screen."""
    daemon, connected = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    connection = Connection(connected, hello_by=now() + 1.0)
    host.reception.connections.append(connection)
    os.write(host.program.slave, b"x\r\n")
    for number, request in enumerate(
        (
            hosting.Hello(versions=hosting.VERSIONS, key=KEY, generation=0),
            hosting.ReadScreen(),
        )
    ):
        daemon.sendall(encode(request, id=number))
        host.turn()
    daemon.close()
    connected.close()


def received(value: hosting.StartHost) -> hosting.StartHost:
    """What arrives when this is sent."""
    start = decode(encode(value)).value
    assert isinstance(start, hosting.StartHost)
    return start
