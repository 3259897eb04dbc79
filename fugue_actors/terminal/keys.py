"""Named keys and pasted text as the bytes a program expects. PURE.

Names are tables, looked up without regard to case, in tmux's spelling and others: `Enter`, `C-c`,
`Ctrl+C`, `^C`, `M-x`, `S-Tab`, `BTab`, `PgUp`, `F5`. A single character stands for itself. What
a terminal has no bytes for, such as shift with Enter, is refused rather than sent as something else.
A program that asked for unambiguous keys (the kitty protocol) gets those, and every combination.

The daemon cleans texts and checks names (`clean`, `check`); the host, which knows the modes, makes
bytes of both (`encode`).
"""

from __future__ import annotations

import contextlib
import difflib
import re
from typing import TYPE_CHECKING

from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.protocol.hosting import Modes, TypeInput

SHIFT, ALT, CONTROL = 1, 2, 4

MODIFIERS = {
    "s": SHIFT,
    "shift": SHIFT,
    "m": ALT,
    "a": ALT,
    "alt": ALT,
    "meta": ALT,
    "c": CONTROL,
    "ctrl": CONTROL,
    "control": CONTROL,
}
MODIFIER = re.compile(r"([a-z]+)[-+](?=.)", re.IGNORECASE | re.DOTALL)

CURSOR_KEYS = {
    "Up": "A",
    "Down": "B",
    "Right": "C",
    "Left": "D",
    "Home": "H",
    "End": "F",
}
"""`CSI letter`, and `SS3 letter` in application cursor mode."""

FUNCTION_KEYS = {"F1": "P", "F2": "Q", "F3": "R", "F4": "S"}
"""`SS3 letter`."""

TILDE_KEYS = {
    "Insert": 2,
    "Delete": 3,
    "PageUp": 5,
    "PageDown": 6,
    "F5": 15,
    "F6": 17,
    "F7": 18,
    "F8": 19,
    "F9": 20,
    "F10": 21,
    "F11": 23,
    "F12": 24,
}
"""`CSI number ~`."""

PLAIN_KEYS: dict[str, dict[int, str]] = {
    "Enter": {0: "\r"},
    "Tab": {0: "\t", SHIFT: "\x1b[Z"},
    "Escape": {0: "\x1b"},
    "Space": {0: " ", SHIFT: " ", CONTROL: "\0"},
    "Backspace": {0: "\x7f", SHIFT: "\x7f", CONTROL: "\b"},
}
"""Bytes by modifiers; ALT puts ESC before any of them."""

ALIASES = {
    "Return": "Enter",
    "CR": "Enter",
    "KPEnter": "Enter",
    "Esc": "Escape",
    "BTab": "S-Tab",
    "BackTab": "S-Tab",
    "BSpace": "Backspace",
    "BS": "Backspace",
    "DC": "Delete",
    "Del": "Delete",
    "IC": "Insert",
    "Ins": "Insert",
    "PPage": "PageUp",
    "PgUp": "PageUp",
    "NPage": "PageDown",
    "PgDn": "PageDown",
    "PgDown": "PageDown",
    "ArrowUp": "Up",
    "ArrowDown": "Down",
    "ArrowLeft": "Left",
    "ArrowRight": "Right",
}

KEYS = (*CURSOR_KEYS, *FUNCTION_KEYS, *TILDE_KEYS, *PLAIN_KEYS)
NAMES = {name.lower(): name for name in (*KEYS, *ALIASES)}

CONTROL_CHARACTERS = {
    **{chr(code + 0x60): chr(code) for code in range(1, 27)},
    "@": "\0",
    "[": "\x1b",
    "\\": "\x1c",
    "]": "\x1d",
    "^": "\x1e",
    "_": "\x1f",
    "2": "\0",
    "3": "\x1b",
    "4": "\x1c",
    "5": "\x1d",
    "6": "\x1e",
    "7": "\x1f",
    "/": "\x1f",
    "8": "\x7f",
    "?": "\x7f",
    " ": "\0",
}
"""What control makes of a character; letters in lower case."""

UNAMBIGUOUS = 1
"""The one flag of the kitty protocol that counts here: keys that cannot be mistaken."""

UNAMBIGUOUS_CODES = {
    "Enter": 13,
    "Tab": 9,
    "Escape": 27,
    "Space": 32,
    "Backspace": 127,
}
"""`CSI code ; modifiers u`."""

UNAMBIGUOUS_TILDE_KEYS = {**TILDE_KEYS, "F3": 13}
UNAMBIGUOUS_LETTER_KEYS = {**CURSOR_KEYS, "F1": "P", "F2": "Q", "F4": "S"}

PASTE_BEGIN, PASTE_END = b"\x1b[200~", b"\x1b[201~"
PASTE_MARKS = re.compile("(?:\x1b\\[|\x9b)20[01]~")
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
LINE_ENDS = re.compile("\r\n|\n")


def clean(text: str) -> bytes:
    """Text as somebody could type it.

    Line ends become carriage returns, as the Enter key sends them. Control characters other than
    those and tabs are left out, so that no text can pretend to be keys, or end a paste early.
    """
    text = LINE_ENDS.sub("\r", CONTROLS.sub("", PASTE_MARKS.sub("", text)))
    return text.encode("utf-8", "replace")


def check(names: Iterable[str]) -> None:
    """Refuse keys that there are not.

    Raises:
        Refused: `InvalidArgument`; the hint names similar ones.
    """
    for name in names:
        parse(name)


def encode(typed: TypeInput, modes: Modes) -> bytes:
    """What a terminal sends a program that asked for these modes.

    Raises:
        Refused: `InvalidArgument`: there is no such key, or there are no bytes for it.
    """
    text = typed.text
    if typed.paste and modes.bracketed_paste and text:
        text = PASTE_BEGIN + text + PASTE_END
    return text + b"".join(encode_key(name, modes) for name in typed.keys)


def encode_key(name: str, modes: Modes) -> bytes:
    """The bytes of one key; refused as in `encode`."""
    return characters_of(name, *parse(name), modes).encode()


def nearest(name: str, modes: Modes) -> str:
    """The key itself, or where there are no bytes for it the one that terminals send instead.

    That is the same without shift, without control, or without both.
    """
    modifiers, key = parse(name)
    for fewer in (0, SHIFT, CONTROL):
        with contextlib.suppress(Refused):
            characters_of(name, modifiers & ~fewer, key, modes)
            return spell(modifiers & ~fewer, key)
    return spell(modifiers & ALT, key)


def characters_of(name: str, modifiers: int, key: str, modes: Modes) -> str:
    """What a key with modifiers sends; `name` is what the user called it."""
    if modes.keyboard_flags & UNAMBIGUOUS:
        return unambiguous(modifiers, key)
    if key in CURSOR_KEYS:
        if modifiers:
            return f"\x1b[1;{1 + modifiers}{CURSOR_KEYS[key]}"
        return f"\x1b{'O' if modes.application_cursor else '['}{CURSOR_KEYS[key]}"
    if key in FUNCTION_KEYS:
        final = FUNCTION_KEYS[key]
        return f"\x1b[1;{1 + modifiers}{final}" if modifiers else f"\x1bO{final}"
    if key in TILDE_KEYS:
        suffix = f";{1 + modifiers}" if modifiers else ""
        return f"\x1b[{TILDE_KEYS[key]}{suffix}~"
    prefix = "\x1b" if modifiers & ALT else ""
    modifiers &= ~ALT
    if key in PLAIN_KEYS:
        characters = PLAIN_KEYS[key].get(modifiers)
    elif modifiers & CONTROL:
        characters = CONTROL_CHARACTERS.get(key.lower())
    elif modifiers & SHIFT:
        is_letter = key.isalpha() and len(key.upper()) == 1
        characters = key.upper() if is_letter else None
    else:
        characters = key
    if characters is None:
        raise Refused(
            "InvalidArgument",
            f"a terminal cannot send the key {name!r}",
            hint="leave out a modifier, or use another key the program understands",
        )
    return prefix + characters


def unambiguous(modifiers: int, key: str) -> str:
    """What a key with modifiers sends in the kitty protocol."""
    suffix = f";{1 + modifiers}" if modifiers else ""
    if key in UNAMBIGUOUS_TILDE_KEYS:
        return f"\x1b[{UNAMBIGUOUS_TILDE_KEYS[key]}{suffix}~"
    if key in UNAMBIGUOUS_LETTER_KEYS:
        return f"\x1b[{'1' + suffix if suffix else ''}{UNAMBIGUOUS_LETTER_KEYS[key]}"
    if key in UNAMBIGUOUS_CODES:
        plain = PLAIN_KEYS[key][0]
        is_text = key != "Escape" and modifiers in (
            (0, SHIFT) if key == "Space" else (0,)
        )
        return plain if is_text else f"\x1b[{UNAMBIGUOUS_CODES[key]}{suffix}u"
    if not modifiers:
        return key
    if modifiers == SHIFT and key.isalpha() and len(key.upper()) == 1:
        return key.upper()
    lower = key.lower() if len(key.lower()) == 1 else key
    if lower != key and not modifiers & CONTROL:
        modifiers |= SHIFT  # M-A is pressed with shift; C-A means C-a, as ever
    return f"\x1b[{ord(lower)};{1 + modifiers}u"


def parse(name: str) -> tuple[int, str]:
    """Modifiers, and the key's own name or the character it is."""
    modifiers, rest = 0, name
    while len(rest) > 1:
        if rest[0] == "^" and len(rest) == 2:
            modifiers, rest = modifiers | CONTROL, rest[1:]
        elif (match := MODIFIER.match(rest)) and match[1].lower() in MODIFIERS:
            modifiers |= MODIFIERS[match[1].lower()]
            rest = rest[match.end() :]
        else:
            break
    known = NAMES.get(rest.lower())
    if known is None:
        if len(rest) == 1 and rest.isprintable():
            return modifiers, rest
        raise unknown_key(name, rest)
    if known in ALIASES:
        more, known = parse_alias(ALIASES[known])
        modifiers |= more
    return modifiers, known


def spell(modifiers: int, key: str) -> str:
    """The name of a key with modifiers, such that `parse` gives both back."""
    prefix = "C-" if modifiers & CONTROL else ""
    prefix += "M-" if modifiers & ALT else ""
    prefix += "S-" if modifiers & SHIFT else ""
    return prefix + key


def parse_alias(name: str) -> tuple[int, str]:
    """What an alias stands for; only one has a modifier."""
    return (SHIFT, name[2:]) if name.startswith("S-") else (0, name)


def unknown_key(name: str, rest: str) -> Refused:
    """The refusal of a name nobody knows."""
    near = difflib.get_close_matches(rest.lower(), NAMES, n=3, cutoff=0.5)
    hint = "keys are named like Enter, C-c, M-x, S-Tab, Up, F5"
    if near:
        hint = f"did you mean {' or '.join(NAMES[one] for one in near)}?"
    elif len(rest) > 1:
        hint += "; give text as text"
    return Refused("InvalidArgument", f"no such key: {name!r:.60}", hint=hint)
