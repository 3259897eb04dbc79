"""The fold keeps layouts and panes together, and the next daemon has both again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from actorkit import a_pane, a_session
from journalkit import Desk, open_desk

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.journal import cards, entries, records, rows
from fugue_actors.journal.views import State
from fugue_actors.protocol import arranging, tiling
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.events import (
    Event,
    LayoutChanged,
    PaneClosed,
    PaneOpened,
    PaneRenamed,
    PaneStarted,
    Recorded,
    SessionClosed,
    SessionOpened,
)
from fugue_actors.protocol.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.protocol.hosting import HostInfo

ANN = a_session("ann")


def folded(*events: Event) -> State:
    state = State()
    for seq, event in enumerate((SessionOpened(session=ANN), *events), 1):
        state.apply(Recorded(seq=seq, at=f"t{seq}", event=event))
    return state


def opened(pane_id: str, **fields: object) -> PaneOpened:
    return PaneOpened(pane=a_pane(ANN, pane_id, **fields))


def closed(pane_id: str) -> PaneClosed:
    return PaneClosed(pane_id=pane_id, session_id=ANN.session_id)


def changed(layout: Layout) -> LayoutChanged:
    return LayoutChanged(session_id=ANN.session_id, layout=layout)


def layout_of(state: State) -> Layout:
    return state.layout_of(ANN.session_id)


SIDE_BY_SIDE = arranging.split(
    arranging.with_pane(Layout(), "p1", 80, 24), "p1", "p2", "vertical", 0.3
)


def test_a_pane_is_in_the_layout_from_its_first_event_to_its_last() -> None:
    """No step in between could be cut off by a crash."""
    state = folded(opened("p1"), opened("p2"))
    assert layout_of(state).pane_ids == ("p1", "p2")
    state = folded(opened("p1"), opened("p2"), changed(SIDE_BY_SIDE), closed("p1"))
    assert layout_of(state).pane_ids == ("p2",)
    assert layout_of(folded(opened("p1"), closed("p1"))) == Layout()


def test_a_draft_is_in_no_layout_until_one_gives_it_a_place() -> None:
    """What is only being built is shown to nobody; then it is a pane like others."""
    events = (opened("p1"), opened("p2", draft=True))
    state = folded(*events)
    assert layout_of(state).pane_ids == ("p1",)
    assert layout_of(folded(*events, changed(layout_of(state)))) == layout_of(state)
    state = folded(*events, changed(SIDE_BY_SIDE))
    assert layout_of(state) == SIDE_BY_SIDE
    assert not state.panes["p2"].draft


def test_a_layout_that_crossed_with_a_pane_is_put_right() -> None:
    """It was worked out before the pane was closed, or opened."""
    late = folded(opened("p1"), opened("p2"), closed("p2"), changed(SIDE_BY_SIDE))
    assert layout_of(late).pane_ids == ("p1",)
    state = folded(opened("p1"), opened("p2"), opened("p3"), changed(SIDE_BY_SIDE))
    assert [w.pane_ids for w in layout_of(state).windows] == [("p1", "p2"), ("p3",)]


def test_nothing_of_a_session_that_ended_is_left() -> None:
    """Whatever comes after its end."""
    ended = SessionClosed(session_id=ANN.session_id, reason="over")
    state = folded(opened("p1"), ended, closed("p1"), changed(SIDE_BY_SIDE))
    assert state.layouts == {}


def test_a_pane_has_the_name_it_was_given_last() -> None:
    """It is part of its record."""
    renamed = PaneRenamed(pane_id="p1", session_id=ANN.session_id, name="logs")
    assert folded(opened("p1", name="old"), renamed).panes["p1"].name == "logs"


# ---- the next daemon


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A daemon's two panes stood side by side, and both hosts live."""
    with open_desk() as desk:
        hosts = [started(pane_id, desk.host(pane_id)) for pane_id in ("p1", "p2")]
        there = SessionOpened(session=ANN)
        desk.save(there, opened("p1", name="main"), opened("p2"), *hosts)
        desk.save(changed(SIDE_BY_SIDE))
        yield desk


def started(pane_id: str, hosted: HostInfo) -> PaneStarted:
    return PaneStarted(pane_id=pane_id, session_id=ANN.session_id, hosted=hosted)


def test_a_layout_and_names_are_the_same_to_the_next_daemon(desk: Desk) -> None:
    """To the cell: terminals keep their sizes over a restart."""
    state = desk.load()
    assert layout_of(state) == SIDE_BY_SIDE
    assert [pane.name for pane in state.panes.values()] == ["main", None]


def test_a_layout_that_a_later_version_wrote_is_read_as_far_as_it_is_known() -> None:
    """Whoever goes back to an earlier version keeps windows, places and sizes."""
    shape = to_json(SIDE_BY_SIDE)
    shape["windows"][0]["colour"] = "red"
    later = {**shape, "mood": "calm"}
    state = State()
    rows.READERS[rows.LAYOUT](state, ANN.session_id, later)
    assert state.layouts[ANN.session_id] == SIDE_BY_SIDE
    body = {"event": "LayoutChanged", "session_id": ANN.session_id, "layout": later}
    assert entries.event_of(json.dumps(body)) == changed(SIDE_BY_SIDE)
    for broken in ({"windows": 3}, {"windows": [3]}, "none"):
        with pytest.raises(RemoteProtocolError):
            records.read_layout(broken)


def test_windows_that_had_no_numbers_get_them_in_their_order() -> None:
    """An earlier version wrote none; nobody waits for the next change to have them."""
    layout = SIDE_BY_SIDE
    for pane_id in ("p3", "p4"):
        layout = arranging.with_pane(layout, pane_id, 80, 24)
    shape = to_json(layout)
    for window in shape["windows"]:
        del window["number"]
    assert records.read_layout(shape) == layout


def test_a_pane_that_does_not_come_back_leaves_its_room_to_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if it had been closed."""
    monkeypatch.setattr(cards, "boot", lambda: "another")
    desk.leave("p1")
    (window,) = layout_of(desk.load()).windows
    assert tiling.rectangles(window) == {"p2": tiling.Rectangle(0, 0, 80, 24)}


def test_a_draft_is_a_pane_like_others_to_the_next_daemon(desk: Desk) -> None:
    """The daemon ended before the layout that it was made for; its program lives."""
    desk.save(opened("p3", draft=True), started("p3", desk.host("p3")))
    state = desk.load()
    assert layout_of(state).pane_ids == ("p1", "p2", "p3")
    assert not state.panes["p3"].draft
