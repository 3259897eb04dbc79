"""Lines by their numbers, from hosts that are older than numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import trio
from actorkit import open_world
from panekit import Open

from fugue_actors.actors import panes
from fugue_actors.actors.numbered import from_screen
from fugue_actors.protocol import hosting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock


@pytest.fixture
async def it() -> AsyncIterator[Open]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            ann = await world.session("ann")
            yield Open(world, ann, await world.pane(ann))


async def test_a_host_that_knows_no_numbers_is_read_as_a_whole(
    autojump_clock: MockClock, it: Open
) -> None:
    """Programs outlive daemons: one can look back in what an earlier release started."""
    await it.type("typed")
    plain = await panes.read_lines(it.pane, first=5, count=1)
    assert (plain.oldest, plain.first, plain.screen, plain.end) == (0, 0, 0, 1)
    assert plain.texts == ("typed",)
    styled = await panes.read_lines(it.pane, styled=True)
    assert json.loads(styled.texts[0]) == [{"text": "typed"}]


def test_rows_that_scrolled_off_come_before_those_of_the_screen() -> None:
    """They are counted from the oldest one, and the cursor is where they put it."""
    runs = (hosting.StyledRun(text="x", fg="red"),)
    screen = hosting.ScreenSnapshot(
        columns=80,
        lines=2,
        cursor=hosting.Position(x=3, y=1),
        cursor_visible=True,
        alternate=False,
        title="",
        text=("c", "d"),
        history=("a", "b"),
        rows=(runs, ()),
        history_rows=((), runs),
        next=7,
        modes=hosting.Modes(),
    )
    read = from_screen(screen)
    assert (read.screen, read.end, read.cursor_line, read.cursor_column) == (2, 4, 3, 3)
    looks = [[{"text": "x", "fg": "red"}], []]
    assert [json.loads(text) for text in read.texts] == [[], *looks[:1], *looks]
