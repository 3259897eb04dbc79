"""Times as the daemon writes them, in UTC, as people read them: by this machine's clock."""

from __future__ import annotations

import datetime


def moment(stamp: str) -> str:
    """When something was, as `2026-11-21 12:34:56`; what is no time stays as it is."""
    try:
        when = datetime.datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S}"


def clock(stamp: str) -> str:
    """The same, as `12:34`."""
    return moment(stamp)[11:16]
