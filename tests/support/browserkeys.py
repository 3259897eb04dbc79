"""Key presses as Chromium's `Input.dispatchKeyEvent` wants them. Pure."""

from __future__ import annotations

from typing import Any, Final

MODIFIERS: Final = {"Alt": 1, "Control": 2, "Meta": 4, "Shift": 8}

# Name: (its number on Windows, which the protocol uses everywhere; the text it makes)
NAMED: Final = {
    "Backspace": (8, ""),
    "Tab": (9, ""),
    "Enter": (13, "\r"),
    "Escape": (27, ""),
    "Space": (32, " "),
    "PageUp": (33, ""),
    "PageDown": (34, ""),
    "End": (35, ""),
    "Home": (36, ""),
    "ArrowLeft": (37, ""),
    "ArrowUp": (38, ""),
    "ArrowRight": (39, ""),
    "ArrowDown": (40, ""),
    "Insert": (45, ""),
    "Delete": (46, ""),
    **{f"F{number}": (111 + number, "") for number in range(1, 13)},
}

# What the browser itself does with a shortcut, since no desktop is there to tell it.
COMMANDS: Final = {
    "Control+a": "selectAll",
    "Control+c": "copy",
    "Control+v": "paste",
    "Control+x": "cut",
}


def press(chord: str) -> list[dict[str, Any]]:
    """The events of one press and release.

    Args:
        chord: A character or a key's DOM name, after any modifiers, which are taken as
            held: `a`, `Enter`, `Control+Shift+ArrowUp`, `Control++`.
    """
    # The last "+" of a chord that ends in one is the key itself.
    prefix, _, key = chord[:-1].rpartition("+")
    key += chord[-1]
    held = prefix.split("+") if prefix else []
    bits = sum(MODIFIERS[each] for each in held)
    code, number, text = placed(key)
    if bits & ~MODIFIERS["Shift"]:
        text = ""
    event: dict[str, Any] = {
        "key": " " if key == "Space" else key,
        "code": code,
        "modifiers": bits,
        "windowsVirtualKeyCode": number,
    }
    down: dict[str, Any] = {**event, "type": "keyDown" if text else "rawKeyDown"}
    if text:
        down["text"] = text
    if chord in COMMANDS:
        down["commands"] = [COMMANDS[chord]]
    return [down, {**event, "type": "keyUp"}]


def placed(key: str) -> tuple[str, int, str]:
    """A key's place on the board (`KeyA`), its number and the text it makes.

    Raises:
        ValueError: There is no such key.
    """
    if key in NAMED:
        number, text = NAMED[key]
        return key, number, text
    if len(key) != 1:
        raise ValueError(f"no key is called {key!r}")
    if key == " ":
        return "Space", 32, key
    if key.isascii() and key.isalpha():
        return f"Key{key.upper()}", ord(key.upper()), key
    if key.isascii() and key.isdigit():
        return f"Digit{key}", ord(key), key
    return "", 0, key
