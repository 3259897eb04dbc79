"""What the mouse does over panes, borders and the status line."""

from __future__ import annotations

from typing import Any

from modelkit import model_of

from fugue_actors.drawing import Canvas
from fugue_actors.tui import mouse, status
from fugue_actors.tui.events import LEFT, NO_BUTTON, WHEEL_UP, Mouse
from fugue_actors.tui.modes import Request, Run, Type
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.state import State


def client(**given: Any) -> State:
    """A client of a window with two panes of 20 columns, and of a second window."""
    model = model_of(("ann", [["a", "b"], ["c"]]))
    return State(model, Settings(**given), columns=41, lines=7)


def asked(state: State, pane_id: str, **modes: Any) -> None:
    """A pane's program asks something of its terminal."""
    state.model.screens[pane_id].head["modes"] = modes


def act(
    state: State, kind: Any, x: int, y: int, button: int = LEFT, **more: Any
) -> Any:
    """What the mouse leads to."""
    event = Mouse(kind=kind, button=button, x=x, y=y, **more)
    return list(mouse.handle(state, event))


def test_a_click_goes_to_the_pane_and_a_drag_begins_to_select() -> None:
    """Where no program wants the mouse, it is attach's."""
    state = client()
    assert act(state, "press", 30, 2) == []
    assert state.pane_id == "pb"
    assert act(state, "move", 33, 2) == [Run("copy-mode -M")]
    assert act(state, "release", 33, 2) == []


def test_the_wheel_scrolls_back() -> None:
    """And leaves copy mode again at the end."""
    assert act(client(), "wheel", 3, 2, WHEEL_UP) == [Run("copy-mode -eM")]


def test_a_program_that_asked_for_the_mouse_gets_it_in_its_own_cells() -> None:
    """Counted from its own top left, whatever stands around it."""
    state = client()
    asked(state, "pb", mouse_mode=1000)
    (typed,) = act(state, "press", 30, 2)
    assert typed.pane_id == "pb"
    assert (typed.mouse.x, typed.mouse.y, typed.mouse.kind) == (9, 2, "press")
    assert state.pane_id == "pb"


def test_with_shift_the_mouse_is_never_the_program_s() -> None:
    """So that one can select there, too."""
    state = client()
    asked(state, "pb", mouse_mode=1003)
    assert act(state, "press", 30, 2, modifiers=1) == []
    assert act(state, "move", 33, 2, modifiers=1) == [Run("copy-mode -M")]


def test_moves_are_told_to_whom_they_matter() -> None:
    """A program that wants clicks is not flooded with moves."""
    state = client()
    for mode, with_button, without in (
        (1000, False, False),
        (1002, True, False),
        (1003, True, True),
    ):
        asked(state, "pa", mouse_mode=mode)
        assert bool(act(state, "move", 3, 2, LEFT)) is with_button
        assert bool(act(state, "move", 3, 2, NO_BUTTON)) is without
        assert mouse.wants_moves(state) is without


def test_the_wheel_is_keys_to_a_program_on_the_alternate_screen() -> None:
    """As in `less`, which never asked for a mouse."""
    state = client()
    asked(state, "pa", alternate_scroll=True)
    (typed,) = act(state, "wheel", 3, 2, WHEEL_UP)
    assert isinstance(typed, Type)


def test_a_click_at_a_title_goes_to_its_pane() -> None:
    """The line above the window is no border that could be dragged."""
    state = client(titles="top")
    assert act(state, "press", 25, 0) == []
    assert state.pane_id == "pb"
    assert state.drag is None
    act(state, "press", 20, 0)
    assert state.pane_id == "pb"


def test_a_border_is_dragged() -> None:
    """From the press to the release, also while the mouse is over a pane."""
    state = client()
    assert act(state, "press", 20, 3) == []
    (request,) = act(state, "move", 25, 3)
    assert isinstance(request, Request)
    assert request.args == {"pane": "pa", "edge": "right", "at": 25}
    assert act(state, "move", 20, 3) == []
    assert len(act(state, "release", 12, 3)) == 1
    assert act(state, "move", 12, 3) == []


def test_a_border_is_asked_to_where_the_mouse_is() -> None:
    """How far it goes, with what its panes need, the daemon knows."""
    state = client()
    act(state, "press", 20, 3)
    (request,) = act(state, "move", 0, 3)
    assert (request.args["edge"], request.args["at"]) == ("right", 0)


def test_a_click_in_the_status_line_goes_to_the_window_under_it() -> None:
    """And on the session's name to the tree."""
    state = client()
    canvas = Canvas(41, 7)
    status.draw(state, canvas, 6)
    x = canvas.shown[6].index("1:win1")
    assert act(state, "press", x, 6) == [Run("select-window -t :1")]
    assert act(state, "press", 1, 6) == [Run("choose-tree -s")]
    assert act(state, "wheel", 1, 6, WHEEL_UP) == [Run("previous-window")]


def test_with_the_status_line_at_the_top_everything_is_one_lower() -> None:
    """Places are those of the window, not of the terminal."""
    state = client(status="top")
    asked(state, "pa", mouse_mode=1000)
    (typed,) = act(state, "press", 3, 1)
    assert (typed.mouse.x, typed.mouse.y) == (3, 0)
