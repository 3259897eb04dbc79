"""How often somebody may do something. Pure: the caller says what time it is."""

from __future__ import annotations

import math
from collections import OrderedDict

import attrs

from fugue_actors.errors import Refused

ROUNDING = 1e-9
KEPT_BUCKETS = 4096


@attrs.frozen(kw_only=True)
class RateLimit:
    """A rate in the long run, and how many may come at once.

    Attributes:
        per_minute: The rate; 0 for no limit at all.
        burst: How many at once.
        what: What is counted, such as `messages`.
    """

    per_minute: float = 60
    burst: int = 20
    what: str = ""

    @property
    def is_off(self) -> bool:
        """Whether everything is allowed."""
        return self.per_minute == 0

    def __str__(self) -> str:
        what = f"{self.what} " if self.what else ""
        return (
            f"only {self.per_minute:g} {what}a minute are allowed, "
            f"{self.burst} of them at once"
        )

    def refusal(self, wait: float) -> Refused:
        """What to say when one more has to wait so many seconds."""
        retry_after = rounded_up(wait)
        return Refused(
            "RateLimited",
            str(self),
            hint=f"try again in {retry_after:g} s, or say it in one message",
            data={"retry_after": retry_after},
        )


def rounded_up(seconds: float) -> float:
    """To a millisecond: nobody reads sixteen digits, and less would be too early."""
    return math.ceil(seconds * 1000) / 1000


class Bucket:
    """One allowance: full at first, refilled evenly.

    It keeps one number, the time at which it will be full again: a bucket that is full
    now is a time in the past, however long ago.
    """

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self.interval = 60 / limit.per_minute
        self.full_at = -math.inf

    def wait(self, now: float) -> float:
        """Seconds until one is there; 0 if one is there now.

        Args:
            now: Seconds of a clock that never goes back.
        """
        room = self.interval * (self.limit.burst - 1)
        wait = max(self.full_at, now) - room - now
        return wait if wait > ROUNDING else 0.0

    def use(self, now: float) -> None:
        """Use one that is there."""
        self.full_at = max(self.full_at, now) + self.interval

    def take(self, now: float) -> None:
        """Use one.

        Raises:
            Refused: `RateLimited`; `data["retry_after"]` is the time in seconds after
                which one is there again. Nothing was used.
        """
        wait = self.wait(now)
        if wait:
            raise self.limit.refusal(wait)
        self.use(now)


class Allowances:
    """One allowance for each of many; those unused for longest are forgotten."""

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self.buckets: OrderedDict[str, Bucket] = OrderedDict()

    def check(self, whose: str, now: float) -> None:
        """See that one is there.

        Raises:
            Refused: `RateLimited`, as from `Bucket.take`.
        """
        bucket = self.buckets.get(whose)
        if bucket is None:
            return
        self.buckets.move_to_end(whose)
        wait = bucket.wait(now)
        if wait:
            raise self.limit.refusal(wait)

    def use(self, whose: str, now: float) -> None:
        """Use one that is there."""
        if self.limit.is_off:
            return
        bucket = self.buckets.pop(whose, None) or Bucket(self.limit)
        bucket.use(now)
        self.buckets[whose] = bucket
        if len(self.buckets) > KEPT_BUCKETS:
            self.buckets.popitem(last=False)
