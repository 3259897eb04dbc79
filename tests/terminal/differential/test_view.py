"""The comparison itself: it must see every kind of difference."""

from __future__ import annotations

import pytest
from terminalview import PLAIN, Look, differences, emulated
from tmuxjudge import Server, parsed

from fugue_actors.terminal.emulator import Emulator

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("there", "here"),
    [
        ("a", "b"),
        ("a", "\x1b[1ma"),
        ("\x1b[31m \x1b[m", "\x1b[41m \x1b[m"),
        ("\x1b[41m\x1b[K", "\x1b[42m\x1b[K"),
        ("a\x1b[3C", "a\x1b[4C"),
        ("a", "\x1b[?25la"),
        ("a", "\x1b[?1ha"),
        ("a", "\x1b=a"),
        ("a", "\x1b[?1002ha"),
        ("a", "\x1b[?1049ha"),
        ("a", "\x1b]2;title\x07a"),
        ("\n" * 9 + "a", "x" + "\n" * 9 + "\ra"),
    ],
)
def test_what_differs_is_seen(tmux: Server, there: str, here: str) -> None:
    """A judge that overlooks something would pass anything."""
    with tmux.pane(20, 6) as pane:
        pane.feed(there.encode())
        pane.settle()
        view = pane.view()
    same, other = Emulator(20, 6), Emulator(20, 6)
    same.feed(there.encode())
    other.feed(here.encode())
    assert not differences(view, emulated(same))
    assert differences(view, emulated(other))


def test_a_capture_is_read_as_tmux_writes_it() -> None:
    """Looks go on from row to row; line drawing comes between shifts."""
    capture = b"a\x1b[1;38;5;196mb\nc\x1b[0;4:3m\x1b[58;5;1m\x0eq\x0f\x1b[0m\x1b[48;2;1;2;3m \n"
    red = Look(fg="ff0000", attributes=frozenset({"bold"}))
    assert parsed(capture) == [
        [("a", PLAIN), ("b", red)],
        [("c", red), ("─", Look(underline=3, line="red")), (" ", Look(bg="010203"))],
    ]
