"""Messages that are kept: how many a second, and how long a start takes with a million.

Senders, router and journal run in this process, without gateways: each send is over when
the disk has the message for certain. The floor is SQLite, asked for the same by hand: a
commit with a flush for each message, which no sender can be quicker than alone. What is
sent is read a hundred at a time, so that the view stays small.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING

import trio
from actorkit import a_message, a_session
from figures import MS, PER_SECOND, Figure, Numbers, latencies
from journalkit import commit, open_desk, record

from fugue_actors.actors import router, sending
from fugue_actors.actors.limits import Limits
from fugue_actors.actors.targets import SessionTarget
from fugue_actors.journal import writer
from fugue_actors.journal.entries import entry_of
from fugue_actors.kernel import open_kernel, supervisor
from fugue_actors.protocol.events import MessagesConsumed, SessionOpened, TagsChanged

if TYPE_CHECKING:
    from pathlib import Path

    from journalkit import Desk

    from fugue_actors.kernel import Ref
    from fugue_actors.protocol.values import Session

FLOOR = "durable.floor"
FIGURES = [
    Figure("durable.sends_1", "sends, 1 sender", PER_SECOND, aim=1_000, peer=FLOOR),
    Figure("durable.sends_10", "sends, 10 senders", PER_SECOND, aim=5_000, peer=FLOOR),
    Figure(
        "durable.sends_100", "sends, 100 senders", PER_SECOND, aim=8_000, peer=FLOOR
    ),
    Figure(FLOOR, "  floor: commits of SQLite, one after the other", PER_SECOND),
    Figure("durable.fact.p50", "one fact (a tag), median", MS),
    Figure("durable.fact.p99", "  99th percentile", MS),
    Figure("durable.start", "start with 1,000,000 events", MS, aim=2_000),
    Figure("durable.start_unread", "the same with 10,000 unread messages", MS),
]

SENDS = 4_000
COMMITS = 500
AT_ONCE = 100
FACTS = 500
EVENTS = 1_000_000
UNREAD = 10_000
TEXT = {"text": "x" * 200}
FREE = Limits(sends_per_minute=0, conversation_per_minute=0, inbox_messages=1_000_000)


async def sends(desk: Desk, senders: int) -> float:
    """So many senders, each one message after the other: messages a second."""
    opened = desk.begin()
    journal = opened.journal
    sessions = [a_session(f"s{number}", kind="guest") for number in range(senders + 1)]
    reader = sessions[0]
    target = SessionTarget(session=reader.session_name)

    unread: list[str] = []

    async def send_many(ref: Ref, sender: Session) -> None:
        for _ in range(SENDS // senders):
            sent = await sending.send(ref, sender, "guest", target, ("note", TEXT))
            unread.append(sent.message_id)
            if len(unread) == AT_ONCE:
                read = MessagesConsumed(
                    session_id=reader.session_id,
                    message_ids=tuple(unread),
                    evidence="read",
                )
                unread.clear()
                journal.submit(read, done=lambda error: None)

    root = supervisor(
        "root",
        children=[
            writer.spec(journal, opened.archive, begin_anew=lambda: None),
            router.spec(journal, FREE),
        ],
    )
    async with open_kernel(root) as kernel:
        await journal.record(*(SessionOpened(session=one) for one in sessions))
        ref = kernel.registry.resolve(router.PATH)
        began = time.perf_counter()
        async with trio.open_nursery() as nursery:
            for sender in sessions[1:]:
                nursery.start_soon(send_many, ref, sender)
        seconds = time.perf_counter() - began
    opened.archive.close()
    return SENDS / seconds


async def facts(desk: Desk) -> list[float]:
    """The seconds each of some facts takes, one after the other."""
    opened = desk.begin()
    session = a_session("fact", kind="guest")
    seconds = []
    async with desk.serving(opened):
        await opened.journal.record(SessionOpened(session=session))
        for number in range(FACTS):
            tags = TagsChanged(session_id=session.session_id, tags=(str(number),))
            began = time.perf_counter()
            await opened.journal.record(tags)
            seconds.append(time.perf_counter() - began)
    return seconds


def floor(path: Path) -> float:
    """Commits a second, each with one row and a flush."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, body TEXT)")
        body = entry_of(a_message("note", a_session("floor"))).body
        began = time.perf_counter()
        for _ in range(COMMITS):
            connection.execute("INSERT INTO events (body) VALUES (?)", (body,))
        return COMMITS / (time.perf_counter() - began)


def starts(desk: Desk) -> tuple[float, float]:
    """Seconds until the view is there: after a million events, and with much unread."""
    session = a_session("reader", kind="guest")
    opened = desk.begin()
    record(opened, SessionOpened(session=session))
    store = opened.archive.store
    assert store is not None
    body = entry_of(a_message("note", session)).body
    rows = (
        (seq, "2026-01-01T00:00:00.000Z", "MessageSent", session.session_id, body)
        for seq in range(2, EVENTS + 1)
    )
    store.connection.execute("BEGIN")
    store.connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)
    store.connection.execute("COMMIT")
    opened.journal.seq = EVENTS
    commit(opened, checkpoint=True)
    opened.archive.close()
    bare = timed_start(desk)
    opened = desk.begin()
    for _ in range(UNREAD // 500):
        messages = [a_message("note", session) for _ in range(500)]
        record(opened, *messages, checkpoint=True)
    commit(opened, checkpoint=True)
    opened.archive.close()
    return bare, timed_start(desk)


def timed_start(desk: Desk) -> float:
    began = time.perf_counter()
    opened = desk.begin()
    seconds = time.perf_counter() - began
    opened.archive.close()
    return seconds


def measure() -> Numbers:
    """One run."""
    numbers: Numbers = {}
    for senders in (1, 10, 100):
        with open_desk() as desk:
            numbers[f"durable.sends_{senders}"] = trio.run(sends, desk, senders)
    with open_desk() as desk:
        numbers[FLOOR] = floor(desk.root / "floor.db")
        numbers |= latencies("durable.fact", trio.run(facts, desk))
    with open_desk() as desk:
        bare, unread = starts(desk)
    return {
        **numbers,
        "durable.start": bare * 1e3,
        "durable.start_unread": unread * 1e3,
    }
