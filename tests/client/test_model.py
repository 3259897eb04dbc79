"""The fold: what a client knows after each frame."""

from __future__ import annotations

from typing import Any

from fugue_actors.client.model import Change, Model


def fold(*frames: dict[str, Any]) -> tuple[Model, Change]:
    """A model that was told these frames, and all that they changed."""
    model, change = Model(), Change()
    for frame in frames:
        model.apply({"seq": 1, **frame}, change, generation=7)
    return model, change


def test_a_snapshot_replaces_only_the_collections_that_it_has() -> None:
    """Who goes on where it was gets a snapshot of what no event changes, and no more."""
    model, change = fold(
        {"snapshot": {"sessions": {"a": {}}, "actors": {"/x": {}}}},
        {"snapshot": {"actors": {"/y": {}}}},
    )
    assert model.sessions == {"a": {}}
    assert model.actors == {"/y": {}}
    assert change.documents == {"sessions": {"a"}, "actors": {"/x", "/y"}}
    assert model.generation == 7


def test_documents_are_put_and_dropped() -> None:
    """To drop what is not there is no error: a client may never have had it."""
    model, change = fold(
        {"put": {"panes": {"p": {"pid": 1}, "q": {}}}},
        {"put": {"panes": {"p": {"pid": 2}}}, "drop": {"panes": ["q", "r"]}, "seq": 4},
    )
    assert model.panes == {"p": {"pid": 2}}
    assert change.documents == {"panes": {"p", "q"}}
    assert model.seq == 4


def test_being_late_is_told_and_changes_nothing_yet() -> None:
    """The snapshot that follows does."""
    model, change = fold({"put": {"panes": {"p": {}}}}, {"lagged": "too slow"})
    assert change.lagged == "too slow"
    assert model.panes == {"p": {}}
    assert change
    assert not Change()


def test_a_screen_is_whole_and_then_changes_by_rows() -> None:
    """Rows beyond a smaller screen are gone, those of a larger one are blank."""
    whole = {
        "full": True,
        "columns": 5,
        "lines": 2,
        "rows": {"0": [{"text": "ab"}], "1": [{"text": "c"}, {"text": "d"}]},
    }
    model, change = fold({"screens": {"p": whole}})
    assert model.screens["p"].text == ["ab", "cd"]
    model.apply({"seq": 2, "screens": {"p": {"rows": {"1": []}, "next": 9}}}, Change())
    assert model.screens["p"].text == ["ab", ""]
    assert model.screens["p"].head["columns"] == 5
    assert model.screens["p"].head["next"] == 9
    model.apply({"seq": 3, "screens": {"p": {"lines": 3}}}, Change())
    assert model.screens["p"].text == ["ab", "", ""]
    model.apply({"seq": 4, "screens": {"p": {"lines": 1}}}, Change())
    assert model.screens["p"].text == ["ab"]
    assert change.screens == {"p"}


def test_the_log_is_handed_on() -> None:
    """It is no state: who wants to keep it does so."""
    _, change = fold({"log": [{"seq": 1}]}, {"log": [{"seq": 2}]})
    assert change.events == [{"seq": 1}, {"seq": 2}]
