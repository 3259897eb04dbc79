"""What whole control sequences of a terminal's input mean: tables. PURE.

xterm's encodings with and without modifyOtherKeys, those of rxvt and of the Linux console
where they differ, and the kitty protocol. What has no name in `terminal.keys` means nothing:
keys with super or hyper, keys for media, modifiers by themselves. F13 to F24 are F1 to F12
with shift, as in terminfo.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

from fugue_actors.terminal.keys import ALT, CONTROL, SHIFT, spell
from fugue_actors.tui.events import (
    WHEEL_RIGHT,
    WHEEL_UP,
    Focus,
    Key,
    Mouse,
    Report,
)

if TYPE_CHECKING:
    from fugue_actors.tui.events import Event, KeyKind, MouseKind

META = 32
FOREIGN = 8 | 16
"""Super and hyper; of the other bits, caps lock and num lock change nothing here."""

KINDS: dict[int, KeyKind] = {1: "press", 2: "repeat", 3: "release"}

Stroke = tuple[int, str]
"""Modifiers and a key."""

FINALS: dict[str, Stroke] = {
    "A": (0, "Up"),
    "B": (0, "Down"),
    "C": (0, "Right"),
    "D": (0, "Left"),
    "F": (0, "End"),
    "H": (0, "Home"),
    "P": (0, "F1"),
    "Q": (0, "F2"),
    "R": (0, "F3"),
    "S": (0, "F4"),
    "Z": (SHIFT, "Tab"),
    "a": (SHIFT, "Up"),
    "b": (SHIFT, "Down"),
    "c": (SHIFT, "Right"),
    "d": (SHIFT, "Left"),
}
"""`CSI letter`, and with modifiers `CSI 1 ; modifiers letter`."""

SINGLE_SHIFTS: dict[str, Stroke] = {
    **{final: stroke for final, stroke in FINALS.items() if final in "ABCDFHPQRS"},
    "a": (CONTROL, "Up"),
    "b": (CONTROL, "Down"),
    "c": (CONTROL, "Right"),
    "d": (CONTROL, "Left"),
    "M": (0, "Enter"),
    "I": (0, "Tab"),
    "X": (0, "="),
    **{chr(ord("j") + at): (0, character) for at, character in enumerate("*+,-./")},
    **{chr(ord("p") + at): (0, str(at)) for at in range(10)},
}
"""`SS3 letter`: cursor keys in application mode, F1 to F4, the keypad."""

CONSOLE: dict[str, Stroke] = {
    letter: (0, f"F{number}") for number, letter in enumerate("ABCDE", 1)
}
"""`CSI [ letter`: the Linux console."""

TILDES: dict[int, Stroke] = {
    1: (0, "Home"),
    2: (0, "Insert"),
    3: (0, "Delete"),
    4: (0, "End"),
    5: (0, "PageUp"),
    6: (0, "PageDown"),
    7: (0, "Home"),
    8: (0, "End"),
    **{number: (0, f"F{at}") for at, number in enumerate(range(11, 16), 1)},
    **{number: (0, f"F{at}") for at, number in enumerate(range(17, 22), 6)},
    **{number: (0, f"F{at}") for at, number in enumerate((23, 24), 11)},
    **{
        number: (SHIFT, f"F{at}")
        for at, number in enumerate((25, 26, 28, 29, 31, 32, 33, 34), 1)
    },
}
"""`CSI number ~`, and with modifiers `CSI number ; modifiers ~`."""

RXVT_ENDS = {"^": CONTROL, "$": SHIFT, "@": CONTROL | SHIFT}
"""What rxvt puts in the place of the tilde."""

CODES: dict[int, Stroke] = {
    8: (0, "Backspace"),
    9: (0, "Tab"),
    10: (0, "Enter"),
    13: (0, "Enter"),
    27: (0, "Escape"),
    32: (0, "Space"),
    127: (0, "Backspace"),
    **{57376 + at: (SHIFT, f"F{1 + at}") for at in range(12)},
    **{57399 + at: (0, str(at)) for at in range(10)},
    **{57409 + at: (0, character) for at, character in enumerate("./*-+")},
    57414: (0, "Enter"),
    57415: (0, "="),
    57416: (0, ","),
    57417: (0, "Left"),
    57418: (0, "Right"),
    57419: (0, "Up"),
    57420: (0, "Down"),
    57421: (0, "PageUp"),
    57422: (0, "PageDown"),
    57423: (0, "Home"),
    57424: (0, "End"),
    57425: (0, "Insert"),
    57426: (0, "Delete"),
}
"""`CSI code ; modifiers u`, where the code is not the character itself."""

PRIVATE_USE = range(57344, 63744)
"""Codes of keys that type nothing."""

SEQUENCE = re.compile(r"([<=>?]?)([0-9:;]*)([ -/]*?)([@-~$])", re.ASCII)
NUMBER_LIMIT = 0x10FFFF

COLOUR_ANSWER = re.compile(r"(1[0-2]);(.*)", re.ASCII | re.DOTALL)
CLIPBOARD_ANSWER = re.compile(r"52;[a-z0-7]*;([A-Za-z0-9+/=]*)", re.ASCII)


def sequence(body: str, extra: int = 0) -> list[Event]:
    """What `CSI body` means; `extra` are modifiers told by an ESC before it."""
    match = SEQUENCE.fullmatch(body)
    if match is None:
        return []
    prefix, text, intermediates, final = match.groups()
    parameters = [
        [min(int(part), NUMBER_LIMIT) if part else 0 for part in item.split(":")]
        for item in text.split(";")
    ]
    firsts = [item[0] for item in parameters]
    if prefix == "<" and final in "Mm":
        return mouse_event(firsts, is_release=final == "m")
    if prefix or intermediates:
        return report(prefix, firsts, intermediates + final)
    if final in "IO" and not text:
        return [Focus(final == "I")]
    if final == "t":
        return window_report(firsts)
    return key_event(parameters, final, extra)


def key_event(parameters: list[list[int]], final: str, extra: int) -> list[Event]:
    """The key of a sequence without prefix."""
    code = parameters[0][0]
    told = parameters[1] if len(parameters) > 1 else [1]
    if final == "~" and code == 27 and len(parameters) == 3:  # modifyOtherKeys
        code = parameters[2][0]
        return stroke_of_code([code, code], told, [], extra)
    if final == "u":
        typed = parameters[2] if len(parameters) > 2 else []
        return stroke_of_code(parameters[0], told, typed, extra)
    if final == "~" or final in RXVT_ENDS:
        extra |= RXVT_ENDS.get(final, 0)
        stroke = TILDES.get(code)
    else:
        stroke = FINALS.get(final)
    return [] if stroke is None else pressed(stroke, told, extra)


def stroke_of_code(
    codes: list[int], told: list[int], typed: list[int], extra: int
) -> list[Event]:
    """The key of a code, which is a character or one of `CODES`.

    Args:
        codes: The code, and if told that of the same key with shift.
        told: Modifiers and kind.
        typed: The characters that it types, if told.
        extra: Further modifiers.
    """
    text = "".join(map(chr, typed)) if typed and typed[0] else ""
    if not codes[0]:
        return [Key(text, text)] if text else []
    if codes[0] in CODES:
        return pressed(CODES[codes[0]], told, extra)
    if codes[0] in PRIVATE_USE:
        return []
    character = chr(codes[0])
    bits = max(told[0] - 1, 0)
    if bits & SHIFT and len(codes) > 1 and codes[1] and not character.isalpha():
        character = chr(codes[1])  # the modifier has done its work
        told = [told[0] - SHIFT, *told[1:]]
    if len(text) == 1 and not bits & (ALT | CONTROL | META):
        character, told = text, [0, *told[1:]]
    return pressed((0, character), told, extra, text) if is_text(character) else []


def pressed(
    stroke: Stroke, told: list[int], extra: int = 0, text: str = ""
) -> list[Event]:
    """A key with the modifiers and of the kind that a sequence tells."""
    modifiers, key = stroke
    bits = max(told[0] - 1, 0)
    kind = KINDS.get((told[1] or 1) if len(told) > 1 else 1)
    if bits & FOREIGN or kind is None:
        return []
    if bits & META:
        bits |= ALT
    return [key_of(modifiers | extra | bits & (SHIFT | ALT | CONTROL), key, text, kind)]


def key_of(modifiers: int, key: str, text: str = "", kind: KeyKind = "press") -> Key:
    """A key under its one name, with what it types."""
    if len(key) == 1 and key.isalpha():
        if modifiers & CONTROL:
            key = key.lower() if len(key.lower()) == 1 else key
        elif modifiers & SHIFT:
            upper = key.upper()
            if len(upper) == 1 and upper != key.lower():
                modifiers, key = modifiers & ~SHIFT, upper
    if modifiers & (ALT | CONTROL):
        text = ""
    elif key == "Space":
        text = text or " "
    elif len(key) == 1:
        text = text or key
    return Key(spell(modifiers, key), text, kind)


def is_text(character: str) -> bool:
    """Whether a character can be typed: anything but controls and halves of pairs."""
    code = ord(character)
    return code >= 0x20 and not (0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000)


def mouse_event(numbers: list[int], *, is_release: bool) -> list[Event]:
    """What SGR 1006 tells: button and modifiers, column, line."""
    if len(numbers) != 3 or min(numbers[1:]) < 1 or numbers[0] < 0:
        return []
    bits, x, y = numbers
    modifiers = (bits & 4 and SHIFT) | (bits & 8 and ALT) | (bits & 16 and CONTROL)
    button = (bits & 3) + 1
    if bits & 128:
        button += 7
    elif bits & 64:
        button += 3
    elif button == 4:
        button = 0
    is_wheel = WHEEL_UP <= button <= WHEEL_RIGHT
    kind: MouseKind = "release" if is_release else "press"
    if bits & 32:
        kind = "move"
    elif is_wheel:
        kind = "wheel"
    means_nothing = is_wheel and (is_release or kind == "move")
    if means_nothing or (not button and kind != "move"):
        return []
    return [Mouse(kind=kind, button=button, x=x - 1, y=y - 1, modifiers=modifiers)]


def old_mouse_event(data: bytes) -> list[Event]:
    """What `CSI M` and three bytes tell, from a terminal that does not know SGR 1006.

    It does not say which button was released: it is taken for the left one.
    """
    bits, x, y = (byte - 32 for byte in data)
    is_release = bits & 3 == 3 and not bits & (32 | 64)
    return mouse_event([bits & ~3 if is_release else bits, x, y], is_release=is_release)


def report(prefix: str, numbers: list[int], end: str) -> list[Event]:
    """An answer to a question."""
    match prefix, end:
        case "?", "c":
            return [Report(kind="attributes", numbers=tuple(numbers))]
        case "?", "u":
            return [Report(kind="keyboard", numbers=(numbers[0],))]
        case "?", "$y" if len(numbers) == 2:
            return [Report(kind="mode", numbers=tuple(numbers))]
    return []


def window_report(numbers: list[int]) -> list[Event]:
    """The size in cells, asked for or not."""
    if numbers[0] in (8, 48) and len(numbers) >= 3:
        return [Report(kind="size", numbers=tuple(numbers[1:3]))]
    return []


def string(introducer: str, body: str) -> list[Event]:
    """What an OSC (`]`) or a DCS (`P`) says."""
    if introducer == "P" and body.startswith(">|"):
        return [Report(kind="version", text=body[2:])]
    if introducer != "]":
        return []
    if match := COLOUR_ANSWER.fullmatch(body):
        return [Report(kind="colour", numbers=(int(match[1]),), text=match[2])]
    if match := CLIPBOARD_ANSWER.fullmatch(body):
        try:
            held = binascii.a2b_base64(match[1])
        except binascii.Error:
            return []
        return [Report(kind="clipboard", text=held.decode("utf-8", "replace"))]
    return []
