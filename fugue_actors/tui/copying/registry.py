"""The commands of copy mode, by the names that tmux has given them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from fugue_actors.tui.copying.lines import Place
    from fugue_actors.tui.copying.machine import Machine

Work = Callable[["Machine", int, Sequence[str]], None]
Way = Callable[["Machine", int], "Place"]


@attrs.frozen
class Command:
    """One command.

    Attributes:
        name: As in `send-keys -X NAME`.
        does: What it does, as a phrase for people.
        work: Does it; gets the machine, how often, and what was given beside its name.
        source: The module that it is from.
    """

    name: str
    does: str
    work: Work
    source: str


COMMANDS: Final[dict[str, Command]] = {}


def command(name: str, does: str) -> Callable[[Work], Work]:
    """Enter a function into the table."""

    def enter(work: Work) -> Work:
        COMMANDS[name] = Command(name, does, work, work.__module__)
        return work

    return enter


def motion(name: str, does: str, *, far: bool = False) -> Callable[[Way], Way]:
    """Enter a function that says where the cursor goes.

    Args:
        name: Of the command.
        does: What it does.
        far: Whether what is around that place is to be seen, too.
    """

    def enter(way: Way) -> Way:
        def work(machine: Machine, count: int, arguments: Sequence[str]) -> None:
            machine.go(way(machine, count), far=far)

        COMMANDS[name] = Command(name, does, work, way.__module__)
        return way

    return enter
