"""What a million messages leave in memory once they are consumed.

The view of a daemon takes their events in, without a disk: what it forgets is all in the
journal. It is measured once, whatever the number of runs.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import psutil
from actorkit import a_session
from figures import MEGABYTES, Figure, Numbers

from fugue_actors.journal import State
from fugue_actors.protocol.events import (
    Event,
    MessagesConsumed,
    MessageSent,
    MessagesOffered,
    Recorded,
    SessionOpened,
)
from fugue_actors.protocol.ids import new_message_id
from fugue_actors.protocol.values import Addressee, Envelope, Sender

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.protocol.values import Session

FIGURES = [
    Figure(
        "memory.growth",
        "resident memory that the last 900,000 add",
        MEGABYTES,
        aim=5.0,
    ),
]

SESSIONS = 20
MESSAGES = 1_000_000
FIRST = 100_000


def story(sessions: list[Session], count: int) -> Iterator[tuple[Event, ...]]:
    """So many messages, each sent, handed out and consumed."""
    for number in range(count):
        sender = sessions[number % len(sessions)]
        to = sessions[(7 * number + 1) % len(sessions)]
        envelope = Envelope(
            id=new_message_id(),
            sender=Sender(
                session_id=sender.session_id,
                session_name=sender.session_name,
                attested="guest",
            ),
            target={"session": to.session_name},
            type="note",
            payload={"text": "all tests pass on the branch; please look"},
            sent_at="2026-01-01T00:00:00.000Z",
        )
        one = Addressee(session_id=to.session_id, session_name=to.session_name)
        ids = (envelope.id,)
        yield (
            MessageSent(envelope=envelope, recipients=(one,)),
            MessagesOffered(
                session_id=to.session_id,
                message_ids=ids,
                holder="/gateways/mcp/connections/c0123456789ab",
            ),
            MessagesConsumed(
                session_id=to.session_id,
                message_ids=ids,
                evidence="its connection went on afterwards",
            ),
        )


@functools.cache
def growth() -> float:
    """By how many bytes the process grows over most of a million messages; once."""
    state, seq = State(), 0
    sessions = [a_session(f"s{n}", kind="guest") for n in range(SESSIONS)]
    opened = tuple(SessionOpened(session=one) for one in sessions)
    process = psutil.Process()
    before = 0
    for event in opened:
        seq += 1
        state.apply(Recorded(seq=seq, at="t", event=event))
    for number, events in enumerate(story(sessions, MESSAGES)):
        for event in events:
            seq += 1
            state.apply(Recorded(seq=seq, at="2026-01-01T00:00:00.000Z", event=event))
        if number == FIRST:
            before = process.memory_info().rss
    return process.memory_info().rss - before


def measure() -> Numbers:
    """One run."""
    return {"memory.growth": growth() / 1e6}
