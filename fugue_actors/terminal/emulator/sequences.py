"""Splitting terminal output into text, controls and sequences. PURE.

1. The result does not depend on how the input was split.
2. Sequences nobody knows are delivered like all others; whoever receives them ignores them whole.
   Nothing of a sequence is ever delivered as text.
3. A control character inside a sequence is delivered at once, ESC begins anew, CAN and SUB give up.
4. Memory is bounded: sequences beyond `PARAMETERS_LIMIT` and bodies beyond `BODY_LIMIT` make a
   sequence void; it is still consumed to its end.
5. C1 controls (U+0080 to U+009F) are taken for the two-character forms they abbreviate.

Enter at `Sequencer.feed`, one character after the other. Whoever has much output takes it apart by
`split` first and leaves to the states what is cut by the end of a piece, or odd.
"""

from __future__ import annotations

import re
from typing import Protocol

PARAMETERS_LIMIT = 256
BODY_LIMIT = 140 * 1024
"""Room for 100 KiB in base64: the longest that means anything is a clipboard."""

C1 = re.compile("[\x80-\x9f]")
TEXT = re.compile("[^\x00-\x1f\x7f]+")
BEGUN_BY_ESC = (
    "\x1b(?:"
    "\\[[0-?]*+[ -/]*+[@-~]"  # a control sequence
    "|[ -/]++[0-~]|[0-OQ-WYZ\\\\`-jl-~]"  # an escape sequence
    "|][^\x07\x18\x1a\x1b]*+(?:\x07|\x1b\\\\)"  # a string that BEL may end, too
    "|[P_^Xk][^\x18\x1a\x1b]*+\x1b\\\\)"  # another string
)
SEQUENCES = re.compile(f"({BEGUN_BY_ESC})")
WHOLE = re.compile(f"({BEGUN_BY_ESC}|\r\n|[\x00-\x1a\x1c-\x1f\x7f])")
NO_CONTROLS = bytes([27, *range(32, 127), *range(128, 256)])
PARAMETERS = re.compile("[ -?]+")
INTERMEDIATES = re.compile("[ -/]+")
BODY = re.compile("[^\x07\x18\x1a\x1b]+")
PARTS = re.compile("\x1b\\[([<-?]?)([0-;]*)([ -/]*)([@-~])")

GROUND, ESCAPE, SEQUENCE, STRING, STRING_ESCAPE = range(5)
STRINGS = "]P_^Xk"
"""What opens a string after ESC: OSC, DCS, APC, PM, SOS, and the window name of `screen`."""


class Receiver(Protocol):
    """What is told about the output."""

    def text(self, text: str) -> None:
        """Printable characters, at least one."""

    def control(self, control: str) -> None:
        """One of the C0 controls or DEL."""

    def escape(self, intermediates: str, final: str) -> None:
        """ESC, maybe some of space to slash, and one final character."""

    def sequence(self, sequence: str) -> None:
        """A whole control sequence, from ESC to its final character; see `parts_of`."""

    def string(self, kind: str, body: str) -> None:
        """A finished control string; `kind` is one of `STRINGS`."""


class Sequencer:
    """The state between two pieces of output.

    Args:
        receiver: Is called while feeding.
    """

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.state = GROUND
        self.kind = ""
        self.parts: list[str] = []
        self.size = 0

    def feed(self, text: str) -> None:
        """Take in the next piece of output, one thing after the other."""
        if not text.isascii() and C1.search(text):
            text = C1.sub(lambda match: "\x1b" + chr(ord(match[0]) - 0x40), text)
        position = 0
        while position < len(text):
            if self.state != GROUND:
                position = self.step(text, position)
            elif match := TEXT.match(text, position):
                self.receiver.text(match[0])
                position = match.end()
            else:
                self.control(text[position])
                position += 1

    def leave(self, text: str) -> int:
        """Go on within a sequence to its end; the position behind it."""
        position = 0
        while position < len(text) and self.state != GROUND:
            position = self.step(text, position)
        return position

    def step(self, text: str, position: int) -> int:
        """Go on within a sequence; the position after what was consumed."""
        character = text[position]
        if self.state == STRING:
            if match := BODY.match(text, position):
                self.collect(match[0], BODY_LIMIT)
                return match.end()
            if character == "\x1b":
                self.state = STRING_ESCAPE
            elif character != "\x07":
                self.state = GROUND  # CAN, SUB
            elif self.kind == "]":
                self.finish_string()
            else:
                self.collect(character, BODY_LIMIT)
            return position + 1
        if self.state == STRING_ESCAPE:
            if character == "\\":
                self.finish_string()
                return position + 1
            self.begin(ESCAPE)
            return position
        if character < " " or character == "\x7f":
            self.control(character)
            return position + 1
        if character > "~":
            self.state = GROUND  # no sequence contains it, so it is text
            return position
        if self.state == ESCAPE:
            return self.step_escape(text, position)
        if match := PARAMETERS.match(text, position):
            self.collect(match[0], PARAMETERS_LIMIT)
            return match.end()
        self.finish_sequence(character)
        return position + 1

    def step_escape(self, text: str, position: int) -> int:
        """Go on after ESC."""
        character = text[position]
        if match := INTERMEDIATES.match(text, position):
            self.collect(match[0], PARAMETERS_LIMIT)
            return match.end()
        if not self.size and character == "[":
            self.begin(SEQUENCE)
        elif not self.size and character in STRINGS:
            self.begin(STRING)
            self.kind = character
        else:
            self.state = GROUND
            if self.size <= PARAMETERS_LIMIT:
                self.receiver.escape("".join(self.parts), character)
        return position + 1

    def begin(self, state: int) -> None:
        """Enter a state with nothing collected."""
        self.state = state
        self.parts.clear()
        self.size = 0

    def collect(self, part: str, limit: int) -> None:
        """Keep a part of a sequence, unless that makes it too long."""
        self.size += len(part)
        if self.size > limit:
            self.parts.clear()
        else:
            self.parts.append(part)

    def control(self, character: str) -> None:
        """Handle a control wherever it comes."""
        if character == "\x1b":
            self.begin(ESCAPE)
        else:
            if character in "\x18\x1a":
                self.state = GROUND
            self.receiver.control(character)

    def finish_sequence(self, final: str) -> None:
        """The last character of CSI came."""
        self.state = GROUND
        if self.size <= PARAMETERS_LIMIT:
            self.receiver.sequence("\x1b[" + "".join(self.parts) + final)

    def finish_string(self) -> None:
        """The terminator came."""
        self.state = GROUND
        if self.size <= BODY_LIMIT:
            self.receiver.string(self.kind, "".join(self.parts))


def split(output: bytes, text: str) -> list[str]:
    """Text and what is no text in turn: sequences, controls, and CR LF as one.

    Only if there is no ESC in what should be text was everything taken apart.

    Args:
        output: What contains the text as bytes.
        text: What is split.
    """
    # Looking for ESC alone takes half the time.
    has_controls = output.translate(None, NO_CONTROLS)
    return (WHOLE if has_controls else SEQUENCES).split(text)


def parts_of(sequence: str) -> tuple[str, str, str, str] | None:
    """Prefix (`<`, `=`, `>`, `?` or none), parameters, intermediates and final character.

    None if it is malformed or too long, and so means nothing.
    """
    match = PARTS.fullmatch(sequence) if len(sequence) <= PARAMETERS_LIMIT else None
    return match.groups() if match else None  # type: ignore[return-value]
