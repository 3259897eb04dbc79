"""All keys of all tables, and what they do: a list to search in. PURE.

Nothing is written down here: what a key does is said by the table it is in, and what that
means by the command itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.drawing import PLAIN, Style
from fugue_actors.errors import Refused
from fugue_actors.tui.commands.arguments import split_commands
from fugue_actors.tui.lists import KEYS as LIST_KEYS, Lister, Row, bound
from fugue_actors.tui.modes import Close, Run
from fugue_actors.tui.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fugue_actors.tui.modes import Action

TABLE: Final = "help"
HINT: Final = "/ filters   Enter does what the key does   q leaves"
KEYS: Final = bound(LIST_KEYS, {"Space": "page-down", "b": "page-up"})
KEY: Final = Style(fg="cyan", bold=True)
DIM: Final = Style(dim=True)
KEY_COLUMNS: Final = 16
FIRST: Final = ("prefix", "root")
"""Tables that come before all others."""


@attrs.define(eq=False, kw_only=True)
class Help(Lister):
    """The list of all keys.

    Attributes:
        state: Of the client.
        says: What a command does, by its name; None if there is none.
        modes: What the commands of modes do, by table and name.
    """

    state: State
    says: Callable[[str], str | None]
    modes: Mapping[str, Mapping[str, str]]

    @classmethod
    def begun(
        cls,
        state: State,
        says: Callable[[str], str | None],
        modes: Mapping[str, Mapping[str, str]],
    ) -> Help:
        """All keys, from the top."""
        return cls(
            state=state,
            says=says,
            modes=modes,
            name=TABLE,
            title="keys",
            hint=HINT,
        )

    def rows(self) -> Sequence[Row]:
        """A line for each key, table by table."""
        found = []
        for table in self.tables():
            keys = self.state.bindings.table(table)
            for key in sorted(keys, key=order):
                shown = f"{self.label(table)}{key}"
                about = self.about(table, keys[key])
                if self.fits(f"{shown} {about} {keys[key]} {table}"):
                    found.append(
                        Row(
                            f"{table} {key}",
                            (
                                (f" {shown:<{KEY_COLUMNS}} ", KEY),
                                (about, PLAIN),
                                (f"  {keys[key]}", DIM),
                            ),
                        )
                    )
        return found

    def tables(self) -> list[str]:
        """The names of the tables that have keys, the usual ones first."""
        known = [one for one in self.state.bindings.tables if one not in FIRST]
        return [*FIRST, *known]

    def label(self, table: str) -> str:
        """What stands before a key."""
        if table == "prefix":
            return f"{self.state.settings.prefix} "
        return "" if table == "root" else f"{table}: "

    def about(self, table: str, command: str) -> str:
        """What a command line does, as its first command says it."""
        try:
            commands = split_commands(command)
        except Refused:
            return ""
        if not commands:
            return ""
        name, *words = commands[0]
        if name == "send-keys" and words[:1] == ["-X"] and len(words) > 1:
            return self.modes.get(table, {}).get(words[1], "")
        if name == "confirm-before" and words:
            name, *words = next(iter(split_commands(words[-1])), [name])
            return (self.says(name) or "").rstrip(".") + ", after a question."
        if name == "command-prompt" and words:
            inner = next(iter(split_commands(words[-1].replace("'%%'", "x"))), [name])
            return (self.says(inner[0]) or "").rstrip(".") + ", after asking which."
        return self.says(name) or ""

    def chosen(self, key: str) -> Iterable[Action]:
        """Do what the key does."""
        table, _, name = key.partition(" ")
        command = self.state.bindings.command(table, name)
        if command is None or command.startswith("send-keys -X"):
            return ()
        return (Close(), Run(command))


def order(key: str) -> tuple[int, str, str]:
    """Plain keys first, then those with modifiers, then those with names."""
    name = key.rpartition("-")[2] or key
    return (len(name) > 1, name.lower(), key)
