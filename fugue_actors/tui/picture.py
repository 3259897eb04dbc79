"""The picture of a client: drawn when something is new, and sent as it is taken.

One picture is drawn for all that has happened by then, and the next one not before the
terminal has taken it. What is shown only for a while ends here, too; when nothing is to
end, nothing runs but for the clock once a minute.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import trio

from fugue_actors.drawing import Canvas, Painter
from fugue_actors.tui import abilities, sizing, status, view
from fugue_actors.tui.state import Shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.drawing import Cursor
    from fugue_actors.errors import FugueError
    from fugue_actors.tui.modes import Mode
    from fugue_actors.tui.outer import Outer
    from fugue_actors.tui.state import State

NOTICE_SECONDS: Final = 4.0
ERROR_SECONDS: Final = 8.0
MINUTE: Final = 60.0
MOST_SAID: Final = 200


class Picture:
    """See the module's docstring.

    Args:
        state: What is drawn.
        outer: Where it is shown.
        on_drawn: Called with each picture: modes may have come to show other screens.
    """

    def __init__(
        self, state: State, outer: Outer, on_drawn: Callable[[], None]
    ) -> None:
        self.state = state
        self.outer = outer
        self.on_drawn = on_drawn
        self.canvas = Canvas(state.columns, state.lines)
        can = abilities.look()
        self.painter = Painter(
            state.columns,
            state.lines,
            depth=can.depth,
            has_underlines=can.has_underlines,
            erases_colour=can.erases_colour,
        )
        self.news = trio.Event()
        self.expiries: dict[int, float] = {}

    async def run(self) -> None:
        """Draw what has changed, whenever something has, until cancelled."""
        while True:
            self.news = trio.Event()
            self.expire()
            self.outer.paint(self.painter.paint(self.canvas, self.draw()))
            await self.outer.wait_written()
            with trio.move_on_at(self.next_expiry()):
                await self.news.wait()

    def draw(self) -> Cursor | None:
        """Draw the state; returns the cursor."""
        window = self.state.window
        if window is not None:
            self.state.offsets[window["window_id"]] = sizing.pan(self.state)
        cursor = view.draw(self.state, self.canvas)
        self.outer.set_title(status.title(self.state))
        self.on_drawn()
        return cursor

    def mark(self) -> None:
        """Have another one drawn."""
        self.news.set()

    def resize(self, columns: int, lines: int) -> None:
        """The terminal has another size."""
        self.state.columns, self.state.lines = columns, lines
        self.canvas.resize(columns, lines)
        self.painter.resize(columns, lines)
        self.mark()

    def forget(self) -> None:
        """Nobody knows what the terminal shows."""
        self.painter.forget()
        self.mark()

    # ---- what is shown only for a while

    def say(
        self, text: str, *, is_error: bool = False, pane_id: str | None = None
    ) -> None:
        """Say something in the status line, and in the pane that it is about."""
        seconds = ERROR_SECONDS if is_error else NOTICE_SECONDS
        until = trio.current_time() + seconds
        self.state.shown = Shown(text, is_error, until, pane_id)
        self.state.said = [*self.state.said, text][-MOST_SAID:]
        self.mark()

    def tell(self, error: FugueError) -> None:
        """Say what went wrong, and what to do about it."""
        text = error.message if error.hint is None else f"{error.message}: {error.hint}"
        self.say(text, is_error=True)

    def open(self, mode: Mode, pane_id: str | None) -> None:
        """Begin a mode."""
        state = self.state
        if mode.place == "line":
            state.line = mode
        elif mode.place in ("window", "over"):
            state.overlay = mode
        elif (where := pane_id or state.pane_id) is not None:
            state.pane_modes[where] = mode
        if mode.expires is not None:
            self.expiries[id(mode)] = trio.current_time() + mode.expires
        self.mark()

    def close(self, mode: Mode) -> None:
        """End a mode."""
        self.expiries.pop(id(mode), None)
        self.state.close(mode)
        self.mark()

    def expire(self) -> None:
        """End what has been there long enough."""
        state, now = self.state, trio.current_time()
        state.clock = time.strftime("%H:%M")
        shown = state.shown
        if shown is not None and shown.until is not None and shown.until <= now:
            state.shown = None
        for mode in [*state.modes()]:
            if self.expiries.get(id(mode), now + 1) <= now:
                self.close(mode)

    def next_expiry(self) -> float:
        """When something ends, or the clock goes on."""
        times = [
            trio.current_time() + MINUTE - time.time() % MINUTE,
            *self.expiries.values(),
        ]
        shown = self.state.shown
        if shown is not None and shown.until is not None:
            times.append(shown.until)
        return min(times)
