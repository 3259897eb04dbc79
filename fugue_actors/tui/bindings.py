"""Which key does what: tables of commands by key, as in tmux. Pure.

A key is looked up in one table: `root` for a key that a program would get otherwise,
`prefix` for the one after the prefix, or that of the mode that has the keys. What the user
has bound in `config.toml`, or with `bind-key`, comes before what stands here.
"""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fugue_actors.tui.settings import Settings

REPEAT_SECONDS: Final = 0.5
"""How long after a key that repeats the next one needs no prefix."""

PREFIX_KEYS: Final[dict[str, str]] = {
    "C-o": "rotate-window",
    "C-z": "suspend-client",
    "Space": "next-layout",
    "!": "break-pane",
    '"': "split-window",
    "#": "list-buffers",
    "$": 'command-prompt -I "#S" "rename-session \'%%\'"',
    "&": 'confirm-before -p "kill window #W? (y/n)" kill-window',
    "'": "command-prompt -p index \"select-window -t ':%%'\"",
    ",": 'command-prompt -I "#W" "rename-window \'%%\'"',
    ".": "command-prompt -p index \"move-window -t ':%%'\"",
    ":": "command-prompt",
    "=": "choose-buffer",
    "?": "list-keys",
    "%": "split-window -h",
    "(": "switch-client -p",
    ")": "switch-client -n",
    "-": "delete-buffer",
    **{str(number): f"select-window -t :{number}" for number in range(10)},
    ";": "last-pane",
    "E": "select-layout -E",
    "L": "switch-client -l",
    "R": "refresh-client",
    "T": "take-control",
    "[": "copy-mode",
    "]": "paste-buffer",
    "a": "next-attention",
    "c": "new-window",
    "d": "detach-client",
    "i": "display-message",
    "l": "last-window",
    "m": "show-letters",
    "n": "next-window",
    "o": "select-pane -t :.+",
    "p": "previous-window",
    "q": "display-panes",
    "r": "refresh-client",
    "s": "choose-tree -s",
    "t": "clock-mode",
    "w": "choose-tree -w",
    "x": 'confirm-before -p "kill pane #P? (y/n)" kill-pane',
    "z": "resize-pane -Z",
    "{": "swap-pane -U",
    "}": "swap-pane -D",
    "~": "show-messages",
    "PageUp": "copy-mode -u",
    "M-1": "select-layout even-horizontal",
    "M-2": "select-layout even-vertical",
    "M-3": "select-layout main-horizontal",
    "M-4": "select-layout main-vertical",
    "M-5": "select-layout tiled",
    "M-n": "next-window -a",
    "M-o": "rotate-window -D",
    "M-p": "previous-window -a",
    "Up": "select-pane -U",
    "Down": "select-pane -D",
    "Left": "select-pane -L",
    "Right": "select-pane -R",
    **{
        f"{modifier}-{key}": f"resize-pane -{key[0]} {cells}"
        for modifier, cells in (("C", 1), ("M", 5))
        for key in ("Up", "Down", "Left", "Right")
    },
}

REPEATING: Final = frozenset(
    f"{modifier}{key}"
    for modifier in ("", "C-", "M-")
    for key in ("Up", "Down", "Left", "Right")
)
"""Keys of the prefix table that work again without the prefix, right after each other."""


class Bindings:
    """What the keys of one client do.

    Args:
        settings: What the user has bound.
        tables: The tables of modes, by their names.
    """

    def __init__(
        self,
        settings: Settings,
        tables: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.given: dict[str, Mapping[str, str]] = {
            "root": {},
            "prefix": {settings.prefix: "send-prefix", **PREFIX_KEYS},
            **(tables or {}),
        }
        self.own: dict[str, dict[str, str]] = {
            table: dict(bound) for table, bound in settings.keys.items()
        }
        self.repeating: dict[str, bool] = {}

    def table(self, name: str) -> Mapping[str, str]:
        """The commands of a table by key."""
        both = ChainMap(self.own.get(name, {}), dict(self.given.get(name, {})))
        return {key: command for key, command in both.items() if command}

    def command(self, table: str, key: str) -> str | None:
        """What a key is bound to in a table."""
        bound = self.own.get(table, {}).get(key)
        if bound is None:
            bound = self.given.get(table, {}).get(key)
        return bound or None

    def repeats(self, key: str) -> bool:
        """Whether a key of the prefix table works again without the prefix."""
        return self.repeating.get(key, key in REPEATING)

    def bind(self, table: str, key: str, command: str, *, repeats: bool) -> None:
        """Let a key do something else."""
        self.own.setdefault(table, {})[key] = command
        if table == "prefix":
            self.repeating[key] = repeats

    def unbind(self, table: str, key: str) -> None:
        """Let a key do nothing."""
        self.own.setdefault(table, {})[key] = ""

    @property
    def tables(self) -> list[str]:
        """The names of the tables there are."""
        return sorted({*self.given, *self.own})
