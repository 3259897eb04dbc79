"""A daemon's directories and its lock: what is wrong with them is said in one line."""

from __future__ import annotations

import functools
import os
import resource
import socket
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fugue_actors import home
from fugue_actors.errors import Refused
from fugue_actors.journal import cards

if TYPE_CHECKING:
    from collections.abc import Iterator


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refusal(work: Any, *arguments: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        work(*arguments)
    assert "\n" not in refused.value.message
    return refused.value


# ---- directories


def test_directories_are_made_with_their_parents_for_their_user_alone(
    tmp_path: Path,
) -> None:
    """Whatever the umask says; and nothing is left in them."""
    before = os.umask(0)
    try:
        home.prepare(tmp_path / "a" / "b", tmp_path / "c")
    finally:
        os.umask(before)
    for path in (tmp_path / "a" / "b", tmp_path / "c"):
        assert mode(path) == 0o700
        assert list(path.iterdir()) == []


def test_a_directory_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    """It is the user's own, so it can be mended without asking."""
    tmp_path.chmod(0o755)
    home.prepare(tmp_path)
    assert mode(tmp_path) == 0o700


def test_a_link_or_a_file_in_a_directorys_place_is_refused(tmp_path: Path) -> None:
    """In /tmp somebody else could have put it there to see what we write."""
    target = tmp_path / "target"
    target.mkdir()
    link = tmp_path / "link"
    link.symlink_to(target)
    found = refusal(home.prepare, link)
    assert found.code == "NotAllowed"
    assert str(link) in found.message
    file = tmp_path / "file"
    file.touch()
    assert refusal(home.prepare, file).code == "Unavailable"


def test_a_directory_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner could read keys and take over sockets."""
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    assert refusal(home.prepare, tmp_path).code == "NotAllowed"


def test_a_directory_that_cannot_be_made_is_named_with_the_reason() -> None:
    """Not even root can make a directory there."""
    found = refusal(home.prepare, Path("/proc/fugue"))
    assert found.code == "Unavailable"
    assert "cannot write to /proc/fugue: No such file or directory" in found.message
    assert "set FUGUE_HOME" in (found.hint or "")


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of a file still fits where its contents do not."""
    write = Path.write_bytes

    def write_nothing(path: Path, data: bytes) -> int:
        write(path, b"")
        with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 - a device
            return full.write(data)

    monkeypatch.setattr(Path, "write_bytes", write_nothing)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_said_and_the_attempt_leaves_nothing(tmp_path: Path) -> None:
    """Whoever starts the first daemon can still choose another place."""
    found = refusal(home.prepare, tmp_path)
    assert "No space left on device" in found.message
    assert "free some space" in (found.hint or "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_keeps_no_daemon_from_programs_that_wait_for_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It can reach them without writing; so far as a host listens there."""
    path = tmp_path / "p1.sock"

    def prepare() -> None:
        is_waited_for = functools.partial(cards.is_inhabited, tmp_path)
        home.prepare(tmp_path, is_waited_for=is_waited_for)

    with socket.socket(socket.AF_UNIX) as host:
        host.bind(str(path))
        host.listen()
        prepare()
        assert "No space left on device" in caplog.text
    assert "No space left on device" in refusal(prepare).message
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_is_signed_in_the_place_of_the_last_signature(tmp_path: Path) -> None:
    """A full disk has no room for more, and no part of the old one may stay."""
    (tmp_path / home.LOCK).write_text("123456789012\n", "utf-8")
    lock = home.Lock.take(tmp_path)
    lock.sign()
    lock.close()
    assert (tmp_path / home.LOCK).read_text("utf-8") == f"{os.getpid()}\n"


# ---- sockets


def test_a_socket_that_a_dead_daemon_left_is_in_nobodys_way(tmp_path: Path) -> None:
    """A crash must not need any cleaning up by hand."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    home.check_sockets(path, tmp_path / "none")


@pytest.mark.parametrize("kind", ["file", "directory", "link", "broken link"])
def test_what_is_no_socket_is_named_and_left_alone(tmp_path: Path, kind: str) -> None:
    """It is somebody's, and no daemon made it."""
    path = tmp_path / "mcp.sock"
    (tmp_path / "precious").write_text("precious", "utf-8")
    match kind:
        case "file":
            path.write_text("precious", "utf-8")
        case "directory":
            path.mkdir()
        case "link":
            path.symlink_to(tmp_path / "precious")
        case "broken link":
            path.symlink_to(tmp_path / "none")
    found = refusal(home.check_sockets, path)
    assert found.code == "Unavailable"
    assert str(path) in found.message
    assert os.path.lexists(path)


# ---- the lock


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[home.Lock]:
    taken = home.Lock.take(tmp_path)
    yield taken
    taken.close()


def test_a_home_has_one_lock_and_the_refusal_names_who_holds_it(
    tmp_path: Path, lock: home.Lock
) -> None:
    """Programs recognise it by its cause, people by the process."""
    lock.sign()
    assert home.is_locked(tmp_path)
    found = refusal(home.Lock.take, tmp_path)
    assert found.code == "Unavailable"
    assert found.data == {"cause": home.TAKEN, "pid": os.getpid()}
    assert f"pid {os.getpid()}" in found.message


def test_a_lock_whose_holder_has_not_signed_yet_is_a_lock(
    tmp_path: Path, lock: home.Lock
) -> None:
    """The moment between taking and signing must not look like a free home."""
    found = refusal(home.Lock.take, tmp_path)
    assert found.data == {"cause": home.TAKEN}
    assert "pid unknown" in found.message


def test_a_lock_that_was_let_go_of_is_free(tmp_path: Path) -> None:
    """Whatever stands in the file: the kernel knows who lives."""
    first = home.Lock.take(tmp_path)
    first.sign()
    first.close()
    assert not home.is_locked(tmp_path)
    home.Lock.take(tmp_path).close()


def test_a_home_without_a_lock_file_is_free(tmp_path: Path) -> None:
    """Nobody has ever served it."""
    assert not home.is_locked(tmp_path)


def test_a_lock_that_cannot_be_written_is_said_in_one_line() -> None:
    """The directory may have gone since it was made."""
    assert "/proc/nowhere" in refusal(home.Lock.take, Path("/proc/nowhere")).message


def test_those_who_only_look_keep_nobody_from_taking_the_lock(tmp_path: Path) -> None:
    """Commands look every few milliseconds while a daemon starts."""
    home.Lock.take(tmp_path).close()
    is_over = threading.Event()

    def look() -> None:
        while not is_over.is_set():
            home.is_locked(tmp_path)

    watchers = [threading.Thread(target=look) for _ in range(3)]
    for each in watchers:
        each.start()
    try:
        for _ in range(50):
            home.Lock.take(tmp_path).close()
    finally:
        is_over.set()
        for each in watchers:
            each.join()


def test_a_lock_counts_as_long_as_others_would_meet_it(
    tmp_path: Path, lock: home.Lock
) -> None:
    """Deleted, it is taken and signed again, so that it keeps others out."""
    assert lock.still_counts()
    (tmp_path / home.LOCK).unlink()
    assert lock.still_counts()
    found = refusal(home.Lock.take, tmp_path)
    assert found.data == {"cause": home.TAKEN, "pid": os.getpid()}


def test_a_lock_that_is_anothers_by_now_does_not_count(
    tmp_path: Path, lock: home.Lock
) -> None:
    """Whoever took it while this one was gone has the home."""
    (tmp_path / home.LOCK).unlink()
    other = home.Lock.take(tmp_path)
    try:
        assert not lock.still_counts()
    finally:
        other.close()
    assert not lock.still_counts()


def test_a_lock_in_a_directory_that_is_gone_does_not_count(tmp_path: Path) -> None:
    """Nobody could find what is served there."""
    directory = tmp_path / "run"
    directory.mkdir()
    lock = home.Lock.take(directory)
    try:
        (directory / home.LOCK).unlink()
        directory.rmdir()
        assert not lock.still_counts()
    finally:
        lock.close()


def test_a_lock_that_cannot_be_made_anew_for_now_still_counts(
    tmp_path: Path, lock: home.Lock
) -> None:
    """Nobody else can make it either; a full disk must not end a daemon."""
    (tmp_path / home.LOCK).unlink()
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, most))
    try:
        assert lock.still_counts()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (least, most))
    assert not (tmp_path / home.LOCK).exists()
    assert lock.still_counts()
    assert home.is_locked(tmp_path)


def test_a_copy_of_the_lock_holds_it_when_the_first_is_closed(tmp_path: Path) -> None:
    """This is how one daemon passes it to the next."""
    first = home.Lock.take(tmp_path)
    copy = home.Lock(tmp_path, os.dup(first.descriptor))
    first.close()
    try:
        assert copy.still_counts()
        assert home.is_locked(tmp_path)
    finally:
        copy.close()
    assert not home.is_locked(tmp_path)
