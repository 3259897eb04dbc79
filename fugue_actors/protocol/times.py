"""Times as people and wires write them: RFC 3339, UTC, to the millisecond. Pure, but for the clock.

All are written alike, so that their texts sort as they do.
"""

from __future__ import annotations

import datetime


def now_utc() -> datetime.datetime:
    """What time it is."""
    return datetime.datetime.now(datetime.UTC)


def utc_now() -> str:
    """Now, as a text."""
    return written(now_utc())


def written(moment: datetime.datetime) -> str:
    """A moment, which has a zone, as a text."""
    text = moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
