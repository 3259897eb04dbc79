"""Files that commands write: as a whole, or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

RECORDING: Final = b'{"version":'


def write_whole(path: Path, lines: Iterable[str]) -> None:
    """Write a file beside its place, then put it there; only its user can read it."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
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
    except OSError as error:
        raise Refused(
            "InvalidArgument", f"{path} cannot be written: {error.strerror}"
        ) from error


def is_recording(path: Path) -> bool:
    """Whether a file that is there begins as recordings do."""
    try:
        with path.open("rb") as file:
            return file.read(len(RECORDING)) == RECORDING
    except OSError:
        return False
