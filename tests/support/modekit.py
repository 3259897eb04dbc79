"""Modes of attach by themselves: keys in, actions and pictures out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fugue_actors.drawing import Canvas
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui import tables
from fugue_actors.tui.bindings import Bindings
from fugue_actors.tui.commands import run
from fugue_actors.tui.commands.arguments import split_commands
from fugue_actors.tui.events import Key
from fugue_actors.tui.modes import Open
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.state import State

if TYPE_CHECKING:
    from fugue_actors.client.model import Model
    from fugue_actors.tui.modes import Action, Mode

NAMED = {" ": "Space"}


def state_of(model: Model, **more: Any) -> State:
    """A client that looks at a model, with the tables of all modes."""
    settings = Settings(**more)
    bindings = Bindings(settings, tables.TABLES)
    return State(model, settings, bindings=bindings, name="me")


def opened(state: State, command: str) -> Any:
    """The mode that a command opens."""
    actions = list(run(state, command.split()))
    assert isinstance(actions[-1], Open), actions
    return actions[-1].mode


def names_of(keys: str) -> list[str]:
    """Keys as one types them; those with names of several letters stand in <>."""
    found = []
    while keys:
        name, keys = keys[0], keys[1:]
        if name == "<":
            name, _, keys = keys.partition(">")
        found.append(NAMED.get(name, name))
    return found


def press(state: State, mode: Mode, keys: str) -> list[Action]:
    """Press keys in a mode; what it wants done because of them."""
    done: list[Action] = []
    for name in names_of(keys):
        bound = state.bindings.command(mode.table, name)
        if bound is None or not bound.startswith("send-keys -X"):
            text = " " if name == "Space" else name if len(name) == 1 else ""
            done += mode.key(Key(name, text))
        else:
            [[_, _, command, *words]] = split_commands(bound)
            done += mode.command(command, words)
    return done


def picture(mode: Mode, columns: int, lines: int) -> list[str]:
    """What a mode shows on a screen of its own, without blanks at the ends."""
    canvas = Canvas(columns, lines)
    mode.draw(canvas, Rectangle(0, 0, columns, lines))
    return [line.rstrip() for line in canvas.shown]


def line_picture(mode: Mode, columns: int, lines: int) -> list[str]:
    """What a mode of the status line shows, with what it draws above that."""
    canvas = Canvas(columns, lines)
    mode.draw(canvas, Rectangle(0, lines - 1, columns, 1))
    return [line.rstrip() for line in canvas.shown]
