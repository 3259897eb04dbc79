"""What programs say about themselves beside their screen."""

from __future__ import annotations

import pytest

from fugue_actors.protocol.hosting import Notification, Progress, Prompts
from fugue_actors.terminal import snapshot
from fugue_actors.terminal.emulator import Emulator


def feed(output: str) -> Emulator:
    emulator = Emulator(20, 4)
    emulator.feed(output.encode())
    return emulator


@pytest.mark.parametrize(
    ("output", "directory"),
    [
        ("", ""),
        ("\x1b]7;file://host/home/dev\x07", "/home/dev"),
        ("\x1b]7;file:///tmp/a%20b%C3%A9\x1b\\", "/tmp/a bé"),
        ("\x1b]7;kitty-shell-cwd://h/x\x07", "/x"),
        ("\x1b]7;file://h/a\x07\x1b]7;\x07", ""),
        ("\x1b]7;file://h/a\x07\x1b]7;http://h/b\x07", "/a"),
        ("\x1b]7;file://h/a\x07\x1b]7;file://h/b%0Ac\x07", "/a"),
        ("\x1b]7;file://h/a\x07\x1b]7;file://h/" + "b" * 5000 + "\x07", "/a"),
        ("\x1b]7;file://h/a\x07\x1bc", ""),
    ],
)
def test_the_directory_is_what_the_program_last_said(
    output: str, directory: str
) -> None:
    """Worktrees and relative targets follow the shell; nonsense changes nothing."""
    assert feed(output).directory == directory


@pytest.mark.parametrize(
    ("output", "progress"),
    [
        ("", None),
        ("\x1b]9;4;1;40\x07", Progress(state="normal", percent=40)),
        ("\x1b]9;4;1;400\x07", Progress(state="normal", percent=100)),
        ("\x1b]9;4;2\x07", Progress(state="error")),
        ("\x1b]9;4;3;7\x1b\\", Progress(state="indeterminate")),
        ("\x1b]9;4;4;x\x1b\\", Progress(state="paused")),
        ("\x1b]9;4;1;40\x07\x1b]9;4;0\x07", None),
        ("\x1b]9;4;1;40\x07\x1b]9;4;77;1\x07", Progress(state="normal", percent=40)),
        ("\x1b]9;4;1;40\x07\x1bc", None),
    ],
)
def test_progress_is_what_the_program_last_said(
    output: str, progress: Progress | None
) -> None:
    """Agents tell by it that they work."""
    assert feed(output).progress == progress


def test_marks_of_a_shell_tell_prompts_commands_and_exit_codes() -> None:
    """Waiting for a prompt and running a command rest on them."""
    emulator = feed("\x1b]133;A\x07$ \x1b]133;B\x07")
    assert emulator.prompts == Prompts(shown=1, marked_at=emulator.prompts.marked_at)
    assert 0 < emulator.prompts.marked_at <= emulator.output
    emulator.feed(b"make\r\n\x1b]133;C\x07")
    assert emulator.prompts.is_running
    assert emulator.prompts.exit_code is None
    emulator.feed(b"error\r\n\x1b]133;D;2\x07\x1b]133;A\x07$ ")
    prompts = emulator.prompts
    assert (prompts.shown, prompts.is_running, prompts.exit_code) == (2, False, 2)
    assert prompts.started_at < prompts.ended_at < prompts.marked_at
    emulator.feed(b"\x1b]133;D;x\x07\x1b]133;C\x1b\\\x1b]133;D;130;err=1\x1b\\")
    assert emulator.prompts.exit_code == 130


def test_a_mark_is_a_cursor_for_what_follows_it() -> None:
    """Even if the kernel hands over a command's echo, mark and output in one piece."""
    emulator = feed("$ make\r\n\x1b]133;C\x07one\r\ntwo\r\n\x1b]133;D;0\x07$ ")
    assert snapshot.take(emulator, since=emulator.prompts.started_at).new == (
        "one",
        "two",
        "$",
    )
    assert snapshot.take(emulator, since=emulator.prompts.ended_at).new == ("$",)
    assert snapshot.take(emulator, since=emulator.output).new == ()


def test_notifications_are_handed_out_once_and_bounded() -> None:
    """A bell in a loop is one bell; a text must not carry controls to a reader."""
    emulator = feed(
        "\a\a\x1b]9;done\u202e\x07\x1b]777;notify;Build;all green; really\x1b\\\a"
    )
    assert emulator.take_notifications() == (
        Notification(kind="bell"),
        Notification(kind="message", body="done"),
        Notification(kind="message", title="Build", body="all green; really"),
    )
    assert emulator.take_notifications() == ()
    emulator.feed("".join(f"\x1b]9;{number}\x07" for number in range(999)).encode())
    assert [each.body for each in emulator.take_notifications()][-1:] == ["998"]
    assert len(feed("\x1b]9;a\x07" * 99).take_notifications()) == 1


@pytest.mark.parametrize(
    ("output", "flags"),
    [
        ("", 0),
        ("\x1b[>1u", 1),
        ("\x1b[=1u", 1),
        ("\x1b[=1;2u", 1),
        ("\x1b[=1u\x1b[=1;3u", 0),
        ("\x1b[=1u\x1b[=0;9u", 1),
        ("\x1b[>31u", 1),
        ("\x1b[>1u\x1b[>0u\x1b[<u", 1),
        ("\x1b[>1u\x1b[<9u", 0),
        ("\x1b[<u", 0),
        ("\x1b[>0u" + "\x1b[>1u" * 99 + "\x1b[<98u", 0),
        ("\x1b[>1u\x1b[?1049h", 0),
        ("\x1b[>1u\x1b[?1049h\x1b[>0u\x1b[?1049l", 1),
        ("\x1b[>1u\x1bc", 0),
    ],
)
def test_flags_of_the_keyboard_are_stacked_for_each_screen(
    output: str, flags: int
) -> None:
    """Keys are encoded by them; an editor that dies leaves the shell's alone."""
    emulator = feed(output)
    assert emulator.keyboard_flags == flags
    assert emulator.modes.keyboard_flags == flags
    emulator.feed(b"\x1b[?u")
    assert emulator.take_replies() == b"\x1b[?%du" % flags


def test_cursor_shape_and_frames_are_known() -> None:
    """A reader that draws needs the shape, and waits while a frame is half drawn."""
    emulator = feed("")
    assert (emulator.cursor_shape, emulator.is_synchronized) == ("default", False)
    emulator.feed(b"\x1b[6 q\x1b[99 q\x1b[?2026h")
    assert (emulator.cursor_shape, emulator.is_synchronized) == ("bar", True)
    emulator.feed(b"\x1b[?2026l\x1bc")
    assert (emulator.cursor_shape, emulator.is_synchronized) == ("default", False)
