"""Facts about processes, forks and terminals that the pane hosts are built on.

Each test pins what a system or a library does, not what this code does. One that fails after
an upgrade says which assumption has to be looked at again.
"""

from __future__ import annotations

import errno
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
import trio

from fugue_actors.terminal import processes

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

linux = pytest.mark.skipif(sys.platform != "linux", reason="a fact about Linux")


def run_python(code: str) -> str:
    """What a fresh interpreter prints."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=30,
    )
    return result.stdout


def test_a_child_forked_inside_trio_cannot_run_trio() -> None:
    """Why hosts are forked by a zygote that never runs trio, and not by the daemon."""
    code = """
import os, trio
async def nothing(): pass
async def main():
    pid = os.fork()
    if not pid:
        try:
            trio.run(nothing)
        except RuntimeError as error:
            print(error, flush=True)
        os._exit(0)
    os.waitpid(pid, 0)
trio.run(main)
"""
    assert "from inside" in run_python(code)


def test_trios_worker_threads_outlive_their_job() -> None:
    """Why the daemon never forks: it cannot know that it has no threads."""
    code = """
import threading, trio
async def main():
    await trio.to_thread.run_sync(int)
trio.run(main)
print(threading.active_count())
"""
    assert int(run_python(code)) > 1


def fork_and_wait() -> None:
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="warns since Python 3.12")
def test_forking_with_threads_warns() -> None:
    """The child has one thread and the locks of all of them."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        with pytest.warns(DeprecationWarning, match="multi-threaded"):
            fork_and_wait()
    finally:
        done.set()
        thread.join()


@linux
def test_a_subreaper_is_one_for_itself_only() -> None:
    """Why each host makes itself one: what it forks does not inherit it."""
    code = """
import ctypes, os
from fugue_actors.terminal import processes
processes.become_subreaper("test")
def is_subreaper():
    value = ctypes.c_int()
    ctypes.CDLL(None).prctl(37, ctypes.byref(value), 0, 0, 0)
    return value.value
print(is_subreaper(), flush=True)
pid = os.fork()
if not pid:
    print(is_subreaper(), flush=True)
    os._exit(0)
os.waitpid(pid, 0)
"""
    assert run_python(code).split() == ["1", "0"]


@linux
def test_orphans_become_children_of_the_nearest_subreaper() -> None:
    """Why nothing that a program leaves behind escapes its host."""
    code = """
import os
from fugue_actors.terminal import processes
processes.become_subreaper("test")
read, write = os.pipe()
pid = os.fork()
if not pid:
    if not os.fork():
        os.setsid()
        os.read(read, 1)
        print(os.getppid(), flush=True)
        os._exit(5)
    os._exit(0)
os.waitpid(pid, 0)
os.write(write, b"x")
orphan, status = os.waitpid(-1, 0)
print(os.getpid(), os.waitstatus_to_exitcode(status))
"""
    parent, host, status = run_python(code).split()
    assert parent == host
    assert status == "5"


@linux
def test_a_strangers_end_is_seen_through_its_pidfd() -> None:
    """A daemon cannot wait for hosts, which are not its children; a pidfd tells of their end."""
    parent = subprocess.Popen(
        ["sh", "-c", "sleep 1000 & echo $!; wait"], stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        descriptor = os.pidfd_open(pid)
        assert select.select([descriptor], [], [], 0)[0] == []
        os.kill(pid, signal.SIGKILL)
        assert select.select([descriptor], [], [], 5)[0] == [descriptor]
        os.close(descriptor)


def test_a_pid_is_told_apart_by_its_start_time() -> None:
    """Pids are used again; the start time of a living process never changes."""
    started = processes.started(os.getpid())
    assert started == processes.started(os.getpid())
    with subprocess.Popen(["sleep", "1000"]) as child:
        assert processes.started(child.pid) >= started
        child.kill()
    with pytest.raises(ProcessLookupError):
        processes.started(child.pid)


def read_to_end(master: int) -> tuple[bytes, int]:
    """All output of a terminal, and how its end was told."""
    output = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError as error:
            return output, error.errno
        if not data:
            return output, 0
        output += data


@linux
def test_the_end_of_a_terminal_is_an_error() -> None:
    """Not an empty read, as with every other descriptor."""
    master, slave = pty.openpty()
    os.write(slave, b"last")
    os.close(slave)
    assert read_to_end(master) == (b"last", errno.EIO)
    os.close(master)


@linux
def test_output_outlives_who_wrote_it() -> None:
    """Why an exit is reported after a drain: the data is still in the terminal."""
    master, slave = pty.openpty()
    child = subprocess.run(["echo", "late"], stdout=slave, check=True)
    assert child.returncode == 0
    os.close(slave)
    assert read_to_end(master) == (b"late\r\n", errno.EIO)
    os.close(master)


@linux
def test_a_background_process_keeps_the_terminal_open() -> None:
    """Why that drain is bounded: the end may never come."""
    master, slave = pty.openpty()
    holder = subprocess.Popen(["sleep", "1000"], stdout=slave)
    with holder:
        os.close(slave)
        os.set_blocking(master, False)
        with pytest.raises(BlockingIOError):
            os.read(master, 1)
        holder.kill()
    assert read_to_end(master)[1] == errno.EIO
    os.close(master)


@linux
def test_a_terminal_that_was_closed_can_be_opened_again() -> None:
    """Why a host keeps a slave side: otherwise this end looks like one and is none."""
    master, slave = pty.openpty()
    path = os.ttyname(slave)
    os.write(slave, b"one")
    os.close(slave)
    assert read_to_end(master) == (b"one", errno.EIO)
    slave = os.open(path, os.O_RDWR | os.O_NOCTTY)
    os.write(slave, b"two")
    assert os.read(master, 10) == b"two"
    os.close(slave)
    os.close(master)


@linux
def test_a_terminal_takes_only_so_much_input() -> None:
    """Why the master is non-blocking: a blocking write would hang until the program reads."""
    master, slave = pty.openpty()
    subprocess.run(["stty", "raw"], stdin=slave, check=True)
    os.set_blocking(master, False)
    for _ in range(100):
        try:
            os.write(master, b"x" * 65536)
        except BlockingIOError:
            break
    else:
        pytest.fail("took 6 MB")
    os.close(slave)
    os.close(master)


def test_descriptors_arrive_one_by_one() -> None:
    """The zygote reads one byte and one descriptor at a time, and never two of them together."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    read, write = os.pipe()
    for number in range(3):
        socket.send_fds(ours, [b"%d" % number], [write])
    received = []
    for number in range(3):
        data, fds, _flags, _address = socket.recv_fds(theirs, 1, 1)
        assert data == b"%d" % number
        received += fds
    assert len(set(received)) == 3
    for fd in (read, write, *received):
        os.close(fd)
    ours.close()
    theirs.close()


def test_a_descriptor_under_way_is_closed_with_its_socket() -> None:
    """A spawn that a dying zygote never saw ends in an end of file, not in silence."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    channel, passed = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    socket.send_fds(ours, [b"+"], [passed.fileno()])
    passed.close()
    theirs.close()
    assert channel.recv(1) == b""
    ours.close()
    channel.close()


async def test_a_send_that_was_cancelled_did_not_happen() -> None:
    """Why handing over the last frame of a spawn is all or nothing."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
    with trio.move_on_after(0) as scope:
        await stream.send_all(b"kept")
    assert scope.cancelled_caught
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        theirs.recv(10)
    theirs.close()
    await stream.aclose()


@linux
async def test_a_connect_to_a_full_backlog_looks_like_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why hosts have a long backlog, and why a link that breaks at once is tried again."""
    monkeypatch.chdir(tmp_path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("s")
    listener.listen(0)
    streams = [await trio.open_unix_socket("s") for _ in range(2)]
    with pytest.raises(trio.BrokenResourceError):
        await streams[1].send_all(b"x")
    for stream in streams:
        await stream.aclose()
    listener.close()


FORKING = """\
import os
def child():
    os._exit(0)
pid = os.fork()
if not pid:
    child()
os.waitpid(pid, 0)
"""


@pytest.mark.parametrize(
    ("patch", "missing"), [("", "[3]"), ("patch = fork, _exit", "[]")]
)
def test_coverage_of_a_forked_child_needs_to_be_asked_for(
    tmp_path: Path, patch: str, missing: str
) -> None:
    """Why the configuration has `patch`: hosts are forked and end in `os._exit`."""
    (tmp_path / "script.py").write_text(FORKING, encoding="utf-8")
    (tmp_path / "rc").write_text(f"[run]\nparallel = true\n{patch}", encoding="utf-8")
    for command in (["run", "script.py"], ["combine"], ["json", "-o", "report"]):
        subprocess.run(
            [sys.executable, "-m", "coverage", command[0], "--rcfile=rc", *command[1:]],
            cwd=tmp_path,
            capture_output=True,
            check=True,
        )
    report = (tmp_path / "report").read_text(encoding="utf-8")
    assert f'"missing_lines": {missing}' in report
