"""Whose size a window has, and which part of a larger one is shown."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st
from modelkit import model_of

from fugue_actors.tui.events import LEFT, NO_BUTTON, Focus, Key, Mouse, Paste, Report
from fugue_actors.tui.outer import Repaint
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.sizing import answered, is_use, minimum, pan, slid, wanted_size
from fugue_actors.tui.state import State


def client(**given_: Any) -> State:
    """A client of a window of 20 columns and 6 lines, on a terminal of 80 by 24."""
    return State(model_of(("ann", [["a"]])), Settings(**given_), columns=80, lines=24)


def window_of(state: State) -> Any:
    """Its window, to be changed."""
    return state.model.layouts["s-ann"]["windows"][0]


def test_a_window_gets_the_size_of_who_uses_it() -> None:
    """Without the line of the status."""
    request = wanted_size(client())
    assert request is not None
    assert request.args == {
        "session": "s-ann",
        "window": "wa",
        "columns": 80,
        "lines": 23,
    }


def test_what_is_asked_is_not_asked_again_until_something_has_changed() -> None:
    """One request is under way; a size that others gave meanwhile is taken back."""
    state = client()
    assert wanted_size(state) is not None
    assert wanted_size(state) is None
    window_of(state).update(columns=80, lines=23)
    assert wanted_size(state) is None
    window_of(state).update(columns=50, lines=10)
    assert wanted_size(state) is not None
    state.columns = 90
    assert wanted_size(state) is not None


def test_after_an_answer_the_next_key_asks_again_for_a_size_that_is_not_there() -> None:
    """It was refused, or somebody else has given back the size that there was before."""
    state = client()
    request = wanted_size(state)
    assert request is not None
    answered(state, request)
    assert wanted_size(state) == request


def test_what_a_terminal_tells_by_itself_is_no_use_of_it() -> None:
    """Or a late answer, or turning to another terminal, would take the window back."""
    press = Mouse(kind="press", button=LEFT, x=1, y=1)
    for event in (Key("a", "a"), Paste("text"), press):
        assert is_use(event), event
    move = Mouse(kind="move", button=NO_BUTTON, x=1, y=1)
    answer = Report(kind="attributes", numbers=(62,))
    for event in (answer, Focus(is_in=False), Focus(is_in=True), move, Repaint()):
        assert not is_use(event), event


def test_a_window_never_gets_less_than_its_panes_need() -> None:
    """What is too much in one direction still fits in the other."""
    state = client()
    pane = {"layout": {"pane": {}}}
    stack = {"layout": {"direction": "horizontal", "splits": [pane, pane, pane]}}
    layout = {"direction": "vertical", "splits": [pane, stack, pane]}
    window_of(state)["layout"] = layout
    assert minimum(layout) == (8, 5)
    state.columns, state.lines = 4, 13
    request = wanted_size(state)
    assert request is not None
    assert (request.args["columns"], request.args["lines"]) == (8, 12)


def test_who_only_watches_gives_no_window_its_size() -> None:
    """Whether by choice or because nothing at all may be changed."""
    assert wanted_size(client(size="never")) is None
    assert wanted_size(client(is_read_only=True)) is None


def test_without_a_status_line_the_whole_terminal_counts() -> None:
    """Each line of it."""
    request = wanted_size(client(status="off"))
    assert request is not None
    assert request.args["lines"] == 24


@given(st.integers(0, 500), st.integers(0, 299), st.integers(1, 120))
def test_what_is_shown_moves_only_as_far_as_it_must(
    offset: int, point: int, room: int
) -> None:
    """The point is in view, nothing beyond the end is, and otherwise nothing moves."""
    total = 300
    new = slid(offset, point, room, total)
    assert new <= point < new + room
    assert 0 <= new <= max(0, total - room)
    if offset <= point < offset + room and offset <= total - room:
        assert new == offset


def test_the_cursor_of_the_client_s_pane_is_what_is_followed() -> None:
    """In a window that another client has made larger."""
    state = client(size="never")
    window = window_of(state)
    window.update(columns=300, lines=100)
    window["panes"][0].update(columns=300, lines=100)
    state.model.screens["pa"].head["cursor"].update(x=200, y=90)
    dx, dy = state.offsets["wa"] = pan(state)
    assert dx <= 200 < dx + 80
    assert dy <= 90 < dy + 23
    state.model.screens["pa"].head["cursor"].update(x=199)
    assert pan(state) == (dx, dy)
