"""The daemon's hold on the zygote: start it, ask it for pane hosts, notice its end.

A plain object for an actor to own. Each spawn has a channel of its own, passed to the zygote
as a descriptor, so any number may be under way, each may be cancelled at any point, and an
answer cannot be mistaken for another's. A cancelled or failed spawn leaves no process behind.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, BinaryIO

import trio

from fugue_actors.errors import Unavailable
from fugue_actors.protocol.frames import LineFramer, Overlong
from fugue_actors.protocol.hosting import (
    FRAME_LIMIT_BYTES,
    Failed,
    HostInfo,
    KeepHost,
    SpawnProgram,
    StartHost,
)
from fugue_actors.protocol.hostwire import decode, encode

if TYPE_CHECKING:
    from pathlib import Path

ANSWER_WITHIN = 10.0
"""Seconds for a spawn. A zygote that takes longer hangs, and another may not."""
COMMAND = (sys.executable, "-P", "-m", "fugue_actors.terminal.zygote")


class Spawner:
    """A running zygote. Make one with `start`.

    Attributes:
        process: The zygote's process.
    """

    def __init__(self, process: trio.Process, requests: trio.socket.SocketType) -> None:
        self.process = process
        self.requests = requests
        self.sending = trio.Lock()

    @classmethod
    async def start(
        cls, *, log: Path | None = None, open_files: int | None = None
    ) -> Spawner:
        """Start a zygote.

        It ends with this process, whatever happens to it; hosts do not.

        Args:
            log: Where zygote and hosts append what they have to say when they
                crash; nowhere by default.
            open_files: Their limit of open files, and that of programs; by default
                this process's own.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs, open_log(log) as errors:
            try:
                process = await trio.lowlevel.open_process(
                    [*COMMAND, *([] if open_files is None else [str(open_files)])],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    start_new_session=True,
                )
            except BaseException:
                ours.close()
                raise
        return cls(process, trio.socket.from_stdlib_socket(ours))

    async def spawn(
        self,
        pane_id: str,
        directory: Path,
        key: str,
        program: SpawnProgram,
        *,
        history_lines: int = 10_000,
        orphan_limit: float | None = None,
        first_output: int = 0,
        has_clipboard: bool = False,
    ) -> HostInfo:
        """Start a program in a pane host of its own.

        Args:
            pane_id: Names the socket, `<directory>/<pane_id>.sock`.
            directory: Made if it is not there; mode 0700.
            key: Secret that links to this host must present.
            program: What to run.
            history_lines: Lines of history to keep.
            orphan_limit: Seconds without a daemon after which the host ends, with
                its program; None to wait for ever.
            first_output: Where its cursors begin.
            has_clipboard: Whether its program may set a clipboard.

        Raises:
            Refused: The command, directory, size or socket path cannot be used.
            Unavailable: The zygote, or the host while it started, has died or does not
                answer; or the directory cannot be made.
        """
        make_private(directory)
        start = StartHost(
            pane_id=pane_id,
            directory=str(directory),
            key=key,
            program=program,
            history_lines=history_lines,
            orphan_limit=orphan_limit,
            first_output=first_output,
            has_clipboard=has_clipboard,
        )
        with trio.move_on_after(ANSWER_WITHIN):
            return await self.transact(start)
        # Whoever else waits for it gets a new one, too; hosts do not depend on it.
        self.process.kill()
        raise Unavailable(
            f"the zygote did not answer within {ANSWER_WITHIN:g} s and is replaced",
            hint="try again; if it stays so, see the log",
        )

    async def transact(self, start: StartHost) -> HostInfo:
        """One spawn, which can be cancelled until the host is told to stay."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        channel = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
        try:
            with theirs:
                await self.pass_on(theirs)
            await channel.send_all(encode(start))
            answer = await receive(channel)
            if isinstance(answer, HostInfo):
                # Sent as a whole or not at all, and nothing can be cancelled after
                # it: either the host stays and is returned, or neither.
                await channel.send_all(encode(KeepHost()))
                return answer
        except trio.BrokenResourceError:
            answer = None
        finally:
            channel.socket.close()  # without a checkpoint
        if isinstance(answer, Failed):
            raise answer.exception()
        raise Unavailable("the pane host died while it started", hint="see the log")

    async def pass_on(self, channel: socket.socket) -> None:
        """Hand one end of a channel to the zygote."""
        async with self.sending:
            try:
                await self.requests.sendmsg(
                    [b"+"],
                    [
                        (
                            socket.SOL_SOCKET,
                            socket.SCM_RIGHTS,
                            channel.fileno().to_bytes(4, sys.byteorder),
                        )
                    ],
                )
            except OSError as error:
                raise Unavailable("the zygote has died") from error

    async def wait_died(self) -> int:
        """Wait until the zygote ends, for whatever reason; its return code."""
        return await self.process.wait()

    async def aclose(self) -> None:
        """End the zygote; hosts live on. Waits until it is gone, if cancelled by force."""
        self.requests.close()
        try:
            await self.process.wait()
        except trio.Cancelled:
            self.process.kill()
            raise


def open_log(path: Path | None) -> BinaryIO:
    """A file for what zygote and hosts write to standard error."""
    return open(path or os.devnull, "ab", opener=private_opener)


def private_opener(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


async def receive(channel: trio.SocketStream) -> object:
    """The next value on a channel; None if it ended."""
    framer = LineFramer(limit_bytes=FRAME_LIMIT_BYTES)
    while True:
        data = await channel.receive_some()
        if not data:
            return None
        for line in framer.feed(bytes(data)):
            return None if isinstance(line, Overlong) else decode(line).value


def make_private(directory: Path) -> None:
    """Make a directory only this user can enter.

    Raises:
        Unavailable: That is not possible here.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
    except OSError as error:
        raise Unavailable(f"cannot make {directory}: {error.strerror}") from error
