"""Styled rows as escape sequences: a terminal draws them as they were."""

from __future__ import annotations

import pytest

from fugue_actors.gateways.operations.ansi import ansi_row
from fugue_actors.protocol.hosting import StyledRun
from fugue_actors.terminal import snapshot
from fugue_actors.terminal.emulator import Emulator

ROWS = [
    (StyledRun(text="plain words"),),
    (StyledRun(text="red", fg="red", bold=True), StyledRun(text=" then plain")),
    (StyledRun(text="a", fg="brightblue", bg="yellow"), StyledRun(text="b", dim=True)),
    (StyledRun(text="true", fg="0a141e", bg="ff8000", italic=True, underline=True),),
    (StyledRun(text="x", reverse=True, strike=True), StyledRun(text="y", blink=True)),
    (StyledRun(text="z", invisible=True, bg="brightwhite"),),
    (
        StyledRun(
            text="wrong",
            underline=True,
            underline_style="curly",
            underline_colour="ff0000",
        ),
        StyledRun(text="above", overline=True),
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_a_terminal_draws_a_row_as_it_was(row: tuple[StyledRun, ...]) -> None:
    """What `fugue read --ansi` prints looks like the pane it read."""
    emulator = Emulator(columns=40, lines=2)
    emulator.feed(ansi_row(row).encode())
    rows = snapshot.take(emulator, styled=True).rows
    assert rows is not None
    assert rows[0] == row


def test_a_plain_row_has_no_sequences_at_all() -> None:
    """Who greps a screen must not stumble over colours that are not there."""
    assert ansi_row((StyledRun(text="no colour"),)) == "no colour"
