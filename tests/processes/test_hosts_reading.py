"""Reading since a cursor, from a real program that does everything meanwhile."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

import hostkit
import pytest
import trio

from fugue_actors.protocol.hosting import WaitFor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.real

# Does what each letter of its input says; numbered lines of all lengths.
PROGRAM = r"""
import sys, tty
tty.setcbreak(0)
put = lambda text: (sys.stdout.write(text), sys.stdout.flush())
number, is_full_screen = 0, False
put('ready\n')
while letter := sys.stdin.read(1):
    line = f'line {number} ' + '-x' * (number * 37 % 90) + f' {number}'
    if letter == 'A' and not is_full_screen:
        put('\033[?1049h\033[2J\033[Hfull screen')
        is_full_screen = True
    elif letter == 'B' and is_full_screen:
        put('\033[?1049l')
        is_full_screen = False
    elif letter == 'e':
        put('\033[?1049l' * is_full_screen + f'the end {number}\n')
    elif is_full_screen:
        put(f'\033[{number % 5 + 1};3Hshown {letter}')
    elif letter == 'l':
        put(line + '\n')
        number += 1
    elif letter == 'h':
        half = len(line) // 2
        put(line[:half])
        put(line[half:] + '\n')
        number += 1
    elif letter == 'c':
        put('\033[H\033[2J')
    elif letter == 'k':
        put('\033[1;32m\033[0m\033[?25l\033[?25h')
"""


@pytest.fixture
async def panes() -> AsyncIterator[hostkit.Panes]:
    with trio.fail_after(60):
        async with hostkit.open_panes() as panes:
            yield panes


@pytest.mark.parametrize("seed", range(4))
async def test_every_line_is_read_once_and_whole_whatever_the_program_does(
    panes: hostkit.Panes, seed: int
) -> None:
    """Resizes, clears, the alternate screen, reads at any moment: nothing lost, torn or doubled."""
    choose = random.Random(seed)
    pane = await panes.open(sys.executable, "-c", PROGRAM)
    await pane.link.wait_for(WaitFor(text="^ready$"))
    got: list[str] = []
    cursor = (await pane.link.screen()).next

    async def read() -> None:
        nonlocal cursor
        screen = await pane.link.screen(since=cursor)
        assert screen.new is not None
        assert not screen.lost
        cursor = screen.next
        lines = screen.new[: len(screen.new) - screen.is_partial]
        got.extend(line for line in lines if line.startswith(("line", "the end")))

    for _ in range(150):
        match choose.randrange(6):
            case 0 | 1:
                letters = "".join(choose.choices("llllhhckAB", k=choose.randrange(30)))
                await pane.link.write(letters.encode())
            case 2:
                columns, lines = choose.randrange(20, 150), choose.randrange(3, 60)
                await pane.link.resize(columns, lines)
            case 3 | 4:
                await read()
            case 5:
                await trio.sleep(choose.random() / 100)
    await pane.link.write(b"e")
    await pane.link.wait_for(WaitFor(text="^the end", since=0))
    await read()
    written = int(got.pop().removeprefix("the end "))
    assert written > 100
    assert got == [
        f"line {number} " + "-x" * (number * 37 % 90) + f" {number}"
        for number in range(written)
    ]


async def test_lines_keep_their_numbers_while_the_program_writes_more(
    panes: hostkit.Panes,
) -> None:
    """Who looks back at a busy program is not moved, and sees what was there."""
    pane = await panes.open("sh", "-c", "seq 1 3000; read x; seq 3001 9000; cat")
    await pane.link.wait_for(WaitFor(text="^3000$"))
    before = await pane.link.lines(2000, count=3)
    assert before.texts == ("2001", "2002", "2003")
    await pane.link.write(b"\n")
    await pane.link.wait_for(WaitFor(text="^9000$"))
    after = await pane.link.lines(2000, count=3, styled=True)
    assert after.end > before.end + 6000
    assert after.texts == tuple(f'[{{"text":"{each}"}}]' for each in before.texts)


# Fills the screen with one letter after the other, each time as one frame of many pieces.
FRAMES = r"""
import sys
for number in range(300):
    letter = 'abcdefghij'[number % 10]
    rows = ''.join(f'\033[{row};1H{letter * 80}' + '\033[m' * 2000 for row in range(1, 11))
    sys.stdout.write('\033[?2026h\033[2J' + rows + '\033[?2026l')
    sys.stdout.flush()
print('\033[2J\033[Hthe end', flush=True)
sys.stdin.read()
"""


async def test_a_screen_is_read_in_whole_frames(panes: hostkit.Panes) -> None:
    """Half of what a program draws at once is nothing that it ever meant to show."""
    pane = await panes.open(sys.executable, "-c", FRAMES, lines=10)
    letters: list[str] = []
    while True:
        screen = await pane.link.screen()
        if screen.text[0] == "the end":
            break
        assert len(set(screen.text)) == 1, screen.text
        letters.append(screen.text[0][:1])
    assert len(set(letters)) > 1


async def test_a_frame_that_does_not_end_is_shown_all_the_same(
    panes: hostkit.Panes,
) -> None:
    """A program that died in the middle of one must not make its pane unreadable."""
    pane = await panes.open("sh", "-c", r"printf '\033[?2026hstuck'; exec cat")
    found = await pane.link.wait_for(WaitFor(text="stuck"))
    assert found.line == "stuck"
    assert (await pane.link.screen()).text[0] == "stuck"
