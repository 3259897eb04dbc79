"""Words and bounds that values and documents use, without those: this loads at once."""

from __future__ import annotations

from typing import Final, Literal

COLUMNS_LIMIT: Final = 1000
LINES_LIMIT: Final = 1000
"""The largest terminal there can be."""

Attested = Literal["process", "token", "guest", "daemon"]
SessionKind = Literal["pane", "guest"]
PaneState = Literal["starting", "running", "restarting", "exited", "lost"]
RestartPolicy = Literal["never", "on-failure", "always"]
TokenRole = Literal["observer", "operator"]
RecipientState = Literal[
    "queued", "offered", "consumed", "answered", "expired", "refused", "dead"
]
Deliver = Literal["all", "one"]
Priority = Literal["high", "normal", "low"]
TakenBy = Literal["typed", "asked", "taken_over"]
ReleasedBy = Literal["released", "left", "idle", "ended", "restarted"]
