"""What the environment says of the outer terminal, and what there is to undo."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from fugue_actors.errors import Refused
from fugue_actors.tui import abilities, restoring
from fugue_actors.tui.restoring import PAGE_BYTES, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOK = "from fugue_actors.tui import abilities; print(abilities.look())"


def look(**environment: str) -> abilities.Abilities:
    """What a new process sees: terminfo is read once for each."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        check=True,
    )
    return eval(done.stdout, {"Abilities": abilities.Abilities})


@pytest.mark.parametrize(
    ("environment", "depth"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, 1 << 24),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, 1 << 24),
        ({"TERM": "xterm-direct"}, 1 << 24),
        ({"TERM": "xterm-256color"}, 256),
        ({"TERM": "linux"}, 8),
        ({"TERM": "vt100"}, 0),
        ({"TERM": "nobody-knows-256color"}, 256),
        ({"TERM": "nobody-knows"}, 8),
        ({}, 8),
    ],
)
def test_colours_are_as_many_as_there_are(
    environment: dict[str, str], depth: int
) -> None:
    """More would be shown wrong, and fewer would be a pity."""
    assert look(**environment).depth == depth


def test_underlines_and_erasing_are_as_the_terminal_has_them() -> None:
    """Where terminfo is silent the program's name helps."""
    assert look(TERM="xterm-256color").erases_colour
    assert not look(TERM="xterm-256color").has_underlines
    assert look(TERM="xterm-256color", VTE_VERSION="7000").has_underlines
    assert look(TERM="xterm-256color", TERM_PROGRAM="WezTerm").has_underlines
    assert look(TERM="tmux-256color").has_underlines


@pytest.mark.parametrize("name", ["", "dumb", "unknown"])
def test_a_terminal_without_a_cursor_is_refused(name: str) -> None:
    """What cannot be drawn on is said at once, not seen as garbage."""
    with pytest.raises(Refused, match="cannot draw"):
        abilities.check_terminal({"TERM": name})
    abilities.check_terminal({"TERM": "xterm"})


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_a_ledger_says_what_was_written_last(texts: list[bytes]) -> None:
    """Shorter and longer ones in turn, empty ones too."""
    ledger = Ledger()
    assert ledger.read() == b""
    for text in texts:
        ledger.write(text)
        assert ledger.read() == text


def test_a_ledger_is_shared_with_a_child_and_outlives_it() -> None:
    """What the guardian reads is what the client wrote before it was killed."""
    ledger = Ledger()
    ledger.write(b"before")
    child = os.fork()
    if not child:
        ledger.write(b"by the child")
        os._exit(0)
    os.waitpid(child, 0)
    assert ledger.read() == b"by the child"


def test_a_ledger_refuses_what_does_not_fit() -> None:
    """Half of what there is to undo would be worse than an error."""
    ledger = Ledger()
    ledger.write(b"x" * 100)
    with pytest.raises(ValueError, match="to undo"):
        ledger.write(b"x" * PAGE_BYTES)
    assert ledger.read() == b"x" * 100


@pytest.fixture
def terminal() -> Iterator[int]:
    """A terminal that is not this process's."""
    outside, inside = pty.openpty()
    yield inside
    os.close(outside)
    os.close(inside)


def test_settings_that_are_still_those_of_attach_are_put_back(terminal: int) -> None:
    """Some shells leave them as they are when a job is killed."""
    before = termios.tcgetattr(terminal)
    restoring.put_settings(terminal, restoring.raw(before))
    assert termios.tcgetattr(terminal) != before
    restoring.restore(terminal, Ledger(), before)
    assert termios.tcgetattr(terminal) == before


def test_settings_that_a_shell_has_made_since_are_left_alone(terminal: int) -> None:
    """A shell that edits its line has settings of its own by then."""
    before = termios.tcgetattr(terminal)
    theirs = termios.tcgetattr(terminal)
    theirs[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, theirs)
    restoring.restore(terminal, Ledger(), before)
    assert termios.tcgetattr(terminal) == theirs


def test_what_is_undone_is_undone_once(terminal: int) -> None:
    """By whoever comes first; the other finds nothing left."""
    ledger = Ledger()
    ledger.write(b"\x1b[?1049l")
    os.set_blocking(terminal, False)
    restoring.restore(terminal, ledger, termios.tcgetattr(terminal))
    assert ledger.read() == b""
