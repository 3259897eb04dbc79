"""Who is connected to a pane host, which of them drives it, and what that one has been told.

1. Everybody who connects is a stranger until `Hello` with the right key. Strangers are of the same
   user, few, and not kept for long; one that says anything else is told so and closed.
2. The one link is that of the newest generation; an equal one replaces it, an older one is refused.
   Generations never go back.
3. A link is told the present state as events when it begins, then each change, and always the
   output before the exit that followed it.
4. Output events are merged: at most one in `OUTPUT_PAUSE` seconds, and nothing while earlier
   frames wait for the peer to read. So a slow daemon costs neither memory nor time.
"""

from __future__ import annotations

import os
from _operator import _compare_digest as compare_digest
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from fugue_actors.errors import FugueError, Refused, RemoteProtocolError
from fugue_actors.protocol import hosting
from fugue_actors.protocol.hostwire import decode
from fugue_actors.terminal import processes
from fugue_actors.terminal.hostlink import Connection

if TYPE_CHECKING:
    import socket

OUTPUT_PAUSE = 0.01
HELLO_WITHIN = 5.0
STRANGERS_LIMIT = 8

CarryOut = Callable[[Connection, int | None, object], object]
"""Does what the link asks; gives the answer, or None if that comes later."""


class Reception:
    """The connections of one host.

    Args:
        listener: The host's socket.
        key: What a link has to know.
        carry_out: The host's answers to a link's requests.
        report: The host's state, for those who link.

    Attributes:
        link: Who drives the host at present.
        generation: The newest generation seen.
    """

    def __init__(
        self,
        listener: socket.socket,
        key: str,
        carry_out: CarryOut,
        report: Callable[[], hosting.HostStatus],
    ) -> None:
        listener.setblocking(False)
        self.listener = listener
        self.key = key
        self.carry_out = carry_out
        self.report = report
        self.connections: list[Connection] = []
        self.link: Connection | None = None
        self.generation = -1
        self.told = Told()

    def accept(self, now: float) -> None:
        """Let somebody connect, if the kernel says that it is the same user."""
        try:
            connected, _ = self.listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        if processes.peer_uid(connected) != os.getuid():
            connected.close()
            return
        strangers = [one for one in self.connections if one is not self.link]
        if len(strangers) >= STRANGERS_LIMIT:
            strangers[0].is_lost = True  # the newest may be the daemon
        self.connections.append(Connection(connected, hello_by=now + HELLO_WITHIN))

    def serve(self, connection: Connection) -> None:
        """Send and read what is possible; answer what was read."""
        connection.flush()
        if connection.wants_read:
            connection.receive()
        while (line := connection.take_request()) is not None:
            self.answer(connection, line)

    def sweep(self, now: float) -> Iterator[Connection]:
        """Take leave of those who are finished; the caller closes them."""
        for connection in list(self.connections):
            if connection.hello_by is not None and now >= connection.hello_by:
                connection.is_lost = True
            if connection.is_finished:
                self.connections.remove(connection)
                if connection is self.link:
                    self.link = None
                yield connection

    def answer(self, connection: Connection, line: bytes) -> None:
        """Answer one request; strangers get one chance."""
        number: int | None = None
        try:
            frame = decode(line)
            number = frame.id
            if connection is self.link:
                answer = self.carry_out(connection, number, frame.value)
            else:
                answer = self.welcome(connection, frame.value)
        except RemoteProtocolError as error:
            answer, number = hosting.Failed.of(error), (error.data or {}).get("id")
        except FugueError as error:
            answer = hosting.Failed.of(error)
        connection.is_closing |= connection is not self.link
        if answer is not None:
            connection.say(answer, re=number)

    def welcome(self, connection: Connection, request: object) -> hosting.Welcome:
        """Make a connection the link.

        Raises:
            Refused: It may not be.
        """
        if not isinstance(request, hosting.Hello):
            raise Refused("NotAllowed", "a link begins with hello")
        if not compare_digest(key_bytes(request.key), key_bytes(self.key)):
            raise Refused("NotAllowed", "the key is not this pane's")
        version = max(set(request.versions) & set(hosting.VERSIONS), default=None)
        if version is None:
            raise Refused(
                "NotAllowed",
                f"the host speaks versions {hosting.VERSIONS}, not {request.versions}",
                hint="use the daemon that started this pane, or end the pane",
            )
        if request.generation < self.generation:
            raise Refused(
                "NotAllowed",
                f"superseded: generation {request.generation} is older than "
                f"{self.generation}",
                hint="another daemon drives this pane",
            )
        if self.link is not None:
            self.link.say(hosting.Superseded(generation=request.generation))
            self.link.is_closing = True
        self.link, self.generation = connection, request.generation
        self.told = Told()
        connection.hello_by = None
        return hosting.Welcome(version=version, status=self.report())

    def tell(
        self,
        title: str,
        output: int,
        exit: hosting.ProgramExit | None,
        now: float,
        draft: str = "",
        bells: int = 0,
    ) -> None:
        """Tell the link what it does not know yet, if it reads."""
        link, told = self.link, self.told
        if link is None or link.output or link.is_closing:
            return
        if title != told.title:
            told.title = title
            link.say(hosting.TitleChanged(title=title))
        if draft != told.draft:
            told.draft = draft
            link.say(hosting.DraftChanged(draft=draft))
        is_exit = exit is not None and not told.exit
        if output != told.output and (is_exit or now >= told.output_at + OUTPUT_PAUSE):
            told.output, told.output_at = output, now
            link.say(hosting.OutputHappened(seq=output, bells=bells))
        if exit is not None and is_exit:
            told.exit = True
            link.say(hosting.ProgramExited(exit=exit))

    def deadlines(self, output: int) -> Iterator[float]:
        """When something is due here though nobody says anything."""
        for connection in self.connections:
            if connection.hello_by is not None:
                yield connection.hello_by
        has_news = output != self.told.output
        if self.link is not None and has_news and not self.link.output:
            yield self.told.output_at + OUTPUT_PAUSE


def key_bytes(key: str) -> bytes:
    """A key as bytes, whatever a stranger sends for one."""
    return key.encode("utf-8", "surrogatepass")


class Told:
    """What the present link has been told, and when it was last told of output."""

    def __init__(self) -> None:
        self.title = ""
        self.draft = ""
        self.output = 0
        self.output_at = 0.0
        self.exit = False
