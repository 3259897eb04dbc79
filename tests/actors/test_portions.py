"""Events about many recipients are recorded in portions that let others have a turn."""

from __future__ import annotations

from hypothesis import given, strategies as st
from strategies import untimed

from fugue_actors.actors.portions import MOST_ROWS, portions
from fugue_actors.protocol.events import DeliveryEnded, RetentionEnded, concerns


@untimed
@given(st.lists(st.integers(0, 3 * MOST_ROWS) | st.none(), max_size=10))
def test_portions_say_the_same_in_the_same_order_a_few_at_a_time(
    sizes: list[int | None],
) -> None:
    """Each recipient is in one portion, none is too large, and none is empty."""
    events = [
        RetentionEnded(session_id="s", message_id=str(number))
        if size is None
        else DeliveryEnded(
            message_id=str(number),
            session_ids=tuple(map(str, range(size))),
            state="expired",
            reason="late",
        )
        for number, size in enumerate(sizes)
    ]
    said = [
        (type(event), event.message_id, one)
        for event in events
        for one in concerns(event)
    ]
    heard = []
    for portion in portions(events):
        rows = [(type(e), e.message_id, one) for e in portion for one in concerns(e)]
        assert 0 < len(rows) <= MOST_ROWS
        heard += rows
    assert heard == said
