"""Names of sessions, without sessions: taken, reserved, numbered, and made from words."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from strategies import untimed

from fugue_actors.actors.naming import Names, command_name, stem
from fugue_actors.errors import Refused
from fugue_actors.protocol.ids import check_session_name


def names(*recorded: str) -> Names:
    return Names(lambda name: name in recorded)


def test_a_name_that_is_wanted_is_given_as_it_is() -> None:
    """Only those who want none get a number."""
    assert names().reserve("ann", ("sh",)) == "ann"
    assert names().reserve_for_guest("ann", "tool") == "ann"


@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_name_is_given_once_whether_it_is_recorded_or_only_reserved(
    is_recorded: bool,
) -> None:
    """A session that is being made has its name already."""
    room = names("ann") if is_recorded else names()
    if not is_recorded:
        room.reserve("ann", ())
    with pytest.raises(Refused) as refused:
        room.reserve("ann", ())
    assert refused.value.code == "SessionNameExists"
    assert room.reserve_for_guest("ann", "tool") == "ann-2"


def test_a_name_that_was_released_is_free_unless_it_is_recorded() -> None:
    """What became of the session decides, not who asked."""
    room = names("ann-1")
    assert room.reserve("bob", ()) == "bob"
    room.release("bob")
    assert room.reserve("bob", ()) == "bob"
    room.release("ann-1")
    assert room.is_taken("ann-1")


def test_who_asks_for_no_name_gets_the_first_free_number() -> None:
    """Gaps that ended sessions left are filled; nobody gets what is reserved."""
    room = names("sh-1", "sh-3", "tool-1")
    assert [room.reserve(None, ("/bin/sh",)) for _ in range(3)] == [
        "sh-2",
        "sh-4",
        "sh-5",
    ]
    assert room.reserve_for_guest(None, "tool") == "tool-2"


@pytest.mark.parametrize("wrong", ["", "not fine", "-x"])
def test_a_bad_name_is_refused_and_reserves_nothing(wrong: str) -> None:
    """The rules are the same for sessions and for guests."""
    room = names()
    with pytest.raises(Refused, match="name"):
        room.reserve(wrong, ("sh",))
    with pytest.raises(Refused, match="name"):
        room.reserve_for_guest(wrong, "tool")
    assert not room.is_taken(wrong)


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        ((), "shell"),
        (("sh", "-c", "true"), "sh"),
        (("/opt/my tool!",), "my-tool"),
        (("…",), "guest"),
    ],
)
def test_a_session_is_called_after_its_command(
    argv: tuple[str, ...], name: str
) -> None:
    """By the last part of its path, and by nothing of its arguments."""
    assert command_name(argv) == name


def test_a_long_text_leaves_room_for_a_number() -> None:
    """Also for a large one."""
    assert stem("x" * 80) == "x" * 48


@untimed
@given(text=st.text(max_size=80))
def test_any_text_makes_the_beginning_of_a_name(text: str) -> None:
    """Clients call themselves as they like."""
    name = f"{stem(text)}-1"
    assert check_session_name(name) == name
