"""What is too old or too much goes, and what is the case stays."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import attrs
import pytest
import trio
from actorkit import a_message, a_session
from journalkit import Desk, commit, facts, open_desk, record

from fugue_actors.journal import goodcopy, tidying, writer
from fugue_actors.journal.tidying import Keep
from fugue_actors.protocol.events import (
    MessagesConsumed,
    SessionOpened,
    TagsChanged,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.journal.opening import Opened

ANN = a_session("ann", kind="guest")


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as desk:
        yield desk


def filled(desk: Desk, keep: Keep) -> Opened:
    """A thousand finished messages, then one that nobody has read."""
    opened = desk.begin()
    opened.archive.keep = keep
    record(opened, SessionOpened(session=ANN))
    for _ in range(1000):
        message = a_message("note", ANN)
        message.envelope.payload["text"] = "x" * 2000
        about = {"session_id": ANN.session_id, "message_ids": (message.envelope.id,)}
        opened.journal.submit(message, done=lambda error: None)
        opened.journal.submit(
            MessagesConsumed(**about, evidence="e"), done=lambda error: None
        )
        if len(opened.journal._queue) > 500:
            commit(opened)
    record(opened, a_message("unread", ANN))
    commit(opened, checkpoint=True)
    return opened


def tidied(opened: Opened, days: float) -> None:
    """After so many days, until there is nothing left to do."""
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    while opened.archive.tidy(now):
        pass


def test_events_go_when_they_are_too_old_and_the_view_stays(desk: Desk) -> None:
    """Somebody may read a message after a year."""
    opened = filled(desk, Keep(days=30))
    before = facts(opened.journal.state)
    size = desk.places.journal.stat().st_size
    tidied(opened, 29)
    assert len(desk.sql("SELECT 1 FROM events")) == 2002
    tidied(opened, 31)
    assert desk.sql("SELECT count(*) FROM events") == [(0,)]
    assert desk.sql("SELECT count(*) FROM about") == [(0,)]
    newest = opened.journal.seq
    opened.archive.close()
    again = desk.begin()
    assert facts(again.journal.state) == before
    assert again.journal.seq == newest
    assert record(again, TagsChanged(session_id=ANN.session_id, tags=())) == [None]
    again.archive.close()
    assert desk.places.journal.stat().st_size < size / 2


def test_the_oldest_go_when_the_file_is_too_large(desk: Desk) -> None:
    """As many as it takes, and no more; the room is given back."""
    opened = filled(desk, Keep(megabytes=2))
    tidied(opened, 0)
    kept = [seq for (seq,) in desk.sql("SELECT seq FROM events ORDER BY seq")]
    assert kept[-1] == opened.journal.seq
    assert 1 < kept[0] < kept[-1] - 100
    opened.archive.close()
    assert desk.places.journal.stat().st_size < 3.5 * tidying.MEGABYTE


def test_what_a_start_still_needs_does_not_go(desk: Desk) -> None:
    """The events after the last checkpoint, however old they are."""
    opened = filled(desk, Keep(days=1))
    record(opened, TagsChanged(session_id=ANN.session_id, tags=("a",)))
    tidied(opened, 100)
    assert len(desk.sql("SELECT 1 FROM events")) == 1
    opened.archive.close()
    assert desk.load().sessions[ANN.session_id].tags == ("a",)


async def test_a_running_daemon_tidies_and_copies_by_itself(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While others record, and without keeping them waiting for long."""
    monkeypatch.setattr(writer, "TIDY_SECONDS", 0.01)
    monkeypatch.setattr(writer, "COPY_SECONDS", 0.01)
    monkeypatch.setattr(writer, "BREATH_SECONDS", 0.0)
    opened = filled(desk, Keep(megabytes=1))
    first = attrs.evolve(ANN, tags=("new",))
    with trio.fail_after(60):
        async with desk.serving(opened):
            while desk.sql("SELECT 1 FROM events WHERE seq = 1"):
                await opened.journal.record(
                    TagsChanged(session_id=ANN.session_id, tags=first.tags)
                )
            while goodcopy.load(desk.places.copy) is None:  # noqa: ASYNC110 - of a thread
                await trio.sleep(0.01)
    copy = goodcopy.load(desk.places.copy)
    assert copy is not None
    assert copy.checkpoint == opened.journal.checkpoint
    assert any('"new"' in body for kind, _, body in copy.rows if kind == "session")


async def test_a_copy_that_cannot_be_made_tells_of_damage_before_it_is_too_late(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new file is begun while the view is still in memory."""
    monkeypatch.setattr(writer, "COPY_SECONDS", 0.01)
    opened = filled(desk, Keep())
    with trio.fail_after(60):
        async with desk.serving(opened):
            damage(desk)
            while not desk.aside():  # noqa: ASYNC110 - of a thread
                await trio.sleep(0.01)
            await opened.journal.record(a_message("after", ANN))
    assert facts(desk.load()) == facts(opened.journal.state)


def damage(desk: Desk) -> None:
    """Overwrite the view, where only a reader looks."""
    desk.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    ((page,),) = desk.sql("SELECT rootpage FROM sqlite_master WHERE name = 'view'")
    with desk.places.journal.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\x5a" * 4096)
