"""Random streams, with tmux as the judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from judging import compared
from terminalgrammar import KINDS, stream

if TYPE_CHECKING:
    from tmuxjudge import Server

pytestmark = [pytest.mark.real, pytest.mark.slow]

SEEDS = range(100)


@pytest.mark.parametrize("kind", KINDS)
def test_random_streams_show_what_they_show_in_tmux(tmux: Server, kind: str) -> None:
    """What no case thought of; the seed in the failure gives the same stream again."""
    found = {}
    for seed in SEEDS:
        size, steps = stream(kind, seed)
        if differences := compared(tmux, steps, size):
            found[seed] = differences
    assert not found
