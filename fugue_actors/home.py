"""A daemon's directories and its lock: made, checked and held while it runs.

Whatever is wrong with them is said in one line that names the path and the way out.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import stat
import time
from typing import TYPE_CHECKING

from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

logger = logging.getLogger(__name__)

LOCK = "daemon.lock"
TAKEN = "home taken"
"""The `cause` in a refusal's data when another daemon holds the lock."""
GONE = {errno.ENOENT, errno.ENOTDIR}
FULL = {errno.ENOSPC, errno.EDQUOT}
GLANCES, GLANCE_SECONDS = 100, 0.001
ELSEWHERE = "set FUGUE_HOME to a directory that you can write to"


def prepare(
    *directories: Path, is_waited_for: Callable[[], bool] = lambda: False
) -> None:
    """Make each directory, private to the user.

    Args:
        directories: What is needed.
        is_waited_for: Whether programs run here that only a daemon can reach. Then
            one that can write nothing is better than none.

    Raises:
        Refused: `Unavailable`, if one cannot be made or is not the user's own.
    """
    for directory in directories:
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            check(directory)
            try_to_write(directory)
        except OSError as error:
            if error.errno not in FULL or not is_waited_for():
                raise cannot_use(directory, error) from error
            logger.warning("cannot write to %s: %s", directory, error.strerror)


def try_to_write(directory: Path) -> None:
    """Write something, and leave nothing.

    Raises:
        OSError: It cannot be written there.
    """
    probe = directory / f".write-{os.getpid()}"
    try:
        probe.write_bytes(b"probe")
    finally:
        probe.unlink(missing_ok=True)


def check(directory: Path) -> None:
    """Refuse a directory that somebody else owns or may write to."""
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise Refused(
            "NotAllowed",
            f"{directory} is not a directory of yours",
            hint=f"remove it, or {ELSEWHERE}",
        )
    if status.st_mode & 0o077:
        directory.chmod(0o700)


def check_sockets(*paths: Path) -> None:
    """Refuse to start where something else stands in a socket's place.

    A socket there is that of a daemon that has died, and may be replaced.

    Raises:
        Refused: `Unavailable`, naming what is in the way.
    """
    for path in paths:
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if not stat.S_ISSOCK(status.st_mode):
            raise Refused(
                "Unavailable",
                f"{path} is in the way of the daemon's socket, and is no socket",
                hint=f"move it away, or {ELSEWHERE}",
            )


def cannot_use(directory: Path, error: OSError) -> Refused:
    """What to tell about a directory that does not work."""
    hint = ELSEWHERE
    if error.errno == errno.ENOSPC:
        hint = f"free some space, or {ELSEWHERE}"
    return Refused(
        "Unavailable", f"cannot write to {directory}: {error.strerror}", hint=hint
    )


class Lock:
    """The one lock of a home; the kernel lets go of it when its last holder dies.

    Attributes:
        descriptor: The open file that holds it. A copy of it, in this process or in
            another, holds the same lock.
    """

    def __init__(self, directory: Path, descriptor: int) -> None:
        self.path = directory / LOCK
        self.descriptor = descriptor

    @classmethod
    def take(cls, directory: Path) -> Lock:
        """Lock a home.

        Raises:
            Refused: `Unavailable`, naming the process that holds it.
        """
        path = directory / LOCK
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise cannot_use(directory, error) from error
        if not locked(descriptor):
            pid = signed_by(descriptor)
            os.close(descriptor)
            raise Refused(
                "Unavailable",
                f"a daemon runs already for {directory} (pid {pid or 'unknown'})",
                hint="use it, end it with `fugue stop`, or set FUGUE_HOME to another "
                "directory for a second one",
                data={"cause": TAKEN} | ({} if pid is None else {"pid": pid}),
            )
        return cls(directory, descriptor)

    def sign(self) -> None:
        """Write down that this process holds it.

        In the place of what stands there, for which even a full disk has room.
        """
        line = f"{os.getpid()}\n".encode()
        os.pwrite(self.descriptor, line, 0)
        os.ftruncate(self.descriptor, len(line))

    def still_counts(self) -> bool:
        """Whether whoever comes next would meet this very lock.

        One that was deleted, by somebody who tidied up, is taken anew if nobody has. If it
        cannot be made, for want of room or descriptors, nobody comes next for the time being.
        """
        try:
            found = self.path.stat()
        except FileNotFoundError:
            pass
        except OSError:
            return False
        else:
            return os.path.samestat(found, os.fstat(self.descriptor))
        try:
            again = Lock.take(self.path.parent)
        except Refused as error:
            return is_passing(error.__cause__)
        os.dup2(again.descriptor, self.descriptor, inheritable=False)
        again.close()
        self.sign()
        return True

    def close(self) -> None:
        """Let go of it, as far as this copy is concerned."""
        os.close(self.descriptor)


def is_passing(trouble: BaseException | None) -> bool:
    """Whether something cannot be made now, in a directory that is there."""
    return isinstance(trouble, OSError) and trouble.errno not in GONE


def locked(descriptor: int) -> bool:
    """Lock an open file for ourselves, if nobody else has.

    Those who only look whether it is locked share it for an instant; they do not count.
    """
    for _ in range(GLANCES):
        for kind in (fcntl.LOCK_EX, fcntl.LOCK_SH):
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            break
        else:
            return False
        if kind == fcntl.LOCK_EX:
            return True
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        time.sleep(GLANCE_SECONDS)  # noqa: TID251 - a moment, while nobody is served
    return False


def signed_by(descriptor: int) -> int | None:
    """The process that wrote itself down in a lock; None if nobody has."""
    said = os.pread(descriptor, 32, 0).strip()
    return int(said) if said.isdigit() else None


def holder(directory: Path) -> int | None:
    """Who wrote itself down last as this home's daemon; it may have ended since."""
    try:
        descriptor = os.open(directory / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return signed_by(descriptor)
    finally:
        os.close(descriptor)


def is_locked(directory: Path) -> bool:
    """Whether a daemon holds the lock of this home."""
    try:
        descriptor = os.open(directory / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
