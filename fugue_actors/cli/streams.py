"""The standard streams, made fit for use before a command runs.

A program may be started with some of them closed. Then its first socket would become its
stdout. They are opened here so that reading finds nothing, errors go nowhere, and
output fails as it does on a full disk: what nobody could read does not count as told.
Standard library only.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Final

OUTPUT_ERRORS: Final = {errno.EBADF, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""How writing to a stream fails for reasons that are not ours."""


def make_fit() -> None:
    """Open what is closed, and let stdout print any text whatever its encoding."""
    for descriptor, access in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, access)  # the lowest number that is free: this one
    if sys.stdin is None:
        sys.stdin = opened(0, "r")
    if sys.stdout is None:
        sys.stdout = opened(1, "w")
    if sys.stderr is None:
        sys.stderr = opened(2, "w")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Also what is a text in JSON then remains one: it writes characters this way.
        sys.stdout.reconfigure(errors="backslashreplace")


def opened(descriptor: int, mode: str) -> io.TextIOWrapper:
    """A text stream on a descriptor that stays open."""
    raw = io.FileIO(descriptor, mode, closefd=False)
    buffer = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, encoding="locale", errors="backslashreplace")


def drop_output() -> None:
    """Forget what could not be written, so that the interpreter can end in peace."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
