"""Whether what the user has bound can be run, before a key is pressed. PURE.

The form of `[attach]` is checked where it is read, by the daemon, too (see `settings`); what
commands and tables there are only the client knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.errors import Refused
from fugue_actors.tui import tables
from fugue_actors.tui.commands import find_command
from fugue_actors.tui.commands.arguments import parse, split_commands
from fugue_actors.tui.lists import TYPING
from fugue_actors.tui.settings import KEYS, SECTION
from fugue_actors.tui.state import PREFIX, ROOT
from fugue_actors.tui.vocabulary import TALKING

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

KNOWN: Final = frozenset({ROOT, PREFIX, TYPING, *tables.TABLES})
"""The tables there are."""


def check(
    file: str, bound: Mapping[str, Mapping[str, str]], verbs: Container[str]
) -> None:
    """See that all that is bound can be run.

    Args:
        file: Where it was bound.
        bound: Commands by table and key.
        verbs: The names of the command line's verbs, which keys may run as well.

    Raises:
        Refused: `InvalidArgument`, naming file and key.
    """
    for table, keys in bound.items():
        place = f"{file}: {SECTION}.{KEYS}.{table}"
        if table not in KNOWN:
            known = ", ".join(sorted(KNOWN))
            raise Refused(
                "InvalidArgument", f"{place} is no table", hint=f"known are: {known}"
            )
        for key, text in keys.items():
            try:
                check_line(text, verbs)
            except Refused as error:
                message = f"{place}.{key}: {error.message}"
                raise Refused("InvalidArgument", message, hint=error.hint) from error


def check_line(text: str, verbs: Container[str]) -> None:
    """See that the commands of a line are there, with their flags and words.

    Raises:
        Refused: `InvalidArgument`.
    """
    first = next(iter(text.split(maxsplit=1)), "")
    if first in TALKING and first in verbs:
        return
    for name, *words in split_commands(text):
        if name not in verbs:
            command = find_command(name)
            parse(words, command.options, least=command.least, most=command.most)
