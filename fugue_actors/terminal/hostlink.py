"""The host's end of a link: one connection, its lines in and its bounded output.

A connection whose peer does not read is not read from either, so what the host holds for it
stays within `OUTPUT_LIMIT_BYTES` and one answer. No policy here: who may do what is the
host's business.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from fugue_actors.protocol.frames import LineFramer, Overlong
from fugue_actors.protocol.hosting import FRAME_LIMIT_BYTES, INPUT_LIMIT_BYTES
from fugue_actors.protocol.hostwire import encode

if TYPE_CHECKING:
    import socket

OUTPUT_LIMIT_BYTES = 1024 * 1024
REQUEST_LIMIT_BYTES = 2 * INPUT_LIMIT_BYTES
READ_BYTES = 65536

assert FRAME_LIMIT_BYTES > REQUEST_LIMIT_BYTES


class Connection:
    """One connected peer.

    Attributes:
        requests: Lines received and not yet answered.
        is_lost: The peer hung up, or broke the framing.
        is_closing: Nothing more is read; closes once its output is sent.
    """

    def __init__(self, connected: socket.socket, *, hello_by: float) -> None:
        connected.setblocking(False)
        self.socket = connected
        self.hello_by: float | None = hello_by
        self.framer = LineFramer(limit_bytes=REQUEST_LIMIT_BYTES)
        self.requests: deque[bytes] = deque()
        self.output = bytearray()
        self.is_lost = False
        self.is_closing = False

    def receive(self) -> None:
        """Read what is there."""
        try:
            data = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self.is_lost = True
            return
        for line in self.framer.feed(data):
            if isinstance(line, Overlong):
                self.is_lost = True
                return
            self.requests.append(line)

    def say(self, value: object, *, re: int | None = None) -> None:
        """Send a frame, now or as soon as the peer reads."""
        self.output += encode(value, re=re)
        self.flush()

    def flush(self) -> None:
        """Send what the peer takes."""
        while self.output and not self.is_lost:
            try:
                sent = self.socket.send(self.output)
            except BlockingIOError:
                return
            except ConnectionError:
                self.is_lost = True
                return
            del self.output[:sent]

    def take_request(self) -> bytes | None:
        """The next line to answer, if there is one and the peer reads its answers."""
        if self.is_closing or not self.requests or self.is_full:
            return None
        return self.requests.popleft()

    @property
    def is_full(self) -> bool:
        """Whether so much waits for the peer that it has to read first."""
        return len(self.output) > OUTPUT_LIMIT_BYTES

    @property
    def is_finished(self) -> bool:
        """Whether the connection is to be closed now."""
        return self.is_lost or (self.is_closing and not self.output)

    @property
    def wants_read(self) -> bool:
        """Whether more may be read: all that came is answered."""
        return not (self.is_closing or self.is_lost or self.requests)

    @property
    def wants_write(self) -> bool:
        """Whether something waits for the peer."""
        return bool(self.output) and not self.is_lost
