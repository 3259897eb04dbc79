"""Typing: nothing is lost, nothing overtakes, and a refusal ends what came after it."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from hypothesis import given, strategies as st

from fugue_actors.errors import FugueError, Refused
from fugue_actors.tui.events import LEFT, Mouse
from fugue_actors.tui.modes import Type
from fugue_actors.tui.typing import MOST_BATCHES, Batch, Typing

CLICK = Mouse(kind="press", button=LEFT, x=1, y=2)
PIECES = st.one_of(
    st.text("ab é\n", min_size=1, max_size=4).map(lambda t: Type(pane_id="p", text=t)),
    st.sampled_from(["Enter", "C-c"]).map(lambda k: Type(pane_id="p", keys=(k,))),
    st.just(Type(pane_id="q", text="q")),
    st.just(Type(pane_id="p", text="pasted\n", paste=True)),
    st.just(Type(pane_id="p", mouse=CLICK)),
    st.just(Type(pane_id="p", focus=True)),
)


def strokes(batch: dict[str, Any]) -> list[Any]:
    """One by one what a request has a program see."""
    pane_id = batch["pane"]
    if batch["paste"]:
        return [(pane_id, "paste", batch["text"])]
    if batch["focus"] is not None:
        return [(pane_id, "focus", batch["focus"])]
    text = [(pane_id, "key", each) for each in batch["text"] or ""]
    keys = [(pane_id, "key", each) for each in batch["keys"] or []]
    told = [(pane_id, "mouse", each["kind"]) for each in batch["mouse"] or []]
    return text + keys + told


@given(st.lists(PIECES, max_size=12))
def test_batches_have_all_that_was_typed_in_order(pieces: list[Type]) -> None:
    """However it is gathered: programs see the same."""
    batches: list[Batch] = []
    for piece in pieces:
        if not (batches and batches[-1].take(piece)):
            batches.append(Batch.of(piece))
    seen = [each for batch in batches for each in strokes(batch.arguments)]
    typed = [each for piece in pieces for each in strokes(Batch.of(piece).arguments)]
    assert seen == typed


def test_of_moves_in_a_row_only_the_last_one_is_told() -> None:
    """A program that is slow is not shown where the mouse has been."""
    moves = [Mouse(kind="move", button=0, x=x, y=0) for x in range(3)]
    batch = Batch.of(Type(pane_id="p", mouse=moves[0]))
    for move in moves[1:]:
        assert batch.take(Type(pane_id="p", mouse=move))
    assert [each["x"] for each in batch.mouse] == [2]


class Door:
    """Takes requests one at a time, when it is told to."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.refused: list[FugueError] = []
        self.error: FugueError | None = None
        self.is_open = trio.Event()

    async def send(self, arguments: dict[str, Any]) -> None:
        self.taken.append(arguments["text"])
        await self.is_open.wait()
        if self.error is not None:
            raise self.error

    def hear(self, batch: Batch, error: FugueError) -> None:
        self.refused.append(error)


@pytest.fixture
def door() -> Door:
    """One that is shut."""
    return Door()


async def test_what_is_typed_meanwhile_goes_with_the_next_request(
    door: Door, nursery: trio.Nursery
) -> None:
    """One request at a time, and none for each key."""
    typing = Typing(door.send, door.hear)
    nursery.start_soon(typing.run)
    typing.type(Type(pane_id="p", text="a"))
    await trio.testing.wait_all_tasks_blocked()
    for key in "bcd":
        typing.type(Type(pane_id="p", text=key))
    door.is_open.set()
    await trio.testing.wait_all_tasks_blocked()
    assert door.taken == ["a", "bcd"]


async def test_a_refusal_ends_what_waited_behind_it(
    door: Door, nursery: trio.Nursery
) -> None:
    """It was typed in the belief that what came before it had arrived."""
    typing = Typing(door.send, door.hear)
    nursery.start_soon(typing.run)
    typing.type(Type(pane_id="p", text="a"))
    await trio.testing.wait_all_tasks_blocked()
    typing.type(Type(pane_id="p", text="b"))
    door.error = Refused("HumanControl", "ann types here")
    door.is_open.set()
    await trio.testing.wait_all_tasks_blocked()
    assert (door.taken, len(door.refused)) == (["a"], 1)
    door.error = None
    typing.type(Type(pane_id="p", text="c"))
    await trio.testing.wait_all_tasks_blocked()
    assert door.taken == ["a", "c"]


def test_there_is_an_end_to_what_may_wait(door: Door) -> None:
    """A daemon that takes nothing does not fill this process's memory."""
    typing = Typing(door.send, door.hear)
    pasted = Type(pane_id="p", text="x", paste=True)
    assert [typing.type(pasted) for _ in range(MOST_BATCHES + 1)].count(False) == 1
