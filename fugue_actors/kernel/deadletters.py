"""Messages that were accepted and then never handled.

A sender that was told an error makes no dead letter. Only the type of a message is
kept, never its body. The ring and the counters are bounded; the warning is rate-limited
so that a dying actor with a full mailbox costs one line.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, deque

import attrs
import trio

logger = logging.getLogger(__name__)

RING = 256
PATHS = 1024
WARN_EVERY = 10.0


@attrs.frozen(kw_only=True)
class DeadLetter:
    """One lost message: when (trio seconds), for whom, of what type, and why."""

    time: float
    path: str
    message_type: str
    why: str


class DeadLetters:
    """The last ones, and how many there were for each path.

    Attributes:
        ring: The last 256, oldest first.
        counts: Lost messages per path; the 1024 paths that lost one most recently.
        total: All of them since the tree started.
    """

    def __init__(self) -> None:
        self.ring: deque[DeadLetter] = deque(maxlen=RING)
        self.counts: OrderedDict[str, int] = OrderedDict()
        self.total = 0
        self.warned_at: float | None = None
        self.unwarned = 0

    def add(self, path: str, message: object, why: str) -> None:
        """Record one lost message."""
        now = trio.current_time()
        kind = type(message).__name__
        self.ring.append(DeadLetter(time=now, path=path, message_type=kind, why=why))
        self.total += 1
        self.counts[path] = self.counts.pop(path, 0) + 1
        if len(self.counts) > PATHS:
            self.counts.popitem(last=False)
        self.unwarned += 1
        if self.warned_at is None or now >= self.warned_at + WARN_EVERY:
            logger.warning(
                "%d message(s) never handled; the last, %s, was for %s: %s",
                self.unwarned,
                kind,
                path,
                why,
                extra={"fugue_path": path, "fugue_msg_type": kind},
            )
            self.warned_at = now
            self.unwarned = 0
