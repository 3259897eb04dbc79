"""Messages an actor sends to itself later.

A timer lives on the tree's alarms and ends with its incarnation. Whether it still
counts is asked twice, when it rings and when its message is about to be handled, so a
cancelled timer never fires, not even from the mailbox.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.kernel.envelope import Envelope

if TYPE_CHECKING:
    from fugue_actors.kernel.cell import Cell


class Timer:
    """One pending message to oneself; made by `Actor.after`."""

    __slots__ = ("cell", "is_pending", "message", "trace")

    def __init__(self, cell: Cell, message: object, trace: int) -> None:
        self.cell = cell
        self.message = message
        self.trace = trace
        self.is_pending = True

    @property
    def is_live(self) -> bool:
        """Whether it may still fire."""
        return self.is_pending and self.cell.exit is None

    def cancel(self) -> None:
        """It will not fire; nothing happens if it has."""
        self.is_pending = False

    def ring(self) -> None:
        """Its time has come: lie in the mailbox as a control message."""
        self.cell.mailbox.post(Envelope(self.message, trace=self.trace, gate=self.fire))

    def fire(self) -> bool:
        """Whether to handle the message now; true at most once."""
        was_live = self.is_live
        self.is_pending = False
        return was_live
