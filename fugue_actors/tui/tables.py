"""The keys of lists and of what has lists, and what they do. Pure.

They stand apart from the modes that have them, so that a client that only starts need not
load those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.tui.copying import tables as copying

if TYPE_CHECKING:
    from collections.abc import Mapping

CHOOSE: Final = "choose"
LETTERS: Final = "letters"
LETTER: Final = "letter"
BUFFERS: Final = "buffers"
PAGER: Final = "pager"
HELP: Final = "help"

LIST_ABOUT: Final = {
    "cursor-up": "One up.",
    "cursor-down": "One down.",
    "page-up": "A page up.",
    "page-down": "A page down.",
    "history-top": "To the first.",
    "history-bottom": "To the last.",
    "choose": "Take the chosen one.",
    "filter": "Show only what has this text; Escape shows all again.",
    "cancel": "Leave.",
}
"""What the commands of lists do."""

LIST_KEYS: Final = {
    **dict.fromkeys(("Up", "k", "C-p"), "cursor-up"),
    **dict.fromkeys(("Down", "j", "C-n"), "cursor-down"),
    **dict.fromkeys(("PageUp", "C-b", "C-u"), "page-up"),
    **dict.fromkeys(("PageDown", "C-f", "C-d"), "page-down"),
    **dict.fromkeys(("Home", "g"), "history-top"),
    **dict.fromkeys(("End", "G"), "history-bottom"),
    "Enter": "choose",
    **dict.fromkeys(("/", "f", "C-s"), "filter"),
    **dict.fromkeys(("q", "Escape", "C-c", "C-g"), "cancel"),
}


def bound(*tables: Mapping[str, str]) -> dict[str, str]:
    """A table of keys from names of commands of a mode; the later ones count."""
    return {
        key: f"send-keys -X {name}" for table in tables for key, name in table.items()
    }


CHOOSE_ABOUT: Final = {
    "expand": "Show what is in it.",
    "collapse": "Hide what is in it, or go to what it is in.",
    "expand-all": "Show everything.",
    "collapse-all": "Show sessions only.",
    "mark": "Mark it, for what is done to several.",
    "mark-none": "Mark nothing.",
    "kill": "End it, or all that are marked, after a question.",
    "rename": "Give it another name.",
    "tag": "Add tags to the session, or take them away: +reviewer -worker.",
    "order": "Sort by name, by who needs somebody, or by what is unread.",
    "preview": "Show its screens, or do not.",
    "here": "Go to where the client is.",
}
CHOOSE_KEYS: Final = bound(
    LIST_KEYS,
    dict.fromkeys(("Right", "l", "+"), "expand"),
    dict.fromkeys(("Left", "h", "-"), "collapse"),
    {"M-+": "expand-all", "M--": "collapse-all", "t": "mark", "M-t": "mark-none"},
    {"x": "kill", "X": "kill", "r": "rename", "T": "tag", "O": "order"},
    {"v": "preview", "H": "here"},
)
LETTERS_ABOUT: Final = {
    "reply": "Answer the chosen message.",
    "compose": "Write a message.",
    "threads": "Put answers below what they answer, or all by time.",
    "unread-only": "Only what somebody has not read, or everything.",
    "take-all": "Take everything that waits for you as read.",
}
LETTERS_KEYS: Final = bound(
    LIST_KEYS,
    {"r": "reply", "c": "compose", "t": "threads", "u": "unread-only", "R": "take-all"},
)
LETTER_ABOUT: Final = {
    "reply": "Answer the message.",
    "copy-all": "Copy what it says.",
    "back": "Back to the list.",
}
LETTER_KEYS: Final = bound(
    LIST_KEYS,
    {"r": "reply", "y": "copy-all", "Y": "copy-all", "Space": "page-down"},
    {"Enter": "cursor-down", "Left": "back", "h": "back"},
)
BUFFERS_ABOUT: Final = {"delete": "Forget it."}
BUFFERS_KEYS: Final = bound(LIST_KEYS, {"d": "delete", "x": "delete", "p": "choose"})
PAGER_ABOUT: Final = {
    "copy-line": "Copy the line.",
    "copy-all": "Copy all of it.",
}
PAGER_KEYS: Final = bound(
    LIST_KEYS,
    {"Space": "page-down", "b": "page-up", "Enter": "cursor-down"},
    {"y": "copy-line", "Y": "copy-all"},
)
HELP_KEYS: Final = bound(LIST_KEYS, {"Space": "page-down", "b": "page-up"})

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    CHOOSE: CHOOSE_KEYS,
    LETTERS: LETTERS_KEYS,
    LETTER: LETTER_KEYS,
    BUFFERS: BUFFERS_KEYS,
    PAGER: PAGER_KEYS,
    HELP: HELP_KEYS,
    **copying.TABLES,
}
"""What keys do, by table, in all modes."""

ABOUT: Final[Mapping[str, Mapping[str, str]]] = {
    CHOOSE: {**LIST_ABOUT, **CHOOSE_ABOUT},
    LETTERS: {**LIST_ABOUT, **LETTERS_ABOUT},
    LETTER: {**LIST_ABOUT, **LETTER_ABOUT},
    BUFFERS: {**LIST_ABOUT, **BUFFERS_ABOUT},
    PAGER: {**LIST_ABOUT, **PAGER_ABOUT},
    HELP: LIST_ABOUT,
}
"""What the commands of lists do, by table and name."""
