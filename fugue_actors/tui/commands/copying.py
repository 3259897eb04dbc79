"""The command that looks back in a pane. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.tui.commands.command import Command
from fugue_actors.tui.copying import registry, tables
from fugue_actors.tui.copying.mode import CopyMode, Todo
from fugue_actors.tui.modes import Close, Open
from fugue_actors.tui.targets import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fugue_actors.tui.commands.arguments import Arguments
    from fugue_actors.tui.modes import Action
    from fugue_actors.tui.state import State

UP: Final = Todo("page-up")


def copy_mode(state: State, given: Arguments) -> Iterable[Action]:
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
        yield from mode.do(UP)
    if held is not None:
        yield from mode.key(held.mouse)


TABLES: Final = tables.TABLES
"""The keys of copy mode, by table."""

ABOUT: Final[Mapping[str, Mapping[str, str]]] = {
    table: {
        name: f"{each.does[0].upper()}{each.does[1:]}."
        for name, each in registry.COMMANDS.items()
    }
    for table in tables.TABLES
}
"""What its commands do, by table and name."""

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
