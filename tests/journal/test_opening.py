"""What one daemon left in journal and cards, and what the next one makes of it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import stat
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from actorkit import a_message, a_pane, a_session
from journalkit import Desk, facts, hosted, open_desk, record

from fugue_actors.errors import Refused
from fugue_actors.journal import cards
from fugue_actors.journal.cards import Card
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.events import (
    DeliveryEnded,
    GuestHeld,
    MessagesOffered,
    PaneOpened,
    SessionOpened,
)
from fugue_actors.protocol.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.journal import State
    from fugue_actors.protocol.values import Pane, Session

ANN, BOB = a_session("ann", tags=("a",)), a_session("bob")


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as desk:
        yield desk


def opened(*things: Session | Pane) -> list[SessionOpened | PaneOpened]:
    """That these are there."""
    return [
        PaneOpened(pane=thing)
        if hasattr(thing, "argv")
        else SessionOpened(session=thing)  # type: ignore[arg-type]
        for thing in things
    ]


def there(state: State) -> tuple[list[Session], list[Pane]]:
    return list(state.sessions.values()), list(state.panes.values())


# ---- the same as before


def test_sessions_panes_and_messages_come_back_as_they_were(desk: Desk) -> None:
    """Names, tags, keys, environments and unread messages, in the order they came."""
    pane = a_pane(ANN, hosted=desk.host("p1"), state="running", generation=4)
    guest = a_session("carol", kind="guest")
    messages = [a_message("first", guest), a_message("second", guest, ANN)]
    before = desk.save(*opened(ANN, guest, pane), *messages)
    after = desk.load()
    assert there(after) == ([ANN, guest], [pane])
    assert facts(after) == facts(before.state)
    assert facts(desk.load()) == facts(before.state)
    unread = [one.type for one in after.ledger.inbox(guest.session_id)]
    assert unread == ["first", "second"]


def test_the_journal_is_its_users_alone(desk: Desk) -> None:
    """It holds keys and environments; so does what SQLite lays beside it."""
    opened = desk.begin()
    record(opened, SessionOpened(session=ANN))
    files = list(desk.root.glob("journal.db*"))
    assert len(files) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_generation_is_beyond_all_that_anything_mentions(desk: Desk) -> None:
    """Whoever is next must be obeyed by every host."""
    assert desk.begin().journal.generation == 1
    assert desk.begin().journal.generation == 2
    desk.save(*opened(ANN, a_pane(ANN, hosted=desk.host("p1"), generation=7)))
    assert desk.begin().journal.generation == 8
    desk.host("p2")
    card = Card(session=BOB, pane=a_pane(BOB, "p2", generation=19))
    cards.write(desk.places.panes, card)
    assert desk.begin().journal.generation == 20


def test_numbers_go_on_where_the_last_daemon_stopped(desk: Desk) -> None:
    """Whoever reads events since a number misses none and gets none twice."""
    last = desk.save(*opened(a_session("carol", kind="guest"))).seq
    assert desk.begin().journal.seq == last


# ---- what has ended meanwhile


def test_a_pane_whose_host_is_gone_is_kept_so_that_it_is_reported(desk: Desk) -> None:
    """No agent vanishes without a word; one that never started is nobody's."""
    info = hosted(desk.places.panes / "p1.sock")
    gone = a_pane(ANN, hosted=info, state="running")
    desk.save(*opened(ANN, BOB, gone, a_pane(BOB, "p2"), a_pane(ANN, "p3")))
    assert there(desk.load()) == ([ANN], [gone])


def test_what_ran_before_the_machine_was_started_anew_is_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody knows why it is gone; guests have nothing that could be."""
    carol = a_session("carol", kind="guest")
    info = hosted(desk.places.panes / "p1.sock")
    desk.save(*opened(ANN, carol, a_pane(ANN, hosted=info, state="running")))
    monkeypatch.setattr(cards, "boot", lambda: "another")
    assert there(desk.load()) == ([carol], [])


def test_what_a_session_had_not_read_is_dead_if_it_has_ended_meanwhile(
    desk: Desk,
) -> None:
    """Its sender is owed that word."""
    carol = a_session("carol", kind="guest")
    message = a_message("note", ANN)
    desk.save(*opened(ANN, carol, a_pane(ANN)), message)
    ledger = desk.load().ledger
    assert ledger.state_of(message.envelope.id, ANN.session_id) == "dead"
    assert ledger.to_report == {message.envelope.id: [ANN.session_id]}


def test_what_a_sender_has_to_be_told_is_remembered_until_it_was(desk: Desk) -> None:
    """However often the daemon is started: the message itself is finished."""
    carol = a_session("carol", kind="guest")
    message = a_message("note", carol)
    ended = DeliveryEnded(
        message_id=message.envelope.id,
        session_ids=(carol.session_id,),
        state="expired",
        reason="too late",
    )
    before = desk.save(*opened(carol), message, ended)
    assert before.state.ledger.to_report
    for _ in range(3):
        assert facts(desk.load()) == facts(before.state)


def test_what_a_connection_held_goes_back_and_may_come_twice(desk: Desk) -> None:
    """The connection ended with its daemon; so did its hold on a guest's session."""
    carol = a_session("carol", kind="guest", holder=None)
    message = a_message("note", carol)
    desk.save(
        *opened(carol),
        message,
        GuestHeld(session_id=carol.session_id, holder="/gateways/mcp/1"),
        MessagesOffered(
            session_id=carol.session_id,
            message_ids=(message.envelope.id,),
            holder="/gateways/mcp/1",
        ),
    )
    state = desk.load()
    assert state.sessions[carol.session_id].holder is None
    (envelope,) = state.ledger.queued(carol.session_id)
    assert envelope.redelivered


def test_drafts_are_panes_like_others_and_runs_stay_to_be_ended(desk: Desk) -> None:
    """A draft's layout may have been complete a moment later; nobody waits for a run."""
    desk.save(
        *opened(
            ANN,
            a_pane(ANN, "p1", draft=True, hosted=desk.host("p1")),
            a_pane(ANN, "p2", draft=True, is_run=True, hosted=desk.host("p2")),
        )
    )
    state = desk.load()
    assert {p.pane_id: p.draft for p in state.panes.values()} == {
        "p1": False,
        "p2": True,
    }
    assert state.layouts[ANN.session_id].pane_ids == ("p1",)


# ---- what the daemon had no time to write down


def test_a_host_whose_start_was_never_written_down_is_found_by_its_card(
    desk: Desk,
) -> None:
    """The daemon died in the same moment; the session that had its name keeps it."""
    twin = a_session("ann")
    fresh = a_pane(twin, "p2")
    old = a_pane(ANN, hosted=hosted(desk.places.panes / "p1.sock"), state="running")
    desk.save(*opened(ANN, old))
    desk.host("p1")
    desk.host("p2")
    cards.write(desk.places.panes, Card(session=twin, pane=fresh))
    sessions, panes = there(desk.load())
    assert {s.session_id: s.session_name for s in sessions} == {
        ANN.session_id: "ann",
        twin.session_id: "ann-2",
    }
    assert {pane.pane_id: pane for pane in panes} == {"p1": old, "p2": fresh}


def test_a_card_of_a_host_that_was_there_keeps_its_pane(desk: Desk) -> None:
    """Somebody was told that it runs; whether it still does, its process will show."""
    pane = a_pane(ANN, hosted=desk.host("p1"), state="running")
    cards.write(desk.places.panes, Card(session=ANN, pane=pane))
    desk.leave("p1")
    assert there(desk.load()) == ([ANN], [pane])
    assert not cards.socket_of(desk.places.panes, "p1").exists()


def test_a_card_of_a_host_that_never_was_is_forgotten(desk: Desk) -> None:
    """The daemon died while it started; nobody was told, and the name is free."""
    cards.write(desk.places.panes, Card(session=ANN, pane=a_pane(ANN)))
    (desk.places.panes / "p2.new").write_bytes(b"half a card")
    assert there(desk.load()) == ([], [])
    assert list(desk.places.panes.iterdir()) == []


def test_what_an_earlier_start_of_the_machine_left_behind_is_removed(
    desk: Desk,
) -> None:
    """Where the runtime directory outlives it."""
    info = hosted(desk.places.panes / "p1.sock")
    pane = a_pane(ANN, hosted=info, state="running")
    cards.write(desk.places.panes, Card(session=ANN, pane=pane, boot="another"))
    assert there(desk.load()) == ([], [])
    assert list(desk.places.panes.iterdir()) == []


def test_a_living_host_without_a_readable_card_is_named_and_left_alone(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """It cannot be adopted, and whoever reads the log can end it."""
    desk.host("p1")
    cards.path_of(desk.places.panes, "p1").write_text("?", encoding="utf-8")
    assert there(desk.load()) == ([], [])
    assert "the host of pane p1 cannot be adopted" in caplog.text
    assert "ends it with its program" in caplog.text
    assert cards.socket_of(desk.places.panes, "p1").exists()


def test_a_card_is_private_and_replaced_as_a_whole(desk: Desk) -> None:
    """It holds the pane's key."""
    panes = desk.places.panes
    for tags in ((), ("x",)):
        session = attrs.evolve(ANN, tags=tags)
        cards.write(panes, Card(session=session, pane=a_pane(session)))
        path = cards.path_of(panes, "p1")
        assert cards.read(path).session.tags == tags
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(panes.iterdir()) == [path]
    cards.remove(panes, "p1")
    cards.remove(panes, "p1")
    assert list(panes.iterdir()) == []


# ---- files of other versions


def write_roster(desk: Desk, *things: Session | Pane, **changes: Any) -> None:
    """What versions before the journal left."""
    shape = {
        "version": 1,
        "generation": 5,
        "boot": cards.boot(),
        "sessions": [to_json(one) for one in things if not hasattr(one, "argv")],
        "panes": [to_json(one) for one in things if hasattr(one, "argv")],
        "layouts": {},
        **changes,
    }
    desk.places.roster.write_text(json.dumps(shape), encoding="utf-8")


def test_a_roster_is_taken_over_once_and_kept_under_another_name(desk: Desk) -> None:
    """Whoever comes from a version without journal has the same sessions and panes."""
    pane = a_pane(ANN, hosted=desk.host("p1"), state="running")
    layout = Layout()
    write_roster(desk, ANN, pane, layouts={ANN.session_id: to_json(layout)})
    first = desk.begin()
    assert there(first.journal.state) == ([ANN], [pane])
    assert first.journal.generation == 6
    assert not desk.places.roster.exists()
    assert (desk.root / "roster.json.imported").exists()
    assert there(desk.load()) == ([ANN], [pane])
    write_roster(desk, BOB, a_session("dan", kind="guest"))
    assert there(desk.load()) == ([ANN], [pane])
    assert desk.places.roster.exists()


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"version": 2}', "\udcff", None], ids=repr
)
def test_a_damaged_roster_is_set_aside_and_the_hosts_cards_take_its_place(
    desk: Desk, damage: str | None
) -> None:
    """Nothing that was there is deleted, and no host is lost with it."""
    desk.host("p1")
    pane = a_pane(ANN)
    cards.write(desk.places.panes, Card(session=ANN, pane=pane))
    if damage is None:
        desk.places.roster.mkdir()
    else:
        desk.places.roster.write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert there(desk.load()) == ([ANN], [pane])
    assert not desk.places.roster.exists()
    aside = desk.places.roster.with_suffix(".bad-1")
    if damage is not None:
        assert aside.read_bytes() == damage.encode("utf-8", "surrogateescape")


def test_one_bad_record_of_a_roster_costs_no_other(desk: Desk) -> None:
    """The rest is taken up, and the whole file kept for whoever looks into it."""
    pane = a_pane(ANN, hosted=desk.host("p1"), state="running")
    write_roster(desk, ANN, pane)
    shape = json.loads(desk.places.roster.read_text(encoding="utf-8"))
    shape["sessions"].append({"session_id": 5})
    shape["panes"].append("nonsense")
    shape["layouts"][ANN.session_id] = {"windows": "none"}
    desk.places.roster.write_text(json.dumps(shape), encoding="utf-8")
    state = desk.load()
    assert there(state) == ([ANN], [pane])
    assert state.layouts[ANN.session_id].pane_ids == ("p1",)
    kept = desk.places.roster.with_suffix(".bad-1").read_text(encoding="utf-8")
    assert json.loads(kept) == shape


def test_records_of_a_newer_version_are_read_as_far_as_they_are_known(
    desk: Desk,
) -> None:
    """Going back to the version before costs no running agent."""
    pane = a_pane(ANN, hosted=desk.host("p1"), state="running")
    desk.save(*opened(ANN, pane))
    later = {"event": "SessionOpened", "session": {**to_json(BOB), "kind": "guest"}}
    later["session"]["later"] = later["later"] = 1
    seq = desk.begin().journal.seq + 1
    with (
        contextlib.closing(sqlite3.connect(desk.places.journal)) as connection,
        connection,
    ):
        connection.execute("UPDATE view SET body = json_set(body, '$.later', 1)")
        connection.execute(
            "INSERT INTO events VALUES (?, 't', 'SessionOpened', 's', ?)",
            (seq, json.dumps(later)),
        )
    sessions, panes = there(desk.load())
    assert [session.session_name for session in sessions] == ["ann", "bob"]
    assert panes == [pane]


def test_a_journal_of_a_later_schema_is_refused_and_left_as_it_is(desk: Desk) -> None:
    """An older program must not spoil what a newer one wrote."""
    desk.save(*opened(a_session("carol", kind="guest")))
    desk.sql("PRAGMA user_version = 1000")
    before = {path: path.read_bytes() for path in desk.root.glob("journal*")}
    with pytest.raises(Refused, match="later version of fugue") as refused:
        desk.begin()
    assert refused.value.code == "Unavailable"
    assert {path: path.read_bytes() for path in desk.root.glob("journal*")} == before


def test_a_database_of_another_program_is_refused_and_left_as_it_is(desk: Desk) -> None:
    """Somebody meant another file."""
    desk.sql("PRAGMA application_id = 77")
    desk.sql("CREATE TABLE theirs (a)")
    with pytest.raises(Refused, match="another program"):
        desk.begin()
    assert desk.sql("SELECT name FROM sqlite_master") == [("theirs",)]
