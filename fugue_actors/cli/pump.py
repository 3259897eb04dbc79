"""The shim's loop: bytes between one client and one daemon at a time.

One thread, one `poll`. Nothing is buffered without a bound: who reads slowly is not read
from either. Neither stdin nor stdout is made non-blocking, since they may be shared with
a terminal: reads follow `POLLIN`, and writes of `PIPE_BUF` bytes follow `POLLOUT`.
What a line means is decided in `relay`.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import sys
import time

from fugue_actors.cli.jsonrpc import Lines, Oversized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.cli.relay import Relay

STDIN, STDOUT = 0, 1
CHUNK_BYTES = 64 * 1024
HIGH_WATER_BYTES = 256 * 1024
CLIENT_LINE_LIMIT_BYTES = 4 * 1024 * 1024  # what the daemon takes; refused by name here
DAEMON_LINE_LIMIT_BYTES = 64 * 1024 * 1024
FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS, RETRY_GROWTH = 0.02, 1.0, 1.5
START_RETRY_SECONDS = 0.1
LINGER_SECONDS = 0.5


class Pump:
    """Moves bytes between the client and the daemon until the client has gone.

    Args:
        relay: Decides what passes, and holds what is to be written.
        path: The daemon's socket.
        start_daemon: Called once if nobody listens there; None inside a pane, whose
            daemon cannot be replaced by just any other.
    """

    def __init__(
        self, relay: Relay, path: str, start_daemon: Callable[[], None] | None
    ) -> None:
        self.relay = relay
        self.path = path
        self.start_daemon = start_daemon
        self.link: socket.socket | None = None
        self.is_link_broken = False  # takes nothing more, but may have answers left
        self.retry_at = time.monotonic()
        self.retry_seconds = FIRST_RETRY_SECONDS
        self.client_lines = Lines(CLIENT_LINE_LIMIT_BYTES)
        self.daemon_lines = Lines(DAEMON_LINE_LIMIT_BYTES)
        self.has_more_lines = False  # whole lines of the client wait for room
        self.client_left_at: float | None = None
        self.is_over = False

    def run(self) -> None:
        """Pump until the client has gone."""
        while not self.is_over:
            self.step()

    def step(self) -> None:
        """Do what can be done now, then wait for the next thing to happen."""
        now = time.monotonic()
        if self.link is None and now >= self.retry_at:
            self.connect(now)
        self.relay.expire(now)
        self.take_client_lines(now)
        self.send_to_daemon()
        for descriptor, events in self.wait(now):
            self.handle(descriptor, events)
        if self.client_left_at is not None:
            now = time.monotonic()
            self.leave_if_done(now, self.client_left_at + LINGER_SECONDS)

    # ---- waiting

    def wait(self, now: float) -> list[tuple[int, int]]:
        """The descriptors for which something happened."""
        room = len(self.relay.to_client) < HIGH_WATER_BYTES
        poll = select.poll()
        poll.register(STDOUT, select.POLLOUT if self.relay.to_client else 0)
        if self.client_left_at is None and room and not self.has_more_lines:
            poll.register(STDIN, select.POLLIN)
        if self.link is not None:
            reads = select.POLLIN if room else 0
            writes = self.relay.to_daemon and not self.is_link_broken
            if reads or writes:
                poll.register(self.link, reads | (select.POLLOUT if writes else 0))
        wake_ups = [self.relay.next_deadline]
        if self.has_more_lines and self.has_room:
            wake_ups.append(now)  # the daemon took all that was in their way
        if self.link is None:
            wake_ups.append(self.retry_at)
        if self.client_left_at is not None:
            wake_ups.append(self.client_left_at + LINGER_SECONDS)
        soonest = min((at for at in wake_ups if at is not None), default=None)
        if soonest is None:
            return poll.poll()
        # Rounded up: a millisecond early would mean a round for nothing.
        return poll.poll(int((soonest - now) * 1000) + 1 if soonest > now else 0)

    def handle(self, descriptor: int, events: int) -> None:
        """Act on one descriptor's events."""
        if descriptor == STDOUT:
            self.write_to_client(events)
        elif descriptor == STDIN:
            self.read_from_client()
        elif events & ~select.POLLOUT:
            self.read_from_daemon()

    # ---- the client

    def read_from_client(self) -> None:
        """Take what the client wrote, or note that it left."""
        try:
            data = os.read(STDIN, CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:  # a terminal that hung up, a descriptor that was closed
            data = b""
        if data:
            self.client_lines.feed(data)
        else:
            self.client_left_at = time.monotonic()

    def take_client_lines(self, now: float) -> None:
        """Act on the client's lines while there is room for what comes of them."""
        relay = self.relay
        self.has_more_lines = True
        while self.has_room:
            line = self.client_lines.pop()
            if line is None:
                self.has_more_lines = False
                return
            if isinstance(line, Oversized):
                relay.too_large(line.head, line.tail, CLIENT_LINE_LIMIT_BYTES)
            else:
                relay.from_client(line, now)

    @property
    def has_room(self) -> bool:
        """Whether another line of the client may be acted on."""
        waiting = (len(self.relay.to_daemon), len(self.relay.to_client))
        return max(waiting) < HIGH_WATER_BYTES

    def write_to_client(self, events: int) -> None:
        """Give the client what it is ready to read."""
        if events & select.POLLOUT and self.relay.to_client:
            try:
                written = os.write(STDOUT, self.relay.to_client[: select.PIPE_BUF])
            except BlockingIOError:
                return
            except OSError:
                self.is_over = True
                return
            del self.relay.to_client[:written]
        elif events & ~select.POLLOUT:
            self.is_over = True  # nobody reads us any more

    def leave_if_done(self, now: float, latest: float) -> None:
        """End once nothing is on its way, or the time for that is over."""
        relay = self.relay
        is_moving = relay.to_client or relay.to_daemon or self.has_more_lines
        if now >= latest or not (is_moving or relay.awaits_answers):
            self.is_over = True

    # ---- the daemon

    def connect(self, now: float) -> None:
        """Try to reach the daemon; on failure say why and try again later."""
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.setblocking(False)
        try:
            link.connect(self.path)
            self.check_owner(link)
        except OSError as error:
            link.close()
            self.relay.trouble = f"{error.strerror}: {self.path}"
            if error.errno in (errno.ENOENT, errno.ECONNREFUSED):
                self.relay.trouble = f"no daemon listens at {self.path}"
                self.start_once()
            self.retry_later(now)
            return
        self.link, self.is_link_broken = link, False
        self.start_daemon = None  # a daemon that is stopped later stays stopped
        self.daemon_lines = Lines(DAEMON_LINE_LIMIT_BYTES)
        self.relay.connected()

    def check_owner(self, link: socket.socket) -> None:
        """Tell no secret to another user who was here first."""
        if sys.platform == "linux":
            peer = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            user = int.from_bytes(peer[4:8], sys.byteorder)
            if user != os.geteuid():
                problem = f"who listens there is another user ({user})"
                raise PermissionError(errno.EACCES, problem)

    def start_once(self) -> None:
        """Start a daemon, unless that was done or is not ours to do."""
        start, self.start_daemon = self.start_daemon, None
        if start is not None:
            try:
                start()
            except OSError as error:
                self.relay.trouble = f"it could not be started: {error.strerror}"

    def retry_later(self, now: float) -> None:
        """Wait before the next attempt, longer each time; not long for a first start."""
        self.retry_at = now + self.retry_seconds
        is_starting = self.relay.waits_for_first(now)
        longest = START_RETRY_SECONDS if is_starting else LAST_RETRY_SECONDS
        self.retry_seconds = min(self.retry_seconds * RETRY_GROWTH, longest)

    def send_to_daemon(self) -> None:
        """Write as much as the daemon takes."""
        waiting = self.relay.to_daemon
        while waiting and self.link is not None and not self.is_link_broken:
            try:
                sent = self.link.send(waiting[:CHUNK_BYTES])
            except BlockingIOError:
                return
            except OSError:
                self.is_link_broken = True
                return
            del waiting[:sent]

    def read_from_daemon(self) -> None:
        """Take what the daemon wrote, or note that it is gone."""
        assert self.link is not None
        try:
            data = self.link.recv(CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self.disconnect(f"{error.strerror}: {self.path}")
            return
        if not data:
            self.disconnect(f"the connection ended: {self.path}")
            return
        self.daemon_lines.feed(data)
        while (line := self.daemon_lines.pop()) is not None:
            if isinstance(line, Oversized):
                self.disconnect("its line was too long")
                return
            if not self.relay.from_daemon(line):
                self.disconnect(self.relay.trouble)
                return
            self.retry_seconds = FIRST_RETRY_SECONDS  # it serves us
        if self.daemon_lines.is_overflowing:
            self.disconnect("its line was too long")

    def disconnect(self, trouble: str) -> None:
        """The connection is gone or of no use; try again a little later."""
        assert self.link is not None
        self.link.close()
        self.link = None
        now = time.monotonic()
        self.relay.disconnected(trouble, now)
        self.retry_later(now)
