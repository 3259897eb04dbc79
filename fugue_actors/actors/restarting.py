"""Whether a program that ended is started again, and when. Pure.

Each start in a row waits twice as long as the one before, up to `LONGEST`. A run of
`HEALTHY` seconds ends the row; after `MOST` starts in a row nobody tries any more.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from fugue_actors.protocol.values import Pane

FIRST: Final = 0.5
LONGEST: Final = 60.0
HEALTHY: Final = 60.0
MOST: Final = 10


@attrs.frozen
class Again:
    """Start it again, for the `streak`th time in a row."""

    streak: int


@attrs.frozen
class GiveUp:
    """It should be started again, and it makes no sense to try."""

    trouble: str


def decide(pane: Pane, *, now: str) -> Again | GiveUp | None:
    """What its policy says of a pane that runs no program; None: let it be.

    Args:
        pane: Exited, lost, or restarting and not able to.
        now: RFC 3339, as in the record.
    """
    if pane.restart == "never":
        return None
    is_done = pane.exit is not None and pane.exit.code == 0
    if pane.restart == "on-failure" and is_done and pane.state == "exited":
        return None
    if pane.state == "restarting":
        streak = pane.streak
    else:
        streak = 0 if ran(pane, now) >= HEALTHY else pane.streak
    if streak >= MOST:
        return GiveUp(f"it ended {MOST} times in a row soon after it was started")
    return Again(streak + 1)


def pause(streak: int) -> float:
    """Seconds to wait before the `streak`th start in a row."""
    return min(FIRST * 2.0 ** (streak - 1), LONGEST)


def ran(pane: Pane, now: str) -> float:
    """How long its last run took, in seconds; 0 if it never ran."""
    if pane.started_at is None:
        return 0.0
    began, ended = map(datetime.datetime.fromisoformat, (pane.started_at, now))
    return (ended - began).total_seconds()
