"""The bell of a program is heard by whoever is in its session, wherever they look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelkit import model_of

from fugue_actors.tui import status
from fugue_actors.tui.attention import windows_rung
from fugue_actors.tui.bells import QUIET_SECONDS, Bells, look
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.state import State

if TYPE_CHECKING:
    from fugue_actors.client import Model

ALL = ("pa", "pb", "pc", "pd")


def fleet() -> State:
    """A client in the first window of a session with three panes, beside another session."""
    model = model_of(("one", [["a", "b"], ["c"]]), ("two", [["d"]]))
    state = State(model, Settings())
    state.go_to_session("s-one")
    state.settle()
    return state


def ring(model: Model, *panes: str) -> tuple[str, ...]:
    """Have panes ring."""
    for pane_id in panes:
        model.panes[pane_id]["bells"] = model.panes[pane_id].get("bells", 0) + 1
    return panes


def begun(state: State) -> Bells:
    """Bells that know how often each pane had rung before."""
    bells = Bells()
    ring(state.model, *ALL)
    assert not bells.hear(state, ALL, 0.0)
    assert not state.rung
    return bells


def listed(state: State) -> list[str]:
    """The windows as the status line has them."""
    return [text for text, _ in status.places(state, 80) if ":" in text]


def test_a_bell_rings_once_wherever_in_the_session_it_is() -> None:
    """Each time it is rung, and not again when something else changes."""
    state = fleet()
    bells = begun(state)
    assert not bells.hear(state, ALL, 1.0)
    assert bells.hear(state, ring(state.model, "pa"), 2.0)
    assert not bells.hear(state, ALL, 3.0)
    assert bells.hear(state, ring(state.model, "pc"), 4.0)


def test_a_bell_of_another_session_is_only_marked_there() -> None:
    """As in tmux: a fleet that rings all the time would be of no use."""
    state = fleet()
    bells = begun(state)
    assert not bells.hear(state, ring(state.model, "pd"), 1.0)
    assert state.rung == {"pd"}
    assert windows_rung(state) == set()


def test_many_bells_at_once_are_one() -> None:
    """What rings without end is heard now and then."""
    state = fleet()
    bells = begun(state)
    assert bells.hear(state, ring(state.model, "pa", "pb", "pc"), 1.0)
    assert not bells.hear(state, ring(state.model, "pa"), 1.0 + QUIET_SECONDS / 2)
    assert bells.hear(state, ring(state.model, "pa"), 1.0 + QUIET_SECONDS)


def test_a_window_that_rang_says_so_until_it_is_in_view() -> None:
    """Who was away finds who called; the window in view needs no mark."""
    state = fleet()
    bells = begun(state)
    bells.hear(state, ring(state.model, "pb", "pc"), 1.0)
    look(state)
    assert listed(state) == ["0:win0*", "1:win1!"]
    state.go_to_window("s-one", "wc")
    assert listed(state) == ["0:win0-", "1:win1*"]
    look(state)
    state.go_to_window("s-one", "wa")
    assert listed(state) == ["0:win0*", "1:win1-"]


def test_a_pane_behind_one_in_full_rings_for_its_window() -> None:
    """It is in no picture, but in that window."""
    state = fleet()
    bells = begun(state)
    window: Any = state.windows_of("s-one")[0]
    window["tiles"] = window["panes"]
    window["panes"] = [window["tiles"][0]]
    bells.hear(state, ring(state.model, "pb"), 1.0)
    state.go_to_window("s-one", "wc")
    assert windows_rung(state) == {"wa"}
    state.go_to_window("s-one", "wa")
    look(state)
    assert not state.rung


def test_another_daemon_and_an_old_one_ring_nothing() -> None:
    """It may count from anywhere, or say nothing of bells; a new pane begins with none."""
    state = fleet()
    bells = begun(state)
    state.model.panes["pa"]["bells"] = 0
    assert not bells.hear(state, ALL, 1.0)
    assert bells.hear(state, ring(state.model, "pa"), 2.0)
    for pane in state.model.panes.values():
        pane.pop("bells", None)
    assert not bells.hear(state, ALL, 3.0)
    del state.model.panes["pa"]
    assert not bells.hear(state, ["pa"], 4.0)
    state.model.panes["pa"] = {**state.model.panes["pb"], "bells": 1}
    assert bells.hear(state, ["pa"], 5.0)


def test_what_is_gone_is_forgotten() -> None:
    """A client may be there for months."""
    state = fleet()
    bells = begun(state)
    bells.hear(state, ring(state.model, "pc"), 1.0)
    del state.model.panes["pc"]
    bells.hear(state, ["pc"], 2.0)
    state.settle()
    assert not state.rung
    assert "pc" not in bells.counts
