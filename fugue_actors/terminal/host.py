"""The pane host: one terminal, its program and its screen, behind one Unix socket.

1. It knows no sessions and no messages. It feeds, draws, types, resizes, reports and kills.
2. It needs no daemon: without a link it goes on reading the program's output, so that the program
   never blocks, and keeps screen, history and exit status until somebody comes to collect them.
3. An exit is reported after the output that preceded it: at the end of output, or once it was
   quiet for `DRAIN_QUIET`, at the latest after `DRAIN_LIMIT_BYTES` or `DRAIN_LIMIT`.
4. It ends when it is released, or by a signal. Ending closes the terminal. It also ends by itself
   when nobody can ever reach it again: no link, no socket file, and nothing left to host.

The loop is plain `selectors`, without trio: a host has three descriptors and no tasks, and each
megabyte counts. One turn draws for at most about `SLICE` seconds, and what others ask comes
first, so a flood keeps nobody waiting. Enter at `Host.run`.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import attrs

from fugue_actors.errors import Refused
from fugue_actors.protocol import hosting
from fugue_actors.terminal import keys, numbered, pointing, processes, snapshot
from fugue_actors.terminal.changes import Changes
from fugue_actors.terminal.draft import LIVE, Draft, Place
from fugue_actors.terminal.emulator import Emulator
from fugue_actors.terminal.ending import Ending
from fugue_actors.terminal.frames import Frames
from fugue_actors.terminal.reception import Reception
from fugue_actors.terminal.waits import Waits

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.terminal.door import Door
    from fugue_actors.terminal.hostlink import Connection
    from fugue_actors.terminal.program import Program

DRAIN_QUIET = 0.05
DRAIN_LIMIT = 10.0
DRAIN_LIMIT_BYTES = 256 * 1024  # more than any terminal holds
SLICE = 0.002
GATHER_BYTES = 16 * 1024
RELEASE_GRACE = 1.0
REACHABLE_PAUSE = 30.0

now = time.monotonic  # noqa: TID251 - there is no trio in this process


class Host:
    """The state and the loop of one pane host.

    Args:
        start: What was asked for.
        door: Where daemons come in.
        program: The running program.
        info: What the daemon is told.
    """

    def __init__(
        self,
        start: hosting.StartHost,
        door: Door,
        program: Program,
        info: hosting.HostInfo,
    ) -> None:
        self.program = program
        self.info = info
        self.emulator = Emulator(
            start.program.columns,
            start.program.lines,
            history_lines=start.history_lines,
            first_output=start.first_output,
            has_clipboard=start.has_clipboard,
        )
        self.waits = Waits(self.emulator, program)
        self.frames = Frames(self.emulator)
        self.changes = Changes(self.emulator)
        self.draft = Draft()
        self.door = door
        self.reception = Reception(
            door.listener, start.key, self.carry_out, self.report
        )
        self.selector = selectors.DefaultSelector()
        self.has_output = True
        self.status: hosting.ProgramExit | None = None  # known, output still to come
        self.exit: hosting.ProgramExit | None = None  # may be told
        self.quiet_at = self.drained_by = 0.0
        self.left_to_drain = DRAIN_LIMIT_BYTES
        self.ending: Ending | None = None
        self.look_at: float | None = None
        self.reachable_at: float | None = None
        self.awaiting_end: list[tuple[Connection, int | None]] = []
        self.awaiting_release: list[tuple[Connection, int | None]] = []
        self.is_abandoned = False
        self.is_orphaned = False
        self.is_called = False
        self.is_over = False

    # The loop

    def run(self) -> None:
        """Serve until released."""
        wakeup, alarm = socket.socketpair()
        wakeup.setblocking(False)
        alarm.setblocking(False)
        signal.signal(signal.SIGCHLD, ignore_signal)
        signal.signal(signal.SIGUSR1, self.hear_call)
        signal.set_wakeup_fd(alarm.fileno(), warn_on_full_buffer=False)
        self.watch(wakeup.fileno(), selectors.EVENT_READ, partial(wakeup.recv, 4096))
        self.watch(self.reception.listener.fileno(), selectors.EVENT_READ, self.accept)
        self.reap()  # whoever ended before the signal was listened for
        while not self.is_over:
            self.turn()

    def abandon(self) -> None:
        """End the program and then this host: nobody knows of them."""
        self.is_abandoned = True
        self.begin_ending(RELEASE_GRACE)
        self.run()

    def turn(self) -> None:
        """Wait for something to happen, and deal with it."""
        self.watch_all()
        deadline = self.next_deadline()
        wait = None if deadline is None else max(0.0, deadline - now())
        ready = [key for key, _ in self.selector.select(wait)]
        ready.sort(key=self.is_terminal)  # answers before the next slice of a flood
        for key in ready:
            key.data()
        self.reap()
        self.finish_drain(now())
        if self.look_at is not None and now() >= self.look_at:
            self.look()
        self.look_between_frames()
        self.tell()
        for connection in self.reception.sweep(now()):
            self.waits.forget(connection)
            self.frames.forget(connection)
            self.changes.forget(connection)
            self.watch(connection.socket.fileno(), 0, ignore_signal)
            connection.socket.close()
        self.mind_the_door(now())

    def is_terminal(self, key: selectors.SelectorKey) -> bool:
        """Whether this is about the program's output."""
        return key.fd == self.program.master

    def watch_all(self) -> None:
        """Wait for whatever terminal and connections can go on with."""
        events = selectors.EVENT_READ if self.has_output else 0
        if self.program.queued_bytes and self.has_output:
            events |= selectors.EVENT_WRITE
        self.watch(self.program.master, events, self.serve_terminal)
        for connection in self.reception.connections:
            events = selectors.EVENT_READ if connection.wants_read else 0
            if connection.wants_write:
                events |= selectors.EVENT_WRITE
            serve = partial(self.reception.serve, connection)
            self.watch(connection.socket.fileno(), events, serve)

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

    def next_deadline(self) -> float | None:
        """When something is due even if nothing happens."""
        deadlines = list(self.reception.deadlines(self.emulator.output))
        if self.status is not None and self.exit is None:
            deadlines.append(min(self.quiet_at, self.drained_by))
        if self.frames.is_open(now()):
            deadlines += [self.frames.ends_by or 0.0]
        else:
            deadlines += self.waits.deadlines(self.exit)
            deadlines += self.changes.deadlines()
        moments = (self.look_at, self.reachable_at, self.orphaned_at)
        deadlines += [at for at in moments if at is not None]
        return min(deadlines, default=None)

    def accept(self) -> None:
        """Somebody connects."""
        self.reception.accept(now())

    def tell(self) -> None:
        """Tell the link what changed."""
        if self.draft.by and self.status is None:
            self.draft.look(self.place(), is_read=not self.program.unread_bytes)
        self.reception.tell(
            self.emulator.title,
            self.emulator.output,
            self.exit,
            now(),
            "" if self.status is not None else self.draft.by,
            self.emulator.bells,
        )

    def place(self) -> Place:
        """Where a person would type at this moment."""
        return Place(
            is_canonical=self.program.is_canonical,
            is_alternate=self.emulator.is_alternate,
            marks_pastes=self.emulator.modes.bracketed_paste,
            prompts=self.emulator.prompts,
            cursor=self.emulator.output,
        )

    def place_of_keys(self) -> Place:
        """The same, for keys that are about to be written."""
        place = self.place()
        if place.is_canonical or not place.prompts.is_running:
            return place
        # A shell says that its command is over before it edits a line. It may have done both since
        # its output was drawn; what it reads would then be taken for a program's.
        self.serve_terminal()
        return attrs.evolve(self.place(), is_canonical=False)

    # The terminal

    def serve_terminal(self) -> None:
        """Draw what the program wrote and pass on what it may read."""
        self.program.flush()
        until = now() + SLICE
        while True:
            data = self.gather()
            if data is None:
                return
            if not data:
                self.has_output = False
                return
            is_watched = self.frames.held or self.waits.waits or self.changes.asked
            for piece in self.frames.pieces(data) if is_watched else [data]:
                self.emulator.feed(piece)
                self.waits.drawn_at = now()  # drawing takes time, too
                self.frames.drew(piece, self.waits.drawn_at)
                if is_watched:
                    self.look_between_frames()
            self.answer_queries()
            self.quiet_at = self.waits.drawn_at + DRAIN_QUIET
            if self.status is not None:
                self.left_to_drain -= len(data)
            if now() >= until:
                return

    def gather(self) -> bytes | None:
        """Output that is there now, of several reads; otherwise as `Program.read`.

        A terminal gives at most 4 KiB at once, and each piece has its price.
        """
        parts: list[bytes] = []
        size = 0
        while size < GATHER_BYTES:
            data = self.program.read()
            if not data:
                return b"".join(parts) if parts else data
            parts.append(data)
            size += len(data)
        return b"".join(parts)

    def look_between_frames(self) -> None:
        """Answer who asked for the screen, or waits for it, unless it is half drawn."""
        if not self.frames.is_open(now()):
            self.waits.look(self.exit, now())
            for connection, number, request in self.frames.take_held():
                connection.say(self.read(request), re=number)
            self.changes.look(now())

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

    def finish_drain(self, moment: float) -> None:
        """After the program's end: is what it wrote drawn?"""
        if self.status is not None and self.exit is None:
            is_due = moment >= min(self.quiet_at, self.drained_by)
            if is_due or self.left_to_drain <= 0 or not self.has_output:
                self.exit = self.status
                self.look_soon()

    # Ending

    def begin_ending(self, grace: float) -> None:
        """End all that the program has started."""
        if self.ending is None:
            self.ending = Ending(send_signal, now=now(), grace=grace)
        else:
            self.ending.hasten(now=now(), grace=grace)
        self.look_soon()

    def look_soon(self) -> None:
        """Something changed that ending may be waiting for."""
        if self.ending is not None:
            self.look_at = now()

    def look(self) -> None:
        """Go on with ending; answer who waits for it when nobody is left."""
        assert self.ending is not None
        self.look_at = self.ending.look(self.family().values(), now=now())
        if self.look_at is not None:
            return
        if self.exit is None and not self.ending.left:
            self.look_at = now() + DRAIN_QUIET  # the last output is still to come
            return
        report = self.ending.report(self.exit)
        self.ending = None
        self.tell()  # the exit comes before the report
        for connection, number in self.awaiting_end:
            connection.say(report, re=number)
        self.awaiting_end.clear()
        for connection, number in self.awaiting_release:
            connection.say(hosting.Done(), re=number)
        self.is_over = self.is_abandoned or bool(self.awaiting_release)

    # Waiting for a daemon

    def hear_call(self, *_: object) -> None:
        """A daemon misses this host; what there is to do can wait for the next turn."""
        self.is_called = True

    @property
    def orphaned_at(self) -> float | None:
        """When to end for want of a daemon."""
        return None if self.is_abandoned else self.door.orphaned_at

    def mind_the_door(self, moment: float) -> None:
        """See to it that daemons can come in, and to whether one still may."""
        if self.is_called:
            self.is_called = False
            self.open_door_again()
        self.door.mind(has_daemon=self.reception.link is not None, now=moment)
        if self.orphaned_at is not None and moment >= self.orphaned_at:
            sys.stderr.write(f"no daemon came for {self.info.socket}; ending\n")
            self.is_abandoned = self.is_orphaned = True
            self.begin_ending(RELEASE_GRACE)
        self.end_if_unreachable(moment)

    def open_door_again(self) -> None:
        """Listen where daemons look, if the socket is there no more."""
        before = self.door.listener.fileno()
        self.watch(before, 0, ignore_signal)
        self.door.open_again()
        self.reception.listener = self.door.listener
        self.watch(self.door.listener.fileno(), selectors.EVENT_READ, self.accept)

    def end_if_unreachable(self, moment: float) -> None:
        """When there is neither program nor link, look now and then for the socket file."""
        if self.exit is None or self.reception.link is not None:
            self.reachable_at = None
        elif self.reachable_at is None or moment >= self.reachable_at:
            self.reachable_at = moment + REACHABLE_PAUSE
            self.is_over |= not self.door.leads_here() and not self.family()

    def family(self) -> dict[int, processes.Process]:
        """Everybody whom the program has started and who is still there."""
        return processes.family(
            processes.table(), host=os.getpid(), tty=self.program.device
        )

    # What the link asks

    def carry_out(
        self, connection: Connection, number: int | None, request: object
    ) -> object:
        """Do what the link asks; None if the answer comes later."""
        match request:
            case hosting.WriteInput() | hosting.TypeInput():
                return self.write(request)
            case hosting.DropDraft():
                self.draft.drop()
                return hosting.Done()
            case hosting.ResizeTerminal(columns=columns, lines=lines):
                self.program.resize(columns, lines)
                self.emulator.resize(columns, lines)
                self.changes.resized()
                return hosting.Done()
            case hosting.ReadScreen() | hosting.ReadLines():
                if self.frames.is_open(now()):
                    self.frames.hold(connection, number, request)
                    return None
                return self.read(request)
            case hosting.ReadChanges():
                self.changes.add(connection, number, request)
                return None
            case hosting.WaitFor():
                self.waits.add(connection, number, request, self.exit)
                return None
            case hosting.ForgetWait(request=request_number):
                self.waits.forget(connection, request_number)
                self.changes.forget(connection, request_number)
                return hosting.Done()
            case hosting.ReadStatus():
                return self.report()
            case hosting.KillProgram(grace=grace):
                hosting.check_grace(grace)
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
                raise Refused("InvalidArgument", f"a host cannot do this: {request}")

    def write(self, request: hosting.WriteInput | hosting.TypeInput) -> hosting.Written:
        """Write to the program, all of it or nothing."""
        if self.status is not None:
            raise Refused("PaneExited", "the program has ended")
        self.serve_terminal()  # what is there already is older than this
        # Looked at before: who has read its keys may change the terminal at once.
        place = self.place_of_keys()
        cursor, modes = self.waits.hand_out(), self.emulator.modes
        if isinstance(request, hosting.TypeInput):
            if self.draft.refuses(request.by):
                raise Refused("HumanControl", "a person has begun to type there")
            if request.by == LIVE:  # whoever presses shift with Enter means Enter
                pressed = tuple(keys.nearest(name, modes) for name in request.keys)
                request = attrs.evolve(request, keys=pressed)
            data = keys.encode(request, modes) + pointing.encode(request, modes)
        else:
            data = request.data
        self.program.write(data)
        if isinstance(request, hosting.TypeInput):
            self.draft.typed(request, place)
        return hosting.Written(
            queued_bytes=self.program.queued_bytes,
            next=cursor,
            size=len(data),
            marks_pastes=modes.bracketed_paste,
        )

    def read(
        self, request: hosting.ReadScreen | hosting.ReadLines
    ) -> hosting.ScreenSnapshot | hosting.LinesRead:
        """What the screen shows now, and what has scrolled off."""
        self.waits.hand_out()
        if isinstance(request, hosting.ReadLines):
            return numbered.read(
                self.emulator,
                first=request.first,
                count=min(max(request.count, 0), hosting.LINES_AT_ONCE),
                styled=request.styled,
            )
        return snapshot.take(
            self.emulator,
            history=request.history,
            skip=request.skip,
            since=request.since,
            styled=request.styled,
            limit=request.limit,
            clipboard=request.clipboard,
            directory=processes.working_directory(self.program.pid),
        )

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
            generation=self.reception.generation,
            draft="" if self.status is not None else self.draft.by,
            bells=self.emulator.bells,
        )


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
