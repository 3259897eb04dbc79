"""Roster and cards: what one daemon writes and the next one makes of it."""

from __future__ import annotations

import json
import socket
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from actorkit import a_pane, a_session

from fugue_actors.journal import Journal, cards, roster
from fugue_actors.journal.cards import Card
from fugue_actors.protocol.events import PaneOpened, SessionOpened
from fugue_actors.protocol.hosting import HostInfo
from fugue_actors.protocol.values import Pane, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

ANN, BOB = a_session("ann", tags=("a",)), a_session("bob")


@attrs.define(eq=False)
class Places:
    """A roster's file and a directory of hosts."""

    roster: Path
    panes: Path
    hosts: list[socket.socket] = attrs.Factory(list)

    def host(self, pane_id: str) -> HostInfo:
        """Somebody listens for this pane."""
        listener = socket.socket(socket.AF_UNIX)
        path = cards.socket_of(self.panes, pane_id)
        listener.bind(str(path))
        listener.listen()
        self.hosts.append(listener)
        return hosted(path)

    def save(self, *records: Session | Pane, **changes: Any) -> None:
        """Write a roster with these records."""
        journal = Journal(generation=5)
        for record in records:
            if isinstance(record, Session):
                journal.state.sessions[record.session_id] = record
            else:
                journal.state.panes[record.pane_id] = record
        roster.save(self.roster, {**roster.snapshot(journal), **changes})

    def load(self) -> tuple[list[Session], list[Pane]]:
        """What the next daemon begins with."""
        _, events = roster.load(self.roster, self.panes)
        return (
            [e.session for e in events if isinstance(e, SessionOpened)],
            [e.pane for e in events if isinstance(e, PaneOpened)],
        )


def hosted(path: Path) -> HostInfo:
    return HostInfo(
        host_pid=1,
        host_started=1.0,
        program_pid=2,
        program_started=2.0,
        socket=str(path),
        tty="/dev/pts/none",
    )


@pytest.fixture
def places() -> Iterator[Places]:
    with tempfile.TemporaryDirectory(prefix="fg-") as directory:
        panes = Path(directory) / "panes"
        panes.mkdir()
        places = Places(Path(directory) / "roster.json", panes)
        try:
            yield places
        finally:
            for listener in places.hosts:
                listener.close()


def test_sessions_and_panes_come_back_as_they_were(places: Places) -> None:
    """Names, tags, keys and environments: a pane is itself to the next daemon."""
    pane = a_pane(ANN, hosted=places.host("p1"), state="running", generation=4)
    guest = a_session("carol", kind="guest")
    places.save(ANN, guest, pane)
    assert places.load() == ([ANN, guest], [pane])
    assert stat.S_IMODE(places.roster.stat().st_mode) == 0o600


def test_a_generation_is_the_newest_that_anything_mentions(places: Places) -> None:
    """Whoever is next must be obeyed by every host."""
    assert roster.load(places.roster, places.panes)[0] == 0
    places.save(ANN)
    assert roster.load(places.roster, places.panes)[0] == 5
    places.save(ANN, a_pane(ANN, generation=7))
    assert roster.load(places.roster, places.panes)[0] == 7
    places.host("p2")
    cards.write(places.panes, Card(session=BOB, pane=a_pane(BOB, "p2", generation=9)))
    assert roster.load(places.roster, places.panes)[0] == 9


def test_a_pane_whose_host_is_gone_is_kept_so_that_it_is_reported(
    places: Places,
) -> None:
    """No agent vanishes without a word; one that never started is nobody's."""
    gone = a_pane(ANN, hosted=hosted(places.panes / "p1.sock"), state="running")
    places.save(ANN, BOB, gone, a_pane(BOB, "p2"))
    assert places.load() == ([ANN], [gone])


def test_what_ran_before_the_machine_was_started_anew_is_over(places: Places) -> None:
    """Everybody knows why it is gone."""
    gone = a_pane(ANN, hosted=hosted(places.panes / "p1.sock"), state="running")
    places.save(ANN, gone, boot="another")
    assert places.load() == ([], [])


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"version": 2}', "\udcff", None], ids=repr
)
def test_a_damaged_roster_is_set_aside_and_the_hosts_cards_take_its_place(
    places: Places, damage: str | None
) -> None:
    """Nothing that was there is deleted, and no host is lost with it."""
    places.host("p1")
    pane = a_pane(ANN)
    cards.write(places.panes, Card(session=ANN, pane=pane))
    places.save(ANN, pane)
    if damage is None:
        places.roster.unlink()
        places.roster.mkdir()
    else:
        places.roster.write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert places.load() == ([ANN], [pane])
    assert not places.roster.exists()
    aside = places.roster.with_suffix(".bad-1")
    if damage is not None:
        assert aside.read_bytes() == damage.encode("utf-8", "surrogateescape")
        places.roster.write_bytes(b"again")
        places.load()
        assert places.roster.with_suffix(".bad-2").read_bytes() == b"again"
        assert aside.exists()


def test_one_bad_record_costs_no_other(places: Places) -> None:
    """The rest is taken up, and the whole file kept for whoever looks into it."""
    pane = a_pane(ANN, hosted=places.host("p1"), state="running")
    places.save(ANN, pane)
    shape = json.loads(places.roster.read_text(encoding="utf-8"))
    shape["sessions"].append({"session_id": 5})
    shape["panes"].append("nonsense")
    places.roster.write_text(json.dumps(shape), encoding="utf-8")
    assert places.load() == ([ANN], [pane])
    kept = places.roster.with_suffix(".bad-1").read_text(encoding="utf-8")
    assert json.loads(kept) == shape


def test_records_of_a_newer_version_are_read_as_far_as_they_are_known(
    places: Places,
) -> None:
    """Going back to the version before costs no running agent."""
    pane = a_pane(ANN, hosted=places.host("p1"), state="running")
    places.save(ANN, pane)
    shape = json.loads(places.roster.read_text(encoding="utf-8"))
    shape["later"] = shape["sessions"][0]["later"] = shape["panes"][0]["later"] = 1
    places.roster.write_text(json.dumps(shape), encoding="utf-8")
    assert places.load() == ([ANN], [pane])
    assert places.roster.exists()


def test_a_host_whose_start_was_never_written_down_is_found_by_its_card(
    places: Places,
) -> None:
    """The daemon died in the same moment; the session that had its name keeps it."""
    places.host("p2")
    twin = a_session("ann")
    fresh = a_pane(twin, "p2")
    cards.write(places.panes, Card(session=twin, pane=fresh))
    old = a_pane(ANN, hosted=places.host("p1"), state="running")
    places.save(ANN, old)
    sessions, panes = places.load()
    assert {s.session_id: s.session_name for s in sessions} == {
        ANN.session_id: "ann",
        twin.session_id: "ann-2",
    }
    assert {pane.pane_id: pane for pane in panes} == {"p1": old, "p2": fresh}


def test_a_card_of_a_host_that_was_there_keeps_its_pane(places: Places) -> None:
    """Somebody was told that it runs; whether it still does, its process will show."""
    info = places.host("p1")
    pane = a_pane(ANN, hosted=info, state="running")
    cards.write(places.panes, Card(session=ANN, pane=pane))
    places.hosts.pop().close()
    assert places.load() == ([ANN], [pane])
    assert not cards.socket_of(places.panes, "p1").exists()


def test_a_card_of_a_host_that_never_was_is_forgotten(places: Places) -> None:
    """The daemon died while it started; nobody was told, and the name is free."""
    cards.write(places.panes, Card(session=ANN, pane=a_pane(ANN)))
    (places.panes / "p2.new").write_bytes(b"half a card")
    assert places.load() == ([], [])
    assert list(places.panes.iterdir()) == []


def test_what_an_earlier_start_of_the_machine_left_behind_is_removed(
    places: Places,
) -> None:
    """Where the runtime directory outlives it."""
    pane = a_pane(ANN, hosted=hosted(places.panes / "p1.sock"), state="running")
    cards.write(places.panes, Card(session=ANN, pane=pane, boot="another"))
    assert places.load() == ([], [])
    assert list(places.panes.iterdir()) == []


def test_a_living_host_without_a_readable_card_is_named_and_left_alone(
    places: Places, caplog: pytest.LogCaptureFixture
) -> None:
    """It cannot be adopted, and whoever reads the log can end it."""
    places.host("p1")
    cards.path_of(places.panes, "p1").write_text("?", encoding="utf-8")
    assert places.load() == ([], [])
    assert "the host of pane p1 cannot be adopted" in caplog.text
    assert "ends it with its program" in caplog.text
    assert cards.socket_of(places.panes, "p1").exists()


def test_a_card_is_private_and_replaced_as_a_whole(places: Places) -> None:
    """It holds the pane's key."""
    for tags in ((), ("x",)):
        session = attrs.evolve(ANN, tags=tags)
        cards.write(places.panes, Card(session=session, pane=a_pane(session)))
        path = cards.path_of(places.panes, "p1")
        assert cards.read(path).session.tags == tags
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(places.panes.iterdir()) == [path]
    cards.remove(places.panes, "p1")
    cards.remove(places.panes, "p1")
    assert list(places.panes.iterdir()) == []
