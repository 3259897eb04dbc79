"""The keyboard of a pane passes from one to another, and both are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from modekit import state_of
from modelkit import model_of

from fugue_actors.tui.handover import Handover, typist
from fugue_actors.tui.modes import Notice

if TYPE_CHECKING:
    from fugue_actors.tui.state import State

LOST = Notice("bob has taken over: C-b T takes it back", is_error=True, pane_id="pa")
WON = Notice("you type here now", pane_id="pa")


@pytest.fixture
def state() -> State:
    """A client that looks at one of three panes."""
    state = state_of(model_of(("ann", [["a"], ["b", "c"]])))
    state.settle()
    state.operator_id = "o-me"
    return state


def control(state: State, whose: str | None, *, pane_id: str = "pa") -> None:
    """Somebody has the keyboard of a pane."""
    pane: Any = state.model.panes[pane_id]
    given = {"operator": whose, "operator_id": f"o-{whose}"}
    pane["control"] = None if whose is None else given


@pytest.mark.parametrize(
    ("steps", "last"),
    [
        (["me", "bob"], LOST),
        (["bob", "me"], WON),
        (["me", "bob", "me"], WON),
        (["me"], None),
        (["bob"], None),
        (["me", "me"], None),
        (["bob", "cy"], None),
        (["me", None, "bob"], None),
        (["bob", None, "me"], None),
        (["me", None], None),
    ],
)
def test_it_is_told_when_it_passes_and_only_then(
    state: State, steps: list[str | None], last: Notice | None
) -> None:
    """Who begins to type where nobody did has taken nothing from anybody."""
    handover = Handover()
    said = None
    for whose in steps:
        control(state, whose)
        said = handover.look(state)
    assert said == last
    assert handover.look(state) is None


def test_what_passed_out_of_view_is_told_where_it_was(state: State) -> None:
    """In the window that shows it, when one comes back there."""
    handover = Handover()
    control(state, "me")
    handover.look(state)
    state.go_to_pane("pb")
    control(state, "bob")
    assert handover.look(state) is None
    state.go_to_pane("pa")
    assert handover.look(state) == LOST


def test_nothing_has_passed_when_the_daemon_is_another(state: State) -> None:
    """It calls everybody otherwise, this client too."""
    handover = Handover()
    control(state, "me")
    handover.look(state)
    handover.forget()
    state.operator_id = "o-2"
    assert handover.look(state) is None


def test_panes_that_are_gone_are_forgotten(state: State) -> None:
    """A client may run for weeks."""
    handover = Handover()
    control(state, "me")
    handover.look(state)
    state.go_to_pane("pb")
    del state.model.panes["pa"]
    handover.look(state)
    assert not handover.sides


def test_ones_own_other_client_is_not_told_by_ones_own_name(state: State) -> None:
    """`ann types here` would say to ann that all is well."""
    state.name = "ann"
    assert typist(state, "ann") == "your other client"
    assert typist(state, "bob") == "bob"
