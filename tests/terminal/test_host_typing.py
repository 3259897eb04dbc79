"""What a host takes keys for while a shell does something at the same moment."""

from __future__ import annotations

import os
import termios
from typing import TYPE_CHECKING

import pytest

from fugue_actors.protocol.hosting import HostInfo, SpawnProgram, StartHost, TypeInput
from fugue_actors.terminal.host import Host
from fugue_actors.terminal.program import Program, open_terminal
from fugue_actors.terminal.rehearsal import ClosedDoor

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMPT = b"\x1b]133;A\x07$ \x1b]133;B\x07"
BEGINS, ENDS = b"\x1b]133;C\x07", b"\x1b]133;D;0\x07"


class Shell(Program):
    """The terminal of a shell that is as fast as can be, and no process."""

    def __init__(self) -> None:
        super().__init__(os.getpid(), *open_terminal(80, 24))
        self.ends_at_once = self.accepts_at_once = False

    def collect_lines(self, *, is_on: bool) -> None:
        """Have the terminal collect lines, or edit them itself."""
        settings = termios.tcgetattr(self.slave)
        settings[3] &= ~(termios.ICANON | termios.ECHO)
        settings[3] |= termios.ICANON if is_on else 0
        termios.tcsetattr(self.slave, termios.TCSANOW, settings)

    def say(self, data: bytes) -> None:
        """Write to the terminal."""
        os.write(self.slave, data)

    def is_ready(self) -> None:
        """The command is over, and here is the prompt."""
        self.say(ENDS + PROMPT)
        self.collect_lines(is_on=False)

    @property
    def is_canonical(self) -> bool:
        """Asked for by the host; the command may end just before."""
        if self.ends_at_once:
            self.ends_at_once = False
            self.is_ready()
        return super().is_canonical

    def write(self, data: bytes) -> None:
        """Take keys, and perhaps accept them before the host goes on."""
        super().write(data)
        if self.accepts_at_once:
            os.read(self.slave, 1000)
            self.collect_lines(is_on=True)


@pytest.fixture
def shell() -> Iterator[Shell]:
    """At work on its first command."""
    shell = Shell()
    shell.say(PROMPT + BEGINS)
    yield shell
    os.close(shell.master)
    shell.release_terminal()


@pytest.fixture
def host(shell: Shell) -> Iterator[Host]:
    """The shell's."""
    program = SpawnProgram(argv=("sh",), cwd="/", env={})
    start = StartHost(pane_id="p", directory="/", key="key", program=program)
    info = HostInfo(
        host_pid=shell.pid,
        host_started=0.0,
        program_pid=shell.pid,
        program_started=0.0,
        socket="",
        tty=shell.tty,
    )
    host = Host(start, ClosedDoor(), shell, info)
    host.serve_terminal()
    assert host.emulator.prompts.is_running
    yield host
    host.selector.close()
    host.door.listener.close()


def draft(host: Host) -> str:
    """Whose is there, once all is drawn."""
    host.serve_terminal()
    host.tell()
    return host.draft.by


def test_what_comes_just_when_a_shell_is_ready_is_a_draft_at_its_prompt(
    shell: Shell, host: Host
) -> None:
    """It had said so, and nobody had drawn it: that is no end of what is typed now."""
    shell.ends_at_once = True
    host.write(TypeInput(text=b"echo half", by="live"))
    assert os.read(shell.slave, 100) == b"echo half"
    assert draft(host) == "live"


def test_a_shell_that_accepts_a_line_at_once_may_still_want_more_of_the_command(
    shell: Shell, host: Host
) -> None:
    """The terminal collects lines again by then; what counts is how the keys found it."""
    shell.is_ready()
    host.serve_terminal()
    shell.accepts_at_once = True
    host.write(TypeInput(text=b"for i in 1 2; do", keys=("Enter",), by="live"))
    assert draft(host) == "live"
    shell.say(BEGINS)
    assert draft(host) == ""
