"""Replacing a running daemon in place: `fugue serve --replace`, from both of its ends.

1. The successor starts beside the daemon that runs, up to where it needs the home's lock.
   What keeps it from starting at all (its configuration, its code) is found out by then.
2. It listens on a socket of its own and asks the daemon to hand over. That one ends its tree,
   which leaves programs running, and sends the descriptor that holds the lock: at no
   moment is the home without a lock, so nobody can come in between.
3. The successor adopts the hosts and says `ready`, and the predecessor's process ends.
   If the connection ends first, the predecessor takes up again what it let go of. It keeps
   its own copy of the lock and all its code in memory until then.

Both ends are synchronous: there is no tree while they run.
"""

from __future__ import annotations

import json
import logging
import os
import socket
from typing import TYPE_CHECKING, Final

from fugue_actors import home
from fugue_actors.errors import Refused
from fugue_actors.protocol.errors import error_from_json

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

REQUEST: Final = "hand_over"
READY: Final = b"ready\n"
LOCK: Final = b"lock\n"
ANSWER_SECONDS: Final = 10.0
LET_GO_SECONDS: Final = 60.0


class Predecessor:
    """The daemon that let go, as long as it waits for word from this one."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def release(self) -> None:
        """Tell it that it is needed no longer."""
        try:
            self.connection.sendall(READY)
        except OSError:
            logger.info("the daemon before this one has ended already")
        self.connection.close()


def take_over(directory: Path, control: Path) -> tuple[home.Lock, Predecessor | None]:
    """Get the lock of a home, from the daemon that holds it if there is one.

    Args:
        directory: The runtime directory.
        control: The control socket of the daemon that may run.

    Raises:
        Refused: `Unavailable`: the daemon that runs does not let go of it.
    """
    try:
        return home.Lock.take(directory), None
    except Refused as error:
        held = error
    path = directory / f"handover-{os.getpid()}.sock"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(path))  # the directory is the user's alone
        try:
            listener.listen(1)
            ask_for_it(control, path, held)
            listener.settimeout(LET_GO_SECONDS)
            connection, _ = listener.accept()
            data, descriptors, _, _ = socket.recv_fds(connection, len(LOCK), 1)
        except OSError as error:
            raise stuck(held) from error
        finally:
            path.unlink(missing_ok=True)
    if data != LOCK or not descriptors:
        connection.close()
        raise stuck(held)
    os.set_inheritable(descriptors[0], False)
    return home.Lock(directory, descriptors[0]), Predecessor(connection)


def ask_for_it(control: Path, path: Path, held: Refused) -> None:
    """Ask the daemon that runs to hand over to whoever listens at `path`."""
    requests = (
        {"id": 0, "request": "hello", "args": {"client": "fugue serve --replace"}},
        {"id": 1, "request": REQUEST, "args": {"to": os.fspath(path)}},
    )
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_SECONDS)
        connection.connect(os.fspath(control))
        with connection.makefile("rwb") as lines:
            for request in requests:
                lines.write(json.dumps(request).encode() + b"\n")
            lines.flush()
            for line in lines:
                answer = json.loads(line)
                if "error" in answer:
                    refusal = error_from_json(answer["error"])
                    raise Refused(
                        "Unavailable",
                        f"the daemon that runs does not hand over: {refusal.message}",
                        hint="`fugue stop` and `fugue serve` do the same in two steps",
                    )
                if answer.get("id") == 1:
                    return
    raise stuck(held)


def stuck(held: Refused) -> Refused:
    """What to say of a daemon that holds the lock and does not answer."""
    pid = (held.data or {}).get("pid", "PID")
    return Refused(
        "Unavailable",
        f"the daemon that runs (pid {pid}) does not hand over",
        hint=f"`kill -9 {pid}` and `fugue serve`: programs go on meanwhile",
    )


def give_up(lock: home.Lock, path: str) -> bool:
    """Hand the lock over to the successor that listens at `path`, and wait for its word.

    Returns:
        Whether it took over. If not, everything is this process's again.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(path)
            socket.send_fds(connection, [LOCK], [lock.descriptor])
            # As long as it lives: it has the lock, and there must not be two.
            return connection.recv(len(READY)) == READY
        except OSError as error:
            logger.info("the successor cannot be reached: %s", error)
            return False
