"""The keys of copy mode, in vi's and in emacs' way: commands by key. Pure.

The names of the tables and of most commands are tmux's, and so are the keys. What vi's
users expect of vi stands before that: `v`, `y`, and Escape, which leaves if nothing is
selected.
"""

from __future__ import annotations

from typing import Final

VI, EMACS = "copy-mode-vi", "copy-mode"

MOVING: Final = {
    "Up": "cursor-up",
    "Down": "cursor-down",
    "Left": "cursor-left",
    "Right": "cursor-right",
    "Home": "start-of-line",
    "End": "end-of-line",
    "PageUp": "page-up",
    "PageDown": "page-down",
    "C-Up": "scroll-up",
    "C-Down": "scroll-down",
    "M-Up": "halfpage-up",
    "M-Down": "halfpage-down",
}
"""Keys that both have."""

JUMPING: Final = {
    "f": "jump-forward",
    "F": "jump-backward",
    "t": "jump-to-forward",
    "T": "jump-to-backward",
    ";": "jump-again",
    ",": "jump-reverse",
    "X": "set-mark",
    "M-x": "jump-to-mark",
}

VI_KEYS: Final = {
    **MOVING,
    **JUMPING,
    "h": "cursor-left",
    "j": "cursor-down",
    "k": "cursor-up",
    "l": "cursor-right",
    "C-h": "cursor-left",
    "C-n": "cursor-down",
    "C-p": "cursor-up",
    "Backspace": "cursor-left",
    "w": "next-word",
    "b": "previous-word",
    "e": "next-word-end",
    "W": "next-space",
    "B": "previous-space",
    "E": "next-space-end",
    "0": "start-of-line",
    "^": "back-to-indentation",
    "$": "end-of-line",
    "%": "next-matching-bracket",
    "{": "previous-paragraph",
    "}": "next-paragraph",
    "g": "history-top",
    "G": "history-bottom",
    "H": "top-line",
    "M": "middle-line",
    "L": "bottom-line",
    "z": "scroll-middle",
    "J": "scroll-down",
    "K": "scroll-up",
    "C-e": "scroll-down",
    "C-y": "scroll-up",
    "C-d": "halfpage-down",
    "C-u": "halfpage-up",
    "C-f": "page-down",
    "C-b": "page-up",
    ":": "goto-line",
    "v": "begin-selection",
    "Space": "begin-selection",
    "V": "select-line",
    "C-v": "rectangle-toggle",
    "o": "other-end",
    "y": "copy-selection-and-cancel",
    "Enter": "copy-selection-and-cancel",
    "C-j": "copy-selection-and-cancel",
    "A": "append-selection-and-cancel",
    "D": "copy-end-of-line-and-cancel",
    "Y": "copy-line-and-cancel",
    "/": "search-forward",
    "?": "search-backward",
    "n": "search-again",
    "N": "search-reverse",
    "*": "search-word-forward",
    "#": "search-word-backward",
    "P": "toggle-position",
    "r": "refresh-from-pane",
    "Escape": "clear-selection-or-cancel",
    "q": "cancel",
    "C-c": "cancel",
}

EMACS_KEYS: Final = {
    **MOVING,
    **JUMPING,
    "C-b": "cursor-left",
    "C-f": "cursor-right",
    "C-n": "cursor-down",
    "C-p": "cursor-up",
    "M-f": "next-word-end",
    "M-b": "previous-word",
    "C-a": "start-of-line",
    "C-e": "end-of-line",
    "M-m": "back-to-indentation",
    "M-{": "previous-paragraph",
    "M-}": "next-paragraph",
    "C-M-f": "next-matching-bracket",
    "C-M-b": "next-matching-bracket",
    "M-<": "history-top",
    "M->": "history-bottom",
    "M-R": "top-line",
    "M-r": "middle-line",
    "C-l": "scroll-middle",
    "C-v": "page-down",
    "Space": "page-down",
    "M-v": "page-up",
    "g": "goto-line",
    "C-Space": "begin-selection",
    "R": "rectangle-toggle",
    "o": "other-end",
    "M-w": "copy-selection-and-cancel",
    "C-w": "copy-selection-and-cancel",
    "A": "append-selection-and-cancel",
    "C-k": "copy-end-of-line-and-cancel",
    "C-s": "search-forward-text",
    "C-r": "search-backward-text",
    "/": "search-forward",
    "?": "search-backward",
    "n": "search-again",
    "N": "search-reverse",
    "*": "search-word-forward",
    "#": "search-word-backward",
    "P": "toggle-position",
    "r": "refresh-from-pane",
    "C-g": "clear-selection",
    "Escape": "cancel",
    "q": "cancel",
    "C-c": "cancel",
}

TABLES: Final = {
    name: {key: f"send-keys -X {command}" for key, command in keys.items()}
    for name, keys in ((VI, VI_KEYS), (EMACS, EMACS_KEYS))
}
"""What keys are bound to; digits, with alt in emacs, say how often."""
