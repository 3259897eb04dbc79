"""Events about many recipients, in portions that let others have their turn. Pure.

What is recorded at once takes effect in one step, and nothing else happens meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.protocol.events import DeliveryEnded, concerns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fugue_actors.protocol.events import Event

MOST_ROWS: Final = 100
"""Recipients of one portion: a few milliseconds."""


def portions(events: Iterable[Event]) -> Iterator[list[Event]]:
    """The events in their order, those with many recipients in several parts."""
    portion: list[Event] = []
    rows = 0
    for event in events:
        for part in parts(event):
            more = len(concerns(part))
            if portion and rows + more > MOST_ROWS:
                yield portion
                portion, rows = [], 0
            portion.append(part)
            rows += more
    if portion:
        yield portion


def parts(event: Event) -> Iterator[Event]:
    """An event that is about many sessions, as several about some of them each."""
    if not isinstance(event, DeliveryEnded):
        yield event
        return
    ids = event.session_ids
    for start in range(0, len(ids), MOST_ROWS):
        yield attrs.evolve(event, session_ids=ids[start : start + MOST_ROWS])
