"""The mouse, the wheel and focus in real programs, each in the mode that it sets itself."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import hostkit
import pytest
import trio

from fugue_actors.errors import Refused
from fugue_actors.protocol.hosting import Modes, MouseAction, ScreenSnapshot, TypeInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.real

WHEEL_DOWN = MouseAction(kind="wheel", button=5, x=10, y=10)


def needs(program: str) -> pytest.MarkDecorator:
    """Skips where a program is not installed."""
    return pytest.mark.skipif(
        shutil.which(program) is None, reason=f"{program} is not installed"
    )


@pytest.fixture
async def panes() -> AsyncIterator[hostkit.Panes]:
    with trio.fail_after(60):
        async with hostkit.open_panes() as panes:
            (panes.directory / "numbers").write_text(
                "".join(f"line {number}\n" for number in range(1, 201)),
                encoding="utf-8",
            )
            yield panes


async def point(pane: hostkit.HostedPane, *actions: MouseAction) -> int:
    """Do something with the mouse; returns how many bytes the program was sent."""
    written = await pane.link.type(TypeInput(mouse=actions))
    return written.size


def click(x: int, y: int, button: int = 1) -> tuple[MouseAction, MouseAction]:
    """Press a button in a cell, and let it go."""
    return (
        MouseAction(kind="press", button=button, x=x, y=y),
        MouseAction(kind="release", button=button, x=x, y=y),
    )


async def wait_modes(pane: hostkit.HostedPane, **wanted: object) -> Modes:
    """Wait until the program has asked for something."""

    def is_right(screen: ScreenSnapshot) -> bool:
        return all(getattr(screen.modes, name) == wanted[name] for name in wanted)

    return (await pane.wait_screen(is_right)).modes


@needs("vim")
@pytest.mark.parametrize(
    ("kind", "encoding"), [("xterm", 0), ("xterm2", 0), ("sgr", 1006), ("urxvt", 1015)]
)
async def test_a_click_in_vim_moves_its_cursor(
    panes: hostkit.Panes, kind: str, encoding: int
) -> None:
    """In each encoding that vim knows; the wheel scrolls, and a drag selects."""
    pane = await panes.open(
        *("vim", "-Nu", "NONE", "-i", "NONE", "-n", "--cmd", "set t_RV= t_u7= t_XM="),
        *(
            "-c",
            f"set mouse= showmode ruler | set ttymouse={kind} | set mouse=a",
            "numbers",
        ),
    )
    modes = await wait_modes(pane, mouse=True, mouse_encoding=encoding)
    assert modes.mouse_mode in (1000, 1002)
    assert await point(pane, *click(3, 7)) > 0
    await pane.wait_screen(
        lambda screen: (
            (screen.cursor.x, screen.cursor.y, screen.text[7]) == (3, 7, "line 8")
        )
    )
    await point(pane, WHEEL_DOWN)
    await pane.wait_screen(lambda screen: screen.text[0] == "line 4")
    if kind != "xterm":
        press, release = click(0, 2)
        drag = MouseAction(kind="move", button=1, x=3, y=4)
        await point(pane, press)
        await pane.wait_screen(lambda screen: screen.cursor.y == 2)
        await point(pane, drag)
        await pane.wait_text("-- VISUAL --")
        await point(pane, release)


@needs("vim")
async def test_vim_is_told_of_focus(panes: hostkit.Panes) -> None:
    """It looks for changed files when its window is looked at again."""
    pane = await panes.open(
        *("vim", "-Nu", "NONE", "-i", "NONE", "-n", "--cmd", "set t_RV= t_u7="),
        *("-c", "au FocusLost * call setline(1, 'lost')"),
        *("-c", "au FocusGained * call setline(2, 'gained')", "numbers"),
    )
    await wait_modes(pane, focus_events=True)
    await pane.link.type(TypeInput(focus=False))
    await pane.wait_screen(lambda screen: screen.text[0] == "lost")
    await pane.link.type(TypeInput(focus=True))
    await pane.wait_screen(lambda screen: screen.text[1] == "gained")


@needs("less")
async def test_the_wheel_scrolls_less(panes: hostkit.Panes) -> None:
    """By arrow keys, unless it asked for the mouse."""
    plain = await panes.open("less", "numbers")
    await wait_modes(plain, alternate_scroll=True)
    await point(plain, WHEEL_DOWN, *click(1, 1))
    await plain.wait_screen(lambda screen: screen.text[0] == "line 4")
    mouse = await panes.open("less", "--mouse", "--wheel-lines=5", "numbers")
    await wait_modes(mouse, mouse=True, alternate_scroll=False)
    await point(mouse, WHEEL_DOWN)
    await mouse.wait_screen(lambda screen: screen.text[0] == "line 6")


@needs("htop")
async def test_a_click_on_quit_ends_htop(panes: hostkit.Panes) -> None:
    """A program of curses, which finds out for itself how to read the mouse."""
    pane = await panes.open("htop")
    await wait_modes(pane, mouse=True)
    screen = await pane.wait_text("F10Quit")
    y, row = next(
        (y, row) for y, row in enumerate(screen.text) if row.startswith("F1Help")
    )
    await point(pane, *click(row.index("Quit"), y))
    assert (await pane.wait_exited()).exit.code == 0


async def test_a_shell_is_told_nothing(panes: hostkit.Panes) -> None:
    """It did not ask: what is no key must not turn into text."""
    pane = await panes.open("cat")
    assert await point(pane, WHEEL_DOWN, *click(1, 1)) == 0
    assert (await pane.link.type(TypeInput(focus=True))).size == 0


async def test_a_person_may_press_keys_that_a_program_has_no_bytes_for(
    panes: hostkit.Panes,
) -> None:
    """A terminal with more keys than the program knows: shift and Enter is Enter then."""
    pane = await panes.open("cat")
    typed = TypeInput(text=b"hello", keys=("S-Enter",), by="live")
    assert (await pane.link.type(typed)).size == 6
    await pane.wait_screen(lambda screen: screen.text[:2] == ("hello", "hello"))
    assert not (await pane.link.status()).draft
    with pytest.raises(Refused, match="cannot send"):
        await pane.link.type(TypeInput(keys=("S-Enter",), by="agent"))
