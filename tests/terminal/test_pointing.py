"""The mouse and focus as programs asked for them: nothing else, and nothing lost."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, strategies as st

from fugue_actors.protocol.hosting import Modes, MouseAction, TypeInput
from fugue_actors.terminal import pointing
from fugue_actors.terminal.emulator import Emulator
from fugue_actors.tui.inputs import InputParser

PRESS = MouseAction(kind="press", button=1, x=2, y=3)
RELEASE = MouseAction(kind="release", button=3, x=2, y=3)
DRAG = MouseAction(kind="move", button=2, x=2, y=3)
MOVE = MouseAction(kind="move", button=0, x=2, y=3)
WHEEL = MouseAction(kind="wheel", button=5, x=2, y=3)
BACK = MouseAction(kind="press", button=8, x=2, y=3)
FAR = MouseAction(kind="press", button=1, x=300, y=3)


def modes_after(text: str) -> Modes:
    """What a program has asked for that wrote this."""
    emulator = Emulator(80, 24)
    emulator.feed(text.replace("^", "\x1b[?").encode())
    return emulator.modes


def told(asked: str, *actions: MouseAction, focus: bool | None = None) -> bytes:
    """What a program is told that asked so."""
    return pointing.encode(TypeInput(mouse=actions, focus=focus), modes_after(asked))


@pytest.mark.parametrize(
    ("asked", "action", "expected"),
    [
        ("", PRESS, b""),
        ("^9h", PRESS, b"\x1b[M #$"),
        ("^9h", attrs.evolve(PRESS, modifiers=7), b"\x1b[M #$"),
        ("^9h", RELEASE, b""),
        ("^9h", WHEEL, b""),
        ("^1000h", PRESS, b"\x1b[M #$"),
        ("^1000h", RELEASE, b"\x1b[M##$"),
        ("^1000h", WHEEL, b"\x1b[Ma#$"),
        ("^1000h", BACK, b"\x1b[M\xa0#$"),
        ("^1000h", DRAG, b""),
        ("^1000h", attrs.evolve(PRESS, modifiers=4), b"\x1b[M0#$"),
        ("^1002h", DRAG, b"\x1b[MA#$"),
        ("^1002h", MOVE, b""),
        ("^1003h", MOVE, b"\x1b[MC#$"),
        ("^1000h", FAR, b""),
        ("^1000h^1005h", FAR, b"\x1b[M \xc5\x8d$"),
        ("^1000h^1005h", attrs.evolve(FAR, x=2015), b""),
        ("^1000h^1015h", PRESS, b"\x1b[32;3;4M"),
        ("^1000h^1015h", RELEASE, b"\x1b[35;3;4M"),
        ("^1000h^1006h", PRESS, b"\x1b[<0;3;4M"),
        ("^1000h^1006h", RELEASE, b"\x1b[<2;3;4m"),
        ("^1000h^1006h", WHEEL, b"\x1b[<65;3;4M"),
        ("^1000h^1006h", FAR, b"\x1b[<0;301;4M"),
        ("^1003h^1006h", MOVE, b"\x1b[<35;3;4M"),
        ("^1000h^1006h", attrs.evolve(PRESS, modifiers=1), b"\x1b[<4;3;4M"),
        ("^1000h^1006h", attrs.evolve(PRESS, modifiers=2), b"\x1b[<8;3;4M"),
        ("^1000h^1005h^1006h", PRESS, b"\x1b[<0;3;4M"),
        ("^1000h^1006h^1006l", PRESS, b"\x1b[M #$"),
        ("^1003h^1000h^1006h", MOVE, b""),
        ("^1000h^1000l^1006h", PRESS, b""),
        # What there are no pixels for
        ("^1000h^1016h", PRESS, b"\x1b[M #$"),
    ],
)
def test_the_mouse_is_told_as_the_program_asked(
    asked: str, action: MouseAction, expected: bytes
) -> None:
    """Every mode and encoding, as xterm has them: programs read nothing else."""
    assert told(asked, action) == expected


@pytest.mark.parametrize(
    ("asked", "action", "expected"),
    [
        ("^1049h", WHEEL, b"\x1b[B" * 3),
        ("^1049h", attrs.evolve(WHEEL, button=4), b"\x1b[A" * 3),
        ("^1049h^1h", WHEEL, b"\x1bOB" * 3),
        ("^1049h", attrs.evolve(WHEEL, button=6), b""),
        ("^1049h", PRESS, b""),
        ("^1049h^1007l", WHEEL, b""),
        ("^1049h^1000h^1006h", WHEEL, b"\x1b[<65;3;4M"),
        ("^1049h^1049l", WHEEL, b""),
        ("", WHEEL, b""),
    ],
)
def test_the_wheel_is_arrow_keys_to_full_screen_programs_without_a_mouse(
    asked: str, action: MouseAction, expected: bytes
) -> None:
    """So pagers scroll; a shell would go through its history instead."""
    assert told(asked, action) == expected


def test_programs_can_ask_whether_the_wheel_is_arrow_keys() -> None:
    """DECRQM of mode 1007: set from the start."""
    emulator = Emulator(80, 24)
    emulator.feed(b"\x1b[?1007$p\x1b[?1007l\x1b[?1007$p\x1b[?1016$p")
    assert emulator.take_replies() == b"\x1b[?1007;1$y\x1b[?1007;2$y\x1b[?1016;0$y"


def test_focus_is_told_to_programs_that_asked() -> None:
    """To others it would be keys."""
    assert told("^1004h", focus=True) == b"\x1b[I"
    assert told("^1004h", focus=False) == b"\x1b[O"
    assert told("^1004h") == b""
    assert told("", focus=True) == b""
    assert told("^1000h^1004h", PRESS, focus=True) == b"\x1b[M #$\x1b[I"


ACTIONS = st.one_of(
    st.tuples(st.sampled_from(["press", "release"]), st.sampled_from([1, 2, 3, 8, 11])),
    st.tuples(st.just("move"), st.sampled_from([0, 1, 2, 3])),
    st.tuples(st.just("wheel"), st.integers(4, 7)),
)


@given(ACTIONS, st.integers(0, 999), st.integers(0, 999), st.integers(0, 7))
def test_what_attach_reads_of_its_terminal_is_what_programs_are_told(
    action: tuple[str, int], x: int, y: int, modifiers: int
) -> None:
    """Parser and encoder are written apart: through both nothing changes."""
    kind, button = action
    pressed = MouseAction(kind=kind, button=button, x=x, y=y, modifiers=modifiers)
    (event,) = InputParser().feed(told("^1003h^1006h", pressed))
    told_of = attrs.asdict(event)
    assert told_of.pop("clicks") == 1
    assert told_of == attrs.asdict(pressed)
