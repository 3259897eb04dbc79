"""The eager way: output is drawn as it comes. PURE.

`Sequencer` takes the output apart, `Controls` says what each sequence does, `Screen` does it. Most
of what full-screen programs write is narrow text between whole sequences, styles and moves of the
cursor: `Machine.draw` has a short cut for that, past all three. It does what they would do.
"""

from __future__ import annotations

import re

from fugue_actors.terminal.emulator.characters import NARROW
from fugue_actors.terminal.emulator.controls import Controls
from fugue_actors.terminal.emulator.screen import Screen
from fugue_actors.terminal.emulator.sequences import C1, GROUND, SEQUENCES, Sequencer

PLACE = re.compile(r"\x1b\[([0-9]{1,4});([0-9]{1,4})H")


class Machine:
    """A screen with what draws on it."""

    def __init__(
        self,
        columns: int,
        lines: int,
        *,
        history_lines: int,
        has_clipboard: bool = False,
    ) -> None:
        self.screen = Screen(columns, lines, history_lines=history_lines)
        self.controls = Controls(self.screen, has_clipboard=has_clipboard)
        self.sequencer = Sequencer(self.controls)

    @property
    def is_linear(self) -> bool:
        """Whether lines of text mean nothing but themselves now."""
        return self.sequencer.state == GROUND and self.screen.is_linear

    def feed(self, output: bytes) -> None:
        """Draw output that ends with a whole character."""
        text = output.decode("utf-8", "replace")
        sequencer = self.sequencer
        if not text.isascii() and C1.search(text):
            sequencer.feed(text)
            return
        if sequencer.state != GROUND:
            text = text[sequencer.leave(text) :]
        runs = SEQUENCES.split(text)
        last = runs.pop()
        self.draw(runs[::2], runs[1::2])
        if last:
            sequencer.feed(last)

    def draw(self, runs: list[str], sequences: list[str]) -> None:
        """Draw what is between sequences, and carry out the sequences, in turn."""
        sequencer, controls, screen = self.sequencer, self.controls, self.screen
        cursor, actions = screen.cursor, controls.actions
        for run, sequence in zip(runs, sequences, strict=True):
            if run:
                x = cursor.x
                end = x + len(run)
                if (
                    end <= screen.columns
                    and screen.is_simple
                    and (run.isprintable() if run.isascii() else NARROW.fullmatch(run))
                ):
                    row = screen.buffer[cursor.y]
                    row.changed = screen.moment
                    glyphs = row.glyphs
                    if row.odd or x > len(glyphs):
                        row.write(x, run, screen.pen.style)
                    else:
                        row.styles[x:end] = [screen.pen.style] * len(run)
                        row.glyphs = glyphs[:x] + run + glyphs[end:]
                    cursor.x = end
                    screen.last = run
                else:
                    sequencer.feed(run)
                    if sequencer.state != GROUND:
                        sequencer.feed(sequence)
                        continue
            if sequence[-1] == "m":
                pen = screen.pen.after.get(sequence)
                screen.pen = controls.restyle(sequence) if pen is None else pen
            else:
                action = actions.get(sequence)
                if action is not None:
                    action()
                elif place := PLACE.fullmatch(sequence):
                    # There are too many to keep them all.
                    screen.cursor_position(int(place[1]), int(place[2]))
                else:
                    controls.resolve(sequence)()
            screen.last = ""
