"""The reporter of a pane, within the pane's actor: records what the host reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from fugue_actors.protocol.events import PaneExited, PaneTitled
from fugue_actors.protocol.hosting import (
    HostEvent,
    OutputHappened,
    ProgramExit,
    ProgramExited,
    TitleChanged,
)

if TYPE_CHECKING:
    from fugue_actors.journal import Journal


class Reporter:
    """See the module's docstring.

    Attributes:
        output: Bytes that the pane's programs have written, as far as was told.
    """

    def __init__(self, journal: Journal, pane_id: str) -> None:
        self.journal = journal
        self.pane_id = pane_id
        self.output = 0
        self.title: str | None = None
        self.exit: ProgramExit | None = None
        self.spoke = trio.Event()

    def forget(self) -> None:
        """What the last run reported does not count any more."""
        self.title = self.exit = None

    def notice(self, event: HostEvent) -> None:
        """Called from the link's reader; remembers, and lets `run` work."""
        match event:
            case OutputHappened(seq=seq):
                self.output = seq
                return
            case TitleChanged(title=title):
                self.title = title
            case ProgramExited(exit=status):
                self.exit = status
            case _:
                return
        self.spoke.set()

    async def run(self) -> None:
        """Record the newest title and the exit, each once."""
        while True:
            await self.spoke.wait()
            self.spoke = trio.Event()
            pane = self.journal.state.panes.get(self.pane_id)
            if pane is None:
                return
            about = {"pane_id": pane.pane_id, "session_id": pane.session_id}
            title, self.title = self.title, None
            if title is not None and title != pane.title:
                await self.journal.record(PaneTitled(**about, title=title))
            if self.exit is not None and pane.exit is None:
                await self.journal.record(PaneExited(**about, exit=self.exit))
