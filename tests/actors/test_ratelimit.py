"""The broadcast allowance against a plain model of a leaking bucket."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from strategies import untimed

from fugue_actors.actors.ratelimit import Bucket, RateLimit
from fugue_actors.errors import Refused


def refused_after(bucket: Bucket, now: float) -> float | None:
    """How long to wait, if one is refused."""
    try:
        bucket.take(now)
    except Refused as refusal:
        wait: float = (refusal.data or {})["retry_after"]
        return wait
    return None


def test_a_burst_then_one_each_interval() -> None:
    """The public limit: sixty a minute, twenty of them at once."""
    bucket = Bucket(RateLimit())
    assert [refused_after(bucket, 100.0) for _ in range(20)] == [None] * 20
    assert refused_after(bucket, 100.0) == 1.0
    assert refused_after(bucket, 100.75) == 0.25
    assert refused_after(bucket, 101.0) is None
    assert refused_after(bucket, 101.0) == 1.0


def test_a_refusal_uses_nothing_up() -> None:
    """Who asks too often is not punished for asking."""
    bucket = Bucket(RateLimit(per_minute=60, burst=1))
    bucket.take(0.0)
    assert [refused_after(bucket, 0.5) for _ in range(9)] == [0.5] * 9
    bucket.take(1.0)


def test_who_was_silent_for_long_has_no_more_than_a_burst() -> None:
    """Silence is not saved up."""
    bucket = Bucket(RateLimit(per_minute=60, burst=3))
    for _ in range(3):
        bucket.take(0.0)
    assert [refused_after(bucket, 1e6) for _ in range(4)] == [None, None, None, 1.0]


@untimed
@given(
    st.integers(1, 600),
    st.integers(1, 30),
    st.lists(st.integers(0, 5000), max_size=60),
)
def test_the_bucket_agrees_with_counting_in_fractions(
    per_minute: int, burst: int, pauses: list[int]
) -> None:
    """A model that refills by exact parts; waiting as told is always enough."""
    bucket = Bucket(RateLimit(per_minute=per_minute, burst=burst))
    level = burst * 60_000  # in parts of a message: one is 60 000
    now = 0
    for pause in pauses:
        now += pause
        level = min(burst * 60_000, level + pause * per_minute)
        wait = refused_after(bucket, now / 1000)
        assert (wait is None) == (level >= 60_000)
        if wait is None:
            level -= 60_000
        else:
            twin = Bucket(bucket.limit)
            twin.full_at = bucket.full_at
            assert refused_after(twin, now / 1000 + wait) is None


def test_the_wait_is_rounded_up_to_a_millisecond() -> None:
    """Nobody wants to read sixteen digits, and waiting a little less would not do."""
    bucket = Bucket(RateLimit(per_minute=7, burst=1))
    bucket.take(0.0)
    assert refused_after(bucket, 0.0) == 8.572


def test_the_refusal_says_when_to_try_again() -> None:
    """An agent acts on the hint."""
    bucket = Bucket(RateLimit(per_minute=30, burst=1))
    bucket.take(0.0)
    with pytest.raises(Refused, match="30 a minute") as refusal:
        bucket.take(0.0)
    assert refusal.value.code == "RateLimited"
    assert "2 s" in (refusal.value.hint or "")
