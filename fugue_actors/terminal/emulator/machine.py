"""The eager way: output is drawn as it comes. PURE.

`Sequencer` takes the output apart, `Controls` says what each sequence does, `Screen` does it. Most
of what full-screen programs write is text between whole sequences, styles and moves of the cursor:
`Machine.draw` has a short cut for that, past the first. It does what they would do.
"""

from __future__ import annotations

from fugue_actors.terminal.emulator.controls import Controls
from fugue_actors.terminal.emulator.screen import Screen
from fugue_actors.terminal.emulator.sequences import C1, GROUND, Sequencer, split


class Machine:
    """A screen with what draws on it.

    Attributes:
        is_void: Whether the rows that are shown are blanks, which linear output that fills
            the screen waits to replace; see `linear.fold`.
    """

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
        self.is_void = False

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
        runs = split(output, text)
        rest = runs.pop()
        words, sequences = runs[::2], runs[1::2]
        if "\x1b" in "".join(words):
            sequencer.feed(text)
            return
        self.draw(words, sequences)
        if rest:
            sequencer.feed(rest)

    def draw(self, words: list[str], sequences: list[str]) -> None:
        """Draw the text before each sequence, and carry that out, in turn.

        Text in many styles is written as a whole once something other than style follows.
        """
        controls, screen = self.controls, self.screen
        actions = controls.actions
        pen = screen.pen
        text, styles = "", []
        for word, sequence in zip(words, sequences, strict=True):
            if word:
                text += word
                styles += [pen.style] * len(word)
            if sequence[-1] == "m":
                try:
                    pen = pen.after[sequence]
                except KeyError:
                    pen = controls.restyle(pen, sequence)
                continue
            if text:
                screen.write(text, styles)
                text, styles = "", []
            screen.pen = pen
            screen.last = word
            action = actions.get(sequence)
            if action is not None:
                action()
            else:
                controls.carry_out(sequence)
            pen = screen.pen
        if text:
            screen.write(text, styles)
        screen.pen = pen
        if words:
            screen.last = ""
