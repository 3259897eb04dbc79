"""The mouse in copy mode: it puts the cursor, selects while it is dragged, and scrolls. Pure.

What was dragged over is copied when the button is let go, and so is the word of a double
click and the line of a triple one; then copy mode is over, as in tmux.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.tui.events import LEFT, WHEEL_DOWN, WHEEL_UP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.tui.copying.mode import CopyMode
    from fugue_actors.tui.events import Mouse
    from fugue_actors.tui.modes import Action

WHEEL_ROWS: Final = 5


class Mousing:
    """What the mouse has begun.

    Args:
        mode: Whose mouse it is.

    Attributes:
        clicks: How many clicks the button that is down is the last of; 0 if none is.
        is_dragged: Whether it has moved since.
    """

    def __init__(self, mode: CopyMode) -> None:
        self.mode = mode
        self.clicks = 0
        self.is_dragged = False

    def take(self, mouse: Mouse) -> Iterator[Action]:
        """What is to happen when the mouse did something."""
        mode = self.mode
        if mouse.kind == "wheel" and mouse.button in (WHEEL_UP, WHEEL_DOWN):
            name = "scroll-up" if mouse.button == WHEEL_UP else "scroll-down"
            yield from mode.give(name, count=WHEEL_ROWS)
        elif mouse.button != LEFT:
            return
        elif mouse.kind == "press":
            yield from self.press(mouse)
        elif mouse.kind == "move" and self.clicks:
            if not self.is_dragged:
                self.is_dragged = True
                if self.clicks == 1:
                    yield from mode.give("begin-selection")
            yield from mode.give("cursor-to", str(mouse.x), str(mouse.y))
        elif mouse.kind == "release" and self.clicks:
            if self.is_dragged or self.clicks > 1:
                yield from mode.give("copy-selection-and-cancel")
            self.clicks = 0

    def press(self, mouse: Mouse) -> Iterator[Action]:
        """The button goes down."""
        mode = self.mode
        self.clicks, self.is_dragged = min(mouse.clicks, 3), False
        if mode.machine is not None and mode.machine.state.selection is not None:
            yield from mode.give("clear-selection")
        yield from mode.give("cursor-to", str(mouse.x), str(mouse.y))
        if self.clicks > 1:
            yield from mode.give("select-word" if self.clicks == 2 else "select-line")
