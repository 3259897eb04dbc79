"""The eager way: output is drawn as it comes. PURE.

`Sequencer` takes the output apart, `Controls` says what each sequence does, `Screen` does it.
"""

from __future__ import annotations

from fugue_actors.terminal.emulator.controls import Controls
from fugue_actors.terminal.emulator.screen import Screen
from fugue_actors.terminal.emulator.sequences import GROUND, Sequencer


class Machine:
    """A screen with what draws on it."""

    def __init__(self, columns: int, lines: int, *, history_lines: int) -> None:
        self.screen = Screen(columns, lines, history_lines=history_lines)
        self.controls = Controls(self.screen)
        self.sequencer = Sequencer(self.controls)

    def feed(self, output: bytes) -> None:
        """Draw output that ends with a whole character."""
        self.sequencer.feed(output.decode("utf-8", "replace"))

    @property
    def is_linear(self) -> bool:
        """Whether lines of text mean nothing but themselves now."""
        return self.sequencer.state == GROUND and self.screen.is_linear
