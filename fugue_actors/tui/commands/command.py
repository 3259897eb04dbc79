"""What a command of attach is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import attrs

from fugue_actors.tui.commands.arguments import Arguments
from fugue_actors.tui.modes import Action
from fugue_actors.tui.state import State

Completes = Literal["", "pane", "window", "session", "command", "layout", "key"]


@attrs.frozen(kw_only=True)
class Command:
    """One that keys can be bound to, and that can be typed at the `:` prompt.

    Attributes:
        name: As tmux calls it, where tmux has it.
        alias: Its short name.
        options: Its flags; behind one that has a value stands a colon.
        usage: Its flags and words, for people.
        least: How many words it needs.
        most: How many it takes; None for any number, such as a program's.
        says: What it does, in a line.
        completes: What its words and its `-t` name.
        run: Does it: changes the client's own state, and returns what else is to happen.
    """

    name: str
    says: str
    run: Callable[[State, Arguments], Iterable[Action]]
    alias: str = ""
    options: str = ""
    usage: str = ""
    least: int = 0
    most: int | None = 0
    completes: Completes = ""
