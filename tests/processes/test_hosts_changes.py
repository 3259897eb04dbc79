"""What changed of the screen, from a real program that does everything meanwhile."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import drawing
import hostkit
import pytest
import trio
from screenkit import Fold, whole

from fugue_actors.actors.mirror import Mirror
from fugue_actors.actors.mirroring import follow, follow_old
from fugue_actors.errors import Refused, Unavailable
from fugue_actors.protocol.hosting import WaitFor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from fugue_actors.terminal.link import PaneLink

pytestmark = pytest.mark.real

PROGRAM = Path(drawing.__file__)


@pytest.fixture
async def panes() -> AsyncIterator[hostkit.Panes]:
    with trio.fail_after(60):
        async with hostkit.open_panes() as panes:
            yield panes


class Viewer:
    """A mirror of one pane, and what is folded of it."""

    def __init__(self) -> None:
        self.fold = Fold()
        self.known = 0
        self.changed = trio.Event()
        self.mirror = Mirror(self.note)

    def note(self) -> None:
        part = self.mirror.since(self.known)
        assert part is not None
        self.known = self.mirror.version
        self.fold.apply(part)
        self.changed.set()
        self.changed = trio.Event()

    async def wait_shows(self, pane: hostkit.HostedPane) -> None:
        """Wait until what is folded is what the host shows, cursor included."""
        while True:
            changed = self.changed
            if whole(await pane.link.screen(styled=True)) == self.fold.shown:
                return
            await changed.wait()


@pytest.mark.parametrize("how", [follow, follow_old])
@pytest.mark.parametrize("seed", range(3))
async def test_a_mirror_becomes_the_screen_whatever_the_program_does(
    panes: hostkit.Panes,
    nursery: trio.Nursery,
    how: Callable[[PaneLink, Mirror], Awaitable[None]],
    seed: int,
) -> None:
    """Floods, frames, resizes and full screens; with hosts of both kinds."""
    choose = random.Random(seed)
    pane = await panes.open(sys.executable, str(PROGRAM))
    await pane.link.wait_for(WaitFor(text="^ready$"))
    viewer = Viewer()
    nursery.start_soon(how, pane.link, viewer.mirror)
    for _ in range(60):
        match choose.randrange(4):
            case 0 | 1:
                letters = "".join(choose.choices("abcfslmn", k=choose.randrange(30)))
                await pane.link.write(letters.encode())
            case 2:
                columns, lines = choose.randrange(20, 150), choose.randrange(3, 60)
                await pane.link.resize(columns, lines)
            case 3:
                await trio.sleep(choose.random() / 20)
    await pane.link.write(b"e")
    await pane.link.wait_for(WaitFor(text="^the end"))
    await viewer.wait_shows(pane)
    assert viewer.fold.count > 3
    nursery.cancel_scope.cancel()


async def test_the_first_change_after_a_quiet_time_is_told_at_once(
    panes: hostkit.Panes,
) -> None:
    """Whoever types sees the echo; the request for it waits at the host already."""
    pane = await panes.open("cat")
    first = await pane.link.changes(0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pane.link.write, b"x")
        change = await pane.link.changes(first.version)
    assert not change.is_full
    assert change.rows == {"0": '[{"text":"x"}]'}


async def test_a_size_that_nobody_answers_with_output_is_told(
    panes: hostkit.Panes,
) -> None:
    """A program that does not redraw has its rows wrapped anew all the same."""
    pane = await panes.open("sh", "-c", "trap '' WINCH; echo 1234567890; exec cat")
    await pane.link.wait_for(WaitFor(text="1234567890"))
    first = await pane.link.changes(0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pane.link.resize, 5, 4)
        change = await pane.link.changes(first.version)
    assert change.is_full
    assert change.rows["0"] == '[{"text":"67890"}]'


async def test_changes_are_told_in_whole_frames(panes: hostkit.Panes) -> None:
    """Half of what a program draws at once is nothing that it ever meant to show."""
    frames = r"""
import sys
for number in range(200):
    letter = 'abcdefghij'[number % 10]
    rows = ''.join(f'\033[{row};1H{letter * 80}' + '\033[m' * 2000 for row in range(1, 11))
    sys.stdout.write('\033[?2026h\033[2J' + rows + '\033[?2026l')
    sys.stdout.flush()
print('\033[2J\033[Hthe end', flush=True)
sys.stdin.read()
"""
    pane = await panes.open(sys.executable, "-c", frames, lines=10)
    fold, known, letters = Fold(), 0, set()
    while True:
        change = await pane.link.changes(known)
        known = change.version
        head = {"columns": 80, "lines": 10} if change.is_full else {}
        rows = {number: json.loads(text) for number, text in change.rows.items()}
        fold.apply({"full": change.is_full, **head, "rows": rows})
        if fold.text[0] == "the end":
            break
        assert len(set(fold.text)) == 1, fold.text
        letters.add(fold.text[0][:1])
    assert len(letters) > 1


async def test_changes_are_told_of_a_program_that_is_always_within_a_frame(
    panes: hostkit.Panes,
) -> None:
    """One frame begins with the write that ends the one before: between them it is seen."""
    frames = r"""
import sys, time
sys.stdout.write('\033[?2026h')
for number in range(10**6):
    letter = 'abcdefghij'[number % 10]
    rows = ''.join(f'\033[{row};1H{letter * 80}' for row in range(1, 11))
    sys.stdout.write(rows + '\033[?2026l\033[?2026h')
    sys.stdout.flush()
    time.sleep(0.001)
"""
    pane = await panes.open(sys.executable, "-c", frames, lines=10)
    fold, known = Fold(), 0
    for _ in range(30):
        change = await pane.link.changes(known)
        known = change.version
        head = {"columns": 80, "lines": 10} if change.is_full else {}
        rows = {number: json.loads(text) for number, text in change.rows.items()}
        fold.apply({"full": change.is_full, **head, "rows": rows})
        assert len(set(fold.text)) == 1, fold.text


async def test_a_request_that_is_given_up_leaves_the_host_free_for_the_next(
    panes: hostkit.Panes,
) -> None:
    """Viewers come and go while a pane is quiet."""
    pane = await panes.open("cat")
    known = (await pane.link.changes(0)).version
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pane.link.changes, known)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    again = await pane.link.changes(known)
    assert again.is_full  # what it knew of this link is forgotten
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pane.link.write, b"x")
        assert not (await pane.link.changes(again.version)).is_full


async def test_of_two_who_ask_the_newer_is_answered(panes: hostkit.Panes) -> None:
    """And the older is told, so that nobody waits for ever."""
    pane = await panes.open("cat")
    known = (await pane.link.changes(0)).version
    async with trio.open_nursery() as nursery:

        async def ask_first() -> None:
            with pytest.raises(Refused) as refused:
                await pane.link.changes(known)
            assert refused.value.code == "Busy"
            await pane.link.write(b"x")

        nursery.start_soon(ask_first)
        await trio.testing.wait_all_tasks_blocked()
        change = await pane.link.changes(known)
    assert change.rows == {"0": '[{"text":"x"}]'}


async def test_a_mirror_that_is_followed_ends_with_its_link(
    panes: hostkit.Panes,
) -> None:
    """Whoever follows goes on with the next link."""
    pane = await panes.open("cat")
    has_changed = trio.Event()
    mirror = Mirror(has_changed.set)
    async with trio.open_nursery() as nursery:

        async def watch() -> None:
            with pytest.raises(Unavailable):
                await follow(pane.link, mirror)

        nursery.start_soon(watch)
        await has_changed.wait()
        mirror.since(0)
        await pane.link.aclose()
