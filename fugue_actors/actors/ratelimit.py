"""How often somebody may do something. Pure: the caller says what time it is."""

from __future__ import annotations

import math

import attrs

from fugue_actors.errors import Refused

ROUNDING = 1e-9


@attrs.frozen(kw_only=True)
class RateLimit:
    """A rate in the long run, and how many may come at once."""

    per_minute: float = 60
    burst: int = 20


class Bucket:
    """One sender's allowance: full at first, refilled evenly.

    It keeps one number, the time at which it will be full again: a bucket that is full
    now is a time in the past, however long ago.
    """

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self.interval = 60 / limit.per_minute
        self.full_at = -math.inf

    def take(self, now: float) -> None:
        """Use one.

        Args:
            now: Seconds of a clock that never goes back.

        Raises:
            Refused: `RateLimited`; `data["retry_after"]` is the time in seconds after
                which one is there again. Nothing was used.
        """
        full_at = max(self.full_at, now) + self.interval
        wait = full_at - self.interval * self.limit.burst - now
        if wait > ROUNDING:
            retry_after = math.ceil(wait * 1000) / 1000
            raise Refused(
                "RateLimited",
                f"only {self.limit.per_minute:g} a minute are allowed, "
                f"{self.limit.burst} of them at once",
                hint=f"try again in {retry_after:g} s, or say it in one message",
                data={"retry_after": retry_after},
            )
        self.full_at = full_at
