"""What happens while the disk refuses, and after it; and what of damaged files."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
import trio
from actorkit import a_message, a_pane, a_session
from journalkit import Desk, commit, facts, open_desk, record

from fugue_actors.errors import Unavailable
from fugue_actors.journal import cards, goodcopy, store as stores, writer
from fugue_actors.journal.cards import Card
from fugue_actors.journal.store import Store
from fugue_actors.journal.troubles import Outage
from fugue_actors.protocol.events import (
    PaneOpened,
    SessionClosed,
    SessionOpened,
    TagsChanged,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.journal import Journal

ANN = a_session("ann", kind="guest")
BOB = a_session("bob", kind="guest")
OPENED = SessionOpened(session=ANN), SessionOpened(session=BOB)


def tagged(*tags: str) -> TagsChanged:
    return TagsChanged(session_id=ANN.session_id, tags=tags)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(writer, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(writer, "LONGEST_PAUSE", 0.02)
    monkeypatch.setattr(stores, "BUSY_SECONDS", 0.02)
    with open_desk() as desk:
        yield desk


async def until_well(journal: Journal) -> None:
    while journal.trouble is not None:  # noqa: ASYNC110 - nothing tells of it
        await trio.sleep(0.01)


@contextlib.contextmanager
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The disk takes nothing more."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise Outage("the journal cannot be used: the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "commit", refuse)
        yield


@contextlib.contextmanager
def locked(desk: Desk, *, for_readers: bool = False) -> Iterator[None]:
    """Another program holds the file, and lets others read it or not."""
    connection = sqlite3.connect(desk.places.journal, isolation_level=None)
    with contextlib.closing(connection):
        if for_readers:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        yield


# ---- the disk refuses


@pytest.mark.parametrize("outage", ["full", "locked"])
async def test_promises_are_refused_and_facts_happen_until_the_disk_is_well(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, outage: str
) -> None:
    """Then all is as before, by itself, and no fact is lost to the next daemon."""
    with trio.fail_after(60):
        opened = desk.begin()
        journal = opened.journal
        async with desk.serving(opened):
            await journal.record(*OPENED)
            await journal.record(kept := a_message("kept", ANN, BOB))
            with full(monkeypatch) if outage == "full" else locked(desk):
                with pytest.raises(Unavailable, match=outage):
                    await journal.record(a_message("refused", ANN))
                assert outage in (journal.trouble or "")
                with pytest.raises(Unavailable, match=outage):
                    await journal.record(tagged("never"), a_message("refused", ANN))
                await journal.record(
                    SessionClosed(session_id=BOB.session_id, reason="over")
                )
                await trio.sleep(0.1)  # it is tried again in vain
                for number in range(50):
                    await journal.record(tagged(f"n{number}"))
            await until_well(journal)
            await journal.record(later := a_message("later", ANN))
            left = desk.killed(desk.root / "left")
    state = left.load()
    assert facts(state) == facts(journal.state)
    assert state.sessions[ANN.session_id].tags == ("n49",)
    assert state.ledger.state_of(kept.envelope.id, BOB.session_id) == "dead"
    assert list(state.ledger.messages) == [kept.envelope.id, later.envelope.id]


async def test_facts_of_an_outage_are_among_the_events_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what became of a message would be told wrong from them for ever."""
    with trio.fail_after(60):
        opened = desk.begin()
        journal = opened.journal
        async with desk.serving(opened):
            await journal.record(*OPENED)
            with full(monkeypatch):
                with pytest.raises(Unavailable, match="full"):
                    await journal.record(a_message("refused", ANN))
                for number in range(3):
                    await journal.record(tagged(f"n{number}"))
            await until_well(journal)
            await journal.record(tagged("well"))
            bodies = desk.sql("SELECT seq, body FROM events ORDER BY seq")
    assert [seq for seq, _ in bodies] == [1, 2, 3, 4, 5, 6]
    assert [json.loads(body)["tags"] for _, body in bodies[2:]] == [
        ["n0"],
        ["n1"],
        ["n2"],
        ["well"],
    ]


async def test_a_writer_can_start_and_end_while_the_disk_refuses(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its supervisor sees no crash: an outage is no bug."""
    with trio.fail_after(60), full(monkeypatch):
        opened = desk.begin()
        async with desk.serving(opened) as kernel:
            await opened.journal.record(*OPENED)
            assert kernel.registry.resolve("/journal").incarnation == 1
        assert ANN.session_id in opened.journal.state.sessions


async def test_a_journal_that_cannot_be_read_is_not_touched_until_it_can_be(
    desk: Desk,
) -> None:
    """Meanwhile the panes that there are go on; then the daemon is asked to begin anew."""
    carol = a_session("carol")
    pane = a_pane(carol, hosted=desk.host("p1"), state="running")
    message = a_message("note", ANN)
    desk.save(*OPENED, message)
    cards.write(desk.places.panes, Card(session=carol, pane=pane))
    with trio.fail_after(60):
        with locked(desk, for_readers=True):
            opened = desk.begin()
            journal = opened.journal
            assert list(journal.state.sessions) == [carol.session_id]
            async with desk.serving(opened):
                with pytest.raises(Unavailable, match="locked"):
                    await journal.record(a_message("refused", carol))
                await journal.record(
                    TagsChanged(session_id=carol.session_id, tags=("a",))
                )
                assert desk.begun_anew == 0
        async with desk.serving(opened):
            while not desk.begun_anew:  # noqa: ASYNC110 - of a thread
                await trio.sleep(0.01)
    state = desk.load()
    assert set(state.sessions) == {one.session_id for one in (ANN, BOB, carol)}
    assert list(state.ledger.messages) == [message.envelope.id]


# ---- the file is damaged


@pytest.mark.parametrize("damage", ["deleted", "replaced", "overwritten"])
async def test_a_file_that_is_damaged_at_work_is_begun_anew_from_memory(
    desk: Desk, damage: str
) -> None:
    """Nobody but the log notices; what there is of the old file is kept."""
    path = desk.places.journal
    with trio.fail_after(60):
        opened = desk.begin()
        journal = opened.journal
        async with desk.serving(opened):
            await journal.record(*OPENED)
            await journal.record(before := a_message("before", ANN))
            if damage == "deleted":
                path.unlink()
            elif damage == "replaced":
                path.rename(path.with_suffix(".old"))
                path.write_bytes(b"something else")
            else:
                with contextlib.closing(sqlite3.connect(path)) as other:
                    other.execute("UPDATE meta SET value = value")
                    other.commit()
                    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    with path.open("r+b") as file:
                        file.write(b"\0" * path.stat().st_size)
            await journal.record(after := a_message("after", ANN))
            await journal.record(tagged("a"))
            left = desk.killed(desk.root / "left")
    assert journal.trouble is None
    assert ("journal.db.bad-1" in desk.aside()) == (damage != "deleted")
    state = left.load()
    assert facts(state) == facts(journal.state)
    assert list(state.ledger.messages) == [before.envelope.id, after.envelope.id]


def filled(desk: Desk) -> Journal:
    """A daemon has worked for a while, with a copy of its view somewhere in between."""
    opened = desk.begin()
    record(opened, *OPENED)
    for number in range(40):
        message = a_message(f"n{number}", ANN, BOB)
        message.envelope.payload["text"] = "x" * 500
        record(opened, message, checkpoint=number % 9 == 8)
        if number == 20:
            goodcopy.save(desk.places.journal, desk.places.copy)
    commit(opened, checkpoint=True)
    record(opened, tagged("late"))
    opened.archive.close()
    return opened.journal


PAGE = 4096


@pytest.mark.parametrize("part", range(16))
def test_of_an_overwritten_file_all_that_can_be_read_is_taken(
    desk: Desk, part: int
) -> None:
    """At whatever page: sessions are there, the file is kept, and the daemon starts."""
    before = filled(desk)
    path = desk.places.journal
    data = bytearray(path.read_bytes())
    pages = len(data) // PAGE
    first = part * pages // 16
    data[first * PAGE : (first + 2) * PAGE] = b"\x5a" * (2 * PAGE)
    path.write_bytes(data)
    opened = desk.begin()
    state = opened.journal.state
    assert set(state.sessions) == set(before.state.sessions)
    # What the copy has is there in any case.
    types = {record.envelope.type for record in state.ledger.messages.values()}
    assert {f"n{number}" for number in range(17)} <= types
    if desk.aside():
        assert (desk.root / "journal.db.bad-1").read_bytes() == data
    assert record(opened, a_message("after", ANN)) == [None]
    opened.archive.close()
    assert facts(desk.load()) == facts(state)


@pytest.mark.parametrize("part", range(8))
def test_of_a_truncated_file_all_that_can_be_read_is_taken(
    desk: Desk, part: int
) -> None:
    """As when a disk was full in the wrong moment, or a copy broke off."""
    before = filled(desk)
    path = desk.places.journal
    data = path.read_bytes()
    path.write_bytes(data[: part * len(data) // 8])
    state = desk.load()
    assert set(state.sessions) == set(before.state.sessions)
    types = {record.envelope.type for record in state.ledger.messages.values()}
    assert {f"n{number}" for number in range(17)} <= types


@pytest.mark.parametrize(
    "text", [b"", b"no database", b"SQLite format 3\0" + b"x" * 200]
)
def test_what_is_no_journal_at_all_is_set_aside(desk: Desk, text: bytes) -> None:
    """Cards say which panes there are; the file is kept."""
    carol = a_session("carol")
    pane = a_pane(carol, hosted=desk.host("p1"), state="running")
    cards.write(desk.places.panes, Card(session=carol, pane=pane))
    desk.places.journal.write_bytes(text)
    state = desk.load()
    assert list(state.sessions) == [carol.session_id]
    if text:
        assert (desk.root / "journal.db.bad-1").read_bytes() == text
        desk.places.journal.write_bytes(b"again")
        desk.load()
        assert (desk.root / "journal.db.bad-2").read_bytes() == b"again"


@pytest.mark.parametrize("names", [["p1"], ["p1", "p2"]])
def test_cards_are_newer_than_a_copy(desk: Desk, names: list[str]) -> None:
    """A tag that was set after the copy was made, and a pane that was opened."""
    carol = a_session("carol")
    panes = [
        a_pane(carol, one, hosted=desk.host(one), state="running") for one in names
    ]
    desk.save(SessionOpened(session=carol), PaneOpened(pane=panes[0]))
    assert len(desk.load().panes) == 1  # begins with a checkpoint
    goodcopy.save(desk.places.journal, desk.places.copy)
    tagged = a_session("carol", session_id=carol.session_id, tags=("new",))
    for one in panes:
        cards.write(desk.places.panes, Card(session=tagged, pane=one))
    desk.places.journal.write_bytes(b"damaged")
    state = desk.load()
    assert state.sessions[carol.session_id].tags == ("new",)
    assert list(state.panes) == names


def test_around_a_page_that_cannot_be_read_the_rest_is_taken(desk: Desk) -> None:
    """Without any copy: what comes before it, and what comes after."""
    guests = [a_session(f"g{number}", kind="guest") for number in range(400)]
    desk.save(*(SessionOpened(session=one) for one in guests))
    desk.load()  # begins with a checkpoint
    desk.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(desk.places.journal.read_bytes())
    pages = [data[at : at + PAGE] for at in range(0, len(data), PAGE)]
    middle = f'"session_name": "{guests[200].session_name}"'.encode()
    (number,) = (n for n, page in enumerate(pages) if middle in page)
    data[number * PAGE : (number + 1) * PAGE] = b"\x5a" * PAGE
    desk.places.journal.write_bytes(data)
    found = {session.session_name for session in desk.load().sessions.values()}
    assert {guests[0].session_name, guests[-1].session_name} <= found
    assert 300 < len(found) < 400
