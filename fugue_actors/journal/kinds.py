"""What the journal owes to an event: one table for all of them. Pure.

A *promise* counts only when the disk has it for certain: somebody is answered because of
it, and that must be true after a loss of power. A *fact* has happened whatever the disk
says; it is written as soon as that works. What is *passing* is true now and is told to
whoever listens, but nobody asks for it later, so it is never written by itself.
"""

from __future__ import annotations

from typing import Final

from fugue_actors.protocol import events as happened

PASSING: Final[frozenset[type]] = frozenset(
    {happened.PaneTitled, happened.PaneRang, happened.PaneLinked}
)
FACTS: Final[frozenset[type]] = frozenset(
    {
        happened.SessionOpened,
        happened.SessionClosed,
        happened.SessionRenamed,
        happened.GuestHeld,
        happened.TagsChanged,
        happened.StatusReported,
        happened.PaneOpened,
        happened.PaneStarted,
        happened.PaneResized,
        happened.PaneExited,
        happened.PaneLost,
        happened.PaneRestarting,
        happened.PaneGaveUp,
        happened.PaneRenamed,
        happened.ControlTaken,
        happened.ControlReleased,
        happened.PaneClosed,
        happened.LayoutChanged,
        happened.RecordingEnded,
    }
)


def is_promise(event: happened.Event) -> bool:
    """Whether an event must be on disk before it counts: all that is nothing else."""
    kind = type(event)
    return kind not in FACTS and kind not in PASSING


def is_passing(event: happened.Event) -> bool:
    """Whether an event is never written."""
    return type(event) in PASSING
