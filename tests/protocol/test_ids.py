"""Ids sort and never repeat; names are safe wherever people type them."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given, strategies as st
from strategies import untimed

from fugue_actors.errors import Refused
from fugue_actors.protocol.ids import (
    TimedIds,
    check_session_name,
    check_tag,
    is_uuid,
    new_message_id,
    new_pane_id,
    new_session_id,
)


def test_a_session_id_is_a_random_uuid() -> None:
    """People tell ids from names by their form."""
    assert uuid.UUID(new_session_id()).version == 4
    assert new_session_id() != new_session_id()


def test_a_pane_id_is_short() -> None:
    """It stands in the path of a socket, which has room for 107 bytes."""
    assert re.fullmatch(r"p[0-9a-f]{10}", new_pane_id())
    assert new_pane_id() != new_pane_id()


def test_a_message_id_is_a_uuid_of_version_7_of_now() -> None:
    """Other programs can read the time from it."""
    ids = TimedIds()
    parsed = uuid.UUID(ids.next(1_700_000_000_000))
    assert parsed.version == 7
    assert parsed.variant == uuid.RFC_4122
    assert parsed.int >> 80 == 1_700_000_000_000


@untimed
@given(st.lists(st.integers(0, 2**47), min_size=2, max_size=50))
def test_message_ids_rise_even_if_the_clock_goes_back(times: list[int]) -> None:
    """An inbox sorts by id, and the wall clock may be set at any moment."""
    ids = TimedIds()
    made = [ids.next(now) for now in times]
    assert made == sorted(set(made))
    assert all(uuid.UUID(one).version == 7 for one in made)
    assert all(uuid.UUID(one).variant == uuid.RFC_4122 for one in made)


def test_message_ids_of_one_millisecond_rise_into_the_next() -> None:
    """The free bits of a millisecond run out only by going on to the next."""
    ids = TimedIds()
    ids.last = (5 << 74) | ((1 << 74) - 1)
    assert uuid.UUID(ids.next(5)).int >> 80 == 6


def test_a_process_makes_its_message_ids_from_one_sequence() -> None:
    """Two senders' messages in the same millisecond have an order too."""
    made = [new_message_id() for _ in range(100)]
    assert made == sorted(set(made))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("123e4567-e89b-42d3-a456-426614174000", True),
        ("123E4567-E89B-42D3-A456-426614174000", True),
        ("123e4567e89b42d3a456426614174000", False),
        ("{123e4567-e89b-42d3-a456-426614174000}", False),
        ("123e4567-e89b-42d3-a456-426614174000\n", False),
        ("", False),
    ],
)
def test_only_the_usual_form_is_a_uuid(text: str, expected: bool) -> None:
    """Whatever else Python's own parser takes is a name somebody may have chosen."""
    assert is_uuid(text) == expected


@pytest.mark.parametrize("name", ["a", "worker-1", "a.b_c-9", ".x", "_", "x" * 64])
def test_a_good_name_is_both_a_session_name_and_a_tag(name: str) -> None:
    """The check gives back what it was given."""
    assert check_session_name(name) == name
    assert check_tag(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "x" * 65, "-x", "a b", "ä", "a\n", "a$b", "a'b", "a\0", "\ud800", "a*"],
)
def test_a_name_that_a_shell_or_table_would_trip_over_is_refused(name: str) -> None:
    """The refusal can be written anywhere, whatever the name was."""
    for check in (check_session_name, check_tag):
        with pytest.raises(Refused) as refusal:
            check(name)
        assert refusal.value.code == "InvalidArgument"
        assert refusal.value.message.isascii()
        assert "64 characters" in (refusal.value.hint or "")


def test_a_session_name_is_no_uuid() -> None:
    """It would be found in place of the session that has the uuid."""
    with pytest.raises(Refused, match="cannot be a uuid"):
        check_session_name("123E4567-e89b-42d3-a456-426614174000")


def test_a_tag_may_have_parts() -> None:
    """Tags such as `child:worker-1` and `team/web` are in use."""
    assert check_tag("child:a/b") == "child:a/b"
    for name in ("child:a", "a/b"):
        with pytest.raises(Refused):
            check_session_name(name)
