"""The bell of a program is that of the terminal which shows it."""

from __future__ import annotations

from typing import Any

from fugue_actors.client.model import Screen
from fugue_actors.tui.bells import Bells


def screens(**counts: int | None) -> dict[str, Screen]:
    """Screens that have rung so often; None from a host that does not say."""
    heads: dict[str, Any] = {
        pane_id: {} if count is None else {"bells": count}
        for pane_id, count in counts.items()
    }
    return {pane_id: Screen(head, []) for pane_id, head in heads.items()}


def test_a_bell_rings_once_while_its_pane_is_in_view() -> None:
    """Each time it is rung, and not again when something else changes."""
    bells = Bells()
    bells.look_at(["a", "b"])
    assert not bells.rang(screens(a=3, b=0), {"a", "b"})
    assert bells.rang(screens(a=4, b=0), {"a"})
    assert not bells.rang(screens(a=4, b=0), {"a", "b"})
    bells.look_at(["a", "b"])
    assert bells.rang(screens(a=4, b=2), {"b"})


def test_what_rang_out_of_view_is_over() -> None:
    """Who comes to a pane later need not be called there."""
    bells = Bells()
    bells.look_at(["a"])
    assert not bells.rang(screens(a=1), {"a"})
    bells.look_at([])
    assert not bells.rang(screens(a=2), {"a"})
    bells.look_at(["a"])
    assert not bells.rang(screens(a=5), {"a"})
    assert bells.rang(screens(a=6), {"a"})


def test_a_program_that_starts_anew_and_an_old_host_ring_nothing() -> None:
    """Counts begin again with each program; some hosts tell none."""
    bells = Bells()
    bells.look_at(["a"])
    assert not bells.rang(screens(a=7), {"a"})
    assert not bells.rang(screens(a=0), {"a"})
    assert bells.rang(screens(a=1), {"a"})
    assert not bells.rang(screens(a=None), {"a"})
    assert not bells.rang(screens(a=1), {"a"})
    assert not bells.rang({}, {"a"})
