"""Who needs a person, where, and why."""

from __future__ import annotations

from typing import Any

from modelkit import model_of

from fugue_actors.tui import attention
from fugue_actors.tui.commands import execute
from fugue_actors.tui.modes import Notice, Request
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.state import State


def needing(**reasons: Any) -> State:
    """A client of three sessions, of which some need somebody."""
    model = model_of(("ann", [["a", "b"]]), ("bob", [["c"], ["d"]]), ("cara", [["e"]]))
    for name, reason in reasons.items():
        model.states[f"s-{name}"]["attention"] = [reason]
    return State(model, Settings())


def test_a_session_that_says_no_pane_is_looked_at_where_its_focus_is() -> None:
    """An agent speaks for its session, not for a pane."""
    state = needing(bob={"reason": "blocked", "text": "may I?"})
    assert list(attention.panes_in_need(state.model)) == ["pc"]
    assert attention.windows_in_need(state.model, "s-bob") == {"wc"}
    assert attention.windows_in_need(state.model, "s-ann") == set()
    assert attention.count(state.model) == 1


def test_one_goes_from_one_to_the_next_and_round() -> None:
    """In the order of names, and within a session as panes stand."""
    state = needing(
        ann={"reason": "failed", "text": "", "pane_id": "pb"},
        cara={"reason": "help", "text": "please"},
    )
    seen = []
    for _ in range(3):
        pane_id = attention.next_in_need(state)
        assert pane_id is not None
        state.go_to_pane(pane_id)
        seen.append((pane_id, attention.why(state.model, pane_id)))
    assert seen == [("pb", "failed"), ("pe", "please"), ("pb", "failed")]


def test_a_pane_behind_a_zoomed_one_is_marked_and_gone_to() -> None:
    """Who has zoomed must not miss who needs them; the daemon ends the zoom."""
    state = needing(ann={"reason": "failed", "text": "", "pane_id": "pb"})
    window: Any = state.model.layouts["s-ann"]["windows"][0]
    window |= {"zoomed": "pa", "tiles": window["panes"], "panes": window["panes"][:1]}
    assert attention.windows_in_need(state.model, "s-ann") == {"wa"}
    assert list(execute(state, "next-attention")) == [
        Request(name="focus_pane", args={"pane": "pb"}),
        Notice("failed"),
    ]
    window["panes"] = window.pop("tiles")
    state.settle()
    assert state.pane_id == "pb"


def test_nobody_in_need_is_nobody_to_go_to() -> None:
    """And nothing is said of a pane that needs nobody."""
    state = needing()
    assert attention.next_in_need(state) is None
    assert attention.why(state.model, "pa") is None
    assert attention.why(state.model, "pgone") is None


def test_what_is_unread_is_counted_over_all_sessions() -> None:
    """It is one number in the status line."""
    state = needing()
    state.model.states["s-ann"]["unread"] = 2
    state.model.states["s-bob"]["unread"] = 3
    assert attention.unread(state.model) == 5
