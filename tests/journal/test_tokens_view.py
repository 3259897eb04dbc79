"""The tokens in the view, and in the journal as people read it."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest
from journalkit import Desk, open_desk

from fugue_actors.journal import reading
from fugue_actors.journal.views import MOST_TOKENS, State
from fugue_actors.protocol import events as happened
from fugue_actors.protocol.values import Reach, Token

if TYPE_CHECKING:
    from collections.abc import Iterator

EARLY, LATE = "2026-01-01T00:00:00.000Z", "2026-12-31T00:00:00.000Z"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as desk:
        yield desk


def a_token(token_id: str, expires_at: str = LATE) -> Token:
    return Token(
        token_id=token_id,
        digest=f"digest of {token_id}",
        role="operator",
        label="ann",
        issued_at=EARLY,
        expires_at=expires_at,
        reach=Reach(tags=("a",)),
    )


def issue(state: State, token: Token, at: str) -> None:
    event = happened.TokenIssued(token=token)
    state.apply(happened.Recorded(seq=1, at=at, event=event))


def revoke(state: State, token_id: str, at: str) -> None:
    event = happened.TokenRevoked(token_id=token_id)
    state.apply(happened.Recorded(seq=1, at=at, event=event))


def test_a_token_is_there_until_long_after_it_is_revoked() -> None:
    """Who presents it then is told that it was revoked, and when first."""
    state = State()
    issue(state, a_token("t1"), EARLY)
    assert state.tokens["t1"].revoked_at is None
    revoke(state, "t1", "first")
    revoke(state, "t1", "second")
    revoke(state, "never", "third")
    assert [(one.token_id, one.revoked_at) for one in state.tokens.values()] == [
        ("t1", "first")
    ]


def test_only_so_many_tokens_are_remembered_and_the_good_ones_always() -> None:
    """Each `fugue monitor` makes one; the oldest that has ended goes for a new one."""
    state = State()
    for number in range(MOST_TOKENS):
        issue(state, a_token(f"t{number}", LATE if number != 7 else EARLY), EARLY)
    revoke(state, "t3", EARLY)
    issue(state, a_token("one more"), "2026-06-01T00:00:00.000Z")
    assert "t3" not in state.tokens
    assert "t7" in state.tokens
    issue(state, a_token("another"), "2026-06-01T00:00:00.000Z")
    assert "t7" not in state.tokens
    assert len(state.tokens) == MOST_TOKENS
    issue(state, a_token("too many"), "2026-06-01T00:00:00.000Z")
    assert {"t0", "one more", "another", "too many"} <= state.tokens.keys()
    issue(state, a_token("in a year"), "2027-06-01T00:00:00.000Z")
    assert "t0" not in state.tokens


def test_the_digest_of_a_secret_is_masked_for_who_reads_the_journal(desk: Desk) -> None:
    """Nobody needs it; whoever has it could look for the secret at leisure."""
    desk.save(happened.TokenIssued(token=a_token("t1")))
    page = reading.page(desk.places.journal, 0, 10, reading.Wanted())
    (event,) = page.events
    assert event["event"] == "TokenIssued"
    assert event["token"]["digest"] == reading.MASK
    assert event["token"]["token_id"] == "t1"
    assert "digest of" not in str(page)


def test_a_token_of_a_later_version_is_understood(desk: Desk) -> None:
    """It may have fields that are not known yet, in an event and in a row."""
    desk.save(happened.TokenIssued(token=a_token("t1")))
    found = desk.load().tokens
    with contextlib.closing(sqlite3.connect(desk.places.journal)) as file:
        for table in ("events", "view"):
            changed = file.execute(
                f"UPDATE {table} SET "
                """body = replace(body, '"label"', '"later": 1, "label"')"""
                " WHERE body LIKE '%digest of t1%'"
            )
            assert changed.rowcount == 1
        file.commit()
    assert desk.load().tokens == found == {"t1": a_token("t1")}
