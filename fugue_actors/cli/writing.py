"""Files that commands write: as a whole, or not at all; and devices and pipes, in place."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

RECORDING: Final = b'{"version":'


def write_whole(path: Path, lines: Iterable[str]) -> None:
    """Write a file beside its place, then put it there; only its user can read it.

    What is there and is no file of its own, such as `/dev/stdout`, stays and is written to.

    Raises:
        Refused: `InvalidArgument`: it cannot be written.
    """
    try:
        if is_kept(path):
            write_in_place(path, lines)
        else:
            replace(path, lines)
    except OSError as error:
        raise Refused(
            "InvalidArgument", f"{path} cannot be written: {error.strerror}"
        ) from error


def is_kept(path: Path) -> bool:
    """Whether a device, a pipe or a link to something is there."""
    return path.exists() and not stat.S_ISREG(path.lstat().st_mode)


def write_in_place(path: Path, lines: Iterable[str]) -> None:
    """Write to what is there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOCTTY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)


def replace(path: Path, lines: Iterable[str]) -> None:
    """Put a new file in its place, when all of it is on the disk."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def is_recording(path: Path) -> bool:
    """Whether a file that is there begins as recordings do."""
    if not path.is_file():  # to open a pipe would wait for who writes to it
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(RECORDING)) == RECORDING
    except OSError:
        return False
