"""The command that looks back in a pane. Pure.

Copy mode is loaded when somebody begins it: a client starts without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.errors import Refused
from fugue_actors.tui.commands.command import Command
from fugue_actors.tui.copying.tables import TABLES
from fugue_actors.tui.modes import Close, Open
from fugue_actors.tui.targets import find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.tui.commands.arguments import Arguments
    from fugue_actors.tui.modes import Action
    from fugue_actors.tui.state import State


def nothing_copied() -> Refused:
    """What is said when there is nothing to paste or to choose."""
    hint = "prefix [ begins to look back and copy"
    return Refused("InvalidArgument", "nothing was copied", hint=hint)


def copy_mode(state: State, given: Arguments) -> Iterable[Action]:
    from fugue_actors.tui.copying.mode import CopyMode
    from fugue_actors.tui.copying.todo import Todo

    held = state.held if "M" in given else None
    pane_id = find(state, given.get("t")).pane_id if held is None else held.pane_id
    present = state.pane_modes.get(pane_id)
    if "q" in given:
        if present is not None:
            yield Close(present)
        return
    if isinstance(present, CopyMode):
        mode = present
    else:
        mode = CopyMode(
            pane_id,
            state.model,
            keys=state.settings.mode_keys,
            bound=state.bindings.command,
            searches=lambda: state.history.matching("search", ""),
            leaves_at_bottom="e" in given,
        )
        yield Open(mode, pane_id)
        yield from mode.opened()
    if "u" in given:
        yield from mode.do(Todo("page-up"))
    if held is not None:
        yield from mode.key(held.mouse)


def about() -> dict[str, dict[str, str]]:
    """What the commands of copy mode do, by table and name."""
    from fugue_actors.tui.copying.commands import all_commands

    says = {
        name: f"{each.does[0].upper()}{each.does[1:]}."
        for name, each in all_commands().items()
    }
    return dict.fromkeys(TABLES, says)


COMMANDS: Final = (
    Command(
        name="copy-mode",
        options="eMqut:",
        usage="[-eMqu] [-t pane]",
        says="Look back in a pane, search and copy; with -u a page up, with -e until one "
        "is down again, with -M as the mouse says, with -q no longer.",
        completes="pane",
        run=copy_mode,
    ),
)
