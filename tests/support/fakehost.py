"""Pane hosts and their zygote without processes, terminals or real time.

A `FakeHost` speaks the real protocol on a real Unix socket, through the host's own
`Reception`; only the program and its terminal are scripted. Its program is a shell that
knows `exit N` and nothing else. A `FakeSpawner` stands for the zygote's process. Both
pass `tests/actors/test_fakes.py`, which the originals pass as well.

Everything happens in the test's own thread, so tests may use virtual time.
"""

from __future__ import annotations

import json
import re
import socket
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import trio

from fugue_actors.actors.zygote import ZygoteActor
from fugue_actors.errors import Refused, Unavailable
from fugue_actors.protocol import hosting
from fugue_actors.terminal import keys, pointing, rowtext
from fugue_actors.terminal.draft import Draft, Place
from fugue_actors.terminal.reception import Reception
from fugue_actors.terminal.spawner import make_private

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.terminal.hostlink import Connection

NO_PROCESS = 2**30
"""Beyond every pid there can be."""


class FakeHost:
    """A host whose program does what the test says.

    Attributes:
        info: What the daemon was told.
        typed: What was written, each write with the time it came.
        exit: How the program ended.
        modes: What the program asked of its terminal.
        queued_bytes: Input that the program does not read.
        waits: What the link waits for.
        draft: What a person has begun to type.
        inputs: What was typed and by whom, each with the time it came; refused ones not.
        rows: What the screen shows, as JSON; what was typed if a test sets none.
        is_old: Whether it is of a release that knew neither `ReadChanges` nor drafts.
        asked: The request for changes that waits.
        bells: How often the program has rung.
        generations: Of every link there was, in order.
        is_gone: It was released, or it died.
    """

    def __init__(
        self, machine: Machine, start: hosting.StartHost, info: hosting.HostInfo
    ) -> None:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(info.socket)
        listener.listen(16)
        self.start = start
        self.info = info
        self.nursery = machine.nursery
        self.reception = Reception(listener, start.key, self.carry_out, self.report)
        self.size = (start.program.columns, start.program.lines)
        self.modes = hosting.Modes()
        self.title = ""
        self.bells = 0
        self.typed: list[tuple[float, bytes]] = []
        self.line = b""
        self.queued_bytes = 0
        self.draft = Draft()
        self.inputs: list[tuple[float, hosting.TypeInput]] = []
        self.waits: dict[tuple[Connection, int | None], hosting.WaitFor] = {}
        self.rows: list[str] | None = None
        self.is_old = False
        self.asked: tuple[Connection, int | None, int] | None = None
        self.version = 0
        self.shown: list[str] = []
        self.exit: hosting.ProgramExit | None = None
        self.generations: list[int] = []
        self.linked: Connection | None = None
        self.kills: list[float] = []
        self.held: list[tuple[Connection, int | None, object]] | None = None
        self.is_gone = False
        self.changed = trio.Event()

    # What tests do

    @property
    def bytes_typed(self) -> bytes:
        """All that was written, in order."""
        return b"".join(data for _, data in self.typed)

    def hold(self) -> None:
        """From now on do what is asked, but keep the answers."""
        self.held = []

    def release(self) -> None:
        """Give the answers that were held, and no longer hold any."""
        held, self.held = self.held or [], None
        for connection, number, answer in held:
            connection.say(answer, re=number)
        self.settle()

    def set_title(self, title: str) -> None:
        """The program sets a title."""
        self.title = title
        self.settle()

    def ring(self) -> None:
        """The program rings the bell, and writes nothing else."""
        self.bells += 1
        self.settle()

    def show(self, *rows: str) -> None:
        """The program draws rows, given as JSON."""
        self.rows = list(rows)
        self.settle()

    def end_program(
        self, code: int | None = None, *, signal: str | None = None
    ) -> None:
        """The program ends."""
        self.exit = hosting.ProgramExit(code=code, signal=signal)
        self.settle()

    def take_input(self) -> None:
        """The program reads all its input."""
        self.queued_bytes = 0
        self.settle()

    def cut(self) -> None:
        """Every connection breaks; the host lives."""
        for connection in self.reception.connections:
            connection.is_lost = True
        self.settle()

    def die(self) -> None:
        """The host ends without a word."""
        self.is_gone = True
        trio.lowlevel.notify_closing(self.reception.listener)
        self.reception.listener.close()
        Path(self.info.socket).unlink()
        self.cut()

    async def wait_until(self, condition: Any) -> None:
        """Wait until something is the case; looked at whenever somebody said a word."""
        while not condition():
            self.changed = trio.Event()
            await self.changed.wait()

    # The loop

    async def run(self) -> None:
        """Accept until the host is gone."""
        while not self.is_gone:
            try:
                await trio.lowlevel.wait_readable(self.reception.listener)
            except trio.ClosedResourceError:
                return
            known = set(self.reception.connections)
            self.reception.accept(trio.current_time())
            for connection in self.reception.connections:
                if connection not in known:
                    self.nursery.start_soon(self.serve, connection)

    async def serve(self, connection: Connection) -> None:
        """Answer one connection until it ends."""
        while connection in self.reception.connections:
            try:
                await trio.lowlevel.wait_readable(connection.socket)
            except trio.ClosedResourceError:
                return
            self.reception.serve(connection)
            self.settle()

    def settle(self) -> None:
        """Tell the link what changed, and take leave of who is finished."""
        told = trio.current_time()
        written = len(self.bytes_typed) + self.bells
        self.reception.tell(
            self.title, written, self.exit, told, self.draft.by, self.bells
        )
        self.answer_waits()
        self.answer_changes()
        link = self.reception.link
        if link is not None and link is not self.linked:
            self.generations.append(self.reception.generation)
        self.linked = link
        for connection in self.reception.sweep(told):
            for waiting in [key for key in self.waits if key[0] is connection]:
                del self.waits[waiting]
            if self.asked is not None and self.asked[0] is connection:
                self.asked = None
            trio.lowlevel.notify_closing(connection.socket)
            connection.socket.close()
        self.changed.set()

    # What the link asks

    def carry_out(
        self, connection: Connection, number: int | None, request: object
    ) -> object:
        """The host's part; see `Host.carry_out`."""
        if isinstance(request, hosting.WaitFor):
            hosting.check_wait(request)
            self.waits[connection, number] = request
            return None
        if isinstance(request, hosting.ReadChanges) and not self.is_old:
            self.asked = (connection, number, request.known)
            return None
        if isinstance(request, hosting.ForgetWait):
            if self.asked is not None and self.asked[1] == request.request:
                self.asked = None
            self.waits.pop((connection, request.request), None)
        answer = self.answer(request)
        if self.held is None:
            return answer
        self.held.append((connection, number, answer))
        return None

    def answer(self, request: object) -> object:
        match request:
            case hosting.WriteInput(data=data):
                return self.write(data)
            case hosting.TypeInput() if self.draft.refuses(request.by):
                raise Refused("HumanControl", "a person has begun to type there")
            case hosting.TypeInput():
                written = self.write(
                    keys.encode(request, self.modes)
                    + pointing.encode(request, self.modes)
                )
                self.inputs.append((trio.current_time(), request))
                if not self.is_old:
                    self.draft.typed(request, self.place())
                return written
            case hosting.DropDraft() if not self.is_old:
                self.draft.drop()
                return hosting.Done()
            case hosting.ForgetWait():
                return hosting.Done()
            case hosting.ResizeTerminal(columns=columns, lines=lines):
                self.size = (columns, lines)
                return hosting.Done()
            case hosting.ReadScreen(styled=styled):
                return self.screen(styled=styled)
            case hosting.ReadStatus():
                return self.report()
            case hosting.KillProgram(grace=grace):
                self.kills.append(grace)
                was_running = self.exit is None
                if was_running:
                    self.end_program(signal="SIGHUP")
                return hosting.KillReport(ended=int(was_running), exit=self.exit)
            case hosting.ReleaseHost():
                if self.exit is None:
                    raise Refused("Busy", "the program still runs", hint="kill it")
                self.nursery.start_soon(self.leave)
                return hosting.Done()
        raise Refused("InvalidArgument", f"a host cannot do this: {request}")

    def write(self, data: bytes) -> hosting.Written:
        if self.exit is not None:
            raise Refused("PaneExited", "the program has ended")
        self.typed.append((trio.current_time(), data))
        self.read(data)
        return hosting.Written(
            queued_bytes=self.queued_bytes,
            size=len(data),
            marks_pastes=self.modes.bracketed_paste,
        )

    def answer_waits(self) -> None:
        """Answer who waits for a text, a silence, an exit or the taking of input."""
        shown = self.bytes_typed.decode(errors="replace")
        for (connection, number), wanted in tuple(self.waits.items()):
            line = wanted.text if wanted.text and wanted.text in shown else None
            is_taken = wanted.taken and not self.queued_bytes
            is_over = self.exit is not None and not wanted.taken
            if line or is_taken or wanted.quiet is not None or is_over:
                del self.waits[connection, number]
                waited = hosting.Waited(next=len(shown), line=line, exit=self.exit)
                connection.say(waited, re=number)

    def answer_changes(self) -> None:
        """Answer who asks for changes, if there are any."""
        if self.asked is None:
            return
        connection, number, known = self.asked
        typed = self.bytes_typed.decode(errors="replace")
        rows = [f'[{{"text":{json.dumps(typed)}}}]'] if self.rows is None else self.rows
        is_full = known != self.version or len(rows) != len(self.shown)
        if is_full or rows != self.shown:
            head = rowtext.head(
                columns=self.size[0],
                lines=len(rows),
                cursor=hosting.Position(x=0, y=0),
                cursor_visible=True,
                cursor_shape="default",
                alternate=False,
                modes=self.modes,
            )
            before = [None] * len(rows) if is_full else self.shown
            self.version += 1
            change = hosting.ScreenChange(
                version=self.version,
                is_full=is_full,
                head=head if is_full else {},
                rows={str(y): row for y, row in enumerate(rows) if row != before[y]},
                next=len(self.bytes_typed),
            )
            self.shown, self.asked = list(rows), None
            connection.say(change, re=number)

    async def leave(self) -> None:
        """Released: end once the answer is sent."""
        if not self.is_gone:
            self.die()

    def read(self, data: bytes) -> None:
        """The program: a shell that knows one command."""
        *lines, self.line = (self.line + data).split(b"\r")
        for line in lines:
            if found := re.search(rb"exit (\d+)", line):
                self.exit = hosting.ProgramExit(code=int(found[1]))

    def screen(self, *, styled: bool = False) -> hosting.ScreenSnapshot:
        typed = hosting.StyledRun(text=self.bytes_typed.decode(errors="replace"))
        return hosting.ScreenSnapshot(
            columns=self.size[0],
            lines=self.size[1],
            cursor=hosting.Position(x=0, y=0),
            cursor_visible=True,
            alternate=False,
            title=self.title,
            text=(typed.text,),
            rows=((typed,), *[()] * (self.size[1] - 1)) if styled else None,
            next=len(self.bytes_typed),
            modes=self.modes,
        )

    def report(self) -> hosting.HostStatus:
        return hosting.HostStatus(
            info=self.info,
            exit=self.exit,
            title=self.title,
            columns=self.size[0],
            lines=self.size[1],
            modes=self.modes,
            output=len(self.bytes_typed),
            queued_bytes=self.queued_bytes,
            generation=self.reception.generation,
            draft=self.draft.by,
            bells=self.bells,
        )

    def place(self) -> Place:
        """Where a person types: at a line editor of a program that no shell has started."""
        return Place(
            is_canonical=False,
            is_alternate=False,
            marks_pastes=self.modes.bracketed_paste,
            prompts=hosting.Prompts(),
            cursor=len(self.bytes_typed),
        )


@attrs.define(eq=False)
class Machine:
    """Where the fake hosts of a test live: they outlive every actor.

    Attributes:
        directory: Of their sockets.
        hosts: By pane, those that are gone included.
        commands: What can be started.
        gate: While it is not set, whoever spawns waits.
        spawners: Every zygote there was.
    """

    directory: Path
    nursery: trio.Nursery
    hosts: dict[str, FakeHost] = attrs.Factory(dict)
    commands: set[str] = attrs.field(factory=lambda: {"sh"})
    gate: trio.Event = attrs.Factory(trio.Event)
    spawners: list[FakeSpawner] = attrs.Factory(list)
    waiting: int = 0
    numbers: int = NO_PROCESS

    @property
    def living(self) -> list[str]:
        """The panes whose hosts are still there."""
        return [pane_id for pane_id, host in self.hosts.items() if not host.is_gone]

    def start(self, start: hosting.StartHost) -> FakeHost:
        """Start a host."""
        argv = start.program.argv
        if argv[0] not in self.commands:
            raise Refused("InvalidArgument", f"cannot start {argv[0]}: no such file")
        info = self.nowhere(start.pane_id)
        host = self.hosts[start.pane_id] = FakeHost(self, start, info)
        self.nursery.start_soon(host.run)
        return host

    def nowhere(self, pane_id: str) -> hosting.HostInfo:
        """What is told of a host, which need not be there."""
        self.numbers += 2
        return hosting.HostInfo(
            host_pid=self.numbers,
            host_started=1.0,
            program_pid=self.numbers + 1,
            program_started=2.0,
            socket=f"{self.directory}/{pane_id}.sock",
            tty="/dev/pts/none",
        )


class FakeSpawner:
    """What `Spawner` is, on a `Machine` instead of this one."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.died = trio.Event()
        machine.spawners.append(self)

    async def spawn(
        self,
        pane_id: str,
        directory: Path,
        key: str,
        program: hosting.SpawnProgram,
        *,
        history_lines: int = 10_000,
        orphan_limit: float | None = None,
        first_output: int = 0,
        has_clipboard: bool = False,
    ) -> hosting.HostInfo:
        """Start a program in a host of its own, once the machine's gate is open."""
        if self.died.is_set():
            await trio.lowlevel.checkpoint()
            raise Unavailable("the zygote has died")
        self.machine.waiting += 1
        try:
            await self.machine.gate.wait()
        finally:
            self.machine.waiting -= 1
        if self.died.is_set():
            raise Unavailable("the pane host died while it started", hint="see the log")
        make_private(directory)
        return self.machine.start(
            hosting.StartHost(
                pane_id=pane_id,
                directory=str(directory),
                key=key,
                program=program,
                history_lines=history_lines,
                orphan_limit=orphan_limit,
                first_output=first_output,
                has_clipboard=has_clipboard,
            )
        ).info

    def die(self) -> None:
        """The process ends."""
        self.died.set()

    async def wait_died(self) -> int:
        """Wait until it ends."""
        await self.died.wait()
        return 0

    async def aclose(self) -> None:
        """End it; hosts live on."""
        self.died.set()
        await trio.lowlevel.checkpoint()


class FakeZygote(ZygoteActor):
    """The zygote's actor with a `FakeSpawner` in the place of the process."""

    def __init__(self, journal: Any, machine: Machine) -> None:
        super().__init__(journal, machine.directory, 1000)
        self.machine = machine

    async def on_start(self) -> None:
        self.spawner: Any = FakeSpawner(self.machine)
        self.nursery.start_soon(self.crash_with_zygote)


@asynccontextmanager
async def open_machine() -> AsyncIterator[Machine]:
    """A machine with its gate open; at the end everything on it is gone."""
    # Not below pytest's directory: a socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="fugue-test-") as directory:
        async with trio.open_nursery() as nursery:
            machine = Machine(Path(directory), nursery)
            machine.gate.set()
            try:
                yield machine
            finally:
                for host in machine.hosts.values():
                    if not host.is_gone:
                        host.die()
                nursery.cancel_scope.cancel("the test is over")
