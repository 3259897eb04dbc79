"""Where a client is, whatever the model does meanwhile."""

from __future__ import annotations

from hypothesis import settings as hypothesis_settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from modelkit import add_session, arrange, model_of

from fugue_actors.tui.settings import Settings
from fugue_actors.tui.state import State


def client(*sessions: tuple[str, list[list[str]]]) -> State:
    """A client of these sessions."""
    return State(model_of(*sessions), Settings())


def test_a_client_begins_where_the_daemon_has_its_focus() -> None:
    """Only that: from then on its place is its own."""
    state = client(("ann", [["a", "b"], ["c"]]))
    window = state.model.layouts["s-ann"]["windows"][1]
    state.model.layouts["s-ann"]["windows"][0]["focused"] = False
    window["focused"] = True
    assert state.pane_id == "pc"
    state.settle()
    window["focused"] = False
    state.model.layouts["s-ann"]["windows"][0]["focused"] = True
    assert state.pane_id == "pc"


def test_each_window_keeps_its_pane_and_each_session_its_window() -> None:
    """Who comes back finds the place as it was left."""
    state = client(("ann", [["a", "b"], ["c"]]), ("bob", [["d"]]))
    state.go_to_pane("pb")
    state.go_to_window("s-ann", "wc")
    state.go_to_session("s-bob")
    assert (state.pane_id, state.last_session_id) == ("pd", "s-ann")
    state.go_to_session("s-ann")
    assert state.pane_id == "pc"
    assert state.last_window_id == "wa"
    state.go_to_window("s-ann", "wa")
    assert (state.pane_id, state.last_pane_id) == ("pb", "pa")


def test_where_something_ended_the_client_is_where_it_was_before() -> None:
    """A pane, a window and a session that go take nobody along."""
    state = client(("ann", [["a", "b"], ["c"]]), ("bob", [["d"]]))
    for pane_id in ("pd", "pa", "pc", "pb"):
        state.go_to_pane(pane_id)
    arrange(state.model, "s-ann", [["a"], ["c"]])
    assert state.pane_id == "pa"
    arrange(state.model, "s-ann", [["c"]])
    assert state.pane_id == "pc"
    del state.model.layouts["s-ann"], state.model.sessions["s-ann"]
    state.settle()
    assert (state.session_id, state.pane_id) == ("s-bob", "pd")


def test_a_pane_that_is_not_there_yet_is_gone_to_when_it_is() -> None:
    """The answer to a split may come before the model has the new pane."""
    state = client(("ann", [["a"]]))
    assert not state.go_to_pane("pnew")
    state.settle()
    assert state.pane_id == "pa"
    arrange(state.model, "s-ann", [["a", "new"]])
    state.settle()
    assert state.pane_id == "pnew"


def test_who_goes_elsewhere_meanwhile_stays_there() -> None:
    """A wish is over with the next step of one's own."""
    state = client(("ann", [["a"], ["b"]]))
    state.go_to_pane("pnew")
    state.go_to_window("s-ann", "wb")
    arrange(state.model, "s-ann", [["a", "new"], ["b"]])
    state.settle()
    assert state.pane_id == "pb"


def test_a_zoomed_pane_is_the_client_s_while_it_hides_the_others() -> None:
    """What is typed must go to the pane that is seen."""
    state = client(("ann", [["a", "b"]]))
    state.go_to_pane("pb")
    window = state.model.layouts["s-ann"]["windows"][0]
    tiles = window["panes"]
    window.update({"zoomed": "pa", "panes": tiles[:1], "tiles": tiles})  # type: ignore[typeddict-item]
    assert state.pane_id == "pa"
    assert not state.go_to_pane("pb")
    window.update({"zoomed": None, "panes": tiles})  # type: ignore[typeddict-item]
    state.settle()
    assert state.pane_id == "pb"


class Wandering(RuleBasedStateMachine):
    """Sessions come and go while a client goes anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.state = client(("s0", [["x0"]]))
        self.count = 0

    @rule(windows=st.lists(st.integers(1, 3), max_size=3), name=st.sampled_from("abc"))
    def change(self, windows: list[int], name: str) -> None:
        """A session gets other windows, or ends."""
        panes = []
        for size in windows:
            panes.append([f"{name}{self.count + n}" for n in range(size)])
            self.count += size
        session_id = f"s-{name}"
        if not windows:
            for pane_id, pane in list(self.state.model.panes.items()):
                if pane["session_id"] == session_id:
                    del self.state.model.panes[pane_id]
            self.state.model.layouts.pop(session_id, None)
            self.state.model.sessions.pop(session_id, None)
        elif session_id in self.state.model.sessions:
            arrange(self.state.model, session_id, panes)
        else:
            add_session(self.state.model, name, panes)
        self.state.settle()

    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        """Go to a pane that there is, or is not any more."""
        panes = [*self.state.model.panes, "pgone"]
        self.state.go_to_pane(data.draw(st.sampled_from(panes)))

    @invariant()
    def is_somewhere(self) -> None:
        """There is always a session, a window of it, and a pane of that."""
        state = self.state
        assert state.session_id in state.model.sessions
        window = state.window
        assert window is not None
        assert window in state.windows_of(state.session_id)
        assert state.pane_id in [area["pane_id"] for area in window["panes"]]
        assert state.pane_id in state.model.panes
        assert state.last_pane_id != state.pane_id
        assert state.last_session_id != state.session_id


TestWandering = Wandering.TestCase
TestWandering.settings = hypothesis_settings(max_examples=60, stateful_step_count=20)
