"""A door: accepts connections at a doorway and gives each an actor of its own.

The accept loop is one actor, the connections are children of a supervisor beside it, so
neither a bad connection nor a crash of the loop costs anybody else anything.
"""

from __future__ import annotations

import errno
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

import trio

from fugue_actors.errors import FugueError, Refused, Unavailable
from fugue_actors.kernel import (
    Actor,
    Backoff,
    ChildSpec,
    Intensity,
    Restart,
    Strategy,
    dynamic_supervisor,
    start_child,
    supervisor,
)

if TYPE_CHECKING:
    from fugue_actors.gateways.doorways import Doorway
    from fugue_actors.kernel import Ref

logger = logging.getLogger(__name__)

OUT_OF_DESCRIPTORS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
PAUSE_SECONDS = 0.2
REOPEN_SECONDS = 10.0
LEAVING_SECONDS = 1.0
MOST_LEAVING = 16
READ_BYTES = 65_536
BACKOFF = Backoff(initial=0.05, maximum=2.0)

Who = TypeVar("Who")
Connect = Callable[[trio.SocketStream, Who], Actor]
Word = Callable[[FugueError], bytes]
TOO_MANY = Refused(
    "Busy",
    "the daemon has as many connections as it serves at once",
    hint="end some of the programs that hold one, or try again later",
)


def spec(
    door: str,
    doorway: Doorway[Who],
    connect: Connect[Who],
    *,
    max_connections: int,
    refusal: Word,
) -> ChildSpec:
    """A door with its connections, as a child of the gateways.

    Args:
        door: Its id in the tree.
        doorway: Where it listens.
        connect: Makes the actor of one connection.
        max_connections: One more is turned away.
        refusal: What it is told then, in the form of the door's protocol.
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
                factory=lambda: ListenerActor(doorway, connect, refusal),
                backoff=BACKOFF,
            ),
        ],
    )


class ListenerActor(Actor, Generic[Who]):
    """The accept loop of one socket."""

    def __init__(
        self, doorway: Doorway[Who], connect: Connect[Who], refusal: Word
    ) -> None:
        self.doorway = doorway
        self.connect = connect
        self.refusal = refusal
        self.leaving = 0
        self.socket: trio.socket.SocketType | None = None

    async def on_start(self) -> None:
        """Open the door, or as soon as that can be."""
        try:
            self.socket = await self.doorway.open()
        except Unavailable as error:
            logger.warning("%s; trying again from time to time", error.message)
            self.nursery.start_soon(self.open_later)
        else:
            self.nursery.start_soon(self.accept, self.socket)

    async def on_stop(self, exit: object) -> None:
        """Close the door, and leave no way that leads to nobody."""
        if self.socket is not None:
            self.socket.close()
        await self.doorway.close()

    async def handle(self, message: object) -> None:
        """Nobody asks a listener anything."""

    async def open_later(self) -> None:
        """Try until it can be opened."""
        while self.socket is None:
            await trio.sleep(REOPEN_SECONDS)
            with suppress(Unavailable):
                self.socket = await self.doorway.open()
        await self.accept(self.socket)

    async def accept(self, listening: trio.socket.SocketType) -> None:
        parent = self.ref.path.rsplit("/", 1)[0]
        connections = await self.kernel.registry.wait_for(f"{parent}/connections")
        while True:
            try:
                socket, _ = await listening.accept()
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
            peer = await self.doorway.peer_of(stream.socket)
            await start_child(connections, self.connection_spec(stream, peer))
        except FugueError as error:
            logger.warning("turned a connection away: %s", error.message)
            # Another user's connection gets not a byte.
            if error.code != TOO_MANY.code or self.leaving == MOST_LEAVING:
                stream.socket.close()
            else:
                self.leaving += 1
                self.nursery.start_soon(self.turn_away, stream)
        except BaseException:
            stream.socket.close()
            raise

    async def turn_away(self, stream: trio.SocketStream) -> None:
        """Tell a client that there is no room, and give it a moment to read that."""
        try:
            with trio.move_on_after(LEAVING_SECONDS):
                with suppress(trio.BrokenResourceError):  # it has left already
                    await stream.send_all(self.refusal(TOO_MANY))
                    await stream.send_eof()
                    # A socket closed with something unread takes back what it told.
                    while await stream.receive_some(READ_BYTES):
                        pass
        finally:
            stream.socket.close()
            self.leaving -= 1

    def connection_spec(self, stream: trio.SocketStream, peer: Who) -> ChildSpec:
        return ChildSpec(
            id=f"c{secrets.token_hex(6)}",
            factory=lambda: self.connect(stream, peer),
            restart=Restart.TEMPORARY,
            shutdown=2.0,
        )
