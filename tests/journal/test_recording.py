"""`record`, with the writer and a real file: what counts, when, and in which order."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import pytest
import trio
from actorkit import a_message, a_pane, a_session
from journalkit import Desk, facts, open_desk
from trio.testing import wait_all_tasks_blocked

from fugue_actors.errors import MailboxFull, Refused, Unavailable
from fugue_actors.journal import State, journal as journals, writer
from fugue_actors.journal.archive import Archive
from fugue_actors.journal.store import Store
from fugue_actors.protocol.events import (
    PaneOpened,
    PaneTitled,
    Recorded,
    SessionOpened,
    TagsChanged,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ANN = a_session("ann", kind="guest")
OPENED = SessionOpened(session=ANN)


def tagged(*tags: str) -> TagsChanged:
    return TagsChanged(session_id=ANN.session_id, tags=tags)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as desk:
        yield desk


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "PATIENCE", 0.01)


async def test_what_was_recorded_is_on_the_disk_when_record_returns(desk: Desk) -> None:
    """A daemon that is killed in the next instruction costs nothing."""
    with trio.fail_after(60):
        opened = desk.begin()
        async with desk.serving(opened):
            await opened.journal.record(OPENED, tagged("a"))
            await opened.journal.record(message := a_message("note", ANN))
            left = desk.killed(desk.root / "left")
        state = left.load()
    assert state.sessions[ANN.session_id].tags == ("a",)
    assert list(state.ledger.messages) == [message.envelope.id]


async def test_events_have_one_order_everywhere(desk: Desk) -> None:
    """On the disk, in the view, and in which listeners are told; batches stay whole."""
    heard: list[Recorded] = []

    async def record_many(name: str) -> None:
        for number in range(20):
            await opened.journal.record(
                tagged(f"{name}{number}", "1"), tagged(f"{name}{number}", "2")
            )

    with trio.fail_after(60):
        opened = desk.begin()
        opened.journal.listen(heard.append)
        async with desk.serving(opened):
            await opened.journal.record(OPENED)
            async with trio.open_nursery() as nursery:
                for name in "abcde":
                    nursery.start_soon(record_many, name)
            last = opened.journal.state.sessions[ANN.session_id].tags
    told = [(one.seq, one.at, one.event.tags) for one in heard[1:]]  # type: ignore[union-attr]
    assert [seq for seq, _, _ in told] == list(range(2, 202))
    written = desk.sql("SELECT seq, at, body FROM events WHERE seq > 1 ORDER BY seq")
    assert [(seq, at) for seq, at, _ in written] == [(seq, at) for seq, at, _ in told]
    tags = [tags for _, _, tags in told]
    assert tags[-1] == last
    assert all(tags[n][0] == tags[n + 1][0] for n in range(0, 200, 2))
    for name in "abcde":
        mine = [one[0] for one in tags[::2] if one[0].startswith(name)]
        assert mine == [f"{name}{number}" for number in range(20)]


async def test_those_who_come_while_the_disk_is_busy_go_together(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred senders cost a few commits, not a hundred."""
    with trio.fail_after(60):
        opened = desk.begin()
        commits = 0
        commit = Store.commit

        def count(*args: Any, **kwargs: Any) -> None:
            nonlocal commits
            commits += 1
            commit(*args, **kwargs)

        monkeypatch.setattr(Store, "commit", count)
        async with desk.serving(opened):
            await opened.journal.record(OPENED)
            commits = 0
            async with trio.open_nursery() as nursery:
                for _ in range(100):
                    nursery.start_soon(opened.journal.record, a_message("note", ANN))
            assert commits <= 3
    assert opened.journal.state.ledger.unread(ANN.session_id) == 100


async def test_titles_are_true_and_told_but_never_written(desk: Desk) -> None:
    """A program may set one with each key."""
    pane = a_pane(ANN)
    title = PaneTitled(pane_id=pane.pane_id, session_id=ANN.session_id, title="new")
    heard: list[Recorded] = []
    with trio.fail_after(60):
        opened = desk.begin()
        opened.journal.listen(heard.append)
        async with desk.serving(opened):
            await opened.journal.record(OPENED, PaneOpened(pane=pane))
            await opened.journal.record(title)
            await opened.journal.record(title, tagged("a"))
    assert [type(one.event).__name__ for one in heard] == [
        "SessionOpened",
        "PaneOpened",
        "PaneTitled",
        "PaneTitled",
        "TagsChanged",
    ]
    assert [one.seq for one in heard] == [1, 2, 3, 4, 5]
    assert desk.sql("SELECT seq FROM events") == [(1,), (2,), (5,)]


async def test_a_recorder_that_is_cancelled_in_the_queue_has_recorded_nothing(
    desk: Desk,
) -> None:
    """Whoever came after it is not held up."""
    with trio.fail_after(60):
        opened = desk.begin()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(opened.journal.record, OPENED)
            await wait_all_tasks_blocked()
            with trio.move_on_after(0):
                await opened.journal.record(tagged("never"))
            nursery.start_soon(opened.journal.record, tagged("a"))
            await wait_all_tasks_blocked()
            async with desk.serving(opened):
                await opened.journal.record(tagged("a", "b"))
    bodies = [body for (body,) in desk.sql("SELECT body FROM events ORDER BY seq")]
    assert len(bodies) == 3
    assert not any("never" in body for body in bodies)


async def test_so_much_may_wait_and_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recorder waits for room; who cannot wait is refused."""
    monkeypatch.setattr(journals, "MOST_WAITING", 3)
    told: list[Any] = []
    with trio.fail_after(60):
        opened = desk.begin()
        opened.journal.submit(OPENED, done=told.append)
        for number in range(2):
            opened.journal.submit(tagged(str(number)), done=told.append)
        with pytest.raises(MailboxFull):
            opened.journal.submit(tagged("too many"), done=told.append)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(opened.journal.record, tagged("last"))
            await wait_all_tasks_blocked()
            assert told == []
            async with desk.serving(opened):
                await opened.journal.record(tagged("very last"))
    assert told == [None] * 3
    assert opened.journal.seq == 5


async def test_what_cannot_be_written_down_is_refused_to_who_records_it(
    desk: Desk,
) -> None:
    """Others whose messages would be written with it never notice."""
    bad = a_message("note", ANN)
    bad.envelope.payload["bad"] = {1, 2}
    with trio.fail_after(60):
        opened = desk.begin()
        async with desk.serving(opened):
            await opened.journal.record(OPENED)
            with pytest.raises(Refused) as refused:
                await opened.journal.record(bad)
            await opened.journal.record(a_message("note", ANN))
    assert refused.value.code == "InvalidArgument"
    assert opened.journal.state.ledger.unread(ANN.session_id) == 1


# ---- without a writer


@pytest.mark.usefixtures("short_patience")
async def test_without_a_writer_promises_are_refused_and_facts_happen(
    desk: Desk,
) -> None:
    """Nobody waits for ever, and the first commit afterwards makes the facts good."""
    with trio.fail_after(60):
        opened = desk.begin()
        await opened.journal.record(OPENED)
        with pytest.raises(Unavailable, match="nobody writes the journal"):
            await opened.journal.record(a_message("note", ANN))
        assert opened.journal.state.sessions == {ANN.session_id: ANN}
        assert not opened.journal.state.ledger.messages
        async with desk.serving(opened):
            await opened.journal.record(a_message("note", ANN))
            left = desk.killed(desk.root / "left")
    assert facts(left.load()) == facts(opened.journal.state)


@pytest.mark.usefixtures("short_patience")
async def test_what_an_ending_writer_has_begun_is_waited_for(desk: Desk) -> None:
    """Its last commit may take long, and nobody knows how it ends before that."""
    with trio.fail_after(60):
        opened = desk.begin()
        journal = opened.journal
        async with trio.open_nursery() as nursery:
            nursery.start_soon(journal.record, OPENED)
            await wait_all_tasks_blocked()
            group = journal.begin_group()
            with trio.move_on_after(3 * journals.PATIENCE) as longer:
                await trio.sleep_forever()
            assert longer.cancelled_caught
            assert journal.state.sessions == {}
            journal.keep(group)
        assert journal.state.sessions == {ANN.session_id: ANN}


async def test_a_writer_that_crashes_loses_and_repeats_nothing(desk: Desk) -> None:
    """What was not begun waits for the next incarnation."""
    with trio.fail_after(60):
        opened = desk.begin()
        async with desk.serving(opened) as kernel:
            await opened.journal.record(OPENED)
            ref = kernel.registry.resolve("/journal")
            for number in range(5):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(opened.journal.record, a_message("note", ANN))
                    nursery.start_soon(opened.journal.record, tagged(str(number)))
                    for _ in range(number):
                        await trio.lowlevel.checkpoint()
                    await kernel.registry.wait_for("/journal")
                    kernel.crash(ref, RuntimeError("injected"))
    assert ref.restarts > 0
    assert opened.journal.state.ledger.unread(ANN.session_id) == 5
    seqs = [seq for (seq,) in desk.sql("SELECT seq FROM events ORDER BY seq")]
    assert seqs == list(range(1, 12))


async def test_what_a_writer_had_taken_but_not_begun_is_left_to_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waited for its thread, which was busy with something else."""
    is_busy, may_go_on = threading.Event(), threading.Event()

    def tidy(archive: Archive, now: object) -> bool:
        is_busy.set()
        assert may_go_on.wait(60)
        return False

    monkeypatch.setattr(Archive, "tidy", tidy)
    monkeypatch.setattr(writer, "TIDY_SECONDS", 0.0)
    with trio.fail_after(60):
        opened = desk.begin()
        async with desk.serving(opened) as kernel, trio.open_nursery() as nursery:
            while not is_busy.is_set():  # noqa: ASYNC110 - of a thread
                await trio.sleep(0.01)
            nursery.start_soon(opened.journal.record, OPENED)
            nursery.start_soon(opened.journal.record, a_message("note", ANN))
            await wait_all_tasks_blocked()
            kernel.crash(kernel.registry.resolve("/journal"), RuntimeError("injected"))
            await wait_all_tasks_blocked()
            may_go_on.set()
    assert ANN.session_id in opened.journal.state.sessions
    assert [seq for (seq,) in desk.sql("SELECT seq FROM events")] == [1, 2]


async def test_checkpoints_keep_pace_with_events(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start reads no more than a bounded number of events."""
    monkeypatch.setattr(writer, "EVENTS_BETWEEN", 10)
    with trio.fail_after(60):
        opened = desk.begin()
        async with desk.serving(opened):
            await opened.journal.record(OPENED)
            for number in range(100):
                await opened.journal.record(tagged(str(number)))
            ((checkpoint,),) = desk.sql(
                "SELECT value FROM meta WHERE name = 'checkpoint'"
            )
            assert opened.journal.seq - 11 <= checkpoint <= opened.journal.seq
            left = desk.killed(desk.root / "left")
    assert facts(left.load()) == facts(opened.journal.state)


async def test_a_change_is_in_the_view_some_time_later_without_any_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what no event is written about, such as a title."""
    monkeypatch.setattr(writer, "SECONDS_BETWEEN", 0.01)
    pane = a_pane(ANN)
    title = PaneTitled(pane_id=pane.pane_id, session_id=ANN.session_id, title="new")
    with trio.fail_after(60):
        opened = desk.begin()
        async with desk.serving(opened):
            await opened.journal.record(OPENED, PaneOpened(pane=pane))
            await opened.journal.record(title)
            query = "SELECT body FROM view WHERE kind = 'pane'"
            while not any(  # noqa: ASYNC110 - of a thread
                '"new"' in body for (body,) in desk.sql(query)
            ):
                await trio.sleep(0.01)


async def test_two_daemons_cannot_write_one_journal(desk: Desk) -> None:
    """One that was stopped and goes on is told that its time is over."""
    with trio.fail_after(60):
        old = desk.begin()
        async with desk.serving(old):
            await old.journal.record(OPENED)
            await old.journal.record(tagged())
            new = desk.begin()
            await old.journal.record(tagged("unheard"))
            with pytest.raises(Unavailable, match="another daemon of this home"):
                await old.journal.record(a_message("note", ANN))
            await old.journal.record(tagged("unheard", "too"))
        assert new.journal.seq == 2
    assert desk.sql("SELECT seq FROM events") == [(1,), (2,)]


async def test_only_promises_wait_for_the_disks_own_cache(desk: Desk) -> None:
    """SQLite's level 2 is FULL, with a flush for each commit, and 1 is NORMAL."""
    with trio.fail_after(60):
        opened = desk.begin()
        store = opened.archive.store
        assert store is not None

        def level() -> int:
            (found,) = store.connection.execute("PRAGMA synchronous").fetchone()
            return int(found)

        async with desk.serving(opened):
            await opened.journal.record(OPENED)
            assert level() == 1
            await opened.journal.record(tagged("a"), a_message("note", ANN))
            assert level() == 2
            await opened.journal.record(tagged("b"))
            assert level() == 1


# ---- bugs


async def test_a_fold_that_fails_holds_up_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer crashes, visibly; what was written with it happens, now and later."""
    apply = State.apply

    def fail(state: State, recorded: Recorded) -> None:
        if recorded.event == tagged("bad"):
            raise LookupError("injected")
        apply(state, recorded)

    monkeypatch.setattr(State, "apply", fail)
    with trio.fail_after(60):
        opened = desk.begin()
        async with trio.open_nursery() as nursery:
            for event in (OPENED, tagged("bad"), tagged("good")):
                nursery.start_soon(opened.journal.record, event)
                await wait_all_tasks_blocked()
            async with desk.serving(opened) as kernel:
                await opened.journal.record(a_message("note", ANN))
                ref = kernel.registry.resolve("/journal")
                while ref.restarts < 1:  # noqa: ASYNC110 - after a short pause
                    await trio.sleep(0.01)
        assert opened.journal.state.sessions[ANN.session_id].tags == ("good",)
        again = desk.load()
    assert again.sessions[ANN.session_id].tags == ("good",)
    assert again.ledger.unread(ANN.session_id) == 1


async def test_a_bug_in_writing_keeps_nobody_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promises are refused, facts happen, and the next incarnation writes them."""
    commit = Store.commit

    def fail(store: Store, *arguments: Any, **options: Any) -> None:
        monkeypatch.setattr(Store, "commit", commit)
        raise ZeroDivisionError

    with trio.fail_after(60):
        opened = desk.begin()
        async with desk.serving(opened) as kernel:
            await opened.journal.record(OPENED)
            monkeypatch.setattr(Store, "commit", fail)
            with pytest.raises(Unavailable, match="because of a bug"):
                await opened.journal.record(a_message("note", ANN))
            await opened.journal.record(tagged("a"))
            while opened.journal.trouble is not None:  # noqa: ASYNC110 - of a thread
                await trio.sleep(0.01)
            assert kernel.registry.resolve("/journal").restarts == 1
            left = desk.killed(desk.root / "left")
    assert left.load().sessions[ANN.session_id].tags == ("a",)


async def test_numbers_that_somebody_else_has_used_are_not_used_again(
    desk: Desk,
) -> None:
    """A file that another program has written to is not ours any more."""
    with trio.fail_after(60):
        opened = desk.begin()
        async with desk.serving(opened):
            await opened.journal.record(OPENED)
            other = "INSERT INTO events VALUES (2, 't', 'TagsChanged', NULL, '{}')"
            with contextlib.closing(sqlite3.connect(desk.places.journal)) as program:
                program.execute(other)
                program.commit()
            await opened.journal.record(a_message("note", ANN))
    assert "journal.db.bad-1" in desk.aside()
    assert desk.load().ledger.unread(ANN.session_id) == 1
