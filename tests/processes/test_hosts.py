"""What a pane host does for its program and its daemon: spawn, type, draw, resize, report."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import hostkit
import pytest
import trio

from fugue_actors.errors import Refused
from fugue_actors.protocol.hosting import (
    INPUT_LIMIT_BYTES,
    ProgramExit,
    TitleChanged,
    TypeInput,
)
from fugue_actors.terminal import processes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.real


@pytest.fixture
async def panes() -> AsyncIterator[hostkit.Panes]:
    with trio.fail_after(60):
        async with hostkit.open_panes() as panes:
            yield panes


async def test_a_program_runs_in_a_terminal_and_its_screen_can_be_read(
    panes: hostkit.Panes,
) -> None:
    """The main job of a host, from the command to the text on the screen."""
    pane = await panes.open("sh", "-c", "test -t 0 && echo a terminal; exec cat")
    screen = await pane.wait_text("a terminal")
    assert screen.text[0] == "a terminal"
    assert (screen.columns, screen.lines) == (80, 24)
    assert len(screen.text) == 24


async def test_a_program_gets_exactly_the_environment_it_was_given(
    panes: hostkit.Panes,
) -> None:
    """What the daemon or the zygote has in theirs must not leak into an agent."""
    pane = await panes.open("env", env={"PATH": "/usr/bin:/bin", "A": "ö"})
    await pane.wait_exited()
    screen = await pane.link.screen()
    assert {line for line in screen.text if line} == {"PATH=/usr/bin:/bin", "A=ö"}


async def test_a_program_starts_in_its_directory(panes: hostkit.Panes) -> None:
    """A relative command is found from there, too."""
    script = panes.directory / "here"
    script.write_text("#!/bin/sh\npwd\n", encoding="utf-8")
    script.chmod(0o700)
    pane = await panes.open("./here")
    await pane.wait_exited()
    assert (await pane.link.screen()).text[0] == str(panes.directory)


async def test_a_program_inherits_no_descriptor_and_no_ignored_signal(
    panes: hostkit.Panes,
) -> None:
    """Sockets of zygote or host would keep connections open; a shell that ignores SIGINT is useless."""
    pane = await panes.open(
        "sh", "-c", "ls -1 /proc/self/fd; grep Sig /proc/self/status"
    )
    await pane.wait_exited()
    lines = [line for line in (await pane.link.screen()).text if line]
    assert lines[:4] == ["0", "1", "2", "3"]  # 3 is the directory being listed
    assert not lines[4].isdigit()
    signals = dict(line.split(maxsplit=1) for line in lines if line.startswith("Sig"))
    assert not int(signals["SigBlk:"], 16)
    # 32 and 33 are the C library's own: it ignores them in what it spawns.
    assert not int(signals["SigIgn:"], 16) & ~(0b11 << 31)


async def test_typed_bytes_reach_the_program(panes: hostkit.Panes) -> None:
    """Input goes to the program, and the terminal echoes it."""
    pane = await panes.open("sh", "-c", "read answer; echo got $answer; cat")
    assert (await pane.link.write(b"forty-two\r")).queued_bytes == 0
    screen = await pane.wait_text("got forty-two")
    assert screen.text[0] == "forty-two"


async def test_what_is_typed_comes_as_the_program_asked_for_it(
    panes: hostkit.Panes,
) -> None:
    """The host knows its modes at the very moment of writing; a daemon would have to ask before."""
    pane = await panes.open(
        "sh",
        "-c",
        "stty raw -echo; printf '\\033[?2004h\\033[?1hready'; head -c 18 | od -An -c",
    )
    await pane.wait_text("ready")
    written = await pane.link.type(TypeInput(text=b"abc", paste=True, keys=("Up",)))
    assert (written.size, written.marks_pastes) == (18, True)
    shown = await pane.wait_text("O   A")
    assert "200   ~   a   b   c 033" in " ".join(shown.text).replace("2   0   0", "200")


async def test_a_program_learns_its_new_size(panes: hostkit.Panes) -> None:
    """The terminal's size, SIGWINCH and the emulated screen go together."""
    script = "trap 'stty size' WINCH; stty size; while :; do sleep 0.01; done"
    pane = await panes.open("sh", "-c", script, columns=90, lines=30)
    await pane.wait_text("30 90")
    await pane.link.resize(100, 40)
    screen = await pane.wait_text("40 100")
    assert (screen.columns, screen.lines, len(screen.text)) == (100, 40, 40)


async def test_an_impossible_size_is_refused(panes: hostkit.Panes) -> None:
    """Neither at the start nor later; a screen of a million columns would end the host."""
    with pytest.raises(Refused, match="70000x24") as refused:
        await panes.spawn("cat", columns=70_000)
    assert refused.value.code == "InvalidArgument"
    pane = await panes.open("cat")
    with pytest.raises(Refused, match="0x10"):
        await pane.link.resize(0, 10)
    assert (await pane.link.status()).columns == 80


@pytest.mark.parametrize(
    ("command", "exit"),
    [
        ("exit 0", ProgramExit(code=0)),
        ("exit 7", ProgramExit(code=7)),
        ("kill -9 $$", ProgramExit(signal="SIGKILL")),
        ("kill -SEGV $$", ProgramExit(signal="SIGSEGV")),
    ],
)
async def test_an_exit_tells_code_or_signal(
    panes: hostkit.Panes, command: str, exit: ProgramExit
) -> None:
    """A crash must not look like an exit code of 128 and something."""
    pane = await panes.open("sh", "-c", command)
    assert (await pane.wait_exited()).exit == exit
    assert (await pane.link.status()).exit == exit


async def test_an_exit_comes_after_the_last_output(panes: hostkit.Panes) -> None:
    """Whoever sees the exit can read all the program had to say, however much that was."""
    pane = await panes.open("sh", "-c", "seq 1 3000; printf last")
    await pane.wait_exited()
    screen = await pane.link.screen(history=5000)
    lines = [*screen.history, *screen.text]
    assert [line for line in lines if line] == [*map(str, range(1, 3001)), "last"]


async def test_an_exit_does_not_wait_for_who_keeps_the_terminal(
    panes: hostkit.Panes,
) -> None:
    """A background process holds the terminal open, and may even flood it."""
    pane = await panes.open("sh", "-c", "trap '' HUP; yes & echo main is done")
    assert (await pane.wait_exited()).exit == ProgramExit(code=0)


async def test_output_of_who_is_left_behind_is_still_drawn(
    panes: hostkit.Panes,
) -> None:
    """A background process may go on writing after the program's end."""
    script = "trap '' HUP; (read go < fifo; echo late) & exit 3"
    pane = await panes.open("sh", "-c", f"mkfifo fifo; {script}")
    await pane.wait_exited()
    async with await trio.open_file(
        panes.directory / "fifo", "w", encoding="utf-8"
    ) as fifo:
        await fifo.write("go\n")
    await pane.wait_text("late")


async def test_a_program_may_close_its_terminal_and_open_it_again(
    panes: hostkit.Panes,
) -> None:
    """As some do that hand it on to another; what looks like the end of all output is none."""
    script = (
        "t=$(tty); exec </dev/null >/dev/null 2>&1;"
        "echo x > closed; read x < go; echo back > $t; exec sleep 1000"
    )
    pane = await panes.open("sh", "-c", f"mkfifo closed go; echo up; {script}")
    await pane.wait_text("up")
    async with await trio.open_file(
        panes.directory / "closed", encoding="utf-8"
    ) as closed:
        await closed.read()
    for _ in range(3):  # the host has been round its loop
        await pane.link.status()
    async with await trio.open_file(
        panes.directory / "go", "w", encoding="utf-8"
    ) as go:
        await go.write("go\n")
    await pane.wait_text("back")


async def test_writing_to_an_exited_program_is_refused(panes: hostkit.Panes) -> None:
    """Its last screen stays readable; typing into it must not pretend to work."""
    pane = await panes.open("echo", "bye")
    await pane.wait_exited()
    with pytest.raises(Refused) as refused:
        await pane.link.write(b"hello")
    assert refused.value.code == "PaneExited"
    assert (await pane.link.screen()).text[0] == "bye"


async def test_a_program_that_does_not_read_makes_the_pane_busy_and_not_stuck(
    panes: hostkit.Panes,
) -> None:
    """A blocking write to a full terminal would hang the host with everything it holds."""
    pane = await panes.open("sh", "-c", "stty raw; echo ready; exec sleep 1000")
    await pane.wait_text("ready")
    chunk = b"x" * (INPUT_LIMIT_BYTES // 4)
    queued = [(await pane.link.write(chunk)).queued_bytes for _ in range(4)]
    assert queued[-1] > 0
    with pytest.raises(Refused) as refused:
        await pane.link.write(chunk)
    assert refused.value.code == "Busy"
    assert (await pane.link.status()).queued_bytes == queued[-1]


@pytest.mark.parametrize("size", [INPUT_LIMIT_BYTES + 1, 10 * INPUT_LIMIT_BYTES])
async def test_too_much_input_at_once_is_refused(
    panes: hostkit.Panes, size: int
) -> None:
    """It could never be queued, so trying again would not help; the link stands."""
    pane = await panes.open("cat")
    with pytest.raises(Refused) as refused:
        await pane.link.write(b"x" * size)
    assert refused.value.code == "PayloadTooLarge"
    assert (await pane.link.status()).queued_bytes == 0


async def test_queued_input_arrives_whole_when_the_program_reads_again(
    panes: hostkit.Panes,
) -> None:
    """Partial writes to the terminal go on where they stopped."""
    size = 300_000
    script = f"stty raw -echo; echo ready; read go < fifo; head -c {size} | sha256sum"
    pane = await panes.open("sh", "-c", f"mkfifo fifo; {script}; exec cat >/dev/null")
    await pane.wait_text("ready")
    data = b"0123456789" * (size // 10)
    assert (await pane.link.write(data)).queued_bytes > 0
    async with await trio.open_file(
        panes.directory / "fifo", "w", encoding="utf-8"
    ) as fifo:
        await fifo.write("go\n")
    await pane.wait_text(hashlib.sha256(data).hexdigest())


async def test_a_program_that_asks_where_the_cursor_is_gets_an_answer(
    panes: hostkit.Panes,
) -> None:
    """Regression of a known failure elsewhere: an agent died at start because nobody answered."""
    script = r"stty raw -echo; printf 'ab\033[6n'; head -c 6 | od -An -c; exec cat"
    pane = await panes.open("sh", "-c", script)
    await pane.wait_text("033   [   1   ;   3   R")


async def test_a_title_is_reported_as_an_event(panes: hostkit.Panes) -> None:
    """Agents tell their state by it."""
    pane = await panes.open("sh", "-c", r"printf '\033]0;busy bee\007'; exec cat")
    assert await pane.events.wait_for(TitleChanged) == TitleChanged(title="busy bee")
    assert (await pane.link.status()).title == "busy bee"


async def test_reading_since_a_cursor_gives_each_new_line_once(
    panes: hostkit.Panes,
) -> None:
    """Agents read what a program said since they last looked, wherever it has scrolled to."""
    pane = await panes.open("sh", "-c", "echo one; while read n; do seq $n; done")
    first = await pane.wait_text("one")
    await pane.link.write(b"100\r")
    screen = await pane.wait_screen(
        lambda screen: "100" in (screen.new or ())[1:], since=first.next
    )
    assert screen.new == ("100", *map(str, range(1, 101)))
    again = await pane.link.screen(since=screen.next)
    assert again.new == ()


async def test_host_and_program_are_told_with_their_start_times(
    panes: hostkit.Panes,
) -> None:
    """Whoever attests a peer by its ancestors compares both, since pids are used again."""
    pane = await panes.open("cat")
    info = pane.info
    assert processes.started(info.host_pid) == info.host_started
    assert processes.started(info.program_pid) == info.program_started
    program = processes.inspect(info.program_pid)
    assert program.parent == info.host_pid
    assert program.tty == processes.device_number(info.tty)
    path = Path(info.socket)
    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == 0o700


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777
