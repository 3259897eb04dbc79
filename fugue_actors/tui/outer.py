"""The outer terminal: raw, with its modes, as long as attach runs.

1. Whatever is changed of it goes into the ledger first, and is undone in reverse order,
   whoever has to do it (`restoring`, `guard`).
2. Nothing waits for the terminal (`output`): if it is far behind pictures are thrown away, and
   `Repaint` asks for a new one.
3. Signals are events. SIGTSTP stops this program as `suspend` does; ctrl+z is a key.

`with open_outer() as outer` changes the terminal, `outer.run` listens to it.
"""

from __future__ import annotations

import base64
import math
import os
import signal
import termios
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs
import trio

from fugue_actors.tui import guard, restoring
from fugue_actors.tui.changes import (
    ALTERNATE,
    ASK,
    CLEAR,
    DESCRIBE,
    FOCUS,
    KITTY,
    LOOKS,
    MOUSE,
    MOUSE_OFF,
    OTHER_KEYS,
    PASTES,
    TITLE,
)
from fugue_actors.tui.events import Event, Report
from fugue_actors.tui.inputs import InputParser
from fugue_actors.tui.output import Output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.tui.changes import Mode

READ_BYTES = 65536
CLIPBOARD_LIMIT_BYTES = 1024 * 1024
FAREWELL_PATIENCE = 0.5
"""Seconds to wait for the terminal's last answer, so that it does not end up in the shell."""
USUAL_SIZE = (80, 24)
LEAVING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@attrs.frozen
class Resized:
    """The terminal has this size in cells."""

    columns: int
    lines: int


@attrs.frozen
class Repaint:
    """Nobody knows what the terminal shows: draw all of it."""


@attrs.frozen
class Leave:
    """It is time to end; `reason` says why, in words for a person."""

    reason: str


OuterEvent = Event | Resized | Repaint | Leave


class Outer:
    """The outer terminal, in use.

    Args:
        lifeline: The terminal, and the guardian if there is one.
    """

    def __init__(self, lifeline: guard.Lifeline) -> None:
        self.lifeline = lifeline
        self.terminal = lifeline.terminal
        self.title = ""
        self.modes: list[Mode] = []
        self.mouse: Mode | None = None
        self.answers = False
        self.parser = InputParser(backspace=ord(lifeline.settings[6][termios.VERASE]))
        self.arrived: deque[OuterEvent] = deque()
        self.has_arrived = trio.Event()
        self.was_taken = trio.Event()
        self.known_size = self.size
        self.output = Output(
            self.terminal,
            on_dropped=lambda: self.give(Repaint()),
            on_lost=lambda: self.give(Leave("the terminal is gone")),
        )

    # Entering and leaving

    def enter(self) -> None:
        """Take the terminal over."""
        self.set_raw()
        title, self.title = self.title, ""
        self.modes = []
        for mode in (TITLE, ALTERNATE, LOOKS, PASTES, FOCUS):
            self.turn_on(mode)
        if self.mouse is not None:
            self.turn_on(self.mouse)
        if title:
            self.set_title(title)
        self.send(ASK)

    def set_raw(self) -> None:
        """Get each byte as it is."""
        restoring.put_settings(self.terminal, restoring.raw(self.lifeline.settings))

    def leave(self) -> None:
        """Give the terminal back as it was. Takes `restoring.PATIENCE` at most."""
        self.output.break_off()  # what it did not take is not needed any more
        ledger = self.lifeline.ledger
        if undo := ledger.read():
            is_taken = restoring.write_within(self.terminal, CLEAR + undo)
            ledger.write(b"")
            if is_taken and self.answers:
                self.hear_last_answer()
        restoring.restore(self.terminal, ledger, self.lifeline.settings)
        self.modes = []

    def hear_last_answer(self) -> None:
        """Read what is still on its way, as moves of the mouse, up to a last answer."""
        restoring.write_within(self.terminal, DESCRIBE)
        parser = InputParser()
        for data in restoring.read_within(self.terminal, FAREWELL_PATIENCE):
            for event in parser.feed(data):
                if isinstance(event, Report) and event.kind == "attributes":
                    return

    def suspend(self) -> None:
        """Stop, as ctrl+z stops other programs; returns when somebody lets it go on."""
        self.leave()
        before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        # This does nothing if there is nobody to go back to.
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, before)
        self.enter()
        self.give(Repaint())
        self.notice_size()

    def go_on(self) -> None:
        """Somebody let this program go on; it may have been stopped without being asked."""
        if self.lifeline.ledger.read():
            self.set_raw()
        else:
            self.enter()
        self.give(Repaint())
        self.notice_size()

    # What is changed of the terminal

    def turn_on(self, mode: Mode) -> None:
        """Change something; first of all say how to undo it."""
        self.modes.append(mode)
        self.tell_ledger()
        self.send(mode.on)

    def tell_ledger(self) -> None:
        """Say what there is to undo."""
        self.lifeline.ledger.write(b"".join(mode.off for mode in self.modes[::-1]))

    def use_mouse(self, wanted: bool, *, moves: bool = False) -> None:
        """Have the mouse told, or left to the terminal.

        Args:
            wanted: Whether it is told.
            moves: Whether moves are told while no button is held.
        """
        mode = MOUSE[moves] if wanted else None
        if mode is self.mouse:
            return
        if self.mouse is not None:
            self.modes.remove(self.mouse)
        self.mouse = mode
        if mode is not None:
            self.turn_on(mode)
        else:
            self.send(MOUSE_OFF)
            self.tell_ledger()

    def set_title(self, text: str) -> None:
        """Name the terminal's window."""
        if text == self.title:
            return
        self.title = text
        printable = "".join(filter(str.isprintable, text))
        self.say(b"\x1b]2;%s\x1b\\" % printable.encode("utf-8", "replace"))

    def copy(self, text: str) -> bool:
        """Put text on the clipboard, if the terminal allows it (OSC 52).

        Returns:
            False if it is too long for any terminal.
        """
        data = text.encode("utf-8", "replace")
        if len(data) > CLIPBOARD_LIMIT_BYTES:
            return False
        self.say(b"\x1b]52;c;%s\x1b\\" % base64.b64encode(data))
        return True

    def ring(self) -> None:
        """Sound the bell."""
        self.say(b"\a")

    @property
    def size(self) -> Resized:
        """The size in cells; the usual one if the terminal does not know."""
        try:
            columns, lines = os.get_terminal_size(self.terminal)
        except OSError:
            columns, lines = 0, 0
        return Resized(columns or USUAL_SIZE[0], lines or USUAL_SIZE[1])

    # Writing

    def paint(self, picture: bytes) -> None:
        """Write a picture, or what of it has changed, without waiting.

        If the terminal is far behind it is thrown away; `Repaint` says so.
        """
        self.output.write(picture, may_drop=True)

    def say(self, data: bytes) -> None:
        """Write something that is thrown away as pictures are."""
        self.output.write(data, may_drop=True)

    def send(self, data: bytes) -> None:
        """Write a change of modes, which must not get lost."""
        self.output.write(data, may_drop=False)

    @property
    def is_behind(self) -> bool:
        """Whether the terminal has not taken all yet; the next picture had better wait."""
        return self.output.backlog_bytes > 0

    async def wait_written(self) -> None:
        """Wait until the terminal has taken all."""
        await self.output.is_written.wait()

    # Events

    async def run(self) -> None:
        """Listen to terminal, signals and guardian until cancelled, in the main thread."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.read)
            nursery.start_soon(self.output.run)
            nursery.start_soon(self.heed_signals)
            if self.lifeline.pipe >= 0:
                nursery.start_soon(self.mind_guardian)

    async def events(self) -> list[OuterEvent]:
        """What has happened since, at least one thing, in order. One task may ask."""
        while not self.arrived:
            self.has_arrived = trio.Event()
            await self.has_arrived.wait()
        events = list(self.arrived)
        self.arrived.clear()
        self.was_taken.set()
        return events

    def give(self, event: OuterEvent) -> None:
        """Something has happened; of what is not the keyboard's only the last counts."""
        if isinstance(event, Resized | Repaint | Leave):
            kept = [other for other in self.arrived if type(other) is not type(event)]
            self.arrived = deque(kept)
        self.arrived.append(event)
        self.has_arrived.set()

    async def read(self) -> None:
        """Read what the terminal sends, as fast as events are taken."""
        while not self.output.is_lost:
            patience = self.parser.patience
            with trio.move_on_after(math.inf if patience is None else patience) as wait:
                await trio.lowlevel.wait_readable(self.terminal)
            if wait.cancelled_caught:
                self.hear(self.parser.flush())
            else:
                self.hear(self.parser.feed(self.read_some()))
            while self.arrived:
                self.was_taken = trio.Event()
                await self.was_taken.wait()

    def read_some(self) -> bytes:
        """What has come; nothing if the terminal is gone."""
        try:
            data = os.read(self.terminal, READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self.output.lose()
        return data

    def hear(self, events: list[Event]) -> None:
        """Act on answers; all else is for others."""
        for event in events:
            if isinstance(event, Report):
                self.learn(event)
            self.give(event)

    def learn(self, report: Report) -> None:
        """Use what the terminal turns out to be able to."""
        if report.kind == "keyboard" and KITTY not in self.modes:
            self.turn_on(KITTY)
        elif report.kind == "attributes":
            self.answers = True
            if not (KITTY in self.modes or OTHER_KEYS in self.modes):
                self.turn_on(OTHER_KEYS)

    async def heed_signals(self) -> None:
        """Turn signals into events."""
        wanted = (*LEAVING, signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)
        with trio.open_signal_receiver(*wanted) as signals:
            async for number in signals:
                if number == signal.SIGWINCH:
                    self.notice_size()
                elif number == signal.SIGTSTP:
                    self.suspend()
                elif number == signal.SIGCONT:
                    self.go_on()
                else:
                    self.give(Leave(f"{signal.Signals(number).name} came"))

    def notice_size(self) -> None:
        """Tell if the size is another one."""
        size = self.size
        if size != self.known_size:
            self.known_size = size
            self.give(size)

    async def mind_guardian(self) -> None:
        """Leave if the guardian is gone."""
        await trio.lowlevel.wait_readable(self.lifeline.pipe)
        self.give(Leave("its guardian was killed"))


@contextmanager
def open_outer(
    lifeline: guard.Lifeline | None = None, *, mouse: bool = True
) -> Iterator[Outer]:
    """The outer terminal, taken over; given back on leaving, whatever happens.

    Args:
        lifeline: As from `guard.stand`; by default there is no guardian.
        mouse: Whether the mouse is told at the start.

    Raises:
        Refused: `InvalidArgument`: there is no terminal.
    """
    outer = Outer(lifeline or guard.alone())
    outer.mouse = MOUSE[False] if mouse else None
    try:
        outer.enter()
        yield outer
    finally:
        outer.leave()
        if lifeline is None:
            os.close(outer.terminal)
