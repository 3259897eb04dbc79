"""Playing a recording in this terminal, which is given back whatever happens."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import trio

from fugue_actors.drawing import Canvas, Painter
from fugue_actors.recording import theatre
from fugue_actors.tui import abilities
from fugue_actors.tui.events import Key
from fugue_actors.tui.outer import Leave, Repaint, Resized, open_outer

if TYPE_CHECKING:
    from fugue_actors.recording.player import Player
    from fugue_actors.tui.guard import Lifeline
    from fugue_actors.tui.outer import Outer

SHORTEST = 1 / 60
"""Seconds between two pictures."""
LONGEST = 0.5
"""Seconds after which the line below moves on, if nothing else does."""


async def play(lifeline: Lifeline, playing: Player) -> None:
    """Play a recording until it is over or its viewer has had enough."""
    with open_outer(lifeline, mouse=False) as outer:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outer.run)
            await Showing(outer, playing).run()
            nursery.cancel_scope.cancel("the viewer has had enough")


class Showing:
    """One recording on one terminal."""

    def __init__(self, outer: Outer, playing: Player) -> None:
        self.outer = outer
        self.playing = playing
        size = outer.size
        can = abilities.look()
        self.canvas = Canvas(size.columns, size.lines)
        self.painter = Painter(
            size.columns,
            size.lines,
            depth=can.depth,
            has_underlines=can.has_underlines,
            erases_colour=can.erases_colour,
        )

    async def run(self) -> None:
        """Show it, and heed the keys."""
        playing = self.playing
        while not playing.is_over:
            playing.go_on(trio.current_time())
            playing.tape.show(playing.at)
            self.paint()
            wait = playing.wait()
            limit = math.inf if wait is None else max(SHORTEST, min(wait, LONGEST))
            with trio.move_on_after(limit):
                for event in await self.outer.events():
                    self.heed(event)

    def heed(self, event: object) -> None:
        """Something came from the terminal."""
        match event:
            case Key(name=name, kind=kind) if kind != "release":
                self.playing.go_on(trio.current_time())
                self.playing.key(name)
            case Resized(columns=columns, lines=lines):
                self.canvas.resize(columns, lines)
                self.painter.resize(columns, lines)
            case Repaint():
                self.painter.forget()
            case Leave():
                self.playing.is_over = True

    def paint(self) -> None:
        """Have the terminal show the present moment, unless it is still busy."""
        if not self.outer.is_behind:
            cursor = theatre.draw(self.canvas, self.playing)
            self.outer.paint(self.painter.paint(self.canvas, cursor))
