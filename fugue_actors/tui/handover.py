"""Who types into the panes in view, and when that passes from one to another. PURE.

That somebody else types is always said in the status line (`status`). A person who was just
typing looks elsewhere: at the moment at which the keyboard passes it is said in the pane, to
who had it and to who has it now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs

from fugue_actors.tui.modes import Notice

if TYPE_CHECKING:
    from fugue_actors.tui.state import State

Side = Literal["own", "other"]


def typist(state: State, operator: str) -> str:
    """Who types, as it is said to this person: their own other client has their name."""
    return "your other client" if operator == state.name else operator


@attrs.define(eq=False)
class Handover:
    """Notices when the keyboard of a pane passes.

    Attributes:
        sides: Who had it when it was looked at last, by pane.
    """

    sides: dict[str, Side] = attrs.Factory(dict)

    def forget(self) -> None:
        """The daemon is another one, or calls this client otherwise: nothing has passed."""
        self.sides.clear()

    def look(self, state: State) -> Notice | None:
        """What there is to say about the panes in view, as things are now."""
        notice = None
        for pane_id in self.sides.keys() - state.model.panes.keys():
            del self.sides[pane_id]
        for area in state.areas:
            pane_id = area["pane_id"]
            pane = state.model.panes.get(pane_id)
            control: Any = None if pane is None else pane.get("control")
            before = self.sides.pop(pane_id, None)
            if control is None:
                continue
            is_own = control["operator_id"] == state.operator_id
            self.sides[pane_id] = "own" if is_own else "other"
            if before == "own" and not is_own:
                who = typist(state, control["operator"])
                keys = f"{state.settings.prefix} T takes it back"
                text = f"{who} has taken over: {keys}"
                notice = Notice(text, is_error=True, pane_id=pane_id)
            elif before == "other" and is_own:
                notice = Notice("you type here now", pane_id=pane_id)
        return notice
