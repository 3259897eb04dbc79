"""Everything that a key or the `:` prompt can do, in one table. Pure.

A command changes the client's own state and returns what else is to happen, as actions.
`execute` runs a line; enter at `find_command` to know what there is.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from fugue_actors.errors import Refused
from fugue_actors.tui.commands import (
    client,
    copying,
    opening,
    panes,
    sessions,
    typing,
    windows,
)
from fugue_actors.tui.commands.arguments import parse, split_commands
from fugue_actors.tui.commands.elsewhere import INSTEAD
from fugue_actors.tui.modes import Invoke
from fugue_actors.tui.vocabulary import TALKING
from fugue_actors.tui.words import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fugue_actors.tui.commands.command import Command
    from fugue_actors.tui.modes import Action
    from fugue_actors.tui.state import State

COMMANDS: tuple[Command, ...] = (
    *panes.COMMANDS,
    *windows.COMMANDS,
    *sessions.COMMANDS,
    *typing.COMMANDS,
    *client.COMMANDS,
    *opening.COMMANDS,
    *copying.COMMANDS,
)


@cache
def by_name() -> dict[str, Command]:
    """The commands by name and alias."""
    named = {command.alias: command for command in COMMANDS if command.alias}
    return named | {command.name: command for command in COMMANDS}


def find_command(name: str) -> Command:
    """A command by its name, its alias, or a beginning that only one has.

    Raises:
        Refused: `InvalidArgument`: there is none, or several.
    """
    known = by_name()
    if name in known:
        return known[name]
    if name in INSTEAD:
        raise Refused(
            "InvalidArgument", f"there is no command {name!r}", hint=INSTEAD[name]
        )
    close = sorted(
        command.name for command in COMMANDS if command.name.startswith(name)
    )
    if len(close) == 1:
        return known[close[0]]
    meant = close or alike(name)
    raise Refused(
        "InvalidArgument",
        f"there is no command {name!r}" if not close else f"{name!r} may be several",
        hint=f"is it {' or '.join(meant[:5])}?"
        if meant
        else "list-commands shows all there are",
    )


def alike(name: str) -> list[str]:
    """The commands that somebody can have meant who mistyped one."""
    from difflib import get_close_matches

    return get_close_matches(name, [command.name for command in COMMANDS], n=2)


def is_verb(state: State, name: str) -> bool:
    """Whether a verb is called so, and no command, or one only for short."""
    command = by_name().get(name)
    is_full_name = command is not None and command.name == name
    return name in state.verbs.names and not is_full_name


def execute(state: State, text: str) -> Iterator[Action]:
    """Run the commands of a line one after the other.

    A verb of the command line that says something takes all of the line: its text may have
    anything in it. The first one that is refused ends it; what those before it have asked for stays so.

    Raises:
        Refused: With the name of the command before what is wrong.
    """
    first = next(iter(text.split(maxsplit=1)), "")
    if first in TALKING and is_verb(state, first):
        yield Invoke(text.strip())
        return
    for words in split_commands(text):
        yield from run(state, words)


def run(state: State, words: Sequence[str]) -> Iterator[Action]:
    """Run one command, or a verb of the command line if no command has its full name."""
    name, *rest = words
    if is_verb(state, name):
        yield Invoke(" ".join([name, *(written(word, mark='"') for word in rest)]))
        return
    command = find_command(name)
    try:
        given = parse(rest, command.options, least=command.least, most=command.most)
        yield from command.run(state, given)
    except Refused as error:
        if error.code == "InvalidArgument" and error.hint is None:
            error.hint = f"usage: {command.name} {command.usage}".rstrip()
        raise
