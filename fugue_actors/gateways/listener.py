"""A door: accepts connections on a Unix socket and gives each an actor of its own.

The accept loop is one actor, the connections are children of a supervisor beside it, so
neither a bad connection nor a crash of the loop costs anybody else anything.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import trio

from fugue_actors.errors import FugueError, Refused
from fugue_actors.gateways.identity import Peer, peer_of
from fugue_actors.kernel import (
    Actor,
    Backoff,
    ChildSpec,
    Intensity,
    Restart,
    Strategy,
    cleanup,
    dynamic_supervisor,
    start_child,
    supervisor,
)

if TYPE_CHECKING:
    from pathlib import Path

    from fugue_actors.kernel import Ref

logger = logging.getLogger(__name__)

BACKLOG = 128
OUT_OF_DESCRIPTORS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
PAUSE_SECONDS = 0.2
MODE = 0o600
BACKOFF = Backoff(initial=0.05, maximum=2.0)

Connect = Callable[[trio.SocketStream, Peer], Actor]
Word = Callable[[FugueError], bytes]
TOO_MANY = Refused(
    "Busy",
    "the daemon has as many connections as it serves at once",
    hint="end some of the programs that hold one, or try again later",
)


def spec(
    door: str, path: Path, connect: Connect, *, max_connections: int, refusal: Word
) -> ChildSpec:
    """A door with its connections, as a child of the gateways.

    Args:
        door: Its id in the tree.
        path: The socket; whatever lies there belongs to a daemon that is gone.
        connect: Makes the actor of one connection.
        max_connections: One more is turned away.
        refusal: What it is told then: one line, in the form of the door's protocol.
    """
    return supervisor(
        door,
        strategy=Strategy.REST_FOR_ONE,
        # A path that cannot be bound may stay so for long, and programs need the rest.
        intensity=Intensity.none(),
        children=[
            dynamic_supervisor(
                "connections",
                max_children=max_connections,
                intensity=Intensity(max_restarts=1000, period=1.0),
                backoff=BACKOFF,
            ),
            ChildSpec(
                id="listener",
                factory=lambda: ListenerActor(path, connect, refusal),
                backoff=BACKOFF,
            ),
        ],
    )


class ListenerActor(Actor):
    """The accept loop of one socket."""

    def __init__(self, path: Path, connect: Connect, refusal: Word) -> None:
        self.path = path
        self.connect = connect
        self.refusal = refusal

    async def on_start(self) -> None:
        """Bind, so that nobody finds the socket before it works."""
        self.socket = trio.socket.socket(trio.socket.AF_UNIX)
        try:
            await trio.Path(self.path).unlink(missing_ok=True)
            await self.socket.bind(os.fspath(self.path))
            await trio.Path(self.path).chmod(MODE)
            self.socket.listen(BACKLOG)
            self.file = await trio.Path(self.path).stat()
        except BaseException:
            self.socket.close()  # what never started is not stopped either
            raise
        self.nursery.start_soon(self.accept)

    async def on_stop(self, exit: object) -> None:
        """Close the door, and leave no path that leads to nobody.

        What another daemon has put there meanwhile is not ours to remove.
        """
        self.socket.close()
        path = trio.Path(self.path)
        try:
            is_ours = os.path.samestat(self.file, await path.stat())
        except FileNotFoundError:
            return
        if is_ours:
            await path.unlink(missing_ok=True)

    async def handle(self, message: object) -> None:
        """Nobody asks a listener anything."""

    async def accept(self) -> None:
        parent = self.ref.path.rsplit("/", 1)[0]
        connections = await self.kernel.registry.wait_for(f"{parent}/connections")
        while True:
            try:
                socket, _ = await self.socket.accept()
                await self.let_in(trio.SocketStream(socket), connections)
            except OSError as error:
                if error.errno not in OUT_OF_DESCRIPTORS:
                    raise
                logger.warning("no descriptor left for a new connection; pausing")
                await trio.sleep(PAUSE_SECONDS)

    async def let_in(self, stream: trio.SocketStream, connections: Ref) -> None:
        """Give a connection its actor, or turn it away.

        Raises:
            OSError: What it takes to serve it was not to be had; it is closed.
        """
        try:
            peer = peer_of(stream.socket)
            await start_child(connections, self.connection_spec(stream, peer))
        except OSError:
            stream.socket.close()
            raise
        except FugueError as error:
            # Another user's connection gets not a byte.
            told = self.refusal(TOO_MANY) if error.code == TOO_MANY.code else b""
            logger.warning("turned a connection away: %s", error.message)
            with cleanup(1.0):
                with suppress(trio.BrokenResourceError):  # it has left already
                    await stream.send_all(told)
                await stream.aclose()

    def connection_spec(self, stream: trio.SocketStream, peer: Peer) -> ChildSpec:
        return ChildSpec(
            id=f"c{secrets.token_hex(6)}",
            factory=lambda: self.connect(stream, peer),
            restart=Restart.TEMPORARY,
            shutdown=2.0,
        )
