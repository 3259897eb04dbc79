"""What the keys after the prefix do, each in a line of its own. PURE.

A command says what it does with all its flags; a key does one of those things, and a person
who looks for it wants to read that one. By command line, so that another key bound to the
same has the same line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.tui.bindings import PREFIX_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

BY_KEY: Final[dict[str, str]] = {
    "C-o": "Move each pane to the place of the one before it.",
    "M-o": "Move each pane to the place of the one after it.",
    "Space": "Arrange the panes in the next of the usual ways.",
    "M-1": "Arrange the panes side by side.",
    "M-2": "Arrange the panes one below the other.",
    "M-3": "Arrange the panes with one large above, and the others below it.",
    "M-4": "Arrange the panes with one large at the left, and the others beside it.",
    "M-5": "Arrange the panes as tiles.",
    "E": "Give the panes the same size.",
    "!": "Give this pane a window of its own.",
    '"': "Split this pane: a new one below.",
    "%": "Split this pane: a new one at its right.",
    "x": "End this pane with its programs, after a question.",
    "z": "Show this pane in full, or all panes again.",
    "{": "Exchange this pane and the one before it.",
    "}": "Exchange this pane and the one after it.",
    "o": "Go to the next pane.",
    "Up": "Go to the pane above.",
    "Down": "Go to the pane below.",
    "Left": "Go to the pane at the left.",
    "Right": "Go to the pane at the right.",
    **{
        f"{modifier}-{key}": f"Move the border {where} by {cells}."
        for modifier, cells in (("C", "one cell"), ("M", "five cells"))
        for key, where in (
            ("Up", "up"),
            ("Down", "down"),
            ("Left", "to the left"),
            ("Right", "to the right"),
        )
    },
    "T": "Take the keyboard of this pane from whoever has it.",
    "&": "End this window with all its programs, after a question.",
    ",": "Give this window a name.",
    ".": "Give this window another number.",
    "'": "Go to the window with a number that you type.",
    **{str(number): f"Go to window {number}." for number in range(10)},
    "n": "Go to the next window.",
    "p": "Go to the previous window.",
    "M-n": "Go to the next window that needs you.",
    "M-p": "Go to the previous window that needs you.",
    "s": "Choose a session, and go there.",
    "w": "Choose a window of any session, and go there.",
    "$": "Give this session another name.",
    "(": "Go to the previous session.",
    ")": "Go to the next session.",
    "L": "Go to the session where you were before.",
    "[": "Look back in this pane, search and copy.",
    "PageUp": "Look back in this pane, from a page up.",
    "#": "List what was copied.",
    ":": "Type a command.",
    "?": "List the keys.",
    "i": "Say where you are.",
    "t": "Show the time in this pane.",
}
"""Of those keys whose command does other things as well."""

BY_COMMAND: Final[Mapping[str, str]] = {
    PREFIX_KEYS[key]: text for key, text in BY_KEY.items()
}
