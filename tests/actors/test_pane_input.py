"""The pane's actor as a writer: whole, in order, and taken by the terminal; and as one who waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from actorkit import World, open_world
from panekit import AT_ONCE, Later, Open, outcome_of
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import panes, typist, waits
from fugue_actors.errors import Unavailable
from fugue_actors.protocol import hosting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


BRACKETED = hosting.Modes(bracketed_paste=True)
OPEN, SHUT = b"\x1b[200~", b"\x1b[201~"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            yield world


@pytest.fixture
async def it(world: World) -> Open:
    ann = await world.session("ann")
    return Open(world, ann, await world.pane(ann))


# ---- typing


async def test_what_many_type_at_once_is_never_interleaved(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """Each text is whole, with its keys and its Enter, in the order it was asked for."""
    it.host.modes = BRACKETED
    calls = []
    for number in range(10):
        calls.append(
            Later(nursery, it.type(f"text {number}", "Tab", submit=number % 2 == 0))
        )
        await trio.lowlevel.checkpoint()
    await trio.sleep(60)
    wanted = b"".join(
        OPEN + f"text {number}".encode() + SHUT + b"\t" + b"\r" * (number % 2 == 0)
        for number in range(10)
    )
    assert it.host.bytes_typed == wanted
    assert all(isinstance(call.outcome, int) for call in calls)


async def test_an_enter_comes_half_a_second_after_a_paste(
    autojump_clock: MockClock, it: Open
) -> None:
    """Some agents swallow one that comes in the same read."""
    it.host.modes = BRACKETED
    before = trio.current_time()
    assert await it.type("hello", submit=True) == len(OPEN + b"hello" + SHUT) + 1
    assert it.host.typed == [
        (before, OPEN + b"hello" + SHUT),
        (before + 0.5, b"\r"),
    ]


@pytest.mark.parametrize(
    ("modes", "text"), [(hosting.Modes(), "hello"), (BRACKETED, None)]
)
async def test_an_enter_that_follows_no_paste_comes_at_once(
    autojump_clock: MockClock, it: Open, modes: hosting.Modes, text: str | None
) -> None:
    """A shell needs no pause, and neither does a plain Enter."""
    it.host.modes = modes
    before = trio.current_time()
    await it.type(text, submit=True)
    assert it.host.bytes_typed == (text or "").encode() + b"\r"
    assert trio.current_time() == before


async def test_text_can_be_typed_where_a_paste_means_something_else(
    autojump_clock: MockClock, it: Open
) -> None:
    """A command of vim, say, which is asked for pastes and takes them as text."""
    it.host.modes = BRACKETED
    before = trio.current_time()
    await panes.type_into(
        it.pane, text=":wq", keys=(), submit=True, paste=False, writer=AT_ONCE
    )
    assert it.host.bytes_typed == b":wq\r"
    assert trio.current_time() == before


async def test_keys_are_written_as_the_program_asked_for_them(
    autojump_clock: MockClock, it: Open
) -> None:
    """The mode is that of the moment of writing."""
    await it.type(None, "Up")
    it.host.modes = hosting.Modes(application_cursor=True)
    await it.type(None, "Up")
    assert it.host.bytes_typed == b"\x1b[A\x1bOA"


async def test_a_key_nobody_knows_is_refused_and_nothing_is_written(
    autojump_clock: MockClock, it: Open
) -> None:
    """Whole or not at all, also of what comes before it."""
    error = await outcome_of(it.type("rm -rf ", "Entr", submit=True))
    assert error.code == "InvalidArgument"
    assert it.host.bytes_typed == b""


async def test_too_many_writes_at_once_are_refused_and_the_others_still_come(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """What waits for a program that does not read is bounded."""
    it.host.hold()
    calls = []
    for number in range(typist.PENDING_WRITES + 3):
        calls.append(Later(nursery, it.type(f"{number},")))
        await wait_all_tasks_blocked()
    # The first is in hand, the next fill the queue.
    assert [getattr(c.outcome, "code", None) for c in calls[-2:]] == ["Busy", "Busy"]
    assert all(call.outcome is None for call in calls[:-2])
    it.host.release()
    await wait_all_tasks_blocked()
    wanted = "".join(f"{number}," for number in range(typist.PENDING_WRITES + 1))
    assert it.host.bytes_typed == wanted.encode()


async def test_a_write_nobody_waits_for_any_more_is_not_written(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """A cancelled call that was still waiting its turn has not happened."""
    it.host.hold()
    first = Later(nursery, it.type("first"))
    await wait_all_tasks_blocked()
    async with trio.open_nursery() as doomed:
        doomed.start_soon(it.type, "second")
        await wait_all_tasks_blocked()
        doomed.cancel_scope.cancel()
    third = Later(nursery, it.type("third"))
    await wait_all_tasks_blocked()
    it.host.release()
    await wait_all_tasks_blocked()
    assert (first.outcome, third.outcome) == (5, 5)
    assert it.host.bytes_typed == b"firstthird"


async def test_a_host_that_does_not_answer_fails_a_write_and_not_the_next_one(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """A limit for each, so that nobody waits behind a stuck one for ever."""
    it.host.hold()
    before = trio.current_time()
    call = Later(nursery, it.type("lost"))
    await trio.sleep(typist.WRITE_WITHIN)
    await wait_all_tasks_blocked()
    assert isinstance(call.outcome, Unavailable)
    assert call.over_at == before + typist.WRITE_WITHIN
    it.host.held = None
    assert await it.type("fine") == 4


async def test_a_host_that_does_not_answer_fails_a_read_in_time(
    autojump_clock: MockClock, it: Open
) -> None:
    """Whoever asks gets a coded error, not silence."""
    it.host.hold()
    before = trio.current_time()
    error = await outcome_of(panes.read(it.pane))
    assert isinstance(error, Unavailable)
    assert trio.current_time() == before + panes.LINK_WITHIN


async def test_what_is_not_taken_by_the_terminal_is_reported_and_keeps_its_place(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """The program does not read: no Enter is pressed, and the next one may try."""
    it.host.queued_bytes = 7
    typed = Later(nursery, it.type("hello", submit=True))
    await wait_all_tasks_blocked()
    assert typed.outcome is None
    await trio.sleep(60)
    assert typed.outcome.code == "Busy"
    assert typed.outcome.data == {"queued_bytes": 7}
    assert it.host.bytes_typed == b"hello"
    it.host.queued_bytes = 0
    assert await it.type("x") == 1


async def test_a_slow_reader_is_waited_for(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """Typing returns when the terminal has all of it, and the Enter comes after."""
    it.host.queued_bytes = 7
    typed = Later(nursery, it.type("hello", submit=True))
    await trio.sleep(1)
    assert it.host.bytes_typed == b"hello"
    it.host.take_input()
    await wait_all_tasks_blocked()
    assert typed.outcome == 6
    assert it.host.bytes_typed == b"hello\r"


# ---- waiting


async def test_a_wait_lasts_until_the_host_answers_and_outlives_a_lost_link(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """What is the case in the terminal does not depend on who is connected to it."""
    wait = Later(nursery, panes.wait_for(it.pane, hosting.WaitFor(text="hello")))
    await wait_all_tasks_blocked()
    assert [w.text for w in it.host.waits.values()] == ["hello"]
    it.host.cut()
    await trio.sleep(5)
    assert wait.outcome is None
    assert [w.text for w in it.host.waits.values()] == ["hello"]
    await it.type("hello")
    await wait_all_tasks_blocked()
    assert wait.outcome.line == "hello"


async def test_a_wait_ends_with_whoever_waits(
    autojump_clock: MockClock, it: Open
) -> None:
    """And the host forgets it at once: waits are few, and each costs the host."""
    with trio.move_on_after(5):
        await panes.wait_for(it.pane, hosting.WaitFor(text="never"))
    await wait_all_tasks_blocked()
    assert not it.host.waits


async def test_waits_of_one_pane_are_bounded(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """Whoever is refused is told; requests of others still get through."""
    asked = [
        Later(nursery, panes.wait_for(it.pane, hosting.WaitFor(text="never")))
        for _ in range(waits.PENDING_WAITS + 1)
    ]
    await wait_all_tasks_blocked()
    codes = [getattr(wait.outcome, "code", None) for wait in asked]
    assert sorted(filter(None, codes)) == ["Busy"]
    assert await it.type("x") == 1


async def test_a_wait_for_a_pane_whose_host_dies_is_told(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """It would wait for ever."""
    wait = Later(nursery, panes.wait_for(it.pane, hosting.WaitFor(exit=True)))
    await wait_all_tasks_blocked()
    it.host.die()
    await trio.sleep(60)
    assert wait.outcome.code == "PaneExited"
