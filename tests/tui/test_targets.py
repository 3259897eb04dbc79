"""Targets name the session, window or pane that they name in tmux."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from modelkit import model_of
from tilings import window_documents

from fugue_actors.errors import Refused
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.state import State
from fugue_actors.tui.targets import find, neighbour


def two_sessions() -> State:
    """ann with two windows, the first with two panes, and bob with one."""
    model = model_of(("ann", [["a", "b"], ["c"]]), ("bob", [["d"]]))
    return State(model, Settings())


@pytest.mark.parametrize(
    ("text", "kind", "pane_id"),
    [
        (None, "pane", "pa"),
        ("1", "pane", "pb"),
        (".1", "pane", "pb"),
        ("+", "pane", "pb"),
        (":.+", "pane", "pb"),
        ("{right}", "pane", "pb"),
        (":1", "pane", "pc"),
        ("1", "window", "pc"),
        ("win1", "window", "pc"),
        ("wi", "window", None),
        ("ann:win1.0", "pane", "pc"),
        ("bob", "session", "pd"),
        ("b", "session", "pd"),
        ("bob:", "pane", "pd"),
        ("pd", "pane", "pd"),
        ("%pd", "pane", "pd"),
        ("s-bob", "session", "pd"),
        ("+", "session", "pd"),
        ("$", "window", "pc"),
        ("9", "window", None),
        ("nobody", "session", None),
        ("{last}", "pane", None),
        (".7", "pane", None),
    ],
)
def test_a_target_means_what_it_means_in_tmux(
    text: str | None, kind: str, pane_id: str | None
) -> None:
    """Each form of `-t` that people have in their fingers."""
    state = two_sessions()
    if pane_id is None:
        with pytest.raises(Refused):
            find(state, text, kind=kind)
    else:
        assert find(state, text, kind=kind).pane_id == pane_id


def test_the_last_ones_are_where_the_client_was_before() -> None:
    """`!` and `{last}` follow this client and nobody else."""
    state = two_sessions()
    for pane_id in ("pa", "pb", "pc", "pd"):
        state.go_to_pane(pane_id)
    assert find(state, "!", kind="session").session_id == "s-ann"
    state.go_to_session("s-ann")
    assert state.pane_id == "pc"
    assert find(state, "!", kind="window").pane_id == "pb"
    state.go_to_pane("pb")
    assert find(state, "{last}").pane_id == "pa"


@given(window_documents(), st.sampled_from("UDLR"))
def test_a_neighbour_touches_the_pane_or_lies_at_the_other_end(
    window: Any, direction: str
) -> None:
    """Going left from a pane with something at its left goes there, never elsewhere."""
    model = model_of(("ann", [["a"]]))
    model.layouts["s-ann"]["windows"] = [window]
    state = State(model, Settings())
    size = "columns" if direction in "LR" else "lines"
    axis = "x" if direction in "LR" else "y"
    areas = {area["pane_id"]: area for area in window["panes"]}
    for pane_id, area in areas.items():
        found = neighbour(state, window, pane_id, direction)
        if direction in "DR":
            is_inside = area[axis] + area[size] < window[size]
        else:
            is_inside = area[axis] > 0
        if not is_inside:
            continue
        assert found is not None
        other = areas[found]
        gap = (
            other[axis] - area[axis] - area[size]
            if direction in "DR"
            else area[axis] - other[axis] - other[size]
        )
        assert gap == 1


def test_where_no_window_was_shown_before_that_is_said() -> None:
    """Not that there is none with a name that nobody typed."""
    with pytest.raises(Refused, match="no last window"):
        find(two_sessions(), "!", kind="window")
