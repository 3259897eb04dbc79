"""Replacing a running daemon in place: `fugue serve --replace`, from both of its ends.

1. The successor starts beside the daemon that runs, up to where it needs the home's lock.
   What keeps it from starting at all (its configuration, its code) is found out by then.
2. It listens on a socket of its own and asks the daemon to hand over. That one ends its tree,
   which leaves programs running, and sends the descriptor that holds the lock: at no
   moment is the home without a lock, so nobody can come in between.
3. The successor adopts the hosts and says `ready`, and the predecessor's process ends.
   If the connection ends first, the predecessor takes up again what it let go of. It keeps
   its own copy of the lock and all its code in memory until then.

A successor that hangs must not keep the home from being served, and one that wakes up late
must not drive beside a predecessor that has given it up. So it sets itself a timer before
it asks, on which the kernel ends it whatever it does, and calls it off when it is ready. The
predecessor waits a little longer than that timer runs.

Both ends are synchronous: there is no tree while they run.
"""

from __future__ import annotations

import json
import logging
import os
import signal
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
ADOPT_SECONDS: Final = 60.0
"""What a successor that has the lock may take until it is ready."""
ALL_SECONDS: Final = ANSWER_SECONDS + LET_GO_SECONDS + ADOPT_SECONDS
MARGIN_SECONDS: Final = 2.0


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
        # Only now: who is ended in between has not been relied on.
        end_after(0)
        self.connection.close()


def end_after(seconds: float) -> None:
    """Have the kernel end this process after a time, even if it is stopped till then.

    Args:
        seconds: How long it has; 0 calls it off.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


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
    end_after(ALL_SECONDS)
    try:
        descriptor, connection = receive_lock(directory, control)
    except TimeoutError as error:
        end_after(0)
        raise stuck(directory, held) from error
    except OSError as error:
        end_after(0)
        raise passed_on(directory, held) from error
    except BaseException:
        end_after(0)
        raise
    end_after(ADOPT_SECONDS)
    return home.Lock(directory, descriptor), Predecessor(connection)


def receive_lock(directory: Path, control: Path) -> tuple[int, socket.socket]:
    """Ask for the lock; the descriptor that holds it, and who waits for word.

    Raises:
        OSError: A `TimeoutError` if nobody answers; another if the daemon that was asked
            is not there any more.
        Refused: It does not want to.
    """
    path = directory / f"handover-{os.getpid()}.sock"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(path))  # the directory is the user's alone
        try:
            listener.listen(1)
            ask_for_it(control, path)
            listener.settimeout(LET_GO_SECONDS)
            connection, _ = listener.accept()
        finally:
            path.unlink(missing_ok=True)
    try:
        connection.settimeout(ANSWER_SECONDS)
        data, descriptors, _, _ = socket.recv_fds(connection, len(LOCK), 1)
        if data != LOCK or not descriptors:
            raise ConnectionError("the lock did not come")
    except BaseException:
        connection.close()
        raise
    os.set_inheritable(descriptors[0], False)
    return descriptors[0], connection


def ask_for_it(control: Path, path: Path) -> None:
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
    raise ConnectionError("the daemon hung up")


def stuck(directory: Path, held: Refused) -> Refused:
    """What to say of a daemon that holds the lock and does not answer."""
    asked = (held.data or {}).get("pid")
    pid = home.holder(directory) or "PID"
    if pid != asked:
        return passed_on(directory, held)
    return Refused(
        "Unavailable",
        f"the daemon that runs (pid {pid}) does not hand over",
        hint=f"`kill -9 {pid}` and `fugue serve`: programs go on meanwhile",
    )


def passed_on(directory: Path, held: Refused) -> Refused:
    """What to say if the daemon that was asked is ending, or has been replaced."""
    asked = (held.data or {}).get("pid", "unknown")
    now = home.holder(directory)
    if now is None or now == asked:
        message = (
            f"the daemon that ran (pid {asked}) is ending or being replaced already"
        )
    else:
        message = f"another daemon (pid {now}) has taken over first"
    return Refused(
        "Unavailable",
        message,
        hint="`fugue status` says which one runs; ask again if it is not as you want it",
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
            # Longer than it lives unless it is ready: there must not be two.
            connection.settimeout(ALL_SECONDS + MARGIN_SECONDS)
            return connection.recv(len(READY)) == READY
        except OSError as error:
            logger.info("no word from the successor: %s", error)
            return False
