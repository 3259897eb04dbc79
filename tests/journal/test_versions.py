"""Files of every version that was ever written are read, and brought up to ours.

What stands in `fixtures` was written by that version and is never changed. A new schema
adds one; `journal-1.sql` is the text of a database, as SQLite dumps it.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from journalkit import Desk, facts, open_desk

from fugue_actors.journal import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.journal import State

FIXTURES = Path(__file__).parent / "fixtures"
JOURNALS = sorted(FIXTURES.glob("journal-*.sql"))
ANN, CAROL = (f"00000000-0000-4000-8000-{number:012}" for number in (1, 2))


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as desk:
        yield desk


def restore(desk: Desk, dump: Path) -> None:
    """Make a database of a dump."""
    with contextlib.closing(sqlite3.connect(desk.places.journal)) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))


def names(state: State) -> list[str]:
    return [session.session_name for session in state.sessions.values()]


def test_every_version_of_the_schema_has_its_fixture() -> None:
    """So that nobody forgets it."""
    numbers = [int(re.findall(r"\d+", path.stem)[0]) for path in JOURNALS]
    assert numbers == list(range(1, schema.VERSION + 1))


@pytest.mark.parametrize("dump", JOURNALS, ids=lambda path: path.stem)
def test_a_journal_of_any_version_is_read(desk: Desk, dump: Path) -> None:
    """Sessions, panes and messages, from its view and from the events after it."""
    restore(desk, dump)
    state = desk.load()
    assert names(state) == ["ann", "carol"]
    assert state.sessions[ANN].tags == ("later",)
    assert [(p.name, p.state) for p in state.panes.values()] == [("main", "running")]
    unread = [
        (envelope.payload["n"], envelope.redelivered)
        for envelope in state.ledger.inbox(CAROL)
    ]
    assert unread == [(2, True), (3, False)]
    assert list(state.ledger.keys) == [(ANN, "key")]
    assert [window.number for window in state.layouts[ANN].windows] == [0]
    assert desk.sql("PRAGMA user_version") == [(schema.VERSION,)]
    assert facts(desk.load()) == facts(state)


def test_a_roster_of_the_time_before_the_journal_is_read(desk: Desk) -> None:
    """Sessions, panes and layouts."""
    shutil.copy(FIXTURES / "roster-1.json", desk.places.roster)
    state = desk.load()
    assert names(state) == ["ann", "carol"]
    assert state.layouts[ANN].pane_ids == ("p1",)
    assert [window.number for window in state.layouts[ANN].windows] == [0]
    assert desk.begin().journal.generation > 5


def test_a_step_to_the_next_version_happens_wholly_or_not_at_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon that dies in it, or a disk that is full, leaves what was there."""
    before = facts(desk.load())

    def half(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE further (a)")
        connection.execute("DELETE FROM meta")
        raise sqlite3.OperationalError("cut off")

    def whole(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE further (a)")

    first = schema.MIGRATIONS
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    monkeypatch.setattr(schema, "MIGRATIONS", (*first, half))
    with pytest.raises(sqlite3.OperationalError, match="cut off"):
        desk.begin()
    assert desk.sql("PRAGMA user_version") == [(len(first),)]
    assert desk.sql("SELECT name FROM sqlite_master WHERE name = 'further'") == []
    monkeypatch.setattr(schema, "MIGRATIONS", (*first, whole))
    assert facts(desk.load()) == before
    assert desk.sql("PRAGMA user_version") == [(len(first) + 1,)]
    assert desk.sql("SELECT name FROM sqlite_master WHERE name = 'further'") != []
