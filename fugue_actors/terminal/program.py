"""One program in a terminal of its own, seen from the process that started it.

Owns the terminal's master side (non-blocking) and a bounded queue of input. It neither
waits nor reaps: the host's loop says when to read, when to write and how the program ended.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import struct
import sys
import termios
from collections import deque
from pathlib import Path

import ptyprocess

from fugue_actors.errors import Refused
from fugue_actors.protocol.hosting import (
    COLUMNS_LIMIT,
    INPUT_LIMIT_BYTES,
    LINES_LIMIT,
    SpawnProgram,
    too_much_input,
)
from fugue_actors.terminal import processes

READ_BYTES = 65536
IUTF8 = 0x4000
"""Makes the terminal erase whole characters; `termios` has no name for it."""


EXHAUSTED = (errno.EAGAIN, errno.ENOMEM, errno.ENOSPC, errno.EMFILE, errno.ENFILE)
"""The machine's fault, not the command's."""


class Program:
    """A started program.

    Attributes:
        pid: Its process, also the number of its session and process group.
        tty, device: Path and device number of its terminal.
        queued_bytes: Input not yet taken by the terminal.
    """

    def __init__(self, pid: int, master: int, slave: int) -> None:
        self.pid = pid
        self.master = master
        # With a slave side of our own, the master reports no end of file while the
        # program lives, even if it closes the terminal and opens it again later.
        self.slave = slave
        self.tty = os.ttyname(slave)
        self.device = processes.device_number(self.tty)
        self.queue: deque[bytes] = deque()
        self.queued_bytes = 0
        os.set_blocking(master, False)

    @classmethod
    def start(cls, program: SpawnProgram) -> Program:
        """Start a program in a new session on a new terminal.

        The caller's own working directory is `/` afterwards.

        Raises:
            Refused: There is no such command or directory, or it cannot be run.
        """
        check_size(program.columns, program.lines)
        check_strings(program)
        enter_directory(program.cwd)
        try:
            path = find_command(program.argv[0], program.env)
            pid, master, slave = run_in_terminal(path, program)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            is_ours = error.errno in EXHAUSTED or not error.errno
            raise Refused(
                "Unavailable" if is_ours else "InvalidArgument",
                f"cannot run {program.argv[0]}: {reason}",
            ) from error
        finally:
            os.chdir("/")
        return cls(pid, master, slave)

    def read(self) -> bytes | None:
        """Output that is there now.

        Returns:
            None if there is none yet, `b""` at the end of all output.
        """
        try:
            return os.read(self.master, READ_BYTES)
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno == errno.EIO:  # how Linux spells the end of a terminal
                return b""
            raise

    def write(self, data: bytes) -> None:
        """Queue input and hand over what the terminal takes now.

        Raises:
            Refused: `PayloadTooLarge` or, if the program does not read, `Busy`;
                nothing of `data` is queued then.
        """
        if len(data) > INPUT_LIMIT_BYTES:
            raise too_much_input(len(data))
        if self.queued_bytes + len(data) > INPUT_LIMIT_BYTES:
            raise Refused(
                "Busy",
                f"the program does not read its input; {self.queued_bytes} bytes wait",
                hint="try again when it reads again",
            )
        self.queue.append(data)
        self.queued_bytes += len(data)
        self.flush()

    def flush(self) -> None:
        """Hand queued input to the terminal, as much as it takes."""
        while self.queue:
            data = self.queue.popleft()
            try:
                taken = os.write(self.master, data)
            except BlockingIOError:
                taken = 0
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                self.discard_input()  # macOS: nobody is left to read it
                return
            self.queued_bytes -= taken
            if taken < len(data):
                self.queue.appendleft(data[taken:])
                return

    @property
    def is_canonical(self) -> bool:
        """Whether the terminal itself collects what is typed, until a line is complete."""
        return bool(termios.tcgetattr(self.slave)[3] & termios.ICANON)

    @property
    def unread_bytes(self) -> int:
        """Input that no program has read; of an unfinished line nothing is counted."""
        waiting = struct.unpack(
            "i", fcntl.ioctl(self.slave, termios.FIONREAD, b"\0" * 4)
        )
        return self.queued_bytes + int(waiting[0])

    def discard_input(self) -> None:
        """Forget queued input."""
        self.queue.clear()
        self.queued_bytes = 0

    def resize(self, columns: int, lines: int) -> None:
        """Change the size; the programs in the foreground are told by SIGWINCH.

        Raises:
            Refused: The size is out of bounds.
        """
        check_size(columns, lines)
        set_size(self.master, columns, lines)

    @property
    def has_ended(self) -> bool:
        """Whether nothing that is written can reach it any more."""
        return self.slave < 0

    def release_terminal(self) -> None:
        """Let the master see the end of output, once no other process has it open."""
        if self.slave >= 0:
            os.close(self.slave)
            self.slave = -1


def run_in_terminal(path: str, program: SpawnProgram) -> tuple[int, int, int]:
    """Start a program as the leader of a session with a new terminal.

    Returns:
        Its pid, and the terminal's master and slave side.

    Raises:
        OSError: There is no terminal left, or the program cannot be run.
    """
    if sys.platform != "linux":
        return fork_in_terminal(path, program)
    master, slave = open_terminal(program.columns, program.lines)
    try:
        # No fork, which would copy each page that host and child touch until the exec.
        # The first terminal that the leader of a session opens becomes its own; no
        # other descriptor is inheritable.
        pid = os.posix_spawn(
            path,
            (path, *program.argv[1:]),
            program.env,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
                (os.POSIX_SPAWN_DUP2, 0, 2),
            ],
            setsid=True,
            setsigmask=(),
            setsigdef=all_signals(),
        )
    except BaseException:
        os.close(master)
        os.close(slave)
        raise
    return pid, master, slave


def open_terminal(columns: int, lines: int) -> tuple[int, int]:
    """A new terminal, as programs expect it: its master and its slave side."""
    master, slave = os.openpty()
    set_size(slave, columns, lines)
    settings = termios.tcgetattr(slave)
    settings[0] |= IUTF8
    termios.tcsetattr(slave, termios.TCSANOW, settings)
    return master, slave


def fork_in_terminal(path: str, program: SpawnProgram) -> tuple[int, int, int]:
    """As `run_in_terminal`, where opening a terminal is not enough to have it."""
    child = ptyprocess.PtyProcess.spawn(
        [path, *program.argv[1:]],
        env=program.env,
        dimensions=(program.lines, program.columns),
        preexec_fn=reset_signals,
    )
    # The library's object would hang up and kill when it is collected.
    master = os.dup(child.fd)
    child.fileobj.close()
    child.closed = True
    return (
        child.pid,
        master,
        os.open(processes.terminal_name(master), os.O_RDWR | os.O_NOCTTY),
    )


def set_size(terminal: int, columns: int, lines: int) -> None:
    """Set a terminal's size in cells."""
    size = struct.pack("HHHH", lines, columns, 0, 0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)


def all_signals() -> set[signal.Signals]:
    """Those that a process can decide about."""
    return signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}


def check_size(columns: int, lines: int) -> None:
    """Refuse a size that no terminal can have."""
    if not (1 < columns <= COLUMNS_LIMIT and 0 < lines <= LINES_LIMIT):
        raise Refused(
            "InvalidArgument",
            f"a terminal of {columns}x{lines} cells",
            hint=f"columns 2 to {COLUMNS_LIMIT}, lines 1 to {LINES_LIMIT}",
        )


def check_strings(program: SpawnProgram) -> None:
    """Refuse what the system cannot pass to a program."""
    if not program.argv or not program.argv[0]:
        raise Refused("InvalidArgument", "no command given")
    for name in program.env:
        if not name or "=" in name:
            raise Refused("InvalidArgument", f"no name for a variable: {name!r}")
    for text in (*program.argv, program.cwd, *program.env, *program.env.values()):
        if "\0" in text:
            raise Refused("InvalidArgument", f"a null character in {text!r:.60}")
        try:
            os.fsencode(text)
        except UnicodeEncodeError as error:
            raise Refused(
                "InvalidArgument", f"no text that a program can get: {text!r:.60}"
            ) from error


def enter_directory(path: str) -> None:
    """Go where the program shall start."""
    try:
        os.chdir(path)
    except FileNotFoundError as error:
        raise Refused("InvalidArgument", f"no such directory: {path}") from error
    except OSError as error:
        raise Refused(
            "InvalidArgument", f"cannot start in {path}: {error.strerror}"
        ) from error


def find_command(command: str, env: dict[str, str]) -> str:
    """Where a command is, from the current directory and the PATH it will have.

    Raises:
        Refused: Nowhere, or it is there and cannot be run.
    """
    if "/" in command:
        candidates = [Path(command)]
    else:
        path = env.get("PATH", os.defpath)
        candidates = [Path(folder or ".") / command for folder in path.split(":")]
    found = [file for file in candidates if file.is_file()]
    for file in found:
        if os.access(file, os.X_OK):
            return str(file.absolute())
    if found:
        raise Refused("InvalidArgument", f"not executable: {found[0]}")
    if "/" in command and candidates[0].is_dir():
        raise Refused("InvalidArgument", f"is a directory: {command}")
    raise Refused(
        "InvalidArgument",
        f"no such command: {command}",
        hint="check its spelling and the PATH it is started with",
    )


def reset_signals() -> None:
    """Runs in the new process just before it becomes the program."""
    for number in all_signals():
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
