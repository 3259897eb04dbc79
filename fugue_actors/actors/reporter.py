"""The reporter of a pane, within the pane's actor: records what the host reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from fugue_actors.protocol.events import PaneExited, PaneRang, PaneTitled
from fugue_actors.protocol.hosting import (
    HostEvent,
    OutputHappened,
    ProgramExit,
    ProgramExited,
    TitleChanged,
)

if TYPE_CHECKING:
    from fugue_actors.journal import Journal

BELL_SECONDS: Final = 0.5
"""Between two bells that are recorded; those between them are one."""


class Reporter:
    """See the module's docstring.

    Attributes:
        output: Bytes that the pane's programs have written, as far as was told.
        bells: How often the program has rung, as far as was told; None until somebody has
            said how often it had before there was anybody to hear it.
    """

    def __init__(self, journal: Journal, pane_id: str) -> None:
        self.journal = journal
        self.pane_id = pane_id
        self.output = 0
        self.title: str | None = None
        self.exit: ProgramExit | None = None
        self.spoke = trio.Event()
        self.bells: int | None = None
        self.rang = trio.Event()

    def begin(self, bells: int) -> None:
        """This is how often the program had rung; nothing if that is known."""
        if self.bells is None:
            self.bells = bells

    def forget(self) -> None:
        """What the last run reported does not count any more."""
        self.title = self.exit = self.bells = None

    def notice(self, event: HostEvent) -> None:
        """Called from the link's reader; remembers, and lets `run` work."""
        match event:
            case OutputHappened(seq=seq, bells=bells):
                self.output = seq
                if self.bells is not None and bells > self.bells:
                    self.bells = bells
                    self.rang.set()
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

    async def run_bells(self) -> None:
        """Record that the program has rung, now and then at most."""
        while True:
            await self.rang.wait()
            self.rang = trio.Event()
            pane = self.journal.state.panes.get(self.pane_id)
            if pane is None:
                return
            about = {"pane_id": pane.pane_id, "session_id": pane.session_id}
            await self.journal.record(PaneRang(**about))
            await trio.sleep(BELL_SECONDS)
