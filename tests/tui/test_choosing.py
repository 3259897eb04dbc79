"""The tree of sessions, windows and panes: what it shows, and what its keys do."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st
from modekit import opened, picture, press, state_of
from modelkit import SINCE, add_session, arrange, model_of
from tilings import window_documents

from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui.branches import branches
from fugue_actors.tui.commands import run
from fugue_actors.tui.events import LEFT, WHEEL_DOWN, Mouse
from fugue_actors.tui.modes import ONLY_LOOKS, Close, Open, Request, Run
from fugue_actors.tui.preview import scaled

if TYPE_CHECKING:
    from fugue_actors.tui.state import State


@pytest.fixture
def state() -> State:
    """A client in a team, one of whom needs somebody."""
    model = model_of(
        ("ann", [["a", "b"], ["c"]]),
        ("bob", [["d"]]),
        ("me", []),
        ann=["worker", "tester"],
    )
    model.states["s-ann"]["attention"] = [
        {"reason": "help", "text": "which branch?\x1b[2J"}
    ]
    model.states["s-bob"]["status"] = {
        "status": "working",
        "message": "fixing tests",
        "since": SINCE,
    }
    model.states["s-bob"]["unread"] = 3
    return state_of(model)


def test_the_tree_and_what_the_chosen_one_shows_at_the_usual_size(
    state: State,
) -> None:
    """Who needs somebody, what is unread, what was reported; texts are shown as texts."""
    assert picture(opened(state, "choose-tree -w"), 80, 20) == [
        " 2 sessions, by name                                                        2/5",
        " (0) - ann  ⚑ which branch?\ufffd[2J  2 windows #worker #tester",
        " (1)   + 0: win0  2 panes",
        " (2)     1: win1  title of c",
        " (3) - bob  ✉ 3  working: fixing tests  1 window",
        " (4)     0: win0  title of d",
        " Enter goes there   / filters   t marks   x ends   r renames   q leaves",
        "┌─ 0: win0 ────────────────────────────────────────────────────────────────────┐",
        "│screen of a         │screen of b                                              │",
        "│$                   │$                                                        │",
        *[
            "│                    │                                                         │"
        ]
        * 4,
        *[
            "│                                                                              │"
        ]
        * 5,
        "└──────────────────────────────────────────────────────────────────────────────┘",
    ]


def test_a_small_terminal_still_has_a_list_and_a_preview(state: State) -> None:
    """Panes have their shares of what room there is."""
    assert picture(opened(state, "choose-tree -s"), 40, 9) == [
        " 2 sessions, by name                1/2",
        " (0) + ann  ⚑ which branch?\ufffd[2J  2 wind…",
        " (1) + bob  ✉ 3  working: fixing tests …",
        " Enter goes there   q leaves",
        "┌─ ann ────────────────────────────────┐",
        "│screen of a       │screen of b        │",
        "│$                 │$                  │",
        "│                  │                   │",
        "└──────────────────────────────────────┘",
    ]


@pytest.mark.parametrize("lines", range(1, 9))
def test_a_tiny_terminal_shows_the_chosen_one(state: State, lines: int) -> None:
    """Nothing is drawn where there is no room, and nothing raises."""
    chooser = opened(state, "choose-tree -s")
    shown = picture(chooser, 3, lines)
    assert len(shown) == lines
    assert chooser.listing.selected == "s-ann"


def test_it_asks_for_the_screens_that_it_shows(state: State) -> None:
    """And for no others; without a preview for none."""
    chooser = opened(state, "choose-tree -w")
    picture(chooser, 80, 24)
    assert set(chooser.watches) == {"pa", "pb"}
    press(state, chooser, "G")
    picture(chooser, 80, 24)
    assert set(chooser.watches) == {"pd"}
    press(state, chooser, "v")
    picture(chooser, 80, 24)
    assert set(chooser.watches) == set()


def gone_to(actions: list[Any]) -> str:
    """Where a client goes."""
    assert actions[0] == Close()
    assert isinstance(actions[1], Run)
    return actions[1].text


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("<Enter>", "switch-client -t s-ann:wa"),
        ("k<Enter>", "switch-client -t s-ann:"),
        ("j<Enter>", "switch-client -t s-ann:wc"),
        ("<Right>j<Enter>", "switch-client -t s-ann:wa.pa"),
        ("3", "switch-client -t s-bob:"),
        ("/bob<Enter><Enter>", "switch-client -t s-bob:"),
        ("fwin1<Down><Enter>", "switch-client -t s-ann:wc"),
        ("<Left>h<Right>jj<Enter>", "switch-client -t s-ann:wc"),
        ("<M-->j<Enter>", "switch-client -t s-bob:"),
        ("G<M-+>H<Enter>", "switch-client -t s-ann:wa.pa"),
        ("O<Home><Enter>", "switch-client -t s-ann:"),
        ("OO<Home><Enter>", "switch-client -t s-bob:"),
    ],
)
def test_keys_lead_to_what_they_name(state: State, keys: str, expected: str) -> None:
    """It begins where the client is."""
    assert gone_to(press(state, opened(state, "choose-tree -w"), keys)) == expected


def test_a_click_chooses_and_a_second_one_goes_there(state: State) -> None:
    """The wheel moves the choice."""
    chooser = opened(state, "choose-tree -w")
    picture(chooser, 80, 24)
    click = Mouse(kind="press", button=LEFT, x=9, y=4)
    assert list(chooser.key(click)) == []
    assert chooser.listing.selected == "s-bob"
    assert gone_to(list(chooser.key(click))) == "switch-client -t s-bob:"
    chooser.key(Mouse(kind="wheel", button=WHEEL_DOWN, x=0, y=0))
    assert chooser.listing.selected == "wd"


def answered(state: State, actions: list[Any], keys: str) -> list[Any]:
    """What happens after a question or a prompt was opened and answered."""
    [action] = actions
    assert isinstance(action, Open)
    done = press(state, action.mode, keys)
    assert done[0] == Close()
    return done[1:]


def test_it_kills_after_a_question(state: State) -> None:
    """A window with all its panes; with another answer nothing."""
    chooser = opened(state, "choose-tree -w")
    asked = press(state, chooser, "x")
    assert asked[0].mode.question == "kill window 0: win0? (y/n)"
    assert answered(state, asked, "y") == [
        Request(name="close_window", args={"session": "s-ann", "window": "wa"}),
    ]
    assert answered(state, press(state, chooser, "x"), "n") == []


def test_what_is_marked_is_killed_together_and_once(state: State) -> None:
    """A pane of a window that goes anyway is not named again."""
    chooser = opened(state, "choose-tree -w")
    press(state, chooser, "g<M-+>gjtt")  # the window and its first pane
    press(state, chooser, "Gkt")  # bob
    assert picture(chooser, 80, 24)[0].startswith(" 2 sessions, 3 marked")
    asked = press(state, chooser, "X")
    assert asked[0].mode.question == "kill 2 marked? (y/n)"
    assert answered(state, asked, "y") == [
        Request(name="close_window", args={"session": "s-ann", "window": "wa"}),
        Request(name="kill_session", args={"session": "s-bob"}),
    ]
    press(state, chooser, "<M-t>")
    assert chooser.marked == set()


def test_what_is_gone_is_marked_no_more(state: State) -> None:
    """Else a question would be about what nobody sees."""
    chooser = opened(state, "choose-tree -s")
    press(state, chooser, "tt")
    assert picture(chooser, 80, 24)[0].startswith(" 2 sessions, 2 marked")
    del state.model.sessions["s-bob"]
    assert picture(chooser, 80, 24)[0].startswith(" 1 session, 1 marked")


@pytest.mark.parametrize(
    ("keys", "name", "args"),
    [
        ("g", "rename_session", {"session": "s-ann", "name": "annx"}),
        ("", "rename_window", {"session": "s-ann", "window": "wa", "name": "win0x"}),
        ("<Right>j", "rename_pane", {"pane": "pa", "name": "x"}),
    ],
)
def test_it_renames(state: State, keys: str, name: str, args: Any) -> None:
    """From the name that it has."""
    chooser = opened(state, "choose-tree -w")
    asked = press(state, chooser, keys + "r")
    assert answered(state, asked, "x<Enter>") == [Request(name=name, args=args)]


def test_it_tags_several_at_once(state: State) -> None:
    """With a sign for what is new and what goes."""
    chooser = opened(state, "choose-tree -s")
    press(state, chooser, "tt")
    asked = press(state, chooser, "T")
    assert answered(state, asked, "+new, -worker<Enter>") == [
        Request(
            name="set_tags",
            args={"session": session, "add": ["new"], "remove": ["worker"]},
        )
        for session in ("s-ann", "s-bob")
    ]


def test_a_filter_finds_what_is_folded_and_what_it_is_in(state: State) -> None:
    """Escape ends a filter that is typed; from the list it leaves, filter or not."""
    chooser = opened(state, "choose-tree -s")
    press(state, chooser, "/title of b")
    keys = list(chooser.entries())
    assert keys == ["s-ann", "wa", "pb"]
    assert press(state, chooser, "<Escape>") == []
    assert list(chooser.entries()) == ["s-ann", "s-bob"]
    press(state, chooser, "/ann<Enter>")
    assert list(chooser.entries()) == ["s-ann"]
    assert press(state, chooser, "<Escape>") == [Close()]


@given(window_documents(), st.integers(1, 80), st.integers(1, 30))
def test_a_preview_has_all_panes_apart_or_one_alone(
    window: dict[str, Any], columns: int, lines: int
) -> None:
    """As they stand to each other, each with room of its own, and a line between them."""
    room = Rectangle(3, 2, columns, lines)
    size = (window["columns"], window["lines"])
    places = scaled(window["panes"], size, room)
    if not places:
        return
    assert list(places) == [area["pane_id"] for area in window["panes"]]
    taken: set[tuple[int, int]] = set()
    for place in places.values():
        assert place.columns > 0
        assert place.lines > 0
        assert room.x <= place.x
        assert place.x + place.columns <= room.x + min(columns, size[0])
        assert room.y <= place.y
        assert place.y + place.lines <= room.y + min(lines, size[1])
        cells = set(
            product(
                range(place.x, place.x + place.columns + 1),
                range(place.y, place.y + place.lines + 1),
            )
        )
        assert not cells & taken  # not even their borders
        taken |= cells
    if columns >= size[0] and lines >= size[1]:
        for area in window["panes"]:
            place = places[area["pane_id"]]
            assert (place.x - 3, place.y - 2) == (area["x"], area["y"])
            assert (place.columns, place.lines) == (area["columns"], area["lines"])


STEPS = st.lists(
    st.one_of(
        st.sampled_from(
            ["j", "k", "<Left>", "<Right>", "<M-->", "<M-+>", "t", "O", "/b<Enter>"]
        ),
        st.tuples(
            st.sampled_from(["ann", "bob", "cy"]),
            st.lists(
                st.lists(st.sampled_from("xyz"), min_size=1, max_size=3, unique=True),
                max_size=2,
                unique_by=lambda panes: panes[0],
            ),
        ),
    ),
    max_size=15,
)


@given(STEPS)
def test_the_choice_is_never_lost(steps: list[Any]) -> None:
    """Whatever comes and goes, and while it is there it stays chosen."""
    model = model_of(("ann", [["annx"]]), ("bob", [["bobx"]]))
    state = state_of(model)
    chooser = opened(state, "choose-tree -w")
    for step in steps:
        before = chooser.listing.selected
        if isinstance(step, str):
            press(state, chooser, step)
        else:
            name, windows = step
            own = [[f"{name}{pane}" for pane in panes] for panes in windows]
            if f"s-{name}" not in model.sessions:
                add_session(model, name, own)
            else:
                arrange(model, f"s-{name}", own)
        rows = picture(chooser, 60, 15)
        known = {branch.key for branch in branches(state, chooser.order)}
        shown = set(chooser.listing.keys)
        assert shown <= known
        assert chooser.listing.selected in shown or not shown
        if not isinstance(step, str) and before in shown:
            assert chooser.listing.selected == before
        assert len(rows) == 15


def test_a_client_that_only_looks_is_refused_before_a_question(state: State) -> None:
    """Nobody agrees to an end that does not come."""
    state = state_of(state.model, is_read_only=True)
    tree = opened(state, "choose-tree")
    for key in "xrT":
        assert press(state, tree, key) == [ONLY_LOOKS]
    assert list(run(state, ["confirm-before", "kill-pane"])) == [Run("kill-pane")]
