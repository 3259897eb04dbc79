"""Recordings as the daemon makes them: an actor for each, which watches and writes a file.

`recordist` starts and stops them and has those go on that an earlier incarnation or daemon
began; `recorder` makes one. What a recording looks like is the business of
`fugue_actors.recording`.
"""

from __future__ import annotations

from fugue_actors.gateways.recordings.recordist import (
    StartRecording,
    StopRecording,
    spec,
    start,
    stop,
)
from fugue_actors.gateways.recordings.settings import RecordSettings

__all__ = [
    "RecordSettings",
    "StartRecording",
    "StopRecording",
    "spec",
    "start",
    "stop",
]
