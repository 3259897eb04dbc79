"""The files of recordings. Everything here may block: call it in a thread.

A file is made once and only added to. Who goes on with one that a crash has cut finds its last
whole line, and drops what comes after.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import attrs

from fugue_actors.errors import Refused
from fugue_actors.recording import cast

TAIL_BYTES: Final = 64 * 1024
LONGEST_HEADER: Final = 64 * 1024
GONE: Final = "its file is gone"


class EndedError(Exception):
    """A recording cannot go on; says why, for people."""


@attrs.frozen
class Found:
    """A file with which somebody goes on.

    Attributes:
        began: When its clock was 0, in seconds since 1970.
        at: When its last event was, on that clock; None if it has none.
    """

    began: float
    at: float | None


def create(path: Path, header: cast.Header) -> None:
    """Make a new file that only its user can read.

    Raises:
        Refused: `InvalidArgument`: there is something already, or it cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(cast.header_line(header))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    except FileExistsError as error:
        raise Refused(
            "InvalidArgument",
            f"{path} exists already",
            hint="a recording overwrites nothing; name another file",
        ) from error
    except OSError as error:
        raise Refused(
            "InvalidArgument", f"{path} cannot be written: {error.strerror}"
        ) from error


class Writer:
    """Adds to one file.

    Args:
        path: The file.
        recording_id: What its header has to say.
        most_bytes: It does not become larger.
        free_bytes: So much stays free on its disk.

    Attributes:
        size: Of the file, in bytes.
    """

    def __init__(
        self, path: Path, recording_id: str, *, most_bytes: int, free_bytes: int
    ) -> None:
        self.path = path
        self.recording_id = recording_id
        self.most_bytes = most_bytes
        self.free_bytes = free_bytes
        self.size = 0
        self.descriptor: int | None = None

    def open(self) -> Found:
        """Go on with the file.

        Raises:
            EndedError: It is gone, or cannot be written, or is none of ours.
        """
        try:
            return self.go_on()
        except EndedError:
            self.close()  # so that nothing is added to what is not ours
            raise

    def go_on(self) -> Found:
        """The same; what has been opened stays so if it fails."""
        try:
            flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
            self.descriptor = os.open(self.path, flags)
            self.size = os.fstat(self.descriptor).st_size
            header = cast.header_of(
                os.pread(self.descriptor, LONGEST_HEADER, 0).split(b"\n", 1)[0]
            )
            if header.about.get("recording_id") != self.recording_id:
                raise EndedError("its file is another recording by now")
            at = self.cut_to_whole_lines()
        except FileNotFoundError as error:
            raise EndedError(GONE) from error
        except OSError as error:
            raise EndedError(f"its file cannot be used: {error.strerror}") from error
        except Refused as error:
            raise EndedError("its file is no recording any more") from error
        began = cast.time_of(header.about.get("began"))
        return Found(began or header.timestamp or 0.0, at)

    def cut_to_whole_lines(self) -> float | None:
        """Drop the rest of a line that was not written whole; the last event's time."""
        assert self.descriptor is not None
        end, at = self.size, None
        start = max(0, end - TAIL_BYTES)
        tail = os.pread(self.descriptor, end - start, start)
        while tail and not tail.endswith(b"\n") and b"\n" not in tail and start > 0:
            start = max(0, start - TAIL_BYTES)
            tail = os.pread(self.descriptor, end - start, start)
        whole = tail[: tail.rfind(b"\n") + 1]
        self.size = start + len(whole)
        os.ftruncate(self.descriptor, self.size)
        # The first of these lines may be cut, and the file's first is no event.
        for line in reversed(whole.split(b"\n")):
            event = cast.event_of(line)
            if event is not None:
                at = event.at
                break
        if at is None and self.size > TAIL_BYTES:
            at = self.last_time()
        return at

    def last_time(self) -> float | None:
        """When the last event was of a file whose last line is long."""
        with self.path.open("rb") as file:
            times = [event.at for event in cast.read(file)]
        return times[-1] if times else None

    def add(self, text: str) -> None:
        """Write some lines.

        Raises:
            EndedError: The file is gone, or that would be too much for it or for its disk;
                nothing has been written.
        """
        assert self.descriptor is not None
        data = text.encode(errors="replace")
        if self.size + len(data) > self.most_bytes:
            raise EndedError(
                f"its file has {self.most_bytes // 1_000_000} MB, its most"
            )
        try:
            if os.fstat(self.descriptor).st_nlink == 0:
                raise EndedError(GONE)
            if self.free() < self.free_bytes + len(data):
                megabytes = self.free_bytes // 1_000_000
                raise EndedError(f"less than {megabytes} MB are free on its disk")
            self.write(data)
        except OSError as error:
            raise EndedError(f"its file cannot be written: {error.strerror}") from error

    def add_last(self, text: str) -> None:
        """Write a last line, if that can be: nothing depends on it."""
        try:
            self.write(text.encode(errors="replace"))
        except OSError:
            return

    def write(self, data: bytes) -> None:
        """Write all of it at the end, or nothing."""
        assert self.descriptor is not None
        view, place = memoryview(data), self.size
        try:
            while view:
                count = os.pwrite(self.descriptor, view, place)
                view, place = view[count:], place + count
        except OSError:
            os.ftruncate(self.descriptor, self.size)
            raise
        self.size = place

    def free(self) -> int:
        """Bytes that its user can still write on its disk."""
        assert self.descriptor is not None
        found = os.fstatvfs(self.descriptor)
        return found.f_bavail * found.f_frsize

    def close(self) -> None:
        """Let go of the file; once is enough."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


def remove(path: Path) -> None:
    """Have a file gone, if it is there."""
    path.unlink(missing_ok=True)


def size_of(path: str) -> int | None:
    """The size of a file in bytes; None if it is gone."""
    try:
        return Path(path).stat().st_size
    except OSError:
        return None
