"""All keys of all tables, and what they do: a list to search in. PURE.

Nothing is written down here: what a key does is said by the table it is in, and what that
means by the command itself, or where that does several things by `meanings`.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.drawing import PLAIN, Style
from fugue_actors.errors import Refused
from fugue_actors.tui import tables
from fugue_actors.tui.commands import COMMANDS, copying, find_command
from fugue_actors.tui.commands.arguments import split_commands
from fugue_actors.tui.lists import Lister, Span
from fugue_actors.tui.meanings import BY_COMMAND
from fugue_actors.tui.modes import Close, Run
from fugue_actors.tui.pager import Pager
from fugue_actors.tui.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fugue_actors.tui.modes import Action

HINT: Final = "/ filters   Enter does what the key does   q leaves"
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
    """

    state: State

    @classmethod
    def begun(cls, state: State) -> Help:
        """All keys, from the top."""
        return cls(
            state=state,
            name=tables.HELP,
            title="keys",
            hint=HINT,
        )

    def entries(self) -> Sequence[str]:
        """The names of tables with their keys, those that fit the filter."""
        found = []
        for table in self.tables():
            bound = self.state.bindings.table(table)
            for key in sorted(bound, key=order):
                about = meaning(table, bound[key])
                shown = f"{self.label(table)}{key}"
                if self.fits(f"{shown} {about} {bound[key]} {table}"):
                    found.append(f"{table} {key}")
        return found

    def spans(self, key: str, place: int) -> Sequence[Span]:
        """A key, and what it does."""
        table, _, name = key.partition(" ")
        command = self.state.bindings.command(table, name) or ""
        return (
            (f" {self.label(table) + name:<{KEY_COLUMNS}} ", KEY),
            (meaning(table, command), PLAIN),
            (f"  {command}", DIM),
        )

    def tables(self) -> list[str]:
        """The names of the tables that have keys, the usual ones first."""
        known = [one for one in self.state.bindings.tables if one not in FIRST]
        return [*FIRST, *known]

    def label(self, table: str) -> str:
        """What stands before a key."""
        if table == "prefix":
            return f"{self.state.settings.prefix} "
        return "" if table == "root" else f"{table}: "

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


@lru_cache(maxsize=1024)
def meaning(table: str, command: str) -> str:
    """What a command line does: this very one, else as its first command says it."""
    if command in BY_COMMAND:
        return BY_COMMAND[command]
    try:
        commands = split_commands(command)
    except Refused:
        return ""
    if not commands:
        return ""
    name, *words = commands[0]
    if name == "send-keys" and words[:1] == ["-X"] and len(words) > 1:
        return about().get(table, {}).get(words[1], "")
    if name == "confirm-before" and words:
        name, *words = next(iter(split_commands(words[-1])), [name])
        return (says(name) or "").rstrip(".") + ", after a question."
    if name == "command-prompt" and words:
        inner = next(iter(split_commands(words[-1].replace("'%%'", "x"))), [name])
        return (says(inner[0]) or "").rstrip(".") + ", after a prompt."
    return says(name) or ""


@cache
def about() -> dict[str, Mapping[str, str]]:
    """What the commands of all modes do, by table and name."""
    return {**tables.ABOUT, **copying.about()}


def says(name: str) -> str | None:
    """What a command does, in a line; None if there is no such command."""
    try:
        return find_command(name).says
    except Refused:
        return None


def commands(state: State) -> Pager:
    """All that can be typed at the `:` prompt."""
    own = [f"{f'{one.name} {one.usage}':<60}  {one.says}" for one in COMMANDS]
    verbs = [f"{name:<60}  {about}" for name, about in state.verbs.names.items()]
    lines = [*own, "", "Verbs of the command line:", *verbs]
    return Pager.of_text("commands", "\n".join(lines))
