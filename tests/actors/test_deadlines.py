"""What ends by itself, told from a message's record and the time."""

from __future__ import annotations

from hypothesis import given, strategies as st
from strategies import untimed

from fugue_actors.actors.deadlines import Deadlines, is_timely, moment
from fugue_actors.protocol.values import Envelope, Sender

times = st.integers(0, 1_000)


def test_a_deadline_is_the_first_moment_at_which_it_is_too_late() -> None:
    """The inbox and the actor that records it mean the same moment."""
    envelope = Envelope(
        id="m",
        sender=Sender(session_id="s", session_name="s", attested="process"),
        target={},
        type="note",
        payload={},
        sent_at="2026-01-01T00:00:00.000Z",
        expires_at="2026-01-01T00:00:01.500Z",
    )
    at = moment("2026-01-01T00:00:01.500Z")
    assert at == 1767225601.5
    assert [is_timely(envelope, now) for now in (at - 0.001, at, at + 0.001)] == [
        True,
        False,
        False,
    ]


@untimed
@given(st.lists(times), st.lists(times, max_size=20))
def test_every_deadline_passes_once_at_its_time(
    deadlines: list[int], looks: list[int]
) -> None:
    """However often it is looked, and in whatever order they were noted."""
    noted = Deadlines(lambda _: True)
    for number, at in enumerate(deadlines):
        noted.add(str(number), at)
    seen: list[str] = []
    for now in (*sorted(looks), 1_000):
        passed = noted.passed(now)
        assert all(deadlines[int(number)] <= now for number in passed)
        seen += passed
        assert noted.earliest is None or noted.earliest > now
    assert sorted(seen, key=int) == [str(number) for number in range(len(deadlines))]


def test_deadlines_of_messages_that_were_read_take_no_memory() -> None:
    """A million messages that expire tomorrow cost nothing once they are consumed."""
    counting: set[str] = set()
    noted = Deadlines(counting.__contains__)
    longest = 0
    for number in range(20_000):
        counting.add(str(number))
        counting.discard(str(number - 100))
        noted.add(str(number), 1e9 - number)
        longest = max(longest, len(noted.heap))
    assert longest <= 1_024
    assert counting <= set(noted.passed(2e9))
