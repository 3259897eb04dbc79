"""How often a host looks for what is waited for; the rest is pinned with real hosts."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from fugue_actors.protocol.hosting import ProgramExit, Waited, WaitFor
from fugue_actors.terminal import waits as module
from fugue_actors.terminal.emulator import Emulator
from fugue_actors.terminal.waits import Waits, now

if TYPE_CHECKING:
    from collections.abc import Iterator


class Terminal:
    """A program, and the connection that waits for it."""

    queued_bytes = 0
    has_ended = False

    def __init__(self) -> None:
        self.said: list[object] = []

    def say(self, value: object, *, re: int | None = None) -> None:
        self.said.append(value)


@pytest.fixture
def it() -> Iterator[tuple[Any, Waits]]:
    before = signal.getsignal(signal.SIGVTALRM)
    terminal: Any = Terminal()
    yield terminal, Waits(Emulator(80, 24), terminal)
    signal.signal(signal.SIGVTALRM, before)


def test_looks_are_apart_and_further_if_they_are_expensive(
    it: tuple[Any, Waits],
) -> None:
    """A pattern that is slow, and not hopeless, leaves the host nine tenths of its time."""
    terminal, waits = it
    waits.add(terminal, 1, WaitFor(text="(a+)+$"), None)
    waits.emulator.feed(b"a" * 16 + b"b")
    began = now()
    waits.look(None, began)
    took = now() - began
    assert not terminal.said
    assert waits.rested_at - began > 5 * took
    assert waits.rested_at - began >= module.LOOK_PAUSE
    assert list(waits.deadlines(None)) == []
    waits.emulator.feed(b"c")
    assert list(waits.deadlines(None)) == [waits.rested_at]
    waits.look(None, waits.rested_at - 0.001)
    assert waits.seen != (waits.emulator.output, None)
    waits.look(None, waits.rested_at)
    assert waits.seen == (waits.emulator.output, None)


def test_an_exit_is_looked_at_without_a_pause(it: tuple[Any, Waits]) -> None:
    """Nothing else will happen that could be worth waiting for."""
    terminal, waits = it
    waits.add(terminal, 1, WaitFor(exit=True), None)
    waits.rested_at = now() + 1000
    waits.look(ProgramExit(code=1), now())
    assert terminal.said == [Waited(next=0, exit=ProgramExit(code=1))]


def test_nobody_who_waits_costs_nothing(it: tuple[Any, Waits]) -> None:
    """An idle host sleeps until somebody says something."""
    _, waits = it
    waits.emulator.feed(b"much")
    assert list(waits.deadlines(None)) == []


def test_of_cursors_that_were_handed_out_the_newest_are_known(
    it: tuple[Any, Waits],
) -> None:
    """They are few, however often somebody reads."""
    _, waits = it
    for number in range(100):
        waits.emulator.feed(b"%d " % number)
        waits.hand_out()
    assert len(waits.bookmarks) == module.BOOKMARKS_LIMIT
    assert waits.bookmarks[waits.emulator.output].endswith("98 99")
