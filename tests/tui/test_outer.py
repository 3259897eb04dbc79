"""The outer terminal in use: its modes, its events, and that it is given back."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from deskkit import Desk, client, is_alive, under_shell

from fugue_actors.tui import restoring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.real


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Starts a client in a terminal of its own."""
    desks: list[Desk] = []

    def start(*options: str, **settings: bool) -> Desk:
        log = tmp_path / f"log-{len(desks)}"
        log.touch()
        desk = Desk(under_shell(client(log, *options)), log, **settings)
        desks.append(desk)
        desk.before = desk.settings  # those of the shell, which waits
        desk.type(b"\n")
        return desk

    yield start
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(start: Callable[..., Desk]) -> Desk:
    """A client without a guardian that has the terminal."""
    desk = start("--alone")
    desk.wait_line("in")
    desk.wait(lambda: desk.emulator.keyboard_flags)
    return desk


def test_the_terminal_is_taken_over_and_given_back(desk: Desk) -> None:
    """Alternate screen, pastes, focus, mouse and keys; afterwards all is as before."""
    assert desk.emulator.is_alternate
    assert desk.has_mode(2004, 1004, 1002, 1006)
    assert desk.settings == restoring.raw(desk.before)
    desk.type(b"d")
    desk.wait(lambda: "drawn" in desk.text)
    desk.wait(lambda: not desk.emulator.is_cursor_visible)
    desk.type(b"q")
    assert desk.wait_end() == 0
    assert desk.is_plain
    assert desk.settings == desk.before
    assert desk.text.strip() == "ended with 7"


def test_what_the_terminal_sends_is_told_in_order(desk: Desk) -> None:
    """Keys, pastes, the mouse and focus, through a real terminal."""
    desk.type(b"a\x1b[Z\x03\x1a\x11\x1b[200~one\r\xc3\xa9\x1b[201~\x1b[<0;3;4M\x1b[I\r")
    expected = [
        "Key(name='a', text='a', kind='press')",
        "Key(name='S-Tab', text='', kind='press')",
        "Key(name='C-c', text='', kind='press')",
        "Key(name='C-z', text='', kind='press')",
        "Key(name='C-q', text='', kind='press')",
        "Paste(text='one\\né', cut=0)",
        "Mouse(kind='press', button=1, x=2, y=3, modifiers=0)",
        "Focus(is_in=True)",
        "Key(name='Enter', text='', kind='press')",
    ]
    desk.wait_line(expected[-1])
    assert desk.lines[-len(expected) :] == expected


def test_escape_is_told_without_a_further_key(desk: Desk) -> None:
    """Nobody presses another key to have the first one noticed."""
    desk.type(b"\x1b")
    desk.wait_line("Key(name='Escape', text='', kind='press')")


def test_a_new_size_is_told(desk: Desk) -> None:
    """Once for each new size, and never for the same."""
    desk.program.setwinsize(30, 100)
    desk.wait_line("Resized(columns=100, lines=30)")
    os.kill(desk.pid("client"), signal.SIGWINCH)
    desk.type(b"a")
    desk.wait_line("Key(name='a', text='a', kind='press')")
    assert sum("Resized" in line for line in desk.lines) == 1


def test_the_mouse_is_told_as_wanted(desk: Desk) -> None:
    """A person may leave it to the terminal, and some programs want each move."""
    desk.type(b"M")
    desk.wait(lambda: desk.has_mode(1003))
    desk.type(b"n")
    desk.wait(lambda: not desk.emulator.modes.mouse)
    desk.type(b"m")
    desk.wait(lambda: desk.has_mode(1002, 1006))
    desk.type(b"Mq")
    desk.wait_end()
    assert desk.is_plain


def test_the_window_is_named_and_gets_its_own_name_back(
    start: Callable[..., Desk],
) -> None:
    """Whoever has many windows finds the right one; nothing in a name is a command."""
    desk = start("--alone")
    desk.emulator.feed(b"\x1b]2;before\x07")
    desk.wait_line("in")
    desk.type(b"t")
    desk.wait(lambda: desk.emulator.title == "one title")
    desk.type(b"q")
    desk.wait_end()
    assert desk.emulator.title == "before"


def test_text_is_copied_to_the_clipboard_of_the_terminal(desk: Desk) -> None:
    """By OSC 52; what is too long for any terminal is not sent at all."""
    desk.type(b"c")
    desk.wait_line("copied False")
    assert "copied True" in desk.lines
    desk.wait(lambda: b"\x1b]52;c;dGV4dA==\x1b\\" in desk.output)
    assert len(desk.output) < 10_000


def test_a_terminal_that_answers_nothing_is_used_and_given_back(
    start: Callable[..., Desk],
) -> None:
    """There are such; then there are no unmistakable keys, and no last answer either."""
    desk = start("--alone", answers=False)
    desk.wait_line("in")
    desk.type(b"\x01q")
    desk.wait_end()
    assert "Key(name='C-a', text='', kind='press')" in desk.lines
    assert desk.is_plain
    assert desk.settings == desk.before


def test_nothing_that_was_on_its_way_ends_up_in_the_shell(
    start: Callable[..., Desk],
) -> None:
    """Moves of the mouse are sent until the terminal has heard that nobody wants them."""
    desk = start("--alone", "--patient")
    desk.wait_line("in")
    desk.wait(lambda: desk.emulator.keyboard_flags)
    desk.answers = False
    desk.type(b"q")
    desk.wait(lambda: not desk.has_mode(1002))
    desk.type(b"\x1b[<35;10;10M\x1b[?62;22c")
    desk.wait_end()
    assert "35;10" not in desk.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_ask_to_leave(desk: Desk, number: signal.Signals) -> None:
    """Ended from elsewhere, it tidies up as ever."""
    os.kill(desk.pid("client"), number)
    desk.wait_end()
    assert desk.is_plain
    assert desk.settings == desk.before
    assert f"Leave(reason='{number.name} came')" in desk.lines
    assert desk.text.strip() == "ended with 3"


def test_a_crash_is_shown_on_a_terminal_that_was_given_back(desk: Desk) -> None:
    """A traceback on the alternate screen in raw mode would be lost."""
    desk.type(b"x")
    desk.wait_end()
    assert desk.is_plain
    assert desk.settings == desk.before
    assert "RuntimeError: as it was told" in desk.text


def test_stopping_with_nobody_to_go_back_to_goes_on(desk: Desk) -> None:
    """A client that is all a terminal runs must not freeze for ever."""
    desk.type(b"z")
    desk.wait_line("Repaint()")
    desk.wait(lambda: desk.has_mode(1002) and desk.emulator.keyboard_flags)
    desk.type(b"q")
    desk.wait_end()
    assert desk.is_plain


def test_a_terminal_that_takes_nothing_stops_nobody(desk: Desk) -> None:
    """Pictures are thrown away, modes are not, and then all is drawn anew."""
    desk.type(b"f")
    desk.wait_line("tick True", reads=False)
    desk.type(b"n")
    desk.wait_line("Repaint()", reads=False)
    assert "written" not in desk.lines
    desk.wait_line("written")
    desk.wait(lambda: not desk.has_mode(1002))
    assert len(desk.output) < 5 * 1024 * 1024
    desk.type(b"q")
    desk.wait_end()
    assert desk.is_plain


def test_a_terminal_that_takes_nothing_does_not_keep_a_client_from_leaving(
    desk: Desk,
) -> None:
    """Ctrl+s, a dead network: it ends, and the terminal's settings are put back."""
    desk.type(b"f")
    desk.wait_line("tick True", reads=False)
    pid = desk.pid("client")
    os.kill(pid, signal.SIGTERM)
    desk.wait(lambda: not is_alive(pid), reads=False)
    assert desk.settings == desk.before


@pytest.mark.parametrize("options", [("--alone",), ()], ids=["alone", "guarded"])
def test_a_client_ends_with_its_terminal(
    start: Callable[..., Desk], options: tuple[str, ...]
) -> None:
    """The window is closed: nothing may be left running, a guardian neither."""
    desk = start(*options)
    desk.wait_line("in")
    desk.wait(lambda: desk.emulator.keyboard_flags)
    pids = [int(line.split()[1]) for line in desk.lines if line[-1].isdigit()]
    assert len(pids) == 2 - len(options)
    desk.program.fileobj.close()
    desk.program.closed = True
    desk.is_over = True
    desk.wait(lambda: not any(map(is_alive, pids)))
    assert any(line.startswith("Leave(") for line in desk.lines)
