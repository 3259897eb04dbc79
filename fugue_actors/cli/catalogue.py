"""The verbs of this command line as values: what a prompt needs to complete and run them.

Importing every command takes a while, so whoever wants this asks for it in a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from fugue_actors.cli.root import COMMANDS, fugue
from fugue_actors.tui.verbs import Argument, Option, Verb

if TYPE_CHECKING:
    from fugue_actors.tui.verbs import Kind, Looks

EVERYWHERE: Final = frozenset({"--debug", "--help"})
"""Options that say nothing of a verb."""
METAVARS: Final[dict[str, Kind]] = {
    "NAME|PANE": "place",
    "PANE": "place",
    "PANE...": "place",
    "NAME[:WINDOW]": "window",
    "NAME:WINDOW": "window",
    "NAME:WINDOW...": "window",
    "ID": "message",
    "FILE": "file",
}
"""What a word stands for, by how the usage shows it."""
ARGUMENTS: Final[dict[str, Kind]] = {
    "session": "session",
    "names": "session",
    "target": "target",
    "text": "text",
    "question": "text",
    "changes": "change",
    "argv": "program",
    "file": "file",
}
"""What an argument stands for, by the name of its parameter."""
OPTIONS: Final[dict[str, Kind]] = {
    "--tag": "tag",
    "--session": "session",
    "--from": "session",
    "--reply-to": "message",
    "--beside": "place",
    "--cwd": "directory",
    "--build": "file",
}
"""What the value of an option stands for."""
OLD_NAMES: Final = frozenset({"tag", "rename", "attach"})
"""Verbs whose `name` is that of a session there is."""

LOOKING: Final[dict[str, Looks]] = {
    "status": "always",
    "ls": "always",
    "tree": "always",
    "read": "always",
    "wait": "always",
    "message": "always",
    "recordings": "always",
    "events": "always",
    "doctor": "always",
    "control": "bare",
    "layout": "bare",
}
"""Verbs that change nothing, always or if they have no options; all others may."""


def verbs() -> dict[str, Verb]:
    """All verbs, by name; imports every command."""
    found: dict[str, Verb] = {}
    context = click.Context(fugue)
    for name in COMMANDS:
        command = fugue.get_command(context, name)
        if command is not None and not command.hidden:
            found[name] = verb_of(name, command, COMMANDS[name][1])
    return found


def verb_of(name: str, command: click.Command, about: str) -> Verb:
    """A command as a verb."""
    members = command.commands.items() if isinstance(command, click.Group) else ()
    parameters = command.params
    return Verb(
        name=name,
        about=about,
        arguments=tuple(
            argument_of(name, one)
            for one in parameters
            if isinstance(one, click.Argument)
        ),
        options=tuple(
            option_of(one)
            for one in parameters
            if isinstance(one, click.Option)
            and not one.hidden
            and not EVERYWHERE & {*one.opts}
        ),
        members=tuple(
            verb_of(member, one, one.get_short_help_str(80)) for member, one in members
        ),
        looks=LOOKING.get(name, "never"),
    )


def argument_of(verb: str, argument: click.Argument) -> Argument:
    """What a verb takes by position."""
    name, metavar = argument.name or "", argument.metavar or ""
    is_session = name == "name" and verb in OLD_NAMES
    kind: Kind = "session" if is_session else ARGUMENTS.get(name, "other")
    choices = choices_of(argument)
    return Argument(
        name=metavar or name.upper(),
        kind="choice" if choices else METAVARS.get(bare(metavar), kind),
        choices=choices,
        is_required=argument.required,
        is_many=argument.nargs == -1,
    )


def option_of(option: click.Option) -> Option:
    """What a verb takes by name."""
    names = tuple(option.opts)
    choices = choices_of(option)
    kind: Kind | None = None
    if not option.is_flag:
        known = OPTIONS.get(names[0], METAVARS.get(option.metavar or "", "other"))
        kind = "choice" if choices else known
    return Option(
        names=names,
        about=option.help or "",
        kind=kind,
        choices=choices,
    )


def bare(metavar: str) -> str:
    """What the usage shows, without the brackets around what may be left out."""
    is_optional = metavar.startswith("[") and metavar.endswith("]")
    return metavar[1:-1] if is_optional else metavar


def choices_of(parameter: click.Parameter) -> tuple[str, ...]:
    """The values that there are, if it is one of several."""
    kind = parameter.type
    return tuple(map(str, kind.choices)) if isinstance(kind, click.Choice) else ()
