"""The pane host: one terminal, its program and its screen, behind one Unix socket.

1. It knows no sessions and no messages. It feeds, draws, types, resizes, reports and kills.
2. It needs no daemon: without a link it goes on reading the program's output, so that the program
   never blocks, and keeps screen, history and exit status until somebody comes to collect them.
3. It obeys one link, that of the newest generation. A link begins with `Hello`.
4. A link is told the present state as events when it begins, then each change. Output events
   are merged: at most one in `OUTPUT_PAUSE` seconds, and none while the peer does not read.
5. An exit is reported after the output that preceded it: at the end of output, or once it was
   quiet for `DRAIN_QUIET`, at the latest after `DRAIN_LIMIT`.
6. It ends when it is released, or by a signal. Ending closes the terminal.

The loop is plain `selectors`, without trio: a host has three descriptors and no tasks, and each
megabyte counts. One turn reads at most `SLICE` seconds' worth of output, so that requests are
answered in the middle of a flood. Enter at `Host.run`.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import time
from _operator import _compare_digest as compare_digest
from functools import partial
from typing import TYPE_CHECKING

from fugue_actors.errors import Refused, RemoteProtocolError, Unavailable
from fugue_actors.protocol import hosting
from fugue_actors.protocol.hostwire import decode
from fugue_actors.terminal import processes, snapshot
from fugue_actors.terminal.emulator import Emulator
from fugue_actors.terminal.ending import Ending
from fugue_actors.terminal.hostlink import Connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.terminal.program import Program

OUTPUT_PAUSE = 0.01
DRAIN_QUIET = 0.05
DRAIN_LIMIT = 1.0
SLICE = 0.002
HELLO_WITHIN = 5.0
STRANGERS_LIMIT = 8
RELEASE_GRACE = 1.0

now = time.monotonic  # noqa: TID251 - there is no trio in this process


class Host:
    """The state and the loop of one pane host.

    Args:
        start: What was asked for.
        listener: The bound socket.
        program: The running program.
        info: What the daemon has been told.
    """

    def __init__(
        self,
        start: hosting.StartHost,
        listener: socket.socket,
        program: Program,
        info: hosting.HostInfo,
    ) -> None:
        self.key = start.key
        self.listener = listener
        self.program = program
        self.info = info
        self.emulator = Emulator(
            start.program.columns,
            start.program.lines,
            history_lines=start.history_lines,
        )
        self.status: hosting.ProgramExit | None = None
        self.exit: hosting.ProgramExit | None = None
        self.has_output = True
        self.quiet_at = self.drained_by = 0.0
        self.ending: Ending | None = None
        self.look_at: float | None = None
        self.awaiting_end: list[tuple[Connection, int | None]] = []
        self.awaiting_release: list[tuple[Connection, int | None]] = []
        self.connections: list[Connection] = []
        self.link: Connection | None = None
        self.generation = -1
        self.told: Told = Told()
        self.is_abandoned = False
        self.is_over = False
        self.selector = selectors.DefaultSelector()

    # The loop

    def run(self) -> None:
        """Serve until released."""
        wakeup, alarm = socket.socketpair()
        for end in (wakeup, alarm, self.listener):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, ignore_signal)
        signal.set_wakeup_fd(alarm.fileno(), warn_on_full_buffer=False)
        self.watch(wakeup.fileno(), selectors.EVENT_READ, partial(wakeup.recv, 4096))
        self.watch(self.listener.fileno(), selectors.EVENT_READ, self.accept)
        self.reap()  # whoever ended before the signal was listened for
        while not self.is_over:
            self.watch_terminal()
            deadline = self.next_deadline()
            wait = None if deadline is None else max(0.0, deadline - now())
            ready = [key for key, _ in self.selector.select(wait)]
            ready.sort(key=self.is_terminal)  # answers before the next slice of a flood
            for key in ready:
                key.data()
            self.reap()
            self.tick(now())
            self.announce(now())
            self.sweep()

    def abandon(self) -> None:
        """End the program and then this host: nobody knows of them."""
        self.is_abandoned = True
        self.begin_ending(RELEASE_GRACE)
        self.run()

    def watch(self, fd: int, events: int, act: Callable[[], object]) -> None:
        """Call `act` whenever a descriptor is ready; 0 stops it."""
        registered = self.selector.get_map().get(fd)
        if not events:
            if registered is not None:
                self.selector.unregister(fd)
        elif registered is None:
            self.selector.register(fd, events, act)
        elif registered.events != events:
            self.selector.modify(fd, events, act)

    def is_terminal(self, key: selectors.SelectorKey) -> bool:
        """Whether this is the program's output."""
        return key.fd == self.program.master

    def watch_terminal(self) -> None:
        """Wait for output, and for room if input is queued."""
        events = selectors.EVENT_READ if self.has_output else 0
        if self.program.queued_bytes and self.has_output:
            events |= selectors.EVENT_WRITE
        self.watch(self.program.master, events, self.serve_terminal)

    def next_deadline(self) -> float | None:
        """When something is due even if nothing happens."""
        deadlines = [
            connection.hello_by
            for connection in self.connections
            if connection.hello_by is not None
        ]
        if self.status is not None and self.exit is None:
            deadlines.append(min(self.quiet_at, self.drained_by))
        if self.look_at is not None:
            deadlines.append(self.look_at)
        has_news = self.told.output != self.emulator.output
        if self.link is not None and has_news and not self.link.output:
            deadlines.append(self.told.output_at + OUTPUT_PAUSE)
        return min(deadlines, default=None)

    def tick(self, moment: float) -> None:
        """Do what is due."""
        for connection in self.connections:
            if connection.hello_by is not None and moment >= connection.hello_by:
                connection.is_lost = True
        if self.status is not None and self.exit is None:
            is_drained = moment >= min(self.quiet_at, self.drained_by)
            if is_drained or not self.has_output:
                self.exit = self.status
                self.look_soon()
        if self.look_at is not None:
            self.look(moment)

    # The terminal

    def serve_terminal(self) -> None:
        """Draw what the program wrote and pass on what it may read."""
        self.program.flush()
        until = now() + SLICE
        while True:
            data = self.program.read()
            if data is None:
                return
            if not data:
                self.has_output = False
                return
            self.quiet_at = now() + DRAIN_QUIET
            self.emulator.feed(data)
            self.answer_queries()
            if now() >= until:
                return

    def answer_queries(self) -> None:
        """Send the program what it asked its terminal for."""
        answers = self.emulator.take_replies()
        if answers and self.status is None:
            try:
                self.program.write(answers)
            except Refused:
                return  # it asks without end and reads nothing

    def reap(self) -> None:
        """Collect every child that ended; remember how the program did."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self.look_soon()
            if pid == self.program.pid:
                self.status = exit_of(status)
                self.program.discard_input()
                self.program.release_terminal()
                self.quiet_at = now() + DRAIN_QUIET
                self.drained_by = now() + DRAIN_LIMIT

    # Ending

    def begin_ending(self, grace: float) -> None:
        """End all that the program has started."""
        if self.ending is None:
            self.ending = Ending(send_signal, now=now(), grace=grace)
        else:
            self.ending.hasten(now=now(), grace=grace)
        self.look_at = now()

    def look_soon(self) -> None:
        """Something changed that ending may be waiting for."""
        if self.ending is not None:
            self.look_at = now()

    def look(self, moment: float) -> None:
        """Go on with ending; answer who waits for it when nobody is left."""
        assert self.ending is not None
        found = processes.family(
            processes.table(), host=os.getpid(), tty=self.program.device
        )
        self.look_at = self.ending.look(found.values(), now=moment)
        if self.look_at is not None:
            return
        if self.exit is None and not self.ending.left:
            self.look_at = moment + DRAIN_QUIET  # the last output is still coming
            return
        report = self.ending.report(self.exit)
        self.ending = None
        self.announce(moment)  # the exit comes before the report
        for connection, number in self.awaiting_end:
            connection.say(report, re=number)
        self.awaiting_end.clear()
        for connection, number in self.awaiting_release:
            connection.say(hosting.Done(), re=number)
            connection.is_closing = True
        self.is_over = self.is_abandoned or bool(self.awaiting_release)

    # Links

    def accept(self) -> None:
        """Let somebody connect; the kernel says whether it is the same user."""
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
        connection = Connection(connected, hello_by=now() + HELLO_WITHIN)
        self.connections.append(connection)
        self.watch_connection(connection)

    def watch_connection(self, connection: Connection) -> None:
        """Wait for what this connection can go on with."""
        events = selectors.EVENT_READ if connection.wants_read else 0
        if connection.wants_write:
            events |= selectors.EVENT_WRITE
        act = partial(self.serve_connection, connection)
        self.watch(connection.socket.fileno(), events, act)

    def serve_connection(self, connection: Connection) -> None:
        """Read, answer, write."""
        connection.flush()
        if connection.wants_read:
            connection.receive()
        while (line := connection.take_request()) is not None:
            self.answer(connection, line)

    def sweep(self) -> None:
        """Close what is finished; look at the rest again."""
        for connection in list(self.connections):
            if connection.is_finished:
                self.watch(connection.socket.fileno(), 0, ignore_signal)
                connection.socket.close()
                self.connections.remove(connection)
                if connection is self.link:
                    self.link = None
            else:
                self.watch_connection(connection)

    def answer(self, connection: Connection, line: bytes) -> None:
        """Carry out one request."""
        try:
            frame = decode(line)
        except RemoteProtocolError as error:
            number = (error.data or {}).get("id")
            connection.say(hosting.Failed.of(error), re=number)
            connection.is_closing = connection is not self.link
            return
        try:
            if connection is not self.link:
                answer: object = self.welcome(connection, frame.value)
            else:
                answer = self.carry_out(connection, frame.id, frame.value)
        except (Refused, Unavailable) as error:
            answer = hosting.Failed.of(error)
            connection.is_closing = connection is not self.link
        if answer is not None:
            connection.say(answer, re=frame.id)

    def welcome(self, connection: Connection, request: object) -> hosting.Welcome:
        """Decide whether a connection becomes the link."""
        if not isinstance(request, hosting.Hello):
            raise Refused("NotAllowed", "a link begins with hello")
        if not compare_digest(request.key.encode(), self.key.encode()):
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
        self.link = connection
        self.generation = request.generation
        self.told = Told()
        connection.hello_by = None
        return hosting.Welcome(version=version, status=self.report())

    def carry_out(
        self, connection: Connection, number: int | None, request: object
    ) -> object:
        """Do what the link asks; None if the answer comes later."""
        match request:
            case hosting.WriteInput(data=data):
                if self.status is not None:
                    raise Refused("PaneExited", "the program has ended")
                self.program.write(data)
                return hosting.Written(queued_bytes=self.program.queued_bytes)
            case hosting.ResizeTerminal(columns=columns, lines=lines):
                self.program.resize(columns, lines)
                self.emulator.resize(columns, lines)
                return hosting.Done()
            case hosting.ReadScreen(history=history, since=since, styled=styled):
                return snapshot.take(
                    self.emulator, history=history, since=since, styled=styled
                )
            case hosting.ReadStatus():
                return self.report()
            case hosting.KillProgram(grace=grace):
                self.awaiting_end.append((connection, number))
                self.begin_ending(grace)
                return None
            case hosting.ReleaseHost():
                if self.status is None:
                    raise Refused("Busy", "the program still runs", hint="kill it")
                self.awaiting_release.append((connection, number))
                self.begin_ending(RELEASE_GRACE)
                return None
            case _:
                kind = type(request).__name__
                raise Refused("InvalidArgument", f"{kind} is not a request to a host")

    def report(self) -> hosting.HostStatus:
        """How things are."""
        return hosting.HostStatus(
            info=self.info,
            exit=self.exit,
            title=self.emulator.title,
            columns=self.emulator.columns,
            lines=self.emulator.lines,
            modes=self.emulator.modes,
            output=self.emulator.output,
            queued_bytes=self.program.queued_bytes,
            generation=self.generation,
        )

    def announce(self, moment: float) -> None:
        """Tell the link what it does not know yet, if it reads."""
        link, told = self.link, self.told
        if link is None or link.output or link.is_closing:
            return
        if self.emulator.title != told.title:
            told.title = self.emulator.title
            link.say(hosting.TitleChanged(title=told.title))
        has_news = self.emulator.output != told.output
        is_exit = self.exit is not None and not told.exit
        if has_news and (is_exit or moment >= told.output_at + OUTPUT_PAUSE):
            told.output, told.output_at = self.emulator.output, moment
            link.say(hosting.OutputHappened(seq=told.output))
        if is_exit and self.exit is not None:
            told.exit = True
            link.say(hosting.ProgramExited(exit=self.exit))


class Told:
    """What the present link has been told."""

    def __init__(self) -> None:
        self.title = ""
        self.output = 0
        self.output_at = 0.0
        self.exit = False


def ignore_signal(*_: object) -> None:
    """The wake-up descriptor says all that matters."""


def send_signal(pid: int, number: int) -> None:
    """Signal somebody who may be gone, or out of reach."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return  # the next look tells


def exit_of(status: int) -> hosting.ProgramExit:
    """A wait status as a value."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return hosting.ProgramExit(code=code)
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"SIG{-code}"
    return hosting.ProgramExit(signal=name)
