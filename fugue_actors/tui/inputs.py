"""The bytes that the outer terminal sends as events. PURE.

1. Any split of the same bytes gives the same events, and no bytes raise.
2. What begins a sequence is kept until its end comes. Whether ESC is a key or a beginning only
   time tells: whoever feeds the parser waits for `patience` seconds, and then calls `flush`.
3. Nothing is kept for ever: a flush ends whatever was begun, except a paste, of which it gives
   what has come. A paste that has gone quiet is also ended by the next key with control.
4. What has no meaning is left out; nothing of it ends up as keys.
"""

from __future__ import annotations

import codecs
import re

from fugue_actors.terminal.keys import ALT, CONTROL
from fugue_actors.tui import decoding
from fugue_actors.tui.decoding import is_text, key_of
from fugue_actors.tui.events import Event, Key
from fugue_actors.tui.pasting import Pasting

ESCAPE_PATIENCE = 0.025
"""Seconds after which ESC was a key of its own."""
SEQUENCE_PATIENCE = 1.0
"""Seconds after which nothing more comes of what is no key."""

STRING_LIMIT_BYTES = 2 * 1024 * 1024
"""Longest answer: what a clipboard holds, in base64."""
SEQUENCE_LIMIT = 256

ESC = 0x1B
AMBIGUOUS = (b"\x1b", b"\x1b\x1b", b"\x1b[", b"\x1bO", b"\x1b]", b"\x1bP", b"\x1b_")
"""Beginnings that are also keys, most of them with alt."""
STRING_BODIES = {ord("]"): b"0123456789", ord("P"): b">0123456789", ord("_"): b"G"}
"""Which strings there are, and how they go on; else it was a key with alt."""
STRING_END = re.compile(rb"[\x07\x18\x1a\x1b]")
NOT_PARAMETERS = re.compile(rb"[^ -?]")
PRINTABLE = re.compile(rb"[!-~]+")
RXVT_SHIFT = re.compile(rb"\x1b\[[0-9]+\$")

CONTROL_KEYS: dict[int, Key] = {
    0: key_of(CONTROL, "Space"),
    **{code: key_of(CONTROL, chr(code + 0x60)) for code in range(1, 27)},
    **{code: key_of(CONTROL, chr(code + 0x40)) for code in range(0x1C, 0x20)},
    0x09: key_of(0, "Tab"),
    0x0D: key_of(0, "Enter"),
    0x20: key_of(0, "Space"),
    0x7F: key_of(0, "Backspace"),
}
"""Bytes that are keys by themselves."""


class InputParser:
    """Takes bytes, gives events.

    Args:
        backspace: What the backspace key sends, as the terminal's settings have it (VERASE):
            the other one of 0x7F and 0x08 is the key with control.
        releases: Whether to give the releases of keys, too.
    """

    def __init__(self, *, backspace: int = 0x7F, releases: bool = False) -> None:
        self.releases = releases
        self.control_keys = dict(CONTROL_KEYS)
        if backspace == 0x08:
            self.control_keys[0x08] = key_of(0, "Backspace")
            self.control_keys[0x7F] = key_of(CONTROL, "Backspace")
        self.rest = b""
        self.pasting: Pasting | None = None
        self.introducer = 0
        self.string: bytearray | None = None

    def feed(self, data: bytes) -> list[Event]:
        """What these bytes bring to an end."""
        self.rest += data
        events: list[Event] = []
        while self.rest:
            if self.pasting is not None:
                is_stuck = self.go_on_with_paste(events)
            elif self.string is not None:
                is_stuck = self.go_on_with_string(events)
            else:
                is_stuck = self.read_plainly(events)
            if is_stuck:
                break
        return events

    @property
    def patience(self) -> float | None:
        """Seconds of silence after which to call `flush`; None if there is no need."""
        if self.pasting is not None:
            is_waiting = self.pasting.held or not self.pasting.is_quiet
            return SEQUENCE_PATIENCE if is_waiting else None
        if self.string is not None or self.rest:
            is_key = self.string is None and self.rest in AMBIGUOUS
            return ESCAPE_PATIENCE if is_key else SEQUENCE_PATIENCE
        return None

    def flush(self) -> list[Event]:
        """What it was after all, now that nothing more has come."""
        events: list[Event] = []
        rest, self.rest = self.rest, b""
        if self.pasting is not None:
            self.pasting.is_quiet = True
            if self.pasting.held:
                events.append(self.pasting.give())
            return events
        if self.string is not None:
            self.string = None
        elif rest in (b"\x1b", b"\x1b\x1b"):
            events.append(key_of(ALT if len(rest) > 1 else 0, "Escape"))
        elif rest in AMBIGUOUS:
            events.append(key_of(ALT, chr(rest[1])))
        return events

    # Each returns whether it needs more bytes

    def read_plainly(self, events: list[Event]) -> bool:
        """Take all keys and short sequences that are whole."""
        data, at = self.rest, 0
        while at < len(data):
            if match := PRINTABLE.match(data, at):
                text = match[0].decode("ascii")
                events += [Key(character, character) for character in text]
                at = match.end()
                continue
            taken = self.take(data, at, events)
            at += taken
            if not taken or self.pasting is not None or self.string is not None:
                self.rest = data[at:]
                return not taken
        self.rest = b""
        return True

    def take(self, data: bytes, at: int, events: list[Event]) -> int:
        """Take what begins here; returns its length, 0 if its end is not there yet."""
        first = data[at]
        if first >= 0x80:
            return take_character(data, at, 0, events)
        if first != ESC:
            events.append(self.control_keys[first])
            return 1
        if len(data) == at + 1:
            return 0
        return self.take_escaped(data, at, events)

    def take_escaped(self, data: bytes, at: int, events: list[Event]) -> int:
        """Take what begins with ESC, of which the next byte is there."""
        second = data[at + 1]
        following = data[at + 2 : at + 3]
        if second == ESC:
            if not following:
                return 0
            if following not in (b"[", b"O"):
                events.append(key_of(ALT, "Escape"))
                return 2
            taken = self.take_sequence(data, at + 1, ALT, events)
            return taken and taken + 1
        if second in b"[O":
            return self.take_sequence(data, at, 0, events)
        if second in STRING_BODIES:
            if not following:
                return 0
            if following in STRING_BODIES[second]:
                self.introducer, self.string = second, bytearray()
                return 2
        if second >= 0x80:
            taken = take_character(data, at + 1, ALT, events)
            return taken and taken + 1
        if second in self.control_keys:
            key = self.control_keys[second]
            events.append(Key(with_alt(key.name)))
        else:
            events.append(key_of(ALT, chr(second)))
        return 2

    def take_sequence(
        self, data: bytes, at: int, extra: int, events: list[Event]
    ) -> int:
        """Take `CSI` or `SS3` and what follows."""
        if len(data) == at + 2:
            return 0
        if data[at + 1 : at + 2] == b"O":
            return self.take_single_shift(data, at, extra, events)
        if data[at + 2 : at + 3] == b"[":
            return take_console_key(data, at, extra, events)
        if data[at + 2 : at + 3] == b"M":
            if len(data) < at + 6:
                return 0
            events += decoding.old_mouse_event(data[at + 3 : at + 6])
            return 6
        end = NOT_PARAMETERS.search(data, at + 2)
        last = end.start() if end else len(data)
        if shifted := RXVT_SHIFT.match(data, at):
            last = shifted.end() - 1  # no other sequence ends in a dollar
        elif last - at > SEQUENCE_LIMIT:
            return last - at  # nothing that anybody sends
        elif end is None:
            return 0
        elif not 0x40 <= data[last] <= 0x7E:
            return last - at  # broken off; what is there now may be a key
        body = data[at + 2 : last + 1]
        if body == b"200~":
            self.pasting = Pasting()
        else:
            self.give(decoding.sequence(body.decode("ascii"), extra), events)
        return last + 1 - at

    def take_single_shift(
        self, data: bytes, at: int, extra: int, events: list[Event]
    ) -> int:
        """Take `SS3 letter`, in which old terminals put modifiers before the letter."""
        end = at + 2
        while end < len(data) and data[end] in b"0123456789;" and end - at < 8:
            end += 1
        if end == len(data):
            return 0
        stroke = decoding.SINGLE_SHIFTS.get(chr(data[end]))
        if stroke is None:
            if end > at + 2:
                return end - at
            events.append(key_of(ALT | extra, "O"))
            return 2
        number = data[at + 2 : end].rpartition(b";")[2]
        told = [int(number) if number else 1]
        self.give(decoding.pressed(stroke, told, extra), events)
        return end + 1 - at

    def give(self, found: list[Event], events: list[Event]) -> None:
        """Add events, releases of keys only if they are wanted."""
        events += [
            event
            for event in found
            if self.releases or not isinstance(event, Key) or event.kind != "release"
        ]

    # Strings

    def go_on_with_string(self, events: list[Event]) -> bool:
        """Look for the end of an answer."""
        assert self.string is not None
        data = self.rest
        end = STRING_END.search(data)
        last = end.start() if end else len(data)
        room = STRING_LIMIT_BYTES + 1 - len(self.string)
        self.string += data[: min(last, room)]
        self.rest = data[last:]
        if end is None:
            return True
        if data[last] == ESC:
            if len(self.rest) < 2:
                return True
            if self.rest[1:2] != b"\\":
                self.string = None  # broken off by what begins here
                return False
            self.rest = self.rest[1:]
        elif data[last] != 0x07:
            self.string = None
        self.rest = self.rest[1:]
        self.end_string(events)
        return False

    def end_string(self, events: list[Event]) -> None:
        """Give what an answer says, if it came to its proper end and is not too long."""
        body, self.string = self.string, None
        if body is not None and len(body) <= STRING_LIMIT_BYTES:
            text = body.decode("utf-8", "replace")
            events += decoding.string(chr(self.introducer), text)

    # Pastes

    def go_on_with_paste(self, events: list[Event]) -> bool:
        """Look for the end of a paste."""
        assert self.pasting is not None
        taken, paste = self.pasting.take(self.rest)
        self.rest = self.rest[taken:]
        if paste is not None:
            events.append(paste)
        if not self.pasting.is_over:
            return True
        self.pasting = None
        return False


def with_alt(name: str) -> str:
    """The name of a key with alt on top."""
    return f"C-M-{name[2:]}" if name.startswith("C-") else f"M-{name}"


def take_character(data: bytes, at: int, modifiers: int, events: list[Event]) -> int:
    """Take one character of several bytes; returns its length, 0 if it is not all there."""
    first = data[at]
    length = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        character = decoder.decode(data[at : at + length])
    except UnicodeDecodeError as error:
        return max(error.end - error.start, 1)  # no character: no key
    if not character:
        return 0
    if is_text(character):
        events.append(key_of(modifiers, character))
    return length


def take_console_key(data: bytes, at: int, extra: int, events: list[Event]) -> int:
    """Take a key of the Linux console."""
    if len(data) == at + 3:
        return 0
    stroke = decoding.CONSOLE.get(chr(data[at + 3]))
    if stroke is None:
        return 3
    events += decoding.pressed(stroke, [1], extra)
    return 4
