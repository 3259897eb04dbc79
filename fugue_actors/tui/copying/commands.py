"""Gives commands to the machine. Pure.

All there are get into the table when this is imported.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from fugue_actors.errors import Refused
from fugue_actors.tui.copying import moving, scrolling, searching, selecting
from fugue_actors.tui.copying.registry import COMMANDS
from fugue_actors.tui.copying.text import Missing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fugue_actors.tui.copying.machine import Machine, Outcome
    from fugue_actors.tui.copying.registry import Command

SOURCES: Final = (moving, scrolling, selecting, searching)
"""The modules whose functions are commands, in the order in which people read of them."""
MOST_TIMES: Final = 100_000


def all_commands() -> Mapping[str, Command]:
    """The commands there are, by name."""
    return COMMANDS


def give(
    machine: Machine, name: str, arguments: Sequence[str] = (), *, count: int = 1
) -> list[Outcome]:
    """Do a command; what it wants done elsewhere.

    Args:
        machine: Where.
        name: Which.
        arguments: What was given beside its name.
        count: How often.

    Raises:
        Missing: A line is needed that is not known; nothing has moved.
        Refused: `InvalidArgument`: there is no such command.
    """
    command = COMMANDS.get(name)
    if command is None:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"is it {near[0]}?" if near else None
        raise Refused("InvalidArgument", f"copy mode has no {name!r}", hint=hint)
    before = machine.state
    machine.out.clear()
    try:
        command.work(machine, max(1, min(count, MOST_TIMES)), arguments)
    except Missing:
        machine.state = before
        raise
    return list(machine.out)
