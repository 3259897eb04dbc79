"""What programs say about themselves beside their screen."""

from __future__ import annotations

import base64

import pytest

from fugue_actors.protocol.hosting import Notification, Progress, Prompts
from fugue_actors.terminal import snapshot
from fugue_actors.terminal.emulator import Emulator
from fugue_actors.terminal.emulator.announcements import CLIPBOARD_LIMIT_BYTES


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


def test_the_prompt_for_the_next_line_of_a_command_is_none_of_its_own() -> None:
    """The shell still reads the same command; some mark that prompt, too."""
    emulator = feed("\x1b]133;A\x07$ \x1b]133;B\x07echo '\r\n")
    before = emulator.prompts
    emulator.feed(b"\x1b]133;A;k=s\x07> ")
    assert emulator.prompts.shown == before.shown == 1
    emulator.feed(b"\x1b]133;A;cl=m\x07$ ")
    assert emulator.prompts.shown == 2


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


def test_the_last_notifications_are_kept_each_once() -> None:
    """A bell in a loop is one bell; a text must not carry controls to a reader."""
    emulator = feed(
        "\a\a\x1b]9;done\u202e\x07\x1b]777;notify;Build;all green; really\x1b\\\a"
    )
    assert emulator.notifications == (
        Notification(kind="message", body="done", at=1),
        Notification(kind="message", title="Build", body="all green; really", at=1),
        Notification(kind="bell", at=1),
    )
    emulator.feed("".join(f"\x1b]9;{number}\x07" for number in range(999)).encode())
    kept = [each.body for each in emulator.notifications]
    assert kept == [str(number) for number in range(983, 999)]
    assert len(feed("\x1b]9;a\x07" * 99).notifications) == 1


def test_a_reader_with_a_cursor_gets_only_notifications_that_came_after_it() -> None:
    """One that looks again and again hears each once, a repeated one again."""
    emulator = feed("\a\x1b]9;one\x07")
    first = snapshot.take(emulator)
    assert [each.kind for each in first.notifications] == ["bell", "message"]
    assert snapshot.take(emulator, since=first.next).notifications == ()
    emulator.feed(b"\a")
    again = snapshot.take(emulator, since=first.next)
    assert [each.kind for each in again.notifications] == ["bell"]
    assert len(snapshot.take(emulator).notifications) == 2


def copied(text: bytes | str, selections: str = "c") -> bytes:
    """What a program writes to have a text in the clipboard."""
    raw = text.encode() if isinstance(text, str) else text
    return b"\x1b]52;%b;%b\x1b\\" % (selections.encode(), base64.b64encode(raw))


LARGEST = "x" * CLIPBOARD_LIMIT_BYTES


@pytest.mark.parametrize(
    ("output", "clipboard"),
    [
        (b"", None),
        (copied("mine", ""), "mine"),
        (copied("mine", "ps0"), "mine"),
        (copied("two\n\tlines é 漢"), "two\n\tlines é 漢"),
        (copied("a\x1b]52;c;?\x07b\r\n\x9bc\x7f"), "a]52;c;?b\nc"),
        (copied(LARGEST), LARGEST),
        (copied("mine") + copied(LARGEST + "x"), "mine"),
        (copied("mine") + copied("x" * 10 * CLIPBOARD_LIMIT_BYTES), "mine"),
        (copied("mine") + copied(b"\xff\xfe"), "mine"),
        (copied("mine") + b"\x1b]52;c;bWluZ\x07\x1b]52;c;b$Wlu\x07", "mine"),
        (copied("mine") + b"\x1b]52;c;\xc3\xa9\x07\x1b]52\x07", None),
        (copied("mine") + copied("other", "x"), "mine"),
        (copied("mine") + b"\x1b]52;c;?\x07\x1bc", "mine"),
        (copied("mine") + b"\x1b]52;c;\x07", None),
    ],
)
def test_what_a_program_copies_is_kept_where_that_is_allowed(
    output: bytes, clipboard: str | None
) -> None:
    """Whole and harmless, or not at all; in pieces it is the same."""
    allowing = Emulator(20, 4, has_clipboard=True)
    allowing.feed(output)
    assert allowing.clipboard == clipboard
    in_pieces = Emulator(20, 4, has_clipboard=True)
    for start in range(0, len(output), 999):
        in_pieces.feed(output[start : start + 999])
    assert in_pieces.clipboard == clipboard


def test_each_text_that_is_copied_counts_and_nothing_else() -> None:
    """Who passes them on hears of one that is the same again, and of no query."""
    emulator = Emulator(20, 4, has_clipboard=True)
    for _ in range(2):
        emulator.feed(copied("mine"))
    assert emulator.copies == 2
    emulator.feed(b"\x1b]52;c;?\x07\x1b]52;c;b$Wlu\x07" + copied(LARGEST + "x"))
    assert emulator.copies == 2
    deaf = Emulator(20, 4)
    deaf.feed(copied("mine"))
    assert deaf.copies == 0


def test_no_program_learns_what_is_in_the_clipboard() -> None:
    """Else whatever runs in a pane could read what its user copied elsewhere."""
    emulator = Emulator(20, 4, has_clipboard=True)
    emulator.feed(copied("secret") + b"\x1b]52;c;?\x07")
    assert emulator.take_replies() == b""


def test_a_clipboard_is_ignored_unless_it_is_allowed() -> None:
    """Nothing that merely runs may change what its user pastes."""
    emulator = Emulator(20, 4)
    emulator.feed(copied("sudo reboot"))
    assert emulator.clipboard is None


def test_the_clipboard_is_only_told_to_who_asks_for_it() -> None:
    """A screen that is read every second need not carry it each time."""
    emulator = Emulator(20, 4, has_clipboard=True)
    emulator.feed(copied("mine"))
    assert snapshot.take(emulator).clipboard is None
    assert snapshot.take(emulator, clipboard=True).clipboard == "mine"


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


def test_every_bell_counts() -> None:
    """Those who look on ring once for each, while only the last is kept as a notification."""
    emulator = Emulator(10, 2)
    emulator.feed(b"\a\a\x1b]9;done\a\x1bc\a")
    assert emulator.bells == 3
    assert [each.kind for each in emulator.notifications] == ["message", "bell"]
