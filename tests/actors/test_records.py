"""What new sessions and panes begin with, as values."""

from __future__ import annotations

import pytest
from actorkit import SETTINGS, a_session

from fugue_actors.actors.fleet import CreateSession, NewPane, OpenGuest
from fugue_actors.actors.records import guest_record, pane_record, session_record
from fugue_actors.actors.repository import Place

PLACE = Place(cwd="/r/w/deep", repository="/r", worktree="/r/w")


def test_a_session_is_where_its_directory_was_found() -> None:
    """The real path counts, not the one that was asked for; each tag once, in order."""
    asked = CreateSession(cwd="link", tags=("b", "a", "b"), parent="p")
    made = session_record(asked, "ann", PLACE)
    assert (made.session_name, made.kind, made.parent) == ("ann", "pane", "p")
    assert (made.cwd, made.repository, made.worktree) == ("/r/w/deep", "/r", "/r/w")
    assert made.tags == ("a", "b")
    assert session_record(asked, "ann", PLACE).session_id != made.session_id


@pytest.mark.parametrize(("name", "origin"), [(None, "7:1.0"), ("ann", None)])
def test_only_a_guest_without_a_name_is_known_by_its_process(
    name: str | None, origin: str | None
) -> None:
    """One with a name is whoever comes by that name."""
    asked = OpenGuest(holder=None, name=name, client="tool", cwd="/", origin="7:1.0")
    made = guest_record(asked, "given", PLACE)
    assert (made.session_name, made.kind, made.origin) == ("given", "guest", origin)
    assert (made.cwd, made.repository, made.worktree) == ("/r/w/deep", "/r", "/r/w")


def test_a_pane_that_asks_for_nothing_gets_what_the_settings_and_its_session_say() -> (
    None
):
    """Command, directory, size and environment."""
    session = a_session("ann")
    made = pane_record(NewPane(pane_id="p9"), session, SETTINGS)
    assert (made.pane_id, made.session_id) == ("p9", session.session_id)
    assert (made.argv, made.cwd) == (SETTINGS.default_command, session.cwd)
    assert (made.columns, made.lines) == (SETTINGS.columns, SETTINGS.lines)
    assert made.environment["FUGUE_SESSION_NAME"] == "ann"
    assert made.environment["FUGUE_TOKEN"] == made.token
    assert SETTINGS.environment.items() <= made.environment.items()


def test_a_pane_gets_what_it_asks_for() -> None:
    """Also an environment that is empty, which is not the daemon's."""
    asked = NewPane(
        argv=("top",), cwd="/x", name="one", environment={}, restart="always"
    )
    made = pane_record(asked, a_session("ann"), SETTINGS)
    assert (made.argv, made.cwd, made.name) == (("top",), "/x", "one")
    assert made.restart == "always"
    assert "PATH" in SETTINGS.environment
    assert "PATH" not in made.environment


def test_key_and_token_are_fresh_for_every_pane_and_in_no_printout() -> None:
    """The same request twice is two panes, and a log line gives away neither."""
    one, other = (pane_record(NewPane(), a_session("ann"), SETTINGS) for _ in range(2))
    assert len({one.key, one.token, other.key, other.token}) == 4
    assert not any(secret in repr(one) for secret in (one.key, one.token))
