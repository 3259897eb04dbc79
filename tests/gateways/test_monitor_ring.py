"""What the newest events touched: kept so that clients can go on, and no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.gateways.monitor import ring as module
from fugue_actors.gateways.monitor.ring import Ring

if TYPE_CHECKING:
    import pytest


def seqs(ring: Ring, since: int, newest: int) -> list[int] | None:
    found = ring.since(since, newest)
    return None if found is None else [entry.seq for entry in found]


def touching(count: int) -> dict[str, list[str]]:
    return {"states": [str(number) for number in range(count)]}


def test_what_came_after_a_number_is_told() -> None:
    """Of the newest itself nothing is missed, and of the time before us all is."""
    ring = Ring(10)
    for seq in (11, 12, 13):
        ring.add(seq, touching(1))
    assert seqs(ring, 10, 13) == [11, 12, 13]
    assert seqs(ring, 12, 13) == [13]
    assert seqs(ring, 13, 13) == []
    assert seqs(ring, 9, 13) is None
    assert seqs(ring, 14, 13) is None


def test_the_oldest_events_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was away for longer gets everything anew."""
    monkeypatch.setattr(module, "KEEP_EVENTS", 2)
    ring = Ring(0)
    for seq in (1, 2, 3):
        ring.add(seq, touching(1))
    assert seqs(ring, 0, 3) is None
    assert seqs(ring, 1, 3) == [2, 3]


def test_events_that_touch_much_leave_less_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broadcast touches every session: thousands of them must not add up."""
    monkeypatch.setattr(module, "KEEP_KEYS", 10)
    ring = Ring(0)
    ring.add(1, touching(6))
    ring.add(2, touching(6), "tags")
    assert seqs(ring, 0, 2) is None
    assert seqs(ring, 1, 2) == [2]
    assert ring.size == 6
    ring.add(3, touching(20))
    assert seqs(ring, 2, 3) is None
    assert seqs(ring, 3, 3) == []
    assert ring.size == 0
