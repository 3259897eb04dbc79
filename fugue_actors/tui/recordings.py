"""What is being recorded of what a client shows. PURE.

Who works where somebody records should know: what is shown is kept, secrets too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.drawing import Style

if TYPE_CHECKING:
    from fugue_actors.protocol.monitor import RecordingDocument
    from fugue_actors.tui.state import State

MARK: Final = " ● recorded "
RECORDED: Final = Style(fg="brightwhite", bg="red")


def is_recorded(state: State) -> bool:
    """Whether something is recorded of the window: its session, or one of its panes."""
    return any(
        recording["pane_id"] in (None, area["pane_id"])
        for recording in recordings_of(state)
        for area in state.areas
    )


def is_pane_recorded(state: State, pane_id: str) -> bool:
    """Whether this pane of the session is recorded by itself."""
    return any(recording["pane_id"] == pane_id for recording in recordings_of(state))


def recordings_of(state: State) -> list[RecordingDocument]:
    """The recordings of the session in view; an older daemon tells of none."""
    session = state.session
    return [] if session is None else session.get("recordings", [])
