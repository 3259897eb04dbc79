"""A host's door: its socket's path, and how long it waits for a daemon behind it.

1. The path can vanish although the host lives: a runtime directory goes when its user logs
   out, or somebody tidies up. A daemon that misses a host calls it (`open_again`).
2. A host may have a limit: if nobody has it for that long, nobody will. Without one it waits
   for ever.
3. Beside the socket lies the host's card, which is the daemon's to write and goes with the host.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from typing import TYPE_CHECKING

from fugue_actors.errors import Refused
from fugue_actors.protocol.hosting import ORPHANED

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS_LIMIT_BYTES = 107 if sys.platform == "linux" else 103


class Door:
    """One host's.

    Args:
        path: Of the socket.
        limit: Seconds without a daemon after which there is no use in waiting; None
            for ever.
        now: The present time.

    Attributes:
        listener: Where daemons connect.
        alone_since: When the last daemon left; None while there is one.

    Raises:
        Refused: The path is too long, or a host listens there already.
    """

    def __init__(self, path: Path, limit: float | None, *, now: float) -> None:
        self.path = path
        self.limit = limit
        self.alone_since: float | None = now
        self.listener = listen(path)
        self.file = path.stat()

    def leads_here(self) -> bool:
        """Whether whoever takes the path comes to this host."""
        try:
            return os.path.samestat(self.file, self.path.stat())
        except OSError:
            return False

    def open_again(self) -> bool:
        """Listen anew if the path leads nowhere; whether `listener` is another now."""
        if self.leads_here():
            return False
        try:
            listener = listen(self.path)
        except Refused:
            return False  # there is no directory, or another host has the place
        listener.setblocking(False)
        self.listener.close()
        self.listener = listener
        self.file = self.path.stat()
        return True

    def mind(self, *, has_daemon: bool, now: float) -> None:
        """Take note of whether there is a daemon."""
        if has_daemon:
            self.alone_since = None
        elif self.alone_since is None:
            self.alone_since = now

    @property
    def orphaned_at(self) -> float | None:
        """When waiting is over, if nobody comes before."""
        if self.limit is None or self.alone_since is None:
            return None
        return self.alone_since + self.limit

    def remove(self, *, orphaned: bool = False) -> None:
        """Leave nothing where this host was to be found.

        Args:
            orphaned: Whether to leave word that nobody came.
        """
        if self.leads_here():
            if orphaned:
                self.path.with_suffix(ORPHANED).touch(mode=0o600)
            self.path.unlink()
            self.path.with_suffix(".json").unlink(missing_ok=True)


def listen(path: Path) -> socket.socket:
    """Bind a host's socket inside its private directory.

    Raises:
        Refused: The path is too long, or a host listens there already.
    """
    if len(os.fsencode(path)) > ADDRESS_LIMIT_BYTES:
        raise Refused(
            "InvalidArgument",
            f"socket path longer than {ADDRESS_LIMIT_BYTES} bytes: {path}",
            hint="set FUGUE_HOME to a shorter path",
        )
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        clear_stale(path)
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise taken(path) from error
        raise Refused("Unavailable", f"cannot make {path}: {error.strerror}") from error
    except BaseException:
        listener.close()
        raise
    finally:
        os.umask(mask)
    # With a full backlog a non-blocking connect fails in a way that looks like success.
    listener.listen(128)
    return listener


def clear_stale(path: Path) -> None:
    """Remove a socket that nobody listens on any more."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            path.unlink()
            return
    raise taken(path)


def taken(path: Path) -> Refused:
    """Another host has the socket."""
    return Refused("Busy", f"a host listens on {path} already")
