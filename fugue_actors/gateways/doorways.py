"""Where a door is: a path for processes of this machine, or a TCP port of its loopback.

A doorway outlives the listeners that open it, one after another.
"""

from __future__ import annotations

import errno
import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import attrs
import trio

from fugue_actors.errors import Refused, Unavailable
from fugue_actors.gateways import tcp_peer
from fugue_actors.gateways.identity import Peer, peer_of

if TYPE_CHECKING:
    from fugue_actors.gateways.tcp_peer import TcpPeer

logger = logging.getLogger(__name__)

BACKLOG = 128
MODE = 0o600

Who_co = TypeVar("Who_co", covariant=True)


class Doorway(Protocol[Who_co]):
    """Something to listen at; `Who_co` is what is known of whoever comes in."""

    async def open(self) -> trio.socket.SocketType:
        """A socket that listens here.

        Raises:
            OSError: It cannot be had, and nothing works without it.
            Unavailable: It cannot be had now, which is no reason to stop.
        """
        ...

    async def close(self) -> None:
        """Leave nothing behind; the socket is closed already."""
        ...

    async def peer_of(self, connection: trio.socket.SocketType) -> Who_co:
        """Who has come in.

        Raises:
            Refused: `NotAllowed`; it is another user's.
        """
        ...


class UnixDoorway:
    """A path. Whatever lies there belongs to a daemon that is gone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: os.stat_result | None = None

    async def open(self) -> trio.socket.SocketType:
        """Bind, so that nobody finds the socket before it works."""
        path = trio.Path(self.path)
        socket = trio.socket.socket(trio.socket.AF_UNIX)
        try:
            await path.unlink(missing_ok=True)
            await socket.bind(os.fspath(self.path))
            await path.chmod(MODE)
            socket.listen(BACKLOG)
            self.file = await path.stat()
        except BaseException:
            socket.close()  # what never started is not stopped either
            raise
        return socket

    async def close(self) -> None:
        """Leave no path that leads to nobody.

        What another daemon has put there meanwhile is not ours to remove.
        """
        path = trio.Path(self.path)
        try:
            found = await path.stat()
        except FileNotFoundError:
            return
        if self.file is not None and os.path.samestat(self.file, found):
            await path.unlink(missing_ok=True)

    async def peer_of(self, connection: trio.socket.SocketType) -> Peer:
        """The process that connected, as the kernel attests it."""
        return peer_of(connection)


@attrs.define(eq=False)
class TcpDoorway:
    """A TCP port, the same one from daemon to daemon as far as it is free.

    Attributes:
        host: The address to listen at, one of the loopback's.
        wanted: The port to listen at; 0 for any.
        memory: The file that keeps which port was found instead, so that a page finds
            the next daemon where this one was.
        port: The port, while somebody listens.
    """

    host: str
    wanted: int
    memory: Path
    port: int | None = None

    @property
    def url(self) -> str | None:
        """Where the page is, while somebody listens."""
        if self.port is None:
            return None
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{name}:{self.port}/"

    async def open(self) -> trio.socket.SocketType:
        """Bind the last port, or the wanted one, or else any.

        Raises:
            Unavailable: There is no such address here, as in a sandbox without network.
        """
        remembered = await trio.to_thread.run_sync(self.remembered)
        try:
            socket = await self.bind_first([remembered, self.wanted])
        except OSError as error:
            raise Unavailable(
                f"the monitor cannot listen at {self.host}: {error.strerror}"
            ) from error
        self.port = socket.getsockname()[1]
        if self.port != remembered:
            await trio.to_thread.run_sync(self.remember, self.port)
        logger.info("the monitor is at %s", self.url)
        return socket

    async def close(self) -> None:
        """Nobody listens here any more."""
        self.port = None

    async def peer_of(self, connection: trio.socket.SocketType) -> TcpPeer:
        """Whose connection it is, as the kernel says."""
        try:
            here, there = connection.getsockname()[:2], connection.getpeername()[:2]
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                raise
            raise Refused("NotAllowed", "it has left already") from error
        return await trio.to_thread.run_sync(tcp_peer.peer_of, here, there)

    async def bind_first(self, ports: list[int]) -> trio.socket.SocketType:
        """A socket at the first of these ports that is free, or else at any."""
        for port in dict.fromkeys(port for port in ports if port):
            try:
                return await self.bind(port)
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
                logger.warning("port %d cannot be had: %s", port, error.strerror)
        return await self.bind(0)

    async def bind(self, port: int) -> trio.socket.SocketType:
        is_new = ":" in self.host
        family = trio.socket.AF_INET6 if is_new else trio.socket.AF_INET
        socket = trio.socket.socket(family)
        try:
            # Connections of the daemon before linger a minute, and are no reason.
            socket.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_REUSEADDR, 1)
            await socket.bind((self.host, port))
            socket.listen(BACKLOG)
        except BaseException:
            socket.close()
            raise
        return socket

    def remembered(self) -> int:
        """The port that was found when the same one was wanted; 0 if there is none."""
        try:
            match json.loads(self.memory.read_text(encoding="utf-8")):
                case {"wanted": self.wanted, "port": int(port)} if 0 < port < 65_536:
                    return port
        except (OSError, ValueError):
            pass  # the first daemon here, or a file that somebody spoilt
        return 0

    def remember(self, port: int) -> None:
        """Keep it for the next daemon."""
        text = json.dumps({"wanted": self.wanted, "port": port})
        try:
            self.memory.write_text(text, encoding="utf-8")
        except OSError as error:
            logger.warning("the monitor's port is not kept: %s", error.strerror)
