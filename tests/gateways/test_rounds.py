"""Viewers are told one by one, so that telling many holds up nobody."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.gateways.monitor.rounds import Rounds


async def test_the_first_is_told_at_once_and_the_others_one_a_turn(
    nursery: trio.Nursery,
) -> None:
    """A lone viewer waits for nothing; between two of many everybody else has a turn."""
    rounds, told, took = Rounds(), [], []
    rounds.begin([partial(told.append, number) for number in range(5)], took.append)
    assert told == [0]
    turns = []

    async def go_on_working() -> None:
        while len(told) < 5:
            turns.append(len(told))
            await trio.lowlevel.checkpoint()

    nursery.start_soon(rounds.run)
    nursery.start_soon(go_on_working)
    with trio.fail_after(60):
        await wait_all_tasks_blocked()
    assert told == [0, 1, 2, 3, 4]
    assert len(took) == 1
    steps = [b - a for a, b in pairwise(turns)]
    assert max(steps) <= 2  # one each time, whoever goes first
    nursery.cancel_scope.cancel()


async def test_rounds_take_turns_so_that_none_waits_for_the_end_of_a_longer_one(
    nursery: trio.Nursery,
) -> None:
    """A pane with one viewer is not behind a pane with fifty."""
    rounds, told = Rounds(), []
    rounds.begin([partial(told.append, "many")] * 50, lambda _: None)
    rounds.begin([partial(told.append, "one")], lambda _: None)
    nursery.start_soon(rounds.run)
    await wait_all_tasks_blocked()
    assert told.index("one") <= 2
    assert told.count("many") == 50
    nursery.cancel_scope.cancel()


async def test_a_round_says_how_long_it_took(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """That is what frames are paced by when the daemon is busy."""
    rounds, took = Rounds(), []
    rounds.begin([lambda: None, lambda: None], took.append)
    await trio.sleep(3)
    nursery.start_soon(rounds.run)
    await wait_all_tasks_blocked()
    assert took == [3]
    rounds.begin([], took.append)
    assert took == [3, 0]
    nursery.cancel_scope.cancel()


async def test_a_bug_of_one_viewer_costs_no_other_its_turn() -> None:
    """The round goes on for whoever runs it next, and ends."""
    rounds, told = Rounds(), []

    def fail() -> None:
        raise RuntimeError("injected")

    with pytest.raises(RuntimeError):
        rounds.begin([fail, partial(told.append, 1), fail], lambda _: told.append(2))
    rounds.go_on()
    with pytest.raises(RuntimeError):
        rounds.go_on()
    rounds.go_on()
    assert told == [1, 2]
